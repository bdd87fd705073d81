/*
 * watch_connect: one TCP handshake with the DUT from the watch's own address.
 */
#include "daemon/watch/watch_connect.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/log.h"

struct attempt {
	struct watch_connect_ask ask;
	struct event *event;
	int fd; /* -1: there is none */
	uint64_t began_ns;
	int error; /* errno of connect(), 0: under way */
};

static uint64_t
monotonic_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void
end(struct attempt *a, bool good, const char *how)
{
	const struct linger at_once = { 1, 0 };

	if (a->fd != -1) {
		(void)setsockopt(
		    a->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		close(a->fd);
	}
	a->ask.on_done(a->ask.arg, a->ask.request, good,
	    monotonic_ns() - a->began_ns, how);
	event_free(a->event);
	free(a);
}

static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct attempt *a = arg;
	socklen_t size = sizeof(a->error);

	if (fd != -1 && (what & EV_WRITE) != 0)
		(void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &a->error, &size);
	if (fd != -1 && (what & EV_WRITE) != 0 && a->error == 0)
		end(a, true, "tcp");
	else if (a->error == ECONNREFUSED)
		end(a, false, "refused");
	else if (a->error != 0)
		end(a, false, "unreachable");
	else
		end(a, false, "timeout");
}

static socklen_t
fill(struct sockaddr_storage *to, uint8_t family, const uint8_t *addr,
    uint16_t port, uint32_t ifindex)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)to;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;

	memset(to, 0, sizeof(*to));
	if (family == 4) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		memcpy(&v4->sin_addr, addr, 4);
		return sizeof(*v4);
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	memcpy(&v6->sin6_addr, addr, 16);
	if (addr[0] == 0xfe && (addr[1] & 0xc0) == 0x80)
		v6->sin6_scope_id = ifindex;
	return sizeof(*v6);
}

/* 0 when under way, or errno. */
static int
begin(struct attempt *a, const struct watch_link *link)
{
	const struct watch_connect_ask *q = &a->ask;
	const uint8_t *source = watch_link_source(link, q->family, q->addr);
	struct sockaddr_storage to;
	socklen_t size;

	if (source == NULL)
		return EADDRNOTAVAIL;
	a->fd = socket(q->family == 4 ? AF_INET : AF_INET6,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (a->fd == -1)
		return errno;
	size = fill(&to, q->family, source, 0, link->ifindex);
	if (bind(a->fd, (struct sockaddr *)&to, size) == -1)
		return errno;
	size = fill(&to, q->family, q->addr, q->port, link->ifindex);
	if (connect(a->fd, (struct sockaddr *)&to, size) == -1 &&
	    errno != EINPROGRESS)
		return errno;
	return 0;
}

void
watch_connect(struct event_base *base, const struct watch_link *link,
    const struct watch_connect_ask *ask)
{
	struct attempt *a = xcalloc(1, sizeof(*a));
	struct timeval limit = { ask->limit_ms / 1000,
		ask->limit_ms % 1000 * 1000 };
	static const struct timeval at_once;

	a->ask = *ask;
	a->fd = -1;
	a->began_ns = monotonic_ns();
	a->error = begin(a, link);
	a->event = event_new(base, a->error == 0 ? a->fd : -1,
	    a->error == 0 ? EV_WRITE : 0, on_ready, a);
	if (a->event == NULL)
		fatal("watch: cannot make an event");
	event_add(a->event, a->error == 0 ? &limit : &at_once);
}
