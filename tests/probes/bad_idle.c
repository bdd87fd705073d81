/*
 * bad_idle: waits for nothing, until somebody cancels it.
 */
#include "tests/probes/sample.h"

static void
run(struct assay_job *job)
{
	(void)sample_observe(job, true);
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.idle"),
	.run = run,
	.judge = sample_judge,
};
