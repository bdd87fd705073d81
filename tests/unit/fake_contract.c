/*
 * fake_contract: the functions of probes/probe.h over a fake job.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "tests/unit/fake_job_internal.h"

static void
not_in_judge(const struct assay_job *job, const char *name)
{
	struct err e;

	if (!job->judging)
		return;
	err_set(&e, "called by judge");
	fake_job_misuse(name, &e);
}

/* The job's own target of that address: probes may pass a copy. */
static const struct assay_target *
own_target(const struct assay_job *job, const struct assay_target *t)
{
	const struct assay_target *own;

	if (t == NULL)
		return NULL;
	own = worker_facts_find_target(&job->facts, t->family, t->addr);
	if (own == NULL)
		fake_job_misuse("not a target of this job", NULL);
	return own;
}

size_t
assay_target_count(struct assay_job *job)
{
	return job->facts.ntargets;
}

const struct assay_target *
assay_target_at(struct assay_job *job, size_t index)
{
	return index < job->facts.ntargets ? job->facts.targets[index] : NULL;
}

size_t
assay_declared_port_count(struct assay_job *job)
{
	return job->facts.ndeclared;
}

const struct assay_declared_port *
assay_declared_port_at(struct assay_job *job, size_t index)
{
	return index < job->facts.ndeclared ? job->facts.declared[index] : NULL;
}

bool
assay_ports_are_declared(struct assay_job *job, enum assay_transport transport)
{
	return worker_facts_are_declared(&job->facts, transport);
}

bool
assay_is_declared(struct assay_job *job, const char *table)
{
	return worker_facts_is_declared(&job->facts, table);
}

size_t
assay_declared_count(struct assay_job *job, const char *table)
{
	return worker_facts_count(&job->facts, table);
}

const char *
assay_declared_at(
    struct assay_job *job, const char *table, size_t row, const char *cell)
{
	return worker_facts_at(&job->facts, table, row, cell);
}

size_t
assay_source_count(struct assay_job *job, const struct assay_target *target)
{
	not_in_judge(job, "assay_source_count");
	(void)target;
	return job->nsources > 1 ? job->nsources : 1;
}

const uint8_t *
assay_source_at(
    struct assay_job *job, const struct assay_target *target, size_t index)
{
	static const size_t most = FAKE_SOURCES_MOST;
	const size_t n = target->family == 4 ? 4 : 16;
	uint8_t *address;

	not_in_judge(job, "assay_source_at");
	if (index == 0)
		return target->source;
	if (index >= job->nsources || index >= most)
		return NULL;
	address = job->sources[target->family == 6][index];
	memcpy(address, target->source, n);
	address[n - 2] = (uint8_t)(128 + (index >> 8));
	address[n - 1] = (uint8_t)index;
	return address;
}

void
fake_job_check_source(struct assay_job *job, const struct assay_target *target,
    const uint8_t *source)
{
	const size_t n = assay_source_count(job, target);
	size_t i;

	for (i = 0; source != NULL; i++) {
		if (i == n)
			fake_job_misuse("not a source of this job", NULL);
		if (memcmp(source, assay_source_at(job, target, i),
			target->family == 4 ? 4 : 16) == 0)
			break;
	}
}

void *
assay_state(struct assay_job *job)
{
	not_in_judge(job, "assay_state");
	return job->state;
}

static const struct worker_param *
param(const struct assay_job *job, const char *name, enum assay_param_type type)
{
	const struct worker_param *p =
	    worker_params_get(job->params, name, type);

	if (p == NULL)
		fake_job_misuse("parameter not declared with this type", NULL);
	return p;
}

uint64_t
assay_param_u64(struct assay_job *job, const char *name)
{
	return param(job, name, ASSAY_PARAM_U64)->u64;
}

bool
assay_param_bool(struct assay_job *job, const char *name)
{
	return param(job, name, ASSAY_PARAM_BOOL)->u64 != 0;
}

uint64_t
assay_param_ns(struct assay_job *job, const char *name)
{
	return param(job, name, ASSAY_PARAM_DURATION)->u64;
}

const char *
assay_param_string(struct assay_job *job, const char *name)
{
	return param(job, name, ASSAY_PARAM_STRING)->text;
}

const struct assay_ports *
assay_param_ports(struct assay_job *job, const char *name)
{
	return param(job, name, ASSAY_PARAM_PORTS)->ports;
}

uint64_t
assay_random(struct assay_job *job)
{
	return 0x9e3779b97f4a7c15ull * (job->sequence + 1);
}

uint64_t
assay_now_ns(struct assay_job *job)
{
	not_in_judge(job, "assay_now_ns");
	return job->now_ns;
}

struct assay_timer *
assay_timer_new(struct assay_job *job,
    void (*on_time)(struct assay_job *, void *arg), void *arg)
{
	struct assay_timer *t = xcalloc(1, sizeof(*t));

	not_in_judge(job, "assay_timer_new");
	t->job = job;
	t->due_ns = FAKE_NEVER;
	t->on_time = on_time;
	t->arg = arg;
	t->next = job->timers;
	job->timers = t;
	return t;
}

void
assay_timer_set(struct assay_timer *t, uint64_t delay_ns)
{
	t->due_ns = t->job->now_ns + delay_ns;
}

void
assay_timer_stop(struct assay_timer *t)
{
	t->due_ns = FAKE_NEVER;
}

void
assay_timer_free(struct assay_timer *t)
{
	struct assay_timer **at;

	if (t == NULL)
		return;
	for (at = &t->job->timers; *at != t; at = &(*at)->next)
		;
	*at = t->next;
	free(t);
}

struct event_base *
assay_event_base(struct assay_job *job)
{
	not_in_judge(job, "assay_event_base");
	if (job->base == NULL)
		job->base = event_base_new();
	return job->base;
}

void
assay_finish(struct assay_job *job)
{
	not_in_judge(job, "assay_finish");
	job->finished = true;
}

void
assay_fail(struct assay_job *job, const char *format, ...)
{
	va_list ap;

	not_in_judge(job, "assay_fail");
	job->finished = true;
	if (job->failed != NULL)
		return;
	va_start(ap, format);
	if (vasprintf(&job->failed, format, ap) == -1)
		job->failed = xstrdup("?");
	va_end(ap);
}

void
assay_progress(
    struct assay_job *job, uint64_t done, uint64_t total, const char *what)
{
	not_in_judge(job, "assay_progress");
	if (done > total || what == NULL)
		fake_job_misuse(
		    "assay_progress: more done than there is", NULL);
}

void
assay_log(struct assay_job *job, const char *format, ...)
{
	(void)format;
	not_in_judge(job, "assay_log");
}

int
assay_link_send(
    struct assay_job *job, const struct assay_buffer *frames, size_t n)
{
	int taken;

	not_in_judge(job, "assay_link_send");
	if (job->replayed)
		fake_job_misuse("assay_link_send, but frames are stored", NULL);
	if ((job->probe->needs & ASSAY_NEED_LINK) == 0)
		fake_job_misuse("assay_link_send without the need", NULL);
	taken = job->on_send == NULL
	    ? (int)n
	    : job->on_send(job->send_arg, job, frames, n);
	if (taken > 0)
		job->sent += (uint64_t)taken;
	return taken;
}

uint64_t
assay_link_lost(struct assay_job *job)
{
	not_in_judge(job, "assay_link_lost");
	return job->lost;
}

void
assay_link_on_batch(struct assay_job *job, void (*on_batch)(struct assay_job *))
{
	not_in_judge(job, "assay_link_on_batch");
	job->on_batch = on_batch;
}

void
assay_tcp_try_from(
    struct assay_job *job, const struct assay_tcp_from *from, void *arg)
{
	struct fake_job_try t = {
		.target = own_target(job, from->target),
		.port = from->port,
		.timeout_ns = from->timeout_ns,
		.took_ns = 200000,
	};
	enum assay_tcp_result result = ASSAY_TCP_TIMEOUT;
	struct fake_event *event;

	not_in_judge(job, "assay_tcp_try");
	if (job->replayed)
		fake_job_misuse("assay_tcp_try, but frames are stored", NULL);
	if ((job->probe->needs & ASSAY_NEED_TCP) == 0)
		fake_job_misuse("assay_tcp_try without the need", NULL);
	fake_job_check_source(job, t.target, from->source);
	t.local_port = job->next_local_port++;
	if (job->next_local_port > 60999)
		job->next_local_port = 32768;
	if (job->on_try != NULL)
		result = job->on_try(job->try_arg, job, &t);
	if (t.took_ns > t.timeout_ns)
		result = ASSAY_TCP_TIMEOUT;
	if (result == ASSAY_TCP_TIMEOUT)
		t.took_ns = t.timeout_ns;
	event = fake_job_push(job, FAKE_TCP, t.took_ns);
	event->on_result = from->on_result;
	event->arg = arg;
	event->result = result;
	event->local_port = t.local_port;
	event->took_ns = t.took_ns;
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

uint32_t
assay_observe(struct assay_job *job, const struct assay_observation *o)
{
	struct assay_observation own = *o;
	size_t i;

	not_in_judge(job, "assay_observe");
	own.target = own_target(job, o->target);
	for (i = 0; i < o->nframes; i++)
		own_target(job, o->frames[i].target);
	if (job->trail.nobservations == WORKER_OBSERVATIONS_MAX)
		fake_job_misuse("assay_observe: too many", NULL);
	return fake_job_add_observation(job, &own);
}

void
assay_control(
    struct assay_job *job, enum assay_phase phase, bool good, uint32_t obs)
{
	not_in_judge(job, "assay_control");
	if (obs > job->trail.nobservations || (good && obs == 0))
		fake_job_misuse("assay_control: no such observation", NULL);
	fake_job_add_control(job, phase, good);
}

void
assay_note(struct assay_job *job, const char *name, struct assay_value value)
{
	struct assay_named_value *note;
	struct err e;
	size_t i;

	not_in_judge(job, "assay_note");
	if (worker_check_value(&value, name, &e) == -1)
		fake_job_misuse("assay_note", NULL);
	for (i = 0; i < job->nnotes; i++)
		if (strcmp(job->notes[i].name, name) == 0) {
			worker_trail_free_value(&job->notes[i].value);
			job->notes[i].value = worker_trail_copy_value(&value);
			return;
		}
	if (job->nnotes == WORKER_NOTES_MAX)
		fake_job_misuse("assay_note: too many", NULL);
	job->notes =
	    xrealloc(job->notes, job->nnotes + 1, sizeof(job->notes[0]));
	note = &job->notes[job->nnotes++];
	note->name = xstrdup(name);
	note->value = worker_trail_copy_value(&value);
}

void
assay_on_health(struct assay_job *job,
    void (*on_health)(struct assay_job *, enum assay_health))
{
	not_in_judge(job, "assay_on_health");
	job->on_health = on_health;
}

size_t
assay_observation_count(struct assay_job *job)
{
	return job->trail.nobservations;
}

/* judge sees no frames, as in the worker; the test's own accessor does. */
const struct assay_observation *
assay_observation_at(struct assay_job *job, size_t index)
{
	if (index >= job->trail.nobservations)
		return NULL;
	if (index >= job->nseen) {
		job->seen = xrealloc(job->seen, job->trail.nobservations,
		    sizeof(struct assay_observation *));
		memset(job->seen + job->nseen, 0,
		    (job->trail.nobservations - job->nseen) *
			sizeof(struct assay_observation *));
		job->nseen = job->trail.nobservations;
	}
	if (job->seen[index] == NULL) {
		job->seen[index] = xmemdup(
		    job->trail.observations[index], sizeof(*job->seen[index]));
		job->seen[index]->frames = NULL;
		job->seen[index]->nframes = 0;
	}
	return job->seen[index];
}

bool
assay_control_is_good(struct assay_job *job, enum assay_phase phase)
{
	return phase >= ASSAY_BEFORE && phase <= ASSAY_AFTER &&
	    job->trail.good[phase];
}

void
assay_say(struct assay_job *job, const struct assay_verdict *v)
{
	struct assay_verdict *copy;
	struct assay_named_value *values;
	struct err e;
	size_t i;

	if (!job->judging)
		fake_job_misuse("assay_say outside of judge", NULL);
	if (worker_check_verdict(job->probe, v, job->trail.nobservations, &e) ==
	    -1)
		fake_job_misuse("verdict", &e);
	job->verdicts = xrealloc(
	    job->verdicts, job->nverdicts + 1, sizeof(job->verdicts[0]));
	copy = &job->verdicts[job->nverdicts++];
	*copy = *v;
	copy->target = own_target(job, v->target);
	values = xcalloc(v->nvalues, sizeof(values[0]));
	for (i = 0; i < v->nvalues; i++) {
		values[i].name = v->values[i].name;
		values[i].value = worker_trail_copy_value(&v->values[i].value);
	}
	copy->values = values;
	copy->observations = xcalloc(v->nobservations, sizeof(uint32_t));
	if (v->nobservations > 0)
		memcpy((void *)(uintptr_t)copy->observations, v->observations,
		    v->nobservations * sizeof(uint32_t));
}
