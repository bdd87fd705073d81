/*
 * watch_sight: what one frame tells about who is on the segment.
 *
 * Pure: a frame in, sights out, no memory between frames.  Several sights may
 * come of one frame.  Only the sender's MAC counts, as Ethernet and (where
 * there is one) ARP, ND or DHCP agree on it: a frame whose two words differ
 * tells nothing.
 */
#ifndef ASSAY_WATCH_SIGHT_H
#define ASSAY_WATCH_SIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/watch/watch_link.h"

enum watch_sight_kind {
	WATCH_SIGHT_HOLDS = 1, /* mac says or was given that addr is its own */
	WATCH_SIGHT_CLAIMS,    /* asks whether addr is free (RFC 4862, 5227) */
	WATCH_SIGHT_USES,      /* sends from addr: no more than that */
	WATCH_SIGHT_RELEASED,  /* gave addr back, or refused it */
	WATCH_SIGHT_NAMED,     /* a host name */
	WATCH_SIGHT_BOOTS,     /* why: a host does so when it starts */
	WATCH_SIGHT_ANSWER,    /* neighbour answer or echo reply to us */
	WATCH_SIGHT_FOREIGN,   /* why: a server or router that is not ours */
};

struct watch_sight {
	enum watch_sight_kind kind;
	const uint8_t *mac;
	uint8_t family; /* 0: no address */
	const uint8_t *addr;
	const char *how;     /* "arp", "nd", "dhcp", "dhcpv6", "ip", "echo" */
	const char *why;     /* BOOTS, FOREIGN */
	uint16_t seq;        /* ANSWER by echo */
	const uint8_t *name; /* NAMED, as sent */
	size_t name_size;
};

/* The frame's own addresses, 4 of 16 in DHCPv6, a name, a boot sign. */
#define WATCH_SIGHTS_MAX 24

/* Returns how many went to out (WATCH_SIGHTS_MAX); pointers are into the
 * frame, or static.  outgoing: sent by this machine; of those only what our
 * DHCP servers hand out tells something. */
size_t watch_sight_read(const struct watch_link *l, const uint8_t *frame,
    size_t size, bool outgoing, struct watch_sight *out);

#endif
