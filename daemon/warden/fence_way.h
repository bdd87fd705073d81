/*
 * fence_way: the cable of an open fence, and who may take it.
 *
 * A veth pair between the machine and a segment.  Within, what comes in from
 * the device looks in a routing table of its own; nobody else has a route, so
 * that no process on the segment, and no worker, has a way out.
 */
#ifndef ASSAY_FENCE_WAY_H
#define ASSAY_FENCE_WAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "daemon/warden/fence.h"

struct fence_way {
	char interface[16]; /* the segment's */
	uint32_t index;     /* the machine's end; 0: none */
	int log_fd;         /* the kernel tells of flows here; -1: none */
	bool has_rules;     /* the caller's: shut takes them away, too */
	bool has_six;
};

/* The machine's end of this segment's, "assay0". */
void fence_way_name(uint32_t segment, char *out, size_t size);
/* The machine forwards what comes back by its uplink: root's decision, never
 * ours. 0, or -1 with *e. */
int fence_way_check(const char *uplink, struct err *e);
/* The same by IPv6, and that it has an address there that leads anywhere.  -1
 * with *e: there is no such way, which hinders nothing else. */
int fence_way_check_six(const char *uplink, struct err *e);
/* 0; or -1 with *e: fence_way_shut() takes away what there is. */
int fence_way_open(struct fence_way *way, uint32_t segment, int netns,
    const struct fence *rules, struct err *e);
void fence_way_shut(struct fence_way *way, int netns);

#endif
