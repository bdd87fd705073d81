/*
 * worker_link: whole frames from and to the segment's link, for one probe.
 *
 * An AF_PACKET socket that the warden made.  Received frames lie in a ring
 * shared with the kernel and are handed to on_frame where they lie.  The ring
 * is TPACKET_V2: version 3 hands on whole blocks, after a retire time of
 * whole jiffies (4 ms at HZ=250), which a sweep of a fast device would feel on
 * every answer.
 *
 * Sent frames go through the interface's queue (never PACKET_QDISC_BYPASS),
 * so that the capture's tap sees them: what was not captured did not happen.
 */
#ifndef ASSAY_WORKER_LINK_H
#define ASSAY_WORKER_LINK_H

#include "base/err.h"

struct assay_job;

/* Before the sandbox: takes over fd, filters by the probe's filter, makes the
 * ring, binds to the targets' interface.  -1 with *e set. */
int worker_link_open(struct assay_job *job, int fd, struct err *e);
void worker_link_close(struct assay_job *job);

#endif
