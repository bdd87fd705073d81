/*
 * worker_frames: stored frames for the passive half of a probe.
 *
 * In a replay the process has nobody to talk to: run is never called, the
 * clock is that of the capture, and only the engine's WORKER_FRAME messages
 * move it.  Timers fire when a frame's stamp has passed them, in their order;
 * those due after the last frame never fire.  A stamp behind the clock does
 * not set it back.
 */
#ifndef ASSAY_WORKER_FRAMES_H
#define ASSAY_WORKER_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/msg.h"

struct assay_job;

/* WORKER_REPLAY, WORKER_FRAME, WORKER_FRAMES_END: 0, or -1 when malformed. */
int worker_frames_begin(struct assay_job *job, struct msg_in *m);
int worker_frames_take(struct assay_job *job, struct msg_in *m);
int worker_frames_end(struct assay_job *job, struct msg_in *m);

/* Before the sandbox: compiles the probe's filter. -1 with *e set. */
int worker_frames_open(struct assay_job *job, struct err *e);
/* Nothing more comes: the last frame was taken, or the job was cancelled. */
bool worker_frames_are_over(const struct assay_job *job);
/* The rest does not matter. */
void worker_frames_stop(struct assay_job *job);
void worker_frames_close(struct assay_job *job);

/* The capture's clock: ns since 1970. */
uint64_t worker_frames_now_ns(const struct assay_job *job);

#endif
