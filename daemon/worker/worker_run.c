/*
 * worker_run: the life of the one job of this process, from the limits to the
 * last word.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/peer.h"
#include "daemon/shared/wire.h"
#include "daemon/shared/worker_exit.h"
#include "daemon/worker/worker_frames.h"
#include "daemon/worker/worker_impostor.h"
#include "daemon/worker/worker_job.h"
#include "daemon/worker/worker_link.h"
#include "daemon/worker/worker_load.h"
#include "daemon/worker/worker_sandbox.h"
#include "daemon/worker/worker_talk.h"
#include "daemon/worker/worker_tcp.h"

#define PROBE_PATH "/proc/self/fd/5"
_Static_assert(WIRE_WORKER_PROBE_FD == 5, "PROBE_PATH names it");

/* Timers to the microsecond: at a paced rate the default of a millisecond is
 * many frames.  Time is not cached: a callback may have taken long. */
static struct event_base *
make_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base;

	if (config == NULL)
		fatal("worker: no event base");
	event_config_set_flag(config,
	    EVENT_BASE_FLAG_PRECISE_TIMER | EVENT_BASE_FLAG_NO_CACHE_TIME |
		EVENT_BASE_FLAG_IGNORE_ENV);
	base = event_base_new_with_config(config);
	if (base == NULL)
		fatal("worker: no event base");
	event_config_free(config);
	return base;
}

/* A number of ours that nothing was given for must not be taken by the first
 * file that is opened. */
static void
hold_numbers(void)
{
	static const int ours[] = { WIRE_FD, WIRE_WORKER_LINK_FD,
		WIRE_WORKER_PROBE_FD, WIRE_WORKER_CALLS_FD,
		WIRE_WORKER_AUTHORITY_FD };
	size_t i;

	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (fcntl(ours[i], F_GETFD) == -1 &&
		    dup2(STDIN_FILENO, ours[i]) == -1)
			fatal("worker: descriptor %d: %s", ours[i],
			    strerror(errno));
}

/* Nobody may be reading stderr, and a device may close while it is written to:
 * neither must end us in mid-sentence. */
static void
ignore_broken_pipes(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
}

static _Noreturn void
refuse(struct assay_job *job, const char *name, struct err *e)
{
	err_prefix(e, "probe %s", name);
	worker_job_failed(job, e->text);
	log_error("%s", e->text);
	worker_job_exit(job, WORKER_EXIT_REFUSED);
}

static void
make_job(struct assay_job *job, const char *name)
{
	static const struct peer_hooks hooks = { worker_on_message,
		worker_on_close };
	struct err e;

	memset(job, 0, sizeof(*job));
	job->base = make_base();
	job->engine = peer_new(job->base, WIRE_FD, &hooks, job);
	worker_loading_enter(WIRE_WORKER_PROBE_FD);
	job->probe = worker_load_probe(PROBE_PATH, name, &e);
	close(WIRE_WORKER_PROBE_FD);
	if (job->probe == NULL)
		refuse(job, name, &e);
	job->params = worker_params_new(job->probe->params, &e);
	if (job->params == NULL)
		refuse(job, name, &e);
	job->state = xcalloc(1, job->probe->state_size);
}

static _Noreturn void
end(struct assay_job *job)
{
	msg_start(&job->out, ENGINE_DONE);
	worker_job_send(job);
	worker_job_exit(job, WORKER_EXIT_DONE);
}

static void
open_link(struct assay_job *job)
{
	struct err e;

	if ((job->probe->needs & ASSAY_NEED_LINK) == 0) {
		close(WIRE_WORKER_LINK_FD);
		return;
	}
	if (worker_link_open(job, WIRE_WORKER_LINK_FD, &e) == -1) {
		worker_job_failed(job, e.text);
		end(job);
	}
}

static void
close_calls(void)
{
	close(WIRE_WORKER_CALLS_FD);
	close(WIRE_WORKER_AUTHORITY_FD);
}

static void
open_calls(struct assay_job *job)
{
	struct err e;

	if ((job->probe->needs & ASSAY_NEED_CALLS) == 0) {
		close_calls();
		return;
	}
	if (worker_impostor_open(job, WIRE_WORKER_CALLS_FD,
		WIRE_WORKER_AUTHORITY_FD, &e) == -1) {
		worker_job_failed(job, e.text);
		end(job);
	}
}

static void
enter_sandbox(struct assay_job *job, uint32_t needs)
{
	char text[160];

	worker_sandbox_enter(needs, text, sizeof(text));
	msg_start(&job->out, ENGINE_SANDBOX);
	msg_put_string(&job->out, text);
	worker_job_send(job);
}

static void
judge(struct assay_job *job)
{
	job->phase = WORKER_PHASE_JUDGE;
	job->probe->judge(job);
	job->phase = WORKER_PHASE_OVER;
}

static void
loop(struct assay_job *job)
{
	peer_resume(job->engine);
	while (!job->finished ||
	    (job->frames != NULL && !worker_frames_are_over(job)))
		if (event_base_loop(job->base, EVLOOP_ONCE) == -1)
			fatal("worker: event loop failed");
}

static void
run(struct assay_job *job)
{
	const struct assay_probe *probe = job->probe;

	job->phase = WORKER_PHASE_RUN;
	if (probe->init != NULL && probe->init(job) == -1) {
		worker_job_failed(job, "the probe's init failed");
		return;
	}
	if (probe->run != NULL && job->frames == NULL && !job->finished)
		probe->run(job);
	loop(job);
	worker_tcp_close(job);
	worker_talk_close(job);
	worker_impostor_close(job);
	worker_link_close(job);
	if (probe->on_end != NULL && !job->failed)
		probe->on_end(job);
}

/* The bench was slow: the engine knows what that makes of a pass. */
static void
tell_late(struct assay_job *job)
{
	msg_start(&job->out, ENGINE_NOTE);
	msg_put_string(&job->out, WIRE_NOTE_LATE);
	msg_put_u8(&job->out, ASSAY_TYPE_DURATION);
	msg_put_u64(&job->out, job->late_ns);
	worker_job_send(job);
}

static void
run_and_judge(struct assay_job *job)
{
	run(job);
	if (job->late_ns > 0)
		tell_late(job);
	if (!job->failed) {
		msg_start(&job->out, ENGINE_RUN_OVER);
		worker_job_send(job);
		judge(job);
	}
	job->phase = WORKER_PHASE_OVER;
	if (job->probe->fini != NULL)
		job->probe->fini(job);
}

static void
go(struct assay_job *job)
{
	open_link(job);
	open_calls(job);
	if ((job->probe->needs & ASSAY_NEED_TCP) != 0)
		worker_tcp_open(job);
	if ((job->probe->needs & (ASSAY_NEED_TCP | ASSAY_NEED_UDP)) != 0)
		worker_talk_open(job);
	enter_sandbox(job, job->probe->needs);
	run_and_judge(job);
}

/* With nobody to talk to, whatever the probe needs when live. */
static void
replay(struct assay_job *job)
{
	struct err e;

	close(WIRE_WORKER_LINK_FD);
	close_calls();
	TAILQ_INIT(&job->timers);
	if (worker_frames_open(job, &e) == -1) {
		worker_job_failed(job, e.text);
		return;
	}
	enter_sandbox(job, job->probe->needs & ASSAY_NEED_THREADS);
	run_and_judge(job);
	worker_frames_close(job);
}

void
worker_run_main(const char *name)
{
	static struct assay_job job;

	log_init("worker", LOG_LEVEL_INFO);
	ignore_broken_pipes();
	worker_limits_set();
	hold_numbers();
	make_job(&job, name);
	while (job.start == WORKER_START_NONE)
		if (event_base_loop(job.base, EVLOOP_ONCE) == -1)
			fatal("worker: event loop failed");
	if (job.failed)
		end(&job);
	switch (job.start) {
	case WORKER_START_NONE:
		break;
	case WORKER_START_GO:
		go(&job);
		break;
	case WORKER_START_JUDGE:
		close(WIRE_WORKER_LINK_FD);
		close_calls();
		enter_sandbox(&job, 0);
		judge(&job);
		break;
	case WORKER_START_REPLAY:
		replay(&job);
		break;
	}
	end(&job);
}
