/*
 * fuzz_net_source_ports: any frames as what a device sent.  From a handful
 * nobody can tell that its numbers cannot be guessed: there is no pass.
 */
#include "tests/fuzz/stored_probe.h"

/* NOLINTBEGIN(bugprone-suspicious-include) */
#include "probes/net_source_ports.c"
#include "probes/net_source_ports/judge.c"
/* NOLINTEND(bugprone-suspicious-include) */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FRAMES_LEAST 16
#define FRAME_SIZE (3 + 14 + 20 + 8) /* a SYN or a question, at the least */

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
		    size < (size_t)FRAMES_LEAST * FRAME_SIZE)
			abort();
	fake_job_free(job);
	return 0;
}
