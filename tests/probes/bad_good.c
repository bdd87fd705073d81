/*
 * bad_good: the bad probes' twin that is in order.  It passes: what the others
 * get is for what they do, and for nothing that they share with it.
 */
#include "tests/probes/sample.h"

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.good"),
	.run = sample_run,
	.judge = sample_judge,
};
