/*
 * ethernet_source: frames of one interface, from the kernel's own ring.
 *
 * AF_PACKET with TPACKET_V3: the kernel fills blocks of 64 KiB and gives each
 * to us when it is full or a few milliseconds old.  It counts each frame it
 * accepts before it copies it; so once as many frames were handed on as were
 * counted at a moment, every frame accepted up to that moment was handed on.
 * No waiting time comes into that.
 */
#ifndef ASSAY_ETHERNET_SOURCE_H
#define ASSAY_ETHERNET_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "captures/frame.h"

#define ETHERNET_SNAPLEN 65280 /* what is longer than a block is cut */

struct ethernet_source;

typedef void ethernet_on_frame(void *arg, const struct frame *f);

/* fd: a socket(AF_PACKET, SOCK_RAW, 0), which has seen no frame; taken over
 * when this succeeds.  Needs no privilege. NULL with *e. */
struct ethernet_source *ethernet_source_new(
    int fd, const char *interface, size_t ring_bytes, struct err *e);
void ethernet_source_free(struct ethernet_source *s); /* NULL is fine */
/* Readable when there are frames, or something has gone wrong. */
int ethernet_source_fd(const struct ethernet_source *s);

/* Hands on the frames of at most max_blocks blocks. Returns how many. */
size_t ethernet_source_read(struct ethernet_source *s, unsigned max_blocks,
    ethernet_on_frame *on_frame, void *arg);

/* What has befallen the socket since the last call: 0, or an errno (ENETDOWN:
 * the interface went down; when it comes up, frames follow again.  ENODEV: it
 * is gone for good). */
int ethernet_source_error(struct ethernet_source *s);

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

#endif
