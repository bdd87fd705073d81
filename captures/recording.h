/*
 * recording: frames in, immutable capture files and their index out.
 *
 * A frame has a position (the first is 1) from the moment it is handed in,
 * whether it can be written or not.  What is written is never changed: a file
 * is filled, made durable, made read-only, and the next one begun; hashing it
 * is for a quieter moment (segment_file.h).  When the
 * disk refuses, nothing ends: frames are counted as lost until a new file can
 * be begun, so that a verdict over them cannot be a pass.
 */
#ifndef ASSAY_RECORDING_H
#define ASSAY_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "captures/frame.h"
#include "captures/segment_index.h"

struct recording;

struct recording_file { /* one that is finished */
	uint32_t number;
	uint64_t frames, size;
	uint64_t dropped; /* since the file before it was finished */
};

struct recording_hooks {
	/* A new file was begun; finished: the one before it, or NULL. */
	void (*on_rotated)(
	    void *arg, uint32_t number, const struct recording_file *finished);
	/* The disk refused; lost: frames lost so far.  Once, until it works
	 * again (which on_rotated tells). */
	void (*on_disk)(void *arg, const char *why, uint64_t lost);
};

struct recording_config {
	int dir;               /* borrowed */
	uint32_t first_file;   /* numbers in use already are passed over */
	uint64_t file_bytes;   /* a file does not grow beyond it */
	const char *interface; /* name; copied */
	uint16_t link_type;
	uint32_t snaplen;
	uint64_t retry_ns; /* between two tries after the disk refused */
};

/* Begins the first file.  That the disk refuses is told by on_disk, after
 * which there is a recording all the same. */
struct recording *recording_new(const struct recording_config *c,
    const struct recording_hooks *hooks, void *arg);
/* Finishes the file in good order and frees. NULL is fine. */
void recording_free(struct recording *r);

/* f is copied.  Its position is recording_position() afterwards. */
void recording_add(struct recording *r, const struct frame *f);
/* The same with a comment beside it (at most RECORDING_COMMENT_MAX bytes), or
 * NULL. */
#define RECORDING_COMMENT_MAX 255
void recording_add_noted(
    struct recording *r, const struct frame *f, const char *comment);
/* Hands what is buffered to the kernel, so that readers of the file see it,
 * and nothing of it can be lost but by the machine going down. */
void recording_flush(struct recording *r);
/* Finishes the file, if it has a frame in it, and begins the next.  That the
 * disk refused is told by on_disk. */
void recording_seal(struct recording *r);
/* Of the file that is written, or of the next to be tried. */
uint32_t recording_number(const struct recording *r);
/* Tries again to begin a file if the disk refused and it is time. */
void recording_tick(struct recording *r);
/* What the kernel took and dropped since the capture began, for the index. */
void recording_set_counts(
    struct recording *r, uint64_t accepted, uint64_t dropped);
void recording_note_gap(
    struct recording *r, enum segment_gap gap, int64_t value);

uint64_t recording_position(const struct recording *r);
/* Frames handed in that are in no file. */
uint64_t recording_lost(const struct recording *r);
/* What is flushed. */
const struct segment_index *recording_index(const struct recording *r);
/* File, and frame number in it, of the last frame handed in; 0 when it was
 * lost or there was none. */
void recording_last(const struct recording *r, uint32_t *file, uint64_t *frame);

struct recording_place {
	uint32_t file;
	uint64_t frame, offset;
};
/* Where a flushed frame is. 0, or -1: it is nowhere. */
int recording_locate(const struct recording *r, uint64_t position,
    struct recording_place *place);

#endif
