/*
 * control_prune: prune, hold.*: which raw captures go, and what keeps them.
 */
#include "daemon/control/control_asked.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "daemon/engine/prune.h"

#define HOLD_TEXT_MAX 200

static void
on_report(void *arg, json_t *report, const char *why)
{
	struct control_call *c = arg;

	if (report == NULL)
		control_refusef(c, CONTROL_UNAVAILABLE, "%s", why);
	else
		control_reply(c, report);
}

void
control_call_prune(void *arg, struct control_call *c, const json_t *params)
{
	struct engine *en = arg;

	if (!control_is_ready(en, c))
		return;
	prune_ask(en->prune, json_is_true(json_object_get(params, "dry_run")),
	    on_report, c);
}

/* ---- holds ---- */

struct holding {
	struct engine *en;
	struct control_call *call;
	char *name; /* "run/12", "order/A-7" */
	json_t *value;
	bool found;
};

static void
end_holding(struct holding *h)
{
	free(h->name);
	json_decref(h->value);
	free(h);
}

static void
on_kept(void *arg, uint64_t seq, const char *error)
{
	struct holding *h = arg;

	(void)seq;
	if (error != NULL)
		control_refusef(h->call, CONTROL_UNAVAILABLE, "%s", error);
	else
		control_reply(h->call,
		    json_pack("{s:s,s:O}", "name", h->name, "held",
			json_object_get(h->value, "held")));
	end_holding(h);
}

static void
keep(struct holding *h)
{
	store_register(h->en->store, "hold", h->name, h->value, on_kept, h);
	if (json_is_true(json_object_get(h->value, "held")))
		prune_on_hold(h->en->prune);
}

/* A run must be there: a hold on a number mistyped would keep nothing. */
static void
on_run(void *arg, const json_t *row, const char *error)
{
	struct holding *h = arg;

	if (row != NULL) {
		h->found = true;
		return;
	}
	if (error == NULL && h->found) {
		keep(h);
		return;
	}
	if (error != NULL)
		control_refusef(h->call, CONTROL_UNAVAILABLE, "%s", error);
	else
		control_refusef(h->call, CONTROL_NOT_FOUND,
		    "there is no run %s", strchr(h->name, '/') + 1);
	end_holding(h);
}

/* NULL after refusing. */
static struct holding *
read_holding(struct engine *en, struct control_call *c, const json_t *params)
{
	const char *order = control_text(params, "order"),
		   *reason = control_text(params, "reason");
	uint64_t run = control_number(params, "run");
	struct holding *h;

	if ((order == NULL) == (run == 0) ||
	    (order != NULL &&
		(order[0] == '\0' || strlen(order) > HOLD_TEXT_MAX)) ||
	    (reason != NULL && strlen(reason) > HOLD_TEXT_MAX)) {
		control_refusef(c, CONTROL_INVALID_PARAMS,
		    "one of run and order, and texts of at most %d bytes",
		    HOLD_TEXT_MAX);
		return NULL;
	}
	h = xcalloc(1, sizeof(*h));
	h->en = en;
	h->call = c;
	h->name = order != NULL
	    ? xasprintf("order/%s", order)
	    : xasprintf("run/%llu", (unsigned long long)run);
	h->value = json_pack("{s:b,s:s,s:I}", "held",
	    json_is_true(json_object_get(params, "held")), "reason",
	    reason == NULL ? "" : reason, "uid",
	    (json_int_t)control_call_uid(c));
	return h;
}

void
control_call_hold_set(void *arg, struct control_call *c, const json_t *params)
{
	struct engine *en = arg;
	struct holding *h;
	json_t *args;

	if (!control_is_ready(en, c))
		return;
	h = read_holding(en, c, params);
	if (h == NULL)
		return;
	if (control_text(params, "order") != NULL) {
		keep(h);
		return;
	}
	args = json_pack(
	    "{s:O,s:s}", "run", json_object_get(params, "run"), "type", "run");
	store_query(en->store, "records", args, on_run, h);
	json_decref(args);
}

struct listing_holds {
	struct control_call *call;
	json_t *holds;
};

static void
on_hold(void *arg, const json_t *row, const char *error)
{
	struct listing_holds *l = arg;
	const json_t *value = json_object_get(row, "value");

	if (row != NULL) {
		if (json_is_true(json_object_get(value, "held")))
			json_array_append_new(l->holds,
			    json_pack("{s:O,s:O*,s:O*,s:O}", "name",
				json_object_get(row, "name"), "reason",
				json_object_get(value, "reason"), "uid",
				json_object_get(value, "uid"), "time",
				json_object_get(row, "time")));
		return;
	}
	if (error == NULL) {
		control_reply(l->call, json_pack("{s:o}", "holds", l->holds));
	} else {
		control_refusef(l->call, CONTROL_UNAVAILABLE, "%s", error);
		json_decref(l->holds);
	}
	free(l);
}

void
control_call_hold_list(void *arg, struct control_call *c, const json_t *params)
{
	struct engine *en = arg;
	struct listing_holds *l;
	json_t *args;

	(void)params;
	if (!control_is_ready(en, c))
		return;
	l = xcalloc(1, sizeof(*l));
	l->call = c;
	l->holds = json_array();
	args = json_pack("{s:s}", "kind", "hold");
	store_query(en->store, "registered", args, on_hold, l);
	json_decref(args);
}
