/*
 * worker_contract: the plain functions of probes/probe.h: targets, what is
 * declared, parameters, state, clock, end.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include <event2/event.h>

#include "base/log.h"
#include "daemon/worker/worker_frames.h"
#include "daemon/worker/worker_job.h"
#include "probes/probe.h"

#define NS_PER_S UINT64_C(1000000000)

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

static const struct worker_param *
param(struct assay_job *job, const char *name, enum assay_param_type type)
{
	const struct worker_param *p =
	    worker_params_get(job->params, name, type);

	if (p == NULL)
		worker_job_bug(
		    job, "parameter %s is not declared with this type", name);
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

/* Not for judge: what run kept for itself is not recorded. */
void *
assay_state(struct assay_job *job)
{
	if (job->phase == WORKER_PHASE_JUDGE)
		worker_job_enter(job, "assay_state");
	return job->state;
}

uint64_t
assay_now_ns(struct assay_job *job)
{
	struct timespec now;

	worker_job_enter(job, "assay_now_ns");
	if (job->frames != NULL)
		return worker_frames_now_ns(job);
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

uint64_t
assay_random(struct assay_job *job)
{
	uint64_t v;

	worker_job_enter(job, "assay_random");
	if (getrandom(&v, sizeof(v), 0) != (ssize_t)sizeof(v))
		fatal("getrandom: %s", strerror(errno));
	return v;
}

struct event_base *
assay_event_base(struct assay_job *job)
{
	worker_job_enter(job, "assay_event_base");
	return job->base;
}

void
assay_finish(struct assay_job *job)
{
	worker_job_enter(job, "assay_finish");
	worker_job_finish(job);
}

void
assay_fail(struct assay_job *job, const char *format, ...)
{
	char text[512];
	va_list ap;

	worker_job_enter(job, "assay_fail");
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	worker_job_failed(job, text);
	worker_job_finish(job);
}

void
assay_on_health(struct assay_job *job,
    void (*on_health)(struct assay_job *, enum assay_health))
{
	worker_job_enter(job, "assay_on_health");
	job->on_health = on_health;
}
