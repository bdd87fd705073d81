/*
 * job_secrets: the secrets of sessions by which a verdict's frames can be read.
 *
 * A probe observes them as "tls.keys" (lines of an SSLKEYLOGFILE, each ended by
 * a semicolon), of the frames of one session.  They go into the slice of each
 * verdict that cites just that session, and of no other.
 */
#ifndef ASSAY_JOB_SECRETS_H
#define ASSAY_JOB_SECRETS_H

#include "daemon/engine/job.h"

/* Lines of an SSLKEYLOGFILE, "" when there are none; each session whole or not
 * at all, as many as fit into room bytes.  Caller frees. */
char *job_secrets(
    const struct job *job, const struct said_verdict *v, size_t room);

#endif
