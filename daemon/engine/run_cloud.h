/*
 * run_cloud: the way out that a run of mode cloud has, and what went by it.
 */
#ifndef ASSAY_RUN_CLOUD_H
#define ASSAY_RUN_CLOUD_H

#include "daemon/engine/run.h"

/* Asks the warden for it; run_on_cloud() comes from the loop. */
void run_cloud_open(struct run *run);
/* Shuts it, if it is open or asked for. */
void run_cloud_shut(struct run *run);
/* From the segment: a flow, flows that were not told of, the way is gone. */
void run_on_flow(struct run *run, struct msg_in *m);
void run_on_flows_lost(struct run *run, uint64_t lost);
void run_on_fence_lost(struct run *run, const char *why);

/* In run.c: it is open; or why it is not. */
void run_on_cloud(struct run *run, const char *why);

#endif
