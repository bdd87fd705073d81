/*
 * raw-device: answers of a TCP/IP stack that no package has any more, made by
 * hand: initial sequence numbers as they were given out in the eighties.
 *
 *   raw-device INTERFACE MAC [FLAW[=ARGUMENT]]…
 *
 * IPv4 only: ARP, echo, and one open TCP port, 80; every other port is refused.
 * Without a flaw its numbers are RFC 6528's: a clock, and a secret for each
 * pair of addresses and ports.  A mimic: it shows what a probe makes of such
 * numbers, not what a real stack does.  "ready", "address A", and the words
 * "address A/LENGTH", "die" and "reboot" (it fails, and is started again).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "protocols/packet.h"

#define PORT 80
#define FRAME_MAX 2048

enum numbers {
	RFC6528,
	CONSTANT,
	STEP,  /* for each connection */
	CLOCK, /* 250 kHz, the same for everybody (RFC 793's) */
	SEEDED /* a good generator, from the same seed at each boot */
};

struct device {
	int fd;
	uint8_t mac[6], addr[4];
	bool has_addr;
	enum numbers numbers;
	uint32_t step, last;
	uint64_t secret, seed;
};

static uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static uint32_t
hash(const struct device *d, const struct packet *p)
{
	uint64_t h = d->secret ^ ((uint64_t)p->port_src << 16 | p->port_dst);
	size_t i;

	for (i = 0; i < 4; i++)
		h = (h ^ p->src[i]) * UINT64_C(0xff51afd7ed558ccd);
	h = (h ^ h >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return (uint32_t)(h ^ h >> 32);
}

/* splitmix64 */
static uint32_t
next_seeded(struct device *d)
{
	uint64_t x = d->seed += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)(x >> 32);
}

static uint32_t
number(struct device *d, const struct packet *p)
{
	switch (d->numbers) {
	case CONSTANT:
		return 1;
	case STEP:
		return d->last += d->step;
	case CLOCK:
		return (uint32_t)(now_ns() / 4000);
	case SEEDED:
		return next_seeded(d);
	case RFC6528:
		break;
	}
	return hash(d, p) + (uint32_t)(now_ns() / 4000);
}

static void
answer_arp(struct device *d, const struct packet *p)
{
	uint8_t out[PACKET_BUILD_MAX];
	size_t n;

	if (p->arp[7] != 1 || memcmp(p->arp + 24, d->addr, 4) != 0)
		return;
	n = packet_build_arp(
	    out, p->mac_src, 2, d->mac, d->addr, p->arp + 8, p->arp + 14);
	(void)!send(d->fd, out, n, 0);
}

static void
answer_echo(
    struct device *d, const struct packet *p, const struct packet_ends *e)
{
	uint8_t out[PACKET_BUILD_MAX + FRAME_MAX];
	uint8_t *icmp = out + 34;
	uint16_t sum;
	size_t n;

	if (p->icmp_type != 8 || p->transport_size < 8)
		return;
	n = packet_build_echo(
	    out, e, 0, 0, p->transport + 8, p->transport_size - 8);
	memcpy(icmp, p->transport, p->transport_size);
	memset(icmp, 0, 4); /* a reply; its checksum follows */
	sum = packet_checksum(0, NULL, NULL, 0, icmp, p->transport_size);
	icmp[2] = (uint8_t)(sum >> 8);
	icmp[3] = (uint8_t)sum;
	(void)!send(d->fd, out, n, 0);
}

static void
answer_tcp(
    struct device *d, const struct packet *p, const struct packet_ends *e)
{
	uint8_t out[PACKET_BUILD_MAX];
	bool open = p->port_dst == PORT;
	uint32_t seq;
	size_t n;

	if ((p->flags & (TCP_SYN | TCP_ACK | TCP_RST)) != TCP_SYN)
		return;
	seq = open ? number(d, p) : 0;
	n = packet_build_tcp(out, e, p->port_dst, p->port_src, seq, p->seq + 1,
	    (uint8_t)(TCP_ACK | (open ? TCP_SYN : TCP_RST)), 4096, NULL, 0);
	(void)!send(d->fd, out, n, 0);
}

static void
hear(struct device *d, const uint8_t *frame, size_t size)
{
	struct packet_ends e;
	struct packet p;

	if (!d->has_addr || packet_dissect(&p, frame, size) == -1 || !p.whole)
		return;
	if (p.arp != NULL) {
		answer_arp(d, &p);
		return;
	}
	if (p.family != 4 || memcmp(p.dst, d->addr, 4) != 0)
		return;
	e = (struct packet_ends){ d->mac, p.mac_src, 4, d->addr, p.src };
	if ((p.layers & PACKET_ICMP) != 0)
		answer_echo(d, &p, &e);
	else if ((p.layers & PACKET_TCP) != 0)
		answer_tcp(d, &p, &e);
}

/* False: it ends. */
static bool
obey(struct device *d, char *line)
{
	char host[16];

	line[strcspn(line, "\n")] = '\0';
	if (sscanf(line, "address %15[0-9.]", host) == 1 &&
	    inet_pton(AF_INET, host, d->addr) == 1) {
		d->has_addr = true;
		printf("address %s\n", host);
	} else if (strcmp(line, "die") == 0)
		return false;
	else if (strcmp(line, "reboot") == 0)
		abort();
	else
		printf("unknown word: %s\n", line);
	return true;
}

static void
serve(struct device *d)
{
	struct pollfd fds[2] = { { STDIN_FILENO, POLLIN, 0 },
		{ d->fd, POLLIN, 0 } };
	uint8_t frame[FRAME_MAX];
	char line[256];
	ssize_t n;

	while (poll(fds, 2, -1) > 0) {
		if (fds[0].revents != 0 &&
		    (fgets(line, sizeof(line), stdin) == NULL ||
			!obey(d, line)))
			return;
		if (fds[1].revents == 0)
			continue;
		n = recv(d->fd, frame, sizeof(frame), 0);
		if (n > 0)
			hear(d, frame, (size_t)n);
		else if (errno != EINTR && errno != ENETDOWN)
			return; /* the cable is gone */
	}
}

static int
take_flaw(struct device *d, const char *flaw)
{
	if (strcmp(flaw, "isn-constant") == 0)
		d->numbers = CONSTANT;
	else if (strcmp(flaw, "isn-clock") == 0)
		d->numbers = CLOCK;
	else if (strcmp(flaw, "isn-seeded") == 0)
		d->numbers = SEEDED;
	else if (strncmp(flaw, "isn-step=", 9) == 0) {
		d->numbers = STEP;
		d->step = (uint32_t)strtoul(flaw + 9, NULL, 10);
	} else
		return -1;
	return 0;
}

static int
open_interface(struct device *d, const char *name)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(name) };
	const int on = 1;

	d->fd = socket(AF_PACKET, SOCK_RAW, 0);
	return d->fd == -1 ||
		setsockopt(d->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on,
		    sizeof(on)) == -1 ||
		bind(d->fd, (const struct sockaddr *)&addr, sizeof(addr)) == -1
	    ? -1
	    : 0;
}

int
main(int argc, char *argv[])
{
	struct device d = { 0 };
	int i,
	    bad = argc < 3 ||
	    ether_aton_r(argv[2], (struct ether_addr *)d.mac) == NULL;

	setvbuf(stdout, NULL, _IOLBF, 0);
	setvbuf(stdin, NULL, _IONBF, 0); /* or poll() misses a second line */
	for (i = 3; i < argc && !bad; i++)
		bad = take_flaw(&d, argv[i]) == -1;
	if (bad) {
		fprintf(stderr,
		    "usage: raw-device INTERFACE MAC [isn-constant] "
		    "[isn-step=N] [isn-clock] [isn-seeded]\n");
		return 64;
	}
	if (open_interface(&d, argv[1]) == -1 ||
	    getrandom(&d.secret, sizeof(d.secret), 0) != sizeof(d.secret)) {
		printf("not ready: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	printf("ready\n");
	serve(&d);
	return 0;
}
