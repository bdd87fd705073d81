/*
 * ip_probe: each IP protocol number asked, and what comes back understood.
 *
 * An asking is an IP packet with one protocol number (IPv6: next header) and a
 * payload: plain bytes, a well-formed message where the protocol answers only
 * those, or, for a tunnel, a whole packet inside, whose own answer shows that
 * the device took it out.  Every asking carries a key that nobody else knows,
 * in its payload and in the field that errors quote (IPv4 identification, IPv6
 * flow label).  Pure: bytes in, struct out.
 */
#ifndef ASSAY_IP_PROBE_H
#define ASSAY_IP_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocols/packet.h"

#define IP_PROBE_SERIALS 4096 /* twelve bits */
#define IP_PROBE_ASKS_MAX 288
#define IP_PROBE_SOURCES_MAX 64

enum ip_form {
	IP_PLAIN,    /* a message of the protocol, or bytes */
	IP_INNER4,   /* with an IPv4 echo request to the device inside */
	IP_INNER6,   /* the same by IPv6 */
	IP_RETURN4,  /* with an IPv4 packet to ourselves inside */
	IP_BRIDGED4, /* with an Ethernet frame and an IPv4 echo inside */
	IP_CONTROL,  /* no tunnel: an echo request to the device */
};

struct ip_ask {
	uint8_t proto;
	uint8_t form; /* enum ip_form */
};

/* The ends of the packets inside, by family; has: they are known. */
struct ip_probe_ends {
	bool has4, has6;
	uint8_t src4[4], dst4[4], src6[16], dst6[16];
};

struct ip_probe {
	uint32_t key;
	uint8_t family, remote[16], local_mac[6], remote_mac[6];
	uint8_t local[IP_PROBE_SOURCES_MAX][16];
	uint16_t nlocal;
	struct ip_probe_ends inner;
};

enum ip_answer {
	IP_NO_ANSWER,    /* not to one of ours */
	IP_UNREACHABLE,  /* RFC 792 type 3 code 2, RFC 4443 type 4 code 1 */
	IP_REFUSED,      /* another error about it */
	IP_ANSWERED,     /* by the protocol itself */
	IP_DECAPSULATED, /* by what was inside */
};

/* e: from us to the device.  inner: copied. */
void ip_probe_init(struct ip_probe *p, const struct packet_ends *e,
    const struct ip_probe_ends *inner, uint32_t key);
/* One more address of ours to ask from, by turns: what limits its errors does
 * so for each peer.  Beyond IP_PROBE_SOURCES_MAX: left. */
void ip_probe_add_source(struct ip_probe *p, const uint8_t *addr);
/* Every number but those of ICMP, TCP, UDP and ICMPv6, and the tunnels with
 * something inside.  asks holds IP_PROBE_ASKS_MAX.  Returns how many. */
size_t ip_probe_list(const struct ip_probe *p, struct ip_ask *asks);
/* serial: below IP_PROBE_SERIALS.  frame holds PACKET_BUILD_MAX bytes.
 * Returns its size. */
size_t ip_probe_build(const struct ip_probe *p, const struct ip_ask *ask,
    uint16_t serial, uint8_t *frame);
/* What a received frame says; *ask when it is an answer.  *serial: of the
 * asking, or IP_PROBE_SERIALS when the answer does not show it. */
enum ip_answer ip_probe_read(const struct ip_probe *p, const uint8_t *frame,
    size_t size, struct ip_ask *ask, uint16_t *serial);
/* "gre" for 47; NULL for one without a short name. */
const char *ip_probe_name(uint8_t proto);
/* Carries whole packets or frames: what it takes in, it lets in. */
bool ip_probe_is_tunnel(uint8_t proto);

#endif
