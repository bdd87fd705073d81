/*
 * bad_crash_run: crashes in run, with an observation already made.
 */
#include <stddef.h>

#include "tests/probes/sample.h"

/* volatile: a compiler drops a store through a pointer it knows to be null. */
static int *volatile nowhere = NULL;

static void
run(struct assay_job *job)
{
	(void)sample_observe(job, true);
	*nowhere = 1;
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.crash_run"),
	.run = run,
	.judge = sample_judge,
};
