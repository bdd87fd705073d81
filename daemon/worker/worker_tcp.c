/*
 * worker_tcp: one TCP connection attempt after the other, by the kernel.
 *
 * An attempt reports once, never from within assay_tcp_try(), and closes with
 * RST.  What is our own trouble (no descriptor, no port, no route) is said to
 * be ours: a device must not fail, nor pass, for it.
 */
#include "daemon/worker/worker_tcp.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <linux/errqueue.h> /* needs time.h before it */

#include <event2/event.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/worker/worker_job.h"

#define IN_FLIGHT_MAX 256
#define WAITING_MAX 65536
#define NS_PER_S UINT64_C(1000000000)
#define TIMEOUT_MAX_NS (NS_PER_S * 3600)

struct tcp_try {
	TAILQ_ENTRY(tcp_try) entry;
	struct assay_job *job;
	const struct assay_target *target;
	uint16_t port, local_port;
	uint64_t timeout_ns, began_ns;
	void (*on_result)(struct assay_job *, void *, enum assay_tcp_result,
	    uint16_t, uint64_t);
	void *arg;
	int fd;
	int error; /* of connect() itself: nothing is under way */
	struct event *event;
};

struct worker_tcp {
	TAILQ_HEAD(tcp_tries, tcp_try) waiting, flying;
	size_t nwaiting, nflying;
};

static socklen_t
make_address(struct sockaddr_storage *ss, const struct assay_target *t,
    const uint8_t *addr, uint16_t port)
{
	struct sockaddr_in *in = (void *)ss;
	struct sockaddr_in6 *in6 = (void *)ss;

	memset(ss, 0, sizeof(*ss));
	if (t->family == 4) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, addr, 4);
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	memcpy(&in6->sin6_addr, addr, 16);
	if (t->scope == ASSAY_IPV6_LINK)
		in6->sin6_scope_id = t->ifindex;
	return sizeof(*in6);
}

static uint16_t
read_local_port(int fd)
{
	struct sockaddr_storage ss;
	socklen_t size = sizeof(ss);

	memset(&ss, 0, sizeof(ss));
	if (getsockname(fd, (struct sockaddr *)&ss, &size) == -1)
		return 0;
	return ntohs(ss.ss_family == AF_INET
		? ((struct sockaddr_in *)&ss)->sin_port
		: ((struct sockaddr_in6 *)&ss)->sin6_port);
}

/* Makes the socket and binds it: the port must be known before the SYN. */
static int
open_socket(struct tcp_try *t)
{
	const struct linger reset = { .l_onoff = 1, .l_linger = 0 };
	const bool is_v4 = t->target->family == 4;
	struct sockaddr_storage ss;
	const int on = 1;
	socklen_t size;

	t->fd = socket(is_v4 ? AF_INET : AF_INET6,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (t->fd == -1)
		return -1;
	(void)setsockopt(t->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	/* So that an ICMP error can be told from a RST: to the kernel a "port
	 * unreachable" is a refusal too. */
	(void)setsockopt(t->fd, is_v4 ? IPPROTO_IP : IPPROTO_IPV6,
	    is_v4 ? IP_RECVERR : IPV6_RECVERR, &on, sizeof(on));
	size = make_address(&ss, t->target, t->target->source, 0);
	if (bind(t->fd, (struct sockaddr *)&ss, size) == -1)
		return -1;
	t->local_port = read_local_port(t->fd);
	return t->local_port == 0 ? -1 : 0;
}

/* 0: under way.  Else the error, 0 excluded. */
static int
begin_connect(struct tcp_try *t)
{
	struct sockaddr_storage ss;
	socklen_t size = make_address(&ss, t->target, t->target->addr, t->port);

	if (connect(t->fd, (struct sockaddr *)&ss, size) == 0)
		return 0;
	return errno == EINPROGRESS || errno == EINTR ? 0 : errno;
}

static bool
has_icmp_error(int fd)
{
	char control[512], data[256];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr h = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct sock_extended_err *error;
	struct cmsghdr *c;

	if (recvmsg(fd, &h, MSG_ERRQUEUE | MSG_DONTWAIT) == -1)
		return false;
	for (c = CMSG_FIRSTHDR(&h); c != NULL; c = CMSG_NXTHDR(&h, c)) {
		if (c->cmsg_level != IPPROTO_IP &&
		    c->cmsg_level != IPPROTO_IPV6)
			continue;
		error = (void *)CMSG_DATA(c);
		if (error->ee_origin == SO_EE_ORIGIN_ICMP ||
		    error->ee_origin == SO_EE_ORIGIN_ICMP6)
			return true;
	}
	return false;
}

/* What an error of a connect that was under way says of the device. */
static enum assay_tcp_result
result_of(int error, int fd)
{
	switch (error) {
	case 0:
	case ECONNRESET: /* after the handshake: tcp_reset() says */
	case EPIPE:      /* ECONNREFUSED before it, and only then */
		return ASSAY_TCP_CONNECTED;
	case ECONNREFUSED:
		return has_icmp_error(fd) ? ASSAY_TCP_UNREACHABLE
					  : ASSAY_TCP_REFUSED;
	case EHOSTUNREACH:
	case ENETUNREACH:
	case EHOSTDOWN:
	case ENOPROTOOPT:
	case EPROTO:
	case EACCES:
	case EOPNOTSUPP:
	case ENONET:
		return ASSAY_TCP_UNREACHABLE;
	case ETIMEDOUT:
		return ASSAY_TCP_TIMEOUT;
	default:
		return ASSAY_TCP_LOCAL;
	}
}

static void start_waiting(struct assay_job *job);

static void
drop(struct tcp_try *t)
{
	if (t->event != NULL)
		event_free(t->event);
	if (t->fd != -1)
		close(t->fd);
	free(t);
}

/* An ICMP error wakes us when it is in the error queue, which is before the
 * socket's own error is set: then SO_ERROR is still 0, and nothing is connected
 * for all that. */
static bool
is_connected(int fd)
{
	struct sockaddr_storage ss;
	socklen_t size = sizeof(ss);

	return getpeername(fd, (struct sockaddr *)&ss, &size) == 0;
}

/* How the connect ended.  False: it has not, wait on. */
static bool
read_result(const struct tcp_try *t, enum assay_tcp_result *result)
{
	socklen_t size = sizeof(int);
	int error;

	*result = ASSAY_TCP_LOCAL;
	if (getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &error, &size) == -1)
		return true;
	if (error != 0 || is_connected(t->fd)) {
		*result = result_of(error, t->fd);
		return true;
	}
	*result = ASSAY_TCP_UNREACHABLE;
	return has_icmp_error(t->fd);
}

static void
wait_on(struct tcp_try *t, uint64_t took_ns)
{
	uint64_t left = took_ns < t->timeout_ns ? t->timeout_ns - took_ns : 0;
	struct timeval tv = { (time_t)(left / NS_PER_S),
		(suseconds_t)(left % NS_PER_S / 1000) };

	event_add(t->event, &tv);
}

static void
on_try(evutil_socket_t fd, short what, void *arg)
{
	struct tcp_try *t = arg;
	struct assay_job *job = t->job;
	enum assay_tcp_result result = ASSAY_TCP_LOCAL;
	uint64_t took_ns;

	(void)fd;
	if (job->finished || job->phase != WORKER_PHASE_RUN)
		return;
	took_ns = assay_now_ns(job) - t->began_ns;
	if (t->error == ECONNREFUSED) { /* the loopback answers at once */
		result = ASSAY_TCP_REFUSED;
	} else if (t->error == 0 && (what & EV_WRITE) == 0) {
		result = ASSAY_TCP_TIMEOUT;
	} else if (t->error == 0 && !read_result(t, &result)) {
		wait_on(t, took_ns);
		return;
	}
	TAILQ_REMOVE(&job->tcp->flying, t, entry);
	job->tcp->nflying--;
	/* Closed first: when the probe hears of it, the RST is on its way. */
	event_free(t->event);
	t->event = NULL;
	if (t->fd != -1)
		close(t->fd);
	t->fd = -1;
	t->on_result(job, t->arg, result, t->local_port, took_ns);
	drop(t);
	start_waiting(job);
}

static void
start(struct tcp_try *t)
{
	struct assay_job *job = t->job;
	struct timeval tv = { 0, 0 };
	bool flies;

	t->began_ns = assay_now_ns(job);
	t->error = open_socket(t) == -1 ? errno : begin_connect(t);
	flies = t->error == 0;
	t->event = event_new(
	    job->base, flies ? t->fd : -1, flies ? EV_WRITE : 0, on_try, t);
	if (t->event == NULL)
		fatal("worker: cannot make an event");
	if (flies) {
		tv.tv_sec = (time_t)(t->timeout_ns / NS_PER_S);
		tv.tv_usec = (suseconds_t)(t->timeout_ns % NS_PER_S / 1000);
	}
	event_add(t->event, &tv);
	TAILQ_INSERT_TAIL(&job->tcp->flying, t, entry);
	job->tcp->nflying++;
}

static void
start_waiting(struct assay_job *job)
{
	struct worker_tcp *tcp = job->tcp;
	struct tcp_try *t;

	while (!job->finished && tcp->nflying < IN_FLIGHT_MAX) {
		t = TAILQ_FIRST(&tcp->waiting);
		if (t == NULL)
			return;
		TAILQ_REMOVE(&tcp->waiting, t, entry);
		tcp->nwaiting--;
		start(t);
	}
}

void
worker_tcp_open(struct assay_job *job)
{
	job->tcp = xcalloc(1, sizeof(*job->tcp));
	TAILQ_INIT(&job->tcp->waiting);
	TAILQ_INIT(&job->tcp->flying);
}

void
worker_tcp_close(struct assay_job *job)
{
	struct tcp_try *t;

	if (job->tcp == NULL)
		return;
	while ((t = TAILQ_FIRST(&job->tcp->flying)) != NULL) {
		TAILQ_REMOVE(&job->tcp->flying, t, entry);
		drop(t);
	}
	while ((t = TAILQ_FIRST(&job->tcp->waiting)) != NULL) {
		TAILQ_REMOVE(&job->tcp->waiting, t, entry);
		drop(t);
	}
	free(job->tcp);
	job->tcp = NULL;
}

void
assay_tcp_try(struct assay_job *job, const struct assay_target *target,
    uint16_t port, uint64_t timeout_ns,
    void (*on_result)(struct assay_job *, void *arg, enum assay_tcp_result,
	uint16_t local_port, uint64_t took_ns),
    void *arg)
{
	struct tcp_try *t;

	worker_job_enter(job, "assay_tcp_try");
	if (job->tcp == NULL)
		worker_job_bug(job, "assay_tcp_try without needing TCP");
	if (target == NULL || on_result == NULL)
		worker_job_bug(job, "assay_tcp_try without target or callback");
	if (job->tcp->nwaiting == WAITING_MAX)
		worker_job_bug(job, "over %d tries are waiting", WAITING_MAX);
	t = xcalloc(1, sizeof(*t));
	t->job = job;
	t->target = worker_job_target(job, target);
	t->port = port;
	t->timeout_ns =
	    timeout_ns > TIMEOUT_MAX_NS ? TIMEOUT_MAX_NS : timeout_ns;
	t->on_result = on_result;
	t->arg = arg;
	t->fd = -1;
	TAILQ_INSERT_TAIL(&job->tcp->waiting, t, entry);
	job->tcp->nwaiting++;
	start_waiting(job);
}
