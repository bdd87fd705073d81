/*
 * sample_ok: one TCP port accepts a handshake; its own control before and
 * after.  The smallest probe that is in order.
 */
#include <stddef.h>

#include "tests/probes/sample.h"

#ifndef SAMPLE_NAME
#define SAMPLE_NAME "sample.ok"
#endif

struct state {
	int tries;
};

static const struct assay_param params[] = {
	{ "port", ASSAY_PARAM_U64, "80", 1, 65535, NULL,
	    "The port that is tried." },
	{ "limit", ASSAY_PARAM_DURATION, "2s", 1, 60000000000, NULL,
	    "How long an answer may take." },
	{ NULL, 0, NULL, 0, 0, NULL, NULL },
};

static void try_port(struct assay_job *job);

static void
on_result(struct assay_job *job, void *arg, enum assay_tcp_result result,
    uint16_t local_port, uint64_t took_ns)
{
	const uint16_t port = (uint16_t)assay_param_u64(job, "port");
	const struct assay_frames frames = {
		.ip_proto = 6,
		.target = assay_target_at(job, 0),
		.local_first = local_port,
		.local_last = local_port,
		.remote_first = port,
		.remote_last = port,
	};
	const struct assay_observation o = {
		.field = "answer",
		.target = frames.target,
		.port = port,
		.value = ASSAY_BOOL(result == ASSAY_TCP_CONNECTED),
		.frames = &frames,
		.nframes = 1,
	};
	struct state *state = arg;
	uint32_t id;

	if (result == ASSAY_TCP_LOCAL) {
		assay_fail(job, "the bench cannot connect");
		return;
	}
	assay_note(job, "took", ASSAY_NS(took_ns));
	id = assay_observe(job, &o);
	assay_control(job, ++state->tries == 1 ? ASSAY_BEFORE : ASSAY_AFTER,
	    result == ASSAY_TCP_CONNECTED || result == ASSAY_TCP_REFUSED, id);
	if (state->tries == 2)
		assay_finish(job);
	else
		try_port(job);
}

static void
try_port(struct assay_job *job)
{
	assay_tcp_try(job, assay_target_at(job, 0),
	    (uint16_t)assay_param_u64(job, "port"),
	    assay_param_ns(job, "limit"), on_result, assay_state(job));
}

static void
judge(struct assay_job *job)
{
	const bool good = assay_control_is_good(job, ASSAY_BEFORE) &&
	    assay_control_is_good(job, ASSAY_AFTER);
	const uint32_t ids[] = { 1, 2 };
	const bool open = good && assay_observation_count(job) == 2 &&
	    assay_observation_at(job, 0)->value.boolean &&
	    assay_observation_at(job, 1)->value.boolean;
	const struct assay_named_value value = { "count",
		ASSAY_U64(assay_observation_count(job)) };
	const struct assay_verdict v = {
		.check = "TEST-01",
		.kind = ASSAY_BEHAVIOUR,
		.value = open ? ASSAY_PASS
		    : good    ? ASSAY_FAIL
			      : ASSAY_INCONC,
		.target = assay_target_at(job, 0),
		.port = (uint16_t)assay_param_u64(job, "port"),
		.reason = open ? "sample.good" : "sample.bad",
		.values = &value,
		.nvalues = 1,
		.observations = ids,
		.nobservations = assay_observation_count(job),
	};

	assay_say(job, &v);
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE(SAMPLE_NAME),
	.params = params,
	.needs = ASSAY_NEED_TCP,
	.state_size = sizeof(struct state),
	.run = try_port,
	.judge = judge,
};
