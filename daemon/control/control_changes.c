/*
 * control_changes: baseline.*, waiver.*, verdict.history, job.took,
 * profile.compare: what a later run is compared with, and what is known of the
 * time between.
 *
 * Both registries only grow: the newest row of a name counts, and who wrote it
 * stands in it.
 */
#include "daemon/control/control_asked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "daemon/engine/device.h"
#include "daemon/engine/permit.h"
#include "records/verdict_algebra.h"
#include "scenarios/profile_firmware.h"
#include "scenarios/profile_limits.h"

#define TEXT_MAX 200
#define LOOK_BACK 50    /* runs; attestations stand before the newest test */
#define TOOK_JOBS 500   /* of any probe: the bench as it is these days */
#define HISTORY_RUNS 10 /* of a device; more of them is seldom read */

/* ---- writing a row ---- */

struct entering {
	struct engine *en;
	struct control_call *call;
	const char *kind; /* of registry */
	char *name;
	json_t *value, *result;
	json_int_t run; /* that was found; 0: none yet */
	bool is_open, is_void;
};

static void
end_entering(struct entering *w)
{
	free(w->name);
	json_decref(w->value);
	json_decref(w->result);
	free(w);
}

static void
on_entered(void *arg, uint64_t seq, const char *error)
{
	struct entering *w = arg;

	(void)seq;
	if (error != NULL)
		control_refusef(w->call, CONTROL_UNAVAILABLE, "%s", error);
	else
		control_reply(w->call, json_incref(w->result));
	end_entering(w);
}

/* value and result are taken over. */
static struct entering *
new_entering(struct engine *en, struct control_call *c, const char *kind,
    char *name, json_t *value)
{
	struct entering *w = xcalloc(1, sizeof(*w));

	w->en = en;
	w->call = c;
	w->kind = kind;
	w->name = name;
	w->value = value;
	json_object_set_new(
	    value, "uid", json_integer((json_int_t)control_call_uid(c)));
	return w;
}

static void
enter(struct entering *w)
{
	store_register(w->en->store, w->kind, w->name, w->value, on_entered, w);
}

/* ---- baselines ---- */

/* A reviewer's word on a document is a run, too, and tests nothing. */
static bool
is_test(const json_t *row)
{
	const char *scenario =
	    json_string_value(json_object_get(row, "scenario"));

	return scenario == NULL || strcmp(scenario, "attestation") != 0 ||
	    json_object_size(json_object_get(row, "verdicts")) > 0;
}

/* The first that is the one that was named, or the newest that has ended. */
static void
consider(struct entering *w, const json_t *row)
{
	const json_t *run = json_object_get(row, "run");
	const json_t *wanted = json_object_get(w->value, "run");
	const char *outcome =
	    json_string_value(json_object_get(row, "outcome"));
	const bool is_open = outcome == NULL,
		   is_void =
		       !is_open && strcmp(outcome, VERDICT_VOID_OUTCOME) == 0;

	if (w->run != 0 || !is_test(row))
		return;
	if (wanted == NULL ? is_open || is_void : !json_equal(run, wanted))
		return;
	w->run = json_integer_value(run);
	w->is_open = is_open;
	w->is_void = is_void;
}

static void
refuse(const struct entering *w, const char *error)
{
	const bool is_named = json_object_get(w->value, "run") != NULL;

	if (error != NULL)
		control_refusef(w->call, CONTROL_UNAVAILABLE, "%s", error);
	else if (w->run != 0)
		control_refusef(w->call, CONTROL_REFUSED,
		    w->is_open ? "run %lld has not ended"
			       : "run %lld is void: the firmware changed in it",
		    (long long)w->run);
	else
		control_refusef(w->call, CONTROL_NOT_FOUND,
		    is_named ? "the device has no such run"
			     : "the device has no test that has ended");
}

/* Of the device's runs from that number back. */
static void
on_run(void *arg, const json_t *row, const char *error)
{
	struct entering *w = arg;

	if (row != NULL) {
		consider(w, row);
		return;
	}
	if (error == NULL && w->run != 0 && !w->is_open && !w->is_void) {
		json_object_set_new(w->value, "run", json_integer(w->run));
		w->result =
		    json_pack("{s:s, s:I}", "device", w->name, "run", w->run);
		enter(w);
		return;
	}
	refuse(w, error);
	end_entering(w);
}

void
control_call_baseline_set(
    void *arg, struct control_call *c, const json_t *params)
{
	json_t *run = json_object_get(params, "run");
	struct engine *en = arg;
	const struct device *d;
	struct entering *w;
	json_t *args;

	if (!control_is_ready(en, c))
		return;
	d = control_device(en, c, params);
	if (d == NULL)
		return;
	args = json_pack("{s:s}", "device", d->name);
	w = new_entering(en, c, "baseline", xstrdup(d->name), json_object());
	if (run != NULL) {
		json_object_set(w->value, "run", run);
		json_object_set_new(
		    args, "before", json_integer(json_integer_value(run) + 1));
		json_object_set_new(args, "limit", json_integer(1));
	} else {
		json_object_set_new(args, "open", json_false());
		json_object_set_new(args, "limit", json_integer(LOOK_BACK));
	}
	store_query(en->store, "runs", args, on_run, w);
	json_decref(args);
}

void
control_call_baseline_list(
    void *arg, struct control_call *c, const json_t *params)
{
	static const struct control_listing shape = { .key = "baselines" };
	json_t *device = json_object_get(params, "device");
	json_t *args = json_pack("{s:s}", "kind", "baseline");

	if (device != NULL)
		json_object_set(args, "name", device);
	control_list(arg, c, "registered", args, &shape);
}

/* ---- waivers ---- */

static bool
is_date(const char *text)
{
	struct tm tm;
	time_t t;
	char again[16];
	const char *end;

	memset(&tm, 0, sizeof(tm));
	end = strptime(text, "%Y-%m-%d", &tm);
	if (end == NULL || *end != '\0')
		return false;
	t = timegm(&tm); /* a 31st of February becomes another day */
	return gmtime_r(&t, &tm) != NULL &&
	    strftime(again, sizeof(again), "%Y-%m-%d", &tm) > 0 &&
	    strcmp(again, text) == 0;
}

/* "NET-01": what a check's ID is made of. */
static bool
is_check(const char *text)
{
	size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");

	return n > 0 && text[n] == '\0' && n < 32;
}

/* NULL, or what is wrong. */
static const char *
why_no_waiver(const json_t *params)
{
	static const char *const texts[] = { "ticket", "by" };
	const char *until = control_text(params, "until"), *text;
	bool is_lifted = json_is_true(json_object_get(params, "lifted"));
	struct permit_now now;
	size_t i;

	if (!is_check(control_text(params, "check")))
		return "check: a check's ID, as NET-01";
	for (i = 0; i < 2; i++) {
		text = control_text(params, texts[i]);
		if (text != NULL &&
		    (text[0] == '\0' || strlen(text) > TEXT_MAX))
			return "ticket, by: 1 to 200 bytes";
	}
	if (is_lifted)
		return NULL;
	if (until == NULL || control_text(params, "ticket") == NULL)
		return "until and ticket are needed";
	if (!is_date(until))
		return "until: a date, as 2027-01-31";
	permit_read_clock(&now);
	return profile_date_holds(until, now.today) ? NULL
						    : "until: that day is over";
}

void
control_call_waiver_set(void *arg, struct control_call *c, const json_t *params)
{
	static const char *const kept[] = { "until", "ticket", "by", NULL };
	bool is_lifted = json_is_true(json_object_get(params, "lifted"));
	const char *check = control_text(params, "check"), *why;
	struct engine *en = arg;
	const struct device *d;
	struct entering *w;
	json_t *value;

	if (!control_is_ready(en, c))
		return;
	d = control_device(en, c, params);
	if (d == NULL)
		return;
	why = why_no_waiver(params);
	if (why != NULL) {
		control_refusef(c, CONTROL_INVALID_PARAMS, "%s", why);
		return;
	}
	value = is_lifted ? json_object() : control_args(params, kept);
	json_object_set_new(value, "lifted", json_boolean(is_lifted));
	json_object_set_new(value, "device", json_string(d->name));
	json_object_set_new(value, "check", json_string(check));
	w = new_entering(
	    en, c, "waiver", xasprintf("%s/%s", d->name, check), value);
	w->result = json_pack("{s:s, s:s, s:b}", "device", d->name, "check",
	    check, "lifted", (int)is_lifted);
	enter(w);
}

struct listing_waivers {
	struct control_call *call;
	json_t *waivers;
	char *device; /* NULL: all */
	struct permit_now now;
};

static void
take_waiver(struct listing_waivers *l, const json_t *row)
{
	const json_t *value = json_object_get(row, "value");
	const char *device =
		       json_string_value(json_object_get(value, "device")),
		   *until = json_string_value(json_object_get(value, "until"));
	json_t *o;

	if (json_is_true(json_object_get(value, "lifted")) || device == NULL ||
	    until == NULL ||
	    (l->device != NULL && strcmp(l->device, device) != 0))
		return;
	o = json_pack("{s:O, s:O*, s:O, s:O*, s:O*, s:O*, s:O*, s:b}", "device",
	    json_object_get(value, "device"), "check",
	    json_object_get(value, "check"), "until",
	    json_object_get(value, "until"), "ticket",
	    json_object_get(value, "ticket"), "by",
	    json_object_get(value, "by"), "uid", json_object_get(value, "uid"),
	    "time", json_object_get(row, "time"), "expired",
	    (int)!profile_date_holds(until, l->now.today));
	json_array_append_new(l->waivers, o);
}

static void
on_waiver(void *arg, const json_t *row, const char *error)
{
	struct listing_waivers *l = arg;

	if (row != NULL) {
		take_waiver(l, row);
		return;
	}
	if (error == NULL) {
		control_reply(
		    l->call, json_pack("{s:O}", "waivers", l->waivers));
	} else {
		control_refusef(l->call, CONTROL_UNAVAILABLE, "%s", error);
	}
	json_decref(l->waivers);
	free(l->device);
	free(l);
}

void
control_call_waiver_list(
    void *arg, struct control_call *c, const json_t *params)
{
	const char *device = control_text(params, "device");
	struct engine *en = arg;
	struct listing_waivers *l;
	json_t *args;

	if (!control_is_ready(en, c))
		return;
	l = xcalloc(1, sizeof(*l));
	l->call = c;
	l->waivers = json_array();
	l->device = device == NULL ? NULL : xstrdup(device);
	permit_read_clock(&l->now);
	args = json_pack("{s:s}", "kind", "waiver");
	store_query(en->store, "registered", args, on_waiver, l);
	json_decref(args);
}

/* ---- what lies between two runs ---- */

void
control_call_verdict_history(
    void *arg, struct control_call *c, const json_t *params)
{
	static const struct control_listing shape = { .key = "verdicts" };
	json_t *args = json_pack("{s:O, s:O, s:i}", "device",
	    json_object_get(params, "device"), "to",
	    json_object_get(params, "run"), "runs", HISTORY_RUNS);

	control_list(arg, c, "history", args, &shape);
}

void
control_call_job_took(void *arg, struct control_call *c, const json_t *params)
{
	static const struct control_listing shape = { .key = "probes" };

	(void)params;
	control_list(
	    arg, c, "took", json_pack("{s:i}", "newest", TOOK_JOBS), &shape);
}

struct comparing {
	struct engine *en;
	struct control_call *call;
	char *other; /* the second profile's hash */
	char *texts[2];
	size_t n;
};

static void
end_comparing(struct comparing *p)
{
	free(p->other);
	free(p->texts[0]);
	free(p->texts[1]);
	free(p);
}

static void
on_profile(void *arg, const json_t *row, const char *error)
{
	struct comparing *p = arg;
	const char *text = json_string_value(json_object_get(row, "text"));
	json_t *args;

	if (row != NULL) {
		if (p->texts[p->n] == NULL && text != NULL)
			p->texts[p->n] = xstrdup(text);
		return;
	}
	if (error != NULL || p->texts[p->n] == NULL) {
		control_refusef(p->call,
		    error != NULL ? CONTROL_UNAVAILABLE : CONTROL_NOT_FOUND,
		    "%s", error != NULL ? error : "there is no such profile");
		end_comparing(p);
		return;
	}
	if (++p->n == 2) {
		control_reply(p->call,
		    json_pack("{s:b}", "same",
			(int)profile_is_same_but_firmware(
			    p->texts[0], p->texts[1])));
		end_comparing(p);
		return;
	}
	args = json_pack("{s:s}", "sha256", p->other);
	store_query(p->en->store, "document", args, on_profile, p);
	json_decref(args);
}

void
control_call_profile_compare(
    void *arg, struct control_call *c, const json_t *params)
{
	struct engine *en = arg;
	struct comparing *p;
	json_t *args;

	if (!control_is_ready(en, c))
		return;
	p = xcalloc(1, sizeof(*p));
	p->en = en;
	p->call = c;
	p->other = xstrdup(control_text(params, "other"));
	args = json_pack("{s:O}", "sha256", json_object_get(params, "sha256"));
	store_query(en->store, "document", args, on_profile, p);
	json_decref(args);
}
