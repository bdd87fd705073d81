/*
 * clock_step: notices that somebody set the clock.
 */
#include "captures/clock_step.h"

#include <time.h>

#define READINGS 5

static uint64_t
read_clock(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t
clock_real_ns(void)
{
	return read_clock(CLOCK_REALTIME);
}

uint64_t
clock_monotonic_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

/* The reading that was interrupted least is the truest. */
int64_t
clock_step_offset(void)
{
	uint64_t before, real, after, best = UINT64_MAX;
	int64_t offset = 0;
	int i;

	for (i = 0; i < READINGS; i++) {
		before = clock_monotonic_ns();
		real = clock_real_ns();
		after = clock_monotonic_ns();
		if (after - before >= best)
			continue;
		best = after - before;
		offset = (int64_t)(real - (before + best / 2));
	}
	return offset;
}

int64_t
clock_step_check(struct clock_step *c, int64_t offset_ns)
{
	int64_t step = c->known ? offset_ns - c->offset_ns : 0;

	c->known = true;
	c->offset_ns = offset_ns;
	if (step < CLOCK_STEP_LEAST_NS && step > -CLOCK_STEP_LEAST_NS)
		return 0;
	return step;
}
