/*
 * worker_windows: how long a device was away, and there before that, in turn;
 * and from that, when to knock at one that is away.  Pure.
 */
#ifndef ASSAY_WORKER_WINDOWS_H
#define ASSAY_WORKER_WINDOWS_H

#include <stdbool.h>
#include <stdint.h>

#define WORKER_WINDOWS 5 /* remembered */

struct worker_windows {
	uint64_t asleep[WORKER_WINDOWS], awake[WORKER_WINDOWS];
	unsigned n; /* outages in all */
};

/* It was there from back_ns (0: not known) to since_ns, and away until now. */
void worker_windows_add(struct worker_windows *w, uint64_t back_ns,
    uint64_t since_ns, uint64_t now);
/* Medians; 0: not known. */
void worker_windows_median(
    const struct worker_windows *w, uint64_t *asleep_ns, uint64_t *awake_ns);
/* It went and came so often that it is taken for a sleeper, which no pace put
 * to sleep. */
bool worker_windows_are_of_sleeper(const struct worker_windows *w);
/* Until it is knocked at again, when it has been away for so long. */
uint64_t worker_windows_knock_ns(
    const struct worker_windows *w, bool is_sleeper, uint64_t away_ns);

#endif
