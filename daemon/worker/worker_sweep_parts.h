/*
 * worker_sweep_parts: what the files of worker_sweep share.
 *
 *   worker_sweep.c         asking, groups, rounds, answers
 *   worker_sweep_pace.c    how fast: loss, round trips, health
 *   worker_sweep_outage.c  a device that is away: asleep, hung, rebooting
 */
#ifndef ASSAY_WORKER_SWEEP_PARTS_H
#define ASSAY_WORKER_SWEEP_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/worker/worker_windows.h"
#include "probes/probe.h"

#define WORKER_SWEEP_MS 1000000ull
#define WORKER_SWEEP_SECOND 1000000000ull
#define WORKER_SWEEP_LEAST_PPS 20
#define WORKER_SWEEP_RESPONDERS_MAX 16

struct question {
	uint8_t state;    /* enum assay_sweep_state */
	uint8_t silences; /* believed ones */
	uint8_t askings;
};

struct asking { /* one per serial */
	uint32_t q;
	uint64_t at_ns;
	uint32_t position; /* in its group's order, from 1 */
	bool open, check, in_group;
};

struct sweep_pace {
	double pps, ceiling;
	unsigned ceiling_groups; /* for how long the ceiling holds */
	double limit;            /* above it the device rebooted; 0: none */
	bool has_slowed;
	uint32_t recent_checks, recent_lost; /* since the pace was last set */
	double tokens;
	uint64_t tokens_ns;
	uint64_t srtt_ns, rttvar_ns, least_rtt_ns;
	uint64_t group_rtt_ns; /* sum over the group's answers */
	uint32_t group_rtts;
	/* what really went out, over tenths of a second */
	uint64_t window_ns, window_sent;
	double rate, rate_before;
};

struct sweep_outage {
	bool unwell, rebooted; /* the watch's words */
	uint64_t since_ns;     /* 0: it is there */
	uint64_t knock_at_ns;
	uint64_t back_ns;   /* when it came back last, or the first answer */
	double rate_before; /* what went out when it went */
	bool flaps;         /* its link or its boots: no sleeper */
	uint32_t at;        /* where in the round it went last */
	unsigned at_times;
	struct worker_windows windows;
};

struct assay_sweep {
	struct assay_job *job;
	struct assay_sweep_spec spec;
	struct question *questions;
	struct asking *askings; /* spec.serials of them */
	uint32_t *todo;         /* questions to ask this round, in order */
	uint32_t ntodo, next;   /* next: index into todo */
	uint16_t serial;
	uint32_t responders[WORKER_SWEEP_RESPONDERS_MAX];
	unsigned nresponders, nliked, turn;
	struct assay_timer *timer;
	/* the group under way */
	uint32_t *group;    /* its questions, as indices into todo */
	uint32_t *group_at; /* and their positions */
	uint32_t ngroup, group_size, group_open, since_check, check_at;
	uint32_t group_checks, group_lost, group_answered;
	uint32_t position, heard_position; /* the last asked, and answered */
	bool sending;                      /* not all of the group is out yet */
	bool full;         /* the link did not take all of the last frames */
	uint64_t last_ns;  /* of the last sending or answer */
	uint64_t heard_ns; /* of the last answer */
	uint64_t round_checks, round_lost; /* of this round, believed or not */
	bool asks_again, lingers;          /* after the first round; the last */
	uint64_t dice;
	struct sweep_pace pace;
	struct sweep_outage outage;
	enum assay_sweep_end end; /* 0: under way */
	struct assay_sweep_stats stats;
};

/* worker_sweep_pace.c */
void worker_sweep_pace_begin(struct assay_sweep *s);
/* How many frames may go out now. */
void worker_sweep_refill(struct assay_sweep *s, uint64_t now);
void worker_sweep_count_sent(struct assay_sweep *s, unsigned n, uint64_t now);
void worker_sweep_measure(struct assay_sweep *s, uint64_t rtt_ns);
/* For the last answer of a group. */
uint64_t worker_sweep_wait_ns(const struct assay_sweep *s);
/* Until the next sending: never a busy wait for a queue that is full. */
uint64_t worker_sweep_pause_ns(const struct assay_sweep *s);
/* After a group: faster, slower, or not yet to be told. */
void worker_sweep_set_pace(struct assay_sweep *s);
/* By this share. */
void worker_sweep_slow_down(struct assay_sweep *s, double loss);
/* Frames a second that really went out just now. */
double worker_sweep_rate(const struct assay_sweep *s);
/* The device rebooted at this rate: never so fast again. */
void worker_sweep_keep_below(struct assay_sweep *s, double rate);

/* worker_sweep_outage.c */
/* Every responder was silent, or the watch says so.  False: for longer than
 * the patience. */
bool worker_sweep_is_away(struct assay_sweep *s, uint64_t now);
/* Until it is knocked at again. */
uint64_t worker_sweep_knock_ns(const struct assay_sweep *s, uint64_t now);
/* An answer came. */
void worker_sweep_is_back(struct assay_sweep *s, uint64_t now);
/* The place at which it went is not asked at once again: it went there so
 * often that it may be the question's doing. */
bool worker_sweep_is_fatal_place(struct assay_sweep *s, uint32_t place);

#endif
