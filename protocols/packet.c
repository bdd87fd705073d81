/*
 * packet: an Ethernet frame taken apart down to its transport header.
 *
 * The hard truth here: every length in a frame is the sender's claim.  A view
 * is given only for bytes that were captured, and `whole` falls as soon as a
 * claim and the bytes disagree.
 */
#include "protocols/packet.h"

#include "protocols/bytes.h"

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_ARP 0x0806
#define ETHERTYPE_VLAN 0x8100         /* IEEE 802.1Q */
#define ETHERTYPE_SERVICE_VLAN 0x88a8 /* IEEE 802.1ad */
#define ETHERTYPE_IPV6 0x86dd

enum {
	NEXT_HOP_BY_HOP = 0,
	NEXT_ICMP = 1,
	NEXT_TCP = 6,
	NEXT_UDP = 17,
	NEXT_ROUTING = 43,
	NEXT_FRAGMENT = 44,
	NEXT_AUTHENTICATION = 51,
	NEXT_ICMPV6 = 58,
	NEXT_DESTINATION = 60,
	NEXT_MOBILITY = 135,
	NEXT_HIP = 139,
	NEXT_SHIM6 = 140,
};

/* An IP header and what it says comes next: shared by whole packets and by
 * those quoted in an ICMP error, where the end is cut off by design. */
struct ip {
	uint8_t family, ttl, proto;
	const uint8_t *header, *src, *dst;
	const uint8_t *transport; /* NULL: not the first fragment, or cut off */
	const uint8_t *fragment;  /* of a later one, its data */
	const uint8_t *end;       /* of the packet, as far as captured */
	bool cut;                 /* a length disagrees with the bytes */
	bool later_fragment, first_fragment;
};

static uint16_t
get_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t
get_u32(const uint8_t *p)
{
	return (uint32_t)get_u16(p) << 16 | get_u16(p + 2);
}

/* RFC 791 section 3.1. -1 without the 20 bytes that every header has. */
static int
parse_ipv4(struct ip *ip, const uint8_t *p, size_t size)
{
	size_t header, total;
	uint16_t fragment;

	if (size < 20 || p[0] >> 4 != 4)
		return -1;
	header = (size_t)(p[0] & 15) * 4;
	total = get_u16(p + 2);
	fragment = get_u16(p + 6);
	ip->family = 4;
	ip->header = p;
	ip->ttl = p[8];
	ip->proto = p[9];
	ip->src = p + 12;
	ip->dst = p + 16;
	ip->later_fragment = (fragment & 0x1fff) != 0;
	ip->first_fragment = !ip->later_fragment && (fragment & 0x2000) != 0;
	ip->cut = total > size || header < 20 || total < header;
	ip->end = p + (total < size ? total : size);
	if (header < 20 || header > (size_t)(ip->end - p)) {
		ip->cut = true;
		return 0;
	}
	if (ip->later_fragment)
		ip->fragment = p + header;
	else
		ip->transport = p + header;
	return 0;
}

/* Bytes of the extension header at p (RFC 8200 section 4; RFC 4302 section
 * 2.2 counts in fours), or 0 if the number is no extension header. */
static size_t
extension_size(uint8_t number, const uint8_t *p)
{
	switch (number) {
	case NEXT_HOP_BY_HOP:
	case NEXT_ROUTING:
	case NEXT_DESTINATION:
	case NEXT_MOBILITY:
	case NEXT_HIP:
	case NEXT_SHIM6:
		return 8 * ((size_t)p[1] + 1);
	case NEXT_FRAGMENT:
		return 8;
	case NEXT_AUTHENTICATION:
		return 4 * ((size_t)p[1] + 2);
	default:
		return 0;
	}
}

static bool
is_extension(uint8_t number)
{
	static const uint8_t any[2] = { 0, 0 };

	return extension_size(number, any) != 0;
}

/* Walks from p to the transport header.  Every step goes forward by at least
 * eight bytes, so the walk ends with the packet. */
static void
walk_extensions(struct ip *ip, const uint8_t *p)
{
	size_t left, size;
	uint16_t fragment;

	while (is_extension(ip->proto)) {
		left = (size_t)(ip->end - p);
		size = left < 8 ? 0 : extension_size(ip->proto, p);
		if (size == 0 || size > left) {
			ip->cut = true;
			return;
		}
		if (ip->proto == NEXT_FRAGMENT) {
			fragment = get_u16(p + 2);
			ip->later_fragment = (fragment & 0xfff8) != 0;
			ip->first_fragment =
			    !ip->later_fragment && (fragment & 1) != 0;
		}
		ip->proto = p[0];
		p += size;
		if (ip->later_fragment) {
			ip->fragment = p;
			return;
		}
	}
	ip->transport = p;
}

/* RFC 8200 section 3. -1 without a whole fixed header. */
static int
parse_ipv6(struct ip *ip, const uint8_t *p, size_t size)
{
	size_t total;

	if (size < 40 || p[0] >> 4 != 6)
		return -1;
	total = 40 + (size_t)get_u16(p + 4);
	ip->family = 6;
	ip->header = p;
	ip->proto = p[6];
	ip->ttl = p[7];
	ip->src = p + 8;
	ip->dst = p + 24;
	ip->cut = total > size;
	ip->end = p + (total < size ? total : size);
	walk_extensions(ip, p + 40);
	return 0;
}

static void
dissect_tcp(struct packet *p)
{
	const uint8_t *t = p->transport;
	size_t header;

	p->layers |= PACKET_TCP;
	if (p->transport_size < 20) {
		p->whole = false;
		return;
	}
	p->port_src = get_u16(t);
	p->port_dst = get_u16(t + 2);
	p->seq = get_u32(t + 4);
	p->ack = get_u32(t + 8);
	p->flags = t[13];
	p->window = get_u16(t + 14);
	header = (size_t)(t[12] >> 4) * 4;
	if (header < 20 || header > p->transport_size) {
		p->whole = false;
		return;
	}
	p->payload = t + header;
	p->payload_size = p->transport_size - header;
}

static void
dissect_udp(struct packet *p)
{
	const uint8_t *t = p->transport;
	size_t length;

	p->layers |= PACKET_UDP;
	if (p->transport_size < 8) {
		p->whole = false;
		return;
	}
	p->port_src = get_u16(t);
	p->port_dst = get_u16(t + 2);
	length = get_u16(t + 4);
	/* The first of several fragments says the length of them all. */
	if (length < 8 ||
	    (length > p->transport_size &&
		(p->layers & PACKET_FIRST_FRAGMENT) == 0))
		p->whole = false;
	if (length < 8 || length > p->transport_size)
		length = p->transport_size;
	p->payload = t + 8;
	p->payload_size = length - 8;
}

/* minimum: eight bytes in RFC 792; four in RFC 4443 section 2.1. */
static void
dissect_icmp(struct packet *p, enum packet_layer layer, size_t minimum)
{
	p->layers |= layer;
	if (p->transport_size < minimum) {
		p->whole = false;
		return;
	}
	p->icmp_type = p->transport[0];
	p->icmp_code = p->transport[1];
	if (p->transport_size >= 8) {
		p->payload = p->transport + 8;
		p->payload_size = p->transport_size - 8;
	}
}

static void
dissect_transport(struct packet *p)
{
	if (p->proto == NEXT_TCP)
		dissect_tcp(p);
	else if (p->proto == NEXT_UDP)
		dissect_udp(p);
	else if (p->proto == NEXT_ICMP && p->family == 4)
		dissect_icmp(p, PACKET_ICMP, 8);
	else if (p->proto == NEXT_ICMPV6 && p->family == 6)
		dissect_icmp(p, PACKET_ICMPV6, 4);
}

static void
dissect_ip(struct packet *p, const uint8_t *data, size_t size)
{
	struct ip ip;
	int r;

	memset(&ip, 0, sizeof(ip));
	if (p->ethertype == ETHERTYPE_IPV4) {
		p->layers |= PACKET_IPV4;
		r = parse_ipv4(&ip, data, size);
	} else {
		p->layers |= PACKET_IPV6;
		r = parse_ipv6(&ip, data, size);
	}
	if (r == -1) {
		p->whole = false;
		return;
	}
	p->family = ip.family;
	p->ip = ip.header;
	p->src = ip.src;
	p->dst = ip.dst;
	p->ttl = ip.ttl;
	p->proto = ip.proto;
	if (ip.cut)
		p->whole = false;
	if (ip.later_fragment)
		p->layers |= PACKET_FRAGMENT;
	if (ip.first_fragment)
		p->layers |= PACKET_FIRST_FRAGMENT;
	p->fragment = ip.fragment;
	if (ip.transport == NULL)
		return;
	p->transport = ip.transport;
	p->transport_size = (size_t)(ip.end - ip.transport);
	dissect_transport(p);
}

/* RFC 826, for Ethernet (1) and IPv4; another kind of ARP is not ours. */
static void
dissect_arp(struct packet *p, const uint8_t *data, size_t size)
{
	static const uint8_t ours[6] = { 0, 1, 8, 0, 6, 4 };

	if (size >= 8 && memcmp(data, ours, sizeof(ours)) != 0)
		return;
	p->layers |= PACKET_ARP;
	if (size < 28)
		p->whole = false;
	else
		p->arp = data;
}

int
packet_dissect(struct packet *p, const uint8_t *frame, size_t size)
{
	size_t at = 14;

	memset(p, 0, sizeof(*p));
	if (size < 14)
		return -1;
	p->layers = PACKET_ETHERNET;
	p->whole = true;
	p->mac_dst = frame;
	p->mac_src = frame + 6;
	p->ethertype = get_u16(frame + 12);
	while (p->ethertype == ETHERTYPE_VLAN ||
	    p->ethertype == ETHERTYPE_SERVICE_VLAN) {
		if (size - at < 4) {
			p->whole = false;
			return 0;
		}
		p->ethertype = get_u16(frame + at + 2);
		at += 4;
	}
	if (p->ethertype == ETHERTYPE_ARP)
		dissect_arp(p, frame + at, size - at);
	else if (p->ethertype == ETHERTYPE_IPV4 ||
	    p->ethertype == ETHERTYPE_IPV6)
		dissect_ip(p, frame + at, size - at);
	return 0;
}

/* RFC 792: unreachable, quench, redirect, time exceeded, parameter problem;
 * RFC 4443 section 2.1: the types below 128. */
static bool
is_icmp_error(const struct packet *p)
{
	if ((p->layers & PACKET_ICMPV6) != 0)
		return p->icmp_type > 0 && p->icmp_type < 128;
	if ((p->layers & PACKET_ICMP) == 0)
		return false;
	return p->icmp_type == 3 || p->icmp_type == 4 || p->icmp_type == 5 ||
	    p->icmp_type == 11 || p->icmp_type == 12;
}

int
packet_quoted(const struct packet *p, struct packet_quoted *q)
{
	struct ip ip;
	int r;

	memset(q, 0, sizeof(*q));
	memset(&ip, 0, sizeof(ip));
	if (p->payload == NULL || !is_icmp_error(p))
		return -1;
	if (p->family == 4)
		r = parse_ipv4(&ip, p->payload, p->payload_size);
	else
		r = parse_ipv6(&ip, p->payload, p->payload_size);
	if (r == -1)
		return -1;
	q->family = ip.family;
	q->proto = ip.proto;
	q->src = ip.src;
	q->dst = ip.dst;
	if (ip.transport != NULL && ip.end - ip.transport >= 4 &&
	    (ip.proto == NEXT_TCP || ip.proto == NEXT_UDP)) {
		q->port_src = get_u16(ip.transport);
		q->port_dst = get_u16(ip.transport + 2);
	}
	if (ip.transport != NULL && ip.end - ip.transport >= 8 &&
	    ip.proto == NEXT_TCP) {
		q->seq = (uint32_t)get_u16(ip.transport + 4) << 16 |
		    get_u16(ip.transport + 6);
		q->has_seq = true;
	}
	return 0;
}
