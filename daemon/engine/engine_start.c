/*
 * engine_start: from a store that answers to an engine that may take runs.
 *
 * Orders, devices, the newest record and the runs that an earlier life left
 * open are read; only then is anything begun.
 */
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/engine/attest.h"
#include "daemon/engine/device.h"
#include "daemon/engine/engine.h"
#include "daemon/engine/engine_probes.h"
#include "daemon/engine/engine_segment.h"
#include "daemon/engine/orders.h"
#include "daemon/engine/publish.h"
#include "daemon/engine/prune.h"
#include "daemon/engine/run.h"
#include "daemon/engine/stamping.h"

#define RETRY_MS 500

struct open_run {
	struct engine *en;
	uint64_t run;
	json_t *records;
	char prev[SHA256_HEX_SIZE];
};

struct waiting_device {
	struct engine *en;
	char *name;
	json_t *value;
};

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct engine *en = arg;

	(void)fd;
	(void)what;
	if (en->store_up && !en->ready)
		engine_load(en);
}

/* One question less; with none left, ready, or all of it again. */
static void
part_done(struct engine *en)
{
	static const struct timeval pause = { 0, RETRY_MS * 1000 };
	size_t i;

	if (--en->loading > 0)
		return;
	if (en->load_failed) {
		event_base_once(en->base, -1, EV_TIMEOUT, on_retry, en, &pause);
		return;
	}
	en->ready = true;
	for (i = 0; i < en->conf->nsegments; i++)
		seg_tell_keep(&en->segments[i]);
	log_info("ready: record %llu is the newest",
	    (unsigned long long)journal_last(en->journal));
	/* What was numbered since, for a run taken up, is not durable yet. */
	if (en->control != NULL)
		control_set_newest(en->control, en->found_newest);
	probes_refresh(en->probes, NULL, NULL);
	stamping_load(en->stamping);
	prune_start(en->prune);
	run_schedule(en);
}

/* The store went away while it was asked: nothing is taken for not there. */
static void
part_failed(struct engine *en, const char *error)
{
	log_error("start: the store does not answer: %s", error);
	en->load_failed = true;
	part_done(en);
}

/* ---- runs left open ---- */

static void
free_open(struct open_run *o)
{
	json_decref(o->records);
	free(o);
}

static void
on_scenario(void *arg, const json_t *row, const char *error)
{
	struct open_run *o = arg;
	const json_t *first = json_array_get(o->records, 0);
	const char *name, *text;
	struct device *d;

	if (row == NULL) {
		if (error != NULL)
			part_failed(o->en, error);
		else
			part_done(o->en);
		free_open(o);
		return;
	}
	text = json_string_value(json_object_get(row, "text"));
	name = json_string_value(json_object_get(first, "device"));
	if (run_find(o->en, o->run) != NULL)
		return; /* taken up the time before */
	d = name == NULL ? NULL : device_find(o->en, name);
	if (d == NULL || text == NULL)
		log_error("run %llu: cannot go on: its device is gone",
		    (unsigned long long)o->run);
	else
		run_restore(o->en, d, o->records, text, o->prev);
}

static void
on_open_record(void *arg, const json_t *row, const char *error)
{
	struct open_run *o = arg;
	const char *sha256;
	const json_t *scenario;
	json_t *args;

	if (row != NULL) {
		json_array_append(o->records, json_object_get(row, "record"));
		sha256 = json_string_value(json_object_get(row, "sha256"));
		if (sha256 != NULL && strlen(sha256) < sizeof(o->prev))
			memcpy(o->prev, sha256, strlen(sha256) + 1);
		return;
	}
	scenario = json_object_get(json_array_get(o->records, 0), "scenario");
	if (error != NULL) {
		part_failed(o->en, error);
		free_open(o);
		return;
	}
	if (attest_is_run(json_array_get(o->records, 0))) {
		attest_restore(o->en, o->records, o->prev);
		part_done(o->en);
		free_open(o);
		return;
	}
	if (scenario == NULL) {
		log_error("run %llu: cannot go on: it has no first record",
		    (unsigned long long)o->run);
		part_done(o->en);
		free_open(o);
		return;
	}
	args =
	    json_pack("{s:O}", "sha256", json_object_get(scenario, "sha256"));
	store_query(o->en->store, "document", args, on_scenario, o);
	json_decref(args);
}

static void
on_open_run(void *arg, const json_t *row, const char *error)
{
	struct engine *en = arg;
	struct open_run *o;
	json_t *args;

	if (row == NULL) {
		if (error != NULL)
			part_failed(en, error);
		else
			part_done(en);
		return;
	}
	o = xcalloc(1, sizeof(*o));
	o->en = en;
	o->run = (uint64_t)json_integer_value(json_object_get(row, "run"));
	o->records = json_array();
	en->loading++;
	args = json_pack("{s:I}", "run", (json_int_t)o->run);
	store_query(en->store, "records", args, on_open_record, o);
	json_decref(args);
}

/* ---- devices ---- */

static void
on_profile(void *arg, const json_t *row, const char *error)
{
	struct waiting_device *w = arg;
	const char *text;
	char why[800];
	struct err e;

	if (row != NULL) {
		text = json_string_value(json_object_get(row, "text"));
		if (text != NULL &&
		    device_set(w->en, w->name, w->value, text, &e) == NULL)
			log_error("device %s: %s", w->name,
			    err_format(&e, why, sizeof(why)));
		return;
	}
	if (error != NULL)
		part_failed(w->en, error);
	else
		part_done(w->en);
	free(w->name);
	json_decref(w->value);
	free(w);
}

static void
load_open_runs(struct engine *en)
{
	json_t *args = json_pack("{s:b,s:i}", "open", 1, "limit", 1000);

	store_query(en->store, "runs", args, on_open_run, en);
	json_decref(args);
}

/* Open runs need their devices: asked for when the last device is there. */
static void
on_device(void *arg, const json_t *row, const char *error)
{
	struct engine *en = arg;
	struct waiting_device *w;
	const json_t *value;
	json_t *args;

	if (row == NULL) {
		if (error != NULL)
			part_failed(en, error);
		else
			load_open_runs(en); /* behind the profiles, in order */
		return;
	}
	value = json_object_get(row, "value");
	w = xcalloc(1, sizeof(*w));
	w->en = en;
	w->name = xstrdup(json_string_value(json_object_get(row, "name")));
	w->value = json_deep_copy(value);
	en->loading++;
	args = json_pack("{s:O}", "sha256", json_object_get(value, "profile"));
	store_query(en->store, "document", args, on_profile, w);
	json_decref(args);
}

/* ---- orders and samples ---- */

static void
on_registered(struct engine *en, const json_t *row, const char *error,
    void (*set)(struct orders *, const char *, const json_t *))
{
	if (row != NULL)
		set(en->orders, json_string_value(json_object_get(row, "name")),
		    json_object_get(row, "value"));
	else if (error != NULL)
		part_failed(en, error);
	else
		part_done(en);
}

static void
on_order(void *arg, const json_t *row, const char *error)
{
	on_registered(arg, row, error, orders_set);
}

static void
on_sample(void *arg, const json_t *row, const char *error)
{
	on_registered(arg, row, error, orders_set_sample);
}

static void
load_registry(struct engine *en, const char *kind, store_on_row *on_row)
{
	json_t *args = json_pack("{s:s}", "kind", kind);

	store_query(en->store, "registered", args, on_row, en);
	json_decref(args);
}

/* ---- manifests that a kill left without their signature ---- */

static void
on_late_signature(void *arg)
{
	part_done(arg);
}

static void
on_unsigned(void *arg, const json_t *row, const char *error)
{
	struct engine *en = arg;
	const json_t *record = json_object_get(row, "record");

	if (row != NULL) {
		en->loading++;
		publish_sign(en->publish,
		    (uint64_t)json_integer_value(json_object_get(row, "seq")),
		    json_string_value(json_object_get(row, "sha256")),
		    json_string_value(json_object_get(record, "signer")),
		    on_late_signature, en);
	} else if (error != NULL) {
		part_failed(en, error);
	} else {
		part_done(en);
	}
}

static void
on_last(void *arg, const json_t *row, const char *error)
{
	struct engine *en = arg;
	const char *manifest;

	if (row != NULL) {
		manifest = json_string_value(json_object_get(row, "manifest"));
		en->found_newest =
		    (uint64_t)json_integer_value(json_object_get(row, "seq"));
		journal_resume(en->journal,
		    (uint64_t)json_integer_value(json_object_get(row, "seq")),
		    manifest == NULL ? "" : manifest);
		return;
	}
	if (error != NULL) {
		part_failed(en, error);
		return;
	}
	en->loading += 3;
	store_query(en->store, "unsigned", NULL, on_unsigned, en);
	load_registry(en, "order", on_order);
	load_registry(en, "sample", on_sample);
	load_registry(en, "device", on_device);
}

void
engine_load(struct engine *en)
{
	if (en->loading > 0)
		return; /* its end will see to it */
	en->loading = 1;
	en->load_failed = false;
	store_query(en->store, "last", NULL, on_last, en);
}
