/*
 * fake_impostor: assay_impostor() over a fake job; the test is the device.
 */
#include "tests/unit/fake_impostor.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "tests/unit/fake_job_internal.h"

#define ENDS_AFTER_NS UINT64_C(1000000)

struct fake_call {
	struct fake_call *next;
	struct assay_call call;
	enum assay_impostor_fault fault;
};

void
fake_job_free_calls(struct assay_job *job)
{
	struct fake_call *c;

	while ((c = job->calls) != NULL) {
		job->calls = c->next;
		free(c);
	}
}

static void
on_over(struct assay_job *job, void *arg)
{
	const struct fake_call *c = arg;
	struct assay_called called = { .fault = c->fault,
		.version = "",
		.digest = "",
		.gist = "",
		.keys = "" };

	job->on_called(job->called_arg, job, &c->call, &called);
	job->impostor.on_end(job, job->impostor.arg, &c->call, &called);
}

static void
on_arrival(struct assay_job *job, void *arg)
{
	struct fake_call *c = arg;

	if (job->impostor.on_call == NULL)
		fake_job_misuse("a call that nobody answers", NULL);
	if (c->call.hello != NULL)
		c->fault =
		    job->impostor.on_call(job, job->impostor.arg, &c->call);
	fake_job_at(job, ENDS_AFTER_NS, on_over, c);
}

void
fake_job_on_called(struct assay_job *job, fake_job_called *on_called, void *arg)
{
	job->on_called = on_called;
	job->called_arg = arg;
}

void
fake_job_call(
    struct assay_job *job, const struct assay_call *call, uint64_t delay_ns)
{
	struct fake_call *c = xcalloc(1, sizeof(*c));

	c->call = *call;
	c->next = job->calls;
	job->calls = c;
	fake_job_at(job, delay_ns, on_arrival, c);
}

void
assay_impostor(struct assay_job *job, const struct assay_impostor_spec *spec)
{
	if (job->judging)
		fake_job_misuse("assay_impostor in judge", NULL);
	if ((job->probe->needs & ASSAY_NEED_CALLS) == 0)
		fake_job_misuse("assay_impostor without the need", NULL);
	if (spec->on_call == NULL || spec->on_end == NULL ||
	    job->impostor.on_call != NULL)
		fake_job_misuse("assay_impostor", NULL);
	job->impostor = *spec;
}
