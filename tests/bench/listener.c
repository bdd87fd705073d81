/*
 * listener: a device that has nothing but open TCP ports.
 *
 *   listener PORT…
 *
 * Each port is open by IPv4 and IPv6.  Whoever connects is accepted and let go
 * at once.  Prints "ready" when all are open; ends when it is killed.
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"

#define BACKLOG 512

static int
open_port(const char *text)
{
	struct sockaddr_in6 addr = { .sin6_family = AF_INET6 };
	const int on = 1, off = 0;
	unsigned long port;
	char *end;
	int fd;

	errno = 0;
	port = strtoul(text, &end, 10);
	if (errno != 0 || *end != '\0' || port == 0 || port > UINT16_MAX)
		fatal("%s: not a port", text);
	fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		fatal("socket: %s", strerror(errno));
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	addr.sin6_port = htons((uint16_t)port);
	if (bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) == -1 ||
	    listen(fd, BACKLOG) == -1)
		fatal("port %lu: %s", port, strerror(errno));
	return fd;
}

static void
let_go(int fd)
{
	int guest;

	for (;;) {
		guest = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
		if (guest == -1)
			return; /* none left, or it was gone already */
		close(guest);
	}
}

int
main(int argc, char **argv)
{
	struct pollfd *ports;
	nfds_t i, n = (nfds_t)argc - 1;

	log_init("listener", LOG_LEVEL_INFO);
	if (argc < 2) {
		fputs("usage: listener PORT...\n", stderr);
		return 64;
	}
	ports = xcalloc(n, sizeof(*ports));
	for (i = 0; i < n; i++) {
		ports[i].fd = open_port(argv[i + 1]);
		ports[i].events = POLLIN;
	}
	puts("ready");
	fflush(stdout);
	for (;;) {
		if (poll(ports, n, -1) == -1 && errno != EINTR)
			fatal("poll: %s", strerror(errno));
		for (i = 0; i < n; i++)
			if (ports[i].revents != 0)
				let_go(ports[i].fd);
	}
}
