/*
 * control_methods: what each method of the control socket does.
 *
 * daemon/CONTROL.md describes them; the schema is generated from the table at
 * the end.  Methods that need the store answer when it has answered.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/action.h"
#include "daemon/control_status.h"
#include "daemon/device.h"
#include "daemon/engine.h"
#include "daemon/engine_probes.h"
#include "daemon/run.h"
#include "daemon/wire_frames.h"

#define CHUNK (256 * 1024) /* of evidence, a call */
#define QUEUE_MAX 1000

static const char *
text_of(const json_t *params, const char *name)
{
	return json_string_value(json_object_get(params, name));
}

static uint64_t
number_of(const json_t *params, const char *name)
{
	json_int_t v = json_integer_value(json_object_get(params, name));

	return v < 0 ? 0 : (uint64_t)v;
}

static bool
is_ready(const struct engine *en, struct control_call *c)
{
	if (en->ready && en->store_up)
		return true;
	control_refusef(c, CONTROL_UNAVAILABLE,
	    "the store does not answer: try again");
	return false;
}

static struct device *
device_of(struct engine *en, struct control_call *c, const json_t *params)
{
	const char *name = text_of(params, "device");
	struct device *d = device_find(en, name);
	char q[80];

	if (d == NULL)
		control_refusef(c, CONTROL_NOT_FOUND, "no device is called %s",
		    log_quote(name, strlen(name), q, sizeof(q)));
	return d;
}

/* ---- hello, status ---- */

static void
call_hello(void *arg, struct control_call *c, const json_t *params)
{
	struct engine *en = arg;

	(void)params;
	control_reply(c,
	    json_pack("{s:s,s:s,s:i,s:s}", "version", ASSAY_VERSION, "bench",
		en->conf->bench, "api", 1, "role",
		control_call_may_run(c) ? "run" : "view"));
}

static void
call_status(void *arg, struct control_call *c, const json_t *params)
{
	(void)params;
	control_reply(c, control_status(arg));
}

/* ---- devices ---- */

struct adding {
	struct engine *en;
	struct control_call *call;
	char *name, *text;
	json_t *value;
};

static void
on_added(void *arg, uint64_t seq, const char *error)
{
	struct adding *a = arg;
	struct device *d;
	struct err e;
	char mac[18];

	(void)seq;
	if (error != NULL) {
		control_refusef(a->call, CONTROL_UNAVAILABLE,
		    "the device is not stored: %s", error);
	} else {
		d = device_set(a->en, a->name, a->value, a->text, &e);
		if (d == NULL)
			control_refuse(a->call, CONTROL_REFUSED, &e);
		else
			control_reply(a->call,
			    json_pack("{s:s,s:s,s:s}", "device", d->name,
				"mac", mac_text(d->mac, mac), "sha256",
				d->profile->sha256));
	}
	free(a->name);
	free(a->text);
	json_decref(a->value);
	free(a);
}

/* The registry's row: what the caller said, checked, plus what follows. */
static json_t *
device_row(const json_t *params, const struct profile *profile)
{
	static const char *const copied[] = { "file", "segment", "order",
		"product", "sample", "mac" };
	json_t *o = json_object();
	size_t i;

	for (i = 0; i < sizeof(copied) / sizeof(copied[0]); i++)
		if (json_object_get(params, copied[i]) != NULL)
			json_object_set(
			    o, copied[i], json_object_get(params, copied[i]));
	if (json_object_get(o, "product") == NULL &&
	    profile->product_name[0] != '\0')
		json_object_set_new(
		    o, "product", json_string(profile->product_name));
	json_object_set_new(o, "profile", json_string(profile->sha256));
	return o;
}

/* A run under way goes on with the profile that it began with. */
static bool
is_in_use(const struct engine *en, const char *name)
{
	const struct run *run;

	TAILQ_FOREACH(run, &en->runs, entry)
		if (strcmp(run->device->name, name) == 0)
			return true;
	return false;
}

static void
call_device_add(void *arg, struct control_call *c, const json_t *params)
{
	struct engine *en = arg;
	const char *name = text_of(params, "name"),
		   *text = text_of(params, "profile"),
		   *file = text_of(params, "file"),
		   *segment = text_of(params, "segment");
	struct profile *profile;
	struct adding *a;
	struct err e;

	if (!is_ready(en, c))
		return;
	if (is_in_use(en, name)) {
		control_refusef(c, CONTROL_REFUSED,
		    "a run on this device is queued or under way");
		return;
	}
	profile = profile_parse(
	    text, strlen(text), file == NULL ? "profile" : file, &e);
	if (profile == NULL ||
	    device_check(en, name, segment, text_of(params, "mac"), profile,
		&e) == -1) {
		control_refuse(c, CONTROL_REFUSED, &e);
		profile_free(profile);
		return;
	}
	a = xcalloc(1, sizeof(*a));
	a->en = en;
	a->call = c;
	a->name = xstrdup(name);
	a->text = xstrdup(text);
	a->value = device_row(params, profile);
	store_put_document(en->store, profile->sha256, text, strlen(text),
	    NULL, NULL);
	store_register(en->store, "device", name, a->value, on_added, a);
	profile_free(profile);
}

static json_t *
device_json(const struct device *d)
{
	const struct participant *p = seg_find(d->seg, d->mac);
	const json_t *serial = json_object_get(
	    json_object_get(d->value, "sample"), "serial");
	json_t *o = json_object(), *addresses = json_array();
	char text[46];
	unsigned i;

	for (i = 0; p != NULL && i < p->naddresses; i++)
		json_array_append_new(addresses,
		    json_string(address_text(p->addresses[i].family,
			p->addresses[i].addr, text)));
	json_object_set_new(o, "name", json_string(d->name));
	json_object_set_new(o, "mac", json_string(mac_text(d->mac, text)));
	json_object_set_new(o, "segment", json_string(d->seg->conf->name));
	json_object_set_new(
	    o, "product", json_string(d->profile->product_name));
	json_object_set_new(o, "firmware", json_string(d->profile->firmware));
	json_object_set_new(o, "sample",
	    serial == NULL ? json_null() : json_deep_copy(serial));
	json_object_set_new(o, "addresses", addresses);
	json_object_set_new(
	    o, "up", json_boolean(p != NULL && p->naddresses > 0));
	return o;
}

static void
call_device_list(void *arg, struct control_call *c, const json_t *params)
{
	struct engine *en = arg;
	json_t *list = json_array();
	const struct device *d;

	(void)params;
	TAILQ_FOREACH(d, &en->devices, entry)
		json_array_append_new(list, device_json(d));
	control_reply(c, json_pack("{s:o}", "devices", list));
}

static void
call_device_show(void *arg, struct control_call *c, const json_t *params)
{
	const struct device *d = device_of(arg, c, params);
	json_t *o, *actions;
	const json_t *order;
	size_t i;

	if (d == NULL)
		return;
	o = device_json(d);
	actions = json_array();
	for (i = 0; i < d->profile->nactions; i++)
		json_array_append_new(
		    actions, json_string(d->profile->actions[i].name));
	order = json_object_get(d->value, "order");
	json_object_set_new(o, "profile", json_string(d->profile_text));
	json_object_set_new(o, "sha256", json_string(d->profile->sha256));
	json_object_set_new(
	    o, "order", order == NULL ? json_null() : json_deep_copy(order));
	json_object_set_new(o, "actions", actions);
	control_reply(c, o);
}

/* ---- runs ---- */

static void
start_run(struct engine *en, struct control_call *c, const json_t *params,
    const char *scenario, const char *file)
{
	struct run_request q;
	struct run *run;
	struct err e;
	size_t queued = 0;

	if (!is_ready(en, c))
		return;
	memset(&q, 0, sizeof(q));
	q.device = device_of(en, c, params);
	if (q.device == NULL)
		return;
	TAILQ_FOREACH(run, &en->runs, entry)
		queued++;
	if (queued >= QUEUE_MAX) {
		control_refusef(c, CONTROL_REFUSED,
		    "%zu runs wait already", queued);
		return;
	}
	q.scenario_text = scenario;
	q.file = file;
	q.order = text_of(params, "order");
	q.uid = control_call_uid(c);
	q.gid = control_call_gid(c);
	run = run_new(en, &q, &e);
	if (run == NULL)
		control_refuse(c, CONTROL_REFUSED, &e);
	else
		control_reply(c,
		    json_pack("{s:I}", "run", (json_int_t)run->chain.run));
}

static void
call_run_start(void *arg, struct control_call *c, const json_t *params)
{
	const char *file = text_of(params, "file");

	start_run(arg, c, params, text_of(params, "scenario"),
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
static void
call_probe_start(void *arg, struct control_call *c, const json_t *params)
{
	json_t *with = json_object_get(params, "params"), *value;
	const char *probe = text_of(params, "probe"), *name;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (f == NULL)
		fatal("probe.start: %s", strerror(errno));
	fputs("version: 1\nname: probe\nsteps:\n  - probe: ", f);
	put_quoted(f, probe);
	if (json_object_size(with) > 0)
		fputs("\n    with:", f);
	json_object_foreach(with, name, value)
	{
		fputs("\n      ", f);
		put_quoted(f, name);
		fputs(": ", f);
		put_quoted(f, json_is_string(value) ? json_string_value(value)
						    : "");
	}
	fputs("\n", f);
	fclose(f);
	start_run(arg, c, params, text, "probe");
	free(text);
}

struct listing {
	struct control_call *call;
	json_t *rows, *result;
	const char *key, *member; /* the row itself, or its member */
};

static void
on_listed(void *arg, const json_t *row, const char *error)
{
	struct listing *l = arg;
	json_t *o;

	if (row != NULL) {
		o = json_deep_copy(
		    l->member == NULL ? row : json_object_get(row, l->member));
		json_array_append_new(l->rows, o);
		return;
	}
	if (error != NULL) {
		control_refusef(l->call, CONTROL_UNAVAILABLE, "%s", error);
		json_decref(l->rows);
		json_decref(l->result);
	} else {
		json_object_set_new(l->result, l->key, l->rows);
		control_reply(l->call, l->result);
	}
	free(l);
}

/* Asks the store and answers the call with {key: [rows]} and what result has. */
static void
list_rows(struct engine *en, struct control_call *c, const char *query,
    json_t *args, const struct listing *shape)
{
	struct listing *l;

	if (!is_ready(en, c)) {
		json_decref(args);
		json_decref(shape->result);
		return;
	}
	l = xmemdup(shape, sizeof(*shape));
	l->call = c;
	l->rows = json_array();
	if (l->result == NULL)
		l->result = json_object();
	store_query(en->store, query, args, on_listed, l);
	json_decref(args);
}

static json_t *
args_from(const json_t *params, const char *const *names)
{
	json_t *args = json_object();
	size_t i;

	for (i = 0; names[i] != NULL; i++)
		if (json_object_get(params, names[i]) != NULL)
			json_object_set(
			    args, names[i], json_object_get(params, names[i]));
	return args;
}

static void
call_run_list(void *arg, struct control_call *c, const json_t *params)
{
	static const char *const names[] = { "limit", "before", "device",
		NULL };
	static const struct listing shape = { .key = "runs" };

	list_rows(arg, c, "runs", args_from(params, names), &shape);
}

static void
call_run_show(void *arg, struct control_call *c, const json_t *params)
{
	struct listing shape = { .key = "records", .member = "record" };
	const struct run *run = run_find(arg, number_of(params, "run"));
	json_t *args = json_object();

	json_object_set(args, "run", json_object_get(params, "run"));
	shape.result = json_pack("{s:O,s:o}", "run",
	    json_object_get(params, "run"), "state",
	    json_string(run == NULL ? "ended" : run_state_name(run->state)));
	list_rows(arg, c, "records", args, &shape);
}

static struct run *
run_of(struct engine *en, struct control_call *c, const json_t *params)
{
	struct run *run = run_find(en, number_of(params, "run"));

	if (run == NULL)
		control_refusef(c, CONTROL_NOT_FOUND,
		    "run %llu is not queued and not under way",
		    (unsigned long long)number_of(params, "run"));
	return run;
}

static void
call_run_cancel(void *arg, struct control_call *c, const json_t *params)
{
	struct run *run = run_of(arg, c, params);

	if (run == NULL)
		return;
	run_cancel(run);
	control_reply(
	    c, json_pack("{s:I}", "run", (json_int_t)run->chain.run));
}

static void
call_run_confirm(void *arg, struct control_call *c, const json_t *params)
{
	struct run *run = run_of(arg, c, params);
	const char *note = text_of(params, "note");
	bool done = json_is_true(json_object_get(params, "done"));

	if (run == NULL)
		return;
	if (run->action == NULL ||
	    (json_object_get(params, "step") != NULL &&
		number_of(params, "step") != run->step + 1) ||
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

/* ---- verdicts and their evidence ---- */

static void
call_verdict_list(void *arg, struct control_call *c, const json_t *params)
{
	static const char *const names[] = { "run", "device", "limit", NULL };
	static const struct listing shape = { .key = "verdicts",
		.member = "record" };

	list_rows(arg, c, "verdicts", args_from(params, names), &shape);
}

struct showing {
	struct engine *en;
	struct control_call *call;
	uint64_t seq, offset;
	bool evidence, answered;
};

static void
reply_chunk(struct showing *s, const json_t *record)
{
	const json_t *slice = json_object_get(record, "slice");
	const char *file = json_string_value(json_object_get(slice, "file"));
	json_int_t size = json_integer_value(json_object_get(slice, "size"));
	unsigned char *bytes, *text;
	ssize_t n;
	int fd, length;

	if (file == NULL) {
		control_refusef(s->call, CONTROL_NOT_FOUND,
		    "this verdict has no frames to show");
		return;
	}
	fd = openat(s->en->evidence_dir, file,
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1) {
		control_refusef(s->call, CONTROL_NOT_FOUND, "%s: %s", file,
		    strerror(errno));
		return;
	}
	bytes = xcalloc(1, CHUNK);
	n = pread(fd, bytes, CHUNK,
	    s->offset > INT64_MAX ? INT64_MAX : (off_t)s->offset);
	close(fd);
	if (n == -1) {
		control_refusef(s->call, CONTROL_UNAVAILABLE, "%s: %s", file,
		    strerror(errno));
		free(bytes);
		return;
	}
	text = xcalloc(1, (size_t)n / 3 * 4 + 8);
	length = EVP_EncodeBlock(text, bytes, (int)n);
	control_reply(s->call,
	    json_pack("{s:I,s:O,s:I,s:s#,s:b}", "size", size, "sha256",
		json_object_get(slice, "sha256"), "offset",
		(json_int_t)s->offset, "data", (const char *)text, length,
		"eof", (json_int_t)s->offset + n >= size));
	free(text);
	free(bytes);
}

static void
on_shown(void *arg, const json_t *row, const char *error)
{
	struct showing *s = arg;
	const json_t *record = json_object_get(row, "record");
	const char *type = json_string_value(json_object_get(record, "type"));

	if (row != NULL) {
		if (s->answered || type == NULL || strcmp(type, "verdict") != 0)
			return;
		s->answered = true;
		if (s->evidence)
			reply_chunk(s, record);
		else
			control_reply(s->call,
			    json_pack("{s:O,s:O,s:O}", "record", record,
				"sha256", json_object_get(row, "sha256"),
				"slice", json_object_get(record, "slice")));
		return;
	}
	if (!s->answered && error != NULL)
		control_refusef(s->call, CONTROL_UNAVAILABLE, "%s", error);
	else if (!s->answered)
		control_refusef(s->call, CONTROL_NOT_FOUND,
		    "record %llu is not a verdict", (unsigned long long)s->seq);
	free(s);
}

static void
show_verdict(struct engine *en, struct control_call *c, const json_t *params,
    bool evidence)
{
	struct showing *s;
	json_t *args;

	if (!is_ready(en, c))
		return;
	s = xcalloc(1, sizeof(*s));
	s->en = en;
	s->call = c;
	s->seq = number_of(params, "verdict");
	s->offset = number_of(params, "offset");
	s->evidence = evidence;
	args = json_pack("{s:I,s:I}", "from", (json_int_t)s->seq, "to",
	    (json_int_t)s->seq);
	store_query(en->store, "records", args, on_shown, s);
	json_decref(args);
}

static void
call_verdict_show(void *arg, struct control_call *c, const json_t *params)
{
	show_verdict(arg, c, params, false);
}

static void
call_evidence_read(void *arg, struct control_call *c, const json_t *params)
{
	show_verdict(arg, c, params, true);
}

/* ---- probes, the stream ---- */

struct asking_probes {
	struct engine *en;
	struct control_call *call;
	char *name; /* NULL: all */
};

static void
on_probes_known(void *arg)
{
	struct asking_probes *a = arg;
	const json_t *descriptor;
	const char *why;

	if (a->name == NULL) {
		control_reply(a->call,
		    json_pack("{s:o}", "probes", probes_list(a->en->probes)));
	} else {
		descriptor = probes_find(a->en->probes, a->name, &why);
		if (descriptor == NULL)
			control_refusef(
			    a->call, CONTROL_NOT_FOUND, "probe: %s", why);
		else
			control_reply(a->call, json_deep_copy(descriptor));
	}
	free(a->name);
	free(a);
}

static void
ask_probes(struct engine *en, struct control_call *c, const char *name)
{
	struct asking_probes *a = xcalloc(1, sizeof(*a));

	a->en = en;
	a->call = c;
	a->name = name == NULL ? NULL : xstrdup(name);
	probes_refresh(en->probes, on_probes_known, a);
}

static void
call_probe_list(void *arg, struct control_call *c, const json_t *params)
{
	(void)params;
	ask_probes(arg, c, NULL);
}

static void
call_probe_show(void *arg, struct control_call *c, const json_t *params)
{
	ask_probes(arg, c, text_of(params, "probe"));
}

static void
call_subscribe(void *arg, struct control_call *c, const json_t *params)
{
	if (is_ready(arg, c))
		control_subscribe(c, number_of(params, "from"),
		    number_of(params, "run"));
}

static void
call_schema(void *arg, struct control_call *c, const json_t *params)
{
	(void)arg;
	(void)params;
	control_reply(c, control_schema(control_methods));
}

#define PARAM(n, t, r, h) \
	{ .name = n, .type = t, .required = r, .help = h }
#define END { .name = NULL }

static const struct control_param device_add_params[] = {
	PARAM("name", CONTROL_STRING, true, "what the bench calls the sample"),
	PARAM("profile", CONTROL_STRING, true, "the profile's YAML text"),
	PARAM("file", CONTROL_STRING, false, "its file's name, for errors"),
	PARAM("mac", CONTROL_STRING, false, "instead of the profile's"),
	PARAM("segment", CONTROL_STRING, false, "when there are several"),
	PARAM("order", CONTROL_STRING, false, "the customer's order"),
	PARAM("product", CONTROL_STRING, false, "instead of the profile's"),
	PARAM("sample", CONTROL_OBJECT, false, "serial, condition, received"),
	END,
};
static const struct control_param device_params[] = {
	PARAM("device", CONTROL_STRING, true, "a device's name"),
	END,
};
static const struct control_param run_start_params[] = {
	PARAM("device", CONTROL_STRING, true, "a device's name"),
	PARAM("scenario", CONTROL_STRING, true, "the scenario's YAML text"),
	PARAM("file", CONTROL_STRING, false, "its file's name, for errors"),
	PARAM("order", CONTROL_STRING, false, "instead of the device's"),
	END,
};
static const struct control_param probe_start_params[] = {
	PARAM("device", CONTROL_STRING, true, "a device's name"),
	PARAM("probe", CONTROL_STRING, true, "a probe's name"),
	PARAM("params", CONTROL_OBJECT, false, "name: text, for the probe"),
	PARAM("order", CONTROL_STRING, false, "instead of the device's"),
	END,
};
static const struct control_param run_list_params[] = {
	PARAM("limit", CONTROL_INT, false, "at most so many, newest first"),
	PARAM("before", CONTROL_INT, false, "only runs before this one"),
	PARAM("device", CONTROL_STRING, false, "only of this device"),
	END,
};
static const struct control_param run_params[] = {
	PARAM("run", CONTROL_INT, true, "a run's number"),
	END,
};
static const struct control_param confirm_params[] = {
	PARAM("run", CONTROL_INT, true, "a run's number"),
	PARAM("step", CONTROL_INT, false, "only if it waits at this step"),
	PARAM("done", CONTROL_BOOL, true, "whether it was done"),
	PARAM("note", CONTROL_STRING, false, "for the record"),
	END,
};
static const struct control_param verdict_list_params[] = {
	PARAM("run", CONTROL_INT, false, "only of this run"),
	PARAM("device", CONTROL_STRING, false, "only of this device"),
	PARAM("limit", CONTROL_INT, false, "at most so many"),
	END,
};
static const struct control_param verdict_params[] = {
	PARAM("verdict", CONTROL_INT, true, "a verdict's number"),
	END,
};
static const struct control_param evidence_params[] = {
	PARAM("verdict", CONTROL_INT, true, "a verdict's number"),
	PARAM("offset", CONTROL_INT, true, "bytes into the slice"),
	END,
};
static const struct control_param probe_params[] = {
	PARAM("probe", CONTROL_STRING, true, "a probe's name"),
	END,
};
static const struct control_param subscribe_params[] = {
	PARAM("from", CONTROL_INT, false, "the first record wanted"),
	PARAM("run", CONTROL_INT, false, "only this run's"),
	END,
};

const struct control_method control_methods[] = {
	{ "hello", CONTROL_VIEW, NULL, "who is there, and what you may do",
	    call_hello },
	{ "status", CONTROL_VIEW, NULL, "segments, processes, queue, store",
	    call_status },
	{ "device.add", CONTROL_RUN, device_add_params,
	    "register a device, or give it a new profile", call_device_add },
	{ "device.list", CONTROL_VIEW, NULL, "all devices", call_device_list },
	{ "device.show", CONTROL_VIEW, device_params,
	    "one device with its profile", call_device_show },
	{ "run.start", CONTROL_RUN, run_start_params,
	    "queue a scenario on a device", call_run_start },
	{ "probe.start", CONTROL_RUN, probe_start_params,
	    "queue one probe on a device", call_probe_start },
	{ "run.list", CONTROL_VIEW, run_list_params, "runs, newest first",
	    call_run_list },
	{ "run.show", CONTROL_VIEW, run_params, "all records of a run",
	    call_run_show },
	{ "run.cancel", CONTROL_RUN, run_params, "end a run early",
	    call_run_cancel },
	{ "run.confirm", CONTROL_RUN, confirm_params,
	    "a person has, or has not, done the action", call_run_confirm },
	{ "verdict.list", CONTROL_VIEW, verdict_list_params, "verdicts",
	    call_verdict_list },
	{ "verdict.show", CONTROL_VIEW, verdict_params, "one verdict",
	    call_verdict_show },
	{ "evidence.read", CONTROL_VIEW, evidence_params,
	    "a piece of a verdict's slice", call_evidence_read },
	{ "probe.list", CONTROL_VIEW, NULL, "the probes there are",
	    call_probe_list },
	{ "probe.show", CONTROL_VIEW, probe_params, "one probe",
	    call_probe_show },
	{ "subscribe", CONTROL_VIEW, subscribe_params,
	    "every record from a number on, for ever", call_subscribe },
	{ "schema", CONTROL_VIEW, NULL, "the JSON Schema of all this",
	    call_schema },
	{ .name = NULL },
};
