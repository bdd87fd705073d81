/*
 * bad_state: wants all the memory there is for its state.
 */
#include "tests/probes/sample.h"

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.state"),
	.state_size = (size_t)-1,
	.run = sample_run,
	.judge = sample_judge,
};
