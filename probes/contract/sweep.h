/*
 * sweep: many like questions to one address, paced by its answers.
 *
 * Gentle at first, faster as long as the device keeps answering.  Known
 * responders (questions that were answered) are asked again all the while:
 * the share of *those* that stays unanswered is the loss at the pace used.  A
 * question is silent only when it stayed unanswered so often that, at this
 * loss, an answer would have come through (chance below one in a million);
 * with no responder nothing is ever silent, only unsettled.
 */
#ifndef ASSAY_CONTRACT_SWEEP_H
#define ASSAY_CONTRACT_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/contract/observations.h"

#pragma GCC visibility push(default)

struct assay_sweep;

enum assay_sweep_end {
	ASSAY_SWEEP_COMPLETE = 1, /* every question answered or silent */
	ASSAY_SWEEP_UNSETTLED,    /* nobody answered, or too lossy to tell */
	ASSAY_SWEEP_GONE, /* responders fell silent and did not come back */
};

struct assay_sweep_spec {
	uint32_t count;        /* questions are 0 to count-1; at most 65536 */
	const uint32_t *first; /* asked before all others; may be NULL */
	size_t nfirst;
	uint16_t serials; /* askings told apart: build gets 0 to serials-1 */
	uint64_t max_pps; /* 0: what the device can take */
	uint64_t patience_ns; /* how long to wait for one that fell silent */
	/* Writes the frame that asks q, at most 128 bytes; returns its size. */
	size_t (*build)(struct assay_job *, void *arg, uint32_t q,
	    uint16_t serial, uint8_t *frame);
	/* Once, from the loop; results are there until assay_sweep_free. */
	void (*on_end)(struct assay_job *, void *arg, enum assay_sweep_end);
	void *arg;
};

enum assay_sweep_state {
	ASSAY_SWEEP_UNASKED = 0,
	ASSAY_SWEEP_OPEN, /* asked, not settled */
	ASSAY_SWEEP_ANSWERED,
	ASSAY_SWEEP_SILENT,
};

struct assay_sweep_stats {
	uint64_t sent, checks, checks_lost; /* checks: askings of responders */
	uint64_t max_pps, min_pps; /* of the pace set, while answers came */
	uint64_t rtt_ns;           /* smoothed */
	uint32_t asked, answered, silent; /* questions */
	uint32_t tries;  /* unanswered askings that settle silence */
	uint32_t slowed; /* times the pace was lowered */
	/* away (asleep, hung, rebooting) and back; of these, reboots */
	uint32_t outages, reboots;
	uint64_t reboot_pps;          /* what went out when it last rebooted */
	uint64_t asleep_ns, awake_ns; /* medians over its outages; 0: unknown */
	uint64_t reached_pps; /* most that went out over a tenth of a second; 0:
				 it did not take that long */
};

/* Uses the job's link.  A copy is kept of *spec, not of what it points to. */
struct assay_sweep *assay_sweep_new(
    struct assay_job *, const struct assay_sweep_spec *);
/* An answer to q's asking with this serial has come.  liked: a good responder
 * (the kind of answer whose absence would matter); others serve when there is
 * no liked one. */
void assay_sweep_answer(
    struct assay_sweep *, uint32_t q, uint16_t serial, bool liked);
/* The watch's word: with the device or its link gone, asking pauses. */
void assay_sweep_health(struct assay_sweep *, enum assay_health);
/* Ends it now, from the loop, as ASSAY_SWEEP_GONE. */
void assay_sweep_stop(struct assay_sweep *);
enum assay_sweep_state assay_sweep_state(
    const struct assay_sweep *, uint32_t q);
void assay_sweep_stats(const struct assay_sweep *, struct assay_sweep_stats *);
void assay_sweep_free(struct assay_sweep *); /* NULL is fine */

/* Rows of params for those of a sweep, in packets. */
#define ASSAY_MAX_PPS \
	{ \
		"max_pps", ASSAY_PARAM_U64, "0", 0, 1000000, NULL, \
		    "Ceiling of the pace, in packets a second; 0: what the " \
		    "device shows it can take." \
	}
#define ASSAY_PATIENCE \
	{ \
		"patience", ASSAY_PARAM_DURATION, "10s", 1000000000, \
		    86400000000000, NULL, \
		    "How long to wait for a device that fell silent." \
	}
#define ASSAY_HANDSHAKE \
	{ \
		"handshake", ASSAY_PARAM_DURATION, "2s", 1000000, 60000000000, \
		    NULL, "How long one handshake may take." \
	}
/* Why a sweep shows too little for a pass. */
enum assay_doubt {
	ASSAY_DOUBT_NONE,
	ASSAY_DOUBT_NO_RESPONDER,
	ASSAY_DOUBT_GONE,    /* the device went away */
	ASSAY_DOUBT_PARTIAL, /* not all was asked */
	ASSAY_DOUBT_UNSETTLED,
	ASSAY_DOUBT_CONTROL, /* the closing one was bad */
	ASSAY_DOUBTS
};
/* "complete", "unsettled", "gone"; 0: "stopped", before its end. */
const char *assay_sweep_end_name(enum assay_sweep_end);
/* Notes "pace.…": what the sweep has learnt. */
void assay_note_pace(struct assay_job *, const struct assay_sweep_stats *);
/* ASSAY_DURING is good when known responders were asked again, and more than
 * half of these askings were answered.  obs: that shows it. */
void assay_control_during(
    struct assay_job *, const struct assay_sweep_stats *, uint32_t obs);

#pragma GCC visibility pop

#endif
