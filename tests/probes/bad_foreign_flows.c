/*
 * bad_foreign_flows: says pass on what somebody else on the segment said, which
 * the recording has and which it was given to read: datagrams to one port.
 */
#include "protocols/packet.h"
#include "tests/probes/sample.h"

#define PORT 7979

static const struct assay_param params[] = {
	{ "over", ASSAY_PARAM_DURATION, "1h", 0, 0, NULL, "How far back." },
	{ NULL, 0, NULL, 0, 0, NULL, NULL },
};

static void
on_frame(struct assay_job *job, const struct assay_frame *frame)
{
	uint64_t *count = assay_state(job);
	struct packet p;

	if (packet_dissect(&p, frame->data, frame->size) == 0 &&
	    (p.layers & PACKET_UDP) != 0 && p.port_dst == PORT)
		(*count)++;
}

static void
on_end(struct assay_job *job)
{
	static const struct assay_frames frames[] = {
		{ .ip_proto = 17, .local_first = PORT, .local_last = PORT },
		{ .ip_proto = 17, .remote_first = PORT, .remote_last = PORT },
	};
	const uint64_t *count = assay_state(job);
	const struct assay_observation o = {
		.field = "answer",
		.value = ASSAY_BOOL(*count > 0),
		.frames = frames,
		.nframes = 2,
	};
	uint32_t id = assay_observe(job, &o);

	assay_note(job, "foreign.frames", ASSAY_U64(*count));
	assay_control(job, ASSAY_BEFORE, true, id);
	assay_control(job, ASSAY_AFTER, true, id);
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.foreign_flows"),
	.params = params,
	.needs = ASSAY_NEED_LINK,
	.state_size = sizeof(uint64_t),
	.filter = "udp",
	.on_frame = on_frame,
	.on_end = on_end,
	.judge = sample_judge,
};
