/*
 * clock_step: notices that somebody set the clock.
 *
 * CLOCK_REALTIME less CLOCK_MONOTONIC changes only when the clock is set:
 * slewing moves both alike.  So a change beyond what two readings differ by
 * is a step, and stamps before and after it do not compare.
 */
#ifndef ASSAY_CLOCK_STEP_H
#define ASSAY_CLOCK_STEP_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_STEP_LEAST_NS 1000000 /* smaller ones are not told */

struct clock_step { /* zeroed to begin with */
	bool known;
	int64_t offset_ns; /* real less monotonic */
};

/* What the step was since the call before, in ns; 0: none.  offset_ns as
 * clock_step_offset() reads it. */
int64_t clock_step_check(struct clock_step *c, int64_t offset_ns);
int64_t clock_step_offset(void);

/* ns since 1970, and ns of a clock nobody sets. */
uint64_t clock_real_ns(void);
uint64_t clock_monotonic_ns(void);

#endif
