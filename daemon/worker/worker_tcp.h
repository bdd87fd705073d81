/*
 * worker_tcp: one TCP connection attempt after the other, by the kernel
 * (assay_tcp_try of probes/probe.h).
 */
#ifndef ASSAY_WORKER_TCP_H
#define ASSAY_WORKER_TCP_H

struct assay_job;

void worker_tcp_open(struct assay_job *job);
/* Attempts under way end without a word. */
void worker_tcp_close(struct assay_job *job);

#endif
