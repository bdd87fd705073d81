/*
 * fuzz_services_cleartext: any frames as a capture of somebody's services.  It
 * asks nothing, so that nothing is shown to be absent: there is no pass.
 */
#include "tests/fuzz/stored_probe.h"

/* NOLINTBEGIN(bugprone-suspicious-include) */
#include "probes/services_cleartext.c"
#include "probes/services_cleartext/capture.c"
#include "probes/services_cleartext/judge.c"
/* NOLINTEND(bugprone-suspicious-include) */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct assay_job *job = fake_job_new(&assay_probe);
	size_t i;

	fake_job_add_target_text(job, "10.77.0.10");
	fake_job_add_target_text(job, "fd77::10");
	if (fake_job_replay(job, STORED_BEGIN) == -1)
		abort();
	(void)stored_frames(job, data, size);
	fake_job_judge(job);
	stored_check_verdicts(job);
	for (i = 0; i < fake_job_verdict_count(job); i++)
		if (fake_job_verdict(job, i)->value == ASSAY_PASS)
			abort();
	fake_job_free(job);
	return 0;
}
