/*
 * worker_datagrams: conversations by datagram, by the kernel's sockets.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/worker/worker_job.h"
#include "daemon/worker/worker_socket.h"
#include "daemon/worker/worker_sources.h"

#define BATCH 32 /* heard in a row, before others have their turn */

struct assay_datagrams {
	struct assay_job *job;
	struct assay_datagrams_spec spec; /* the target is our own */
	uint16_t local_port;
	int fd;
	struct event *event;
	bool *is_closed; /* of the callback that is under way; or NULL */
};

static bool
is_from(const struct assay_datagrams *d, const struct sockaddr_storage *from)
{
	struct sockaddr_storage own;
	const struct sockaddr_in *a = (const struct sockaddr_in *)&own;
	const struct sockaddr_in6 *b = (const struct sockaddr_in6 *)&own;
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)from;

	(void)worker_socket_address(&own, d->spec.target, d->spec.port);
	if (from->ss_family != own.ss_family)
		return false;
	if (own.ss_family == AF_INET)
		return v4->sin_addr.s_addr == a->sin_addr.s_addr &&
		    v4->sin_port == a->sin_port;
	return memcmp(&v6->sin6_addr, &b->sin6_addr, 16) == 0 &&
	    v6->sin6_port == b->sin6_port;
}

/* False: there is no more for now, or it is closed. */
static bool
hear_one(struct assay_datagrams *d)
{
	uint8_t bytes[ASSAY_DATAGRAM_MAX];
	struct sockaddr_storage from;
	socklen_t size = sizeof(from);
	bool is_closed = false;
	int error = 0;
	ssize_t n;

	memset(&from, 0, sizeof(from));
	n = recvfrom(
	    d->fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &size);
	if (n >= 0 && !is_from(d, &from))
		return true;
	d->is_closed = &is_closed;
	if (n >= 0)
		d->spec.on_heard(d->job, d->spec.arg, bytes, (size_t)n);
	else if (errno == ECONNREFUSED ||
	    (worker_socket_icmp_error(d->fd, &error) && error == ECONNREFUSED))
		d->spec.on_refused(d->job, d->spec.arg);
	if (!is_closed)
		d->is_closed = NULL;
	return !is_closed && n >= 0;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct assay_datagrams *d = arg;
	const struct assay_job *job = d->job;
	int i;

	(void)fd;
	(void)what;
	for (i = 0; i < BATCH; i++)
		if (job->finished || job->phase != WORKER_PHASE_RUN ||
		    !hear_one(d))
			return;
}

struct assay_datagrams *
assay_datagrams_open(
    struct assay_job *job, const struct assay_datagrams_spec *spec)
{
	struct assay_datagrams *d;

	worker_job_enter_live(job, "assay_datagrams_open");
	if ((job->probe->needs & ASSAY_NEED_UDP) == 0)
		worker_job_bug(job, "assay_datagrams_open without UDP");
	if (spec->target == NULL || spec->port == 0 || spec->on_heard == NULL ||
	    spec->on_refused == NULL)
		worker_job_bug(job, "assay_datagrams_open without a callback");
	d = xcalloc(1, sizeof(*d));
	d->job = job;
	d->spec = *spec;
	d->spec.target = worker_job_target(job, spec->target);
	d->fd = -1;
	if (worker_socket_open(d->spec.target,
		worker_source(job, d->spec.target, NULL), SOCK_DGRAM, &d->fd,
		&d->local_port) == -1) {
		assay_datagrams_close(d);
		return NULL;
	}
	d->event =
	    event_new(job->base, d->fd, EV_READ | EV_PERSIST, on_readable, d);
	if (d->event == NULL || event_add(d->event, NULL) == -1)
		fatal("worker: cannot make an event");
	return d;
}

int
assay_datagrams_send(struct assay_datagrams *d, const void *bytes, size_t n)
{
	struct sockaddr_storage to;
	socklen_t size =
	    worker_socket_address(&to, d->spec.target, d->spec.port);
	int tries;

	worker_job_enter_live(d->job, "assay_datagrams_send");
	/* An ICMP error of an earlier one is told in place of sending this. */
	for (tries = 0; tries < 3; tries++) {
		if (sendto(d->fd, bytes, n, MSG_NOSIGNAL,
			(struct sockaddr *)&to, size) == (ssize_t)n)
			return 0;
		if (errno != ECONNREFUSED)
			return -1;
	}
	return -1;
}

uint16_t
assay_datagrams_port(const struct assay_datagrams *d)
{
	return d->local_port;
}

void
assay_datagrams_close(struct assay_datagrams *d)
{
	if (d == NULL)
		return;
	if (d->is_closed != NULL)
		*d->is_closed = true;
	if (d->event != NULL)
		event_free(d->event);
	if (d->fd != -1)
		close(d->fd);
	free(d);
}
