/*
 * sample_sources: one connection from each source address; passes when each
 * was taken.
 */
#include "tests/probes/sample.h"

struct state {
	size_t asked, answered, ended;
};

static const struct assay_param params[] = {
	{ "port", ASSAY_PARAM_U64, "443", 1, 65535, NULL, "The port." },
	{ "sleep", ASSAY_PARAM_DURATION, "0s", 0, 60000000000, NULL,
	    "How long the job goes on after that." },
	{ NULL, 0, NULL, 0, 0, NULL, NULL },
};

static void
on_time(struct assay_job *job, void *arg)
{
	(void)arg;
	assay_finish(job);
}

static void
on_result(struct assay_job *job, void *arg, enum assay_tcp_result result,
    uint16_t local_port, uint64_t took_ns)
{
	struct state *s = assay_state(job);
	uint32_t id;

	(void)arg;
	(void)local_port;
	(void)took_ns;
	s->answered += result == ASSAY_TCP_CONNECTED;
	if (++s->ended < s->asked)
		return;
	id = sample_observe(job, s->answered == s->asked);
	assay_control(job, ASSAY_BEFORE, true, id);
	assay_control(job, ASSAY_AFTER, true, id);
	assay_note(job, "sources.used", ASSAY_U64(s->asked));
	assay_log(job, "%zu of %zu sources", s->answered, s->asked);
	assay_timer_set(
	    assay_timer_new(job, on_time, NULL), assay_param_ns(job, "sleep"));
}

static void
run(struct assay_job *job)
{
	const size_t ntargets = assay_target_count(job);
	struct state *s = assay_state(job);
	struct assay_tcp_from from = {
		.port = (uint16_t)assay_param_u64(job, "port"),
		.timeout_ns = 10000000000,
		.on_result = on_result,
	};
	size_t i, j, n;

	for (i = 0; i < ntargets; i++)
		s->asked += assay_source_count(job, assay_target_at(job, i));
	for (i = 0; i < ntargets; i++) {
		from.target = assay_target_at(job, i);
		n = assay_source_count(job, from.target);
		for (j = 0; j < n; j++) {
			from.source = assay_source_at(job, from.target, j);
			assay_tcp_try_from(job, &from, NULL);
		}
	}
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("sample.sources"),
	.params = params,
	.needs = ASSAY_NEED_TCP | ASSAY_NEED_SOURCES,
	.state_size = sizeof(struct state),
	.run = run,
	.judge = sample_judge,
};
