/*
 * blaster: frames at a rate, for what captures them.
 *
 *   blaster INTERFACE MAC SIZE COUNT PPS
 *
 * UDP over IPv4 to nobody's address, SIZE bytes with the Ethernet header, past
 * the interface's queue; it prints how many the kernel took, and in which time.
 */
#include <errno.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "protocols/packet.h"
#include "scenarios/mac.h"
#include "scenarios/yaml.h"

#define BATCH 32
#define FRAME_MAX 1514
#define HEADERS 42 /* Ethernet, IPv4, UDP */
#define NS_PER_S UINT64_C(1000000000)

static uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

static int
open_link(const char *interface)
{
	struct sockaddr_ll a = { .sll_family = AF_PACKET };
	const int on = 1;
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	a.sll_ifindex = (int)if_nametoindex(interface);
	if (fd == -1 || a.sll_ifindex == 0 ||
	    bind(fd, (struct sockaddr *)&a, sizeof(a)) == -1)
		return -1;
	(void)setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on));
	return fd;
}

static size_t
make_frame(const char *mac, size_t size, uint8_t *frame)
{
	static const uint8_t from[6] = { 2, 0, 0, 0, 0, 0x10 },
			     src[4] = { 10, 77, 0, 10 },
			     dst[4] = { 10, 77, 0, 77 };
	static uint8_t payload[FRAME_MAX];
	uint8_t to[6];
	struct packet_ends e = { .mac_src = from,
		.mac_dst = to,
		.family = 4,
		.src = src,
		.dst = dst };

	if (!yaml_matches(mac, MAC_PATTERN) || !mac_read(mac, to))
		return 0;
	payload[0] = 5000 >> 8;
	payload[1] = 5000 & 0xff;
	payload[2] = 5001 >> 8;
	payload[3] = 5001 & 0xff;
	payload[4] = (uint8_t)((size - 34) >> 8);
	payload[5] = (uint8_t)(size - 34);
	return packet_build_ip(frame, &e, 17, 64, payload, size - 34);
}

/* At the rate, and no faster to make up for a pause longer than a tenth of a
 * second. */
static uint64_t
blast(int fd, uint8_t *frame, size_t size, uint64_t count, uint64_t pps)
{
	struct mmsghdr messages[BATCH];
	struct iovec iov = { frame, size };
	uint64_t sent = 0, due = 0, before = now_ns(), now;
	int i, n;

	memset(messages, 0, sizeof(messages));
	for (i = 0; i < BATCH; i++) {
		messages[i].msg_hdr.msg_iov = &iov;
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	while (sent < count) {
		now = now_ns();
		due += (now - before) * pps / 1000;
		before = now;
		if (due > pps / 10 * (NS_PER_S / 1000))
			due = pps / 10 * (NS_PER_S / 1000);
		if (due < BATCH * (NS_PER_S / 1000))
			continue;
		n = sendmmsg(fd, messages, BATCH, 0);
		if (n == -1 && errno != ENOBUFS && errno != EAGAIN)
			return sent;
		if (n > 0) {
			sent += (uint64_t)n;
			due -= (uint64_t)n * (NS_PER_S / 1000);
		}
	}
	return sent;
}

int
main(int argc, char **argv)
{
	static uint8_t frame[PACKET_BUILD_MAX + FRAME_MAX];
	uint64_t sent, began;
	size_t size;
	int fd;

	if (argc != 6) {
		fprintf(stderr, "blaster INTERFACE MAC SIZE COUNT PPS\n");
		return 64;
	}
	size = strtoul(argv[3], NULL, 10);
	fd = open_link(argv[1]);
	if (fd == -1 || size < HEADERS || size > FRAME_MAX ||
	    make_frame(argv[2], size, frame) != size) {
		fprintf(stderr, "blaster: %s\n", strerror(errno));
		return 1;
	}
	began = now_ns();
	sent = blast(fd, frame, size, strtoull(argv[4], NULL, 10),
	    strtoull(argv[5], NULL, 10));
	printf("%llu %.3f\n", (unsigned long long)sent,
	    (double)(now_ns() - began) / 1e9);
	close(fd);
	return 0;
}
