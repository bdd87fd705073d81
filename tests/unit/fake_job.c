/*
 * fake_job: the contract of probes/probe.h for a unit test of a probe.
 *
 * Everything that happens is an event with a time in one heap; the clock jumps
 * to the next.  Events of one instant keep the order in which they were made.
 */
#include "tests/unit/fake_job.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/err.h"
#include "tests/unit/fake_job_internal.h"

#define START_NS UINT64_C(1000000000)
#define WALL_NS UINT64_C(1700000000000000000) /* stamps of frames */

void
fake_job_misuse(const char *what, const struct err *e)
{
	fprintf(stderr, "fake_job: the probe has a bug: %s%s%s\n", what,
	    e == NULL ? "" : ": ", e == NULL ? "" : e->text);
	abort();
}

/* ---- the heap of events ---- */

static bool
is_before(const struct fake_event *a, const struct fake_event *b)
{
	if (a->due_ns != b->due_ns)
		return a->due_ns < b->due_ns;
	return a->sequence < b->sequence;
}

struct fake_event *
fake_job_push(struct assay_job *job, enum fake_kind kind, uint64_t delay_ns)
{
	struct fake_event *event = xcalloc(1, sizeof(*event));
	size_t i = job->nheap, parent;

	event->kind = kind;
	event->due_ns = job->now_ns + delay_ns;
	event->sequence = job->sequence++;
	if (job->nheap == job->heap_room) {
		job->heap_room =
		    job->heap_room == 0 ? 1024 : job->heap_room * 2;
		job->heap = xrealloc(
		    job->heap, job->heap_room, sizeof(struct fake_event *));
	}
	job->nheap++;
	while (i > 0) {
		parent = (i - 1) / 2;
		if (!is_before(event, job->heap[parent]))
			break;
		job->heap[i] = job->heap[parent];
		i = parent;
	}
	job->heap[i] = event;
	return event;
}

static struct fake_event *
pop(struct assay_job *job)
{
	struct fake_event *first = job->heap[0], *last;
	size_t i = 0, child;

	last = job->heap[--job->nheap];
	for (;;) {
		child = 2 * i + 1;
		if (child >= job->nheap)
			break;
		if (child + 1 < job->nheap &&
		    is_before(job->heap[child + 1], job->heap[child]))
			child++;
		if (!is_before(job->heap[child], last))
			break;
		job->heap[i] = job->heap[child];
		i = child;
	}
	job->heap[i] = last;
	return first;
}

static void
free_event(struct fake_event *event)
{
	free(event->frame);
	free(event);
}

/* ---- making and feeding ---- */

struct assay_job *
fake_job_new(const struct assay_probe *probe)
{
	struct assay_job *job = xcalloc(1, sizeof(*job));
	struct err e;

	if (worker_check_probe(probe, NULL, &e) == -1)
		fake_job_misuse("descriptor", &e);
	job->probe = probe;
	job->state = xcalloc(1, probe->state_size);
	job->now_ns = START_NS;
	job->next_local_port = 32768;
	job->params = worker_params_new(probe->params, &e);
	if (job->params == NULL)
		fake_job_misuse("parameters", &e);
	return job;
}

void
fake_job_free(struct assay_job *job)
{
	struct assay_timer *t;
	size_t i, j;

	if (job == NULL)
		return;
	while (job->nheap > 0)
		free_event(pop(job));
	free(job->heap);
	fake_job_free_talks(job);
	fake_job_free_calls(job);
	while ((t = job->timers) != NULL) {
		job->timers = t->next;
		free(t);
	}
	for (i = 0; i < job->nverdicts; i++) {
		for (j = 0; j < job->verdicts[i].nvalues; j++)
			worker_trail_free_value(
			    (struct assay_value *)(uintptr_t)&job->verdicts[i]
				.values[j]
				.value);
		free((void *)(uintptr_t)job->verdicts[i].values);
		free((void *)(uintptr_t)job->verdicts[i].observations);
	}
	free(job->verdicts);
	for (i = 0; i < job->nnotes; i++) {
		free((void *)(uintptr_t)job->notes[i].name);
		worker_trail_free_value(&job->notes[i].value);
	}
	free(job->notes);
	for (i = 0; i < job->nseen; i++)
		free(job->seen[i]);
	free(job->seen);
	free(job->controls);
	free(job->failed);
	worker_params_free(job->params);
	worker_trail_free(&job->trail);
	worker_facts_free(&job->facts);
	if (job->base != NULL)
		event_base_free(job->base);
	free(job->state);
	free(job);
}

void
fake_job_param(struct assay_job *job, const char *name, const char *value)
{
	struct err e;

	if (worker_params_set(job->params, name, value, &e) == -1)
		fake_job_misuse("the test gave a bad parameter", &e);
}

const struct assay_target *
fake_job_add_target(struct assay_job *job, const struct assay_target *target)
{
	return worker_facts_add_target(&job->facts, target);
}

const struct assay_target *
fake_job_add_target_text(struct assay_job *job, const char *text)
{
	struct assay_target t = {
		.mac = { 0x02, 0, 0, 0, 0, 0x10 },
		.source_mac = { 0x02, 0, 0, 0, 0, 0x01 },
		.ifindex = 7,
		.text = text,
	};

	if (inet_pton(AF_INET, text, t.addr) == 1) {
		t.family = 4;
		t.scope = ASSAY_IPV4;
		memcpy(t.source, t.addr, 3);
		t.source[3] = 1;
	} else if (inet_pton(AF_INET6, text, t.addr) == 1) {
		t.family = 6;
		t.scope = ASSAY_IPV6_GLOBAL;
		if (t.addr[0] == 0xfe && (t.addr[1] & 0xc0) == 0x80)
			t.scope = ASSAY_IPV6_LINK;
		else if ((t.addr[0] & 0xfe) == 0xfc)
			t.scope = ASSAY_IPV6_ULA;
		memcpy(t.source, t.addr, 8);
		t.source[15] = 1;
	} else
		fake_job_misuse("the test gave a bad address", NULL);
	return fake_job_add_target(job, &t);
}

void
fake_job_sources(struct assay_job *job, size_t n)
{
	job->nsources = n < FAKE_SOURCES_MOST ? n : FAKE_SOURCES_MOST;
}

void
fake_job_declares(struct assay_job *job, enum assay_transport transport)
{
	worker_facts_declares(&job->facts, transport);
}

void
fake_job_declares_table(struct assay_job *job, const char *table)
{
	worker_facts_declares_table(&job->facts, table);
}

void
fake_job_declare_row(
    struct assay_job *job, const char *table, const char *const *cells)
{
	size_t n = 0;

	while (cells[n] != NULL)
		n++;
	worker_facts_add_row(&job->facts, table, cells, n / 2);
}

void
fake_job_declare(struct assay_job *job, const struct assay_declared_port *port)
{
	worker_facts_add_declared(&job->facts, port);
}

void
fake_job_on_send(struct assay_job *job, fake_job_send *on_send, void *arg)
{
	job->on_send = on_send;
	job->send_arg = arg;
}

void
fake_job_feed(
    struct assay_job *job, const void *frame, size_t size, uint64_t delay_ns)
{
	struct fake_event *event = fake_job_push(job, FAKE_FRAME, delay_ns);

	event->frame = xmemdup(frame, size);
	event->size = size;
}

void
fake_job_on_tcp_try(struct assay_job *job, fake_job_tcp *on_try, void *arg)
{
	job->on_try = on_try;
	job->try_arg = arg;
}

void
fake_job_health(
    struct assay_job *job, enum assay_health health, uint64_t delay_ns)
{
	fake_job_push(job, FAKE_HEALTH, delay_ns)->health = health;
}

void
fake_job_set_lost(struct assay_job *job, uint64_t frames)
{
	job->lost = frames;
}

void
fake_job_at(struct assay_job *job, uint64_t delay_ns,
    void (*on_time)(struct assay_job *job, void *arg), void *arg)
{
	struct fake_event *event = fake_job_push(job, FAKE_CALL, delay_ns);

	event->on_time = on_time;
	event->arg = arg;
}

/* ---- life ---- */

static struct assay_timer *
next_timer(const struct assay_job *job)
{
	struct assay_timer *t, *first = NULL;

	for (t = job->timers; t != NULL; t = t->next)
		if (t->due_ns != FAKE_NEVER &&
		    (first == NULL || t->due_ns < first->due_ns))
			first = t;
	return first;
}

static void
hand_frame(struct assay_job *job, const struct fake_event *event)
{
	const struct assay_frame frame = {
		.data = event->frame,
		.size = event->size,
		.wire_size = event->size,
		.stamp_ns = WALL_NS + job->now_ns,
		.link_type = 1,
	};

	if (job->probe->on_frame != NULL)
		job->probe->on_frame(job, &frame);
}

static void
do_event(struct assay_job *job, const struct fake_event *event)
{
	switch (event->kind) {
	case FAKE_FRAME:
		hand_frame(job, event);
		break;
	case FAKE_TCP:
		event->on_result(job, event->arg, event->result,
		    event->local_port, event->took_ns);
		break;
	case FAKE_HEALTH:
		if (job->on_health != NULL)
			job->on_health(job, event->health);
		break;
	case FAKE_CALL:
		event->on_time(job, event->arg);
		break;
	}
}

/* All that is due now; frames that follow each other are one batch. */
static void
do_events(struct assay_job *job)
{
	struct fake_event *event;
	bool was_frame = false, is_frame;

	while (!job->finished && job->nheap > 0 &&
	    job->heap[0]->due_ns <= job->now_ns) {
		event = pop(job);
		is_frame = event->kind == FAKE_FRAME;
		if (was_frame && !is_frame && job->on_batch != NULL)
			job->on_batch(job);
		was_frame = is_frame;
		do_event(job, event);
		free_event(event);
	}
	if (was_frame && !job->finished && job->on_batch != NULL)
		job->on_batch(job);
}

/* False: nothing is left that could happen until then. */
static bool
step(struct assay_job *job, uint64_t until_ns)
{
	struct assay_timer *t = next_timer(job);
	uint64_t timer_ns = t == NULL ? FAKE_NEVER : t->due_ns;
	uint64_t event_ns = job->nheap == 0 ? FAKE_NEVER : job->heap[0]->due_ns;

	if (timer_ns > until_ns && event_ns > until_ns)
		return false;
	if (event_ns <= timer_ns) {
		if (event_ns > job->now_ns)
			job->now_ns = event_ns;
		do_events(job);
		return true;
	}
	if (timer_ns > job->now_ns)
		job->now_ns = timer_ns;
	t->due_ns = FAKE_NEVER;
	t->on_time(job, t->arg);
	return true;
}

int
fake_job_start(struct assay_job *job)
{
	if (job->probe->init != NULL && job->probe->init(job) == -1)
		return -1;
	if (job->probe->run != NULL)
		job->probe->run(job);
	return 0;
}

void
fake_job_advance(struct assay_job *job, uint64_t ns)
{
	uint64_t until_ns = job->now_ns + ns;

	while (!job->finished && step(job, until_ns))
		;
	if (job->now_ns < until_ns)
		job->now_ns = until_ns;
}

bool
fake_job_run_until_finished(struct assay_job *job, uint64_t limit_ns)
{
	uint64_t until_ns = job->now_ns + limit_ns;

	while (!job->finished && step(job, until_ns))
		;
	return job->finished;
}

void
fake_job_cancel(struct assay_job *job)
{
	if (job->probe->cancel != NULL)
		job->probe->cancel(job);
	job->finished = true;
}

void
fake_job_judge(struct assay_job *job)
{
	job->finished = true;
	if (job->probe->on_end != NULL)
		job->probe->on_end(job);
	job->judging = true;
	job->probe->judge(job);
	job->judging = false;
	if (job->probe->fini != NULL)
		job->probe->fini(job);
}

bool
fake_job_all(struct assay_job *job, uint64_t limit_ns)
{
	if (fake_job_start(job) == -1 ||
	    !fake_job_run_until_finished(job, limit_ns) || job->failed != NULL)
		return false;
	fake_job_judge(job);
	return true;
}

uint32_t
fake_job_add_observation(
    struct assay_job *job, const struct assay_observation *o)
{
	struct err e;

	if (worker_check_observation(job->probe, o, &e) == -1)
		fake_job_misuse("observation", &e);
	return worker_trail_add(&job->trail, o, true);
}

void
fake_job_add_control(struct assay_job *job, enum assay_phase phase, bool good)
{
	if (phase < ASSAY_BEFORE || phase > ASSAY_AFTER ||
	    job->ncontrols == WORKER_CONTROLS_MAX)
		fake_job_misuse("assay_control", NULL);
	job->controls = xrealloc(
	    job->controls, job->ncontrols + 1, sizeof(job->controls[0]));
	job->controls[job->ncontrols].phase = phase;
	job->controls[job->ncontrols++].good = good;
	worker_trail_control(&job->trail, phase, good);
}

/* ---- what came out ---- */

bool
fake_job_is_finished(const struct assay_job *job)
{
	return job->finished;
}

const char *
fake_job_failed(const struct assay_job *job)
{
	return job->failed;
}

uint64_t
fake_job_sent(const struct assay_job *job)
{
	return job->sent;
}

const struct assay_observation *
fake_job_observation(const struct assay_job *job, size_t index)
{
	return index < job->trail.nobservations ? job->trail.observations[index]
						: NULL;
}

const struct assay_observation *
fake_job_find(const struct assay_job *job, const char *field,
    const struct assay_target *target)
{
	const struct assay_observation *o;
	size_t i;

	for (i = job->trail.nobservations; i > 0; i--) {
		o = job->trail.observations[i - 1];
		if (strcmp(o->field, field) == 0 &&
		    (target == NULL || o->target == target))
			return o;
	}
	return NULL;
}

size_t
fake_job_control_count(
    const struct assay_job *job, enum assay_phase phase, bool good)
{
	size_t i, n = 0;

	for (i = 0; i < job->ncontrols; i++)
		n += job->controls[i].phase == phase &&
		    job->controls[i].good == good;
	return n;
}

size_t
fake_job_verdict_count(const struct assay_job *job)
{
	return job->nverdicts;
}

const struct assay_verdict *
fake_job_verdict(const struct assay_job *job, size_t index)
{
	return index < job->nverdicts ? &job->verdicts[index] : NULL;
}

const struct assay_verdict *
fake_job_find_verdict(const struct assay_job *job, const char *check,
    enum assay_kind kind, const struct assay_target *target)
{
	const struct assay_verdict *v;
	size_t i;

	for (i = 0; i < job->nverdicts; i++) {
		v = &job->verdicts[i];
		if (strcmp(v->check, check) == 0 && v->kind == kind &&
		    (target == NULL || v->target == target))
			return v;
	}
	return NULL;
}

const struct assay_value *
fake_job_verdict_value(const struct assay_verdict *verdict, const char *name)
{
	size_t i;

	for (i = 0; i < verdict->nvalues; i++)
		if (strcmp(verdict->values[i].name, name) == 0)
			return &verdict->values[i].value;
	return NULL;
}

const struct assay_value *
fake_job_note(const struct assay_job *job, const char *name)
{
	size_t i;

	for (i = job->nnotes; i > 0; i--)
		if (strcmp(job->notes[i - 1].name, name) == 0)
			return &job->notes[i - 1].value;
	return NULL;
}
