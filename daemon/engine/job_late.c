/*
 * job_late: how late the bench's own timers fired while a job ran.
 *
 * A bench that was busy elsewhere did not wait as it was told to and may have
 * taken silence for an answer, as a capture that lost frames may.  The worker
 * measures its timers and says so in a note (it can only lower what it said);
 * the engine measures one of its own.  The bound is assayd.yaml's `late`, far
 * above what two busy cores do to a timer.
 */
#include <event2/event.h>

#include "base/log.h"
#include "daemon/engine/job.h"
#include "daemon/shared/wire_frames.h"

#define TICK_NS 500000000ull

static void
arm(struct job *job)
{
	static const struct timeval every = { 0, TICK_NS / 1000 };

	job->late.due_ns = now_monotonic_ns() + TICK_NS;
	evtimer_add(job->late.tick, &every);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct job *job = arg;
	uint64_t now = now_monotonic_ns();

	(void)fd;
	(void)what;
	if (now > job->late.due_ns &&
	    now - job->late.due_ns > job->late.engine_ns)
		job->late.engine_ns = now - job->late.due_ns;
	arm(job);
}

void
job_late_begin(struct job *job)
{
	job->late.tick = evtimer_new(job->engine->base, on_tick, job);
	if (job->late.tick == NULL)
		fatal("job: cannot make a timer");
	arm(job);
}

void
job_late_end(struct job *job)
{
	event_free(job->late.tick);
}

static uint64_t
worker_ns(const struct job *job)
{
	const json_t *note = json_object_get(job->notes, WIRE_NOTE_LATE);
	json_int_t ns = json_integer_value(note);

	return ns < 0 ? 0 : (uint64_t)ns;
}

static uint64_t
bound_ns(const struct job *job)
{
	return job->engine->conf->late_ms * 1000000ull;
}

bool
job_was_late(const struct job *job)
{
	return worker_ns(job) > bound_ns(job) ||
	    job->late.engine_ns > bound_ns(job);
}

json_t *
job_late_json(const struct job *job)
{
	return json_pack("{s:I,s:I,s:I}", "worker_ns",
	    (json_int_t)worker_ns(job), "engine_ns",
	    (json_int_t)job->late.engine_ns, "bound_ns",
	    (json_int_t)bound_ns(job));
}

void
job_late_values(const struct job *job, json_t *values)
{
	uint64_t late = worker_ns(job) > job->late.engine_ns
	    ? worker_ns(job)
	    : job->late.engine_ns;

	json_object_set_new(values, "late", json_integer((json_int_t)late));
	json_object_set_new(
	    values, "bound", json_integer((json_int_t)bound_ns(job)));
}
