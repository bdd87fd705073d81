/*
 * sample_sources_raw: one SYN from each source address by raw frames; passes
 * when each was answered with SYN-ACK.
 */
#include <stdlib.h>

#include "protocols/syn_probe.h"
#include "tests/probes/sample.h"

#define SOURCE_PORT 61000
#define TRIES 10
#define AGAIN_NS 500000000

struct state {
	struct syn_probe *syns; /* one for each source of the first target */
	bool *answered;
	size_t n, nanswered;
	unsigned tries;
	struct assay_timer *timer;
};

static const struct assay_param params[] = {
	{ "port", ASSAY_PARAM_U64, "443", 1, 65535, NULL, "The port." },
	{ NULL, 0, NULL, 0, 0, NULL, NULL },
};

static void
end(struct assay_job *job)
{
	struct state *s = assay_state(job);
	uint32_t id = sample_observe(job, s->nanswered == s->n);

	assay_timer_stop(s->timer);
	assay_control(job, ASSAY_BEFORE, true, id);
	assay_control(job, ASSAY_AFTER, true, id);
	assay_log(job, "%zu of %zu sources", s->nanswered, s->n);
	assay_finish(job);
}

static void
ask(struct assay_job *job, void *arg)
{
	struct state *s = assay_state(job);
	const uint16_t port = (uint16_t)assay_param_u64(job, "port");
	uint8_t frame[PACKET_BUILD_MAX];
	struct assay_buffer buffer = { .data = frame };
	size_t i;

	(void)arg;
	if (s->tries++ == TRIES) {
		end(job);
		return;
	}
	for (i = 0; i < s->n; i++) {
		if (s->answered[i])
			continue;
		buffer.size = syn_probe_build(&s->syns[i], port, 0, frame);
		(void)assay_link_send(job, &buffer, 1);
	}
	assay_timer_set(s->timer, AGAIN_NS);
}

static void
on_frame(struct assay_job *job, const struct assay_frame *f)
{
	struct state *s = assay_state(job);
	uint16_t port, serial;
	size_t i;

	for (i = 0; i < s->n; i++) {
		if (s->answered[i] ||
		    syn_probe_read(&s->syns[i], f->data, f->size, &port,
			&serial) != SYN_OPEN)
			continue;
		s->answered[i] = true;
		if (++s->nanswered == s->n)
			end(job);
		return;
	}
}

static void
run(struct assay_job *job)
{
	const struct assay_target *t = assay_target_at(job, 0);
	struct state *s = assay_state(job);
	struct packet_ends e = { .mac_src = t->source_mac,
		.mac_dst = t->mac,
		.family = t->family,
		.dst = t->addr };
	size_t i;

	s->n = assay_source_count(job, t);
	s->syns = calloc(s->n, sizeof(*s->syns));
	s->answered = calloc(s->n, sizeof(*s->answered));
	if (s->syns == NULL || s->answered == NULL) {
		assay_fail(job, "out of memory");
		return;
	}
	for (i = 0; i < s->n; i++) {
		e.src = assay_source_at(job, t, i);
		syn_probe_init(
		    &s->syns[i], &e, assay_random(job), SOURCE_PORT, 1);
	}
	s->timer = assay_timer_new(job, ask, NULL);
	ask(job, NULL);
}

static void
fini(struct assay_job *job)
{
	struct state *s = assay_state(job);

	free(s->syns);
	free(s->answered);
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("sample.sources_raw"),
	.params = params,
	.needs = ASSAY_NEED_LINK | ASSAY_NEED_SOURCES,
	.filter = "tcp",
	.state_size = sizeof(struct state),
	.run = run,
	.on_frame = on_frame,
	.judge = sample_judge,
	.fini = fini,
};
