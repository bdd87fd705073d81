/*
 * worker_process: the process of a worker without a daemon.
 *
 * It has the descriptors that it is given and no other, an empty environment,
 * "/" as its directory, default signals, and dies with us.  Where the kernel
 * allows it, it has a network, a process table and IPC of its own; as root it
 * becomes nobody.
 */
#ifndef ASSAY_WORKER_PROCESS_H
#define ASSAY_WORKER_PROCESS_H

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

#define WORKER_PROCESS_FDS 6

struct worker_process {
	const char *program; /* assay-worker's path */
	const char *probe;   /* its name */
	/* fds[i] becomes i; -1: it is /dev/null */
	int fds[WORKER_PROCESS_FDS];
};

/* The process id with its pidfd, or -1 with *e and no process left.  got: what
 * it has of its own, for a person. */
pid_t worker_process_start(const struct worker_process *p, int *pidfd,
    char *got, size_t size, struct err *e);

#endif
