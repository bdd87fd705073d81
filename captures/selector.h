/*
 * selector: does a frame belong to what an observation says?
 *
 * Only frames between somebody and the DUT count: its MAC is the source or
 * the destination.  The DUT's side of a frame is `remote`, the other one
 * `local`.  Pure.
 */
#ifndef ASSAY_SELECTOR_H
#define ASSAY_SELECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocols/packet.h"

struct selector {         /* zero and empty fields match all */
	uint8_t proto;    /* 6, 17, 1, 58; 0: any, ARP included */
	uint8_t family;   /* 4, 6 (an ARP packet is of family 4); 0: any */
	bool has_addr;    /* needs family */
	uint8_t addr[16]; /* the DUT's address, 4 or 16 bytes of it */
	uint16_t local_first, local_last;   /* the bench's ports; 0, 0: any */
	uint16_t remote_first, remote_last; /* the DUT's ports; 0, 0: any */
};

/* A frame as selectors see it: taken apart once, matched many times. */
struct selector_flow {
	uint8_t family, proto;
	const uint8_t *remote; /* the DUT's address; NULL: none */
	bool has_ports;
	uint16_t port_local, port_remote;
};
struct selector_view {
	struct selector_flow own;
	bool has_quoted; /* an ICMP error: the flow it is about */
	struct selector_flow quoted;
};

/* False: the frame is not between anybody and the DUT.  p and the frame it
 * came from outlive v. */
bool selector_view(
    struct selector_view *v, const struct packet *p, const uint8_t dut_mac[6]);
/* An ICMP error matches what its quoted packet matches (protocols 6 and 17),
 * beside being ICMP itself. */
bool selector_matches(const struct selector *s, const struct selector_view *v);

#endif
