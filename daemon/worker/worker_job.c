/*
 * worker_job: the job inside the worker, as the contract's functions see it.
 */
#include "daemon/worker/worker_job.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/peer.h"
#include "daemon/shared/wire.h"
#include "daemon/shared/worker_exit.h"

#define QUEUED_MAX 256 /* messages; then the probe waits for the engine */
#define TEXT_SIZE 512

#ifdef ASSAY_COVERAGE
void __gcov_dump(void);
#endif

void
worker_job_send(struct assay_job *job)
{
	if (msg_is_overfull(&job->out))
		worker_job_bug(job, "message %u is too large", job->out.type);
	peer_send(job->engine, &job->out, -1);
	if (peer_queued(job->engine) > QUEUED_MAX)
		peer_flush(job->engine);
}

void
worker_job_failed(struct assay_job *job, const char *text)
{
	char line[TEXT_SIZE];

	if (job->failed)
		return;
	job->failed = true;
	snprintf(line, sizeof(line), "%s", text);
	msg_start(&job->out, ENGINE_FAILED);
	msg_put_string(&job->out, line);
	peer_send(job->engine, &job->out, -1);
}

/* A socket that is closed with something unread in it makes the other end see
 * ECONNRESET before what we sent, our last words among it. */
static void
leave_nothing_unread(void)
{
	char c;

	(void)shutdown(WIRE_FD, SHUT_RD);
	while (recv(WIRE_FD, &c, sizeof(c), MSG_DONTWAIT) > 0)
		;
}

/* Never through exit(): the probe's destructors have no business here. */
void
worker_job_exit(struct assay_job *job, int status)
{
	peer_flush(job->engine);
	leave_nothing_unread();
#ifdef ASSAY_COVERAGE
	__gcov_dump();
#endif
	_exit(status);
}

void
worker_job_bug(struct assay_job *job, const char *format, ...)
{
	char text[TEXT_SIZE - 32], line[TEXT_SIZE];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	snprintf(line, sizeof(line), "bug of the probe: %s", text);
	worker_job_failed(job, line);
	msg_start(&job->out, ENGINE_DONE);
	peer_send(job->engine, &job->out, -1);
	worker_job_exit(job, WORKER_EXIT_DONE);
}

void
worker_job_enter(struct assay_job *job, const char *function)
{
	switch (job->phase) {
	case WORKER_PHASE_SETUP:
	case WORKER_PHASE_RUN:
		return;
	case WORKER_PHASE_JUDGE:
		worker_job_bug(job, "judge called %s", function);
	case WORKER_PHASE_OVER:
		worker_job_bug(job, "fini called %s", function);
	}
}

void
worker_job_enter_live(struct assay_job *job, const char *function)
{
	worker_job_enter(job, function);
	if (job->frames != NULL)
		worker_job_bug(job, "%s while frames are stored", function);
}

const struct assay_target *
worker_job_target(struct assay_job *job, const struct assay_target *target)
{
	const struct assay_target *own;

	if (target == NULL)
		return NULL;
	own =
	    worker_facts_find_target(&job->facts, target->family, target->addr);
	if (own == NULL)
		worker_job_bug(job, "an address that is not a target");
	return own;
}

void
worker_job_finish(struct assay_job *job)
{
	/* loopbreak before dispatch is forgotten by libevent; the flag is
	 * looked at before every turn of the loop. */
	job->finished = true;
	event_base_loopbreak(job->base);
}
