/*
 * bad_fork: forks.
 */
#include <sys/types.h>
#include <unistd.h>

#include "tests/probes/sample.h"

static void
run(struct assay_job *job)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	sample_run(job);
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.fork"),
	.run = run,
	.judge = sample_judge,
};
