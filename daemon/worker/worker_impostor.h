/*
 * worker_impostor: the device's own connections (assay_impostor of
 * probes/probe.h).
 */
#ifndef ASSAY_WORKER_IMPOSTOR_H
#define ASSAY_WORKER_IMPOSTOR_H

#include "base/err.h"

struct assay_job;

/* Before the sandbox.  Takes over both: a listening socket, and a file with
 * what is vouched with.  -1 with *e. */
int worker_impostor_open(
    struct assay_job *job, int listener, int authority, struct err *e);
/* Connections under way end without a word. */
void worker_impostor_close(struct assay_job *job);

#endif
