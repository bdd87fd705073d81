/*
 * bad_flood: observes without end.
 */
#include "tests/probes/sample.h"

static void
run(struct assay_job *job)
{
	for (;;)
		(void)sample_observe(job, true);
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.flood"),
	.run = run,
	.judge = sample_judge,
};
