/*
 * capture_files: which files there are, one question after the other.
 *
 * CAPTURE_SEAL and CAPTURE_LIST are answered file by file, in small steps, so
 * that reading one that has no SHA-256 yet costs no frame.
 */
#ifndef ASSAY_CAPTURE_FILES_H
#define ASSAY_CAPTURE_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/msg.h"

struct peer;
struct segment_hash;
struct capture_files; /* a question, from asked to answered */

/* Reads CAPTURE_SEAL or CAPTURE_LIST. NULL: malformed. */
struct capture_files *capture_files_read(struct msg_in *m);
void capture_files_free(struct capture_files *q); /* NULL is fine */
bool capture_files_is_seal(const struct capture_files *q);
/* begun: taken over; the hash of a file that it may be asked for; NULL is fine.
 */
void capture_files_give(struct capture_files *q, struct segment_hash *begun);
/* It is the one with which a run begins. */
bool capture_files_is_opening(const struct capture_files *q);

/* dir: borrowed; current: the file being written, which is not read. */
void capture_files_begin(struct capture_files *q, int dir, uint32_t current);
/* A small part of the work and of the answer.  False: that was the last of it.
 * m: scratch. */
bool capture_files_step(
    struct capture_files *q, struct peer *engine, struct msg_out *m);

/* CAPTURE_UNLINK, from the question to the answer.  -1: malformed. */
int capture_files_unlink(struct msg_in *question, int dir, uint32_t current,
    struct peer *engine, struct msg_out *m);

/* Questions wait in line. */
struct capture_files_queue {
	struct capture_files *first, *last; /* zeroed to begin with */
};
void capture_files_push(
    struct capture_files_queue *line, struct capture_files *q);
struct capture_files *capture_files_pop(struct capture_files_queue *line);

#endif
