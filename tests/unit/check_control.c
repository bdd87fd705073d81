/*
 * check_control: the control socket against clients of every manner.
 *
 * The real socket, the real event loop, a method table of the test's own; the
 * records come from a small store in memory that answers late when told to.
 */
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

#define LIMIT_MS 20000
#define RUN_GID 61001
#define VIEW_GID 61002

struct bench {
	struct event_base *base;
	struct control *control;
	char dir[64];
	struct sockaddr_un addr;
	struct control_call *held[64];
	size_t nheld;
	unsigned calls;
	/* The store: records 1 to `stored`, each with `pad` bytes. */
	uint64_t stored;
	size_t pad;
	bool is_late; /* keep replays until the test answers them */
	struct control_replay *replay;
	uint64_t replay_from, replay_to, replay_run;
	unsigned replays;
	const char *replay_error;
};

static struct bench bench;

/* ---- the methods ---- */

static void
call_echo(void *engine, struct control_call *c, const json_t *params)
{
	struct bench *b = engine;

	b->calls++;
	control_reply(
	    c, json_pack("{s:O}", "said", json_object_get(params, "text")));
}

static void
call_hold(void *engine, struct control_call *c, const json_t *params)
{
	struct bench *b = engine;

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

static uint64_t
number(const json_t *params, const char *name)
{
	return (uint64_t)json_integer_value(json_object_get(params, name));
}

static void
call_subscribe(void *engine, struct control_call *c, const json_t *params)
{
	(void)engine;
	control_subscribe(c, number(params, "from"), number(params, "run"));
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
static const struct control_method methods[] = {
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
	char *pad = xcalloc(bench.pad + 1, 1);
	json_t *o;

	memset(pad, 'p', bench.pad);
	o = json_pack("{s:I, s:s}", "n", (json_int_t)seq, "pad", pad);
	free(pad);
	return o;
}

static void
answer_replay(void)
{
	struct control_replay *r = bench.replay;
	uint64_t seq;

	bench.replay = NULL;
	for (seq = bench.replay_from;
	     seq <= bench.replay_to && seq <= bench.stored; seq++) {
		json_t *o;

		if (bench.replay_run != 0 && bench.replay_run != run_of(seq))
			continue;
		o = record_of(seq);
		control_replay_record(r, seq, "00ff", o);
		json_decref(o);
	}
	control_replay_end(r, bench.replay_error);
}

static void
on_replay(void *engine, struct control_replay *r, uint64_t from, uint64_t to,
    uint64_t run)
{
	(void)engine;
	ck_assert_ptr_null(bench.replay);
	ck_assert_uint_le(to, INT64_MAX);
	bench.replay = r;
	bench.replay_from = from;
	bench.replay_to = to;
	bench.replay_run = run;
	bench.replays++;
	if (!bench.is_late)
		answer_replay();
}

static void
publish(void)
{
	uint64_t seq = ++bench.stored;
	json_t *o = record_of(seq);

	control_publish_record(bench.control, seq, run_of(seq), "00ff", o);
	json_decref(o);
}

/* ---- the fixture ---- */

static void
set_up(void)
{
	int fd;

	memset(&bench, 0, sizeof(bench));
	log_init("check", LOG_LEVEL_ERROR);
	snprintf(bench.dir, sizeof(bench.dir), "/tmp/check_control.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(bench.dir));
	chmod(bench.dir, 0755);
	bench.addr.sun_family = AF_UNIX;
	snprintf(bench.addr.sun_path, sizeof(bench.addr.sun_path), "%s/sock",
	    bench.dir);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(
	    bind(fd, (const struct sockaddr *)&bench.addr, sizeof(bench.addr)),
	    0);
	chmod(bench.addr.sun_path, 0666);
	ck_assert_int_eq(listen(fd, 128), 0);
	bench.base = event_base_new();
	/* The test's own group may run, so that it needs no root. */
	bench.control = control_new(bench.base, fd, methods,
	    getuid() == 0 ? RUN_GID : (int64_t)getgid(), VIEW_GID, &bench);
	control_set_replay(bench.control, on_replay);
}

static void
tear_down(void)
{
	size_t i;

	control_free(bench.control);
	for (i = 0; i < bench.nheld; i++)
		control_reply(bench.held[i], json_object());
	if (bench.replay != NULL)
		control_replay_end(bench.replay, NULL);
	event_base_free(bench.base);
	unlink(bench.addr.sun_path);
	rmdir(bench.dir);
}

static uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int
dial(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(connect(fd, (const struct sockaddr *)&bench.addr,
			     sizeof(bench.addr)),
	    0);
	return fd;
}

/* Lets the daemon's side do what it can do at once. */
static void
turn(void)
{
	int i;

	for (i = 0; i < 8; i++)
		event_base_loop(bench.base, EVLOOP_NONBLOCK);
}

static void
put(int fd, const char *bytes, size_t size)
{
	uint64_t end = now_ms() + LIMIT_MS;
	ssize_t n;

	while (size > 0 && now_ms() < end) {
		n = send(fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n == -1 && errno != EAGAIN)
			return; /* the daemon has ended it */
		if (n > 0) {
			bytes += n;
			size -= (size_t)n;
		}
		turn();
	}
	ck_assert_uint_eq(size, 0);
}

static void
say(int fd, const char *line)
{
	put(fd, line, strlen(line));
	put(fd, "\n", 1);
}

/* Up to and with a newline; 0: the end. */
static size_t
take_some(int fd, char *out, size_t size)
{
	uint64_t end = now_ms() + LIMIT_MS;
	const char *newline;
	ssize_t n;

	while (now_ms() < end) {
		n = recv(fd, out, size, MSG_DONTWAIT | MSG_PEEK);
		if (n > 0) {
			newline = memchr(out, '\n', (size_t)n);
			if (newline != NULL)
				n = newline + 1 - out;
			return (size_t)recv(fd, out, (size_t)n, MSG_DONTWAIT);
		}
		if (n == 0 || errno != EAGAIN)
			return 0;
		event_base_loop(bench.base, EVLOOP_NONBLOCK);
	}
	ck_abort_msg("nothing came");
	return 0;
}

/* The next line as JSON, or NULL at the end of the connection. */
static json_t *
take(int fd)
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

static bool
is_silent(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	turn();
	return poll(&p, 1, 0) == 0;
}

static int
error_code(const json_t *o)
{
	return (int)json_integer_value(
	    json_object_get(json_object_get(o, "error"), "code"));
}

static const char *
error_text(const json_t *o)
{
	const char *s = json_string_value(
	    json_object_get(json_object_get(o, "error"), "message"));

	return s == NULL ? "" : s;
}

static void
expect_error(int fd, int code, const char *text)
{
	json_t *o = take(fd);

	ck_assert_ptr_nonnull(o);
	ck_assert_int_eq(error_code(o), code);
	ck_assert_msg(strstr(error_text(o), text) != NULL, "%s", error_text(o));
	json_decref(o);
}

static void
expect_end(int fd)
{
	json_t *o = take(fd);

	ck_assert_ptr_null(o);
}

/* The next line is record seq. */
static void
expect_record(int fd, uint64_t seq)
{
	json_t *o = take(fd), *p;

	ck_assert_ptr_nonnull(o);
	p = json_object_get(o, "params");
	ck_assert_uint_eq(number(p, "seq"), seq);
	ck_assert_uint_eq(number(json_object_get(p, "record"), "n"), seq);
	ck_assert_str_eq(
	    json_string_value(json_object_get(o, "method")), "record");
	json_decref(o);
}

static void
expect_from(int fd, uint64_t from)
{
	json_t *o = take(fd);

	ck_assert_uint_eq(number(json_object_get(o, "result"), "from"), from);
	json_decref(o);
}

static int
subscribe(uint64_t from, uint64_t run)
{
	char line[160];
	int fd = dial();

	snprintf(line, sizeof(line),
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\","
	    "\"params\":{\"from\":%llu,\"run\":%llu}}",
	    (unsigned long long)from, (unsigned long long)run);
	say(fd, line);
	return fd;
}

#define REQUEST(method, params) \
	"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"" method \
	"\",\"params\":" params "}"

/* ---- calls ---- */

START_TEST(a_call_is_answered_with_its_own_id)
{
	static const char *const ids[] = { "7", "\"a b\"", "null", "-1.5" };
	char line[200], *id;
	json_t *o;
	int fd = dial();

	snprintf(line, sizeof(line),
	    "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"echo\","
	    "\"params\":{\"text\":\"hé\"}}",
	    ids[_i]);
	say(fd, line);
	o = take(fd);
	ck_assert_str_eq(json_string_value(json_object_get(
			     json_object_get(o, "result"), "said")),
	    "hé");
	id = json_dumps(json_object_get(o, "id"), JSON_ENCODE_ANY);
	ck_assert_str_eq(id, ids[_i]);
	free(id);
	json_decref(o);
	close(fd);
}
END_TEST

static const struct {
	const char *line;
	int code;
	const char *text;
} wrong[] = {
	{ "{", -32700, "not JSON" },
	{ "nonsense", -32700, "not JSON" },
	{ "{\"a\":1,\"a\":2}", -32700, "duplicate" },
	{ "\xff", -32700, "not JSON" },
	{ "[]", -32600, "batches" },
	{ "[" REQUEST("echo", "{}") "]", -32600, "batches" },
	{ "3", -32600, "object" },
	{ "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"echo\"}", -32600,
	    "jsonrpc" },
	{ "{\"jsonrpc\":\"2.0\",\"id\":1}", -32600, "method" },
	{ "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"echo\"}", -32600,
	    "id must" },
	{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\",\"x\":1}", -32600,
	    "unknown member x" },
	{ REQUEST("nope", "{}"), -32601, "unknown method nope" },
	{ REQUEST("\\u001b[2J", "{}"), -32601, "\\x1b[2J" },
	{ REQUEST("echo", "[1]"), -32602, "params must" },
	{ REQUEST("echo", "{}"), -32602, "parameter text is missing" },
	{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\"}", -32602,
	    "parameter text is missing" },
	{ REQUEST("echo", "{\"text\":1}"), -32602, "text must be a string" },
	{ REQUEST("echo", "{\"text\":null}"), -32602, "text must be a string" },
	{ REQUEST("echo", "{\"text\":\"\",\"txet\":1}"), -32602,
	    "unknown parameter txet" },
	{ REQUEST("echo", "{\"text\":\"\",\"times\":1.5}"), -32602,
	    "times must be an integer" },
	{ REQUEST("echo", "{\"text\":\"\",\"times\":-1}"), -32602,
	    "times must be 0 or more" },
	{ REQUEST("echo", "{\"text\":\"\",\"loud\":1}"), -32602,
	    "loud must be true or false" },
	{ REQUEST("echo", "{\"text\":\"\",\"extra\":[]}"), -32602,
	    "extra must be an object" },
	{ REQUEST("hold", "{\"any\":1}"), -32602, "unknown parameter any" },
};

START_TEST(a_wrong_line_is_refused_and_the_next_one_answered)
{
	int fd = dial();
	json_t *o;

	say(fd, wrong[_i].line);
	expect_error(fd, wrong[_i].code, wrong[_i].text);
	ck_assert_uint_eq(bench.calls, 0);
	say(fd, REQUEST("echo", "{\"text\":\"\"}"));
	o = take(fd);
	ck_assert_ptr_nonnull(json_object_get(o, "result"));
	json_decref(o);
	close(fd);
}
END_TEST

START_TEST(a_refusal_says_file_line_and_column)
{
	int fd = dial();
	json_t *o, *data;

	say(fd, REQUEST("refuse", "{}"));
	o = take(fd);
	ck_assert_int_eq(error_code(o), -32000);
	ck_assert_str_eq(error_text(o), "expected a \\x1b number");
	data = json_object_get(json_object_get(o, "error"), "data");
	ck_assert_str_eq(
	    json_string_value(json_object_get(data, "file")), "a.yaml");
	ck_assert_uint_eq(number(data, "line"), 3);
	ck_assert_uint_eq(number(data, "column"), 7);
	json_decref(o);
	close(fd);
}
END_TEST

START_TEST(a_notification_is_done_but_not_answered)
{
	int fd = dial();
	json_t *o;

	say(fd,
	    "{\"jsonrpc\":\"2.0\",\"method\":\"echo\","
	    "\"params\":{\"text\":\"quiet\"}}");
	say(fd, "{\"jsonrpc\":\"2.0\",\"method\":\"refuse\"}");
	say(fd, "{\"jsonrpc\":\"2.0\",\"method\":\"nope\"}");
	say(fd, REQUEST("echo", "{\"text\":\"loud\"}"));
	o = take(fd);
	ck_assert_str_eq(json_string_value(json_object_get(
			     json_object_get(o, "result"), "said")),
	    "loud");
	ck_assert_uint_eq(bench.calls, 2);
	json_decref(o);
	close(fd);
}
END_TEST

START_TEST(a_line_may_come_byte_by_byte_and_end_in_crlf)
{
	static const char line[] =
	    "\r\n\n" REQUEST("echo", "{\"text\":\"slow\"}") "\r\n";
	int fd = dial();
	json_t *o;
	size_t i;

	for (i = 0; i < strlen(line); i++)
		put(fd, line + i, 1);
	o = take(fd);
	ck_assert_ptr_nonnull(json_object_get(o, "result"));
	json_decref(o);
	ck_assert(is_silent(fd));
	close(fd);
}
END_TEST

START_TEST(many_calls_in_one_write_are_answered_in_order)
{
	char all[64 * 1024], *p = all;
	int fd = dial(), i;

	for (i = 0; i < 500; i++)
		p += snprintf(p, (size_t)(all + sizeof(all) - p),
		    "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"echo\","
		    "\"params\":{\"text\":\"\"}}\n",
		    i);
	put(fd, all, (size_t)(p - all));
	for (i = 0; i < 500; i++) {
		json_t *o = take(fd);

		ck_assert_uint_eq(number(o, "id"), (uint64_t)i);
		json_decref(o);
	}
	close(fd);
}
END_TEST

START_TEST(a_client_with_16_calls_under_way_waits_with_the_17th)
{
	int fd = dial(), i;
	json_t *o;

	for (i = 0; i < 20; i++)
		say(fd, REQUEST("hold", "{}"));
	turn();
	ck_assert_uint_eq(bench.calls, CONTROL_CALLS_MAX);
	control_reply(bench.held[0], json_object());
	bench.held[0] = bench.held[--bench.nheld];
	turn();
	ck_assert_uint_eq(bench.calls, CONTROL_CALLS_MAX + 1);
	o = take(fd);
	ck_assert_ptr_nonnull(json_object_get(o, "result"));
	json_decref(o);
	close(fd);
}
END_TEST

START_TEST(an_answer_to_a_client_that_has_gone_is_dropped)
{
	int fd = dial();

	say(fd, REQUEST("hold", "{}"));
	turn();
	ck_assert_uint_eq(bench.nheld, 1);
	close(fd);
	turn();
	ck_assert_uint_eq(bench.control->nclients, 0);
	ck_assert_uint_eq(control_call_uid(bench.held[0]), getuid());
	control_reply(bench.held[0], json_object());
	bench.nheld = 0;
}
END_TEST

START_TEST(a_client_that_says_no_more_still_gets_its_answers)
{
	int fd = dial();
	json_t *o;

	say(fd, REQUEST("hold", "{}"));
	shutdown(fd, SHUT_WR);
	ck_assert(is_silent(fd));
	control_reply(bench.held[0], json_object());
	bench.nheld = 0;
	o = take(fd);
	ck_assert_ptr_nonnull(o);
	json_decref(o);
	expect_end(fd);
	ck_assert_uint_eq(bench.control->nclients, 0);
	close(fd);
}
END_TEST

START_TEST(an_answer_over_1_mib_is_an_error_instead)
{
	int fd = dial();

	say(fd, REQUEST("large", "{\"size\":1048576}"));
	expect_error(fd, -32000, "longer than 1 MiB");
	close(fd);
}
END_TEST

/* ---- clients that mean harm, or are broken ---- */

START_TEST(a_line_over_1_mib_ends_the_connection_with_a_word)
{
	size_t n = CONTROL_LINE_MAX + 2;
	char *bytes = xcalloc(n, 1);
	int fd = dial();

	memset(bytes, ' ', n);
	put(fd, bytes, n);
	expect_error(fd, -32700, "longer than 1 MiB");
	expect_end(fd);
	free(bytes);
	close(fd);
}
END_TEST

START_TEST(a_line_of_1_mib_is_taken)
{
	static const char end[] = REQUEST("echo", "{\"text\":\"x\"}");
	size_t n = CONTROL_LINE_MAX;
	char *bytes = xcalloc(n + 1, 1);
	int fd = dial();
	json_t *o;

	memset(bytes, ' ', n);
	memcpy(bytes + n - strlen(end), end, sizeof(end));
	bytes[n] = '\n';
	put(fd, bytes, n + 1);
	o = take(fd);
	ck_assert_ptr_nonnull(json_object_get(o, "result"));
	json_decref(o);
	free(bytes);
	close(fd);
}
END_TEST

START_TEST(a_half_line_ends_the_connection_in_time)
{
	int fd = dial();

	control_set_stall_ms(bench.control, 80);
	put(fd, "{\"jsonrpc\"", 10);
	expect_error(fd, -32000, "half sent");
	expect_end(fd);
	close(fd);
}
END_TEST

START_TEST(an_idle_client_is_left_in_peace)
{
	int fd = dial();
	uint64_t end;
	json_t *o;

	control_set_stall_ms(bench.control, 40);
	say(fd, REQUEST("echo", "{\"text\":\"\"}"));
	json_decref(take(fd));
	for (end = now_ms() + 200; now_ms() < end;)
		event_base_loop(bench.base, EVLOOP_ONCE);
	say(fd, REQUEST("echo", "{\"text\":\"\"}"));
	o = take(fd);
	ck_assert_ptr_nonnull(json_object_get(o, "result"));
	json_decref(o);
	close(fd);
}
END_TEST

START_TEST(a_client_that_never_reads_is_let_go_in_time)
{
	int fd = dial(), i;
	uint64_t end = now_ms() + LIMIT_MS;

	control_set_stall_ms(bench.control, 80);
	for (i = 0; i < 4; i++)
		say(fd, REQUEST("large", "{\"size\":1000000}"));
	while (bench.control->nclients > 0 && now_ms() < end)
		event_base_loop(bench.base, EVLOOP_ONCE);
	ck_assert_uint_eq(bench.control->nclients, 0);
	close(fd);
}
END_TEST

START_TEST(a_client_that_lets_8_mib_pile_up_is_told_so_and_ended)
{
	int fd = dial(), i;
	json_t *o, *last = NULL;

	for (i = 0; i < 12; i++)
		say(fd, REQUEST("large", "{\"size\":1000000}"));
	turn();
	ck_assert(
	    control_conn_is_ending(TAILQ_FIRST(&bench.control->clients)->conn));
	/* Whole lines, and the last one says why. */
	while ((o = take(fd)) != NULL) {
		json_decref(last);
		last = o;
	}
	ck_assert_int_eq(error_code(last), -32000);
	ck_assert_ptr_nonnull(strstr(error_text(last), "8 MiB"));
	json_decref(last);
	close(fd);
}
END_TEST

START_TEST(the_65th_client_is_turned_away_until_one_leaves)
{
	int fds[CONTROL_CLIENTS_MAX], extra;
	size_t i;
	json_t *o;

	for (i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		fds[i] = dial();
		turn();
	}
	extra = dial();
	expect_error(extra, -32003, "64 clients");
	expect_end(extra);
	close(extra);
	close(fds[0]);
	turn();
	extra = dial();
	say(extra, REQUEST("echo", "{\"text\":\"\"}"));
	o = take(extra);
	ck_assert_ptr_nonnull(json_object_get(o, "result"));
	json_decref(o);
	close(extra);
	for (i = 1; i < CONTROL_CLIENTS_MAX; i++)
		close(fds[i]);
}
END_TEST

/* ---- rights ---- */

/* A connection whose other end the kernel calls uid, gid and group. */
static int
dial_as(uid_t uid, gid_t gid, gid_t group)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), status;
	pid_t pid = fork();

	if (pid == 0) {
		if (setgroups(1, &group) == -1 ||
		    setresgid(gid, gid, gid) == -1 ||
		    setresuid(uid, uid, uid) == -1 ||
		    connect(fd, (const struct sockaddr *)&bench.addr,
			sizeof(bench.addr)) == -1)
			_exit(1);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	return fd;
}

static bool
is_root(void)
{
	if (getuid() == 0)
		return true;
	printf("skipped: needs root to be somebody else\n");
	return false;
}

START_TEST(a_member_of_the_run_group_may_run)
{
	int fd;
	json_t *o;

	if (!is_root())
		return;
	/* By its first group, then by a supplementary one. */
	fd = _i == 0 ? dial_as(61009, RUN_GID, 61008)
		     : dial_as(61009, 61008, RUN_GID);
	say(fd, REQUEST("who", "{}"));
	o = take(fd);
	ck_assert_uint_eq(number(json_object_get(o, "result"), "uid"), 61009);
	ck_assert_uint_eq(number(json_object_get(o, "result"), "gid"),
	    _i == 0 ? RUN_GID : 61008);
	json_decref(o);
	close(fd);
}
END_TEST

START_TEST(a_member_of_the_view_group_may_only_look)
{
	int fd;
	json_t *o;

	if (!is_root())
		return;
	fd = dial_as(61009, 61008, VIEW_GID);
	say(fd, REQUEST("who", "{}"));
	expect_error(fd, -32002, "not allowed");
	say(fd, REQUEST("echo", "{\"text\":\"\"}"));
	o = take(fd);
	ck_assert_ptr_nonnull(json_object_get(o, "result"));
	json_decref(o);
	close(fd);
}
END_TEST

START_TEST(anybody_else_is_turned_away)
{
	int fd;

	if (!is_root())
		return;
	fd = dial_as(61009, 61008, 61007);
	expect_error(fd, -32002, "uid 61009");
	expect_end(fd);
	close(fd);
}
END_TEST

/* ---- subscriptions ---- */

START_TEST(a_subscriber_from_now_gets_what_comes)
{
	int fd;

	bench.stored = 5;
	control_set_newest(bench.control, 5);
	fd = subscribe(0, 0);
	expect_from(fd, 6);
	publish();
	publish();
	expect_record(fd, 6);
	expect_record(fd, 7);
	ck_assert_uint_eq(bench.replays, 0);
	close(fd);
}
END_TEST

START_TEST(a_subscriber_from_1_gets_all_then_what_comes)
{
	uint64_t seq;
	int fd;

	bench.stored = 1000;
	if (_i == 0) /* the daemon knows how many there are, or does not */
		control_set_newest(bench.control, 1000);
	fd = subscribe(1, 0);
	expect_from(fd, 1);
	for (seq = 1; seq <= 1000; seq++)
		expect_record(fd, seq);
	publish();
	expect_record(fd, 1001);
	ck_assert(is_silent(fd));
	close(fd);
}
END_TEST

START_TEST(records_that_come_during_a_catch_up_wait_in_line)
{
	uint64_t seq;
	int fd;

	bench.stored = 10;
	if (_i == 0)
		control_set_newest(bench.control, 10);
	bench.is_late = true;
	fd = subscribe(4, 0);
	expect_from(fd, 4);
	turn();
	ck_assert_ptr_nonnull(bench.replay);
	publish(); /* 11, after the store was asked */
	ck_assert(is_silent(fd));
	answer_replay();
	turn();
	publish(); /* 12, before the rest is answered */
	while (bench.replay != NULL) {
		answer_replay();
		turn();
	}
	publish();
	for (seq = 4; seq <= 13; seq++)
		expect_record(fd, seq);
	ck_assert(is_silent(fd));
	close(fd);
}
END_TEST

START_TEST(a_subscriber_to_one_run_gets_only_its_records)
{
	int fd;

	bench.stored = 6;
	control_set_newest(bench.control, 6);
	fd = subscribe(1, 2);
	expect_from(fd, 1);
	expect_record(fd, 2);
	expect_record(fd, 4);
	expect_record(fd, 6);
	publish();
	publish();
	expect_record(fd, 8);
	ck_assert(is_silent(fd));
	close(fd);
}
END_TEST

START_TEST(a_subscriber_from_the_future_waits_for_it)
{
	int fd;

	bench.stored = 3;
	if (_i == 0)
		control_set_newest(bench.control, 3);
	fd = subscribe(6, 0);
	expect_from(fd, 6);
	turn();
	publish();
	publish();
	ck_assert(is_silent(fd));
	publish();
	expect_record(fd, 6);
	close(fd);
}
END_TEST

START_TEST(a_slow_reader_loses_nothing_and_costs_little)
{
	uint64_t seq;
	size_t most = 0, waiting;
	int fd;

	bench.pad = 8000;
	bench.stored = 1500; /* 12 MB */
	if (_i == 0)
		control_set_newest(bench.control, 1500);
	fd = subscribe(1, 0);
	expect_from(fd, 1);
	for (seq = 1; seq <= 2000; seq++) {
		if (seq <= 500)
			publish(); /* 4 MB more, faster than it reads */
		waiting = control_conn_waiting(
		    TAILQ_FIRST(&bench.control->clients)->conn);
		if (waiting > most)
			most = waiting;
		expect_record(fd, seq);
	}
	ck_assert_uint_lt(most, CONTROL_PILE_MAX);
	ck_assert(is_silent(fd));
	publish();
	expect_record(fd, 2001);
	close(fd);
}
END_TEST

START_TEST(a_live_subscriber_that_falls_behind_catches_up)
{
	uint64_t seq;
	int fd;

	bench.pad = 40000;
	bench.stored = 1;
	control_set_newest(bench.control, 1);
	fd = subscribe(0, 0);
	expect_from(fd, 2);
	for (seq = 2; seq <= 400; seq++)
		publish(); /* 16 MB, unread */
	for (seq = 2; seq <= 400; seq++)
		expect_record(fd, seq);
	ck_assert_uint_gt(bench.replays, 0);
	close(fd);
}
END_TEST

START_TEST(a_subscriber_that_leaves_in_mid_catch_up_is_forgotten)
{
	int fd;

	bench.stored = 10;
	control_set_newest(bench.control, 10);
	bench.is_late = true;
	fd = subscribe(1, 0);
	expect_from(fd, 1);
	turn();
	ck_assert_ptr_nonnull(bench.replay);
	close(fd);
	turn();
	ck_assert_uint_eq(bench.control->nclients, 0);
	answer_replay();
	publish();
}
END_TEST

START_TEST(a_store_that_cannot_read_ends_the_subscription_with_a_word)
{
	int fd;

	bench.stored = 3;
	control_set_newest(bench.control, 5);
	bench.replay_error = "disk I/O error";
	fd = subscribe(1, 0);
	expect_from(fd, 1);
	expect_record(fd, 1);
	expect_record(fd, 2);
	expect_record(fd, 3);
	expect_error(fd, -32000, "disk I/O error");
	expect_end(fd);
	close(fd);
}
END_TEST

START_TEST(words_go_to_those_they_concern_and_only_records_wait_for_the_slow)
{
	int fd, other, i;
	json_t *word = json_pack("{s:s}", "what", "x"), *o;
	uint64_t seq;

	bench.pad = 40000;
	bench.stored = 2;
	control_set_newest(bench.control, 2);
	fd = subscribe(0, 1);
	other = subscribe(0, 2);
	expect_from(fd, 3);
	expect_from(other, 3);
	control_publish_word(bench.control, "progress", 1, word);
	o = take(fd);
	ck_assert_str_eq(
	    json_string_value(json_object_get(o, "method")), "progress");
	json_decref(o);
	ck_assert(is_silent(other));
	for (i = 0; i < 60; i++) {
		publish();
		control_publish_word(bench.control, "progress", 1, word);
	}
	for (seq = 3; seq <= 61; seq += 2) {
		o = take(fd);
		while (strcmp(json_string_value(json_object_get(o, "method")),
			   "progress") == 0) {
			json_decref(o);
			o = take(fd);
		}
		ck_assert_uint_eq(
		    number(json_object_get(o, "params"), "seq"), seq);
		json_decref(o);
	}
	json_decref(word);
	close(fd);
	close(other);
}
END_TEST

START_TEST(a_second_subscription_on_one_connection_is_refused)
{
	int fd = subscribe(0, 0);

	expect_from(fd, 0); /* from now; the newest is not known */
	say(fd, REQUEST("subscribe", "{}"));
	expect_error(fd, -32000, "already");
	publish();
	expect_record(fd, 1);
	ck_assert(is_silent(fd));
	close(fd);
}
END_TEST

START_TEST(the_schema_names_every_method_and_parameter)
{
	json_t *schema = control_schema(methods);
	json_t *all = json_object_get(schema, "oneOf"), *params;
	size_t i;

	ck_assert_uint_eq(
	    json_array_size(all), sizeof(methods) / sizeof(methods[0]) - 1);
	for (i = 0; i < json_array_size(all); i++)
		ck_assert_str_eq(
		    json_string_value(json_object_get(
			json_object_get(json_object_get(json_array_get(all, i),
					    "properties"),
			    "method"),
			"const")),
		    methods[i].name);
	params = json_object_get(
	    json_object_get(json_array_get(all, 0), "properties"), "params");
	ck_assert_uint_eq(
	    json_object_size(json_object_get(params, "properties")), 4);
	ck_assert_uint_eq(
	    json_array_size(json_object_get(params, "required")), 1);
	json_decref(schema);
}
END_TEST

static Suite *
control_suite(void)
{
	Suite *s = suite_create("control");
	TCase *t = tcase_create("control");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, a_call_is_answered_with_its_own_id, 0, 4);
	tcase_add_loop_test(t,
	    a_wrong_line_is_refused_and_the_next_one_answered, 0,
	    (int)(sizeof(wrong) / sizeof(wrong[0])));
	tcase_add_test(t, a_refusal_says_file_line_and_column);
	tcase_add_test(t, a_notification_is_done_but_not_answered);
	tcase_add_test(t, a_line_may_come_byte_by_byte_and_end_in_crlf);
	tcase_add_test(t, many_calls_in_one_write_are_answered_in_order);
	tcase_add_test(t, a_client_with_16_calls_under_way_waits_with_the_17th);
	tcase_add_test(t, an_answer_to_a_client_that_has_gone_is_dropped);
	tcase_add_test(t, a_client_that_says_no_more_still_gets_its_answers);
	tcase_add_test(t, an_answer_over_1_mib_is_an_error_instead);
	tcase_add_test(t, a_line_over_1_mib_ends_the_connection_with_a_word);
	tcase_add_test(t, a_line_of_1_mib_is_taken);
	tcase_add_test(t, a_half_line_ends_the_connection_in_time);
	tcase_add_test(t, an_idle_client_is_left_in_peace);
	tcase_add_test(t, a_client_that_never_reads_is_let_go_in_time);
	tcase_add_test(
	    t, a_client_that_lets_8_mib_pile_up_is_told_so_and_ended);
	tcase_add_test(t, the_65th_client_is_turned_away_until_one_leaves);
	tcase_add_loop_test(t, a_member_of_the_run_group_may_run, 0, 2);
	tcase_add_test(t, a_member_of_the_view_group_may_only_look);
	tcase_add_test(t, anybody_else_is_turned_away);
	tcase_add_test(t, a_subscriber_from_now_gets_what_comes);
	tcase_add_loop_test(
	    t, a_subscriber_from_1_gets_all_then_what_comes, 0, 2);
	tcase_add_loop_test(
	    t, records_that_come_during_a_catch_up_wait_in_line, 0, 2);
	tcase_add_test(t, a_subscriber_to_one_run_gets_only_its_records);
	tcase_add_loop_test(t, a_subscriber_from_the_future_waits_for_it, 0, 2);
	tcase_add_loop_test(
	    t, a_slow_reader_loses_nothing_and_costs_little, 0, 2);
	tcase_add_test(t, a_live_subscriber_that_falls_behind_catches_up);
	tcase_add_test(
	    t, a_subscriber_that_leaves_in_mid_catch_up_is_forgotten);
	tcase_add_test(
	    t, a_store_that_cannot_read_ends_the_subscription_with_a_word);
	tcase_add_test(t,
	    words_go_to_those_they_concern_and_only_records_wait_for_the_slow);
	tcase_add_test(t, a_second_subscription_on_one_connection_is_refused);
	tcase_add_test(t, the_schema_names_every_method_and_parameter);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(control_suite());
	int failed;

	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
