/*
 * udp_listener: UDP ports that answer each datagram with a few bytes, and ports
 * that are bound and say nothing: the device of the bench's UDP parts.
 *
 *   udp_listener PORT… [mute=PORT]…
 */
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define PORTS_MAX 32

/* Dual stack.  -1: not bound. */
static int
bind_port(const char *text)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6 };
	int fd = socket(AF_INET6, SOCK_DGRAM, 0), no = 0;

	a.sin6_port = htons((uint16_t)strtoul(text, NULL, 10));
	if (fd == -1 ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no)) == -1 ||
	    bind(fd, (struct sockaddr *)&a, sizeof(a)) == -1)
		return -1;
	return fd;
}

static void
answer(int fd)
{
	struct sockaddr_in6 from;
	socklen_t size = sizeof(from);
	char buffer[2048];

	if (recvfrom(fd, buffer, sizeof(buffer), 0, (struct sockaddr *)&from,
		&size) >= 0)
		(void)sendto(
		    fd, "pong", 4, 0, (const struct sockaddr *)&from, size);
}

int
main(int argc, char **argv)
{
	struct pollfd fds[PORTS_MAX];
	nfds_t n = 0, i;
	int k;

	for (k = 1; k < argc && k < PORTS_MAX; k++) {
		bool mute = strncmp(argv[k], "mute=", 5) == 0;
		int fd = bind_port(argv[k] + (mute ? 5 : 0));

		if (fd == -1) {
			perror(argv[k]);
			return 1;
		}
		if (mute)
			continue;
		fds[n].fd = fd;
		fds[n++].events = POLLIN;
	}
	puts("ready");
	fflush(stdout);
	while (poll(fds, n, -1) > 0)
		for (i = 0; i < n; i++)
			if ((fds[i].revents & POLLIN) != 0)
				answer(fds[i].fd);
	return 0;
}
