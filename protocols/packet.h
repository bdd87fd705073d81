/*
 * packet: an Ethernet frame taken apart down to its transport header, and
 * frames built from fields.
 *
 * IEEE 802.3, 802.1Q; RFC 791, 8200 (extension headers walked, section 4),
 * 792, 4443, 9293, 768, 826.  Pure: views into the frame, no copies.  A frame
 * that ends early is not refused: `whole` says that every header named by
 * `layers` was complete and its lengths agree.
 */
#ifndef ASSAY_PACKET_H
#define ASSAY_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum packet_layer {
	PACKET_ETHERNET = 1 << 0,
	PACKET_ARP = 1 << 1,
	PACKET_IPV4 = 1 << 2,
	PACKET_IPV6 = 1 << 3,
	PACKET_TCP = 1 << 4,
	PACKET_UDP = 1 << 5,
	PACKET_ICMP = 1 << 6,
	PACKET_ICMPV6 = 1 << 7,
	PACKET_FRAGMENT = 1 << 8,       /* not the first: no transport header */
	PACKET_FIRST_FRAGMENT = 1 << 9, /* the first of several: a transport
					   header, but not all of its data */
};

enum tcp_flag {
	TCP_FIN = 1,
	TCP_SYN = 2,
	TCP_RST = 4,
	TCP_PSH = 8,
	TCP_ACK = 16,
};

struct packet {
	unsigned layers; /* enum packet_layer */
	bool whole;
	const uint8_t *mac_dst, *mac_src; /* 6 bytes each */
	uint16_t ethertype;               /* behind any VLAN tags */
	const uint8_t *arp;       /* 28 bytes: Ethernet and IPv4 ARP only */
	uint8_t family;           /* 4, 6, or 0 */
	const uint8_t *ip;        /* the IP header */
	const uint8_t *src, *dst; /* 4 or 16 bytes */
	uint8_t ttl;              /* or hop limit */
	uint8_t proto; /* the transport's number, behind extension headers */
	const uint8_t *transport; /* its header, or NULL */
	size_t transport_size;    /* from there to the end of the IP packet */
	const uint8_t *fragment;  /* the data of PACKET_FRAGMENT, or NULL */
	uint16_t port_src, port_dst; /* TCP, UDP */
	uint32_t seq, ack;           /* TCP */
	uint8_t flags;               /* TCP */
	uint16_t window;             /* TCP */
	uint8_t icmp_type, icmp_code;
	const uint8_t *payload; /* behind the transport header, or NULL */
	size_t payload_size;
};

/* Takes apart size bytes from the Ethernet header on.  0, or -1 when there is
 * not even an Ethernet header. */
int packet_dissect(struct packet *p, const uint8_t *frame, size_t size);

/* All checksums there are (IPv4 header, ICMP, ICMPv6, TCP, UDP) are good; a
 * UDP checksum of zero is good on IPv4 alone.  Of a fragment only the IPv4
 * header can be checked; of a frame that is not whole, nothing: false. */
bool packet_checksums_are_good(const struct packet *p);

/* RFC 1071, over a pseudo header when family is 4 or 6 (0: none), as it goes
 * into the packet with put_u16() (so never zero for UDP, RFC 768).  The
 * checksum field within data must be zero. */
uint16_t packet_checksum(uint8_t family, const uint8_t *src, const uint8_t *dst,
    uint8_t proto, const void *data, size_t size);

/* The packet inside an ICMP or ICMPv6 error (RFC 792, RFC 4443 section 3):
 * addresses and ports as they were sent.  0, or -1 if there is none. */
struct packet_quoted {
	uint8_t family, proto;
	const uint8_t *src, *dst;
	uint16_t port_src, port_dst; /* 0 when cut off */
	uint32_t seq; /* TCP, when has_seq: RFC 792 quotes 8 bytes of it */
	bool has_seq;
};
int packet_quoted(const struct packet *p, struct packet_quoted *q);

/* ---- building; each returns the frame's size (never over PACKET_BUILD_MAX
 * plus payload), without padding to 60 ---- */

#define PACKET_BUILD_MAX 128

struct packet_ends {
	const uint8_t *mac_src, *mac_dst;
	uint8_t family;
	const uint8_t *src, *dst; /* addresses */
};

/* options: TCP options, padded to 4 by the caller; 0 is returned when they are
 * not, or are over 40 bytes. */
size_t packet_build_tcp(uint8_t *out, const struct packet_ends *e,
    uint16_t port_src, uint16_t port_dst, uint32_t seq, uint32_t ack,
    uint8_t flags, uint16_t window, const uint8_t *options, size_t noptions);
/* out holds PACKET_BUILD_MAX bytes and the payload. */
size_t packet_build_udp(uint8_t *out, const struct packet_ends *e,
    uint16_t port_src, uint16_t port_dst, const uint8_t *payload, size_t size);
/* In place: another destination port in a frame built by packet_build_tcp,
 * with source port and sequence number, and the checksum mended (RFC 1624). */
void packet_retarget_tcp(uint8_t *frame, uint8_t family, uint16_t port_src,
    uint16_t port_dst, uint32_t seq);
/* Any protocol: size bytes of payload behind an IP header. */
size_t packet_build_ip(uint8_t *out, const struct packet_ends *e, uint8_t proto,
    uint8_t ttl, const void *payload, size_t size);
/* In place, in an IP header without options: the identification of IPv4 (RFC
 * 791; 16 bits), or the flow label of IPv6 (RFC 8200; 20 bits).  Who quotes the
 * packet quotes it. */
void packet_set_id(uint8_t *ip, uint32_t id);
size_t packet_build_echo(uint8_t *out, const struct packet_ends *e, uint16_t id,
    uint16_t seq, const uint8_t *payload, size_t size);
/* op 1 request, 2 reply (RFC 826).  mac_dst NULL: broadcast; target_mac NULL:
 * zero, unknown. */
size_t packet_build_arp(uint8_t *out, const uint8_t *mac_dst, uint16_t op,
    const uint8_t *sender_mac, const uint8_t *sender_ip,
    const uint8_t *target_mac, const uint8_t *target_ip);
/* RFC 4861 section 4.3, to the solicited-node group (section 7.2.2), or
 * straight to the target at mac_dst when it is not NULL (section 7.3.3).  From
 * the unspecified address (:: as src) it is a probe of RFC 4862 section 5.4.2.
 */
size_t packet_build_solicitation(uint8_t *out, const uint8_t *mac_src,
    const uint8_t *mac_dst, const uint8_t *src, const uint8_t *target);

#endif
