/*
 * job_messages: what a worker says, checked field by field.
 *
 * A worker is not trusted: everything is bounded, every name is looked up in
 * the probe's descriptor, and what does not fit makes the job an error, never
 * the engine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/engine/job.h"
#include "records/record.h"
#include "records/verdict_algebra.h"
#include "probes/probe.h"

#define VALUES_MAX 16 /* of one verdict */
#define NOTES_MAX 64
/* Bytes of JSON, so that a record always holds what it must. */
#define OBSERVATION_BYTES 30000
#define VALUES_BYTES 12000 /* of one verdict */
#define NOTES_BYTES 8000
#define SANDBOX_BYTES 2000

typedef int handler(struct job *, struct msg_in *);

/* The row of one of the descriptor's tables whose key is name, or NULL. */
static const json_t *
row_named(
    const struct job *job, const char *table, const char *key, const char *name)
{
	const json_t *rows = json_object_get(job->descriptor, table), *row;
	const char *s;
	size_t i;

	json_array_foreach (rows, i, row) {
		s = json_string_value(json_object_get(row, key));
		if (s != NULL && strcmp(s, name) == 0)
			return row;
	}
	return NULL;
}

static bool
is_longer(const json_t *o, size_t bytes)
{
	return json_dumpb(o, NULL, 0, JSON_COMPACT) > bytes;
}

static int
handle_sandbox(struct job *job, struct msg_in *m)
{
	char *text = msg_dup_string(m);

	if (msg_end(m) == -1 || strlen(text) > SANDBOX_BYTES) {
		free(text);
		return -1;
	}
	free(job->sandbox);
	job->sandbox = text;
	return 0;
}

const struct job_observation *
job_observation(const struct job *job, uint32_t id)
{
	return id == 0 || id > job->nobservations ? NULL
						  : &job->observations[id - 1];
}

static json_t *
observation_json(
    const struct job_observation *o, const char *field, json_t *value)
{
	json_t *json = json_object(), *frames = json_array();
	unsigned i;

	for (i = 0; i < o->nframes; i++)
		json_array_append_new(frames, wire_frames_json(&o->frames[i]));
	json_object_set_new(json, "id", json_integer(o->id));
	json_object_set_new(json, "field", json_string(field));
	json_object_set_new(json, "subject", wire_subject_json(&o->subject));
	json_object_set_new(json, "value", value);
	json_object_set_new(json, "frames", frames);
	return json;
}

static int
handle_observation(struct job *job, struct msg_in *m)
{
	struct job_observation o;
	const char *type;
	const json_t *row;
	char field[64];
	json_t *value;
	unsigned i;

	memset(&o, 0, sizeof(o));
	msg_get_u32(m, &o.id);
	msg_get_string(m, field, sizeof(field));
	wire_get_subject(m, &o.subject);
	value = wire_get_value(m, &type);
	msg_get_u8(m, &o.nframes);
	if (o.nframes > JOB_FRAMES_MAX)
		m->bad = true;
	for (i = 0; i < o.nframes && !m->bad; i++)
		wire_get_frames(m, &o.frames[i]);
	row = row_named(job, "observations", "name", field);
	if (msg_end(m) == -1 || row == NULL || job->run_over ||
	    o.id != job->nobservations + 1 || o.id > JOB_OBSERVATIONS_MAX ||
	    strcmp(type, json_string_value(json_object_get(row, "type"))) !=
		0) {
		json_decref(value);
		return -1;
	}
	o.json = observation_json(&o, field, value);
	if (is_longer(o.json, OBSERVATION_BYTES)) {
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
	struct job_probe_control c;
	uint8_t good;

	msg_get_u8(m, &c.phase);
	msg_get_u8(m, &good);
	msg_get_u32(m, &c.observation);
	c.good = good != 0;
	if (msg_end(m) == -1 || c.phase < ASSAY_BEFORE ||
	    c.phase > ASSAY_AFTER || job->run_over ||
	    (c.observation != 0 &&
		job_observation(job, c.observation) == NULL) ||
	    job->ncontrols == JOB_CONTROLS_MAX)
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
	char name[64];
	json_t *value;

	msg_get_string(m, name, sizeof(name));
	value = wire_get_value(m, NULL);
	if (msg_end(m) == -1 || json_object_size(job->notes) == NOTES_MAX) {
		json_decref(value);
		return -1;
	}
	/* Takes the value over, also when the name is no UTF-8. */
	if (json_object_set_new(job->notes, name, value) == -1)
		return -1;
	return is_longer(job->notes, NOTES_BYTES) ? -1 : 0;
}

static json_t *
words_about(const struct job *job)
{
	return json_pack("{s:I,s:i,s:I,s:s}", "run",
	    (json_int_t)job->run->chain.run, "step", (int)job->run->step + 1,
	    "job", (json_int_t)job->seq, "probe", job->step->name);
}

static int
handle_progress(struct job *job, struct msg_in *m)
{
	uint64_t done, total;
	char what[64];
	json_t *o;

	msg_get_u64(m, &done);
	msg_get_u64(m, &total);
	msg_get_string(m, what, sizeof(what));
	if (msg_end(m) == -1 || done > INT64_MAX || total > INT64_MAX)
		return -1;
	o = words_about(job);
	json_object_set_new(o, "done", json_integer((json_int_t)done));
	json_object_set_new(o, "total", json_integer((json_int_t)total));
	json_object_set_new(o, "what", json_quoted(what));
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

	msg_get_string(m, line, sizeof(line));
	if (msg_end(m) == -1)
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

/* The check and kind are one of the probe's claims. */
static bool
is_claimed(const struct job *job, const char *check, uint8_t kind)
{
	const json_t *rows = json_object_get(job->descriptor, "claims"), *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		if (strcmp(json_string_value(json_object_get(row, "check")),
			check) == 0 &&
		    strcmp(json_string_value(json_object_get(row, "kind")),
			claim_kind_name(kind)) == 0)
			return true;
	}
	return false;
}

static int
read_values(struct msg_in *m, json_t *values)
{
	char name[64];
	json_t *value;
	uint8_t n;

	msg_get_u8(m, &n);
	if (n > VALUES_MAX)
		m->bad = true;
	while (n-- > 0 && !m->bad) {
		msg_get_string(m, name, sizeof(name));
		value = wire_get_value(m, NULL);
		if (value == NULL ||
		    json_object_set_new(values, name, value) == -1)
			m->bad = true;
	}
	if (is_longer(values, VALUES_BYTES))
		m->bad = true;
	return m->bad ? -1 : 0;
}

/* False: it cites what this job did not observe. */
static bool
read_cited(struct msg_in *m, struct job_verdict *v, const struct job *job)
{
	bool own = true;
	uint16_t n;
	uint32_t id;

	msg_get_u16(m, &n);
	if (n > JOB_OBSERVATIONS_MAX)
		m->bad = true;
	if (m->bad)
		return true;
	v->observations = xcalloc(n, sizeof(*v->observations));
	while (n-- > 0) {
		msg_get_u32(m, &id);
		own = own && job_observation(job, id) != NULL;
		v->observations[v->nobservations++] = id;
	}
	return own;
}

static void
verdict_clear(struct job_verdict *v)
{
	json_decref(v->values);
	free(v->observations);
}

static int
handle_verdict(struct job *job, struct msg_in *m)
{
	struct job_verdict v;
	uint8_t said;
	bool own;

	memset(&v, 0, sizeof(v));
	v.values = json_object();
	msg_get_string(m, v.check, sizeof(v.check));
	msg_get_u8(m, &v.kind);
	msg_get_u8(m, &said);
	wire_get_subject(m, &v.subject);
	msg_get_string(m, v.reason, sizeof(v.reason));
	read_values(m, v.values);
	own = read_cited(m, &v, job);
	v.said = said;
	if (msg_end(m) == -1 || job->nverdicts == JOB_VERDICTS_MAX ||
	    said < VERDICT_INFO || said > VERDICT_FAIL ||
	    row_named(job, "reasons", "code", v.reason) == NULL) {
		verdict_clear(&v);
		return -1;
	}
	if (!own || !is_claimed(job, v.check, v.kind)) {
		job_set_error(
		    job, own ? "uncovered_check" : "foreign_evidence", v.check);
		verdict_clear(&v);
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

	msg_get_string(m, text, sizeof(text));
	if (msg_end(m) == -1)
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
		{ ENGINE_RUN_OVER, handle_run_over },
		{ ENGINE_VERDICT, handle_verdict },
		{ ENGINE_FAILED, handle_failed },
		{ ENGINE_DONE, handle_done },
	};
	size_t i;

	if (job->done)
		return -1; /* that was the last word */
	for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].type == m->type)
			return handlers[i].handle(job, m);
	return -1;
}
