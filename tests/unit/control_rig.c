/*
 * control_rig: a control socket whose methods and store are the test's.
 */
#include "tests/unit/control_rig.h"

#include "daemon/control/control.h"
#include <check.h>
#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <event2/event.h>
#include "base/alloc.h"
#include "base/log.h"
#include "daemon/control/control_internal.h"

struct control_rig control_rig;

/* ---- the methods ---- */

static void
call_echo(void *engine, struct control_call *c, const json_t *params)
{
	struct control_rig *b = engine;

	b->calls++;
	control_reply(
	    c, json_pack("{s:O}", "said", json_object_get(params, "text")));
}

static void
call_hold(void *engine, struct control_call *c, const json_t *params)
{
	struct control_rig *b = engine;

	(void)params;
	b->calls++;
	ck_assert_uint_lt(b->nheld, 64);
	b->held[b->nheld++] = c;
}

static void
call_refuse(void *engine, struct control_call *c, const json_t *params)
{
	struct err e;

	(void)engine;
	(void)params;
	err_set_at(&e, "a.yaml", 3, 7, "expected a \x1b number");
	control_refuse(c, CONTROL_REFUSED, &e);
}

static void
call_large(void *engine, struct control_call *c, const json_t *params)
{
	json_int_t n = json_integer_value(json_object_get(params, "size"));
	char *s = xcalloc((size_t)n + 1, 1);

	(void)engine;
	memset(s, 'x', (size_t)n);
	control_reply(c, json_pack("{s:s}", "x", s));
	free(s);
}

static void
call_who(void *engine, struct control_call *c, const json_t *params)
{
	(void)engine;
	(void)params;
	control_reply(c,
	    json_pack("{s:I, s:I}", "uid", (json_int_t)control_call_uid(c),
		"gid", (json_int_t)control_call_gid(c)));
}

uint64_t
control_rig_number(const json_t *params, const char *name)
{
	return (uint64_t)json_integer_value(json_object_get(params, name));
}

static void
call_subscribe(void *engine, struct control_call *c, const json_t *params)
{
	(void)engine;
	control_subscribe(c, control_rig_number(params, "from"),
	    control_rig_number(params, "run"));
}

static const struct control_param echo_params[] = {
	{ "text", CONTROL_STRING, true, "what comes back" },
	{ "times", CONTROL_INT, false, "how often" },
	{ "loud", CONTROL_BOOL, false, NULL },
	{ "extra", CONTROL_OBJECT, false, NULL },
	{ .name = NULL },
};
static const struct control_param large_params[] = {
	{ "size", CONTROL_INT, true, "bytes" },
	{ .name = NULL },
};
static const struct control_param subscribe_params[] = {
	{ "from", CONTROL_INT, false, NULL },
	{ "run", CONTROL_INT, false, NULL },
	{ .name = NULL },
};
const struct control_method control_rig_methods[] = {
	{ "echo", CONTROL_VIEW, echo_params, "says it again", call_echo },
	{ "hold", CONTROL_VIEW, NULL, NULL, call_hold },
	{ "refuse", CONTROL_VIEW, NULL, NULL, call_refuse },
	{ "large", CONTROL_VIEW, large_params, NULL, call_large },
	{ "who", CONTROL_RUN, NULL, NULL, call_who },
	{ "subscribe", CONTROL_VIEW, subscribe_params, NULL, call_subscribe },
	{ .name = NULL },
};

/* ---- the store ---- */

/* Odd records are of run 1, even ones of run 2. */
static uint64_t
run_of(uint64_t seq)
{
	return seq % 2 == 1 ? 1 : 2;
}

static json_t *
record_of(uint64_t seq)
{
	char *pad = xcalloc(control_rig.pad + 1, 1);
	json_t *o;

	memset(pad, 'p', control_rig.pad);
	o = json_pack("{s:I, s:s}", "n", (json_int_t)seq, "pad", pad);
	free(pad);
	return o;
}

void
control_rig_answer_replay(void)
{
	struct control_replay *r = control_rig.replay;
	uint64_t seq;

	control_rig.replay = NULL;
	for (seq = control_rig.replay_from;
	     seq <= control_rig.replay_to && seq <= control_rig.stored; seq++) {
		json_t *o;

		if (control_rig.replay_run != 0 &&
		    control_rig.replay_run != run_of(seq))
			continue;
		o = record_of(seq);
		control_replay_record(r, seq, "00ff", o);
		json_decref(o);
	}
	control_replay_end(r, control_rig.replay_error);
}

static void
on_replay(void *engine, struct control_replay *r, uint64_t from, uint64_t to,
    uint64_t run)
{
	(void)engine;
	ck_assert_ptr_null(control_rig.replay);
	ck_assert_uint_le(to, INT64_MAX);
	control_rig.replay = r;
	control_rig.replay_from = from;
	control_rig.replay_to = to;
	control_rig.replay_run = run;
	control_rig.replays++;
	if (!control_rig.is_late)
		control_rig_answer_replay();
}

void
control_rig_publish(void)
{
	uint64_t seq = ++control_rig.stored;
	json_t *o = record_of(seq);

	control_publish_record(
	    control_rig.control, seq, run_of(seq), "00ff", o);
	json_decref(o);
}

/* ---- the fixture ---- */

void
control_rig_set_up(void)
{
	int fd;

	memset(&control_rig, 0, sizeof(control_rig));
	log_init("check", LOG_LEVEL_ERROR);
	snprintf(control_rig.dir, sizeof(control_rig.dir),
	    "/tmp/check_control.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(control_rig.dir));
	chmod(control_rig.dir, 0755);
	control_rig.addr.sun_family = AF_UNIX;
	snprintf(control_rig.addr.sun_path, sizeof(control_rig.addr.sun_path),
	    "%s/sock", control_rig.dir);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&control_rig.addr,
			     sizeof(control_rig.addr)),
	    0);
	chmod(control_rig.addr.sun_path, 0666);
	ck_assert_int_eq(listen(fd, 128), 0);
	control_rig.base = event_base_new();
	/* The test's own group may run, so that it needs no root. */
	control_rig.control = control_new(control_rig.base, fd,
	    control_rig_methods, getuid() == 0 ? RUN_GID : (int64_t)getgid(),
	    VIEW_GID, &control_rig);
	control_set_replay(control_rig.control, on_replay);
}

void
control_rig_tear_down(void)
{
	size_t i;

	control_free(control_rig.control);
	for (i = 0; i < control_rig.nheld; i++)
		control_reply(control_rig.held[i], json_object());
	if (control_rig.replay != NULL)
		control_replay_end(control_rig.replay, NULL);
	event_base_free(control_rig.base);
	unlink(control_rig.addr.sun_path);
	rmdir(control_rig.dir);
}

uint64_t
control_rig_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

int
control_rig_dial(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(connect(fd, (const struct sockaddr *)&control_rig.addr,
			     sizeof(control_rig.addr)),
	    0);
	return fd;
}

/* Lets the daemon's side do what it can do at once. */
void
control_rig_turn(void)
{
	int i;

	for (i = 0; i < 8; i++)
		event_base_loop(control_rig.base, EVLOOP_NONBLOCK);
}

void
control_rig_put(int fd, const char *bytes, size_t size)
{
	uint64_t end = control_rig_now_ms() + LIMIT_MS;
	ssize_t n;

	while (size > 0 && control_rig_now_ms() < end) {
		n = send(fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n == -1 && errno != EAGAIN)
			return; /* the daemon has ended it */
		if (n > 0) {
			bytes += n;
			size -= (size_t)n;
		}
		control_rig_turn();
	}
	ck_assert_uint_eq(size, 0);
}

void
control_rig_say(int fd, const char *line)
{
	control_rig_put(fd, line, strlen(line));
	control_rig_put(fd, "\n", 1);
}

/* Up to and with a newline; 0: the end. */
static size_t
take_some(int fd, char *out, size_t size)
{
	uint64_t end = control_rig_now_ms() + LIMIT_MS;
	const char *newline;
	ssize_t n;

	while (control_rig_now_ms() < end) {
		n = recv(fd, out, size, MSG_DONTWAIT | MSG_PEEK);
		if (n > 0) {
			newline = memchr(out, '\n', (size_t)n);
			if (newline != NULL)
				n = newline + 1 - out;
			return (size_t)recv(fd, out, (size_t)n, MSG_DONTWAIT);
		}
		if (n == 0 || errno != EAGAIN)
			return 0;
		event_base_loop(control_rig.base, EVLOOP_NONBLOCK);
	}
	ck_abort_msg("nothing came");
	return 0;
}

/* The next line as JSON, or NULL at the end of the connection. */
json_t *
control_rig_take(int fd)
{
	static char line[CONTROL_LINE_MAX + 4096];
	size_t n = 0, more;
	json_t *o;

	do {
		ck_assert_uint_lt(n, sizeof(line));
		more = take_some(fd, line + n, sizeof(line) - n);
		n += more;
	} while (more > 0 && line[n - 1] != '\n');
	if (more > 0) {
		o = json_loadb(line, n, 0, NULL);
		ck_assert_msg(o != NULL, "%.*s", (int)n, line);
		return o;
	}
	ck_assert_msg(n == 0, "half a line: %.*s", (int)n, line);
	return NULL;
}

bool
control_rig_is_silent(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	control_rig_turn();
	return poll(&p, 1, 0) == 0;
}

int
control_rig_error_code(const json_t *o)
{
	return (int)json_integer_value(
	    json_object_get(json_object_get(o, "error"), "code"));
}

const char *
control_rig_error_text(const json_t *o)
{
	const char *s = json_string_value(
	    json_object_get(json_object_get(o, "error"), "message"));

	return s == NULL ? "" : s;
}

void
control_rig_expect_error(int fd, int code, const char *text)
{
	json_t *o = control_rig_take(fd);

	ck_assert_ptr_nonnull(o);
	ck_assert_int_eq(control_rig_error_code(o), code);
	ck_assert_msg(strstr(control_rig_error_text(o), text) != NULL, "%s",
	    control_rig_error_text(o));
	json_decref(o);
}

void
control_rig_expect_end(int fd)
{
	json_t *o = control_rig_take(fd);

	ck_assert_ptr_null(o);
}

/* The next line is record seq. */
void
control_rig_expect_record(int fd, uint64_t seq)
{
	json_t *o = control_rig_take(fd), *p;

	ck_assert_ptr_nonnull(o);
	p = json_object_get(o, "params");
	ck_assert_uint_eq(control_rig_number(p, "seq"), seq);
	ck_assert_uint_eq(
	    control_rig_number(json_object_get(p, "record"), "n"), seq);
	ck_assert_str_eq(
	    json_string_value(json_object_get(o, "method")), "record");
	json_decref(o);
}

void
control_rig_expect_from(int fd, uint64_t from)
{
	json_t *o = control_rig_take(fd);

	ck_assert_uint_eq(
	    control_rig_number(json_object_get(o, "result"), "from"), from);
	json_decref(o);
}

int
control_rig_subscribe(uint64_t from, uint64_t run)
{
	char line[160];
	int fd = control_rig_dial();

	snprintf(line, sizeof(line),
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\","
	    "\"params\":{\"from\":%llu,\"run\":%llu}}",
	    (unsigned long long)from, (unsigned long long)run);
	control_rig_say(fd, line);
	return fd;
}
