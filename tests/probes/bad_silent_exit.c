/*
 * bad_silent_exit: leaves with status 0 and without a word.
 */
#include <unistd.h>

#include "tests/probes/sample.h"

static void
run(struct assay_job *job)
{
	(void)job;
	_exit(0);
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.silent_exit"),
	.run = run,
	.judge = sample_judge,
};
