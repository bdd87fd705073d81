/*
 * bad_uncovered: says pass on a check that it does not claim, then its own.
 */
#include "tests/probes/sample.h"

static void
judge(struct assay_job *job)
{
	const uint32_t id = 1;
	struct assay_verdict v = {
		.check = "NET-01",
		.kind = ASSAY_COMPLETENESS,
		.value = ASSAY_PASS,
		.reason = "sample.good",
		.observations = &id,
		.nobservations = 1,
	};

	assay_say(job, &v);
	sample_judge(job);
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.uncovered"),
	.run = sample_run,
	.judge = judge,
};
