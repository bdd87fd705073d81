/*
 * syn_probe: SYNs whose answers can be told from stray and forged ones.
 *
 * The sequence number of each SYN is a keyed hash of its ports (what SYN
 * cookies do for the other side, RFC 4987 section 3.6): only who received it
 * can acknowledge it (RFC 9293 section 3.10.7: a SYN-ACK or RST answering a
 * SYN carries its sequence number plus one).  Pure: bytes in, struct out.
 */
#ifndef ASSAY_SYN_PROBE_H
#define ASSAY_SYN_PROBE_H

#include <stddef.h>
#include <stdint.h>

#include "protocols/packet.h"

struct syn_probe {
	uint64_t key;
	uint16_t source_first; /* source port of serial 0 */
	uint16_t serials;
	uint8_t family, remote[16], remote_mac[6];
	uint8_t frame[PACKET_BUILD_MAX]; /* to be retargeted */
	size_t size;
};

enum syn_answer {
	SYN_NO_ANSWER,   /* not to one of ours */
	SYN_OPEN,        /* SYN-ACK */
	SYN_CLOSED,      /* RST */
	SYN_UNREACHABLE, /* RFC 792 type 3, RFC 4443 type 1 */
};

/* e: from us to the remote. */
void syn_probe_init(struct syn_probe *s, const struct packet_ends *e,
    uint64_t key, uint16_t source_first, uint16_t serials);
/* frame holds PACKET_BUILD_MAX bytes. Returns its size. */
size_t syn_probe_build(
    const struct syn_probe *s, uint16_t port, uint16_t serial, uint8_t *frame);
/* What a received frame says; *port and *serial when it is an answer. */
enum syn_answer syn_probe_read(const struct syn_probe *s, const uint8_t *frame,
    size_t size, uint16_t *port, uint16_t *serial);

#endif
