/*
 * udp_probe: what a frame says about a UDP port that was asked.
 *
 * A datagram back is an open port (RFC 768 has no other sign of it); ICMP
 * "port unreachable" is a closed one by the device's own word (RFC 1122
 * section 4.1.3.1, RFC 4443 section 3.1 code 4); any other "unreachable" says
 * that something stands in between.  An error counts only for the datagram it
 * quotes.  Pure: bytes in, struct out.
 */
#ifndef ASSAY_UDP_PROBE_H
#define ASSAY_UDP_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocols/packet.h"

#define UDP_PROBE_PAYLOAD_MAX 1232 /* RFC 8200 section 5, in any tunnel */
#define UDP_PROBE_FRAME_MAX (PACKET_BUILD_MAX + UDP_PROBE_PAYLOAD_MAX)

enum udp_answer {
	UDP_NO_ANSWER, /* not to one of ours */
	UDP_OPEN,      /* a datagram */
	UDP_CLOSED,    /* port unreachable */
	UDP_FILTERED,  /* unreachable for another reason */
};

/* Whom we ask, and the source ports by which askings are told apart. */
struct udp_probe {
	uint8_t family, remote[16], remote_mac[6];
	uint16_t source_first, serials; /* source port of serial 0 */
};

struct udp_heard {
	enum udp_answer answer;
	const uint8_t *local; /* our address, 4 or 16 bytes */
	uint16_t serial;
	uint16_t port; /* UDP_OPEN: which answered; else: which was asked */
	uint8_t icmp_code;
	const uint8_t *payload; /* UDP_OPEN; as far as captured */
	size_t payload_size;
	size_t datagram_size; /* of the whole payload, by the UDP header */
};

/* e: from us to the remote. */
void udp_probe_init(struct udp_probe *u, const struct packet_ends *e,
    uint16_t source_first, uint16_t serials);
/* What a received frame says. */
enum udp_answer udp_probe_read(const struct udp_probe *u, const uint8_t *frame,
    size_t size, struct udp_heard *heard);

#endif
