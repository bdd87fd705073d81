/*
 * fake_checkpoint: what a fake job leaves, and what it goes on from.
 */
#include <string.h>

#include "tests/unit/fake_job_internal.h"

void
fake_job_resume(
    struct assay_job *job, uint64_t run, const void *bytes, size_t size)
{
	if (size > sizeof(job->resumed))
		fake_job_misuse("fake_job_resume", NULL);
	memcpy(job->resumed, bytes, size);
	job->nresumed = size;
	job->resumed_run = run;
}

const uint8_t *
fake_job_checkpoint(const struct assay_job *job, size_t *size)
{
	*size = job->ncheckpoint;
	return job->checkpoint;
}

unsigned
fake_job_checkpoints(const struct assay_job *job)
{
	return job->checkpoints;
}

void
assay_checkpoint(struct assay_job *job, const void *bytes, size_t size)
{
	if (job->judging || size > sizeof(job->checkpoint))
		fake_job_misuse("assay_checkpoint", NULL);
	if (size > 0)
		memcpy(job->checkpoint, bytes, size);
	job->ncheckpoint = size;
	job->checkpoints++;
}

size_t
assay_resumed(struct assay_job *job, const void **bytes, uint64_t *run)
{
	if (job->judging)
		fake_job_misuse("assay_resumed", NULL);
	*bytes = job->resumed;
	*run = job->resumed_run;
	return job->nresumed;
}
