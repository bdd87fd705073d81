/*
 * services_ntp: the time, for a device that asks for it.
 */
#include "daemon/services/services_ntp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/log.h"

#define TURNS_MAX 64 /* datagrams at once: the others wait for their turn */
#define STRATUM_KEPT 10
#define STRATUM_ALONE NTP_STRATUM_MAX
#define PRECISION (-20) /* about a microsecond */

struct services_ntp {
	struct event *events[SERVICES_ADDRESSES_MAX];
	int fds[SERVICES_ADDRESSES_MAX];
	size_t n;
};

static uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void
services_ntp_describe(
    bool is_kept, uint32_t bound_us, uint64_t now, struct ntp_clock *clock)
{
	static const uint8_t local[4] = { 127, 127, 1, 1 };

	memset(clock, 0, sizeof(*clock));
	clock->stratum = is_kept ? STRATUM_KEPT : STRATUM_ALONE;
	clock->precision = PRECISION;
	/* Where nothing keeps it, it is the only time there is on this segment,
	 * and has no distance from itself. */
	clock->dispersion_us = is_kept ? bound_us : 0;
	memcpy(clock->reference_id, local, sizeof(local));
	clock->set_ns = now - now % 1000000000u;
}

static void
ask_kernel(uint64_t now, struct ntp_clock *clock)
{
	struct timex t;
	int state;

	memset(&t, 0, sizeof(t));
	state = adjtimex(&t); /* reads alone: modes is 0 */
	services_ntp_describe(
	    state != -1 && state != TIME_ERROR && (t.status & STA_UNSYNC) == 0,
	    t.maxerror < 0 ? 0 : (uint32_t)t.maxerror, now, clock);
}

/* False: there was nothing more to read. */
static bool
answer_one(int fd)
{
	uint8_t bytes[512];
	struct sockaddr_storage from;
	socklen_t size = sizeof(from);
	struct ntp question, answer;
	struct ntp_clock clock;
	uint64_t received;
	ssize_t n;

	n = recvfrom(fd, bytes, sizeof(bytes), MSG_DONTWAIT,
	    (struct sockaddr *)&from, &size);
	if (n < 0)
		return false;
	received = now_ns();
	ask_kernel(received, &clock);
	if (ntp_parse(&question, bytes, (size_t)n) == -1 ||
	    ntp_answer(&question, &clock, received, now_ns(), &answer) == -1)
		return true;
	ntp_build(&answer, bytes);
	/* A device that is gone again asks once more, if it wants the time. */
	(void)sendto(fd, bytes, NTP_SIZE, MSG_DONTWAIT,
	    (const struct sockaddr *)&from, size);
	return true;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	unsigned turns = TURNS_MAX;

	(void)what;
	(void)arg;
	while (turns-- > 0 && answer_one(fd))
		continue;
}

static int
open_socket(const struct netlink_address *a, unsigned scope)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6,
		.sin6_port = htons(NTP_PORT) };
	struct sockaddr_in four = { .sin_family = AF_INET,
		.sin_port = htons(NTP_PORT) };
	int fd, yes = 1, bound;

	fd = socket(a->family == 4 ? AF_INET : AF_INET6,
	    SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	if (a->family == 4) {
		memcpy(&four.sin_addr, a->addr, 4);
		bound = bind(fd, (struct sockaddr *)&four, sizeof(four));
	} else {
		memcpy(&six.sin6_addr, a->addr, 16);
		if (IN6_IS_ADDR_LINKLOCAL(&six.sin6_addr))
			six.sin6_scope_id = scope;
		/* An address may be there before its cable is. */
		setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &yes, sizeof(yes));
		bound = bind(fd, (struct sockaddr *)&six, sizeof(six));
	}
	if (bound == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

struct services_ntp *
services_ntp_new(struct event_base *base, const struct services_config *c)
{
	struct services_ntp *n = xcalloc(1, sizeof(*n));
	unsigned scope = if_nametoindex(c->interface);
	char text[INET6_ADDRSTRLEN];
	size_t i;
	int fd;

	for (i = 0; i < c->nown; i++) {
		fd = open_socket(&c->own[i], scope);
		if (fd == -1) {
			inet_ntop(c->own[i].family == 4 ? AF_INET : AF_INET6,
			    c->own[i].addr, text, sizeof(text));
			log_error("ntp: %s: %s", text, strerror(errno));
			continue;
		}
		n->fds[n->n] = fd;
		n->events[n->n] =
		    event_new(base, fd, EV_READ | EV_PERSIST, on_readable, n);
		if (n->events[n->n] == NULL)
			fatal("ntp: cannot make an event");
		event_add(n->events[n->n], NULL);
		n->n++;
	}
	return n;
}

size_t
services_ntp_count(const struct services_ntp *n)
{
	return n->n;
}

void
services_ntp_free(struct services_ntp *n)
{
	if (n == NULL)
		return;
	while (n->n > 0) {
		n->n--;
		event_free(n->events[n->n]);
		close(n->fds[n->n]);
	}
	free(n);
}
