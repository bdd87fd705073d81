/*
 * capture_file: any capture, made by anyone, frame by frame.
 *
 * pcapng or classic pcap; which of them is found out.  A file that was cut off
 * gives the frames before the cut, and says so; anything else that is wrong is
 * an error with the frame's number and the byte.
 */
#ifndef ASSAY_CAPTURE_FILE_H
#define ASSAY_CAPTURE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "captures/frame.h"

struct capture_frame {
	struct frame frame;
	uint64_t number; /* in the file, from 1, as Wireshark counts */
	uint64_t offset; /* of what it stands in, in the file */
};

struct capture_file;

/* A plain file. NULL with *e. */
struct capture_file *capture_file_open(const char *path, struct err *e);
/* The same over bytes that outlive it; name: for errors. */
struct capture_file *capture_file_open_memory(
    const char *name, const void *p, size_t n, struct err *e);
/* 1: *f is a frame (a view, until the next call); 0: the end, perhaps too
 * early (capture_file_cut); -1 with *e. */
int capture_file_next(
    struct capture_file *c, struct capture_frame *f, struct err *e);
/* Begins again. */
void capture_file_rewind(struct capture_file *c);
/* When it has ended: where and in what it was cut off, for a person; NULL when
 * it was not. */
const char *capture_file_cut(const struct capture_file *c);
/* "pcap", "pcapng" */
const char *capture_file_format(const struct capture_file *c);
/* The descriptor; -1 over memory. Borrowed. */
int capture_file_fd(const struct capture_file *c);
void capture_file_close(struct capture_file *c); /* NULL is fine */

#endif
