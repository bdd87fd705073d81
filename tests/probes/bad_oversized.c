/*
 * bad_oversized: observes a string that fits no message.
 */
#include <string.h>

#include "tests/probes/sample.h"

static void
run(struct assay_job *job)
{
	static char text[100000];
	const struct assay_observation o = {
		.field = "text",
		.value = ASSAY_STRING(text),
	};

	memset(text, 'x', sizeof(text) - 1);
	assay_observe(job, &o);
	sample_run(job);
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.oversized"),
	.run = run,
	.judge = sample_judge,
};
