/*
 * bad_forbidden_call: makes a system call that no probe needs.
 */
#include <sys/prctl.h>

#include "tests/probes/sample.h"

static void
run(struct assay_job *job)
{
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	sample_run(job);
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.forbidden_call"),
	.run = run,
	.judge = sample_judge,
};
