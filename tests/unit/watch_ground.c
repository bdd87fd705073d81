/*
 * watch_ground: a segment for tests of the watch.
 */
#include "tests/unit/watch_ground.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>

#include "base/log.h"
#include "base/peer.h"
#include "daemon/shared/role.h"
#include "daemon/shared/wire.h"

static int
try_command(const char *command)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	if (pid == -1 || waitpid(pid, &status, 0) == -1)
		return -1;
	return status;
}

void
watch_ground_run(const char *command)
{
	if (try_command(command) != 0)
		fatal("test: failed: %s", command);
}

void
watch_ground_run_on_device(const struct watch_ground *g, const char *command)
{
	char line[512];

	snprintf(line, sizeof(line),
	    "nsenter --net=/proc/%d/ns/net sh -ec '%s'", (int)g->device,
	    command);
	watch_ground_run(line);
}

bool
watch_ground_is_possible(void)
{
	if (geteuid() != 0) {
		printf("skipped: needs root\n");
		return false;
	}
	if (try_command("command -v ip nsenter >/dev/null") != 0) {
		printf("skipped: needs ip and nsenter\n");
		return false;
	}
	if (try_command("unshare --net true 2>/dev/null") != 0) {
		printf("skipped: no network namespaces here\n");
		return false;
	}
	return true;
}

/* A process that holds the device's namespace until it or we die. */
static pid_t
hold_namespace(void)
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe(ready) == -1)
		fatal("test: pipe");
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWNET) == -1 || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (pid == -1 || read(ready[0], &byte, 1) != 1)
		fatal("test: no namespace");
	close(ready[0]);
	return pid;
}

static void
get_mac(const char *interface, uint8_t *mac)
{
	struct ifreq r;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memset(&r, 0, sizeof(r));
	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", interface);
	if (fd == -1 || ioctl(fd, SIOCGIFHWADDR, &r) == -1)
		fatal("test: no mac of %s", interface);
	memcpy(mac, r.ifr_hwaddr.sa_data, 6);
	close(fd);
}

static int
packet_socket(unsigned ifindex, uint16_t protocol)
{
	struct sockaddr_ll sll = { .sll_family = AF_PACKET };
	int fd, on = 1;

	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	sll.sll_protocol = htons(protocol);
	sll.sll_ifindex = (int)ifindex;
	if (fd == -1 || bind(fd, (struct sockaddr *)&sll, sizeof(sll)) == -1)
		fatal("test: packet socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	return fd;
}

void
watch_ground_make(struct watch_ground *g)
{
	static const uint8_t device_mac[6] = { 2, 0, 0, 0, 0x66, 9 };
	char line[256];

	memset(g, 0, sizeof(*g));
	g->warden = g->capture = g->engine = -1;
	memcpy(g->device_mac, device_mac, 6);
	if (unshare(CLONE_NEWNET) == -1)
		fatal("test: unshare: %s", strerror(errno));
	g->device = hold_namespace();
	/* No duplicate detection: its second would be waited for in vain. */
	watch_ground_run("echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad");
	watch_ground_run_on_device(
	    g, "echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad");
	snprintf(line, sizeof(line),
	    "ip link add " GROUND_INTERFACE " type veth peer name dut0 "
	    "address 02:00:00:00:66:09 netns %d",
	    (int)g->device);
	watch_ground_run(line);
	watch_ground_run(
	    "ip link set lo up; ip link set " GROUND_INTERFACE
	    " up; for a in 10.66.0.1/24 10.66.0.2/24 fd66::1/64 "
	    "fd66::2/64; do ip addr add $a dev " GROUND_INTERFACE "; done");
	watch_ground_run_on_device(g,
	    "ip link set lo up; ip link set dut0 up; "
	    "ip addr add 10.66.0.9/24 dev dut0; "
	    "ip addr add fd66::9/64 dev dut0");
	g->ifindex = if_nametoindex(GROUND_INTERFACE);
	get_mac(GROUND_INTERFACE, g->mac);
	g->tap = packet_socket(g->ifindex, ETH_P_ALL);
}

static void
send_message(int fd, const struct msg_out *m, int carried)
{
	uint8_t datagram[MSG_MAX];
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { datagram, MSG_HEADER + m->size };
	struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	datagram[0] = (uint8_t)(m->type >> 8);
	datagram[1] = (uint8_t)m->type;
	datagram[2] = datagram[3] = 0;
	memcpy(datagram + MSG_HEADER, m->body, m->size);
	if (carried != -1) {
		h.msg_control = control;
		h.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&h);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &carried, sizeof(int));
	}
	if (sendmsg(fd, &h, MSG_NOSIGNAL) == -1)
		fatal("test: cannot send: %s", strerror(errno));
	if (carried != -1)
		close(carried);
}

static int
give_peer(struct watch_ground *g, uint8_t role)
{
	int pair[2];

	peer_pair(pair);
	msg_start(&g->out, ROLE_PEER);
	msg_put_u8(&g->out, role);
	msg_put_u32(&g->out, 0);
	send_message(g->warden, &g->out, pair[1]);
	return pair[0];
}

static void
put_own(struct msg_out *m, int family, const char *text, uint8_t prefix)
{
	uint8_t addr[16];

	inet_pton(family, text, addr);
	msg_put_u8(m, family == AF_INET ? 4 : 6);
	msg_put_bytes(m, addr, family == AF_INET ? 4 : 16);
	msg_put_u8(m, prefix);
}

static void
start_process(struct watch_ground *g)
{
	int pair[2];

	peer_pair(pair);
	g->watch = fork();
	if (g->watch == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(g->tap);
		if (dup2(pair[1], WIRE_FD) == -1)
			_exit(9);
		if (pair[0] != WIRE_FD)
			close(pair[0]);
		if (pair[1] != WIRE_FD)
			close(pair[1]);
		exit(watch_main());
	}
	close(pair[1]);
	g->warden = pair[0];
}

void
watch_ground_start_watch(struct watch_ground *g)
{
	struct msg_out *m = &g->out;

	start_process(g);
	msg_start(m, ROLE_START);
	msg_put_string(m, "watch test");
	msg_put_u8(m, LOG_LEVEL_WARN);
	msg_put_string(m, "/nowhere");
	msg_put_string(m, "/nowhere");
	send_message(g->warden, m, -1);
	msg_start(m, WATCH_OPEN);
	msg_put_u32(m, 0);
	msg_put_string(m, GROUND_INTERFACE);
	msg_put_u32(m, g->ifindex);
	msg_put_bytes(m, g->mac, 6);
	msg_put_u16(m, 2);
	put_own(m, AF_INET, "10.66.0.2", 24);
	put_own(m, AF_INET6, "fd66::2", 64);
	send_message(g->warden, m, packet_socket(g->ifindex, 0));
	g->capture = give_peer(g, ROLE_CAPTURE);
	g->engine = give_peer(g, ROLE_ENGINE);
}

void
watch_ground_new_engine(struct watch_ground *g)
{
	close(g->engine);
	g->engine = give_peer(g, ROLE_ENGINE);
}

void
watch_ground_end(struct watch_ground *g)
{
	int status;

	if (g->watch > 0) {
		kill(g->watch, SIGKILL);
		waitpid(g->watch, &status, 0);
	}
	kill(g->device, SIGKILL);
	waitpid(g->device, &status, 0);
}

void
watch_ground_ask(struct watch_ground *g)
{
	send_message(g->engine, &g->out, -1);
}

static void
hand_on(struct watch_ground *g, const uint8_t *frame, size_t size,
    const struct timespec *stamp, bool outgoing)
{
	struct msg_out m;

	msg_start(&m, WATCH_FRAME);
	msg_put_u64(&m, 0);
	msg_put_u64(&m,
	    (uint64_t)stamp->tv_sec * 1000000000 + (uint64_t)stamp->tv_nsec);
	msg_put_u8(&m, outgoing);
	msg_put_bytes(&m, frame, size);
	send_message(g->capture, &m, -1);
}

void
watch_ground_inject(struct watch_ground *g, const uint8_t *frame, size_t size)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	hand_on(g, frame, size, &now, false);
}

static void
play_capture(struct watch_ground *g)
{
	_Alignas(8) char control[256];
	uint8_t frame[2048];
	struct sockaddr_ll from;
	struct iovec iov = { frame, sizeof(frame) };
	struct msghdr h = { .msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control) };
	struct timespec stamp;
	struct cmsghdr *c;
	ssize_t n;

	n = recvmsg(g->tap, &h, MSG_DONTWAIT);
	if (n <= 0)
		return;
	clock_gettime(CLOCK_REALTIME, &stamp);
	for (c = CMSG_FIRSTHDR(&h); c != NULL; c = CMSG_NXTHDR(&h, c))
		if (c->cmsg_type == SCM_TIMESTAMPNS)
			memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
	hand_on(
	    g, frame, (size_t)n, &stamp, from.sll_pkttype == PACKET_OUTGOING);
}

static uint64_t
monotonic_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static bool
take_kept(struct watch_ground *g, uint16_t type, struct msg_in *m)
{
	struct watch_ground_kept k;
	size_t i;

	for (i = 0; i < g->nkept; i++) {
		k = g->kept[i];
		if ((k.datagram[0] << 8 | k.datagram[1]) != type)
			continue;
		g->nkept--;
		memmove(
		    &g->kept[i], &g->kept[i + 1], (g->nkept - i) * sizeof(k));
		memcpy(g->datagram, k.datagram, k.size);
		return msg_read(m, g->datagram, k.size) == 0;
	}
	return false;
}

static void
keep(struct watch_ground *g, size_t size)
{
	struct watch_ground_kept *k = &g->kept[g->nkept];

	if (g->nkept == GROUND_KEPT_MAX || size > sizeof(k->datagram))
		fatal("test: too much to keep");
	memcpy(k->datagram, g->datagram, size);
	k->size = size;
	g->nkept++;
}

bool
watch_ground_wait(
    struct watch_ground *g, uint16_t type, unsigned limit_ms, struct msg_in *m)
{
	uint64_t now, until = monotonic_ms() + limit_ms;
	struct pollfd p[2] = { { g->tap, POLLIN, 0 },
		{ g->engine, POLLIN, 0 } };
	ssize_t n;

	if (take_kept(g, type, m))
		return true;
	for (now = monotonic_ms(); now < until; now = monotonic_ms()) {
		if (poll(p, 2, (int)(until - now)) == -1)
			continue;
		if ((p[0].revents & POLLIN) != 0)
			play_capture(g);
		if (p[1].revents == 0)
			continue;
		n = recv(g->engine, g->datagram, sizeof(g->datagram), 0);
		if (n <= 0)
			fatal("test: the watch is gone");
		if (msg_read(m, g->datagram, (size_t)n) == -1)
			fatal("test: half a message");
		if (m->type == type)
			return true;
		keep(g, (size_t)n);
	}
	return false;
}
