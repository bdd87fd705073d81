/*
 * permit: may this step be begun?
 *
 * The profile's consents, hours and budgets, and the segment's mode, are asked
 * before a step touches the device.  What is refused is inconclusive, never a
 * pass, and never the device's fault.  Pure.
 */
#ifndef ASSAY_PERMIT_H
#define ASSAY_PERMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenarios/conf.h"
#include "scenarios/profile.h"

struct permit_step {
	uint8_t impact;                      /* enum assay_impact */
	const struct profile_action *action; /* NULL: a probe's job */
};

/* What this action may do to the device, as a step: ASSAY_STATE unless root
 * (a hook) or the profile (a person) says that it is harmless. */
struct permit_step permit_step_of(
    const struct profile_action *action, const struct conf *conf);

struct permit_used { /* in this run, so far; and in others (run_used.h) */
	uint64_t restarts, load, state, frames;
	uint8_t newest; /* enum assay_impact of the newest job of another run */
};

struct permit_now {
	unsigned minute;    /* of the bench's local day */
	char today[11];     /* "2026-11-23" */
	bool fence_is_open; /* mode cloud: something reaches the outside */
};

/* NULL: it may.  Else the reason's code, and in text what stood against it
 * ("unlocks", "22:00-06:00", "restarts 10", "malformed"). */
const char *permit_refuses(const struct profile *p,
    const struct permit_step *step, const struct permit_used *used,
    const struct permit_now *now, char *text, size_t size);
/* A step that was begun is counted. */
void permit_count(struct permit_used *used, const struct permit_step *step);
/* It is one of permit_refuses()'s codes. */
bool permit_is_code(const char *code);
/* By the machine's clock, in its time zone; the fence is shut. */
void permit_read_clock(struct permit_now *now);
/* ASSAY_LOAD of "load"; what is unknown is the worst. */
uint8_t permit_impact(const char *name);

#endif
