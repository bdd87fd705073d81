/*
 * job_checkpoint: what a job has settled, kept for the next one of its key.
 *
 * The key is everything by which two jobs are alike: probe and method,
 * parameters, device and its MAC, profile, firmware, state, mode.  It is no
 * evidence: a job that goes on from one says so in its record.
 */
#ifndef ASSAY_JOB_CHECKPOINT_H
#define ASSAY_JOB_CHECKPOINT_H

#include <stdbool.h>

#include <jansson.h>

#include "base/msg.h"

struct job;

void job_checkpoint_begin(struct job *job);
void job_checkpoint_free(struct job *job);
/* Calls then(job) once: at once, or when the store has said what there is to go
 * on from, if the step wants that. */
void job_checkpoint_ask(struct job *job, void (*then)(void *job));
/* WORKER_RESUMED, when there is something. */
void job_checkpoint_send(struct job *job);
/* "resumed" in the job's record, when there is something. */
void job_checkpoint_tell(const struct job *job, json_t *record);
/* ENGINE_CHECKPOINT.  -1: malformed. */
int job_checkpoint_read(struct job *job, struct msg_in *m);
/* The job's records are on their way to the store. */
void job_checkpoint_end(struct job *job, bool good);

#endif
