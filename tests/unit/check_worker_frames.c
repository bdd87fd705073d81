/*
 * check_worker_frames: the passive half of a probe over stored frames, in the
 * real assay-worker: through its filter, in capture time, without run.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "base/alloc.h"
#include "daemon/shared/address.h"
#include "daemon/shared/wire.h"
#include "daemon/shared/worker_brief.h"
#include "judging/worker_alone.h"
#include "tests/unit/stored_frames.h"

#define LIMIT_MS 20000
#define SECOND UINT64_C(1000000000)

static struct msg_out out;
static struct worker_alone *worker;
static struct worker_alone_result said;
static uint64_t number;
static const struct stored_flow telnet = { true, 6, 23, 40000 };
static const struct stored_flow other_way = { false, 6, 23, 40000 };
static const struct stored_flow tls = { true, 6, 443, 40001 };
static const struct stored_flow udp = { true, 17, 5000, 40002 };

/* Tests lie in BUILD/tests/unit. */
static char *
build_path(const char *file)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	int up;

	ck_assert_int_gt(n, 0);
	exe[n] = '\0';
	for (up = 0; up < 3; up++)
		*strrchr(exe, '/') = '\0';
	return xasprintf("%s/%s", exe, file);
}

static void
send(void)
{
	ck_assert_int_eq(worker_alone_send(worker, &out), 0);
}

static void
start(const char *file, const char *name)
{
	char *program = build_path("assay-worker"), *probe = build_path(file);
	struct brief_target t = { .text = "10.77.0.10" };
	struct err e = { .text = "" };

	worker = worker_alone_start(program, probe, name, &e);
	ck_assert_msg(worker != NULL, "%s", e.text);
	ck_assert_int_eq(address_parse(t.text, &t.family, t.addr), 0);
	memcpy(t.mac, stored_dut_mac, 6);
	worker_brief_target(&out, &t);
	send();
	free(program);
	free(probe);
	number = 0;
}

static void
begin(const char *file, const char *name)
{
	start(file, name);
	msg_start(&out, WORKER_REPLAY);
	msg_put_u64(&out, 1);
	msg_put_string(&out, "operating");
	msg_put_u16(&out, 1);
	msg_put_u64(&out, STORED_BEGIN);
	send();
}

static void
begin_sample(void)
{
	begin("tests/probes/sample_passive.so", "sample.passive");
}

static void
put_frame(const void *p, size_t size, size_t wire_size, uint64_t after_ns)
{
	msg_start(&out, WORKER_FRAME);
	msg_put_u64(&out, ++number);
	msg_put_u64(&out, STORED_BEGIN + after_ns);
	msg_put_u32(&out, (uint32_t)wire_size);
	msg_put_u16(&out, 1);
	msg_put_u8(&out, number % 2 == 0);
	msg_put_bytes(&out, p, size);
}

static void
frame(const struct stored_flow *flow, const char *text, uint64_t after_ns)
{
	uint8_t bytes[STORED_FRAME_MAX];
	size_t n = stored_frame(bytes, flow, text, strlen(text));

	put_frame(bytes, n, n, after_ns);
	send();
}

static void
end(void)
{
	msg_start(&out, WORKER_FRAMES_END);
	send();
}

static int
finish(void)
{
	struct err e;

	return worker_alone_finish(worker, LIMIT_MS, &said, &e);
}

static void
finish_well(void)
{
	end();
	ck_assert_msg(finish() == 0, "%s", said.ended);
	ck_assert_msg(said.failed == NULL, "%s", said.failed);
}

static void
expect_verdict(const char *verdict, const char *reason)
{
	const json_t *v = json_array_get(said.verdicts, 0);

	ck_assert_uint_eq(json_array_size(said.verdicts), 1);
	ck_assert_str_eq(
	    json_string_value(json_object_get(v, "verdict")), verdict);
	ck_assert_str_eq(
	    json_string_value(json_object_get(v, "reason")), reason);
}

static json_int_t
note(const char *name)
{
	return json_integer_value(json_object_get(said.notes, name));
}

/* The last observation is of the seconds counted. */
static json_int_t
seconds(void)
{
	return json_integer_value(
	    json_object_get(json_array_get(said.observations,
				json_array_size(said.observations) - 1),
		"value"));
}

static void
tear_down(void)
{
	worker_alone_result_clear(&said);
}

START_TEST(login_seen_fails_and_names_its_connection)
{
	const json_t *o, *f;

	begin_sample();
	frame(&other_way, "\r\n", 0);
	frame(&telnet, "lock login: ", 1000);
	frame(&tls, "\x16\x03\x01\x01\x05hello", 2000);
	finish_well();
	expect_verdict("fail", "sample.login_seen");
	o = json_array_get(said.observations, 0);
	f = json_array_get(json_object_get(o, "frames"), 0);
	ck_assert_str_eq(json_string_value(json_object_get(f, "remote")), "23");
	ck_assert_str_eq(
	    json_string_value(json_object_get(f, "local")), "40000");
	ck_assert_str_eq(
	    json_string_value(json_object_get(f, "addr")), "10.77.0.10");
}
END_TEST

START_TEST(only_tls_seen_does_not_fail)
{
	begin_sample();
	frame(&tls, "\x16\x03\x01\x01\x05login", 0);
	finish_well();
	expect_verdict("pass", "sample.only_tls");
}
END_TEST

START_TEST(what_the_peer_says_is_not_the_device_s)
{
	begin_sample();
	frame(&other_way, "login: ", 0);
	finish_well();
	expect_verdict("inconc", "sample.nothing_seen");
}
END_TEST

START_TEST(filter_keeps_other_frames_away)
{
	begin_sample();
	frame(&udp, "login: ", 0);
	frame(&telnet, "x", 0);
	frame(&udp, "login: ", 0);
	finish_well();
	ck_assert_int_eq(note("frames"), 1);
	ck_assert_int_eq(note("outgoing"), 1);
}
END_TEST

START_TEST(clock_is_the_capture_s_and_timers_follow_it)
{
	begin_sample();
	frame(&telnet, "x", 0);
	frame(&telnet, "x", SECOND - 1);
	frame(&telnet, "x", 3600 * SECOND + SECOND / 2);
	finish_well();
	ck_assert_int_eq(seconds(), 3600);
	ck_assert_int_eq(note("clock.span"), 3600 * SECOND + SECOND / 2);
}
END_TEST

START_TEST(stamp_behind_the_clock_does_not_set_it_back)
{
	begin_sample();
	frame(&telnet, "x", 5 * SECOND);
	frame(&telnet, "x", 2 * SECOND);
	frame(&telnet, "x", 6 * SECOND);
	finish_well();
	ck_assert_int_eq(seconds(), 6);
	ck_assert_int_eq(note("frames"), 3);
}
END_TEST

START_TEST(frames_of_any_length_are_only_frames)
{
	static const uint8_t bytes[WIRE_FRAME_MAX];
	uint8_t whole[STORED_FRAME_MAX];
	size_t n, size;

	begin_sample();
	put_frame("", 0, 0, 0);
	send();
	put_frame("", 0, 1500, 0);
	send();
	put_frame(bytes, sizeof(bytes), 200000, 0);
	send();
	n = stored_frame(whole, &telnet, "login: ", 7);
	for (size = 0; size < n - 1; size++) {
		put_frame(whole, size, n, 0);
		send();
	}
	finish_well();
	expect_verdict("inconc", "sample.nothing_seen");
}
END_TEST

/* Our own process is at fault then; it may not be taken for a result. */
START_TEST(malformed_frame_ends_the_worker)
{
	static const uint8_t bytes[WIRE_FRAME_MAX + 1];

	begin_sample();
	switch (_i) {
	case 0:
		put_frame(bytes, sizeof(bytes), 70000, 0);
		break;
	case 1: /* more than there was on the wire */
		put_frame(bytes, 60, 59, 0);
		break;
	case 2: /* of another link type */
		put_frame(bytes, 60, 60, 0);
		out.body[21] = 113;
		break;
	case 3: /* a number again */
		frame(&telnet, "x", 0);
		number--;
		put_frame(bytes, 60, 60, 0);
		break;
	default: /* one that ends early */
		put_frame(bytes, 60, 60, 0);
		out.size--;
		break;
	}
	(void)worker_alone_send(worker, &out);
	/* Had it been taken, all would end well here. */
	msg_start(&out, WORKER_FRAMES_END);
	(void)worker_alone_send(worker, &out);
	ck_assert_int_eq(finish(), -1);
	ck_assert(!said.done);
	ck_assert_msg(strstr(said.ended, "in time") == NULL, "%s", said.ended);
}
END_TEST

START_TEST(frame_without_a_replay_ends_the_worker)
{
	start("tests/probes/sample_passive.so", "sample.passive");
	put_frame("abc", 3, 3, 0);
	(void)worker_alone_send(worker, &out);
	ck_assert_int_eq(finish(), -1);
	ck_assert(!said.done);
	ck_assert_msg(strstr(said.ended, "in time") == NULL, "%s", said.ended);
}
END_TEST

START_TEST(probe_without_a_passive_half_is_refused)
{
	begin("tests/probes/sample_ok.so", "sample.ok");
	finish();
	ck_assert_str_eq(said.failed, "the probe has no passive half");
	ck_assert_uint_eq(json_array_size(said.verdicts), 0);
}
END_TEST

START_TEST(filter_that_does_not_compile_is_the_probe_s_error)
{
	begin("tests/probes/bad_filter.so", "bad.filter");
	finish();
	ck_assert_ptr_nonnull(said.failed);
	ck_assert_msg(
	    strncmp(said.failed, "filter: ", 8) == 0, "%s", said.failed);
	ck_assert_uint_eq(json_array_size(said.verdicts), 0);
}
END_TEST

/* run is not called; finishing early leaves the rest unseen, not unread. */
START_TEST(active_probe_is_replayed_without_run)
{
	int i;

	begin("tests/probes/sample_frames.so", "sample.frames");
	for (i = 0; i < 30; i++)
		frame(&udp, "x", 0);
	finish_well();
	ck_assert_int_eq(json_integer_value(json_object_get(
			     json_array_get(said.observations, 0), "value")),
	    10);
	expect_verdict("pass", "sample.good");
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("worker_frames");
	TCase *t = tcase_create("worker_frames");

	tcase_add_checked_fixture(t, NULL, tear_down);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, login_seen_fails_and_names_its_connection);
	tcase_add_test(t, only_tls_seen_does_not_fail);
	tcase_add_test(t, what_the_peer_says_is_not_the_device_s);
	tcase_add_test(t, filter_keeps_other_frames_away);
	tcase_add_test(t, clock_is_the_capture_s_and_timers_follow_it);
	tcase_add_test(t, stamp_behind_the_clock_does_not_set_it_back);
	tcase_add_test(t, frames_of_any_length_are_only_frames);
	tcase_add_loop_test(t, malformed_frame_ends_the_worker, 0, 5);
	tcase_add_test(t, frame_without_a_replay_ends_the_worker);
	tcase_add_test(t, probe_without_a_passive_half_is_refused);
	tcase_add_test(t, filter_that_does_not_compile_is_the_probe_s_error);
	tcase_add_test(t, active_probe_is_replayed_without_run);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
