/*
 * worker_talk: short exchanges with a target, by the kernel (assay_talk of
 * probes/probe.h).
 */
#ifndef ASSAY_WORKER_TALK_H
#define ASSAY_WORKER_TALK_H

struct assay_job;

void worker_talk_open(struct assay_job *job);
/* Exchanges under way end without a word. */
void worker_talk_close(struct assay_job *job);

#endif
