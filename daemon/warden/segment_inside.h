/*
 * segment_inside: what must be done by a process inside of the namespace.
 *
 * Work for spawn_inside(): sysctls are those of the process that opens them,
 * and a socket belongs to the namespace it was made in.
 */
#ifndef ASSAY_SEGMENT_INSIDE_H
#define ASSAY_SEGMENT_INSIDE_H

#include "base/err.h"

/* The descriptors that segment_inside_prepare sends back. */
enum segment_inside_fd {
	SEGMENT_INSIDE_NETNS,
	SEGMENT_INSIDE_NETLINK,
	SEGMENT_INSIDE_MONITOR,
	SEGMENT_INSIDE_IOCTL,
};

/* Makes a fresh namespace quiet before an interface comes in. */
int segment_inside_prepare(void *arg, int *fds, struct err *e);
/* fds[0]: a raw AF_PACKET socket that receives nothing until it is bound. */
int segment_inside_packet(void *arg, int *fds, struct err *e);

#endif
