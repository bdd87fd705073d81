/*
 * What is stored of a device, given to a worker again: all of it and in order,
 * over files and captures; and what is missing is told.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <check.h>
#include <event2/event.h>

#include "base/peer.h"
#include "captures/recording.h"
#include "daemon/capture/capture_replay.h"
#include "daemon/shared/wire.h"
#include "tests/unit/capture_ground.h"

#define S 1000000000ull
#define T0 (1700000000 * S)
#define TURNS 100000

static struct ground g;
static struct event_base *base;
static struct segment_index stored;
static uint32_t file;
/* what the worker got */
static uint64_t frames, last_number, first_stamp, last_stamp;
static bool is_ended;
/* the answer */
static uint64_t positions, given, stamp_first, stamp_last, holes, hole_ns, lost;
static char error[160];

static void
set_up(void)
{
	ground_begin(&g);
	base = event_base_new();
	memset(&stored, 0, sizeof(stored));
	file = 1;
}

static void
tear_down(void)
{
	segment_index_free(&stored);
	event_base_free(base);
	ground_end(&g);
}

static void
on_rotated(void *arg, uint32_t number, const struct recording_file *finished)
{
	(void)arg;
	(void)finished;
	file = number + 1;
}

static void
on_disk(void *arg, const char *why, uint64_t n)
{
	(void)arg;
	(void)why;
	(void)n;
}

/* A capture's whole life: so many frames, a second apart, a file each `every`
 * of them; dropped: the kernel's count at its end. */
static void
record(uint64_t from_ns, unsigned n, unsigned every, uint64_t dropped)
{
	static const struct recording_hooks hooks = { on_rotated, on_disk };
	struct recording_config c = { g.dir, file, 1 << 20, "wired0",
		LINKTYPE_ETHERNET_NUMBER, 65280, S };
	struct recording *r = recording_new(&c, &hooks, NULL);
	struct frame f;
	uint8_t out[128];
	unsigned i;

	for (i = 0; i < n; i++) {
		f = i % 2 == 0 ? ground_syn(out, 1000, 22, from_ns + i * S)
			       : ground_rst(out, 1000, 22, from_ns + i * S);
		recording_add(r, &f);
		if (i + 1 == n)
			recording_set_counts(r, n + dropped, dropped);
		if ((i + 1) % every == 0)
			recording_seal(r);
	}
	recording_free(r);
}

static void
hear(int socket)
{
	static uint8_t datagram[MSG_MAX];
	uint64_t number, stamp;
	struct msg_in m;
	ssize_t n;

	while (
	    (n = recv(socket, datagram, sizeof(datagram), MSG_DONTWAIT)) > 0) {
		ck_assert(!is_ended);
		ck_assert_int_eq(msg_read(&m, datagram, (size_t)n), 0);
		if (m.type == WORKER_FRAMES_END) {
			is_ended = true;
			continue;
		}
		ck_assert_uint_eq(m.type, WORKER_FRAME);
		msg_get_u64(&m, &number);
		msg_get_u64(&m, &stamp);
		ck_assert_uint_gt(number, last_number);
		ck_assert_uint_ge(stamp, last_stamp);
		last_number = number;
		last_stamp = stamp;
		if (frames++ == 0)
			first_stamp = stamp;
	}
}

static void
read_answer(int socket)
{
	static uint8_t datagram[MSG_MAX];
	struct msg_in m;
	uint32_t request;
	ssize_t n = recv(socket, datagram, sizeof(datagram), 0);

	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(msg_read(&m, datagram, (size_t)n), 0);
	ck_assert_uint_eq(m.type, ENGINE_REPLAYED);
	msg_get_u32(&m, &request);
	ck_assert_uint_eq(request, 9);
	msg_get_u64(&m, &positions);
	msg_get_u64(&m, &given);
	msg_get_u64(&m, &stamp_first);
	msg_get_u64(&m, &stamp_last);
	msg_get_u64(&m, &holes);
	msg_get_u64(&m, &hole_ns);
	msg_get_u64(&m, &lost);
	msg_get_string(&m, error, sizeof(error));
	ck_assert_int_eq(msg_end(&m), 0);
}

static struct capture_replay *
begin(uint64_t from_ns, const uint8_t *mac, int fd)
{
	static struct msg_out out;
	static uint8_t datagram[256];
	struct msg_in m;

	msg_start(&out, CAPTURE_REPLAY);
	msg_put_u32(&out, 9);
	msg_put_u64(&out, from_ns);
	msg_put_bytes(&out, mac, 6);
	datagram[0] = (uint8_t)(out.type >> 8);
	datagram[1] = (uint8_t)out.type;
	datagram[2] = datagram[3] = 0;
	memcpy(datagram + MSG_HEADER, out.body, out.size);
	ck_assert_int_eq(msg_read(&m, datagram, MSG_HEADER + out.size), 0);
	return capture_replay_read(&m, fd, base);
}

/* slow: the worker reads only when the replay waits for it. */
static void
replay(uint64_t from_ns, const uint8_t *mac, bool slow)
{
	static const struct peer_hooks hooks = { NULL, NULL };
	static struct msg_out out;
	enum capture_replay_turn turn = CAPTURE_REPLAY_AGAIN;
	struct capture_replay *q;
	unsigned turns = 0;
	struct peer *engine;
	int worker[2], ends[2];

	frames = last_number = last_stamp = first_stamp = 0;
	is_ended = false;
	peer_pair(worker);
	peer_pair(ends);
	engine = peer_new(base, ends[0], &hooks, NULL);
	peer_pause(engine);
	q = begin(from_ns, mac, worker[0]);
	ck_assert_ptr_nonnull(q);
	while (turn != CAPTURE_REPLAY_DONE && turns++ < TURNS) {
		turn = capture_replay_step(q, g.dir, &out);
		if (!slow || turn == CAPTURE_REPLAY_LATER)
			hear(worker[1]);
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	ck_assert_int_eq(turn, CAPTURE_REPLAY_DONE);
	segment_index_free(&stored);
	capture_replay_answer(q, engine, &out, &stored);
	capture_replay_free(q);
	hear(worker[1]);
	read_answer(ends[1]);
	ck_assert_uint_eq(given, frames);
	peer_free(engine);
	close(ends[1]);
	close(worker[1]);
}

START_TEST(every_frame_of_every_file_comes_in_order)
{
	record(T0, 100, 7, 0);
	replay(T0, ground_dut_mac, false);
	ck_assert_str_eq(error, "");
	ck_assert(is_ended);
	ck_assert_uint_eq(frames, 100);
	ck_assert_uint_eq(positions, 100);
	ck_assert_uint_eq(last_number, 100);
	ck_assert_uint_eq(stamp_first, T0);
	ck_assert_uint_eq(stamp_last, T0 + 99 * S);
	ck_assert_uint_eq(holes + lost, 0);
	/* The same positions, to resolve over. */
	ck_assert_ptr_nonnull(segment_index_find(&stored, 100));
	ck_assert_ptr_null(segment_index_find(&stored, 101));
}
END_TEST

START_TEST(a_slow_worker_gets_all_of_it)
{
	record(T0, 3000, 500, 0);
	replay(T0, ground_dut_mac, true);
	ck_assert_str_eq(error, "");
	ck_assert(is_ended);
	ck_assert_uint_eq(frames, 3000);
}
END_TEST

START_TEST(what_is_older_than_asked_for_does_not_come)
{
	record(T0, 100, 10, 0);
	replay(T0 + 55 * S, ground_dut_mac, false);
	ck_assert_uint_eq(frames, 45);
	ck_assert_uint_eq(first_stamp, T0 + 55 * S);
	ck_assert_uint_eq(holes + lost, 0);
}
END_TEST

START_TEST(frames_of_others_do_not_come)
{
	record(T0, 10, 10, 0);
	replay(T0, ground_other_mac, false);
	ck_assert_uint_eq(frames, 0);
	ck_assert(is_ended);
	ck_assert_uint_eq(positions, 10);
}
END_TEST

START_TEST(a_capture_that_began_anew_is_a_hole)
{
	record(T0, 10, 5, 0);
	record(T0 + 100 * S, 20, 10, 0);
	replay(T0, ground_dut_mac, false);
	ck_assert_uint_eq(frames, 30);
	ck_assert_uint_eq(holes, 1);
	ck_assert_uint_eq(hole_ns, 91 * S);
	/* Not one that lies before what was asked for. */
	replay(T0 + 100 * S, ground_dut_mac, false);
	ck_assert_uint_eq(frames, 20);
	ck_assert_uint_eq(holes, 0);
}
END_TEST

START_TEST(a_shorter_capture_before_a_longer_one_is_a_hole_too)
{
	record(T0, 3, 100, 0);
	record(T0 + 50 * S, 4, 100, 0);
	record(T0 + 90 * S, 50, 100, 0);
	replay(T0, ground_dut_mac, false);
	ck_assert_uint_eq(frames, 57);
	ck_assert_uint_eq(holes, 2);
}
END_TEST

START_TEST(frames_that_were_lost_are_counted)
{
	record(T0, 10, 100, 4);
	replay(T0, ground_dut_mac, false);
	ck_assert_uint_eq(lost, 4);
	ck_assert_uint_eq(holes, 0);
}
END_TEST

START_TEST(a_file_that_is_gone_is_told)
{
	char name[SEGMENT_NAME_SIZE];

	record(T0, 30, 10, 0);
	ck_assert_int_eq(unlinkat(g.dir, segment_capture_name(2, name), 0), 0);
	ck_assert_int_eq(unlinkat(g.dir, segment_index_name(2, name), 0), 0);
	replay(T0, ground_dut_mac, false);
	ck_assert_uint_eq(frames, 20);
	ck_assert_uint_eq(lost, 10);
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_an_error)
{
	record(T0, 30, 10, 0);
	ck_assert_int_eq(unlinkat(g.dir, "000002.pcapng", 0), 0);
	ck_assert_int_eq(symlinkat("/etc/passwd", g.dir, "000002.pcapng"), 0);
	replay(T0, ground_dut_mac, false);
	ck_assert_str_ne(error, "");
	ck_assert(!is_ended);
}
END_TEST

START_TEST(nothing_stored_is_nothing)
{
	replay(T0, ground_dut_mac, false);
	ck_assert_uint_eq(frames + positions + holes + lost, 0);
}
END_TEST

START_TEST(a_question_without_a_worker_is_malformed)
{
	ck_assert_ptr_null(begin(T0, ground_dut_mac, -1));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("capture_replay");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, every_frame_of_every_file_comes_in_order);
	tcase_add_test(t, a_slow_worker_gets_all_of_it);
	tcase_add_test(t, what_is_older_than_asked_for_does_not_come);
	tcase_add_test(t, frames_of_others_do_not_come);
	tcase_add_test(t, a_capture_that_began_anew_is_a_hole);
	tcase_add_test(t, a_shorter_capture_before_a_longer_one_is_a_hole_too);
	tcase_add_test(t, frames_that_were_lost_are_counted);
	tcase_add_test(t, a_file_that_is_gone_is_told);
	tcase_add_test(t, a_file_that_cannot_be_read_is_an_error);
	tcase_add_test(t, nothing_stored_is_nothing);
	tcase_add_test(t, a_question_without_a_worker_is_malformed);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
