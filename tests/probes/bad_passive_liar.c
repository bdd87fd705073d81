/*
 * bad_passive_liar: says fail by frames that are not there.
 */
#include <stddef.h>

#include "tests/probes/sample.h"

static void
on_frame(struct assay_job *job, const struct assay_frame *frame)
{
	const struct assay_frames frames = {
		.ip_proto = 17,
		.remote_first = 1,
		.remote_last = 1,
	};
	const struct assay_observation o = {
		.field = "answer",
		.value = ASSAY_BOOL(false),
		.frames = &frames,
		.nframes = 1,
	};

	(void)frame;
	assay_observe(job, &o);
}

static void
judge(struct assay_job *job)
{
	const uint32_t id = 1;
	const struct assay_verdict v = {
		.check = "TEST-01",
		.kind = ASSAY_BEHAVIOUR,
		.value = ASSAY_FAIL,
		.reason = "sample.bad",
		.observations = &id,
		.nobservations = 1,
	};

	assay_say(job, &v);
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.passive_liar"),
	.needs = ASSAY_NEED_LINK,
	.on_frame = on_frame,
	.judge = judge,
};
