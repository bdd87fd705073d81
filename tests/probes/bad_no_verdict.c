/*
 * bad_no_verdict: judges and says nothing.
 */
#include "tests/probes/sample.h"

static void
judge(struct assay_job *job)
{
	(void)job;
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.no_verdict"),
	.run = sample_run,
	.judge = judge,
};
