/*
 * bad_hang: never comes back from run.
 */
#include "tests/probes/sample.h"

static volatile int forever = 1;

static void
run(struct assay_job *job)
{
	(void)sample_observe(job, true);
	while (forever)
		;
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.hang"),
	.run = run,
	.judge = sample_judge,
};
