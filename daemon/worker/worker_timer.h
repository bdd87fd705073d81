/*
 * worker_timer: the timers of probes/probe.h: the event loop's when live, the
 * capture's clock when frames are replayed.
 */
#ifndef ASSAY_WORKER_TIMER_H
#define ASSAY_WORKER_TIMER_H

#include <stdbool.h>
#include <stdint.h>

struct assay_job;

/* Replayed: when the next timer is due; of one instant, the one armed first
 * comes first. False: none is armed. */
bool worker_timer_next(const struct assay_job *job, uint64_t *due_ns);
/* Disarms that one and calls it. */
void worker_timer_fire_next(struct assay_job *job);

#endif
