/*
 * raw-protocol: a device that speaks one IP protocol more than it should.
 *
 *   raw-protocol PROTOCOL tunnel|answer
 *
 * tunnel: takes the packet out of what arrives under this protocol number (4,
 * 41, 47, 97, 137; IPv4 and IPv6 outside and inside) and answers an echo
 * request in it, as a kernel with a tunnel open to everybody does; the kernels
 * under the tests have none.  answer: sends a few bytes back.  The raw sockets
 * also keep the kernel from saying that the protocol is unreachable.  Prints
 * "armed" once they are there.
 */
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PACKET_MAX 2048

static int
usage(void)
{
	fprintf(stderr, "usage: raw-protocol PROTOCOL tunnel|answer\n");
	return 64;
}

static uint16_t
checksum(const uint8_t *p, size_t n)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	if (i < n)
		sum += (uint32_t)p[i] << 8;
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* From the inner packet's destination to its source, by the kernel. */
static void
send_back(int family, const uint8_t *from, const uint8_t *to,
    const uint8_t *icmp, size_t n)
{
	struct sockaddr_in a4 = { .sin_family = AF_INET };
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6 };
	const struct sockaddr *a = (const struct sockaddr *)&a4;
	socklen_t size = sizeof(a4);
	int fd;

	fd = socket(family, SOCK_RAW,
	    family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	if (fd == -1)
		return;
	if (family == AF_INET6) {
		a = (const struct sockaddr *)&a6;
		size = sizeof(a6);
	}
	memcpy(&a4.sin_addr, from, 4);
	if (family == AF_INET6)
		memcpy(&a6.sin6_addr, from, 16);
	if (bind(fd, a, size) == 0) {
		memcpy(&a4.sin_addr, to, 4);
		if (family == AF_INET6)
			memcpy(&a6.sin6_addr, to, 16);
		(void)sendto(fd, icmp, n, 0, a, size);
	}
	close(fd);
}

static void
answer_inner4(const uint8_t *p, size_t n)
{
	uint8_t out[PACKET_MAX];
	uint16_t sum;

	if (n < 28 || p[0] != 0x45 || p[9] != 1 || p[20] != 8)
		return;
	n -= 20;
	memcpy(out, p + 20, n);
	out[0] = 0; /* RFC 792: echo reply */
	out[2] = out[3] = 0;
	sum = checksum(out, n);
	out[2] = (uint8_t)(sum >> 8);
	out[3] = (uint8_t)sum;
	send_back(AF_INET, p + 16, p + 12, out, n);
}

static void
answer_inner6(const uint8_t *p, size_t n)
{
	uint8_t out[PACKET_MAX];

	if (n < 48 || p[6] != 58 || p[40] != 128)
		return;
	n -= 40;
	memcpy(out, p + 40, n);
	out[0] = 129; /* RFC 4443: echo reply; the kernel sums it up */
	send_back(AF_INET6, p + 24, p + 8, out, n);
}

/* Bytes of the tunnel's header in front of an IP packet. */
static size_t
tunnel_header(int proto, const uint8_t *p, size_t n)
{
	switch (proto) {
	case 47:
		return n > 4 && p[2] == 0x65 && p[3] == 0x58 ? 18 : 4;
	case 97:
		return 16;
	case 137:
		return 4;
	default:
		return 0;
	}
}

static void
take_out(int proto, const uint8_t *p, size_t n)
{
	size_t header = tunnel_header(proto, p, n);

	if (n <= header)
		return;
	p += header;
	n -= header;
	if (p[0] >> 4 == 4)
		answer_inner4(p, n);
	else if (p[0] >> 4 == 6)
		answer_inner6(p, n);
}

/* What lies behind the outer header; IPv6 raw sockets give no header. */
static void
serve(int fd, int family, int proto, bool tunnel)
{
	static const uint8_t words[] = { 6, 7, 8, 9, 0, 0, 0, 0 };
	uint8_t buf[PACKET_MAX];
	struct sockaddr_storage from;
	socklen_t size = sizeof(from);
	const uint8_t *p = buf;
	ssize_t n;

	n = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&from, &size);
	if (n < 0)
		return;
	if (family == AF_INET) {
		size_t header = (size_t)(buf[0] & 15) * 4;

		if ((size_t)n < header)
			return;
		p += header;
		n -= (ssize_t)header;
	}
	if (tunnel)
		take_out(proto, p, (size_t)n);
	else
		(void)sendto(fd, words, sizeof(words), 0,
		    (struct sockaddr *)&from, size);
}

int
main(int argc, char *argv[])
{
	struct pollfd fds[2];
	int proto, i;

	if (argc != 3)
		return usage();
	proto = (int)strtol(argv[1], NULL, 10);
	if (proto < 1 || proto > 254 ||
	    (strcmp(argv[2], "tunnel") != 0 && strcmp(argv[2], "answer") != 0))
		return usage();
	for (i = 0; i < 2; i++) {
		fds[i].fd =
		    socket(i == 0 ? AF_INET : AF_INET6, SOCK_RAW, proto);
		fds[i].events = POLLIN;
		if (fds[i].fd == -1) {
			perror("raw-protocol: socket");
			return 1;
		}
	}
	printf("armed\n");
	fflush(stdout);
	while (poll(fds, 2, -1) > 0)
		for (i = 0; i < 2; i++)
			if (fds[i].revents != 0)
				serve(fds[i].fd, i == 0 ? AF_INET : AF_INET6,
				    proto, strcmp(argv[2], "tunnel") == 0);
	return 1;
}
