/*
 * worker_udp_sweep: what the parts of a sweep of UDP ports share.
 *
 * worker_udp_sweep.c has its rounds, answers and results (the contract);
 * worker_udp_ask.c what is sent, to whom, how fast, and which of it was heard.
 */
#ifndef ASSAY_WORKER_UDP_SWEEP_H
#define ASSAY_WORKER_UDP_SWEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/worker/worker_udp_pace.h"
#include "probes/probe.h"
#include "protocols/udp_probe.h"

#define WORKER_UDP_SERIALS \
	(ASSAY_UDP_SWEEP_SOURCE_LAST - ASSAY_UDP_SWEEP_SOURCE_FIRST + 1)
#define WORKER_UDP_SEND_MAX 16
#define WORKER_UDP_CHECKS 8 /* of an epoch: fewer tell too little */
#define WORKER_UDP_ICMP_RESPONDERS 64
#define WORKER_UDP_OPEN_RESPONDERS 16
#define WORKER_UDP_NO_QUESTION 0xffffffffu

struct worker_udp_question {
	uint8_t state; /* enum assay_sweep_state */
	uint8_t askings;
	uint8_t answer; /* enum udp_answer, when it is answered */
	uint8_t heard_attempt;
	uint8_t lost_checks; /* in a row */
	uint16_t source;     /* last asked from */
	uint16_t port;
	uint32_t epoch; /* last asked in, of this round */
	float chance;   /* that an answer was lost, each time it was asked */
	uint16_t local_port, remote_port; /* of an open one */
};

struct worker_udp_asking {    /* one per serial */
	uint32_t q, q_before; /* what this serial was used for */
	uint16_t source;
	uint8_t attempt;
	bool open, check, fresh;
	uint32_t epoch;
	uint64_t at_ns, before_ns;
};

struct worker_udp_source {
	bool heard;   /* anything, ever */
	uint8_t lost; /* checks, before that */
};

struct worker_udp_epoch {
	uint32_t sent, checks, lost, under_way;
	uint32_t fresh, fresh_lost; /* checks from addresses just added */
	uint32_t changes;           /* of the pace, when it began */
	uint32_t icmp;              /* answers */
	uint64_t began_ns;
	bool sealed, over;
};

struct assay_udp_sweep {
	struct assay_job *job;
	struct assay_udp_sweep_spec spec;
	struct udp_probe probe;
	struct worker_udp_pace pace;
	struct assay_timer *timer;
	uint64_t dice;
	struct worker_udp_question *questions;
	uint32_t count;
	uint32_t question[65536]; /* port -> question + 1 */
	struct worker_udp_asking askings[WORKER_UDP_SERIALS];
	uint16_t serial, oldest, under_way; /* serials from oldest on */
	uint16_t turn;                      /* of the sources */
	struct worker_udp_source *sources;
	/* the round */
	uint32_t *todo, ntodo, next, round;
	struct worker_udp_epoch *epochs;
	uint32_t nepochs, room;
	uint32_t round_checks, round_lost, round_asked_checks;
	uint32_t late_checks, late_lost; /* of all rounds but the first */
	uint32_t since_check, check_at;
	/* who answers */
	uint32_t icmp[WORKER_UDP_ICMP_RESPONDERS],
	    opened[WORKER_UDP_OPEN_RESPONDERS];
	unsigned nicmp, nopened;
	double tokens;
	uint64_t tokens_ns, srtt_ns, rttvar_ns;
	uint64_t heard_ns; /* the last answer */
	uint32_t unheard;  /* checks since */
	uint64_t stalled_ns;
	bool unwell, full, link_gone, stop;
	uint64_t linger_ns;
	uint64_t icmp_pps;
	uint32_t icmp_sources, sources_used;
	enum assay_sweep_end end; /* 0: under way */
	struct assay_sweep_stats stats;
	uint8_t frames[WORKER_UDP_SEND_MAX][UDP_PROBE_FRAME_MAX];
};

bool worker_udp_has_responder(const struct assay_udp_sweep *s);
/* Its silences mean nothing: too few responders were heard beside them. */
bool worker_udp_is_deaf(const struct worker_udp_epoch *e);
/* Askings that have waited long enough are over. */
void worker_udp_expire(struct assay_udp_sweep *s, uint64_t now);
/* One asking is over, answered or not. */
void worker_udp_close(
    struct assay_udp_sweep *s, struct worker_udp_asking *a, bool answered);
/* Sends what the pace allows now.  False: the round is out. */
bool worker_udp_send(struct assay_udp_sweep *s, uint64_t now);
/* Until there is more to send. */
uint64_t worker_udp_pause_ns(const struct assay_udp_sweep *s);
/* The round is out: its last epoch takes no more. */
void worker_udp_seal_last(struct assay_udp_sweep *s);

#endif
