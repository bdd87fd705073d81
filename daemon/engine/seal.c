/*
 * seal: from what a worker said to records that nobody can take back.
 *
 * A pending verdict becomes a record only behind a closing control, a barrier
 * that shows every frame to be in the capture, and the count of frames lost
 * in its span; what speaks against a pass makes it inconclusive, and nothing
 * ever makes a pass.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/engine/device.h"
#include "daemon/engine/job.h"
#include "daemon/engine/job_checkpoint.h"
#include "daemon/engine/job_secrets.h"
#include "daemon/engine/run_firmware.h"
#include "records/record.h"
#include "records/verdict_algebra.h"
#include "daemon/engine/verdict_record.h"
#include "probes/probe.h"

#define OBSERVED_BATCH_BYTES 24000 /* of JSON in one observed record */
#define SECRETS_MARGIN 16          /* bytes that a string has beside itself */

/* Every record of a job says which step, job and repeat it is of. */
static json_t *
fields_of(const struct job *job)
{
	json_t *o = json_object();

	json_object_set_new(
	    o, "step", json_integer((json_int_t)job->run->step + 1));
	json_object_set_new(o, "job", json_integer((json_int_t)job->seq));
	json_object_set_new(
	    o, "repeat", json_integer((json_int_t)job->run->repeat));
	return o;
}

/* False: it is not recorded.  When that is not the store's refusal, which the
 * run hears of, the job has failed: nothing is left out in silence. */
static bool
add_record(struct job *job, enum record_type type, json_t *fields)
{
	if (journal_add(job->engine->journal, &job->run->chain, type, fields) !=
	    0)
		return true;
	if (!job->run->chain.broken)
		job_set_error(
		    job, "bench_failed", "one of its records cannot be made");
	return false;
}

void
seal_begin(struct job *job)
{
	json_t *o = fields_of(job), *params = json_object(),
	       *targets = json_array();
	const char *const copied[] = { "probe", "method", "abi", "impact" },
			  *const from[] = { "name", "method", "abi", "impact" };
	const struct conf_address *source;
	const struct job_target *t;
	char mac[18], from_text[46];
	size_t i;

	for (i = 0; i < sizeof(from) / sizeof(from[0]); i++)
		json_object_set(
		    o, copied[i], json_object_get(job->descriptor, from[i]));
	for (i = 0; i < job->step->nparams; i++)
		json_object_set_new(params, job->step->params[i].name,
		    json_quoted(job->step->params[i].value));
	mac_text(job->run->device->mac, mac);
	for (i = 0; i < job->ntargets; i++) {
		t = &job->targets[i];
		source = seg_source(job->seg, t->family, t->addr);
		json_array_append_new(targets,
		    json_pack("{s:s,s:s,s:s}", "addr", t->text, "mac", mac,
			"source",
			source == NULL ? ""
				       : address_text(source->family,
					     source->addr, from_text)));
	}
	json_object_set_new(o, "params", params);
	json_object_set_new(o, "targets", targets);
	job_checkpoint_tell(job, o);
	json_object_set_new(o, "span",
	    json_pack("{s:I,s:I,s:I}", "from", (json_int_t)job->span.from,
		"stamp_from", (json_int_t)job->span.stamp_from, "dropped",
		(json_int_t)job->span.dropped_from));
	job->seq =
	    journal_add(job->engine->journal, &job->run->chain, RECORD_JOB, o);
}

/* ---- what was observed ---- */

static void
flush_observed(struct job *job, json_t **batch, bool last)
{
	json_t *o, *controls, *notes;
	const char *name;
	json_t *value;
	size_t i;

	if (json_array_size(*batch) == 0 && !last)
		return;
	o = fields_of(job);
	controls = json_array();
	notes = json_array();
	for (i = 0; last && i < job->ncontrols; i++)
		json_array_append_new(controls,
		    json_pack("{s:i,s:b,s:I}", "phase",
			(int)job->controls[i].phase, "good",
			(int)job->controls[i].good, "observation",
			(json_int_t)job->controls[i].observation));
	if (last)
		json_object_foreach (job->notes, name, value)
			json_array_append_new(notes,
			    json_pack(
				"{s:s,s:O}", "name", name, "value", value));
	json_object_set_new(o, "observations", *batch);
	json_object_set_new(o, "controls", controls);
	json_object_set_new(o, "notes", notes);
	add_record(job, RECORD_OBSERVED, o);
	*batch = json_array();
}

/* Controls beyond what a record holds: the first ones matter, the last ones,
 * and the last of each phase, by which it is judged; the others are a count. */
static void
thin_controls(struct job *job)
{
	const size_t keep = 100, all = job->ncontrols;
	bool seen[ASSAY_AFTER + 1] = { false }, last;
	size_t i, n = all;

	if (all <= keep)
		return;
	/* From the end, so that the last of a phase is met first. */
	for (i = all; i-- > 0;) {
		last = !seen[job->controls[i].phase];
		seen[job->controls[i].phase] = true;
		if (last || i < keep / 2 || i >= all - keep / 2)
			job->controls[--n] = job->controls[i];
	}
	memmove(job->controls, job->controls + n,
	    (all - n) * sizeof(job->controls[0]));
	job->ncontrols = all - n;
	json_object_set_new(
	    job->notes, "controls.all", json_integer((json_int_t)all));
}

static void
seal_observed(struct job *job)
{
	json_t *batch = json_array();
	size_t i, bytes = 0, size;

	thin_controls(job);
	for (i = 0; i < job->nobservations; i++) {
		size = json_dumpb(
		    job->observations[i].json, NULL, 0, JSON_COMPACT);
		if (bytes + size > OBSERVED_BATCH_BYTES) {
			flush_observed(job, &batch, false);
			bytes = 0;
		}
		bytes += size;
		json_array_append(batch, job->observations[i].json);
	}
	flush_observed(job, &batch, true);
	json_decref(batch);
}

/* ---- the job's end ---- */

static struct verdict_job_end
judge_end(const struct job *job)
{
	struct verdict_job j;

	memset(&j, 0, sizeof(j));
	j.cancelled = job->cancelled;
	j.deadline = job->overdue;
	j.malformed = strcmp(job->error, "malformed_message") == 0;
	j.bench_failed = strcmp(job->error, "bench_failed") == 0;
	j.done = job->done;
	j.signalled = job->exit_how == 1;
	j.status = (int)job->exit_status;
	j.verdicts = job->nsaid;
	return verdict_judge_job(&j);
}

/* On the segment while it ran, whoever sent them. */
static uint64_t
frames_of_span(const struct job *job)
{
	if (!job->span.opened || !job->span.closed ||
	    job->span.to < job->span.from)
		return 0;
	return job->span.to - job->span.from;
}

static void
end_job(struct job *job)
{
	struct verdict_job_end end = judge_end(job);
	json_t *o = fields_of(job);
	bool error = end.error || job->error[0] != '\0';
	const char *reason = job->error[0] != '\0' ? job->error : end.reason;

	json_object_set_new(
	    o, "outcome", json_string(error ? "error" : "done"));
	json_object_set_new(
	    o, "reason", reason[0] == '\0' ? json_null() : json_string(reason));
	json_object_set_new(o, "detail", json_quoted(job->error_text));
	json_object_set_new(o, "exit",
	    json_pack("{s:s,s:i}", "how",
		job->exit_how == 0 ? "exit" : "signal", "status",
		(int)job->exit_status));
	json_object_set_new(o, "last_words", json_quoted(job->last_words));
	json_object_set_new(o, "sandbox",
	    job->sandbox == NULL ? json_null() : json_quoted(job->sandbox));
	json_object_set_new(o, "took_ns",
	    json_integer((json_int_t)(now_monotonic_ns() - job->began_ns)));
	json_object_set_new(
	    o, "verdicts", json_integer((json_int_t)job->nverdicts));
	json_object_set_new(
	    o, "frames", json_integer((json_int_t)frames_of_span(job)));
	job->run->used.frames += frames_of_span(job);
	json_object_set_new(o, "late", job_late_json(job));
	add_record(job, RECORD_JOBEND, o);
	job_checkpoint_end(job, !error);
	job->state = JOB_ENDED;
	run_on_job_end(
	    job->run, error && !verdict_code_is_about_device(reason));
}

/* ---- one verdict after the other ---- */

static void seal_next(struct job *job);

static void
seal_one(struct job *job)
{
	struct verdict_job_end end = judge_end(job);
	json_t *o = fields_of(job);

	verdict_record_fill(job, &job->verdicts[job->sealed], &end, o);
	json_incref(o);
	if (add_record(job, RECORD_VERDICT, o))
		run_count_verdict(job->run, o);
	json_decref(o);
	job->sealed++;
	seal_next(job);
}

static void
add_evidence(struct job *job, struct msg_in *m)
{
	uint64_t first, last, count, stamp_first, stamp_last;
	struct wire_frames frames;
	const uint8_t *digest;
	uint32_t observation;
	char file[128], hex[SHA256_HEX_SIZE];
	size_t n;

	msg_get_u32(m, &observation);
	msg_get_string(m, file, sizeof(file));
	msg_get_u64(m, &first);
	msg_get_u64(m, &last);
	msg_get_u64(m, &count);
	msg_get_u64(m, &stamp_first);
	msg_get_u64(m, &stamp_last);
	msg_get_bytes(m, &digest, &n);
	wire_get_frames(m, &frames);
	if (msg_end(m) == -1 || n != SHA256_SIZE)
		fatal("capture: malformed evidence");
	json_array_append_new(job->evidence,
	    json_pack("{s:I,s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:s,s:o}",
		"observation", (json_int_t)observation, "source",
		job->seg->conf->name, "file", file, "first", (json_int_t)first,
		"last", (json_int_t)last, "count", (json_int_t)count,
		"stamp_first", (json_int_t)stamp_first, "stamp_last",
		(json_int_t)stamp_last, "sha256", hex_encode(digest, n, hex),
		"select", wire_frames_json(&frames)));
}

static void
read_resolved(struct job *job, struct msg_in *m)
{
	char file[128], hex[SHA256_HEX_SIZE];
	const uint8_t *digest;
	uint64_t size;
	size_t n;

	msg_get_u64(m, &job->frames);
	msg_get_string(m, file, sizeof(file));
	msg_get_u64(m, &size);
	msg_get_bytes(m, &digest, &n);
	msg_get_string(m, job->slice_error, sizeof(job->slice_error));
	if (msg_end(m) == -1)
		fatal("capture: malformed answer");
	if (job->slice_error[0] == '\0' && n == SHA256_SIZE && job->frames > 0)
		job->slice = json_pack("{s:s,s:I,s:s}", "file", file, "size",
		    (json_int_t)size, "sha256", hex_encode(digest, n, hex));
}

static void
on_resolved(void *arg, struct msg_in *m, int fd, const char *why)
{
	struct job *job = arg;

	(void)fd;
	if (m != NULL && m->type == ENGINE_EVIDENCE) {
		add_evidence(job, m);
		return;
	}
	if (m == NULL) {
		job->capture_died = true;
		snprintf(job->slice_error, sizeof(job->slice_error), "%s", why);
		json_array_clear(job->evidence);
	} else {
		read_resolved(job, m);
	}
	seal_one(job);
}

/* Puts the frames that show a verdict. Returns how many selectors. */
static uint16_t
put_selectors(
    const struct job *job, const struct said_verdict *v, struct msg_out *m)
{
	const struct said_observation *o;
	struct wire_frames f;
	uint16_t n = 0;
	size_t i;
	unsigned k;

	for (i = 0; i < v->nobservations; i++) {
		o = job_observation(job, v->observations[i]);
		for (k = 0; o != NULL && k < o->nframes; k++, n++) {
			if (m == NULL)
				continue;
			f = o->frames[k];
			msg_put_u32(m, o->id);
			wire_put_frames(m, &f);
		}
	}
	return n;
}

/* They come last, and have what the selectors leave. */
static void
put_secrets(
    const struct job *job, const struct said_verdict *v, struct msg_out *m)
{
	size_t room = sizeof(m->body) - m->size;
	char *secrets;

	if (room > MSG_STRING_MAX)
		room = MSG_STRING_MAX;
	room = room > SECRETS_MARGIN ? room - SECRETS_MARGIN : 0;
	secrets = job_secrets(job, v, room);
	msg_put_string(m, secrets);
	free(secrets);
}

static void
resolve(struct job *job, const struct said_verdict *v)
{
	static struct msg_out m;
	char slice[64], headline[256];

	snprintf(slice, sizeof(slice), "%llu/%llu-%zu.pcapng",
	    (unsigned long long)job->run->chain.run,
	    (unsigned long long)job->seq, job->sealed + 1);
	snprintf(headline, sizeof(headline),
	    "assay %s run %llu job %llu: %s %s: the probe said %s (%s)",
	    journal_bench(job->engine->journal),
	    (unsigned long long)job->run->chain.run,
	    (unsigned long long)job->seq, v->check, claim_kind_name(v->kind),
	    verdict_name(v->said), v->reason);
	if (job->stored.answered) {
		seg_start_resolve_stored(job->seg, &m, on_resolved, job);
		msg_put_u64(&m, 0);
		msg_put_u64(&m, job->stored.positions);
	} else {
		seg_start_resolve(job->seg, &m, on_resolved, job);
		msg_put_u64(&m, job->span.from);
		msg_put_u64(&m, job->span.to);
	}
	msg_put_bytes(&m, job->run->device->mac, 6);
	msg_put_string(&m, slice);
	msg_put_string(&m, headline);
	msg_put_u16(&m, put_selectors(job, v, NULL));
	put_selectors(job, v, &m);
	put_secrets(job, v, &m);
	if (msg_is_overfull(&m)) {
		/* Too many to ask for: nothing is shown, so nothing stands. */
		log_error("job %llu: a verdict on %s cites too many frames",
		    (unsigned long long)job->seq, v->check);
		msg_start(&m, 0);
		requests_forget(job->engine->requests, job);
		seal_one(job);
		return;
	}
	seg_send_resolve(job->seg, &m);
}

static void
seal_next(struct job *job)
{
	const struct said_verdict *v;

	if (job->sealed == job->nverdicts) {
		end_job(job);
		return;
	}
	v = &job->verdicts[job->sealed];
	json_decref(job->evidence);
	json_decref(job->slice);
	job->evidence = json_array();
	job->slice = NULL;
	job->frames = 0;
	job->slice_error[0] = '\0';
	if (job->span.opened && job->span.closed && !job->capture_died &&
	    job->span.epoch == job->seg->epoch &&
	    put_selectors(job, v, NULL) > 0)
		resolve(job, v);
	else
		seal_one(job);
}

static void
start_sealing(struct job *job)
{
	job->state = JOB_SEALING;
	seal_observed(job);
	run_firmware_look(job->run, job);
	job->nsaid = job->nverdicts;
	verdict_add_missing(job);
	seal_next(job);
}

static void
on_closing_barrier(void *arg, struct msg_in *m, int fd, const char *why)
{
	struct job *job = arg;

	(void)fd;
	(void)why;
	job->span.closed = job_read_barrier(
	    job, m, &job->span.to, &job->span.dropped_to, &job->span.stamp_to);
	job->span.dropped_to += job->stored.dropped;
	if (!job->span.closed || job->span.epoch != job->seg->epoch)
		job->capture_died = true;
	start_sealing(job);
}

void
seal_on_controls(struct job *job)
{
	seg_ask_barrier(job->seg, on_closing_barrier, job);
}

void
seal_job(struct job *job)
{
	if (job->span.opened && job->ntargets > 0)
		job_ask_closing_controls(job);
	else
		start_sealing(job);
}
