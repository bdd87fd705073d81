/*
 * parts: what the files of tls.flaws know of each other.
 */
#ifndef ASSAY_TLS_FLAWS_PARTS_H
#define ASSAY_TLS_FLAWS_PARTS_H

#include "probes/probe.h"
#include "protocols/tls_enumerate.h"
#include "protocols/tls_session.h"

enum flaw {
	FLAW_DROWN,
	FLAW_POODLE_SSL,
	FLAW_FREAK,
	FLAW_LOGJAM,
	FLAW_SWEET32,
	FLAW_RACCOON,
	FLAW_LUCKY13,
	FLAW_HEARTBLEED,
	FLAW_CCS,
	FLAW_ROBOT,
	FLAW_POODLE_TLS,
	FLAW_TICKETBLEED,
	FLAW_ALIVE, /* it still takes a hello at the end */
	FLAWS
};

/* One connection each.  The first ones end with the server's first answer,
 * those from ASK_HEARTBEAT on speak once more. */
enum ask {
	ASK_EXPORT_RSA = 1,
	ASK_EXPORT_DHE,
	ASK_BLOCK64,
	ASK_DHE,
	ASK_DHE_AGAIN,
	ASK_SSL3_CBC,
	ASK_CBC, /* with encrypt-then-MAC offered */
	ASK_ALIVE,
	ASK_HEARTBEAT,
	ASK_CCS,
	ASK_RSA,   /* five ClientKeyExchanges, with Finished behind them */
	ASK_RSA_2, /* and without */
	ASK_FINISHED,
	ASK_FINISHED_SPOILT,
	ASK_TICKET,
	ASK_RESUME,
};

#define RSA_BLOCKS 5 /* ClientKeyExchanges that differ */
#define RSA_ROUNDS 3
#define STEPS_MAX 80
#define TICKET_MAX 1024 /* of it and the hello around it: one talk's */

struct flaws_step {
	enum ask ask;
	uint16_t version;
	uint8_t block, round; /* of ASK_RSA and ASK_RSA_2 */
};

struct flaws_state {
	struct assay_tls_ports *ports;
	struct assay_job *job;
	struct assay_frames ssl2_frames; /* of the last port that takes it */
	/* of the port under way */
	struct assay_subject port;
	struct flaws_step steps[STEPS_MAX];
	size_t nsteps, at;
	unsigned tries;
	uint16_t alive_version, alive_suite;
	uint16_t cbc_version; /* of CBC that was taken last; 0: of none */
	struct assay_tls_tally tally[FLAWS];
	uint8_t dhe_point[1100];
	size_t ndhe_point;
	/* What came to each ClientKeyExchange: enum of handshake.c. */
	uint16_t rsa[2][RSA_ROUNDS][RSA_BLOCKS];
	struct assay_frames rsa_frames[2][RSA_BLOCKS];
	uint8_t ticket[TICKET_MAX];
	size_t nticket;
	uint8_t session_id[16];
	/* of the exchange under way */
	uint8_t hello[ASSAY_TALK_SAY_MAX]; /* its record */
	size_t nhello, mark; /* mark: heard when the second flight went out */
	unsigned spoke;      /* flights behind the hello */
	bool gave_up;        /* the second flight could not be made */
	uint8_t room[TLS_REPLY_ROOM];
	struct tls_session session;
};

extern const char *const flaw_fields[FLAWS];

/* The step under way. */
const struct flaws_step *flaws_step(const struct flaws_state *s);
void flaws_chance(struct assay_job *job, uint8_t *out, size_t n);
/* Leaves out the steps behind this one that ask the same. */
void flaws_skip(struct flaws_state *s, enum ask ask);
/* "TLSv1.2 text", into the tally of a flaw. */
void flaws_note(struct flaws_state *s, enum flaw flaw, enum assay_tls_matter is,
    const char *text, const struct assay_frames *f);

/* asks.c: what its frames are called. */
const char *flaws_ask_name(enum ask ask);
/* The hello of the step under way, into s->hello. */
void flaws_build(struct assay_job *job, struct flaws_state *s);
/* What a first answer shows.  False: it may have been chance, once more. */
bool flaws_hear_first(struct flaws_state *s, const struct assay_talked *t,
    const struct assay_frames *f);

/* What came to a ClientKeyExchange: one of these, or RSA_ALERT + the alert. */
#define RSA_SILENT 1
#define RSA_CLOSED 2
#define RSA_TAKEN 3
#define RSA_LOST 4
#define RSA_ALERT 0x100

/* robot.c: of the five blocks, which are of size bytes: the first is good. */
void flaws_rsa_block(struct assay_job *job, unsigned block, uint16_t version,
    uint8_t *out, size_t size);
/* After each of these steps: leaves out rounds that can show no more. */
void flaws_rsa_after(struct flaws_state *s);
void flaws_rsa_weigh(struct flaws_state *s);

/* handshake.c: what is said behind the first answer. */
size_t flaws_answer(struct assay_job *job, struct flaws_state *s,
    const uint8_t *heard, size_t n, uint8_t *say);
bool flaws_is_enough(struct flaws_state *s, const uint8_t *heard, size_t n);
bool flaws_hear_second(struct flaws_state *s, const struct assay_talked *t,
    const struct assay_frames *f);

#endif
