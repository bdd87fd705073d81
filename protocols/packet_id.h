/*
 * packet_id: the identification that an IP packet carries, and what makes a
 * host send its IPv6 packets in fragments, where alone they carry one.
 *
 * RFC 791 section 3.1, RFC 6864; RFC 8200 section 4.5, RFC 4443 section 3.2,
 * RFC 8201.  Pure.
 */
#ifndef ASSAY_PACKET_ID_H
#define ASSAY_PACKET_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocols/packet.h"

struct packet_id {
	uint32_t id;
	bool dont_fragment; /* IPv4 */
};
/* Of an IPv4 packet; or of the first fragment of an IPv6 one, when the fragment
 * header comes first.  0, or -1: it carries none. */
int packet_id(const struct packet *p, struct packet_id *id);

/* As much of a packet as an error about it holds: 1,280 bytes in all. */
#define PACKET_TOO_BIG_QUOTES 1232
/* "Packet too big", from e->src to who sent the IPv6 packet of size bytes at
 * ip.  out holds 62 + PACKET_TOO_BIG_QUOTES.  Returns the frame's size. */
size_t packet_build_too_big(uint8_t *out, const struct packet_ends *e,
    uint32_t mtu, const uint8_t *ip, size_t size);

#endif
