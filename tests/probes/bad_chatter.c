/*
 * bad_chatter: logs a million lines and is otherwise in order.
 */
#include "tests/probes/sample.h"

static void
run(struct assay_job *job)
{
	int i;

	for (i = 0; i < 1000000; i++)
		assay_log(job, "line %d", i);
	sample_run(job);
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.chatter"),
	.run = run,
	.judge = sample_judge,
};
