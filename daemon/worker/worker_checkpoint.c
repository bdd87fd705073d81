/*
 * worker_checkpoint: what a long job has settled, for the next one, and what
 * an earlier one left.
 */
#include "daemon/shared/wire.h"
#include "daemon/worker/worker_job.h"
#include "probes/probe.h"

void
assay_checkpoint(struct assay_job *job, const void *bytes, size_t size)
{
	worker_job_enter_live(job, "assay_checkpoint");
	if (size > ASSAY_CHECKPOINT_MAX)
		worker_job_bug(job, "a checkpoint of %zu bytes", size);
	msg_start(&job->out, ENGINE_CHECKPOINT);
	msg_put_bytes(&job->out, bytes, size);
	worker_job_send(job);
}

size_t
assay_resumed(struct assay_job *job, const void **bytes, uint64_t *run)
{
	worker_job_enter(job, "assay_resumed");
	*bytes = job->resumed;
	*run = job->resumed_run;
	return job->nresumed;
}
