/*
 * forward_probe: packets that a host must not pass on, and what comes back.
 *
 * Each is addressed to the device's MAC and to somebody else's IP address: RFC
 * 1122 section 3.3.1.1 has a host discard it silently.  It is a UDP datagram
 * whose two ports are the same and name its kind, so that it is known again
 * when it comes back, whole or quoted in an error.  Pure: bytes in, struct out.
 */
#ifndef ASSAY_FORWARD_PROBE_H
#define ASSAY_FORWARD_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocols/packet.h"

#define FORWARD_PROBE_PORT 65001     /* of the first kind */
#define FORWARD_PROBE_SERIALS 0x1000 /* twelve bits */

enum forward_kind {
	FORWARD_AWAY,      /* to an address that is on no link of ours */
	FORWARD_EXPIRING,  /* the same, with a TTL of 1 */
	FORWARD_RETURN,    /* from such an address, to us */
	FORWARD_NEIGHBOUR, /* to another address of ours on this link */
	FORWARD_KINDS,
};

enum forward_answer {
	FORWARD_NOTHING, /* not about one of ours */
	FORWARD_REFUSED, /* an error that says no: it does not pass it on */
	FORWARD_ROUTED,  /* an error that only a router sends */
	FORWARD_PASSED,  /* the packet itself came back */
};

struct forward_probe {
	uint32_t key;
	uint8_t family, local_mac[6], remote_mac[6];
	uint8_t local[16], neighbour[16];
	bool has_neighbour;
};

/* e: from us to the device.  neighbour: another address of ours, or NULL. */
void forward_probe_init(struct forward_probe *p, const struct packet_ends *e,
    const uint8_t *neighbour, uint32_t key);
/* frame holds PACKET_BUILD_MAX bytes.  Returns its size. */
size_t forward_probe_build(const struct forward_probe *p,
    enum forward_kind kind, uint16_t serial, uint8_t *frame);
/* What a received frame says; *kind and *serial when it is an answer (serial
 * FORWARD_PROBE_SERIALS: it does not show it). */
enum forward_answer forward_probe_read(const struct forward_probe *p,
    const uint8_t *frame, size_t size, enum forward_kind *kind,
    uint16_t *serial);

#endif
