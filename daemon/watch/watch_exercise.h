/*
 * watch_exercise: control exchanges: does this MAC answer for this address?
 *
 * One exchange asks a neighbour question and an echo, again every 250 ms,
 * until an answer or the limit.  An answer counts by its frame's stamp: not
 * before the question, not after the limit; so silence is only concluded some
 * time after the limit, when late-delivered frames have come in.  Another MAC
 * that answers for the address ends it badly.
 */
#ifndef ASSAY_WATCH_EXERCISE_H
#define ASSAY_WATCH_EXERCISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/watch/watch_link.h"
#include "daemon/watch/watch_sight.h"

#define WATCH_EXERCISES_MAX 64 /* under way at once */
#define WATCH_EXERCISE_AGAIN_NS 250000000ull
#define WATCH_EXERCISE_LATE_NS 250000000ull /* a capture hands on in blocks */
#define WATCH_EXERCISE_LIMIT_MS_MAX 60000

struct watch_exercise {
	uint32_t request, dut;
	uint8_t mac[6];
	uint8_t family;
	uint8_t addr[16];
	uint16_t seq;  /* of its echo requests, no other exchange's */
	unsigned sent; /* questions so far */
	uint64_t first_ns, last_ns, until_ns; /* CLOCK_REALTIME, as stamps */
};

struct watch_exercises {
	const struct watch_link *link;
	struct watch_exercise all[WATCH_EXERCISES_MAX];
	size_t n;
	uint16_t seq; /* next one */
	/* how: "arp", "nd", "echo" when good; else why not: "silent", "other
	 * mac", "no source address", "too many". */
	void (*on_done)(void *arg, const struct watch_exercise *x, bool good,
	    uint64_t rtt_ns, uint64_t stamp_ns, const char *how);
	void *arg;
};

/* Begins; sends the first question. x: request, dut, mac, family, addr. */
void watch_exercises_begin(struct watch_exercises *t,
    const struct watch_exercise *x, uint32_t limit_ms, uint64_t now_ns);
/* Every answer that was seen goes here. */
void watch_exercises_on_answer(
    struct watch_exercises *t, const struct watch_sight *s, uint64_t stamp_ns);
/* To be called often (at least every 50 ms while t->n > 0). */
void watch_exercises_on_time(struct watch_exercises *t, uint64_t now_ns);
/* Ends those of dut badly: "forgotten". */
void watch_exercises_forget(
    struct watch_exercises *t, uint32_t dut, uint64_t now_ns);
/* Without a word: who asked is gone. */
void watch_exercises_forget_all(struct watch_exercises *t);

#endif
