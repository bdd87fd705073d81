/*
 * bad_open_file: opens a file.
 */
#include <fcntl.h>
#include <unistd.h>

#include "tests/probes/sample.h"

static void
run(struct assay_job *job)
{
	int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);

	if (fd != -1)
		close(fd);
	sample_run(job);
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.open_file"),
	.run = run,
	.judge = sample_judge,
};
