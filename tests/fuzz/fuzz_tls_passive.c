/*
 * fuzz_tls_passive: any frames as what a device sent and heard.  A pass has a
 * whole hello behind it.
 */
#include "tests/fuzz/stored_probe.h"

/* NOLINTBEGIN(bugprone-suspicious-include) */
#include "probes/tls_passive.c"
#include "probes/tls_passive/judge.c"
#include "probes/tls_passive/offer.c"
#include "probes/tls_passive/read.c"
/* NOLINTEND(bugprone-suspicious-include) */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LEAST 60 /* bytes of a hello with its headers */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct assay_job *job = fake_job_new(&assay_probe);
	size_t i;

	fake_job_add_target_text(job, "10.77.0.10");
	if (fake_job_replay(job, STORED_BEGIN) == -1)
		abort();
	(void)stored_frames(job, data, size);
	fake_job_judge(job);
	stored_check_verdicts(job);
	for (i = 0; i < fake_job_verdict_count(job); i++)
		if (fake_job_verdict(job, i)->value == ASSAY_PASS &&
		    size < LEAST)
			abort();
	fake_job_free(job);
	return 0;
}
