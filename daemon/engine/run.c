/*
 * run: one scenario on one DUT, from the queue to its manifest.
 */
#include "daemon/engine/run.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/engine/action.h"
#include "daemon/engine/device.h"
#include "daemon/engine/engine_probes.h"
#include "daemon/engine/engine_segment.h"
#include "daemon/engine/job.h"
#include "daemon/engine/run_account.h"
#include "daemon/engine/run_canary.h"
#include "daemon/engine/run_captures.h"
#include "daemon/engine/run_cloud.h"
#include "daemon/engine/run_rest.h"
#include "daemon/engine/run_used.h"
#include "daemon/shared/wire_frames.h"
#include "probes/probe.h"

#define WAIT_TURN_MS 50
#define DISCOVERED_FOR_NS 30000000000ull
#define WAIT_TURNS 400 /* 20 s for the segment to be there */

const char *
run_state_name(enum run_state state)
{
	static const char *const names[] = {
		[RUN_QUEUED] = "queued",
		[RUN_WAITING] = "waiting",
		[RUN_DISCOVERING] = "discovering",
		[RUN_CANARY] = "canary",
		[RUN_QUIET] = "quiet",
		[RUN_STEP] = "running",
		[RUN_SEALING] = "sealing",
		[RUN_ENDED] = "ended",
	};

	return names[state];
}

struct run *
run_find(struct engine *en, uint64_t id)
{
	struct run *run;

	TAILQ_FOREACH (run, &en->runs, entry)
		if (run->chain.run == id)
			return run;
	return NULL;
}

void
run_event(struct run *run, const char *what, const char *code,
    const char *detail, uint64_t stamp, json_t *values)
{
	json_t *o = json_object();

	json_object_set_new(o, "what", json_string(what));
	json_object_set_new(o, "code", json_string(code));
	json_object_set_new(o, "detail", json_quoted(detail));
	json_object_set_new(o, "stamp",
	    json_integer((json_int_t)(stamp == 0 ? now_realtime_ns() : stamp)));
	json_object_set_new(
	    o, "values", values == NULL ? json_object() : values);
	if (run->state == RUN_STEP)
		json_object_set_new(
		    o, "step", json_integer((json_int_t)run->step + 1));
	if (run->job != NULL && run->job->seq != 0)
		json_object_set_new(
		    o, "job", json_integer((json_int_t)run->job->seq));
	journal_add(run->engine->journal, &run->chain, RECORD_EVENT, o);
}

static void
run_free(struct run *run)
{
	struct engine *en = run->engine;

	TAILQ_REMOVE(&en->runs, run, entry);
	requests_forget(en->requests, run);
	probes_forget(en->probes, run);
	job_free(run->job);
	free(run->fence);
	run_canary_free(run);
	run_used_forget(run);
	action_free(run->action);
	if (run->seg->run == run)
		run->seg->run = NULL;
	scenario_free(run->scenario);
	json_decref(run->chain.common);
	json_decref(run->verdicts);
	json_decref(run->captures);
	json_decref(run->rest);
	json_decref(run->firmware);
	event_free(run->timer);
	free(run);
	if (TAILQ_EMPTY(&en->runs))
		malloc_trim(0); /* at rest little is needed */
}

void
run_free_all(struct engine *en)
{
	struct run *run, *next;

	for (run = TAILQ_FIRST(&en->runs); run != NULL; run = next) {
		next = TAILQ_NEXT(run, entry);
		if (run->job != NULL)
			run->job->exited = true; /* the warden ends them all */
		run_free(run);
	}
}

static void
arm(struct run *run, unsigned ms)
{
	struct timeval tv = { 0, (suseconds_t)ms * 1000 };

	evtimer_add(run->timer, &tv);
}

void
run_wait_a_turn(struct run *run)
{
	arm(run, WAIT_TURN_MS);
}

/* The manifest, and out of the queue (from the loop: a caller may still hold
 * the run). */
void
run_on_captures_closed(struct run *run)
{
	journal_close(run->engine->journal, &run->chain, run_account(run));
	run->state = RUN_ENDED;
	arm(run, 0);
}

/* The manifest comes when the run's capture files are finished. */
static void
end_run(struct run *run)
{
	if (run->state == RUN_ENDED || run->state == RUN_SEALING)
		return;
	run_cloud_shut(run);
	if (run->state != RUN_QUEUED)
		seg_rest(run->seg, run->device->id, run->device->mac);
	if (run->first_file == 0 || run->chain.broken) {
		run_on_captures_closed(run);
		return;
	}
	run->state = RUN_SEALING;
	run_captures_close(run);
}

static void
fail_run(struct run *run, const char *code, const char *text)
{
	if (run->failed[0] == '\0') {
		snprintf(run->failed, sizeof(run->failed), "%s", code);
		snprintf(
		    run->failed_text, sizeof(run->failed_text), "%s", text);
		run_event(run, "run", code, text, 0, NULL);
	}
	run->skipped += (unsigned)(run->scenario->nsteps - run->step);
	end_run(run);
}

/* ---- steps ---- */

const char *
run_refuses(
    struct run *run, const struct permit_step *step, char *text, size_t size)
{
	const char *code;
	struct permit_now now;

	permit_read_clock(&now);
	now.fence_is_open = run->scenario->mode == MODE_CLOUD;
	code = permit_refuses(
	    run->device->profile, step, &run->used, &now, text, size);
	if (code == NULL)
		permit_count(&run->used, step);
	return code;
}

static void start_step(struct run *run);

static void
next_step(struct run *run)
{
	const struct step *step = &run->scenario->steps[run->step];

	if (run->repeat < step->repeat && !run->cancelled) {
		run->repeat++;
	} else {
		run->step++;
		run->repeat = 1;
	}
	start_step(run);
}

static void
start_probe(struct run *run, const struct step *step)
{
	json_t *descriptor;
	const char *why;

	descriptor = probes_find(run->engine->probes, step->name, &why);
	if (descriptor == NULL) {
		run->errors++;
		run_event(run, "step", "probe_unknown", why, 0,
		    json_pack("{s:s}", "probe", step->name));
		run->skipped++;
		next_step(run);
		return;
	}
	run->job = job_new(run, step, descriptor);
}

/* Whether this may be done; else that is recorded, and the steps behind it have
 * their own say. */
static bool
may_be_done(struct run *run, const char *word, const struct permit_step *asked)
{
	const char *refusal;
	char text[64];

	refusal = run_refuses(run, asked, text, sizeof(text));
	if (refusal == NULL)
		return true;
	run_event(
	    run, word, refusal, text, 0, json_pack("{s:s}", "text", text));
	run->skipped++;
	next_step(run);
	return false;
}

static void
start_action(struct run *run, const struct step *step)
{
	const struct profile_action *what =
	    profile_action(run->device->profile, step->name);
	struct permit_step asked;

	if (what == NULL) {
		fail_run(
		    run, "action_failed", "the profile names no such action");
		return;
	}
	asked = permit_step_of(what, run->engine->conf);
	if (!may_be_done(run, "action", &asked))
		return;
	run_event(run, "action", "begin", step->name, 0, NULL);
	run->action = action_new(run, what);
}

/* What a scenario asks of a person has no hazards of its own: those are an
 * action's. */
static void
start_manual(struct run *run, const struct step *step)
{
	static const struct profile_action by_hand = { .by = ACTION_BY_PERSON };
	const struct permit_step asked = {
		.impact = step->is_lasting ? ASSAY_STATE : ASSAY_ACTIVE,
		.action = &by_hand,
	};

	if (may_be_done(run, "manual", &asked))
		run->action = action_new_step(run, step);
}

static void
start_step(struct run *run)
{
	const struct step *step;

	if (run->cancelled && run->step < run->scenario->nsteps) {
		run->skipped += (unsigned)(run->scenario->nsteps - run->step);
		run_event(run, "run", "cancelled", "", 0, NULL);
		end_run(run);
		return;
	}
	if (run->step == run->scenario->nsteps || run->chain.broken) {
		end_run(run);
		return;
	}
	step = &run->scenario->steps[run->step];
	switch (step->kind) {
	case STEP_PROBE:
		start_probe(run, step);
		break;
	case STEP_ACTION:
		start_action(run, step);
		break;
	case STEP_MANUAL:
		start_manual(run, step);
		break;
	case STEP_WAIT:
		run->action = action_new_step(run, step);
		break;
	}
}

void
run_on_job_end(struct run *run, bool error)
{
	if (error)
		run->errors++;
	/* The job is still on the stack: the loop goes on from there. */
	arm(run, 0);
}

void
run_on_action_end(struct run *run, const char *code, const char *text)
{
	const char *word = action_word(run->action);
	char kept_code[32], kept_text[256];

	snprintf(kept_code, sizeof(kept_code), "%s", code);
	snprintf(kept_text, sizeof(kept_text), "%s", text);
	action_free(run->action);
	run->action = NULL;
	run_event(run, word, kept_code[0] == '\0' ? "done" : kept_code,
	    kept_text, 0, NULL);
	if (kept_code[0] == '\0') {
		next_step(run);
	} else if (strcmp(kept_code, "not_confirmed") == 0) {
		/* Nobody's fault: the rest was not reached. */
		run->skipped += (unsigned)(run->scenario->nsteps - run->step);
		end_run(run);
	} else if (strcmp(kept_code, "cancelled") == 0) {
		start_step(run);
	} else {
		fail_run(run, kept_code, kept_text);
	}
}

/* ---- the way to the first step ---- */

void
run_on_canary(struct run *run, const char *why)
{
	if (why == NULL)
		run_rest_begin(run);
	else
		fail_run(run, "canary_bad", why);
}

void
run_on_rested(struct run *run)
{
	run_used_begin(run);
}

void
run_on_used(struct run *run, const char *why)
{
	if (why != NULL) {
		fail_run(run, "budget_unknown", why);
		return;
	}
	run->state = RUN_STEP;
	start_step(run);
}

static void
start_canary(struct run *run)
{
	run->state = RUN_CANARY;
	if (run->scenario->mode == MODE_CLOUD)
		run_cloud_open(run);
	else
		run_canary_begin(run);
}

void
run_on_cloud(struct run *run, const char *why)
{
	if (why == NULL)
		run_canary_begin(run);
	else
		fail_run(run, "no_way_out", why);
}

static void
on_discovered(void *arg, struct msg_in *m, int fd, const char *why)
{
	struct run *run = arg;

	(void)fd;
	(void)why; /* what is not found shows as no address */
	if (m != NULL) {
		run->device->discovered_ns = now_monotonic_ns();
		run->device->discovered_by = run->seg->watch_epoch;
	}
	start_canary(run);
}

/* The watch follows addresses all the time; it has to ask for them only when
 * it has not done so lately. */
static bool
is_discovered(const struct run *run)
{
	const struct device *d = run->device;
	const struct participant *p = seg_find(run->seg, d->mac);

	return p != NULL && p->naddresses > 0 && d->discovered_ns != 0 &&
	    d->discovered_by == run->seg->watch_epoch &&
	    now_monotonic_ns() - d->discovered_ns < DISCOVERED_FOR_NS;
}

static void
on_probes(void *arg)
{
	struct run *run = arg;

	run->state = RUN_DISCOVERING;
	if (seg_has_foreign(run->seg))
		run_on_foreign(
		    run, run->seg->foreign.what, run->seg->foreign.mac);
	seg_observe(run->seg, run->device->id, run->device->mac);
	run_tell_participants(run);
	if (is_discovered(run))
		start_canary(run);
	else
		seg_ask_discover(run->seg, run->device->id, on_discovered, run);
}

void
run_on_captures_open(struct run *run, const char *why)
{
	if (why == NULL) {
		probes_refresh(run->engine->probes, on_probes, run);
		return;
	}
	log_warn("run %llu: no capture: %s", (unsigned long long)run->chain.run,
	    why);
	run->state = RUN_WAITING; /* for the next one */
	run_wait_a_turn(run);
}

static void
wait_for_segment(struct run *run)
{
	const struct seg *seg = run->seg;

	if (run->cancelled) {
		start_step(run);
	} else if (seg->up && seg->capture != NULL && seg->watch != NULL) {
		run->state = RUN_DISCOVERING; /* no more turns of the timer */
		if (run->first_file == 0)
			run_captures_open(run);
		else
			run_on_captures_open(run, NULL);
	} else if (++run->waited > WAIT_TURNS) {
		fail_run(run, "segment_down",
		    seg->up ? "its capture or watch is not there" : seg->why);
	} else {
		arm(run, WAIT_TURN_MS);
	}
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct run *run = arg;
	struct engine *en = run->engine;

	(void)fd;
	(void)what;
	if (run->state == RUN_WAITING) {
		wait_for_segment(run);
	} else if (run->state == RUN_QUIET) {
		run_rest_on_timer(run);
	} else if (run->state == RUN_SEALING) {
		run_captures_close(run);
	} else if (run->state == RUN_ENDED) {
		run_free(run);
		run_schedule(en);
	} else if (run->job != NULL && run->job->state == JOB_ENDED) {
		job_free(run->job);
		run->job = NULL;
		next_step(run);
	}
}

void
run_schedule(struct engine *en)
{
	struct run *run;

	if (!en->ready)
		return;
	TAILQ_FOREACH (run, &en->runs, entry) {
		if (run->state != RUN_QUEUED || run->seg->run != NULL)
			continue;
		run->seg->run = run;
		run->state = RUN_WAITING;
		arm(run, 0);
	}
}

void
run_cancel(struct run *run)
{
	run->cancelled = true;
	switch (run->state) {
	case RUN_QUEUED:
		start_step(run);
		break;
	case RUN_STEP:
		if (run->job != NULL)
			job_cancel(run->job, "cancelled");
		if (run->action != NULL)
			action_cancel(run->action);
		break;
	case RUN_WAITING:
	case RUN_DISCOVERING:
	case RUN_CANARY: /* seen at the first step */
	case RUN_QUIET:
	case RUN_SEALING:
	case RUN_ENDED:
		break;
	}
}

/* ---- making ---- */

static struct run *
run_make(
    struct engine *en, struct device *d, struct scenario *s, const char *order)
{
	struct run *run = xcalloc(1, sizeof(*run));

	run->engine = en;
	run->device = d;
	run->seg = d->seg;
	run->scenario = s;
	run->repeat = 1;
	run->verdicts = json_array();
	run->chain.common = device_common(d, order, s->state);
	json_object_set_new(
	    run->chain.common, "mode", json_string(mode_name(s->mode)));
	run->timer = evtimer_new(en->base, on_timer, run);
	if (run->timer == NULL)
		fatal("run: cannot make a timer");
	return run;
}

struct run *
run_new(struct engine *en, const struct run_request *q, struct err *e)
{
	struct scenario *s;
	struct run *run;

	s = scenario_parse(
	    q->scenario_text, strlen(q->scenario_text), q->file, e);
	if (s == NULL)
		return NULL;
	store_put_document(en->store, s->sha256, q->scenario_text,
	    strlen(q->scenario_text), NULL, NULL);
	run = run_make(en, q->device, s, q->order);
	run->quiet_ns = run_rest_wanted(run, q->quiet_ns);
	if (journal_add(en->journal, &run->chain, RECORD_RUN,
		run_first_fields(run, q)) == 0) {
		err_set(e, "the run's first record cannot be made");
		TAILQ_INSERT_TAIL(&en->runs, run, entry);
		run_free(run);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&en->runs, run, entry);
	run_schedule(en);
	return run;
}

struct run *
run_restore(struct engine *en, struct device *d, const json_t *records,
    const char *scenario_text, const char *prev)
{
	struct scenario *s;
	struct run *run;
	struct err e;

	s = scenario_parse(
	    scenario_text, strlen(scenario_text), "scenario", &e);
	if (s == NULL) {
		log_error("run: cannot go on: %s", e.text);
		return NULL;
	}
	run = run_make(en, d, s, NULL);
	snprintf(run->chain.prev, sizeof(run->chain.prev), "%s", prev);
	run_restore_account(run, records);
	TAILQ_INSERT_TAIL(&en->runs, run, entry);
	run_event(run, "run", "daemon_restarted", "", 0, NULL);
	return run;
}
