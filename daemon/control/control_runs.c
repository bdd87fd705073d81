/*
 * control_runs: run.*, probe.start: a scenario on a device.
 */
#include "daemon/control/control_asked.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/engine/action.h"
#include "daemon/engine/attest.h"
#include "daemon/engine/device.h"
#include "daemon/engine/orders.h"
#include "daemon/engine/run.h"
#include "daemon/engine/run_rest.h"
#include "daemon/engine/signer.h"

#define QUEUE_MAX 1000
#define QUIET_MAX_NS (7 * 24 * 3600 * 1000000000ull)
/* Of one probe, for an engineer who waits for it. */
#define PROBE_QUIET "2s"

/* False: it was refused. */
static bool
read_quiet(struct control_call *c, const json_t *params, uint64_t *quiet_ns)
{
	const char *text = control_text(params, "quiet");

	*quiet_ns = RUN_QUIET_UNSAID;
	if (text == NULL)
		return true;
	if (duration_parse_ns(text, quiet_ns) == 0 && *quiet_ns <= QUIET_MAX_NS)
		return true;
	control_refusef(c, CONTROL_INVALID_PARAMS,
	    "quiet: a duration such as 30m or 0s, at most 168h");
	return false;
}

/* The order that a run on it would be of; NULL: of none. */
static const char *
order_of(const struct device *d, const json_t *params)
{
	const char *order = control_text(params, "order");

	return order != NULL ? order : control_text(d->value, "order");
}

/* False: it was refused. */
static bool
may_run(struct engine *en, struct control_call *c, const struct device *d,
    const json_t *params)
{
	const char *order = order_of(d, params);
	struct err e;

	if (d->changing > 0) {
		control_refusef(c, CONTROL_REFUSED,
		    "the device is being changed: try again");
		return false;
	}
	if (!control_order_is_known(en, c, params))
		return false;
	if (order == NULL || orders_allow(en->orders, order, &e) == 0)
		return true;
	control_refuse(c, CONTROL_REFUSED, &e);
	return false;
}

static void
queue_run(struct engine *en, struct control_call *c, const json_t *params,
    const char *scenario, const char *file)
{
	struct run_request q;
	struct run *run;
	struct err e;
	size_t queued = 0;

	if (!control_is_ready(en, c))
		return;
	if (signer_is_rotating(en->signer)) {
		control_refusef(c, CONTROL_REFUSED,
		    "the bench's key is being replaced: try again");
		return;
	}
	memset(&q, 0, sizeof(q));
	if (!read_quiet(c, params, &q.quiet_ns))
		return;
	q.device = control_device(en, c, params);
	if (q.device == NULL || !may_run(en, c, q.device, params))
		return;
	TAILQ_FOREACH (run, &en->runs, entry)
		queued++;
	if (queued >= QUEUE_MAX) {
		control_refusef(
		    c, CONTROL_REFUSED, "%zu runs wait already", queued);
		return;
	}
	q.scenario_text = scenario;
	q.file = file;
	q.order = control_text(params, "order");
	q.uid = control_call_uid(c);
	q.gid = control_call_gid(c);
	run = run_new(en, &q, &e);
	if (run == NULL)
		control_refuse(c, CONTROL_REFUSED, &e);
	else
		control_reply(
		    c, json_pack("{s:I}", "run", (json_int_t)run->chain.run));
}

/* A run of an order, while the store is asked for its documents. */
struct gated {
	struct engine *en;
	struct control_call *call;
	const json_t *params;
	char *scenario, *file;
};

static void
on_gate(void *arg, const char *lacks)
{
	struct gated *g = arg;

	if (lacks == NULL)
		queue_run(g->en, g->call, g->params, g->scenario, g->file);
	else
		control_refusef(g->call, CONTROL_REFUSED,
		    "the order's gate " ATTEST_GATE " is shut: %s", lacks);
	free(g->scenario);
	free(g->file);
	free(g);
}

static void
start_run(struct engine *en, struct control_call *c, const json_t *params,
    const char *scenario, const char *file)
{
	const struct device *d;
	const char *order;
	struct gated *g;

	if (!control_is_ready(en, c))
		return;
	d = control_device(en, c, params);
	if (d == NULL)
		return;
	order = order_of(d, params);
	if (!may_run(en, c, d, params))
		return;
	if (order == NULL || !orders_asks_for(en->orders, order, ATTEST_GATE)) {
		queue_run(en, c, params, scenario, file);
		return;
	}
	g = xcalloc(1, sizeof(*g));
	g->en = en;
	g->call = c;
	g->params = params;
	g->scenario = xstrdup(scenario);
	g->file = xstrdup(file);
	attest_ask_gate(en, d->name, order, on_gate, g);
}

void
control_call_run_start(void *arg, struct control_call *c, const json_t *params)
{
	const char *file = control_text(params, "file");

	start_run(arg, c, params, control_text(params, "scenario"),
	    file == NULL ? "scenario" : file);
}

/* A double-quoted YAML scalar of a text without control characters. */
static void
put_quoted(FILE *f, const char *s)
{
	putc('"', f);
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			putc('\\', f);
		putc(*s, f);
	}
	putc('"', f);
}

/* One probe is a scenario of one step, so there is one way to run. */
void
control_call_probe_start(
    void *arg, struct control_call *c, const json_t *params)
{
	json_t *with = json_object_get(params, "params"), *value;
	const char *probe = control_text(params, "probe"), *name;
	char *text = NULL;
	size_t size;
	FILE *f;

	json_object_foreach (with, name, value) {
		if (json_is_string(value))
			continue;
		control_refusef(c, CONTROL_INVALID_PARAMS,
		    "params: each is a text, as a scenario writes it");
		return;
	}
	f = open_memstream(&text, &size);
	if (f == NULL)
		fatal("probe.start: %s", strerror(errno));
	fputs("version: 1\nname: probe\nquiet: " PROBE_QUIET
	      "\nsteps:\n  - probe: ",
	    f);
	put_quoted(f, probe);
	if (json_object_size(with) > 0)
		fputs("\n    with:", f);
	json_object_foreach (with, name, value) {
		fputs("\n      ", f);
		put_quoted(f, name);
		fputs(": ", f);
		put_quoted(f, json_string_value(value));
	}
	if (json_is_true(json_object_get(params, "resume")))
		fputs("\n    resume: true", f);
	fputs("\n", f);
	fclose(f);
	start_run(arg, c, params, text, "probe");
	free(text);
}

void
control_call_run_list(void *arg, struct control_call *c, const json_t *params)
{
	static const char *const names[] = { "limit", "before", "device",
		NULL };
	const struct engine *en = arg;
	const char *head = journal_manifest(en->journal);
	struct control_listing shape = { .key = "runs" };

	shape.result = json_pack("{s:s?, s:s}", "manifest",
	    head[0] == '\0' ? NULL : head, "key", signer_key(en->signer));
	control_list(arg, c, "runs", control_args(params, names), &shape);
}

void
control_call_run_affected(
    void *arg, struct control_call *c, const json_t *params)
{
	static const char *const names[] = { "probe", "method", "limit",
		"before", NULL };
	static const struct control_listing shape = { .key = "runs" };

	control_list(arg, c, "affected", control_args(params, names), &shape);
}

void
control_call_run_show(void *arg, struct control_call *c, const json_t *params)
{
	struct control_listing shape = { .key = "records", .member = "record" };
	const struct run *run = run_find(arg, control_number(params, "run"));
	json_t *args = json_object();

	json_object_set(args, "run", json_object_get(params, "run"));
	shape.result = json_pack("{s:O,s:o}", "run",
	    json_object_get(params, "run"), "state",
	    json_string(run == NULL ? "ended" : run_state_name(run->state)));
	control_list(arg, c, "records", args, &shape);
}

static struct run *
run_of(struct engine *en, struct control_call *c, const json_t *params)
{
	struct run *run = run_find(en, control_number(params, "run"));

	if (run == NULL)
		control_refusef(c, CONTROL_NOT_FOUND,
		    "run %llu is not queued and not under way",
		    (unsigned long long)control_number(params, "run"));
	return run;
}

void
control_call_run_cancel(void *arg, struct control_call *c, const json_t *params)
{
	struct run *run = run_of(arg, c, params);

	if (run == NULL)
		return;
	run_cancel(run);
	control_reply(c, json_pack("{s:I}", "run", (json_int_t)run->chain.run));
}

void
control_call_run_confirm(
    void *arg, struct control_call *c, const json_t *params)
{
	struct run *run = run_of(arg, c, params);
	const char *note = control_text(params, "note");
	bool done = json_is_true(json_object_get(params, "done"));

	if (run == NULL)
		return;
	if (run->action == NULL ||
	    (json_object_get(params, "step") != NULL &&
		control_number(params, "step") != run->step + 1) ||
	    action_confirm(run->action, done, note == NULL ? "" : note) == -1) {
		control_refusef(
		    c, CONTROL_REFUSED, "this run waits for nobody");
		return;
	}
	run_event(run, "confirm", done ? "done" : "not_done",
	    note == NULL ? "" : note, 0,
	    json_pack("{s:I,s:I}", "uid", (json_int_t)control_call_uid(c),
		"gid", (json_int_t)control_call_gid(c)));
	control_reply(c,
	    json_pack("{s:I,s:i}", "run", (json_int_t)run->chain.run, "step",
		(int)run->step + 1));
}
