/*
 * capture_replay: one CAPTURE_REPLAY: what is stored of one device, given to a
 * worker again.
 *
 * Reads the files of the segment, also those of captures before this one, file
 * by file and block by block, so that the process keeps taking frames
 * meanwhile; holds back while the worker is slow.  What is missing between them
 * is told: a capture that began anew is a hole.  The worker's socket is written
 * to and never read.
 */
#ifndef ASSAY_CAPTURE_REPLAY_H
#define ASSAY_CAPTURE_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/msg.h"
#include "captures/segment_index.h"

struct capture_replay;
struct event_base;
struct peer;

/* fd: the worker's socket, taken over.  NULL: malformed. */
struct capture_replay *capture_replay_read(
    struct msg_in *m, int fd, struct event_base *base);
void capture_replay_free(struct capture_replay *q); /* NULL is fine */

enum capture_replay_turn {
	CAPTURE_REPLAY_AGAIN,
	CAPTURE_REPLAY_LATER, /* the worker is slow */
	CAPTURE_REPLAY_DONE,
};
/* dir: of the captures; m: scratch. */
enum capture_replay_turn capture_replay_step(
    struct capture_replay *q, int dir, struct msg_out *m);
/* Answers; in *x what was read, to resolve selectors over: the caller's. */
void capture_replay_answer(struct capture_replay *q, struct peer *engine,
    struct msg_out *m, struct segment_index *x);

#endif
