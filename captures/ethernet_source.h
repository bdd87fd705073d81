/*
 * ethernet_source: frames of one interface, from the kernel's own ring.
 *
 * A ring counts each frame it accepts before it copies it; so once as many
 * frames were handed on as were counted at a moment, every frame accepted up
 * to that moment was handed on.  No waiting time comes into that.
 *
 * Two sockets share the interface (PACKET_FANOUT): the narrow ring is for
 * quiet times, the wide one is made when it is needed.  A program of one
 * instruction, replaced at once, says which of them gets a frame, so that each
 * frame is in one ring, never in both or in none.
 */
#ifndef ASSAY_ETHERNET_SOURCE_H
#define ASSAY_ETHERNET_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "captures/frame.h"

#define ETHERNET_SNAPLEN 65280 /* what is longer than a block is cut */
#define ETHERNET_NARROW_BYTES (2u << 20)

struct ethernet_source;

typedef void ethernet_on_frame(void *arg, const struct frame *f);

/* fds: two of socket(AF_PACKET, SOCK_RAW, 0), the second made after the first,
 * which have seen no frame; taken over when this succeeds.  wide_bytes: of the
 * wide ring; up to ETHERNET_NARROW_BYTES, there is none.  Needs no privilege.
 * NULL with *e. */
struct ethernet_source *ethernet_source_new(
    const int fds[2], const char *interface, size_t wide_bytes, struct err *e);
void ethernet_source_free(struct ethernet_source *s); /* NULL is fine */
/* Readable when there are frames, or something has gone wrong. */
int ethernet_source_fd(const struct ethernet_source *s);

/* Makes the wide ring, for a call of ethernet_source_widen() right behind it:
 * each takes some milliseconds, and between them there is time to read.  0, or
 * -1 with errno. */
int ethernet_source_prepare(struct ethernet_source *s);
/* From here on frames go to the wide ring, or to the narrow one again; those
 * before them are handed on first.  0, or -1 with errno, and all is as it was.
 */
int ethernet_source_widen(struct ethernet_source *s);
int ethernet_source_narrow(struct ethernet_source *s);
bool ethernet_source_is_wide(const struct ethernet_source *s);

/* Hands on the frames of at most max_blocks blocks. Returns how many. */
size_t ethernet_source_read(struct ethernet_source *s, unsigned max_blocks,
    ethernet_on_frame *on_frame, void *arg);
/* Another call would find frames at once: the reader is behind. */
bool ethernet_source_has_more(const struct ethernet_source *s);

/* What has befallen the socket since the last call: 0, or an errno (ENETDOWN:
 * the interface went down; when it comes up, frames follow again.  ENODEV: it
 * is gone for good). */
int ethernet_source_error(struct ethernet_source *s);
/* The interface that it was opened on is there no more; another of its name
 * does not count. */
bool ethernet_source_is_gone(const struct ethernet_source *s);

struct ethernet_counts {            /* since the source began */
	uint64_t accepted, dropped; /* by the kernel */
	uint64_t handed;            /* on to on_frame */
	uint64_t truncated;         /* handed on shorter than they were */
	uint64_t offloaded; /* handed on with a checksum left to a NIC */
};
/* Asks the kernel. accepted is exact. */
void ethernet_source_count(
    struct ethernet_source *s, struct ethernet_counts *out);
/* handed, truncated, offloaded as they are, the rest as it was when the kernel
 * was last asked. */
const struct ethernet_counts *ethernet_source_counts(
    const struct ethernet_source *s);

/* A moment: all frames that the kernel had accepted. */
struct ethernet_mark {
	uint64_t accepted[2]; /* by either ring */
};
/* Of when the kernel was last asked. */
void ethernet_source_mark(
    const struct ethernet_source *s, struct ethernet_mark *out);
/* All of them were handed on. */
bool ethernet_source_has_passed(
    const struct ethernet_source *s, const struct ethernet_mark *m);

#endif
