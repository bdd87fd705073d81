/*
 * capture_rig: the capture role on a link of its own, with everybody else
 * played.
 */
#include "tests/unit/capture_rig.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
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

struct capture_rig capture_rig;

bool
capture_rig_ip(const char *a1, const char *a2, const char *a3, const char *a4,
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

/* The kernel brings a link up behind our back, and until it has drops what is
 * sent without a word: so it is waited for, and what the kernel then does under
 * its lock by asking once more. */
bool
capture_rig_up(const char *interface)
{
	const struct timespec while_ns = { .tv_nsec = 1000000 };
	struct ifreq r = { .ifr_flags = 0 };
	int fd, left = LIMIT_MS;

	if (!capture_rig_ip("link", "set", interface, "up", NULL, NULL))
		return false;
	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", interface);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	while (ioctl(fd, SIOCGIFFLAGS, &r) == 0 &&
	    (r.ifr_flags & IFF_RUNNING) == 0 && left-- > 0)
		(void)nanosleep(&while_ns, NULL);
	close(fd);
	return (r.ifr_flags & IFF_RUNNING) != 0 &&
	    capture_rig_ip("link", "set", interface, "up", NULL, NULL);
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
	    capture_rig_ip("link", "set", "near0", "up", NULL, NULL) &&
	    capture_rig_up("far0") && capture_rig_up("near0");
}

void
capture_rig_send_message(int socket, int fd)
{
	char control[CMSG_SPACE(sizeof(int))];
	uint8_t head[MSG_HEADER] = { (uint8_t)(capture_rig.out.type >> 8),
		(uint8_t)capture_rig.out.type };
	struct iovec iov[2] = { { head, sizeof(head) },
		{ capture_rig.out.body, capture_rig.out.size } };
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
bool
capture_rig_receive(int socket, int limit_ms)
{
	struct pollfd p = { socket, POLLIN, 0 };
	ssize_t n;

	if (poll(&p, 1, limit_ms) != 1)
		return false;
	n = recv(socket, capture_rig.in, sizeof(capture_rig.in), 0);
	return n > 0 &&
	    msg_read(&capture_rig.m, capture_rig.in, (size_t)n) == 0;
}

void
capture_rig_hear_event(void)
{
	uint8_t what;
	uint64_t value;
	char detail[256];

	msg_get_u8(&capture_rig.m, &what);
	msg_get_u64(&capture_rig.m, &value);
	msg_get_string(&capture_rig.m, detail, sizeof(detail));
	ck_assert_int_eq(msg_end(&capture_rig.m), 0);
	ck_assert_uint_lt(what, 16);
	capture_rig.heard[what]++;
	capture_rig.events[what] = value;
	memcpy(capture_rig.details[what], detail, sizeof(detail));
}

/* Events are noted on the way. */
static void
expect(uint16_t type)
{
	for (;;) {
		ck_assert_msg(capture_rig_receive(capture_rig.engine, LIMIT_MS),
		    "no message of type %#x came", type);
		if (capture_rig.m.type == type)
			return;
		ck_assert_uint_eq(capture_rig.m.type, ENGINE_CAPTURE_EVENT);
		capture_rig_hear_event();
	}
}

void
capture_rig_expect_event(enum capture_event what)
{
	unsigned before = capture_rig.heard[what];

	while (capture_rig.heard[what] == before) {
		expect(ENGINE_CAPTURE_EVENT);
		capture_rig_hear_event();
	}
}

/* Gives the role a socket to us; returns our end. */
int
capture_rig_introduce(enum role role)
{
	int fds[2];

	peer_pair(fds);
	msg_start(&capture_rig.out, ROLE_PEER);
	msg_put_u8(&capture_rig.out, (uint8_t)role);
	msg_put_u32(&capture_rig.out, 0);
	capture_rig_send_message(capture_rig.warden, fds[1]);
	close(fds[1]);
	return fds[0];
}

static void
open_capture(uint32_t ring_mib)
{
	int fd = packet_socket(NULL);

	msg_start(&capture_rig.out, ROLE_START);
	msg_put_string(&capture_rig.out, "capture wired0");
	msg_put_u8(&capture_rig.out, 0); /* errors alone */
	msg_put_string(&capture_rig.out, "/nonexistent");
	msg_put_string(&capture_rig.out, "/nonexistent");
	capture_rig_send_message(capture_rig.warden, -1);
	msg_start(&capture_rig.out, CAPTURE_OPEN);
	msg_put_u32(&capture_rig.out, 0);
	msg_put_string(&capture_rig.out, "wired0");
	msg_put_string(&capture_rig.out, "near0");
	msg_put_u32(&capture_rig.out, ring_mib);
	msg_put_u32(&capture_rig.out, 4);
	msg_put_u32(&capture_rig.out, 1);
	capture_rig_send_message(capture_rig.warden, fd);
	close(fd);
	fd = packet_socket(NULL);
	msg_start(&capture_rig.out, CAPTURE_SECOND);
	capture_rig_send_message(capture_rig.warden, fd);
	close(fd);
	capture_rig.engine =
	    capture_rig_introduce(ROLE_ENGINE); /* early: it has to wait */
	msg_start(&capture_rig.out, CAPTURE_KEEP);
	msg_put_u16(&capture_rig.out, 0);
	capture_rig_send_message(capture_rig.engine, -1);
	msg_start(&capture_rig.out, CAPTURE_DIR);
	msg_put_u8(&capture_rig.out, 0);
	capture_rig_send_message(capture_rig.warden, capture_rig.captures.dir);
	msg_start(&capture_rig.out, CAPTURE_DIR);
	msg_put_u8(&capture_rig.out, 1);
	capture_rig_send_message(capture_rig.warden, capture_rig.evidence.dir);
	capture_rig.watch = capture_rig_introduce(ROLE_WATCH);
}

struct capture_rig_answer
capture_rig_barrier(uint32_t request)
{
	struct capture_rig_answer a;
	uint32_t got;

	msg_start(&capture_rig.out, CAPTURE_BARRIER);
	msg_put_u32(&capture_rig.out, request);
	capture_rig_send_message(capture_rig.engine, -1);
	expect(ENGINE_BARRIER);
	msg_get_u32(&capture_rig.m, &got);
	msg_get_u64(&capture_rig.m, &a.position);
	msg_get_u64(&capture_rig.m, &a.dropped);
	msg_get_u64(&capture_rig.m, &a.stamp);
	msg_get_string(&capture_rig.m, a.file, sizeof(a.file));
	msg_get_u64(&capture_rig.m, &a.frame);
	ck_assert_int_eq(msg_end(&capture_rig.m), 0);
	ck_assert_uint_eq(got, request);
	return a;
}

/* False: not allowed here; the test is to end. */
bool
capture_rig_start(uint32_t ring_mib)
{
	int fds[2];

	memset(&capture_rig, 0, sizeof(capture_rig));
	if (!make_link()) {
		puts("skipped: needs root and ip, for a link of its own");
		return false;
	}
	ground_begin(&capture_rig.captures);
	ground_begin(&capture_rig.evidence);
	capture_rig.near = packet_socket("near0");
	capture_rig.far = packet_socket("far0");
	peer_pair(fds);
	capture_rig.pid = fork();
	if (capture_rig.pid == 0) {
		dup2(fds[1], WIRE_FD);
		close_range(WIRE_FD + 1, ~0u, 0);
		_exit(capture_main());
	}
	close(fds[1]);
	capture_rig.warden = fds[0];
	open_capture(ring_mib);
	ck_assert_uint_eq(capture_rig_barrier(1).position, 0);
	return true;
}

int
capture_rig_wait_for_end(void)
{
	int status;

	ck_assert_int_eq(waitpid(capture_rig.pid, &status, 0), capture_rig.pid);
	capture_rig.pid = 0;
	return status;
}

void
capture_rig_finish(void)
{
	close(capture_rig.warden);
	ck_assert_int_eq(capture_rig_wait_for_end(), 0);
	ground_end(&capture_rig.captures);
	ground_end(&capture_rig.evidence);
}

void
capture_rig_send_frame(int fd, const void *p, size_t n)
{
	while (send(fd, p, n, 0) == -1)
		ck_assert_int_eq(errno, ENOBUFS);
}

/* n SYNs from the bench's end, to ports from first on. */
void
capture_rig_send_syns(unsigned n, uint16_t first)
{
	uint8_t bytes[128];
	struct frame f;
	unsigned i;

	for (i = 0; i < n; i++) {
		f = ground_syn(bytes, 40000, (uint16_t)(first + i), 0);
		capture_rig_send_frame(capture_rig.near, f.data, f.size);
	}
}

void
capture_rig_send_rsts(unsigned n, uint16_t first)
{
	uint8_t bytes[128];
	struct frame f;
	unsigned i;

	for (i = 0; i < n; i++) {
		f = ground_rst(bytes, 40000, (uint16_t)(first + i), 0);
		capture_rig_send_frame(capture_rig.far, f.data, f.size);
	}
}

bool
capture_rig_slice_has(const char *name, const char *text)
{
	static char bytes[65536];
	const int fd = openat(capture_rig.evidence.dir, name, O_RDONLY);
	ssize_t n;

	ck_assert_int_ne(fd, -1);
	n = read(fd, bytes, sizeof(bytes));
	close(fd);
	return n > 0 && memmem(bytes, (size_t)n, text, strlen(text)) != NULL;
}
