/*
 * check_ethernet_source: while frames come from two sides at once, the ring
 * is made wide and narrow again, and each of them is handed on once, in order.
 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <check.h>
#include <linux/if_packet.h>
#include <net/if.h>

#include "captures/clock_step.h"
#include "captures/ethernet_source.h"
#include "tests/unit/capture_ground.h"

#define SENDERS 2
#define FRAMES 60000u
#define ENDLESS UINT32_MAX /* until told to stop */
#define LIMIT_NS UINT64_C(20000000000)
#define TURNS 6
#define FRAME_SIZE 60
#define FRAME_HEAD 0x02, 0, 0, 0, 0, 0x10, 0x02, 0, 0, 0, 0, 0x01, 0x88
#define COUNTED 0xb5 /* with the byte before it, types for experiments */
#define TRIED 0xb6

static struct ethernet_source *source;
static uint32_t last[SENDERS], seen; /* numbers: from 1 */
static uint64_t missing;
static bool is_carried; /* a frame with which the link was tried was seen */
static struct {
	atomic_bool stop;
	atomic_uint sent[SENDERS];
} * shared; /* with the senders */

static int
packet_socket(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	ck_assert_int_ne(fd, -1);
	return fd;
}

/* Interfaces on which nobody else says anything. */
static bool
make_link(void)
{
	static const char *const commands[][10] = {
		{ "sysctl", "-q", "net.ipv6.conf.default.disable_ipv6=1" },
		{ "ip", "link", "add", "near0", "type", "veth", "peer", "name",
		    "far0" },
		{ "ip", "link", "set", "near0", "up" },
		{ "ip", "link", "set", "far0", "up" },
	};
	char out[512];
	size_t i;

	if (unshare(CLONE_NEWNET) == -1)
		return false;
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (ground_run(commands[i], out, sizeof(out)) != 0)
			return false;
	return true;
}

/* What leaves near0 is seen in the very call that sends it. */
static int
sending_socket(void)
{
	struct sockaddr_ll a = { .sll_family = AF_PACKET };
	int fd = packet_socket();

	a.sll_ifindex = (int)if_nametoindex("near0");
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static pid_t
start_sender(uint8_t who, uint32_t frames)
{
	uint8_t frame[FRAME_SIZE] = { FRAME_HEAD, COUNTED };
	uint32_t n;
	pid_t pid = fork();
	int fd;

	if (pid != 0)
		return pid;
	fd = sending_socket();
	frame[14] = who;
	for (n = 1; n <= frames && !atomic_load(&shared->stop); n++) {
		memcpy(frame + 16, &n, sizeof(n));
		while (send(fd, frame, sizeof(frame), 0) == -1)
			if (errno != ENOBUFS)
				_exit(1);
		atomic_store(&shared->sent[who], n);
	}
	_exit(0);
}

static void
wait_for(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

static void
on_frame(void *arg, const struct frame *f)
{
	uint32_t n;

	(void)arg;
	if (f->size != FRAME_SIZE || f->data[12] != 0x88)
		return;
	if (f->data[13] == TRIED)
		is_carried = true;
	if (f->data[13] != COUNTED)
		return;
	ck_assert_uint_lt(f->data[14], SENDERS);
	memcpy(&n, f->data + 16, sizeof(n));
	/* Twice, or behind a later one. */
	ck_assert_uint_gt(n, last[f->data[14]]);
	missing += n - last[f->data[14]] - 1;
	last[f->data[14]] = n;
	seen++;
}

static void
read_some(void)
{
	struct pollfd p = { ethernet_source_fd(source), POLLIN, 0 };

	(void)poll(&p, 1, 20);
	ethernet_source_read(source, 16, on_frame, NULL);
}

/* The kernel says that a link is up before it carries anything. */
static void
await_link(void)
{
	static const uint8_t frame[FRAME_SIZE] = { FRAME_HEAD, TRIED };
	uint64_t limit = clock_monotonic_ns() + LIMIT_NS;
	int fd = sending_socket();

	is_carried = false;
	while (!is_carried) {
		ck_assert_uint_lt(clock_monotonic_ns(), limit);
		(void)send(fd, frame, sizeof(frame), 0);
		read_some();
	}
	close(fd);
}

static void
begin(size_t wide_bytes)
{
	int fds[2];
	struct err e;

	fds[0] = packet_socket();
	fds[1] = packet_socket();
	source = ethernet_source_new(fds, "near0", wide_bytes, &e);
	ck_assert_msg(source != NULL, "%s", e.text);
	memset(last, 0, sizeof(last));
	seen = 0;
	missing = 0;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(shared, MAP_FAILED);
	await_link();
}

/* All that the kernel has accepted by now. */
static void
read_all(void)
{
	uint64_t limit = clock_monotonic_ns() + LIMIT_NS;
	struct ethernet_counts n;
	struct ethernet_mark all;

	ethernet_source_count(source, &n);
	ethernet_source_mark(source, &all);
	while (!ethernet_source_has_passed(source, &all)) {
		ck_assert_uint_lt(clock_monotonic_ns(), limit);
		read_some();
	}
	ck_assert_uint_eq(ethernet_source_counts(source)->handed, n.accepted);
}

START_TEST(no_frame_is_lost_or_comes_twice_while_the_ring_changes)
{
	struct ethernet_counts n;
	pid_t senders[SENDERS];
	unsigned turns = 0, sent;

	if (!make_link()) {
		puts("skipped: needs root and ip, for a link of its own");
		return;
	}
	begin(16u << 20);
	senders[0] = start_sender(0, ENDLESS);
	senders[1] = start_sender(1, ENDLESS);
	while (turns < TURNS) {
		read_some();
		if ((turns % 2 == 0 ? ethernet_source_widen(source)
				    : ethernet_source_narrow(source)) == 0)
			turns++;
		else
			ck_assert_int_eq(errno, EBUSY);
	}
	atomic_store(&shared->stop, true);
	wait_for(senders[0]);
	wait_for(senders[1]);
	read_all();
	ethernet_source_count(source, &n);
	sent = shared->sent[0] + shared->sent[1];
	ck_assert_uint_gt(seen, TURNS);
	ck_assert_uint_eq(seen + n.dropped, sent);
	missing += sent - last[0] - last[1]; /* at the ends */
	ck_assert_uint_eq(missing, n.dropped);
	ethernet_source_free(source);
}
END_TEST

START_TEST(a_narrow_ring_that_overflows_is_told_and_a_wide_one_holds_as_much)
{
	struct ethernet_counts n;

	if (!make_link()) {
		puts("skipped: needs root and ip, for a link of its own");
		return;
	}
	begin(32u << 20);
	wait_for(start_sender(0, FRAMES));
	ethernet_source_count(source, &n);
	ck_assert_uint_gt(n.dropped, 0);
	ck_assert(ethernet_source_has_more(source));
	read_all();
	ck_assert_uint_eq(seen + n.dropped, FRAMES);
	ck_assert_int_eq(ethernet_source_widen(source), 0);
	last[0] = 0;
	seen = 0;
	wait_for(start_sender(0, FRAMES));
	read_all();
	ck_assert_uint_eq(seen, FRAMES);
	ethernet_source_free(source);
}
END_TEST

START_TEST(a_link_that_comes_up_anew_is_captured_in_either_width)
{
	static const char *const down[] = { "ip", "link", "set", "near0",
		"down", NULL };
	static const char *const up[] = { "ip", "link", "set", "near0", "up",
		NULL };
	char out[512];
	int round;

	if (!make_link()) {
		puts("skipped: needs root and ip, for a link of its own");
		return;
	}
	begin(8u << 20);
	for (round = 0; round < 4; round++) {
		ck_assert_int_eq(ground_run(down, out, sizeof(out)), 0);
		ck_assert_int_eq(ethernet_source_error(source), ENETDOWN);
		ck_assert_int_eq(ground_run(up, out, sizeof(out)), 0);
		await_link();
		memset(last, 0, sizeof(last));
		seen = 0;
		wait_for(start_sender(0, 1000));
		read_all();
		ck_assert_uint_eq(seen, 1000);
		ck_assert_int_eq(round % 2 == 0
			? ethernet_source_widen(source)
			: ethernet_source_narrow(source),
		    0);
		read_all();
	}
	ethernet_source_free(source);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ethernet_source");
	TCase *t = tcase_create("rings");
	SRunner *runner;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_test(
	    t, no_frame_is_lost_or_comes_twice_while_the_ring_changes);
	tcase_add_test(t,
	    a_narrow_ring_that_overflows_is_told_and_a_wide_one_holds_as_much);
	tcase_add_test(
	    t, a_link_that_comes_up_anew_is_captured_in_either_width);
	suite_add_tcase(s, t);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
