/*
 * impostor_way: how a device's own connections come to a listener of the bench,
 * wherever it meant them for.
 *
 * Rules in the segment's namespace: what the device under test begins, by its
 * MAC address and over TCP, goes to one port, IPv4 and IPv6 alike; where it was
 * meant for, the kernel remembers (SO_ORIGINAL_DST).  Nobody else gets to that
 * port.  The kernel's table of connections is emptied when it begins and when
 * it ends, so that none is of both times.
 */
#ifndef ASSAY_IMPOSTOR_WAY_H
#define ASSAY_IMPOSTOR_WAY_H

#include <stdint.h>

#include "base/err.h"

struct impostor_way {
	int listener;  /* TCP, both families; owned */
	int authority; /* a file in memory (impostor_authority.h); owned */
};

/* keys: the directory of the bench's authority.  0, or -1 with *e and nothing
 * left.  Blocks for some forks. */
int impostor_way_open(struct impostor_way *way, int netns,
    const char *interface, const uint8_t mac[6], const char *keys,
    struct err *e);
/* The rules go; the descriptors are the caller's.  0, or -1 with *e. */
int impostor_way_shut(int netns, struct err *e);

/* The rules, pure.  Caller frees. */
char *impostor_way_format(
    const char *interface, const uint8_t mac[6], uint16_t port);

#endif
