/*
 * bad_undeclared_need: opens a kind of socket that it did not say it needs.
 */
#include <sys/socket.h>
#include <unistd.h>

#include "tests/probes/sample.h"

/* UDP is not among its needs, TCP is. */
static void
run(struct assay_job *job)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	close(fd);
	assay_log(job, "a stream socket is fine");
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	close(fd);
	sample_run(job);
}

const struct assay_probe assay_probe = {
	SAMPLE_PROBE("bad.undeclared_need"),
	.needs = ASSAY_NEED_TCP,
	.run = run,
	.judge = sample_judge,
};
