/*
 * job: one execution of one probe, as the engine sees it.
 */
#include "daemon/engine/job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/engine/device.h"
#include "daemon/engine/job_checkpoint.h"
#include "daemon/shared/worker_exit.h"
#include "probes/probe.h"

#define JOB_MAGIC 0x7c3a19e5u
#define GRACE_MS 2000
#define CONTROL_LIMIT_MS 2000
#define ASLEEP_LIMIT_MS 4000 /* besides, for one that may be asleep */
#define SPAWN_LIMIT_MS 10000

static struct job *
job_check(void *arg)
{
	struct job *job = arg;

	if (job == NULL || job->magic != JOB_MAGIC)
		fatal("job: not a job");
	return job;
}

void
job_set_error(struct job *job, const char *code, const char *text)
{
	if (job->error[0] != '\0')
		return;
	snprintf(job->error, sizeof(job->error), "%s", code);
	snprintf(job->error_text, sizeof(job->error_text), "%s", text);
}

struct job *
job_by_worker(struct engine *en, uint32_t worker)
{
	struct run *run;

	TAILQ_FOREACH (run, &en->runs, entry)
		if (run->job != NULL && run->job->worker == worker)
			return run->job;
	return NULL;
}

static void
arm_deadline(struct job *job, uint64_t ms)
{
	struct timeval tv = { (time_t)(ms / 1000),
		(suseconds_t)(ms % 1000 * 1000) };

	evtimer_add(job->deadline, &tv);
}

void
job_kill_worker(struct job *job)
{
	static struct msg_out m;

	if (job->worker == 0 || job->exited)
		return;
	msg_start(&m, WARDEN_KILL);
	msg_put_u32(&m, job->worker);
	peer_send(job->engine->warden, &m, -1);
}

/* Both facts are in, or there never was a worker. */
void
job_check_end(struct job *job)
{
	if (job->state != JOB_RUNNING || !job->eof || !job->exited ||
	    (job->stored.asked && !job->stored.answered))
		return;
	evtimer_del(job->deadline);
	if (job->claims_are_open)
		return; /* job_sources.c goes on */
	job_take_back_sources(job);
	job->state = JOB_CLOSING;
	seal_job(job);
}

static void
end_without_worker(struct job *job)
{
	job->eof = true;
	job->exited = true;
	job->state = JOB_RUNNING;
	job_check_end(job);
}

/* ---- the worker ---- */

static int
on_worker_message(void *arg, struct msg_in *m, int fd)
{
	struct job *job = job_check(arg);

	if (fd != -1)
		close(fd);
	return job_read_message(job, m);
}

static void
on_worker_close(void *arg, const char *why)
{
	struct job *job = job_check(arg);

	if (strcmp(why, "end of file") != 0) {
		job_set_error(job, "malformed_message", why);
		job_kill_worker(job);
	}
	peer_free(job->peer);
	job->peer = NULL;
	job->eof = true;
	job_check_end(job);
}

void
job_on_exit(struct job *job, uint8_t how, uint32_t status)
{
	job->exited = true;
	job->exit_how = how;
	job->exit_status = status;
	if (how == 0 && worker_exit_is_signal((int)status)) {
		job->exit_how = 1;
		job->exit_status = (uint32_t)worker_exit_signal((int)status);
	}
	job_drain_stderr(job);
	if (job->state == JOB_RUNNING && !job->eof)
		arm_deadline(
		    job, GRACE_MS); /* what is queued is read by then */
	job_check_end(job);
}

/* The worker is dead and somebody else holds its socket open. */
static void
end_socket(struct job *job)
{
	job_set_error(job, "malformed_message", "its socket outlived it");
	peer_free(job->peer);
	job->peer = NULL;
	job->eof = true;
	job_check_end(job);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct job *job = job_check(arg);

	(void)fd;
	(void)what;
	if (job->exited)
		end_socket(job);
	else if (job->overdue || job->cancelled)
		job_kill_worker(job); /* the grace is over too */
	else
		job_cancel(job, "deadline");
}

void
job_cancel(struct job *job, const char *code)
{
	static struct msg_out m;

	if (strcmp(code, "deadline") == 0)
		job->overdue = true;
	else
		job->cancelled = true;
	if (job->state != JOB_RUNNING || job->exited)
		return;
	if (job->peer != NULL) {
		msg_start(&m, WORKER_CANCEL);
		peer_send(job->peer, &m, -1);
	}
	arm_deadline(job, GRACE_MS);
}

void
job_on_health(struct job *job, uint8_t health)
{
	static struct msg_out m;

	bool told = job->state == JOB_RUNNING && job->peer != NULL;

	switch (health) {
	case ASSAY_LINK_LOST:
		job->link_lost = true;
		job->away = true;
		break;
	case ASSAY_ADDRESS_CHANGED:
		job->address_lost = true;
		break;
	case ASSAY_DOWN:
	case ASSAY_REBOOTED:
		job->device_down = true;
		job->away = true;
		break;
	case ASSAY_UP:
	case ASSAY_SLOW:
		job->away = false;
		break;
	default:
		break;
	}
	if (job->away && !told)
		job->untold = true;
	if (told) {
		msg_start(&m, WORKER_HEALTH);
		msg_put_u8(&m, health);
		peer_send(job->peer, &m, -1);
	}
}

void
job_on_role_lost(struct job *job, enum role role)
{
	if (role == ROLE_CAPTURE)
		job->capture_died = true;
	if (role == ROLE_WATCH)
		job->watch_died = true;
}

/* ---- opening ---- */

static void
on_worker(void *arg, struct msg_in *m, int fd, const char *why)
{
	static const struct peer_hooks hooks = { on_worker_message,
		on_worker_close };
	struct job *job = job_check(arg);
	char text[512];
	uint32_t pid, timeout;

	if (m == NULL || m->type == ENGINE_REFUSED) {
		if (m != NULL && msg_get_string(m, text, sizeof(text)) == 0)
			job_set_error(job, "refused", text);
		else
			job_set_error(job, "refused", why == NULL ? "" : why);
		end_without_worker(job);
		return;
	}
	msg_get_u32(m, &job->worker);
	msg_get_u32(m, &pid);
	if (msg_end(m) == -1)
		fatal("warden: malformed answer about a worker");
	if (fd == -1) { /* the kernel could not hand its socket on to us */
		job_set_error(
		    job, "bench_failed", "the engine is out of descriptors");
		job_kill_worker(job);
		end_without_worker(job);
		return;
	}
	job->peer = peer_new(job->engine->base, fd, &hooks, job);
	job->state = JOB_RUNNING;
	job_send_brief(job);
	timeout = job->step->timeout_ms;
	if (timeout == 0)
		timeout = (uint32_t)json_integer_value(
		    json_object_get(job->descriptor, "timeout_ms"));
	arm_deadline(job, timeout);
	if (job->cancelled)
		job_cancel(job, "cancelled");
}

static uint32_t
needs_of(const struct job *job)
{
	static const struct {
		const char *name;
		uint32_t bit;
	} names[] = { { "tcp", ASSAY_NEED_TCP }, { "udp", ASSAY_NEED_UDP },
		{ "link", ASSAY_NEED_LINK }, { "listen", ASSAY_NEED_LISTEN },
		{ "threads", ASSAY_NEED_THREADS },
		{ "sources", ASSAY_NEED_SOURCES },
		{ "calls", ASSAY_NEED_CALLS } };
	const json_t *needs = json_object_get(job->descriptor, "needs"), *need;
	uint32_t bits = 0;
	size_t i, k;

	json_array_foreach (needs, i, need) {
		for (k = 0; k < sizeof(names) / sizeof(names[0]); k++)
			if (strcmp(json_string_value(need), names[k].name) == 0)
				bits |= names[k].bit;
	}
	return bits;
}

static void
spawn(struct job *job)
{
	static struct msg_out m;
	struct permit_now now;
	unsigned i;

	job->state = JOB_SPAWNING;
	job->began_ns = now_monotonic_ns();
	job_lend_sources(job, needs_of(job));
	seal_begin(job);
	if (job->seq == 0)
		job_set_error(job, "bench_failed", "it cannot be recorded");
	if (job->seq == 0 || job->cancelled) {
		end_without_worker(job);
		return;
	}
	permit_read_clock(&now);
	msg_start(&m, WARDEN_DUT);
	msg_put_u32(&m, job->seg->index);
	msg_put_bytes(&m, job->run->device->mac, 6);
	msg_put_u8(&m,
	    profile_consents(job->run->device->profile, "prints", now.today));
	peer_send(job->engine->warden, &m, -1);
	msg_start(&m, WARDEN_WORKER);
	msg_put_u32(&m,
	    requests_add(job->engine->requests, ASKED_WARDEN, SPAWN_LIMIT_MS,
		on_worker, job));
	msg_put_u32(&m, job->seg->index);
	msg_put_string(&m, job->step->name);
	msg_put_u32(&m, job->stored.wanted ? 0 : needs_of(job));
	msg_put_u16(&m, (uint16_t)job->ntargets);
	for (i = 0; i < job->ntargets; i++)
		wire_put_address(
		    &m, job->targets[i].family, job->targets[i].addr);
	job_put_sources(job, &m);
	peer_send(job->engine->warden, &m, -1);
}

bool
job_read_barrier(struct job *job, struct msg_in *m, uint64_t *position,
    uint64_t *dropped, uint64_t *stamp)
{
	uint64_t frame;

	*position = 0;
	*dropped = 0;
	*stamp = now_realtime_ns();
	if (m == NULL)
		return false;
	msg_get_u64(m, position);
	msg_get_u64(m, dropped);
	msg_get_u64(m, stamp);
	msg_get_string(m, job->seg->file, sizeof(job->seg->file));
	msg_get_u64(m, &frame);
	if (msg_end(m) == -1)
		fatal("capture: malformed barrier");
	job->seg->position = *position;
	job->seg->dropped = *dropped;
	return true;
}

static void
on_opening_barrier(void *arg, struct msg_in *m, int fd, const char *why)
{
	struct job *job = job_check(arg);

	(void)fd;
	(void)why;
	job->span.epoch = job->seg->epoch;
	job->span.opened = job_read_barrier(job, m, &job->span.from,
	    &job->span.dropped_from, &job->span.stamp_from);
	if (!job->span.opened)
		job->capture_died = true;
	spawn(job);
}

static void
read_exercise(struct job_control *c, struct msg_in *m)
{
	uint64_t stamp;
	uint8_t good;

	c->answered = true;
	if (m == NULL)
		return;
	msg_get_u8(m, &good);
	msg_get_u64(m, &c->rtt_ns);
	msg_get_u64(m, &stamp);
	msg_get_string(m, c->how, sizeof(c->how));
	if (msg_end(m) == -1)
		fatal("watch: malformed exercise");
	c->good = good != 0;
}

/* The controls of all targets are asked at once and answered in any order. */
static void on_control(void *arg, struct msg_in *m, int fd, const char *why);

static void
ask_control(struct job *job, const struct job_target *t, struct job_control *c,
    uint32_t limit_ms)
{
	const struct seg_exercise x = { .dut = job->run->device->id,
		.family = t->family,
		.addr = t->addr,
		.limit_ms = limit_ms };

	c->job = job;
	c->asked = true;
	job->controls_open++;
	seg_ask_exercise(job->seg, &x, on_control, c);
}

void
job_ask_closing_controls(struct job *job)
{
	unsigned i;

	for (i = 0; i < job->ntargets; i++)
		ask_control(job, &job->targets[i], &job->targets[i].after,
		    CONTROL_LIMIT_MS);
}

static void
ask_opening_controls(struct job *job, uint32_t limit_ms)
{
	unsigned i;

	for (i = 0; i < job->ntargets; i++)
		ask_control(
		    job, &job->targets[i], &job->targets[i].before, limit_ms);
}

static bool
any_before_is_good(const struct job *job)
{
	unsigned i;

	for (i = 0; i < job->ntargets; i++)
		if (job->targets[i].before.good)
			return true;
	return false;
}

/* The device does not even answer its neighbours: the probe would only show
 * that again, more slowly, so it does not run. */
static void
end_unopened(struct job *job)
{
	job->began_ns = now_monotonic_ns();
	seal_begin(job);
	job_set_error(job,
	    !job->seg->link || job->link_lost ? "link_lost"
		: job->ntargets == 0          ? "no_address"
					      : "opening_control_bad",
	    "");
	end_without_worker(job);
}

/* A battery device sleeps for seconds: what is silent is asked once more.
 * True once for the opening, and once for the end. */
static bool
may_be_asleep(struct job *job)
{
	bool *was = &job->was_silent[job->state == JOB_CLOSING];
	const bool first = !*was;

	*was = true;
	return first && job->seg->link &&
	    (!job->link_lost || job->state == JOB_CLOSING);
}

/* Those that answered before; true if there are any. */
static bool
ask_closing_again(struct job *job)
{
	struct job_target *t;
	bool any = false;
	unsigned i;

	for (i = 0; i < job->ntargets; i++) {
		t = &job->targets[i];
		if (!t->before.good || t->after.good)
			continue;
		ask_control(job, t, &t->after, ASLEEP_LIMIT_MS);
		any = true;
	}
	return any;
}

static void
close_job(struct job *job)
{
	if (!may_be_asleep(job) || !ask_closing_again(job))
		seal_on_controls(job);
}

/* The link went and is back before anything was asked, as the end of a reboot
 * that an action brought: the opening is shown anew, once. */
static bool
may_open_again(struct job *job)
{
	if (job->state == JOB_CLOSING || !job->link_lost || !job->seg->link ||
	    job->was_silent[0])
		return false;
	job->was_silent[0] = true;
	job->link_lost = false;
	return true;
}

/* It answers now, and nothing was asked yet: that it slept or booted before
 * that is no part of the job. */
static void
answers_now(struct job *job)
{
	if (!job->link_lost)
		job->device_down = job->away = job->untold = false;
	seg_ask_barrier(job->seg, on_opening_barrier, job);
}

static void
on_control(void *arg, struct msg_in *m, int fd, const char *why)
{
	struct job_control *c = arg;
	struct job *job = job_check(c->job);

	(void)fd;
	(void)why;
	read_exercise(c, m);
	if (--job->controls_open > 0)
		return;
	if (job->state == JOB_CLOSING)
		close_job(job);
	else if (may_open_again(job) ||
	    (!any_before_is_good(job) && may_be_asleep(job)))
		ask_opening_controls(job, ASLEEP_LIMIT_MS);
	else if (any_before_is_good(job))
		answers_now(job);
	else
		end_unopened(job);
}

/* The profile does not let it begin: nothing of it touches the device. */
static bool
is_refused(struct job *job)
{
	const struct permit_step step = {
		.impact = permit_impact(json_string_value(
		    json_object_get(job->descriptor, "impact")))
	};
	const char *code;
	char text[64];

	code = run_refuses(job->run, &step, text, sizeof(text));
	if (code == NULL)
		return false;
	job->began_ns = now_monotonic_ns();
	seal_begin(job);
	job_set_error(job, code, text);
	end_without_worker(job);
	return true;
}

static void
ask_before(void *arg)
{
	struct job *job = job_check(arg);

	if (is_refused(job))
		return;
	if (!job->stored.wanted) /* which reads what is there already */
		seg_keep_whole(job->seg, job->run->device);
	if (job->ntargets == 0 || !job->seg->link) {
		end_unopened(job);
		return;
	}
	ask_opening_controls(job, CONTROL_LIMIT_MS);
}

static void
on_start(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	job_checkpoint_ask(job_check(arg), ask_before);
}

struct job *
job_new(struct run *run, const struct step *step, json_t *descriptor)
{
	struct job *job = xcalloc(1, sizeof(*job));
	static const struct timeval at_once;

	job->magic = JOB_MAGIC;
	job->engine = run->engine;
	job->run = run;
	job->seg = run->seg;
	job->step = step;
	job->descriptor = descriptor;
	job->notes = json_object();
	job->stderr_fd = -1;
	job->disk_errors = job->seg->disk_errors;
	job->clock_steps = job->seg->clock_steps;
	job->clock_stepped_ns = job->seg->clock_stepped_ns;
	job->deadline = evtimer_new(run->engine->base, on_deadline, job);
	if (job->deadline == NULL)
		fatal("job: cannot make a timer");
	job->stored.wanted = job_is_stored(job);
	job_late_begin(job);
	job_choose_targets(job);
	job_checkpoint_begin(job);
	/* From the loop, so that the run has its job before it ends. */
	if (event_base_once(run->engine->base, -1, EV_TIMEOUT, on_start, job,
		&at_once) == -1)
		fatal("job: cannot start");
	return job;
}

void
job_free(struct job *job)
{
	size_t i;

	if (job == NULL)
		return;
	job_check(job);
	job_kill_worker(job);
	job_take_back_sources(job);
	seg_keep_whole(job->seg, NULL);
	requests_forget(job->engine->requests, job);
	for (i = 0; i < job->ntargets; i++) {
		requests_forget(job->engine->requests, &job->targets[i].before);
		requests_forget(job->engine->requests, &job->targets[i].after);
	}
	peer_free(job->peer);
	if (job->stderr_event != NULL)
		event_free(job->stderr_event);
	if (job->stderr_fd != -1)
		close(job->stderr_fd);
	event_free(job->deadline);
	job_late_end(job);
	job_checkpoint_free(job);
	for (i = 0; i < job->nobservations; i++)
		json_decref(job->observations[i].json);
	for (i = 0; i < job->nverdicts; i++) {
		json_decref(job->verdicts[i].values);
		free(job->verdicts[i].observations);
	}
	free(job->observations);
	free(job->verdicts);
	free(job->controls);
	free(job->sandbox);
	json_decref(job->notes);
	json_decref(job->evidence);
	json_decref(job->slice);
	json_decref(job->descriptor);
	job->magic = 0;
	free(job);
}
