/*
 * bad_crash_judge: crashes in judge, behind a verdict.
 */
#include <stddef.h>

#include "tests/probes/sample.h"

static int *volatile nowhere = NULL;

static void
judge(struct assay_job *job)
{
	sample_judge(job);
	*nowhere = 1;
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.crash_judge"),
	.run = sample_run,
	.judge = judge,
};
