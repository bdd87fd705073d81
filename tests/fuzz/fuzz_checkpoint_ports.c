/*
 * fuzz_checkpoint_ports: any bytes as what an earlier job has left.  With their
 * sum made good, too, they are taken whole or not at all; what is taken is,
 * written again, the same.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/probes/sample.h"
#include "tests/unit/fake_job.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TARGETS 2

static const struct assay_probe probe = {
	SAMPLE_PROBE("test.resumes"),
	.run = sample_run,
	.judge = sample_judge,
};

static struct assay_job *
resumed(const struct assay_target *targets[TARGETS], const uint8_t *bytes,
    size_t size)
{
	struct assay_job *job = fake_job_new(&probe);

	targets[0] = fake_job_add_target_text(job, "10.77.0.10");
	targets[1] = fake_job_add_target_text(job, "fd77::10");
	fake_job_resume(job, 7, bytes, size);
	return job;
}

static void
read_and_write(const uint8_t *bytes, size_t size)
{
	static struct assay_ports taken[TARGETS], again;
	const struct assay_target *targets[TARGETS];
	struct assay_job *job = resumed(targets, bytes, size), *next;
	const uint8_t *left;
	size_t n, i;

	for (i = 0; i < TARGETS; i++)
		if ((assay_resumed_ports(job, targets[i], &taken[i]) != 0) !=
		    (assay_ports_count(&taken[i]) > 0))
			abort();
	assay_checkpoint_ports(job, taken, TARGETS);
	left = fake_job_checkpoint(job, &n);
	next = resumed(targets, left, n);
	for (i = 0; i < TARGETS; i++) {
		(void)assay_resumed_ports(next, targets[i], &again);
		if (memcmp(&again, &taken[i], sizeof(again)) != 0)
			abort();
	}
	fake_job_free(next);
	fake_job_free(job);
}

static void
mend_sum(uint8_t *p, size_t size)
{
	uint32_t sum = 2166136261u;
	size_t i;

	for (i = 0; i + 4 < size; i++)
		sum = (sum ^ p[i]) * 16777619u;
	p[size - 4] = (uint8_t)(sum >> 24);
	p[size - 3] = (uint8_t)(sum >> 16);
	p[size - 2] = (uint8_t)(sum >> 8);
	p[size - 1] = (uint8_t)sum;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t mended[ASSAY_CHECKPOINT_MAX];

	if (size > sizeof(mended))
		return 0;
	read_and_write(data, size);
	if (size < 4)
		return 0;
	memcpy(mended, data, size);
	mend_sum(mended, size);
	read_and_write(mended, size);
	return 0;
}
