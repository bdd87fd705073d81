/*
 * sample_send: sends frames as fast as the link takes them, and says how many.
 */
#include <string.h>

#include "tests/probes/sample.h"

#define BATCH 64
#define RETRY_NS 1000000

struct state {
	struct assay_timer *timer;
	uint64_t sent, fulls;
	uint8_t frame[60];
};

static const struct assay_param params[] = {
	{ "frames", ASSAY_PARAM_U64, "1000", 1, 100000000, NULL,
	    "How many frames are sent." },
	{ NULL, 0, NULL, 0, 0, NULL, NULL },
};

static void
say_sent(struct assay_job *job)
{
	const struct state *s = assay_state(job);
	const struct assay_frames frames = { .ip_proto = 17 };
	const struct assay_observation o = {
		.field = "count",
		.value = ASSAY_U64(s->sent),
		.frames = &frames,
		.nframes = 1,
	};

	assay_observe(job, &o);
	assay_note(job, "fulls", ASSAY_U64(s->fulls));
	assay_finish(job);
}

static void
send_more(struct assay_job *job, void *arg)
{
	const uint64_t wanted = assay_param_u64(job, "frames");
	struct assay_buffer batch[BATCH];
	struct state *s = arg;
	uint64_t n = wanted - s->sent < BATCH ? wanted - s->sent : BATCH, i;
	int taken;

	for (i = 0; i < n; i++) {
		batch[i].data = s->frame;
		batch[i].size = sizeof(s->frame);
	}
	taken = assay_link_send(job, batch, n);
	if (taken == -1) {
		assay_fail(job, "the link is gone");
		return;
	}
	s->sent += (uint64_t)taken;
	s->fulls += taken == 0;
	if (s->sent == wanted)
		say_sent(job);
	else
		assay_timer_set(s->timer, taken == 0 ? RETRY_NS : 0);
}

static void
run(struct assay_job *job)
{
	const struct assay_target *t = assay_target_at(job, 0);
	struct state *s = assay_state(job);

	memcpy(s->frame, t->mac, 6);
	memcpy(s->frame + 6, t->source_mac, 6);
	s->frame[12] = 0x88; /* local experimental, IEEE 802 */
	s->frame[13] = 0xb5;
	s->timer = assay_timer_new(job, send_more, s);
	send_more(job, s);
}

static void
fini(struct assay_job *job)
{
	const struct state *s = assay_state(job);

	assay_timer_free(s->timer);
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("sample.send"),
	.params = params,
	.needs = ASSAY_NEED_LINK,
	.state_size = sizeof(struct state),
	.run = run,
	.judge = sample_judge,
	.fini = fini,
};
