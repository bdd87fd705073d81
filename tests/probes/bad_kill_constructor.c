/*
 * bad_kill_constructor: signals another process while it is being loaded.
 */
#include <signal.h>

#include "tests/probes/sample.h"

__attribute__((constructor)) static void
signal_another(void)
{
	kill(1, 0);
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.kill_constructor"),
	.run = sample_run,
	.judge = sample_judge,
};
