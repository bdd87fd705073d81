/*
 * bad_undeclared_field: observes a field that it did not declare.
 */
#include "tests/probes/sample.h"

static void
run(struct assay_job *job)
{
	const struct assay_observation o = {
		.field = "surprise",
		.value = ASSAY_BOOL(true),
	};

	assay_observe(job, &o);
	sample_run(job);
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.undeclared_field"),
	.run = run,
	.judge = sample_judge,
};
