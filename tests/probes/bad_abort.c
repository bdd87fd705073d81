/*
 * bad_abort: aborts, as a failed assertion does.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/probes/sample.h"

static void
run(struct assay_job *job)
{
	(void)job;
	fputs("assertion failed: the world is flat\n", stderr);
	abort();
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.abort"),
	.run = run,
	.judge = sample_judge,
};
