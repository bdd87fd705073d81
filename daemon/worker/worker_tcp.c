/*
 * worker_tcp: one TCP connection attempt after the other, by the kernel.
 *
 * An attempt reports once, never from within assay_tcp_try(), and closes with
 * RST.  What is our own trouble (no descriptor, no port, no route) is said to
 * be ours: a device must not fail, nor pass, for it.
 */
#include "daemon/worker/worker_tcp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/worker/worker_job.h"
#include "daemon/worker/worker_socket.h"
#include "daemon/worker/worker_sources.h"

#define IN_FLIGHT_MAX 256
#define WAITING_MAX 65536
#define NS_PER_S UINT64_C(1000000000)
#define TIMEOUT_MAX_NS (NS_PER_S * 3600)

struct tcp_try {
	TAILQ_ENTRY(tcp_try) entry;
	struct assay_job *job;
	const struct assay_target *target;
	const uint8_t *source; /* the job's own bytes */
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
	} else if (t->error == 0 && !worker_socket_result(t->fd, &result)) {
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
	t->error = worker_socket_open(t->target, t->source, SOCK_STREAM, &t->fd,
		       &t->local_port)
	    ? errno
	    : worker_socket_connect(t->fd, t->target, t->port);
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
assay_tcp_try_from(
    struct assay_job *job, const struct assay_tcp_from *from, void *arg)
{
	struct tcp_try *t;

	worker_job_enter_live(job, "assay_tcp_try");
	if (job->tcp == NULL)
		worker_job_bug(job, "assay_tcp_try without needing TCP");
	if (from->target == NULL || from->on_result == NULL)
		worker_job_bug(job, "assay_tcp_try without target or callback");
	if (job->tcp->nwaiting == WAITING_MAX)
		worker_job_bug(job, "over %d tries are waiting", WAITING_MAX);
	t = xcalloc(1, sizeof(*t));
	t->job = job;
	t->target = worker_job_target(job, from->target);
	t->source = worker_source(job, t->target, from->source);
	t->port = from->port;
	t->timeout_ns = from->timeout_ns > TIMEOUT_MAX_NS ? TIMEOUT_MAX_NS
							  : from->timeout_ns;
	t->on_result = from->on_result;
	t->arg = arg;
	t->fd = -1;
	TAILQ_INSERT_TAIL(&job->tcp->waiting, t, entry);
	job->tcp->nwaiting++;
	start_waiting(job);
}

void
assay_tcp_try(struct assay_job *job, const struct assay_target *target,
    uint16_t port, uint64_t timeout_ns,
    void (*on_result)(struct assay_job *, void *arg, enum assay_tcp_result,
	uint16_t local_port, uint64_t took_ns),
    void *arg)
{
	const struct assay_tcp_from from = { .target = target,
		.port = port,
		.timeout_ns = timeout_ns,
		.on_result = on_result };

	assay_tcp_try_from(job, &from, arg);
}
