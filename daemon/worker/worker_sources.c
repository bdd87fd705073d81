/*
 * worker_sources: which addresses of the bench the job may speak from.
 *
 * Devices answer each peer at a limited rate, remember a limited number of
 * neighbours, and lock an address out: more sources help only as long as the
 * device goes on answering them (worker_growth.c).
 */
#include "daemon/worker/worker_sources.h"

#include "daemon/worker/worker_facts.h"
#include "daemon/worker/worker_job.h"
#include "probes/probe.h"

const uint8_t *
worker_source(struct assay_job *job, const struct assay_target *target,
    const uint8_t *addr)
{
	const uint8_t *own;

	if (addr == NULL)
		return target->source;
	own = worker_facts_find_source(&job->facts, target, addr);
	if (own == NULL)
		worker_job_bug(job, "a source address that is not the job's");
	return own;
}

/* ---- the contract ---- */

size_t
assay_source_count(struct assay_job *job, const struct assay_target *target)
{
	worker_job_enter(job, "assay_source_count");
	return worker_facts_source_count(
	    &job->facts, worker_job_target(job, target));
}

const uint8_t *
assay_source_at(
    struct assay_job *job, const struct assay_target *target, size_t index)
{
	worker_job_enter(job, "assay_source_at");
	return worker_facts_source_at(
	    &job->facts, worker_job_target(job, target), index);
}
