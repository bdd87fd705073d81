/*
 * check_worker_net: the real assay-worker on a network: TCP attempts over the
 * loopback and a veth pair, frames in and out.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <check.h>

#include "probes/probe.h"
#include "protocols/packet.h"
#include "tests/unit/worker_rig.h"

static bool is_root;
static struct rig rig;

static void
set_up(void)
{
	is_root = rig_enter_namespace();
}

static void
tear_down(void)
{
	if (is_root && rig.engine != 0)
		rig_free(&rig);
}

#define NEEDS_ROOT() \
	do { \
		if (!is_root) \
			return; \
	} while (0)

static int
exit_status(void)
{
	ck_assert(WIFEXITED(rig.status));
	return WEXITSTATUS(rig.status);
}

/* ---- TCP ---- */

/* A listener on the loopback; its port. */
static int
listen_somewhere(uint16_t *port, int backlog)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t size = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	ck_assert_int_eq(listen(fd, backlog), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&in, &size), 0);
	*port = ntohs(in.sin_port);
	return fd;
}

static void
run_sample_ok(uint16_t port, bool on_link, const char *limit)
{
	char text[16];

	rig_start(&rig, "sample_ok", false);
	snprintf(text, sizeof(text), "%u", port);
	rig_param(&rig, "port", text);
	rig_param(&rig, "limit", limit);
	rig_target(&rig, on_link);
	rig_go(&rig);
}

START_TEST(open_port_is_connected_and_closed_with_a_reset)
{
	struct sockaddr_in peer = { 0 };
	socklen_t size = sizeof(peer);
	struct pollfd pfd = { 0, POLLIN, 0 };
	uint16_t port;
	int fd, one;
	char c;

	NEEDS_ROOT();
	fd = listen_somewhere(&port, 8);
	run_sample_ok(port, false, "2s");
	rig_end(&rig);
	ck_assert_msg(rig.done, "%s %s", rig.failed, rig.last_words);
	ck_assert_uint_eq(rig.nverdicts, 1);
	ck_assert_uint_eq(rig.verdicts[0].value, ASSAY_PASS);
	ck_assert_uint_eq(rig.verdicts[0].nobservations, 2);
	ck_assert_uint_eq(rig.good_controls, 2);
	ck_assert_str_eq(rig.note, "took");
#if !defined(ASSAY_SANITIZED) && !defined(ASSAY_COVERAGE)
	ck_assert_ptr_nonnull(strstr(rig.sandbox, "seccomp"));
	ck_assert_ptr_null(strstr(rig.sandbox, "no seccomp"));
#endif
	/* Both tries: from the port that was named last, with a reset. */
	for (int i = 0; i < 2; i++) {
		one = accept(fd, (struct sockaddr *)&peer, &size);
		ck_assert_int_ne(one, -1);
		if (i == 1)
			ck_assert_uint_eq(ntohs(peer.sin_port), rig.local_port);
		pfd.fd = one;
		ck_assert_int_eq(poll(&pfd, 1, 5000), 1);
		ck_assert_int_eq(recv(one, &c, 1, 0), -1);
		ck_assert_int_eq(errno, ECONNRESET);
		close(one);
	}
	close(fd);
}
END_TEST

START_TEST(closed_port_is_refused)
{
	uint16_t port;

	NEEDS_ROOT();
	close(listen_somewhere(&port, 8));
	run_sample_ok(port, false, "2s");
	rig_end(&rig);
	ck_assert_uint_eq(rig.nverdicts, 1);
	ck_assert_uint_eq(rig.verdicts[0].value, ASSAY_FAIL);
	ck_assert_uint_eq(rig.good_controls, 2);
}
END_TEST

/* An accept queue that is full drops the SYN: a silent port on the loopback. */
START_TEST(silent_port_is_a_timeout_and_no_pass)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	int fd, fill[4], i;
	uint16_t port;

	NEEDS_ROOT();
	fd = listen_somewhere(&port, 0);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in.sin_port = htons(port);
	for (i = 0; i < 4; i++) {
		fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(fill[i], (struct sockaddr *)&in, sizeof(in));
	}
	run_sample_ok(port, false, "200ms");
	rig_end(&rig);
	ck_assert_uint_eq(rig.nverdicts, 1);
	ck_assert_uint_eq(rig.verdicts[0].value, ASSAY_INCONC);
	ck_assert_uint_eq(rig.controls, 2);
	ck_assert_uint_eq(rig.good_controls, 0);
	for (i = 0; i < 4; i++)
		close(fill[i]);
	close(fd);
}
END_TEST

/* Answers ARP, and a SYN with "port unreachable" (RFC 792), as a firewall's
 * reject rule does. */
static void
answer_as_firewall(int fd, bool *was_syn)
{
	static uint8_t frame[2048], out[2048];
	struct packet p;
	ssize_t n = recv(fd, frame, sizeof(frame), MSG_DONTWAIT);
	size_t size, quoted;
	uint16_t sum;

	if (n <= 0 || packet_dissect(&p, frame, (size_t)n) == -1)
		return;
	if ((p.layers & PACKET_ARP) != 0 && p.arp[7] == 1) {
		size = packet_build_arp(out, p.mac_src, 2,
		    (const uint8_t *)"\x02\0\0\0\0\x10", p.arp + 24, p.arp + 8,
		    p.arp + 14);
		ck_assert_int_gt(send(fd, out, size, 0), 0);
		return;
	}
	if ((p.layers & PACKET_TCP) == 0 || p.flags != TCP_SYN)
		return;
	*was_syn = true;
	quoted = 28;
	size = 14 + 20 + 8 + quoted;
	memset(out, 0, sizeof(out));
	memcpy(out, p.mac_src, 6);
	memcpy(out + 6, p.mac_dst, 6);
	out[12] = 8; /* IPv4 */
	memcpy(out + 14, p.ip, 20);
	out[16] = 0;
	out[17] = (uint8_t)(size - 14);
	out[23] = 1; /* ICMP */
	memcpy(out + 26, p.dst, 4);
	memcpy(out + 30, p.src, 4);
	out[24] = out[25] = 0;
	sum = packet_checksum(0, NULL, NULL, 0, out + 14, 20);
	out[24] = (uint8_t)(sum >> 8);
	out[25] = (uint8_t)sum;
	out[34] = 3; /* destination unreachable */
	out[35] = 3; /* port */
	memcpy(out + 42, p.ip, quoted);
	sum = packet_checksum(0, NULL, NULL, 0, out + 34, 8 + quoted);
	out[36] = (uint8_t)(sum >> 8);
	out[37] = (uint8_t)sum;
	ck_assert_int_gt(send(fd, out, size, 0), 0);
}

/* To the kernel both are ECONNREFUSED. */
START_TEST(icmp_port_unreachable_is_not_taken_for_a_reset)
{
	struct pollfd pfd[2] = { { 0, POLLIN, 0 }, { 0, POLLIN, 0 } };
	bool was_syn = false;
	int fd;

	NEEDS_ROOT();
	rig_make_link();
	fd = rig_open_raw(RIG_FAR);
	run_sample_ok(4444, true, "2s");
	pfd[0].fd = fd;
	pfd[1].fd = rig.engine;
	while (!rig.done) {
		ck_assert_int_gt(poll(pfd, 2, 10000), 0);
		if (pfd[0].revents != 0)
			answer_as_firewall(fd, &was_syn);
		if (pfd[1].revents != 0)
			ck_assert(rig_read(&rig));
	}
	rig_end(&rig);
	close(fd);
	ck_assert(was_syn);
	ck_assert_str_eq(rig.failed, "");
	/* Refused would have been a good control and a fail. */
	ck_assert_uint_eq(rig.good_controls, 0);
	ck_assert_uint_eq(rig.verdicts[0].value, ASSAY_INCONC);
}
END_TEST

START_TEST(no_route_is_our_own_trouble)
{
	NEEDS_ROOT();
	rig_start(&rig, "sample_ok", false);
	rig_target(&rig, true); /* and there is no link */
	rig_go(&rig);
	rig_end(&rig);
	ck_assert_str_eq(rig.failed, "the bench cannot connect");
	ck_assert(rig.done);
	ck_assert_uint_eq(rig.nverdicts, 0);
}
END_TEST

/* ---- the link ---- */

static const uint8_t udp_frame[60] = { 0x02, 0, 0, 0, 0, 0x01, 0x02, 0, 0, 0, 0,
	0x10, 0x08, 0x00, 0x45, 0, 0, 28, 0, 1, 0, 0, 64, 17, 0, 0, 10, 99, 0,
	2, 10, 99, 0, 1, 0x12, 0x34, 0x56, 0x78, 0, 8, 0, 0 };

START_TEST(frames_that_match_the_filter_reach_the_probe)
{
	uint8_t other[60];
	int fd, near, i;

	NEEDS_ROOT();
	rig_make_link();
	fd = rig_open_raw(RIG_FAR);
	near = rig_open_raw(RIG_NEAR);
	rig_start(&rig, "sample_frames", true);
	rig_param(&rig, "enough", "100");
	rig_target(&rig, true);
	rig_go(&rig);
	while (rig.lines == 0)
		ck_assert(rig_read(&rig));
	memcpy(other, udp_frame, sizeof(other));
	other[23] = 6; /* TCP: not for this probe */
	for (i = 0; i < 100; i++) {
		ck_assert_int_eq(send(fd, other, sizeof(other), 0), 60);
		/* sent by the bench: not incoming */
		ck_assert_int_eq(
		    send(near, udp_frame, sizeof(udp_frame), 0), 60);
		ck_assert_int_eq(send(fd, udp_frame, sizeof(udp_frame), 0), 60);
	}
	rig_end(&rig);
	close(fd);
	close(near);
	ck_assert_int_eq(exit_status(), 0);
	ck_assert_uint_eq(rig.number, 100);
	ck_assert_uint_eq(rig.nverdicts, 1);
	ck_assert_uint_eq(rig.verdicts[0].value, ASSAY_PASS);
	ck_assert_uint_eq(rig.notes, 3);
}
END_TEST

/* Frames of the sample's own type that this socket saw. */
static unsigned
count_frames(int fd)
{
	uint8_t frame[2048];
	unsigned n = 0;
	ssize_t size;

	while ((size = recv(fd, frame, sizeof(frame), MSG_DONTWAIT)) > 0)
		n += size >= 14 && frame[12] == 0x88 && frame[13] == 0xb5;
	return n;
}

/* What the bench's own tap did not see would be no evidence. */
START_TEST(sent_frames_reach_the_device_and_the_tap)
{
	const int size = 8 << 20;
	int far, tap;

	NEEDS_ROOT();
	rig_make_link();
	far = rig_open_raw(RIG_FAR);
	tap = rig_open_raw(RIG_NEAR);
	setsockopt(far, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setsockopt(tap, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	rig_start(&rig, "sample_send", true);
	rig_param(&rig, "frames", "2000");
	rig_target(&rig, true);
	rig_go(&rig);
	rig_end(&rig);
	ck_assert_msg(rig.done, "%s %s", rig.failed, rig.last_words);
	ck_assert_uint_eq(count_frames(far), 2000);
	ck_assert_uint_eq(count_frames(tap), 2000);
	close(far);
	close(tap);
}
END_TEST

START_TEST(link_that_is_down_is_told_to_the_probe)
{
	NEEDS_ROOT();
	rig_make_link();
	rig_bring_down(RIG_NEAR);
	rig_start(&rig, "sample_send", true);
	rig_target(&rig, true);
	rig_go(&rig);
	rig_end(&rig);
	ck_assert_str_eq(rig.failed, "the link is gone");
	ck_assert_uint_eq(rig.nverdicts, 0);
}
END_TEST

START_TEST(probe_that_needs_the_link_says_when_there_is_none)
{
	NEEDS_ROOT();
	rig_start(&rig, "sample_frames", false);
	rig_go(&rig);
	rig_end(&rig);
	ck_assert_ptr_nonnull(strstr(rig.failed, "link: "));
	ck_assert(rig.done);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("worker on a network");
	TCase *c = tcase_create("network");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_set_timeout(c, 30);
	tcase_add_test(c, open_port_is_connected_and_closed_with_a_reset);
	tcase_add_test(c, closed_port_is_refused);
	tcase_add_test(c, silent_port_is_a_timeout_and_no_pass);
	tcase_add_test(c, icmp_port_unreachable_is_not_taken_for_a_reset);
	tcase_add_test(c, no_route_is_our_own_trouble);
	tcase_add_test(c, frames_that_match_the_filter_reach_the_probe);
	tcase_add_test(c, sent_frames_reach_the_device_and_the_tap);
	tcase_add_test(c, link_that_is_down_is_told_to_the_probe);
	tcase_add_test(c, probe_that_needs_the_link_says_when_there_is_none);
	suite_add_tcase(s, c);
	return s;
}

int
main(void)
{
	SRunner *runner = srunner_create(suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
