/*
 * bad_no_evidence: says pass and shows nothing.
 */
#include "tests/probes/sample.h"

static void
judge(struct assay_job *job)
{
	const struct assay_verdict v = {
		.check = "TEST-01",
		.kind = ASSAY_BEHAVIOUR,
		.value = ASSAY_PASS,
		.reason = "sample.good",
	};

	assay_say(job, &v);
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.no_evidence"),
	.run = sample_run,
	.judge = judge,
};
