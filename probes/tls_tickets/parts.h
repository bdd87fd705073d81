/*
 * parts: what the files of tls.tickets know of each other.
 */
#ifndef ASSAY_TLS_TICKETS_PARTS_H
#define ASSAY_TLS_TICKETS_PARTS_H

#include "probes/probe.h"
#include "protocols/tls_enumerate.h"

enum matter {
	MATTER_CONTROL, /* an unchanged ticket resumes, first and last */
	MATTER_LIFETIME,
	MATTER_CHANGED,
	MATTER_FOREIGN,
	MATTER_SECRET, /* extended master secret, kept by a resumption */
	MATTERS
};

/* One connection each, with a ticket that no other has offered before. */
enum ask {
	ASK_SAME = 1,
	ASK_CHANGED, /* one bit of it */
	ASK_FORGED, /* all of it but the first bytes, by which keys are named */
	ASK_SECRET_DROPPED, /* of a session with it, in a hello without */
	ASK_SECRET_ADDED,   /* and the other way round */
	ASK_FOREIGN,        /* one of another port */
	ASK_LAST,           /* unchanged again */
	ASK_KEEP,           /* no connection: one is kept for other ports */
};

enum outcome {
	OUTCOME_NONE, /* no answer: lost, silent */
	OUTCOME_RESUMED,
	OUTCOME_WHOLE, /* a whole handshake instead */
	OUTCOME_REFUSED,
};

#define PLACES 6 /* bytes of a ticket in which a bit is changed */
#define FOREIGN_MAX 24
#define FOREIGN_ASKED 12 /* of one version at one port */
#define STEPS_MAX 50
#define KEY_NAME 16 /* RFC 5077 section 4: the first bytes name the key */
#define HASH_TEXT 65

struct ticket {
	uint8_t session[ASSAY_TLS_SESSION_MAX];
	size_t n, at, size; /* at, size: of the ticket in it; size 0: none */
	bool has_extended_secret;
};

struct foreign {
	uint16_t port, version;
	char key[HASH_TEXT]; /* of the port's certificate */
	struct ticket ticket;
};

struct step {
	enum ask ask;
	uint16_t version;
	uint8_t which; /* place; or row of foreign */
};

struct state {
	struct assay_tls_ports *ports;
	struct foreign foreign[FOREIGN_MAX];
	size_t nforeign;
	/* of the port under way */
	struct assay_subject port;
	struct step steps[STEPS_MAX];
	size_t nsteps, at;
	bool is_whole; /* a whole handshake, to get a ticket for the step */
	unsigned tries;
	struct ticket fresh; /* the newest, which nobody has offered */
	char key[HASH_TEXT];
	struct assay_tls_tally tally[MATTERS];
	/* of the version under way */
	uint16_t version;
	bool has_told_lifetime;
	unsigned nchanged, nforeign_whole; /* that did not resume */
};

extern const char *const matter_fields[MATTERS];

/* weigh.c: "TLSv1.2 text", into the tally of a matter. */
void tickets_note(struct state *s, enum matter matter, enum assay_tls_matter is,
    const char *text, const struct assay_frames *f);
/* The rest of this version's steps is left out; nothing can be told of it. */
void tickets_give_up(
    struct state *s, const char *why, const struct assay_frames *f);
/* Of the first ticket of a version. */
void tickets_weigh_lifetime(
    struct state *s, uint64_t lifetime_s, const struct assay_frames *f);
/* What became of the step's ticket; the next step is up. */
void tickets_weigh(
    struct state *s, enum outcome outcome, const struct assay_frames *f);
void tickets_skip_version(struct state *s);

#endif
