/*
 * client_bench: a bench that plays a script, for tests of the client.
 */
#include "tests/unit/client_bench.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>
#include <openssl/evp.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "base/log.h"
#include "daemon/control/control.h"

#define RUN 10
#define SLICE_SIZE 300000

static struct {
	struct event_base *base;
	struct control *control;
	struct event *next;
	char path[108];
	char device[64];
	int refusals;    /* of subscriptions to come: its store is not up yet */
	json_t *records; /* {seq, record}: durable */
	json_t *script;  /* records to come */
	unsigned char slice[SLICE_SIZE];
	char sha256[SHA256_HEX_SIZE];
} bench;

static const char *
say(const char *polite)
{
	return strcmp(bench.device, "hostile") == 0 ? CLIENT_BENCH_HOSTILE
						    : polite;
}

/* Takes over fields. */
static void
script(const char *type, json_t *fields)
{
	json_object_set_new(fields, "type", json_string(type));
	json_object_set_new(fields, "run", json_integer(RUN));
	json_object_set_new(fields, "time", json_integer(1795406400000000000));
	json_object_set_new(fields, "seq",
	    json_integer((json_int_t)(RUN + json_array_size(bench.script))));
	json_array_append_new(bench.script, fields);
}

static json_t *
verdict(const char *check, const char *word, const char *reason)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:{s:s, s:i},"
			 " s:{s:s, s:i}, s:i, s:{s:s, s:i, s:s}, s:[]}",
	    "check", say(check), "claim", say("completeness"), "verdict",
	    say(word), "said", say("pass"), "reason", say(reason), "values",
	    "ports", say("2323"), "count", 1, "subject", "addr",
	    say("10.77.0.10"), "port", 0, "frames", 4, "slice", "file",
	    say("10/14.pcapng"), "size", SLICE_SIZE, "sha256", bench.sha256,
	    "lowered");
}

static void
script_verdicts(void)
{
	json_t *v;

	if (strcmp(bench.device, "bad") == 0) {
		script("verdict",
		    verdict("NET-01", "fail", "tcp.undeclared_open"));
	} else if (strcmp(bench.device, "inconc") == 0) {
		v = verdict("NET-01", "inconc", "tcp.ports_as_declared");
		json_array_append_new(
		    json_object_get(v, "lowered"), json_string("link_lost"));
		script("verdict", v);
	} else {
		v = verdict("NET-01", "pass", "tcp.ports_as_declared");
		if (strcmp(bench.device, "hostile") == 0)
			json_array_append_new(json_object_get(v, "lowered"),
			    json_string(CLIENT_BENCH_HOSTILE));
		script("verdict", v);
	}
}

static int
exit_of(const char *device)
{
	if (strcmp(device, "bad") == 0)
		return 1;
	return strcmp(device, "inconc") == 0 ? 2 : 0;
}

static void
script_run(void)
{
	json_t *manifest;

	script("run",
	    json_pack("{s:s, s:s, s:{s:s}, s:i}", "device", say(bench.device),
		"segment", say("wired0"), "scenario", "name", say("baseline"),
		"steps", 1));
	script("canary", json_pack("{s:b, s:[]}", "good", 1, "facts"));
	script("job",
	    json_pack("{s:i, s:s, s:[{s:s}]}", "step", 1, "probe",
		say("tcp.ports"), "targets", "addr", say("10.77.0.10")));
	script(
	    "observed", json_pack("{s:[], s:[]}", "observations", "controls"));
	script_verdicts();
	script("jobend",
	    json_pack("{s:i, s:s, s:s, s:s}", "job", 12, "outcome", say("done"),
		"reason", say(""), "last_words", say("")));
	script("event",
	    json_pack("{s:s, s:s, s:s}", "what", say("health"), "code",
		say("device_down"), "detail", say("no echo")));
	if (strcmp(bench.device, "endless") == 0)
		return;
	manifest = json_pack("{s:s, s:s, s:i, s:{s:i}, s:[{s:s, s:i, s:i}]}",
	    "outcome", say("complete"), "head", say("abcd"), "records", 7,
	    "verdicts", "pass", 1, "captures", "file", say("000001.pcapng"),
	    "frames", 131000, "dropped", 0);
	if (strcmp(bench.device, "torn") != 0)
		json_object_set_new(
		    manifest, "exit", json_integer(exit_of(bench.device)));
	script("manifest", manifest);
}

static void
words(void)
{
	json_t *w;

	w = json_pack("{s:i, s:i, s:i, s:s, s:i, s:i, s:s}", "run", RUN, "step",
	    1, "job", 12, "probe", say("tcp.ports"), "done", 31000, "total",
	    65535, "what", say("ports asked"));
	control_publish_word(bench.control, "progress", RUN, w);
	json_decref(w);
	w = json_pack("{s:i, s:s, s:s}", "run", RUN, "probe", say("tcp.ports"),
	    "line", say("a word from the probe"));
	control_publish_word(bench.control, "log", RUN, w);
	json_decref(w);
	if (strcmp(bench.device, "person") != 0 &&
	    strcmp(bench.device, "hostile") != 0)
		return;
	w = json_pack("{s:i, s:i, s:s, s:s, s:i}", "run", RUN, "step", 1,
	    "action", say("power.cycle"), "prompt", say("press the button"),
	    "limit_ms", 60000);
	control_publish_word(bench.control, "prompt", RUN, w);
	json_decref(w);
}

static void listen_again(void);

static void
on_next(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval pause = { 0, 10000 };
	json_t *record = json_array_get(bench.script, 0);
	json_int_t seq;

	(void)fd;
	(void)what;
	(void)arg;
	if (record == NULL)
		return;
	seq = json_integer_value(json_object_get(record, "seq"));
	if (seq == RUN + 4)
		words();
	if (seq == RUN + 5 && strcmp(bench.device, "cut") == 0) {
		control_free(bench.control);
		bench.refusals = 2;
		listen_again();
	}
	json_array_append(bench.records, record);
	json_array_remove(bench.script, 0);
	record =
	    json_array_get(bench.records, json_array_size(bench.records) - 1);
	control_publish_record(bench.control, (uint64_t)seq, RUN, "00", record);
	event_add(bench.next, &pause);
}

static void
on_replay(void *engine, struct control_replay *r, uint64_t from, uint64_t to,
    uint64_t run)
{
	json_t *record;
	size_t i;
	uint64_t seq;

	(void)engine;
	(void)run;
	json_array_foreach (bench.records, i, record) {
		seq = (uint64_t)json_integer_value(
		    json_object_get(record, "seq"));
		if (seq >= from && seq <= to)
			control_replay_record(r, seq, "00", record);
	}
	control_replay_end(r, NULL);
}

/* ---- methods ---- */

static void
call_start(void *engine, struct control_call *c, const json_t *params)
{
	static const struct timeval soon = { 0, 1000 };
	const char *device =
	    json_string_value(json_object_get(params, "device"));
	struct err e;

	(void)engine;
	if (strcmp(device, "nobody") == 0) {
		control_refusef(
		    c, CONTROL_NOT_FOUND, "there is no device nobody");
		return;
	}
	if (strcmp(device, "wrong") == 0) {
		err_set_at(&e, CLIENT_BENCH_HOSTILE, 4, 9, "unknown key %s",
		    CLIENT_BENCH_HOSTILE);
		control_refuse(c, CONTROL_REFUSED, &e);
		return;
	}
	if (strcmp(device, "busy") == 0) {
		control_refusef(c, CONTROL_UNAVAILABLE, "segment is down");
		return;
	}
	snprintf(bench.device, sizeof(bench.device), "%s", device);
	script_run();
	control_reply(c, json_pack("{s:i}", "run", RUN));
	event_add(bench.next, &soon);
}

static void
call_subscribe(void *engine, struct control_call *c, const json_t *params)
{
	(void)engine;
	if (bench.refusals > 0) {
		bench.refusals--;
		control_refusef(c, CONTROL_UNAVAILABLE,
		    "the store does not answer: try again");
		return;
	}
	control_subscribe(c,
	    (uint64_t)json_integer_value(json_object_get(params, "from")),
	    (uint64_t)json_integer_value(json_object_get(params, "run")));
}

static void
call_run(void *engine, struct control_call *c, const json_t *params)
{
	(void)engine;
	control_reply(
	    c, json_pack("{s:O}", "run", json_object_get(params, "run")));
}

static void
call_show_verdict(void *engine, struct control_call *c, const json_t *params)
{
	json_int_t n = json_integer_value(json_object_get(params, "verdict"));

	(void)engine;
	if (n == 99) {
		control_refusef(c, CONTROL_NOT_FOUND, "no verdict 99");
		return;
	}
	/* 15 has other bytes than the record says, 16 fewer. */
	control_reply(c,
	    json_pack("{s:{s:{s:s, s:i, s:s}}}", "record", "slice", "file",
		"10/14.pcapng", "size", n == 16 ? SLICE_SIZE + 7 : SLICE_SIZE,
		"sha256",
		n == 15 ? "0000000000000000000000000000000000000000000000000"
			  "000000000000000"
			: bench.sha256));
}

static void
call_evidence(void *engine, struct control_call *c, const json_t *params)
{
	json_int_t at = json_integer_value(json_object_get(params, "offset"));
	size_t n = SLICE_SIZE - (size_t)at;
	unsigned char *text;
	json_t *o;

	(void)engine;
	if (n > 262144)
		n = 262144;
	text = xcalloc(n / 3 * 4 + 8, 1);
	EVP_EncodeBlock(text, bench.slice + at, (int)n);
	o = json_pack("{s:i, s:s, s:I, s:s, s:b}", "size", SLICE_SIZE, "sha256",
	    bench.sha256, "offset", at, "data", (const char *)text, "eof",
	    (size_t)at + n == SLICE_SIZE);
	free(text);
	control_reply(c, o);
}

/* One answer for all that list and show, full of hostile strings. */
static json_t *
hostile_answer(void)
{
	const char *h = CLIENT_BENCH_HOSTILE;
	json_t *a = json_pack("[s, s]", h, h), *d, *o, *v, *names;

	snprintf(bench.device, sizeof(bench.device), "hostile");
	d = json_pack("{s:s, s:s, s:s, s:s, s:s, s:O, s:s, s:s, s:s, s:s}",
	    "name", h, "mac", h, "segment", h, "product", h, "firmware", h,
	    "addresses", a, "up", h, "device", h, "title", h, "impact", h);
	o = json_deep_copy(d);
	json_object_set_new(o, "profile", json_string(h));
	json_object_set(o, "actions", a);
	json_object_set_new(o, "sample", json_pack("{s:s}", h, h));
	json_object_set_new(o, "devices", json_pack("[O]", d));
	names =
	    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "name", h, "type",
		h, "help", h, "default", h, "code", h, "values", h, "unit", h);
	json_object_set_new(o, "params", json_pack("[O]", names));
	json_object_set_new(o, "observations", json_pack("[O]", names));
	json_object_set_new(o, "reasons", json_pack("[O]", names));
	json_decref(names);
	json_object_set_new(
	    d, "claims", json_pack("[{s:s, s:s}]", "check", h, "kind", h));
	json_object_set_new(
	    o, "claims", json_pack("[{s:s, s:s}]", "check", h, "kind", h));
	json_object_set_new(o, "probes", json_pack("[O]", d));
	json_object_set_new(o, "runs",
	    json_pack("[{s:i, s:i, s:s, s:s, s:s, s:{s:i}}]", "run", 10, "time",
		5, "device", h, "scenario", h, "outcome", h, "verdicts", "pass",
		2));
	v = verdict("", "", "");
	json_object_set_new(o, "verdicts", json_pack("[o]", v));
	json_object_set_new(o, "bench", json_string(h));
	json_object_set_new(o, "version", json_string(h));
	json_object_set_new(o, "segments",
	    json_pack("[{s:s, s:s, s:s, s:O, s:{s:s, s:s}, s:{s:s},"
		      " s:[{s:s, s:s, s:O, s:s, s:s}]}]",
		"name", h, "why", h, "interface", h, "addresses", a, "capture",
		"file", h, "position", h, "services", "detail", h,
		"participants", "mac", h, "role", h, "addresses", a, "how", h,
		"host", h));
	json_object_set_new(o, "queue",
	    json_pack(
		"[{s:s, s:s, s:s}]", "device", h, "scenario", h, "state", h));
	json_decref(d);
	json_decref(a);
	return o;
}

static void
call_hostile(void *engine, struct control_call *c, const json_t *params)
{
	(void)engine;
	(void)params;
	control_reply(c, hostile_answer());
}

static const struct control_param any_params[] = {
	{ "device", CONTROL_STRING, false, NULL },
	{ "scenario", CONTROL_STRING, false, NULL },
	{ "file", CONTROL_STRING, false, NULL },
	{ "order", CONTROL_STRING, false, NULL },
	{ "name", CONTROL_STRING, false, NULL },
	{ "profile", CONTROL_STRING, false, NULL },
	{ "mac", CONTROL_STRING, false, NULL },
	{ "segment", CONTROL_STRING, false, NULL },
	{ "product", CONTROL_STRING, false, NULL },
	{ "sample", CONTROL_OBJECT, false, NULL },
	{ "probe", CONTROL_STRING, false, NULL },
	{ "params", CONTROL_OBJECT, false, NULL },
	{ "run", CONTROL_INT, false, NULL },
	{ "from", CONTROL_INT, false, NULL },
	{ "limit", CONTROL_INT, false, NULL },
	{ "before", CONTROL_INT, false, NULL },
	{ "verdict", CONTROL_INT, false, NULL },
	{ "offset", CONTROL_INT, false, NULL },
	{ "step", CONTROL_INT, false, NULL },
	{ "done", CONTROL_BOOL, false, NULL },
	{ "note", CONTROL_STRING, false, NULL },
	{ .name = NULL },
};

static const struct control_method methods[] = {
	{ "run.start", CONTROL_RUN, any_params, NULL, call_start },
	{ "probe.start", CONTROL_RUN, any_params, NULL, call_start },
	{ "run.cancel", CONTROL_RUN, any_params, NULL, call_run },
	{ "run.confirm", CONTROL_RUN, any_params, NULL, call_run },
	{ "subscribe", CONTROL_VIEW, any_params, NULL, call_subscribe },
	{ "verdict.show", CONTROL_VIEW, any_params, NULL, call_show_verdict },
	{ "evidence.read", CONTROL_VIEW, any_params, NULL, call_evidence },
	{ "device.add", CONTROL_RUN, any_params, NULL, call_hostile },
	{ "device.list", CONTROL_VIEW, any_params, NULL, call_hostile },
	{ "device.show", CONTROL_VIEW, any_params, NULL, call_hostile },
	{ "run.list", CONTROL_VIEW, any_params, NULL, call_hostile },
	{ "verdict.list", CONTROL_VIEW, any_params, NULL, call_hostile },
	{ "probe.list", CONTROL_VIEW, any_params, NULL, call_hostile },
	{ "probe.show", CONTROL_VIEW, any_params, NULL, call_hostile },
	{ "status", CONTROL_VIEW, any_params, NULL, call_hostile },
	{ .name = NULL },
};

/* ---- its life ---- */

static int
listen_on(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	unlink(path);
	if (bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) == -1 ||
	    listen(fd, 8) == -1)
		fatal("client bench: cannot listen on %s", path);
	return fd;
}

static void
serve(int fd)
{
	bench.control =
	    control_new(bench.base, fd, methods, (int64_t)getgid(), -1, &bench);
	control_set_replay(bench.control, on_replay);
}

static void
listen_again(void)
{
	serve(listen_on(bench.path));
}

static void
live(int fd)
{
	size_t i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	log_init("client bench", LOG_LEVEL_ERROR);
	for (i = 0; i < SLICE_SIZE; i++)
		bench.slice[i] = (unsigned char)(i * 7 + i / 251);
	sha256_hex(bench.slice, SLICE_SIZE, bench.sha256);
	bench.records = json_array();
	bench.script = json_array();
	bench.base = event_base_new();
	bench.next = evtimer_new(bench.base, on_next, NULL);
	serve(fd);
	event_base_dispatch(bench.base);
	_exit(1);
}

pid_t
client_bench_start(const char *socket_path)
{
	int fd = listen_on(socket_path);
	pid_t pid;

	snprintf(bench.path, sizeof(bench.path), "%s", socket_path);
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		live(fd);
	close(fd);
	return pid;
}

void
client_bench_stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
