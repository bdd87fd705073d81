/*
 * bad_foreign_evidence: cites an observation that it never made.
 */
#include "tests/probes/sample.h"

static void
judge(struct assay_job *job)
{
	const uint32_t id = 7;
	const struct assay_verdict v = {
		.check = "TEST-01",
		.kind = ASSAY_BEHAVIOUR,
		.value = ASSAY_PASS,
		.reason = "sample.good",
		.observations = &id,
		.nobservations = 1,
	};

	assay_say(job, &v);
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.foreign_evidence"),
	.run = sample_run,
	.judge = judge,
};
