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
#include "tests/unit/control_rig.h"

/* ---- calls ---- */

START_TEST(a_call_is_answered_with_its_own_id)
{
	static const char *const ids[] = { "7", "\"a b\"", "null", "-1.5" };
	char line[200], *id;
	json_t *o;
	int fd = control_rig_dial();

	snprintf(line, sizeof(line),
	    "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"echo\","
	    "\"params\":{\"text\":\"hé\"}}",
	    ids[_i]);
	control_rig_say(fd, line);
	o = control_rig_take(fd);
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
	int fd = control_rig_dial();
	json_t *o;

	control_rig_say(fd, wrong[_i].line);
	control_rig_expect_error(fd, wrong[_i].code, wrong[_i].text);
	ck_assert_uint_eq(control_rig.calls, 0);
	control_rig_say(fd, REQUEST("echo", "{\"text\":\"\"}"));
	o = control_rig_take(fd);
	ck_assert_ptr_nonnull(json_object_get(o, "result"));
	json_decref(o);
	close(fd);
}
END_TEST

START_TEST(a_refusal_says_file_line_and_column)
{
	int fd = control_rig_dial();
	json_t *o, *data;

	control_rig_say(fd, REQUEST("refuse", "{}"));
	o = control_rig_take(fd);
	ck_assert_int_eq(control_rig_error_code(o), -32000);
	ck_assert_str_eq(control_rig_error_text(o), "expected a \\x1b number");
	data = json_object_get(json_object_get(o, "error"), "data");
	ck_assert_str_eq(
	    json_string_value(json_object_get(data, "file")), "a.yaml");
	ck_assert_uint_eq(control_rig_number(data, "line"), 3);
	ck_assert_uint_eq(control_rig_number(data, "column"), 7);
	json_decref(o);
	close(fd);
}
END_TEST

START_TEST(a_notification_is_done_but_not_answered)
{
	int fd = control_rig_dial();
	json_t *o;

	control_rig_say(fd,
	    "{\"jsonrpc\":\"2.0\",\"method\":\"echo\","
	    "\"params\":{\"text\":\"quiet\"}}");
	control_rig_say(fd, "{\"jsonrpc\":\"2.0\",\"method\":\"refuse\"}");
	control_rig_say(fd, "{\"jsonrpc\":\"2.0\",\"method\":\"nope\"}");
	control_rig_say(fd, REQUEST("echo", "{\"text\":\"loud\"}"));
	o = control_rig_take(fd);
	ck_assert_str_eq(json_string_value(json_object_get(
			     json_object_get(o, "result"), "said")),
	    "loud");
	ck_assert_uint_eq(control_rig.calls, 2);
	json_decref(o);
	close(fd);
}
END_TEST

START_TEST(a_line_may_come_byte_by_byte_and_end_in_crlf)
{
	static const char line[] =
	    "\r\n\n" REQUEST("echo", "{\"text\":\"slow\"}") "\r\n";
	int fd = control_rig_dial();
	json_t *o;
	size_t i;

	for (i = 0; i < strlen(line); i++)
		control_rig_put(fd, line + i, 1);
	o = control_rig_take(fd);
	ck_assert_ptr_nonnull(json_object_get(o, "result"));
	json_decref(o);
	ck_assert(control_rig_is_silent(fd));
	close(fd);
}
END_TEST

START_TEST(many_calls_in_one_write_are_answered_in_order)
{
	char all[64 * 1024], *p = all;
	int fd = control_rig_dial(), i;

	for (i = 0; i < 500; i++)
		p += snprintf(p, (size_t)(all + sizeof(all) - p),
		    "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"echo\","
		    "\"params\":{\"text\":\"\"}}\n",
		    i);
	control_rig_put(fd, all, (size_t)(p - all));
	for (i = 0; i < 500; i++) {
		json_t *o = control_rig_take(fd);

		ck_assert_uint_eq(control_rig_number(o, "id"), (uint64_t)i);
		json_decref(o);
	}
	close(fd);
}
END_TEST

START_TEST(a_client_with_16_calls_under_way_waits_with_the_17th)
{
	int fd = control_rig_dial(), i;
	json_t *o;

	for (i = 0; i < 20; i++)
		control_rig_say(fd, REQUEST("hold", "{}"));
	control_rig_turn();
	ck_assert_uint_eq(control_rig.calls, CONTROL_CALLS_MAX);
	control_reply(control_rig.held[0], json_object());
	control_rig.held[0] = control_rig.held[--control_rig.nheld];
	control_rig_turn();
	ck_assert_uint_eq(control_rig.calls, CONTROL_CALLS_MAX + 1);
	o = control_rig_take(fd);
	ck_assert_ptr_nonnull(json_object_get(o, "result"));
	json_decref(o);
	close(fd);
}
END_TEST

START_TEST(an_answer_to_a_client_that_has_gone_is_dropped)
{
	int fd = control_rig_dial();

	control_rig_say(fd, REQUEST("hold", "{}"));
	control_rig_turn();
	ck_assert_uint_eq(control_rig.nheld, 1);
	close(fd);
	control_rig_turn();
	ck_assert_uint_eq(control_rig.control->nclients, 0);
	ck_assert_uint_eq(control_call_uid(control_rig.held[0]), getuid());
	control_reply(control_rig.held[0], json_object());
	control_rig.nheld = 0;
}
END_TEST

START_TEST(a_client_that_says_no_more_still_gets_its_answers)
{
	int fd = control_rig_dial();
	json_t *o;

	control_rig_say(fd, REQUEST("hold", "{}"));
	shutdown(fd, SHUT_WR);
	ck_assert(control_rig_is_silent(fd));
	control_reply(control_rig.held[0], json_object());
	control_rig.nheld = 0;
	o = control_rig_take(fd);
	ck_assert_ptr_nonnull(o);
	json_decref(o);
	control_rig_expect_end(fd);
	ck_assert_uint_eq(control_rig.control->nclients, 0);
	close(fd);
}
END_TEST

START_TEST(an_answer_over_1_mib_is_an_error_instead)
{
	int fd = control_rig_dial();

	control_rig_say(fd, REQUEST("large", "{\"size\":1048576}"));
	control_rig_expect_error(fd, -32000, "longer than 1 MiB");
	close(fd);
}
END_TEST

/* ---- clients that mean harm, or are broken ---- */

START_TEST(a_line_over_1_mib_ends_the_connection_with_a_word)
{
	size_t n = CONTROL_LINE_MAX + 2;
	char *bytes = xcalloc(n, 1);
	int fd = control_rig_dial();

	memset(bytes, ' ', n);
	control_rig_put(fd, bytes, n);
	control_rig_expect_error(fd, -32700, "longer than 1 MiB");
	control_rig_expect_end(fd);
	free(bytes);
	close(fd);
}
END_TEST

START_TEST(a_line_of_1_mib_is_taken)
{
	static const char end[] = REQUEST("echo", "{\"text\":\"x\"}");
	size_t n = CONTROL_LINE_MAX;
	char *bytes = xcalloc(n + 1, 1);
	int fd = control_rig_dial();
	json_t *o;

	memset(bytes, ' ', n);
	memcpy(bytes + n - strlen(end), end, sizeof(end));
	bytes[n] = '\n';
	control_rig_put(fd, bytes, n + 1);
	o = control_rig_take(fd);
	ck_assert_ptr_nonnull(json_object_get(o, "result"));
	json_decref(o);
	free(bytes);
	close(fd);
}
END_TEST

START_TEST(a_half_line_ends_the_connection_in_time)
{
	int fd = control_rig_dial();

	control_set_stall_ms(control_rig.control, 80);
	control_rig_put(fd, "{\"jsonrpc\"", 10);
	control_rig_expect_error(fd, -32000, "half sent");
	control_rig_expect_end(fd);
	close(fd);
}
END_TEST

START_TEST(an_idle_client_is_left_in_peace)
{
	int fd = control_rig_dial();
	uint64_t end;
	json_t *o;

	control_set_stall_ms(control_rig.control, 40);
	control_rig_say(fd, REQUEST("echo", "{\"text\":\"\"}"));
	json_decref(control_rig_take(fd));
	for (end = control_rig_now_ms() + 200; control_rig_now_ms() < end;)
		event_base_loop(control_rig.base, EVLOOP_ONCE);
	control_rig_say(fd, REQUEST("echo", "{\"text\":\"\"}"));
	o = control_rig_take(fd);
	ck_assert_ptr_nonnull(json_object_get(o, "result"));
	json_decref(o);
	close(fd);
}
END_TEST

START_TEST(a_client_that_never_reads_is_let_go_in_time)
{
	int fd = control_rig_dial(), i;
	uint64_t end = control_rig_now_ms() + LIMIT_MS;

	control_set_stall_ms(control_rig.control, 80);
	for (i = 0; i < 4; i++)
		control_rig_say(fd, REQUEST("large", "{\"size\":1000000}"));
	while (control_rig.control->nclients > 0 && control_rig_now_ms() < end)
		event_base_loop(control_rig.base, EVLOOP_ONCE);
	ck_assert_uint_eq(control_rig.control->nclients, 0);
	close(fd);
}
END_TEST

START_TEST(a_client_that_lets_8_mib_pile_up_is_told_so_and_ended)
{
	int fd = control_rig_dial(), i;
	json_t *o, *last = NULL;

	for (i = 0; i < 12; i++)
		control_rig_say(fd, REQUEST("large", "{\"size\":1000000}"));
	control_rig_turn();
	ck_assert(control_conn_is_ending(
	    TAILQ_FIRST(&control_rig.control->clients)->conn));
	/* Whole lines, and the last one says why. */
	while ((o = control_rig_take(fd)) != NULL) {
		json_decref(last);
		last = o;
	}
	ck_assert_int_eq(control_rig_error_code(last), -32000);
	ck_assert_ptr_nonnull(strstr(control_rig_error_text(last), "8 MiB"));
	json_decref(last);
	close(fd);
}
END_TEST

START_TEST(one_process_has_its_share_of_connections_until_one_leaves)
{
	int fds[CONTROL_CLIENTS_OF_ONE], extra;
	size_t i;
	json_t *o;

	for (i = 0; i < CONTROL_CLIENTS_OF_ONE; i++) {
		fds[i] = control_rig_dial();
		control_rig_turn();
	}
	extra = control_rig_dial();
	control_rig_expect_error(extra, -32003, "40 connections");
	control_rig_expect_end(extra);
	close(extra);
	close(fds[0]);
	control_rig_turn();
	extra = control_rig_dial();
	control_rig_say(extra, REQUEST("echo", "{\"text\":\"\"}"));
	o = control_rig_take(extra);
	ck_assert_ptr_nonnull(json_object_get(o, "result"));
	json_decref(o);
	close(extra);
	for (i = 1; i < CONTROL_CLIENTS_OF_ONE; i++)
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
		    connect(fd, (const struct sockaddr *)&control_rig.addr,
			sizeof(control_rig.addr)) == -1)
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
	control_rig_say(fd, REQUEST("who", "{}"));
	o = control_rig_take(fd);
	ck_assert_uint_eq(
	    control_rig_number(json_object_get(o, "result"), "uid"), 61009);
	ck_assert_uint_eq(
	    control_rig_number(json_object_get(o, "result"), "gid"),
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
	control_rig_say(fd, REQUEST("who", "{}"));
	control_rig_expect_error(fd, -32002, "not allowed");
	control_rig_say(fd, REQUEST("echo", "{\"text\":\"\"}"));
	o = control_rig_take(fd);
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
	control_rig_expect_error(fd, -32002, "uid 61009");
	control_rig_expect_end(fd);
	close(fd);
}
END_TEST

START_TEST(the_schema_names_every_method_and_parameter)
{
	json_t *schema = control_schema(control_rig_methods);
	json_t *all = json_object_get(schema, "oneOf"), *params;
	size_t i;

	ck_assert_uint_eq(json_array_size(all),
	    sizeof(control_rig_methods) / sizeof(control_rig_methods[0]) - 1);
	for (i = 0; i < json_array_size(all); i++)
		ck_assert_str_eq(
		    json_string_value(json_object_get(
			json_object_get(json_object_get(json_array_get(all, i),
					    "properties"),
			    "method"),
			"const")),
		    control_rig_methods[i].name);
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

	tcase_add_checked_fixture(t, control_rig_set_up, control_rig_tear_down);
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
	tcase_add_test(
	    t, one_process_has_its_share_of_connections_until_one_leaves);
	tcase_add_loop_test(t, a_member_of_the_run_group_may_run, 0, 2);
	tcase_add_test(t, a_member_of_the_view_group_may_only_look);
	tcase_add_test(t, anybody_else_is_turned_away);
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
