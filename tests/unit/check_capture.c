/*
 * check_capture: the capture role on a real link (veth, in a network
 * namespace of its own): what was sent is behind the barrier, to the frame,
 * and what was lost is counted.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <check.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>

#include "base/hex.h"
#include "base/msg.h"
#include "base/peer.h"
#include "captures/pcapng.h"
#include "captures/segment_index.h"
#include "daemon/shared/role.h"
#include "protocols/packet.h"
#include "tests/unit/capture_ground.h"

#define LIMIT_MS 10000

struct bench {
	struct ground captures, evidence;
	pid_t pid;
	int warden, engine, watch; /* our ends */
	int near, far; /* sending sockets on the two ends of the link */
	struct msg_out out;
	uint8_t in[MSG_MAX];
	struct msg_in m;
	/* the last of each event heard while waiting for something else */
	uint64_t events[16];
	unsigned heard[16];
	char details[16][256];
};

static struct bench b;

static bool
ip(const char *a1, const char *a2, const char *a3, const char *a4,
    const char *a5, const char *a6)
{
	const char *const argv[] = { "ip", a1, a2, a3, a4, a5, a6, NULL };
	char out[512];

	return ground_run(argv, out, sizeof(out)) == 0;
}

static int
packet_socket(const char *interface)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct sockaddr_ll a = { .sll_family = AF_PACKET };

	if (fd == -1 || interface == NULL)
		return fd;
	a.sll_ifindex = (int)if_nametoindex(interface);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

/* A link that carries what we send and nothing else. */
static bool
make_link(void)
{
	static const char off[] = "/proc/sys/net/ipv6/conf/default/"
				  "disable_ipv6";
	const char *const add[] = { "ip", "link", "add", "near0", "type",
		"veth", "peer", "name", "far0", NULL };
	char out[512];
	int fd;

	if (unshare(CLONE_NEWNET) == -1)
		return false;
	fd = open(off, O_WRONLY | O_CLOEXEC);
	if (fd != -1) {
		ck_assert_int_eq(write(fd, "1", 1), 1);
		close(fd);
	}
	return ground_run(add, out, sizeof(out)) == 0 &&
	    ip("link", "set", "near0", "up", NULL, NULL) &&
	    ip("link", "set", "far0", "up", NULL, NULL);
}

static void
send_message(int socket, int fd)
{
	char control[CMSG_SPACE(sizeof(int))];
	uint8_t head[MSG_HEADER] = { (uint8_t)(b.out.type >> 8),
		(uint8_t)b.out.type };
	struct iovec iov[2] = { { head, sizeof(head) },
		{ b.out.body, b.out.size } };
	struct msghdr h = { .msg_iov = iov, .msg_iovlen = 2 };
	struct cmsghdr *c;

	if (fd != -1) {
		memset(control, 0, sizeof(control));
		h.msg_control = control;
		h.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&h);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	ck_assert_int_ne(sendmsg(socket, &h, MSG_NOSIGNAL), -1);
}

/* The next message, or false when none comes within the limit. */
static bool
receive(int socket, int limit_ms)
{
	struct pollfd p = { socket, POLLIN, 0 };
	ssize_t n;

	if (poll(&p, 1, limit_ms) != 1)
		return false;
	n = recv(socket, b.in, sizeof(b.in), 0);
	return n > 0 && msg_read(&b.m, b.in, (size_t)n) == 0;
}

static void
hear_event(void)
{
	uint8_t what;
	uint64_t value;
	char detail[256];

	msg_get_u8(&b.m, &what);
	msg_get_u64(&b.m, &value);
	msg_get_string(&b.m, detail, sizeof(detail));
	ck_assert_int_eq(msg_end(&b.m), 0);
	ck_assert_uint_lt(what, 16);
	b.heard[what]++;
	b.events[what] = value;
	memcpy(b.details[what], detail, sizeof(detail));
}

/* Events are noted on the way. */
static void
expect(uint16_t type)
{
	for (;;) {
		ck_assert_msg(receive(b.engine, LIMIT_MS),
		    "no message of type %#x came", type);
		if (b.m.type == type)
			return;
		ck_assert_uint_eq(b.m.type, ENGINE_CAPTURE_EVENT);
		hear_event();
	}
}

static void
expect_event(enum capture_event what)
{
	unsigned before = b.heard[what];

	while (b.heard[what] == before) {
		expect(ENGINE_CAPTURE_EVENT);
		hear_event();
	}
}

/* Gives the role a socket to us; returns our end. */
static int
introduce(enum role role)
{
	int fds[2];

	peer_pair(fds);
	msg_start(&b.out, ROLE_PEER);
	msg_put_u8(&b.out, (uint8_t)role);
	msg_put_u32(&b.out, 0);
	send_message(b.warden, fds[1]);
	close(fds[1]);
	return fds[0];
}

static void
open_capture(uint32_t ring_mib)
{
	int fd = packet_socket(NULL);

	msg_start(&b.out, ROLE_START);
	msg_put_string(&b.out, "capture wired0");
	msg_put_u8(&b.out, 0); /* errors alone */
	msg_put_string(&b.out, "/nonexistent");
	msg_put_string(&b.out, "/nonexistent");
	send_message(b.warden, -1);
	msg_start(&b.out, CAPTURE_OPEN);
	msg_put_u32(&b.out, 0);
	msg_put_string(&b.out, "wired0");
	msg_put_string(&b.out, "near0");
	msg_put_u32(&b.out, ring_mib);
	msg_put_u32(&b.out, 4);
	msg_put_u32(&b.out, 1);
	send_message(b.warden, fd);
	close(fd);
	b.engine = introduce(ROLE_ENGINE); /* early: it has to wait */
	msg_start(&b.out, CAPTURE_DIR);
	msg_put_u8(&b.out, 0);
	send_message(b.warden, b.captures.dir);
	msg_start(&b.out, CAPTURE_DIR);
	msg_put_u8(&b.out, 1);
	send_message(b.warden, b.evidence.dir);
	b.watch = introduce(ROLE_WATCH);
}

struct answer {
	uint64_t position, dropped, stamp, frame;
	char file[SEGMENT_NAME_SIZE];
};

static struct answer
barrier(uint32_t request)
{
	struct answer a;
	uint32_t got;

	msg_start(&b.out, CAPTURE_BARRIER);
	msg_put_u32(&b.out, request);
	send_message(b.engine, -1);
	expect(ENGINE_BARRIER);
	msg_get_u32(&b.m, &got);
	msg_get_u64(&b.m, &a.position);
	msg_get_u64(&b.m, &a.dropped);
	msg_get_u64(&b.m, &a.stamp);
	msg_get_string(&b.m, a.file, sizeof(a.file));
	msg_get_u64(&b.m, &a.frame);
	ck_assert_int_eq(msg_end(&b.m), 0);
	ck_assert_uint_eq(got, request);
	return a;
}

/* False: not allowed here; the test is to end. */
static bool
start(uint32_t ring_mib)
{
	int fds[2];

	memset(&b, 0, sizeof(b));
	if (!make_link()) {
		puts("skipped: needs root and ip, for a link of its own");
		return false;
	}
	ground_begin(&b.captures);
	ground_begin(&b.evidence);
	b.near = packet_socket("near0");
	b.far = packet_socket("far0");
	peer_pair(fds);
	b.pid = fork();
	if (b.pid == 0) {
		dup2(fds[1], WIRE_FD);
		close_range(WIRE_FD + 1, ~0u, 0);
		_exit(capture_main());
	}
	close(fds[1]);
	b.warden = fds[0];
	open_capture(ring_mib);
	ck_assert_uint_eq(barrier(1).position, 0);
	return true;
}

static int
wait_for_end(void)
{
	int status;

	ck_assert_int_eq(waitpid(b.pid, &status, 0), b.pid);
	b.pid = 0;
	return status;
}

static void
finish(void)
{
	close(b.warden);
	ck_assert_int_eq(wait_for_end(), 0);
	ground_end(&b.captures);
	ground_end(&b.evidence);
}

static void
send_frame(int fd, const void *p, size_t n)
{
	while (send(fd, p, n, 0) == -1)
		ck_assert_int_eq(errno, ENOBUFS);
}

/* n SYNs from the bench's end, to ports from first on. */
static void
send_syns(unsigned n, uint16_t first)
{
	uint8_t bytes[128];
	struct frame f;
	unsigned i;

	for (i = 0; i < n; i++) {
		f = ground_syn(bytes, 40000, (uint16_t)(first + i), 0);
		send_frame(b.near, f.data, f.size);
	}
}

static void
send_rsts(unsigned n, uint16_t first)
{
	uint8_t bytes[128];
	struct frame f;
	unsigned i;

	for (i = 0; i < n; i++) {
		f = ground_rst(bytes, 40000, (uint16_t)(first + i), 0);
		send_frame(b.far, f.data, f.size);
	}
}

START_TEST(every_frame_sent_is_behind_the_barrier_to_the_frame)
{
	static const unsigned numbers[] = { 1, 0, 2, 17, 1, 500, 3000, 1, 1 };
	uint64_t sent = 0;
	struct answer a;
	size_t i;

	if (!start(8))
		return;
	for (i = 0; i < 10 * sizeof(numbers) / sizeof(numbers[0]); i++) {
		unsigned n = numbers[i % (sizeof(numbers) / sizeof(*numbers))];

		if (i % 2 == 0)
			send_syns(n, 1);
		else
			send_rsts(n, 1);
		sent += n;
		a = barrier(100 + (uint32_t)i);
		ck_assert_uint_eq(a.position, sent);
		ck_assert_uint_eq(a.dropped, 0);
	}
	ck_assert_uint_eq(b.heard[CAPTURE_DROPPED], 0);
	finish();
}
END_TEST

START_TEST(a_reader_held_up_loses_frames_and_says_how_many)
{
	struct answer a;

	if (!start(1))
		return;
	kill(b.pid, SIGSTOP);
	send_syns(30000, 1);
	kill(b.pid, SIGCONT);
	a = barrier(2);
	ck_assert_uint_gt(a.dropped, 0);
	ck_assert_uint_gt(a.position, 0);
	ck_assert_uint_eq(a.position + a.dropped, 30000);
	ck_assert_uint_eq(b.heard[CAPTURE_DROPPED], 1);
	ck_assert_uint_eq(b.events[CAPTURE_DROPPED], a.dropped);
	finish();
}
END_TEST

/* Reads the first capture file; *first: a copy of its first frame. */
static uint64_t
read_capture(struct pcapng_frame *first, uint8_t bytes[2048])
{
	int fd = openat(b.captures.dir, "000001.pcapng", O_RDONLY);
	struct pcapng_reader *r;
	struct pcapng_frame f;
	uint64_t n = 0;

	ck_assert_int_ne(fd, -1);
	r = pcapng_open(fd);
	while (pcapng_next(r, &f) == 1) {
		if (n++ > 0)
			continue;
		*first = f;
		ck_assert_uint_le(f.frame.size, 2048);
		memcpy(bytes, f.frame.data, f.frame.size);
	}
	ck_assert_str_eq(pcapng_why(r), "");
	pcapng_close(r);
	close(fd);
	return n;
}

START_TEST(frames_are_recorded_as_they_were_sent)
{
	uint8_t sent[128], bytes[2048];
	struct frame f = ground_rst(sent, 40000, 80, 0);
	struct pcapng_frame first;
	struct packet p;

	if (!start(4))
		return;
	send_frame(b.far, f.data, f.size);
	ck_assert_uint_eq(barrier(2).position, 1);
	ck_assert_uint_eq(read_capture(&first, bytes), 1);
	ck_assert_uint_eq(first.frame.size, f.size);
	ck_assert_mem_eq(bytes, sent, f.size);
	ck_assert_int_eq(first.frame.direction, FRAME_IN);
	ck_assert_int_eq(packet_dissect(&p, bytes, first.frame.size), 0);
	ck_assert(packet_checksums_are_good(&p));
	finish();
}
END_TEST

START_TEST(a_vlan_tag_that_the_kernel_took_off_is_put_back)
{
	uint8_t sent[128], tagged[132], bytes[2048];
	struct frame f = ground_rst(sent, 40000, 80, 0);
	static const uint8_t tag[4] = { 0x81, 0, 0x60, 42 };
	struct pcapng_frame first;

	if (!start(4))
		return;
	memcpy(tagged, sent, 12);
	memcpy(tagged + 12, tag, 4);
	memcpy(tagged + 16, sent + 12, f.size - 12);
	send_frame(b.far, tagged, f.size + 4);
	ck_assert_uint_eq(barrier(2).position, 1);
	read_capture(&first, bytes);
	ck_assert_uint_eq(first.frame.size, f.size + 4);
	ck_assert_mem_eq(bytes, tagged, f.size + 4);
	finish();
}
END_TEST

/* The kernel's own UDP, with the link's checksum offload on: what is captured
 * is not what a wire would have carried. */
START_TEST(a_checksum_left_to_a_nic_is_told_and_a_whole_one_is_not)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	const char *const neigh[] = { "ip", "neigh", "add", "10.7.0.16",
		"lladdr", "02:00:00:00:00:10", "dev", "near0", NULL };
	char out[256];
	int fd;

	if (!start(4))
		return;
	send_syns(5, 1);
	barrier(2);
	barrier(3);
	ck_assert_uint_eq(b.heard[CAPTURE_OFFLOADED], 0);
	ck_assert(ip("addr", "add", "10.7.0.1/24", "dev", "near0", NULL));
	ck_assert_int_eq(ground_run(neigh, out, sizeof(out)), 0);
	to.sin_addr.s_addr = htonl(0x0a070010);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(
	    sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)), 1);
	close(fd);
	expect_event(CAPTURE_OFFLOADED);
	ck_assert_uint_eq(b.events[CAPTURE_OFFLOADED], 1);
	finish();
}
END_TEST

START_TEST(a_link_that_goes_is_told_and_one_that_returns_is_captured)
{
	if (!start(4))
		return;
	send_syns(3, 1);
	ck_assert(ip("link", "set", "near0", "down", NULL, NULL));
	expect_event(CAPTURE_LINK_DOWN);
	ck_assert_str_eq(b.details[CAPTURE_LINK_DOWN], "Network is down");
	ck_assert(ip("link", "set", "near0", "up", NULL, NULL));
	send_syns(4, 1);
	ck_assert_uint_eq(barrier(2).position, 7);
	ck_assert_uint_eq(b.heard[CAPTURE_LINK_DOWN], 1);
	ck_assert(ip("link", "del", "near0", NULL, NULL, NULL));
	expect_event(CAPTURE_LINK_DOWN);
	while (strcmp(b.details[CAPTURE_LINK_DOWN], "No such device") != 0)
		expect_event(CAPTURE_LINK_DOWN);
	ck_assert_uint_eq(barrier(3).position, 7);
	finish();
}
END_TEST

static void
ask(uint32_t request, uint64_t from, uint64_t to, uint16_t first, uint16_t last,
    const char *name)
{
	msg_start(&b.out, CAPTURE_RESOLVE);
	msg_put_u32(&b.out, request);
	msg_put_u64(&b.out, from);
	msg_put_u64(&b.out, to);
	msg_put_bytes(&b.out, ground_dut_mac, 6);
	msg_put_string(&b.out, name);
	msg_put_string(&b.out, "a headline");
	msg_put_u16(&b.out, 1);
	msg_put_u32(&b.out, 77);
	msg_put_u8(&b.out, 6);
	msg_put_u8(&b.out, 4);
	msg_put_bytes(&b.out, ground_dut_ip, 4);
	msg_put_u16(&b.out, 40000);
	msg_put_u16(&b.out, 40000);
	msg_put_u16(&b.out, first);
	msg_put_u16(&b.out, last);
	msg_put_string(&b.out, "why");
	send_message(b.engine, -1);
}

struct resolved {
	uint64_t entries, cited, frames, size;
	char name[64], error[256];
};

static struct resolved
expect_resolved(uint32_t request)
{
	struct resolved r = { 0 };
	uint32_t got, observation;
	uint64_t first, last, count;
	char file[SEGMENT_NAME_SIZE];
	const uint8_t *sum;
	size_t n;

	for (;;) {
		ck_assert(receive(b.engine, LIMIT_MS));
		if (b.m.type == ENGINE_CAPTURE_EVENT) {
			hear_event();
			continue;
		}
		msg_get_u32(&b.m, &got);
		ck_assert_uint_eq(got, request);
		if (b.m.type == ENGINE_RESOLVED)
			break;
		ck_assert_uint_eq(b.m.type, ENGINE_EVIDENCE);
		msg_get_u32(&b.m, &observation);
		msg_get_string(&b.m, file, sizeof(file));
		msg_get_u64(&b.m, &first);
		msg_get_u64(&b.m, &last);
		msg_get_u64(&b.m, &count);
		ck_assert_uint_eq(observation, 77);
		ck_assert_uint_le(first + count - 1, last);
		r.entries++;
		r.cited += count;
	}
	msg_get_u64(&b.m, &r.frames);
	msg_get_string(&b.m, r.name, sizeof(r.name));
	msg_get_u64(&b.m, &r.size);
	msg_get_bytes(&b.m, &sum, &n);
	msg_get_string(&b.m, r.error, sizeof(r.error));
	ck_assert_int_eq(msg_end(&b.m), 0);
	ck_assert_uint_eq(n, SHA256_SIZE);
	return r;
}

START_TEST(evidence_and_slice_come_from_the_very_frames)
{
	struct resolved r;
	struct stat st;

	if (!start(8))
		return;
	send_syns(50, 100);
	send_rsts(50, 100);
	barrier(2);
	ask(3, 0, 100, 103, 104, "5/6.pcapng");
	r = expect_resolved(3);
	ck_assert_str_eq(r.error, "");
	ck_assert_uint_eq(r.entries, 4);
	ck_assert_uint_eq(r.frames, 4);
	ck_assert_str_eq(r.name, "5/6.pcapng");
	ck_assert_int_eq(fstatat(b.evidence.dir, "5/6.pcapng", &st, 0), 0);
	ck_assert_uint_eq((uint64_t)st.st_size, r.size);
	ask(4, 0, 50, 103, 104, "5/7.pcapng");
	ck_assert_uint_eq(expect_resolved(4).frames, 2);
	ask(5, 0, 100, 500, 500, "5/8.pcapng");
	r = expect_resolved(5);
	ck_assert_uint_eq(r.entries, 0);
	ck_assert_str_eq(r.name, "");
	ask(6, 0, 100, 103, 104, "../8.pcapng");
	ck_assert_str_ne(expect_resolved(6).error, "");
	finish();
}
END_TEST

START_TEST(a_long_resolve_loses_no_frame_meanwhile)
{
	struct resolved r;

	if (!start(8))
		return;
	send_syns(40000, 1);
	ck_assert_uint_eq(barrier(2).position, 40000);
	ask(3, 0, 40000, 0, 0, "1/2.pcapng");
	send_syns(20000, 1);
	r = expect_resolved(3);
	ck_assert_str_eq(r.error, "");
	ck_assert_uint_eq(r.frames, 40000);
	ck_assert_uint_eq(r.cited, 40000);
	ck_assert_uint_eq(barrier(4).position, 60000);
	ck_assert_uint_eq(barrier(5).dropped, 0);
	finish();
}
END_TEST

START_TEST(a_new_engine_takes_the_old_ones_place)
{
	int old;

	if (!start(4))
		return;
	send_syns(10, 1);
	ck_assert_uint_eq(barrier(2).position, 10);
	old = b.engine;
	b.engine = introduce(ROLE_ENGINE);
	expect_event(CAPTURE_ROTATED);
	ck_assert_uint_eq(b.events[CAPTURE_ROTATED], 1);
	ck_assert_uint_eq(barrier(3).position, 10);
	ck_assert(!receive(old, LIMIT_MS)); /* closed */
	/* One that dies takes nothing with it. */
	close(b.engine);
	send_syns(10, 1);
	b.engine = introduce(ROLE_ENGINE);
	ck_assert_uint_eq(barrier(4).position, 20);
	finish();
}
END_TEST

START_TEST(the_watch_sees_arp_and_not_tcp)
{
	uint8_t bytes[128];
	uint64_t position, stamp;
	uint8_t outgoing;
	const uint8_t *p;
	size_t n, size;

	if (!start(4))
		return;
	send_syns(3, 1);
	size = packet_build_arp(bytes, ground_bench_mac, 2, ground_dut_mac,
	    ground_dut_ip, ground_bench_mac, ground_bench_ip);
	send_frame(b.far, bytes, size);
	ck_assert(receive(b.watch, LIMIT_MS));
	ck_assert_uint_eq(b.m.type, WATCH_FRAME);
	msg_get_u64(&b.m, &position);
	msg_get_u64(&b.m, &stamp);
	msg_get_u8(&b.m, &outgoing);
	msg_get_bytes(&b.m, &p, &n);
	ck_assert_int_eq(msg_end(&b.m), 0);
	ck_assert_uint_eq(position, 4);
	ck_assert_uint_eq(outgoing, 0);
	ck_assert_uint_eq(n, size);
	ck_assert_mem_eq(p, bytes, n);
	barrier(2);
	ck_assert(!receive(b.watch, 0)); /* nothing else came */
	finish();
}
END_TEST

START_TEST(when_the_warden_goes_the_file_is_finished_with_all_that_came)
{
	struct segment_index x = { 0 };
	struct segment_summary s;
	struct err e;
	struct stat st;

	if (!start(4))
		return;
	send_syns(123, 1);
	close(b.warden);
	ck_assert_int_eq(wait_for_end(), 0);
	ck_assert_int_eq(segment_index_load(b.captures.dir, 1, &x, &s, &e), 0);
	ck_assert_int_eq(s.finished, 1);
	ck_assert_uint_eq(s.frames, 123);
	ck_assert_int_eq(fstatat(b.captures.dir, "000001.pcapng", &st, 0), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0440);
	segment_index_free(&x);
	ground_end(&b.captures);
	ground_end(&b.evidence);
}
END_TEST

START_TEST(killed_it_leaves_all_that_was_behind_a_barrier)
{
	struct pcapng_frame first;
	uint8_t bytes[2048];
	int status;

	if (!start(4))
		return;
	send_syns(777, 1);
	ck_assert_uint_eq(barrier(2).position, 777);
	send_syns(5, 1);
	kill(b.pid, SIGKILL);
	status = wait_for_end();
	ck_assert(WIFSIGNALED(status));
	ck_assert_uint_ge(read_capture(&first, bytes), 777);
	ground_end(&b.captures);
	ground_end(&b.evidence);
}
END_TEST

START_TEST(a_malformed_message_ends_it_with_status_1)
{
	int status;

	if (!start(4))
		return;
	msg_start(&b.out, CAPTURE_BARRIER);
	msg_put_u16(&b.out, 1);
	send_message(b.engine, -1);
	status = wait_for_end();
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 1);
	ground_end(&b.captures);
	ground_end(&b.evidence);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("capture");
	TCase *t = tcase_create("all");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 30);
	tcase_add_test(t, every_frame_sent_is_behind_the_barrier_to_the_frame);
	tcase_add_test(t, a_reader_held_up_loses_frames_and_says_how_many);
	tcase_add_test(t, frames_are_recorded_as_they_were_sent);
	tcase_add_test(t, a_vlan_tag_that_the_kernel_took_off_is_put_back);
	tcase_add_test(
	    t, a_checksum_left_to_a_nic_is_told_and_a_whole_one_is_not);
	tcase_add_test(
	    t, a_link_that_goes_is_told_and_one_that_returns_is_captured);
	tcase_add_test(t, evidence_and_slice_come_from_the_very_frames);
	tcase_add_test(t, a_long_resolve_loses_no_frame_meanwhile);
	tcase_add_test(t, a_new_engine_takes_the_old_ones_place);
	tcase_add_test(t, the_watch_sees_arp_and_not_tcp);
	tcase_add_test(
	    t, when_the_warden_goes_the_file_is_finished_with_all_that_came);
	tcase_add_test(t, killed_it_leaves_all_that_was_behind_a_barrier);
	tcase_add_test(t, a_malformed_message_ends_it_with_status_1);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
