/*
 * delaybox: a cable with a length.
 *
 *   delaybox INTERFACE INTERFACE MICROSECONDS
 *
 * Hands every frame from one interface to the other, and back, a fixed time
 * after it came.  Offloads of both must be off, or what it hands on has no
 * checksums.  Prints "ready"; at SIGTERM prints what it handed on and what it
 * had to drop, so that a measurement knows whether the cable was a good one.
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>

#include "base/alloc.h"
#include "base/log.h"

#define FRAME_MAX 2048
#define ON_THE_WAY 32768 /* frames in one direction; a power of two */
#define BATCH 64
#define BUFFER (32 << 20)
#define SECOND UINT64_C(1000000000)

struct frame {
	uint64_t due_ns;
	uint32_t size;
	uint8_t data[FRAME_MAX];
};

struct way { /* one direction */
	int from, to;
	struct frame *frames; /* a ring */
	size_t first, n;
	uint64_t handed_on, dropped;
};

static uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

static int
open_end(const char *name)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET };
	const int on = 1, buffer = BUFFER;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd == -1)
		fatal("socket: %s", strerror(errno));
	if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on,
		sizeof(on)) == -1 ||
	    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)) ==
		-1 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer,
		sizeof(buffer)) == -1 ||
	    setsockopt(
		fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof(buffer)) == -1)
		fatal("%s: %s", name, strerror(errno));
	addr.sll_protocol = htons(ETH_P_ALL);
	addr.sll_ifindex = (int)if_nametoindex(name);
	if (bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) == -1)
		fatal("%s: %s", name, strerror(errno));
	return fd;
}

static struct frame *
slot(const struct way *w, size_t i)
{
	return &w->frames[(w->first + i) % ON_THE_WAY];
}

/* All that has come, as far as there is room. */
static void
take(struct way *w, uint64_t delay_ns)
{
	struct mmsghdr h[BATCH];
	struct iovec iov[BATCH];
	uint64_t due_ns;
	size_t i, room;
	int got;

	do {
		room = ON_THE_WAY - w->n < BATCH ? ON_THE_WAY - w->n : BATCH;
		memset(h, 0, sizeof(h));
		for (i = 0; i < room; i++) {
			iov[i].iov_base = slot(w, w->n + i)->data;
			iov[i].iov_len = FRAME_MAX;
			h[i].msg_hdr.msg_iov = &iov[i];
			h[i].msg_hdr.msg_iovlen = 1;
		}
		got = recvmmsg(w->from, h, (unsigned)room, MSG_DONTWAIT, NULL);
		due_ns = now_ns() + delay_ns;
		for (i = 0; got > 0 && i < (size_t)got; i++) {
			slot(w, w->n + i)->size = h[i].msg_len;
			slot(w, w->n + i)->due_ns = due_ns;
		}
		w->n += got > 0 ? (size_t)got : 0;
	} while (got == BATCH);
}

/* What is due.  What the kernel refuses is lost, as on a cable. */
static void
hand_on(struct way *w)
{
	struct mmsghdr h[BATCH];
	struct iovec iov[BATCH];
	uint64_t now = now_ns();
	size_t n;
	int sent;

	for (;;) {
		memset(h, 0, sizeof(h));
		for (n = 0; n < BATCH && n < w->n; n++) {
			if (slot(w, n)->due_ns > now)
				break;
			iov[n].iov_base = slot(w, n)->data;
			iov[n].iov_len = slot(w, n)->size;
			h[n].msg_hdr.msg_iov = &iov[n];
			h[n].msg_hdr.msg_iovlen = 1;
		}
		if (n == 0)
			return;
		sent = sendmmsg(w->to, h, (unsigned)n, MSG_DONTWAIT);
		if (sent <= 0) {
			w->dropped++;
			sent = 1;
		} else
			w->handed_on += (uint64_t)sent;
		w->first = (w->first + (size_t)sent) % ON_THE_WAY;
		w->n -= (size_t)sent;
	}
}

static uint64_t
lost_before_us(int fd)
{
	struct tpacket_stats stats;
	socklen_t size = sizeof(stats);

	if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size) == -1)
		return 0;
	return stats.tp_drops;
}

static void
wait_for_next(struct way *ways)
{
	struct pollfd fds[2];
	struct timespec limit = { .tv_sec = 3600 };
	uint64_t next = UINT64_MAX, now;
	sigset_t none;
	int i;

	for (i = 0; i < 2; i++) {
		fds[i].fd = ways[i].n == ON_THE_WAY ? -1 : ways[i].from;
		fds[i].events = POLLIN;
		if (ways[i].n > 0 && slot(&ways[i], 0)->due_ns < next)
			next = slot(&ways[i], 0)->due_ns;
	}
	if (next != UINT64_MAX) {
		now = now_ns();
		next = next > now ? next - now : 0;
		limit.tv_sec = (time_t)(next / SECOND);
		limit.tv_nsec = (long)(next % SECOND);
	}
	sigemptyset(&none);
	if (ppoll(fds, 2, &limit, &none) == -1 && errno != EINTR)
		fatal("poll: %s", strerror(errno));
}

static volatile sig_atomic_t is_over;

static void
on_signal(int number)
{
	(void)number;
	is_over = 1;
}

/* Signals come only while we wait, so none is missed. */
static void
catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
}

int
main(int argc, char **argv)
{
	struct way ways[2];
	uint64_t delay_ns, lost;
	int i;

	log_init("delaybox", LOG_LEVEL_INFO);
	if (argc != 4) {
		fputs("usage: delaybox INTERFACE INTERFACE MICROSECONDS\n",
		    stderr);
		return 64;
	}
	delay_ns = strtoull(argv[3], NULL, 10) * 1000;
	memset(ways, 0, sizeof(ways));
	ways[0].from = ways[1].to = open_end(argv[1]);
	ways[1].from = ways[0].to = open_end(argv[2]);
	for (i = 0; i < 2; i++)
		ways[i].frames = xcalloc(ON_THE_WAY, sizeof(struct frame));
	catch_signals();
	(void)prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
	puts("ready");
	fflush(stdout);
	while (!is_over) {
		wait_for_next(ways);
		for (i = 0; i < 2; i++) {
			take(&ways[i], delay_ns);
			hand_on(&ways[i]);
		}
	}
	lost = lost_before_us(ways[0].from) + lost_before_us(ways[1].from);
	printf("handed on %llu, dropped %llu\n",
	    (unsigned long long)ways[0].handed_on + ways[1].handed_on,
	    (unsigned long long)ways[0].dropped + ways[1].dropped + lost);
	for (i = 0; i < 2; i++)
		free(ways[i].frames);
	return 0;
}
