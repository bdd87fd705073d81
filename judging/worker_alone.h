/*
 * worker_alone: assay-worker with no daemon and no root.
 *
 * Judges what was recorded, or lets a passive probe see stored frames.  The
 * process gets its limits, Landlock and seccomp as under the daemon, a user and
 * network namespace of its own where the kernel allows that, and nothing to
 * speak with but its socket to us.
 */
#ifndef ASSAY_WORKER_ALONE_H
#define ASSAY_WORKER_ALONE_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/err.h"
#include "base/msg.h"

struct worker_alone;

/* What it said. */
struct worker_alone_result {
	json_t *descriptor;   /* when WORKER_DESCRIBE was sent; else NULL */
	json_t *observations; /* [{id, field, subject, value, frames}] */
	json_t *controls;     /* [{phase, good, observation}] */
	json_t *notes;        /* {name: value} */
	json_t *verdicts;     /* [{check, claim, verdict, subject, reason,
				 values, observations [ids]}] */
	char *sandbox;        /* what the kernel gave and lacked */
	char *failed;         /* ENGINE_FAILED's text; NULL: none */
	bool done;            /* it said its last word and exited 0 */
	char ended[128];      /* how it ended, when not done */
};
void worker_alone_result_clear(struct worker_alone_result *r);

/* program: assay-worker's path; probe_file: the .so; probe: its name. */
struct worker_alone *worker_alone_start(const char *program,
    const char *probe_file, const char *probe, struct err *e);
/* Queues one message (daemon/shared/wire.h, WORKER_*); blocks while the worker
 * does not read, up to the limit. -1: the worker is gone or stuck. */
int worker_alone_send(struct worker_alone *w, const struct msg_out *m);
/* Reads until it ends or limit_ms is over (then it is killed); frees w. */
int worker_alone_finish(struct worker_alone *w, unsigned limit_ms,
    struct worker_alone_result *r, struct err *e);

#endif
