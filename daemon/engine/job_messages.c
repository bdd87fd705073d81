/*
 * job_messages: what a worker says, against what its probe may say.
 *
 * A worker is not trusted: every message is read with its bounds
 * (daemon/shared/worker_says.h), every name is looked up in the probe's
 * descriptor, and what does not fit makes the job an error, never the engine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/engine/job.h"
#include "daemon/engine/job_checkpoint.h"

/* A worker in order keeps well below these; what people are shown is less. */
#define MESSAGES_BURST 20000
#define WORDS_BURST 2000
#define MESSAGES_PER_S 50

typedef int handler(struct job *, struct msg_in *);

static int
handle_sandbox(struct job *job, struct msg_in *m)
{
	char *text = worker_says_sandbox(m);

	if (text == NULL)
		return -1;
	free(job->sandbox);
	job->sandbox = text;
	return 0;
}

const struct said_observation *
job_observation(const struct job *job, uint32_t id)
{
	return id == 0 || id > job->nobservations ? NULL
						  : &job->observations[id - 1];
}

/* It is one of the descriptor's fields, of that type. */
static bool
is_field(const struct job *job, const struct said_observation *o)
{
	const json_t *row =
	    descriptor_row(job->descriptor, "observations", "name", o->field);
	const char *type = json_string_value(json_object_get(row, "type"));

	return type != NULL && strcmp(type, o->type) == 0;
}

static int
handle_observation(struct job *job, struct msg_in *m)
{
	struct said_observation o;

	if (worker_says_observation(m, &o) == -1)
		return -1;
	if (!is_field(job, &o) || job->run_over ||
	    o.id != job->nobservations + 1 || o.id > SAID_OBSERVATIONS_MAX) {
		json_decref(o.json);
		return -1;
	}
	if ((job->nobservations & (job->nobservations + 1)) == 0)
		job->observations = xrealloc(
		    job->observations, (job->nobservations + 1) * 2, sizeof(o));
	job->observations[job->nobservations++] = o;
	return 0;
}

static int
handle_control(struct job *job, struct msg_in *m)
{
	struct said_control c;

	if (worker_says_control(m, &c) == -1 || job->run_over ||
	    (c.observation != 0 &&
		job_observation(job, c.observation) == NULL) ||
	    job->ncontrols == SAID_CONTROLS_MAX)
		return -1;
	if ((job->ncontrols & (job->ncontrols + 1)) == 0)
		job->controls = xrealloc(
		    job->controls, (job->ncontrols + 1) * 2, sizeof(c));
	job->controls[job->ncontrols++] = c;
	return 0;
}

static int
handle_note(struct job *job, struct msg_in *m)
{
	return worker_says_note_into(m, job->notes);
}

static json_t *
words_about(const struct job *job)
{
	return json_pack("{s:I,s:i,s:I,s:s}", "run",
	    (json_int_t)job->run->chain.run, "step", (int)job->run->step + 1,
	    "job", (json_int_t)job->seq, "probe", job->step->name);
}

/* Counts one more, and says whether that is beyond any use. */
static bool
is_flood(struct job *job, uint64_t *count, uint64_t burst)
{
	uint64_t s;

	if (++*count <= burst)
		return false;
	s = (now_monotonic_ns() - job->began_ns) / 1000000000;
	if (*count <= burst + s * MESSAGES_PER_S)
		return false;
	job_set_error(job, "malformed_message", "too many messages");
	return true;
}

static int
handle_progress(struct job *job, struct msg_in *m)
{
	struct said_progress p;
	json_t *o;

	if (worker_says_progress(m, &p) == -1 ||
	    is_flood(job, &job->nwords, WORDS_BURST))
		return -1;
	o = words_about(job);
	json_object_set_new(o, "done", json_integer((json_int_t)p.done));
	json_object_set_new(o, "total", json_integer((json_int_t)p.total));
	json_object_set_new(o, "what", json_quoted(p.what));
	control_publish_word(
	    job->engine->control, "progress", job->run->chain.run, o);
	json_decref(o);
	return 0;
}

static int
handle_log(struct job *job, struct msg_in *m)
{
	char line[512];
	json_t *o;

	if (worker_says_line(m, line) == -1 ||
	    is_flood(job, &job->nwords, WORDS_BURST))
		return -1;
	o = words_about(job);
	json_object_set_new(o, "line", json_quoted(line));
	control_publish_word(
	    job->engine->control, "log", job->run->chain.run, o);
	json_decref(o);
	return 0;
}

static int
handle_run_over(struct job *job, struct msg_in *m)
{
	if (msg_end(m) == -1 || job->run_over)
		return -1;
	job->run_over = true;
	return 0;
}

/* It cites nothing but what this job observed. */
static bool
cites_own(const struct job *job, const struct said_verdict *v)
{
	size_t i;

	for (i = 0; i < v->nobservations; i++)
		if (job_observation(job, v->observations[i]) == NULL)
			return false;
	return true;
}

static int
handle_verdict(struct job *job, struct msg_in *m)
{
	struct said_verdict v;
	bool own;

	if (worker_says_verdict(m, &v) == -1)
		return -1;
	if (job->nverdicts == SAID_VERDICTS_MAX ||
	    descriptor_row(job->descriptor, "reasons", "code", v.reason) ==
		NULL) {
		said_verdict_clear(&v);
		return -1;
	}
	own = cites_own(job, &v);
	if (!own || !said_verdict_is_claimed(&v, job->descriptor)) {
		job_set_error(
		    job, own ? "uncovered_check" : "foreign_evidence", v.check);
		said_verdict_clear(&v);
		return 0; /* that verdict is refused, the job goes on */
	}
	if ((job->nverdicts & (job->nverdicts + 1)) == 0)
		job->verdicts = xrealloc(
		    job->verdicts, (job->nverdicts + 1) * 2, sizeof(v));
	job->verdicts[job->nverdicts++] = v;
	return 0;
}

static int
handle_failed(struct job *job, struct msg_in *m)
{
	char text[512];

	if (worker_says_line(m, text) == -1)
		return -1;
	job_set_error(job, "bench_failed", text);
	return 0;
}

static int
handle_done(struct job *job, struct msg_in *m)
{
	if (msg_end(m) == -1)
		return -1;
	job->done = true;
	return 0;
}

int
job_read_message(struct job *job, struct msg_in *m)
{
	static const struct {
		uint16_t type;
		handler *handle;
	} handlers[] = {
		{ ENGINE_SANDBOX, handle_sandbox },
		{ ENGINE_OBSERVATION, handle_observation },
		{ ENGINE_CONTROL, handle_control },
		{ ENGINE_NOTE, handle_note },
		{ ENGINE_PROGRESS, handle_progress },
		{ ENGINE_LOG, handle_log },
		{ ENGINE_CHECKPOINT, job_checkpoint_read },
		{ ENGINE_RUN_OVER, handle_run_over },
		{ ENGINE_VERDICT, handle_verdict },
		{ ENGINE_FAILED, handle_failed },
		{ ENGINE_DONE, handle_done },
	};
	size_t i;

	if (job->done) /* that was the last word */
		return -1;
	if (is_flood(job, &job->nmessages, MESSAGES_BURST))
		return -1;
	for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].type == m->type)
			return handlers[i].handle(job, m);
	return -1;
}
