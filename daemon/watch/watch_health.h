/*
 * watch_health: how a device is, from the answers it gives and does not give.
 *
 * A state machine without a clock of its own: every input carries its time.
 * Unknown until the first answer or the third silent round.  Three rounds (a
 * second each) without an answer: down.  Slow: a round trip over four times
 * the median of the first sixteen and over 50 ms; three quick ones end it.
 * Rebooted and address changed last until the next answer.  Link lost lasts
 * until the link is back; nothing is concluded from silence meanwhile.
 */
#ifndef ASSAY_WATCH_HEALTH_H
#define ASSAY_WATCH_HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/probe.h"

#define WATCH_HEALTH_SAMPLES 16
#define WATCH_HEALTH_SILENT_ROUNDS 3
#define WATCH_HEALTH_SLOW_NS 50000000ull
/* A boot shows itself several times (DHCP, probes, announcements): once in this
 * time is one boot. */
#define WATCH_HEALTH_BOOT_NS 10000000000ull

struct watch_health {
	enum assay_health state; /* 0: unknown yet */
	uint64_t rtt_ns;         /* the last one measured; 0: none */
	uint64_t first[WATCH_HEALTH_SAMPLES]; /* round trips */
	size_t nfirst;
	uint64_t median_ns; /* of first, once it is full */
	unsigned silent;    /* rounds asked since the last answer */
	uint64_t asked_ns;  /* of the first of them */
	unsigned quick;     /* in a row, while slow */
	uint64_t booted_ns; /* last sign of a boot; 0: none */
	bool was_up;
};

/* Each returns true when the state is new and somebody should hear it. */

/* A round begins: to be called before its questions are sent. */
bool watch_health_on_round(struct watch_health *h, uint64_t now_ns);
/* Answered, by a frame stamped now; rtt_ns 0: not measured. An answer older
 * than the first unanswered question is none. */
bool watch_health_on_answer(
    struct watch_health *h, uint64_t stamp_ns, uint64_t rtt_ns);
bool watch_health_on_boot(struct watch_health *h, uint64_t stamp_ns);
bool watch_health_on_address_changed(struct watch_health *h);
bool watch_health_on_link(struct watch_health *h, bool up);

const char *watch_health_name(enum assay_health state); /* "up", "link lost" */

#endif
