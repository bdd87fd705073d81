/*
 * segment_offload: what an interface does to frames behind our back.
 *
 * With GRO, TSO or checksum offload on, a captured frame is not the frame on
 * the wire; so a segment has them off (ethtool, linux/ethtool.h).
 */
#ifndef ASSAY_SEGMENT_OFFLOAD_H
#define ASSAY_SEGMENT_OFFLOAD_H

#include <stddef.h>
#include <stdint.h>

#define SEGMENT_OFFLOADS 7 /* how many kinds there are */

struct segment_offloads {
	/* In the table's order; SEGMENT_OFFLOAD_UNKNOWN: cannot be asked. */
	uint32_t value[SEGMENT_OFFLOADS];
};
#define SEGMENT_OFFLOAD_UNKNOWN 0xffffffffu

const char *segment_offload_name(size_t i); /* "gro" … */

/* fd: any AF_INET socket of the interface's namespace. */
void segment_offload_get(
    int fd, const char *interface, struct segment_offloads *o);
/* Switches all off; writes the names of those that stayed on to `left`
 * (separated by spaces, "" when none).  Returns how many. */
size_t segment_offload_disable(
    int fd, const char *interface, char *left, size_t size);
/* As they were; what cannot be set is left. */
void segment_offload_set(
    int fd, const char *interface, const struct segment_offloads *o);

#endif
