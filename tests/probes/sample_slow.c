/*
 * sample_slow: in order, and at work for as long as it is told to be, so that
 * something can happen meanwhile.
 */
#include <stddef.h>

#include "tests/probes/sample.h"

static const struct assay_param params[] = {
	{ "lasts", ASSAY_PARAM_DURATION, "250ms", 1, 60000000000, NULL,
	    "How long it is at work." },
	{ NULL, 0, NULL, 0, 0, NULL, NULL },
};

static void
on_time(struct assay_job *job, void *arg)
{
	(void)arg;
	assay_control(job, ASSAY_AFTER, true, 1);
	assay_finish(job);
}

static void
run(struct assay_job *job)
{
	assay_control(job, ASSAY_BEFORE, true, sample_observe(job, true));
	assay_timer_set(
	    assay_timer_new(job, on_time, NULL), assay_param_ns(job, "lasts"));
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("sample.slow"),
	.params = params,
	.run = run,
	.judge = sample_judge,
};
