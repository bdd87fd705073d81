/*
 * bad_exit_status: says its verdict and leaves with a status that is not 0.
 */
#include <stdlib.h>

#include "tests/probes/sample.h"

static void
judge(struct assay_job *job)
{
	sample_judge(job);
	exit(3);
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.exit_status"),
	.run = sample_run,
	.judge = judge,
};
