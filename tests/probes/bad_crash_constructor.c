/*
 * bad_crash_constructor: crashes while it is being loaded.
 */
#include <stddef.h>

#include "tests/probes/sample.h"

static int *volatile nowhere = NULL;

__attribute__((constructor)) static void
crash(void)
{
	*nowhere = 1;
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.crash_constructor"),
	.run = sample_run,
	.judge = sample_judge,
};
