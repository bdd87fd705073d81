/*
 * bad_fork_constructor: starts a process while it is being loaded.
 */
#include <unistd.h>

#include "tests/probes/sample.h"

__attribute__((constructor)) static void
start_another(void)
{
	if (fork() == 0)
		_exit(0);
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.fork_constructor"),
	.run = sample_run,
	.judge = sample_judge,
};
