/*
 * job_stored: a job over what its segment has stored of the device.
 *
 * A probe that has a parameter "over" reads the recording so far back, files
 * of earlier captures included, instead of the live link.  What is missing in
 * it (a capture that began anew, frames that were lost) is held against a pass.
 */
#include <string.h>

#include "base/log.h"
#include "daemon/engine/device.h"
#include "daemon/engine/job.h"
#include "daemon/engine/prune.h"
#include "daemon/shared/worker_brief.h"
#include "scenarios/scenario.h"

#define PARAM "over"
#define REPLAY_LIMIT_MS 3600000 /* the job's own deadline comes first */

/* The parameter's default, as the probe describes it; NULL: it has none. */
static const char *
default_of(const struct job *job)
{
	const json_t *params = json_object_get(job->descriptor, "params"), *p;
	const char *name;
	size_t i;

	json_array_foreach (params, i, p) {
		name = json_string_value(json_object_get(p, "name"));
		if (name != NULL && strcmp(name, PARAM) == 0)
			return json_string_value(json_object_get(p, "default"));
	}
	return NULL;
}

bool
job_is_stored(const struct job *job)
{
	return default_of(job) != NULL;
}

static uint64_t
over_ns(const struct job *job)
{
	const char *text = default_of(job);
	uint64_t ns;
	size_t i;

	for (i = 0; i < job->step->nparams; i++)
		if (strcmp(job->step->params[i].name, PARAM) == 0)
			text = job->step->params[i].value;
	/* What is no duration the worker refuses. */
	return duration_parse_ns(text, &ns) == 0 ? ns : 0;
}

static void
on_replayed(void *arg, struct msg_in *m, int fd, const char *why)
{
	struct job *job = arg;
	struct job_stored *s = &job->stored;
	char error[160] = "";

	(void)fd;
	s->answered = true;
	if (m == NULL) {
		job->capture_died = true;
		job_set_error(job, "bench_failed", why);
		job_kill_worker(job);
		job_check_end(job);
		return;
	}
	msg_get_u64(m, &s->positions);
	msg_get_u64(m, &s->frames);
	msg_get_u64(m, &s->stamp_first);
	msg_get_u64(m, &s->stamp_last);
	msg_get_u64(m, &s->holes);
	msg_get_u64(m, &s->hole_ns);
	msg_get_u64(m, &s->dropped);
	msg_get_string(m, error, sizeof(error));
	if (msg_end(m) == -1)
		fatal("capture: malformed answer to a replay");
	if (error[0] != '\0' && !job->exited) {
		job_set_error(job, "bench_failed", error);
		job_kill_worker(job);
	}
	job_check_end(job);
}

void
job_start_stored(struct job *job)
{
	uint64_t now = now_realtime_ns(), over = over_ns(job);
	struct seg_replay q = { .mac = job->run->device->mac,
		.limit_ms = REPLAY_LIMIT_MS };
	static struct msg_out m;

	q.stamp_from = over < now ? now - over : 0;
	q.fd = peer_dup(job->peer);
	if (q.fd == -1) {
		job_set_error(
		    job, "bench_failed", "the engine is out of descriptors");
		job_kill_worker(job);
		return;
	}
	msg_start(&m, WORKER_REPLAY);
	msg_put_u64(&m, job->seq);
	msg_put_string(&m, state_name(job->run->scenario->state));
	msg_put_u16(&m, 1); /* Ethernet */
	msg_put_u64(&m, q.stamp_from);
	peer_send(job->peer, &m, -1);
	/* What was sent before comes before what another process sends. */
	peer_flush(job->peer);
	job->stored.asked = true;
	job->run->is_reading = true;
	prune_on_reading(job->engine->prune);
	seg_ask_replay(job->seg, &q, on_replayed, job);
}

static void
note(json_t *deviations, const char *name, uint64_t value)
{
	json_array_append_new(deviations,
	    json_pack("{s:s,s:I}", "name", name, "value", (json_int_t)value));
}

void
job_stored_notes(const struct job *job, json_t *deviations)
{
	const struct job_stored *s = &job->stored;

	if (!s->wanted)
		return;
	note(deviations, "stored.stamp_first", s->stamp_first);
	note(deviations, "stored.stamp_last", s->stamp_last);
	note(deviations, "stored.frames", s->frames);
	note(deviations, "stored.holes", s->holes);
	note(deviations, "stored.hole_ns", s->hole_ns);
	note(deviations, "stored.dropped", s->dropped);
}
