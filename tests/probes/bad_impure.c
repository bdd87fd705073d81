/*
 * bad_impure: looks at the clock in judge.
 */
#include "tests/probes/sample.h"

static void
judge(struct assay_job *job)
{
	(void)assay_now_ns(job);
	sample_judge(job);
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.impure"),
	.run = sample_run,
	.judge = judge,
};
