/*
 * malformed: many inputs that a device must survive, and which it did not.
 *
 * Of any protocol: the probe asks a case and tells how it went, and does the
 * same with a control (a good exchange, which must be answered).  Cases are
 * asked one at a time, a batch of them between two controls.  Where a control
 * stays unanswered, or the watch saw the device away, the device is waited for;
 * then the cases since the last good control are asked again, each with a
 * control behind it; and what it went away behind alone is asked once or twice
 * more.  Twice of at most three, each between two controls, make an offender.
 * An outage that none of them brings about again is one that nobody explains.
 */
#ifndef ASSAY_CONTRACT_MALFORMED_H
#define ASSAY_CONTRACT_MALFORMED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/contract/observations.h"

#pragma GCC visibility push(default)

struct assay_malformed;

enum assay_malformed_went {       /* a case, or the control */
	ASSAY_MALFORMED_FINE = 1, /* it reached the device; a good control */
	ASSAY_MALFORMED_ODD,      /* it did, but a control should follow now */
	ASSAY_MALFORMED_UNASKED,  /* the device took none of it; a bad control,
				     whatever came of it */
	ASSAY_MALFORMED_OURS, /* the bench could not, never the device's fault
			       */
};

#define ASSAY_MALFORMED_TRIALS 3
struct assay_malformed_trial { /* of one case alone */
	/* By which its frames are known, as the probe told: of the good control
	 * before it, of itself, and of the control behind it. */
	uint16_t before, asked, behind;
	bool was_bad; /* that control, or the watch saw the device away */
};
struct assay_malformed_offender {
	size_t which; /* case */
	unsigned asked, bad;
	uint64_t away_ns; /* the longest it was away for */
	struct assay_malformed_trial trials[ASSAY_MALFORMED_TRIALS];
};

enum assay_malformed_end {
	ASSAY_MALFORMED_COMPLETE = 1,
	ASSAY_MALFORMED_NO_CONTROL, /* not one control was good */
	ASSAY_MALFORMED_GONE,       /* it did not come back */
	ASSAY_MALFORMED_ENOUGH, /* too many outages, or offenders, to go on */
	ASSAY_MALFORMED_BENCH,  /* for a while the bench could not ask */
};
struct assay_malformed_result {
	enum assay_malformed_end end;
	size_t settled;     /* cases that are done: all before this one */
	size_t unasked;     /* of them, that never reached the device */
	size_t offenders;   /* of them */
	size_t unexplained; /* outages */
	/* The cases before the last outage that is unexplained, or of which it
	 * did not come back: from, and up to before to. */
	size_t from, to;
	uint16_t control; /* the last bad one; 0: none was */
};

struct assay_malformed_spec {
	size_t n;             /* cases are 0 to n-1 */
	size_t batch;         /* of them between two controls, at least 1 */
	uint64_t patience_ns; /* how long it may be away */
	uint64_t pause_ns;    /* between two controls while it is */
	/* Ask, and call assay_malformed_told() later, never from within. */
	void (*ask)(struct assay_job *, void *arg, size_t which);
	void (*control)(struct assay_job *, void *arg);
	void (*on_offender)(struct assay_job *, void *arg,
	    const struct assay_malformed_offender *);
	/* It may be freed. */
	void (*on_end)(struct assay_job *, void *arg,
	    const struct assay_malformed_result *);
	void *arg;
};
/* A copy is kept of *spec.  on_end comes from the loop or from told(). */
struct assay_malformed *assay_malformed_start(
    struct assay_job *, const struct assay_malformed_spec *);
/* What was asked last is over.  port: by which its frames are known. */
void assay_malformed_told(
    struct assay_malformed *, enum assay_malformed_went, uint16_t port);
/* From on_health; NULL is fine here and in the next. */
void assay_malformed_health(struct assay_malformed *, enum assay_health);
void assay_malformed_free(struct assay_malformed *);

#pragma GCC visibility pop

#endif
