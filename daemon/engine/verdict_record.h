/*
 * verdict_record: what speaks for and against one pending verdict, and the
 * fields of its record.
 */
#ifndef ASSAY_VERDICT_RECORD_H
#define ASSAY_VERDICT_RECORD_H

#include <jansson.h>

#include "daemon/engine/job.h"
#include "records/verdict_algebra.h"

/* Fills the record's own fields; job->evidence, frames and slice are this
 * verdict's. */
void verdict_record_fill(const struct job *job, const struct said_verdict *v,
    const struct verdict_job_end *end, json_t *o);
/* A claim that ought to have a verdict and has none gets one from the
 * runtime, so that nothing is missing in silence: error when the job failed,
 * inconc when the device could not be reached. */
void verdict_add_missing(struct job *job);
/* The job's error says something of device or link, not of the bench. */
bool verdict_is_about_device(const struct job *job);
/* The same of the reason in a jobend record. */
bool verdict_code_is_about_device(const char *code);

#endif
