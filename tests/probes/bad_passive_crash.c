/*
 * bad_passive_crash: dies of a signal on the first stored frame.
 */
#include <signal.h>
#include <stddef.h>

#include "tests/probes/sample.h"

static void
on_frame(struct assay_job *job, const struct assay_frame *frame)
{
	(void)frame;
	sample_observe(job, true);
	raise(SIGABRT);
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.passive_crash"),
	.needs = ASSAY_NEED_LINK,
	.on_frame = on_frame,
	.judge = sample_judge,
};
