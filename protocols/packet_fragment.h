/*
 * packet_fragment: an IPv6 packet in fragments, and the identification that an
 * IP packet carries.
 *
 * RFC 8200 section 4.5, RFC 791 section 3.1, RFC 6864.  Pure.
 */
#ifndef ASSAY_PACKET_FRAGMENT_H
#define ASSAY_PACKET_FRAGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocols/packet.h"

#define PACKET_FRAGMENT_SIZE 1232 /* of data: 1,280 bytes of IPv6 in all */

/* The fragment from *offset on of a frame that was built whole (Ethernet, then
 * an IPv6 header without extensions); out holds 62 + PACKET_FRAGMENT_SIZE
 * bytes.  Returns its size and moves *offset on; 0: there is no more. */
size_t packet_build_fragment6(uint8_t *out, const uint8_t *frame, size_t size,
    uint32_t id, size_t *offset);

struct packet_id {
	uint32_t id;
	bool dont_fragment; /* IPv4 */
};
/* Of an IPv4 packet; or of the first fragment of an IPv6 one, when the fragment
 * header comes first.  0, or -1: it carries none. */
int packet_id(const struct packet *p, struct packet_id *id);

#endif
