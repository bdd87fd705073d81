/*
 * sample_frames: passive: counts the UDP frames that come in until there are
 * enough of them.
 */
#include <stddef.h>

#include "tests/probes/sample.h"

struct state {
	uint64_t frames, batches, outgoing, bytes;
};

static const struct assay_param params[] = {
	{ "enough", ASSAY_PARAM_U64, "10", 1, 100000000, NULL,
	    "How many frames are waited for." },
	{ NULL, 0, NULL, 0, 0, NULL, NULL },
};

static void
on_batch(struct assay_job *job)
{
	struct state *s = assay_state(job);

	s->batches++;
	assay_progress(
	    job, s->frames, assay_param_u64(job, "enough"), "frames");
}

static void
run(struct assay_job *job)
{
	assay_link_on_batch(job, on_batch);
	assay_log(job, "listening");
}

static void
on_frame(struct assay_job *job, const struct assay_frame *frame)
{
	struct state *s = assay_state(job);

	s->frames++;
	s->outgoing += frame->outgoing;
	s->bytes += frame->size;
	if (s->frames == assay_param_u64(job, "enough"))
		assay_finish(job);
}

static void
on_end(struct assay_job *job)
{
	const struct state *s = assay_state(job);
	const struct assay_frames frames = { .ip_proto = 17 };
	const struct assay_observation o = {
		.field = "count",
		.value = ASSAY_U64(s->frames),
		.frames = &frames,
		.nframes = 1,
	};

	assay_observe(job, &o);
	assay_note(job, "outgoing", ASSAY_U64(s->outgoing));
	assay_note(job, "bytes", ASSAY_U64(s->bytes));
	assay_note(job, "batches", ASSAY_U64(s->batches));
}

static void
judge(struct assay_job *job)
{
	const struct assay_observation *o = assay_observation_at(job, 0);
	const bool good =
	    o != NULL && o->value.u64 >= assay_param_u64(job, "enough");
	const uint32_t id = 1;
	const struct assay_named_value value = { "count",
		ASSAY_U64(o == NULL ? 0 : o->value.u64) };
	const struct assay_verdict v = {
		.check = "TEST-01",
		.kind = ASSAY_BEHAVIOUR,
		.value = good ? ASSAY_PASS : ASSAY_INCONC,
		.reason = good ? "sample.good" : "sample.bad",
		.values = &value,
		.nvalues = 1,
		.observations = &id,
		.nobservations = good ? 1 : 0,
	};

	assay_say(job, &v);
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("sample.frames"),
	.params = params,
	.needs = ASSAY_NEED_LINK,
	.state_size = sizeof(struct state),
	.filter = "udp",
	.run = run,
	.on_frame = on_frame,
	.on_end = on_end,
	.judge = judge,
};
