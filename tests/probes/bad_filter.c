/*
 * bad_filter: its filter is no pcap-filter(7).
 */
#include <stddef.h>

#include "tests/probes/sample.h"

static void
on_frame(struct assay_job *job, const struct assay_frame *frame)
{
	(void)job;
	(void)frame;
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.filter"),
	.needs = ASSAY_NEED_LINK,
	.filter = "tcp porridge 23",
	.run = sample_run,
	.on_frame = on_frame,
	.judge = sample_judge,
};
