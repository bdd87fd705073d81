/*
 * watch_canary: proof that nothing gets out of a sealed segment.
 *
 * Facts, each as the kernel itself tells it, in the segment's own namespace:
 * what interfaces there are, that no route leads away, that nothing is
 * forwarded, that a connection to the outside has nowhere to go, and what the
 * kernel would do with a packet that a device sends to the outside.  A fact
 * that cannot be found out is a bad fact.
 */
#ifndef ASSAY_WATCH_CANARY_H
#define ASSAY_WATCH_CANARY_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/watch/watch_link.h"
#include "daemon/watch/watch_netlink.h"

#define WATCH_CANARY_FACTS_MAX 16

struct watch_fact {
	const char *name; /* "route.ipv4" */
	char value[160];
	bool good; /* as a sealed segment promises */
};

struct watch_canary {
	struct watch_fact facts[WATCH_CANARY_FACTS_MAX];
	size_t n;
	bool good; /* all of them */
	enum watch_fence_way {
		WATCH_FENCE_SHUT,
		WATCH_FENCE_IPV4, /* a fence is open, by which the device's */
		WATCH_FENCE_BOTH, /* packets, and no process's, may go */
	} fence;
	unsigned way; /* index of the way to the fence; 0: none */
};

void watch_canary_take(struct watch_canary *c, struct watch_netlink *nl,
    const struct watch_link *l, enum watch_fence_way fence);

#endif
