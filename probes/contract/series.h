/*
 * series: many short exchanges with one TCP port (ASSAY_NEED_TCP).
 *
 * Each is a connection of its own: something is said, the answer heard, and it
 * ends with RST.  One at a time at first, and more as long as the device
 * answers as fast as it did alone; a device that gets slower is asked one at a
 * time, then slowly more.  What to ask next may depend on the answers.  Who is
 * turned away without a word beside others is asked the same again, alone, and
 * that alone is told.
 */
#ifndef ASSAY_CONTRACT_SERIES_H
#define ASSAY_CONTRACT_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/contract/talk.h"

#pragma GCC visibility push(default)

struct assay_series;

#define ASSAY_SERIES_MOST 64

struct assay_series_spec {
	/* Of every exchange; say, nsay, on_end and arg are the series' own.
	 * is_enough gets this spec's arg. */
	struct assay_talk_spec talk;
	size_t most; /* at a time, at most ASSAY_SERIES_MOST */
	/* Writes what is said next, at most ASSAY_TALK_SAY_MAX bytes, and a tag
	 * to know its answer by; returns its size.  0: nothing for now; then it
	 * is called again after each answer, and with none under way the series
	 * is over. */
	size_t (*next)(
	    struct assay_job *, void *arg, uint8_t *say, uint32_t *tag);
	void (*on_talked)(struct assay_job *, void *arg, uint32_t tag,
	    const struct assay_talked *);
	void (*on_end)(struct assay_job *, void *arg); /* it may be freed */
	void *arg;
};
struct assay_series_stats {
	uint64_t exchanges; /* begun */
	size_t peak;        /* under way at a time */
	uint64_t fastest_ns;
	uint32_t slowed; /* times that fewer were asked at a time */
};
/* A copy is kept of *spec.  on_end is never called from within. */
struct assay_series *assay_series_start(
    struct assay_job *, const struct assay_series_spec *);
/* Begins nothing any more; on_end comes when what is under way has ended. */
void assay_series_stop(struct assay_series *);
void assay_series_stats(
    const struct assay_series *, struct assay_series_stats *);
/* Not before on_end, unless the job is over; NULL is fine. */
void assay_series_free(struct assay_series *);

#pragma GCC visibility pop

#endif
