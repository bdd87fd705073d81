/*
 * bad_no_frames: says pass on an observation that no frame shows.
 */
#include "tests/probes/sample.h"

static void
run(struct assay_job *job)
{
	const struct assay_frames frames = {
		.ip_proto = 6, .remote_first = 9, .remote_last = 9
	};
	const struct assay_observation o = {
		.field = "answer",
		.value = ASSAY_BOOL(true),
		.frames = &frames,
		.nframes = 1,
	};
	uint32_t id = assay_observe(job, &o);

	assay_control(job, ASSAY_BEFORE, true, id);
	assay_control(job, ASSAY_AFTER, true, id);
	assay_finish(job);
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.no_frames"),
	.run = run,
	.judge = sample_judge,
};
