/*
 * worker_timer: the timers of probes/probe.h.
 */
#include "daemon/worker/worker_timer.h"

#include <stdlib.h>
#include <sys/queue.h>
#include <sys/time.h>
#include <time.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/worker/worker_frames.h"
#include "daemon/worker/worker_job.h"

#define NS_PER_S UINT64_C(1000000000)
#define DELAY_MAX_NS (NS_PER_S * 86400 * 365)
#define LATE_FLOOR_NS (NS_PER_S / 10) /* less is not worth a word */

struct assay_timer {
	struct assay_job *job;
	struct event *event; /* live */
	/* replayed: in the job's list while armed, soonest first */
	TAILQ_ENTRY(assay_timer) entry;
	uint64_t due_ns;   /* live: by the monotonic clock */
	uint64_t delay_ns; /* live: as it was set */
	bool armed;
	void (*on_time)(struct assay_job *, void *arg);
	void *arg;
};

static uint64_t
monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

/* Late by less than the timer's own delay is what any wait may be; a bench that
 * is later than that did not wait as it was told to. */
static void
measure(const struct assay_timer *t)
{
	uint64_t now_ns = monotonic_ns(), late_ns;

	late_ns = now_ns > t->due_ns ? now_ns - t->due_ns : 0;
	if (late_ns > LATE_FLOOR_NS && late_ns > t->delay_ns &&
	    late_ns > t->job->late_ns)
		t->job->late_ns = late_ns;
}

/* The callback may free its own timer. */
static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct assay_timer *t = arg;

	(void)fd;
	(void)what;
	measure(t);
	if (!t->job->finished)
		t->on_time(t->job, t->arg);
}

struct assay_timer *
assay_timer_new(struct assay_job *job,
    void (*on_time)(struct assay_job *, void *arg), void *arg)
{
	struct assay_timer *t;

	worker_job_enter(job, "assay_timer_new");
	t = xcalloc(1, sizeof(*t));
	t->job = job;
	t->on_time = on_time;
	t->arg = arg;
	if (job->frames != NULL)
		return t;
	t->event = evtimer_new(job->base, on_timer, t);
	if (t->event == NULL)
		fatal("worker: cannot make a timer");
	return t;
}

static void
arm_in_capture_time(struct assay_timer *t, uint64_t delay_ns)
{
	struct worker_timers *all = &t->job->timers;
	uint64_t now_ns = worker_frames_now_ns(t->job);
	struct assay_timer *other;

	assay_timer_stop(t);
	t->due_ns =
	    delay_ns > UINT64_MAX - now_ns ? UINT64_MAX : now_ns + delay_ns;
	t->armed = true;
	TAILQ_FOREACH_REVERSE (other, all, worker_timers, entry)
		if (other->due_ns <= t->due_ns)
			break;
	if (other == NULL)
		TAILQ_INSERT_HEAD(all, t, entry);
	else
		TAILQ_INSERT_AFTER(all, other, t, entry);
}

void
assay_timer_set(struct assay_timer *t, uint64_t delay_ns)
{
	struct timeval tv;

	worker_job_enter(t->job, "assay_timer_set");
	if (delay_ns > DELAY_MAX_NS)
		delay_ns = DELAY_MAX_NS;
	if (t->event == NULL) {
		arm_in_capture_time(t, delay_ns);
		return;
	}
	t->delay_ns = delay_ns;
	t->due_ns = monotonic_ns() + delay_ns;
	delay_ns += 999; /* never early: up to the next microsecond */
	tv.tv_sec = (time_t)(delay_ns / NS_PER_S);
	tv.tv_usec = (suseconds_t)(delay_ns % NS_PER_S / 1000);
	evtimer_add(t->event, &tv);
}

void
assay_timer_stop(struct assay_timer *t)
{
	if (t->event != NULL)
		evtimer_del(t->event);
	else if (t->armed)
		TAILQ_REMOVE(&t->job->timers, t, entry);
	t->armed = false;
}

void
assay_timer_free(struct assay_timer *t)
{
	if (t == NULL)
		return;
	assay_timer_stop(t);
	if (t->event != NULL)
		event_free(t->event);
	free(t);
}

bool
worker_timer_next(const struct assay_job *job, uint64_t *due_ns)
{
	const struct assay_timer *first = TAILQ_FIRST(&job->timers);

	if (first == NULL)
		return false;
	*due_ns = first->due_ns;
	return true;
}

void
worker_timer_fire_next(struct assay_job *job)
{
	struct assay_timer *t = TAILQ_FIRST(&job->timers);

	assay_timer_stop(t);
	t->on_time(job, t->arg);
}
