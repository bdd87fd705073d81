/*
 * fake_impostor: assay_impostor() over a fake job; the test says when the
 * device calls and what becomes of each call.
 */
#ifndef ASSAY_TESTS_FAKE_IMPOSTOR_H
#define ASSAY_TESTS_FAKE_IMPOSTOR_H

#include "tests/unit/fake_job.h"

/* What was played is in called->fault; the rest is zero (texts empty), and to
 * be filled in. */
typedef void fake_job_called(void *arg, struct assay_job *job,
    const struct assay_call *call, struct assay_called *called);
void fake_job_on_called(
    struct assay_job *job, fake_job_called *on_called, void *arg);
/* A call that arrives delay_ns from now and ends a millisecond later; what it
 * points to outlives the job.  Without a ClientHello nothing is played. */
void fake_job_call(
    struct assay_job *job, const struct assay_call *call, uint64_t delay_ns);

#endif
