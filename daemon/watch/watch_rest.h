/*
 * watch_rest: how a device is when nobody does anything to it.
 *
 * The control that later judgements are compared with.  Without a clock of its
 * own: every input carries its time.  Only what happens at rest counts: from
 * watch_rest_begin() to watch_rest_pause(), and for a while after a pause
 * nothing does, because what comes then may still be the answer to what was
 * done.  Round trips are those of the newest WATCH_REST_SAMPLES answers.
 */
#ifndef ASSAY_WATCH_REST_H
#define ASSAY_WATCH_REST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WATCH_REST_SAMPLES 512
#define WATCH_REST_SETTLE_NS 10000000000ull /* after what was done to it */

struct watch_rest { /* zeroed to begin with */
	bool at_rest, was_busy;
	uint64_t first_ns;    /* rest began for the first time; 0: never */
	uint64_t counts_from; /* of this spell: what is older does not count */
	uint64_t observed_ns; /* of earlier spells */
	uint32_t rounds, answered;
	bool round_is_open; /* asked, and counts, and no answer yet */
	uint64_t rtts[WATCH_REST_SAMPLES];
	size_t nrtts; /* ever */
	uint32_t reboots, reconnects;
	uint64_t last_reboot_ns;
	/* Awake is from an answer to the last one before silence. */
	bool is_awake, is_asleep; /* neither: it has not answered yet */
	uint64_t awake_since_ns, last_answer_ns;
	uint32_t wakes;
	uint64_t awake_ns, asleep_ns, asleep_max_ns;
};

struct watch_rested {
	uint64_t first_ns, observed_ns;
	uint32_t rounds, answered;
	uint64_t median_ns, p95_ns; /* 0: no round trip was measured */
	uint32_t reboots, reconnects;
	uint64_t last_reboot_ns;
	uint32_t wakes; /* answered again after silence */
	uint64_t awake_ns, asleep_ns, asleep_max_ns;
};

void watch_rest_begin(struct watch_rest *r, uint64_t now_ns);
void watch_rest_pause(struct watch_rest *r, uint64_t now_ns);
void watch_rest_on_round(struct watch_rest *r, uint64_t now_ns);
/* rtt_ns 0: not measured. */
void watch_rest_on_answer(
    struct watch_rest *r, uint64_t stamp_ns, uint64_t rtt_ns);
/* It has been silent for so long that it counts as asleep, or gone. */
void watch_rest_on_silence(struct watch_rest *r, uint64_t now_ns);
void watch_rest_on_boot(struct watch_rest *r, uint64_t stamp_ns);
/* Its link is back, or its address is another. */
void watch_rest_on_reconnect(struct watch_rest *r, uint64_t now_ns);

void watch_rest_read(
    const struct watch_rest *r, uint64_t now_ns, struct watch_rested *out);

#endif
