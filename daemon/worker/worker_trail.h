/*
 * worker_trail: what a run has left for judge: observations and controls.
 *
 * Deep copies: a probe's own buffers may go at once.  Pointers handed out stay
 * good until the trail is freed.
 */
#ifndef ASSAY_WORKER_TRAIL_H
#define ASSAY_WORKER_TRAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/probe.h"

#define WORKER_PHASES 4 /* enum assay_phase counts from 1 */

/* Zeroed is empty. */
struct worker_trail {
	struct assay_observation **observations;
	size_t nobservations;
	bool good[WORKER_PHASES]; /* the last control of that phase */
};

/* Copies everything but target, which must outlive the trail. Returns the id,
 * from 1. */
uint32_t worker_trail_add(struct worker_trail *t,
    const struct assay_observation *o, bool with_frames);
/* phase is in range. */
void worker_trail_control(
    struct worker_trail *t, enum assay_phase phase, bool good);
void worker_trail_free(struct worker_trail *t);

/* A value with its string or ports copied; and freed. */
struct assay_value worker_trail_copy_value(const struct assay_value *v);
void worker_trail_free_value(struct assay_value *v);

#endif
