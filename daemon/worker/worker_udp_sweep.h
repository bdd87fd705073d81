/*
 * worker_udp_sweep: what the parts of a sweep of UDP ports share.
 *
 * worker_udp_sweep.c has its rounds, answers and results (the contract);
 * worker_udp_ask.c what is sent, to whom, how fast, and which of it was heard;
 * worker_udp_nap.c what becomes of it when the device sleeps.
 */
#ifndef ASSAY_WORKER_UDP_SWEEP_H
#define ASSAY_WORKER_UDP_SWEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/worker/worker_udp_pace.h"
#include "daemon/worker/worker_windows.h"
#include "probes/probe.h"
#include "protocols/udp_probe.h"

#define WORKER_UDP_SOURCE_PORTS \
	(ASSAY_UDP_SWEEP_SOURCE_LAST - ASSAY_UDP_SWEEP_SOURCE_FIRST + 1)
#define WORKER_UDP_HOLD_PORTS 16 /* the last: a sweep has one of them */
#define WORKER_UDP_HOLD_TRIES 2  /* from that one, before others are tried */
#define WORKER_UDP_SERIALS (WORKER_UDP_SOURCE_PORTS - WORKER_UDP_HOLD_PORTS)
#define WORKER_UDP_SEND_MAX 16
#define WORKER_UDP_CHECKS 8 /* of an epoch: fewer tell too little */
#define WORKER_UDP_ICMP_RESPONDERS 64
#define WORKER_UDP_OPEN_RESPONDERS 16
#define WORKER_UDP_NO_QUESTION 0xffffffffu
#define WORKER_UDP_ECHOES 64 /* remembered */

struct worker_udp_question {
	uint8_t state; /* enum assay_sweep_state */
	uint8_t askings;
	uint8_t answer; /* enum udp_answer, when it is answered */
	uint8_t heard_attempt;
	uint8_t lost_checks; /* in a row */
	bool holds;          /* its service keeps something of who asks */
	uint16_t serial;     /* last asked with */
	uint16_t source;     /* last asked from */
	uint16_t port;
	uint32_t epoch;   /* last asked in, of this round */
	uint64_t owes_ns; /* the first asking that ran out, of those that hold;
			   * its answer may come yet; 0: none */
	float chance;     /* that an answer was lost, each time it was asked */
	uint16_t local_port, remote_port; /* of an open one */
};

struct worker_udp_asking {    /* one per serial */
	uint32_t q, q_before; /* what this serial was used for */
	uint32_t place;       /* of a question, in todo */
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

/* What was known when the device was last surely there. */
struct worker_udp_mark {
	struct worker_udp_pace pace;
	uint64_t checks, checks_lost;
	uint32_t round_checks, round_lost;
	uint64_t icmp_pps;
	uint32_t icmp_sources, sources_used;
};

/* Is it asleep?  Echo requests tell. */
struct worker_udp_nap {
	bool echoes; /* it has answered one */
	uint16_t id, seq;
	uint64_t sent_ns[WORKER_UDP_ECHOES]; /* by seq */
	uint32_t sent;
	uint64_t first_ns;   /* when the first of this round was sent */
	bool was_awake;      /* and it was answered */
	unsigned unanswered; /* since anything was heard */
	unsigned open_lost;  /* checks of open ports, since a port was heard */
	uint64_t asked_ns, heard_ns, heard_sent_ns; /* the last of each */
	uint64_t calm_ns; /* silence that is usual for it */
	/* while it is away, and before that */
	uint64_t since_ns, back_ns, knock_at_ns;
	bool is_asleep; /* known so, not just silent */
	bool flaps;     /* its link or its boots: no sleeper */
	double pps_before;
	struct worker_windows windows;
	uint32_t at; /* the question at which it went */
	unsigned at_times;
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
	uint16_t hold; /* source port, from the first: of those that hold */
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
	uint64_t heard_ns;       /* the last answer */
	uint64_t heard_asked_ns; /* the latest asking that was answered */
	uint32_t unheard;        /* checks since */
	uint64_t began_ns, round_ns;
	uint64_t stalled_ns; /* it is away; 0: it is there */
	struct worker_udp_mark mark;
	struct worker_udp_nap nap;
	bool unwell, full, link_gone, stop;
	bool back; /* it has answered since it is away */
	uint64_t linger_ns;
	uint64_t icmp_pps;
	uint32_t icmp_sources, sources_used;
	enum assay_sweep_end end; /* 0: under way */
	struct assay_sweep_stats stats;
	uint8_t frames[WORKER_UDP_SEND_MAX][UDP_PROBE_FRAME_MAX];
};

bool worker_udp_has_responder(const struct assay_udp_sweep *s);
/* For the answer to one asking. */
uint64_t worker_udp_wait_ns(const struct assay_udp_sweep *s);
/* Its silences mean nothing: too few responders were heard beside them. */
bool worker_udp_is_deaf(const struct worker_udp_epoch *e);
/* Askings that have waited long enough are over. */
void worker_udp_expire(struct assay_udp_sweep *s, uint64_t now);
/* One asking is over, answered or not. */
void worker_udp_close(
    struct assay_udp_sweep *s, struct worker_udp_asking *a, bool answered);
/* Of one that holds: what was asked then ran out, and may be answered yet. */
void worker_udp_owe(struct worker_udp_question *p, uint64_t asked_ns);
/* It is not known whether this one was answered: it counts for nothing. */
void worker_udp_void(struct assay_udp_sweep *s, struct worker_udp_asking *a);
/* Sends what the pace allows now.  False: the round is out. */
bool worker_udp_send(struct assay_udp_sweep *s, uint64_t now);
/* Until there is more to send. */
uint64_t worker_udp_pause_ns(const struct assay_udp_sweep *s);
/* The round is out: its last epoch takes no more. */
void worker_udp_seal_last(struct assay_udp_sweep *s);

/* worker_udp_nap.c */
/* An echo reply to this sweep. */
bool worker_udp_nap_hears(
    struct assay_udp_sweep *s, const uint8_t *frame, size_t size);
/* Asks an echo, where there is doubt. */
void worker_udp_nap_watch(struct assay_udp_sweep *s, uint64_t now);
/* Responders are silent, and nothing else has been heard for a while. */
bool worker_udp_nap_is_doubtful(const struct assay_udp_sweep *s, uint64_t now);
/* It is away, and not just short of words. */
bool worker_udp_nap_is_sure(const struct assay_udp_sweep *s, uint64_t now);
/* The last askings may have met nobody: it is not known yet. */
bool worker_udp_nap_may_be(const struct assay_udp_sweep *s);
void worker_udp_nap_round(struct assay_udp_sweep *s); /* begins */
void worker_udp_nap_mark(struct assay_udp_sweep *s);
/* It is away; sure: asleep, which is no matter of the pace. */
void worker_udp_nap_begin(struct assay_udp_sweep *s, uint64_t now, bool sure);
void worker_udp_nap_end(struct assay_udp_sweep *s, uint64_t now);
/* It is time for a knock: an echo, which this sends, and a check. */
bool worker_udp_nap_knocks(struct assay_udp_sweep *s, uint64_t now);
void worker_udp_nap_rebooted(struct assay_udp_sweep *s);

#endif
