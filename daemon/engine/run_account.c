/*
 * run_account: a run's first record, its account of verdicts, its manifest.
 */
#include "daemon/engine/run_account.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "daemon/engine/action.h"
#include "daemon/engine/bench_clock.h"
#include "daemon/engine/device.h"
#include "daemon/engine/engine_catalogue.h"
#include "daemon/engine/engine_segment.h"
#include "daemon/engine/run_captures.h"
#include "daemon/engine/run_firmware.h"
#include "daemon/engine/run_rest.h"
#include "records/record.h"
#include "records/verdict_algebra.h"
#include "daemon/engine/verdict_record.h"
#include "daemon/shared/wire_frames.h"
#include "probes/probe.h"

#define REPEATS_MAX 128

json_t *
run_first_fields(const struct run *run, const struct run_request *q)
{
	json_t *o = json_object();

	json_object_set_new(o, "device", json_string(run->device->name));
	json_object_set_new(o, "segment", json_string(run->seg->conf->name));
	json_object_set_new(o, "scenario",
	    json_pack("{s:s,s:s}", "name", run->scenario->name, "sha256",
		run->scenario->sha256));
	json_object_set_new(o, "profile",
	    json_pack("{s:s}", "sha256", run->device->profile->sha256));
	json_object_set_new(o, "catalogue", engine_catalogue(run->engine));
	json_object_set_new(
	    o, "steps", json_integer((json_int_t)run->scenario->nsteps));
	json_object_set_new(
	    o, "quiet_ns", json_integer((json_int_t)run->quiet_ns));
	json_object_set_new(o, "by",
	    json_pack("{s:I,s:I}", "uid", (json_int_t)q->uid, "gid",
		(json_int_t)q->gid));
	json_object_set_new(o, "versions",
	    json_pack("{s:s,s:i}", "assay", ASSAY_VERSION, "abi", ASSAY_ABI));
	json_object_set_new(o, "clock", bench_clock());
	return o;
}

void
run_count_verdict(struct run *run, const json_t *record)
{
	static const char *const keys[] = { "check", "claim", "subject",
		"verdict" };
	json_t *o = json_object();
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		json_object_set(o, keys[i], json_object_get(record, keys[i]));
	json_array_append_new(run->verdicts, o);
}

static enum verdict
verdict_of(const json_t *row)
{
	int v =
	    verdict_by_name(json_string_value(json_object_get(row, "verdict")));

	return v == -1 ? VERDICT_ERROR : (enum verdict)v;
}

static bool
same_question(const json_t *a, const json_t *b)
{
	return json_equal(
		   json_object_get(a, "check"), json_object_get(b, "check")) &&
	    json_equal(
		json_object_get(a, "claim"), json_object_get(b, "claim")) &&
	    json_equal(
		json_object_get(a, "subject"), json_object_get(b, "subject"));
}

/* Each question's verdict over its repeats, counted. */
static void
count_questions(const json_t *rows, struct verdict_run *account)
{
	size_t n = json_array_size(rows), i, k, m;
	size_t counts[VERDICT_COUNT];
	enum verdict repeats[REPEATS_MAX];
	bool *done = xcalloc(n, sizeof(*done));
	const json_t *row;

	for (i = 0; i < n; i++) {
		if (done[i])
			continue;
		row = json_array_get(rows, i);
		for (k = i, m = 0; k < n; k++) {
			if (done[k] ||
			    !same_question(row, json_array_get(rows, k)))
				continue;
			done[k] = true;
			if (m < REPEATS_MAX)
				repeats[m++] =
				    verdict_of(json_array_get(rows, k));
		}
		account->counts[verdict_over_repeats(repeats, m, counts)]++;
	}
	free(done);
}

/* What was sealed before the change was seen stands no more than what came
 * after it. */
static void
void_account(struct verdict_run *account)
{
	size_t counts[VERDICT_COUNT] = { 0 };
	size_t i;

	for (i = 0; i < VERDICT_COUNT; i++)
		counts[verdict_of_void_run((enum verdict)i)] +=
		    account->counts[i];
	memcpy(account->counts, counts, sizeof(counts));
	account->complete = false;
}

static const char *
outcome_of(const struct run *run)
{
	if (run->firmware_changed)
		return VERDICT_VOID_OUTCOME;
	if (run->failed[0] != '\0')
		return "failed";
	if (run->cancelled)
		return "cancelled";
	return run->skipped > 0 ? "incomplete" : "complete";
}

static json_t *
reason_of(const struct run *run)
{
	if (run->firmware_changed)
		return json_string(VERDICT_VOID_REASON);
	return run->failed[0] == '\0' ? json_null() : json_string(run->failed);
}

json_t *
run_account(struct run *run)
{
	struct verdict_run account;
	json_t *o = json_object(), *verdicts = json_object();
	unsigned omitted;
	size_t i;

	memset(&account, 0, sizeof(account));
	count_questions(run->verdicts, &account);
	/* A device that reboots by itself leaves its verdicts in doubt. */
	account.complete =
	    run->skipped == 0 && !run->cancelled && run->rest_reboots == 0;
	if (run->firmware_changed)
		void_account(&account);
	account.bench_failed = run->errors > 0 || run->failed[0] != '\0';
	for (i = 0; i < VERDICT_COUNT; i++)
		if (account.counts[i] > 0)
			json_object_set_new(verdicts,
			    verdict_name((enum verdict)i),
			    json_integer((json_int_t)account.counts[i]));
	json_object_set_new(o, "outcome", json_string(outcome_of(run)));
	json_object_set_new(o, "reason", reason_of(run));
	json_object_set_new(o, "detail", json_quoted(run->failed_text));
	json_object_set_new(
	    o, "exit", json_integer(verdict_exit_status(&account)));
	json_object_set_new(o, "verdicts", verdicts);
	json_object_set_new(
	    o, "skipped", json_integer((json_int_t)run->skipped));
	json_object_set_new(o, "clock", bench_clock());
	json_object_set_new(o, "rest", run_rest_account(run));
	json_object_set_new(o, "captures", run_captures_take(run, &omitted));
	if (omitted > 0)
		json_object_set_new(
		    o, "captures_omitted", json_integer(omitted));
	return o;
}

static bool
is_type(const json_t *record, const char *type)
{
	const char *t = json_string_value(json_object_get(record, "type"));

	return t != NULL && strcmp(t, type) == 0;
}

static void
close_cut_job(struct run *run, const json_t *job)
{
	json_t *o = json_object();

	json_object_set(o, "step", json_object_get(job, "step"));
	json_object_set(o, "job", json_object_get(job, "seq"));
	json_object_set(o, "repeat", json_object_get(job, "repeat"));
	json_object_set_new(o, "outcome", json_string("error"));
	json_object_set_new(o, "reason", json_string("daemon_restarted"));
	json_object_set_new(o, "detail", json_string(""));
	json_object_set_new(o, "exit", json_null());
	json_object_set_new(o, "last_words", json_string(""));
	json_object_set_new(o, "took_ns", json_null());
	json_object_set_new(o, "verdicts", json_integer(0));
	journal_add(run->engine->journal, &run->chain, RECORD_JOBEND, o);
	run->errors++;
}

/* To the next repeat or step. */
static void
advance(struct run *run)
{
	if (run->step < run->scenario->nsteps &&
	    run->repeat < run->scenario->steps[run->step].repeat) {
		run->repeat++;
	} else {
		run->step++;
		run->repeat = 1;
	}
}

/* This step is over. */
static void
restore_step(struct run *run, json_int_t step)
{
	if (run->step != (size_t)step - 1) {
		run->step = (size_t)step - 1;
		run->repeat = 1;
	}
	advance(run);
}

/* What was drawn on the profile's budgets. */
static void
restore_used(struct run *run, const json_t *record)
{
	json_int_t step = json_integer_value(json_object_get(record, "step"));
	const char *code = json_string_value(json_object_get(record, "code"));
	struct permit_step asked = { 0 };

	if (is_type(record, "jobend"))
		run->used.frames += (uint64_t)json_integer_value(
		    json_object_get(record, "frames"));
	if (is_type(record, "job"))
		asked.impact = permit_impact(
		    json_string_value(json_object_get(record, "impact")));
	else if (is_type(record, "event") && code != NULL &&
	    strcmp(code, "begin") == 0 && step > 0 &&
	    (size_t)step <= run->scenario->nsteps)
		asked.action = profile_action(
		    run->device->profile, run->scenario->steps[step - 1].name);
	permit_count(&run->used, &asked);
}

/* An action done or refused, a step that could not be begun: over. */
static void
restore_step_event(
    struct run *run, const char *what, const char *code, json_int_t step)
{
	const bool is_action = action_is_word(what);
	const bool is_refused = is_action && permit_is_code(code);
	const bool failed = strcmp(what, "step") == 0;

	if (!failed && !is_refused && !(is_action && strcmp(code, "done") == 0))
		return;
	restore_step(run, step);
	run->errors += failed;
	run->skipped += failed || is_refused;
}

/* What voided the isolation, a step that could not be begun, an action that
 * has been done: none of them is forgotten or done again. */
static void
restore_event(struct run *run, const json_t *event)
{
	const char *what = json_string_value(json_object_get(event, "what")),
		   *code = json_string_value(json_object_get(event, "code")),
		   *stranger = json_string_value(json_object_get(
		       json_object_get(event, "values"), "what"));
	json_int_t step = json_integer_value(json_object_get(event, "step"));

	if (what == NULL || code == NULL)
		return;
	if (strcmp(what, "capture") == 0 && strcmp(code, "begun") == 0)
		run_captures_restore(run, event);
	if (strcmp(what, "baseline") == 0)
		run_rest_restore(run, event);
	if (strcmp(what, "foreign") == 0 && stranger != NULL) {
		snprintf(run->foreign, sizeof(run->foreign), "%s", stranger);
	} else if (step > 0) {
		restore_step_event(run, what, code, step);
	}
}

static void
restore_record(struct run *run, const json_t *record, const json_t **job)
{
	json_int_t step = json_integer_value(json_object_get(record, "step"));
	json_int_t repeat =
	    json_integer_value(json_object_get(record, "repeat"));
	const char *reason;

	run->chain.records++;
	restore_used(run, record);
	if (is_type(record, "job")) {
		*job = record;
		run->step = step > 0 ? (size_t)step - 1 : 0;
		run->repeat = repeat > 0 ? (uint32_t)repeat : 1;
	}
	if (is_type(record, "verdict"))
		run_count_verdict(run, record);
	if (is_type(record, "event"))
		restore_event(run, record);
	run_firmware_restore(run, record);
	if (!is_type(record, "jobend"))
		return;
	*job = NULL;
	reason = json_string_value(json_object_get(record, "reason"));
	if (reason != NULL && !verdict_code_is_about_device(reason))
		run->errors++;
	advance(run);
}

void
run_restore_account(struct run *run, const json_t *records)
{
	static const char *const common[] = { "order", "product", "sample",
		"state", "firmware", "mode" };
	const json_t *record, *job = NULL, *first = json_array_get(records, 0);
	size_t i;

	run->chain.run =
	    (uint64_t)json_integer_value(json_object_get(first, "seq"));
	run->quiet_ns =
	    (uint64_t)json_integer_value(json_object_get(first, "quiet_ns"));
	for (i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		json_object_set(run->chain.common, common[i],
		    json_object_get(first, common[i]));
	json_array_foreach (records, i, record)
		restore_record(run, record, &job);
	if (job != NULL) {
		close_cut_job(run, job);
		if (run->step < run->scenario->nsteps)
			run->step++;
		run->repeat = 1;
		run->skipped++;
	}
	if (run->step > run->scenario->nsteps)
		run->step = run->scenario->nsteps;
}
