/*
 * packet: frames built from fields, and the Internet checksum.
 *
 * A frame built here is what a plain host would send: don't-fragment set, time
 * to live 64, no padding (the card pads).  packet_retarget_tcp() is in the
 * path of a full port sweep, so it mends the checksum instead of counting it
 * again.
 */
#include "protocols/packet.h"

#include "protocols/bytes.h"

#define ETHERNET_SIZE 14
#define PROTO_ICMP 1
#define PROTO_TCP 6
#define PROTO_UDP 17
#define PROTO_ICMPV6 58

static const uint8_t broadcast[6] = { 255, 255, 255, 255, 255, 255 };

/* RFC 1071 section 4.1: the sum not yet folded. */
static uint64_t
sum_bytes(uint64_t sum, const uint8_t *p, size_t size)
{
	size_t i;

	for (i = 0; i + 1 < size; i += 2)
		sum += (uint64_t)(p[i] << 8 | p[i + 1]);
	if (i < size)
		sum += (uint64_t)(p[i] << 8);
	return sum;
}

static uint16_t
fold(uint64_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* The complement of the sum: 0 over data whose checksum is in place and
 * good.  Pseudo headers: RFC 9293 section 3.1, RFC 8200 section 8.1. */
static uint16_t
checksum_of(uint8_t family, const uint8_t *src, const uint8_t *dst,
    uint8_t proto, const void *data, size_t size)
{
	size_t n = family == 4 ? 4 : 16;
	uint64_t sum = 0;

	if (family != 0) {
		sum = sum_bytes(sum, src, n);
		sum = sum_bytes(sum, dst, n);
		sum += proto + (uint64_t)size;
	}
	return (uint16_t)~fold(sum_bytes(sum, data, size));
}

uint16_t
packet_checksum(uint8_t family, const uint8_t *src, const uint8_t *dst,
    uint8_t proto, const void *data, size_t size)
{
	uint16_t sum = checksum_of(family, src, dst, proto, data, size);

	/* RFC 768: a computed zero is sent as all ones. */
	if (family != 0 && proto == PROTO_UDP && sum == 0)
		return 0xffff;
	return sum;
}

static bool
udp_checksum_is_good(const struct packet *p)
{
	const uint8_t *t = p->transport;
	size_t length = (size_t)(t[4] << 8 | t[5]);

	if (t[6] == 0 && t[7] == 0)
		return p->family == 4;
	return checksum_of(p->family, p->src, p->dst, PROTO_UDP, t, length) ==
	    0;
}

bool
packet_checksums_are_good(const struct packet *p)
{
	const unsigned transports =
	    PACKET_TCP | PACKET_UDP | PACKET_ICMP | PACKET_ICMPV6;
	uint8_t pseudo = p->family;

	if (!p->whole)
		return false;
	if (p->family == 4 &&
	    checksum_of(0, NULL, NULL, 0, p->ip, (size_t)(p->ip[0] & 15) * 4))
		return false;
	/* A transport's checksum covers all fragments together. */
	if ((p->layers & transports) == 0 ||
	    (p->layers & PACKET_FIRST_FRAGMENT) != 0)
		return true;
	if ((p->layers & PACKET_UDP) != 0)
		return udp_checksum_is_good(p);
	if ((p->layers & PACKET_ICMP) != 0)
		pseudo = 0;
	return checksum_of(pseudo, p->src, p->dst, p->proto, p->transport,
		   p->transport_size) == 0;
}

static size_t
put_ethernet(
    uint8_t *out, const uint8_t *dst, const uint8_t *src, uint16_t ethertype)
{
	memcpy(out, dst, 6);
	memcpy(out + 6, src, 6);
	put_u16(out + 12, ethertype);
	return ETHERNET_SIZE;
}

/* Ethernet and IP headers for size bytes of transport.  Returns their size. */
static size_t
put_headers(uint8_t *out, const struct packet_ends *e, uint8_t proto,
    uint8_t ttl, size_t size)
{
	uint8_t *ip = out + ETHERNET_SIZE;

	if (e->family == 4) {
		put_ethernet(out, e->mac_dst, e->mac_src, 0x0800);
		memset(ip, 0, 20);
		ip[0] = 0x45;
		put_u16(ip + 2, (uint16_t)(20 + size));
		ip[6] = 0x40; /* don't fragment: the id means nothing */
		ip[8] = ttl;
		ip[9] = proto;
		memcpy(ip + 12, e->src, 4);
		memcpy(ip + 16, e->dst, 4);
		put_u16(ip + 10, checksum_of(0, NULL, NULL, 0, ip, 20));
		return ETHERNET_SIZE + 20;
	}
	put_ethernet(out, e->mac_dst, e->mac_src, 0x86dd);
	put_u32(ip, 0x60000000);
	put_u16(ip + 4, (uint16_t)size);
	ip[6] = proto;
	ip[7] = ttl;
	memcpy(ip + 8, e->src, 16);
	memcpy(ip + 24, e->dst, 16);
	return ETHERNET_SIZE + 40;
}

size_t
/* NOLINTNEXTLINE(readability-function-size): a header's fields */
packet_build_tcp(uint8_t *out, const struct packet_ends *e, uint16_t port_src,
    uint16_t port_dst, uint32_t seq, uint32_t ack, uint8_t flags,
    uint16_t window, const uint8_t *options, size_t noptions)
{
	size_t header, size = 20 + noptions;
	uint8_t *t;

	if (noptions > 40 || noptions % 4 != 0)
		return 0;
	header = put_headers(out, e, PROTO_TCP, 64, size);
	t = out + header;
	put_u16(t, port_src);
	put_u16(t + 2, port_dst);
	put_u32(t + 4, seq);
	put_u32(t + 8, ack);
	t[12] = (uint8_t)(size / 4 << 4);
	t[13] = flags;
	put_u16(t + 14, window);
	put_u32(t + 16, 0);
	if (noptions > 0)
		memcpy(t + 20, options, noptions);
	put_u16(t + 16,
	    packet_checksum(e->family, e->src, e->dst, PROTO_TCP, t, size));
	return header + size;
}

size_t
packet_build_udp(uint8_t *out, const struct packet_ends *e, uint16_t port_src,
    uint16_t port_dst, const uint8_t *payload, size_t size)
{
	size_t header = put_headers(out, e, PROTO_UDP, 64, 8 + size);
	uint8_t *t = out + header;

	put_u16(t, port_src);
	put_u16(t + 2, port_dst);
	put_u16(t + 4, (uint16_t)(8 + size));
	put_u16(t + 6, 0);
	if (size > 0)
		memcpy(t + 8, payload, size);
	put_u16(t + 6,
	    packet_checksum(e->family, e->src, e->dst, PROTO_UDP, t, 8 + size));
	return header + 8 + size;
}

/* RFC 1624 equation 3, before folding: out with the old, in with the new. */
static uint32_t
exchange(uint8_t *p, uint16_t v)
{
	uint16_t old = (uint16_t)(p[0] << 8 | p[1]);

	put_u16(p, v);
	return (uint32_t)(uint16_t)~old + v;
}

void
packet_retarget_tcp(uint8_t *frame, uint8_t family, uint16_t port_src,
    uint16_t port_dst, uint32_t seq)
{
	uint8_t *t = frame + ETHERNET_SIZE + (family == 4 ? 20 : 40);
	uint32_t sum = (uint16_t) ~(t[16] << 8 | t[17]);

	sum += exchange(t, port_src);
	sum += exchange(t + 2, port_dst);
	sum += exchange(t + 4, (uint16_t)(seq >> 16));
	sum += exchange(t + 6, (uint16_t)seq);
	/* At most nine 16-bit terms: two folds are enough. */
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	put_u16(t + 16, (uint16_t)~sum);
}

size_t
packet_build_ip(uint8_t *out, const struct packet_ends *e, uint8_t proto,
    uint8_t ttl, const void *payload, size_t size)
{
	size_t header = put_headers(out, e, proto, ttl, size);

	if (size > 0)
		memcpy(out + header, payload, size);
	return header + size;
}

void
packet_set_id(uint8_t *ip, uint32_t id)
{
	if (ip[0] >> 4 == 6) {
		put_u32(ip, 0x60000000 | (id & 0xfffff));
		return;
	}
	put_u16(ip + 4, (uint16_t)id);
	put_u16(ip + 10, 0);
	put_u16(ip + 10, checksum_of(0, NULL, NULL, 0, ip, 20));
}

size_t
packet_build_echo(uint8_t *out, const struct packet_ends *e, uint16_t id,
    uint16_t seq, const uint8_t *payload, size_t size)
{
	bool four = e->family == 4;
	uint8_t proto = four ? PROTO_ICMP : PROTO_ICMPV6;
	size_t header = put_headers(out, e, proto, 64, 8 + size);
	uint8_t *t = out + header;

	put_u32(t, four ? 0x08000000 : 0x80000000);
	put_u16(t + 4, id);
	put_u16(t + 6, seq);
	if (size > 0)
		memcpy(t + 8, payload, size);
	put_u16(t + 2,
	    packet_checksum(four ? 0 : 6, e->src, e->dst, proto, t, 8 + size));
	return header + 8 + size;
}

size_t
/* NOLINTNEXTLINE(readability-function-size): a header's fields */
packet_build_arp(uint8_t *out, const uint8_t *mac_dst, uint16_t op,
    const uint8_t *sender_mac, const uint8_t *sender_ip,
    const uint8_t *target_mac, const uint8_t *target_ip)
{
	static const uint8_t nobody[6] = { 0 };
	uint8_t *a = out + ETHERNET_SIZE;

	put_ethernet(
	    out, mac_dst != NULL ? mac_dst : broadcast, sender_mac, 0x0806);
	put_u32(a, 0x00010800);
	put_u16(a + 4, 0x0604);
	put_u16(a + 6, op);
	memcpy(a + 8, sender_mac, 6);
	memcpy(a + 14, sender_ip, 4);
	memcpy(a + 18, target_mac != NULL ? target_mac : nobody, 6);
	memcpy(a + 24, target_ip, 4);
	return ETHERNET_SIZE + 28;
}

size_t
packet_build_solicitation(uint8_t *out, const uint8_t *mac_src,
    const uint8_t *mac_dst, const uint8_t *src, const uint8_t *target)
{
	static const uint8_t unspecified[16] = { 0 };
	uint8_t group[16] = { 0xff, 2, [11] = 1, [12] = 0xff };
	uint8_t group_mac[6] = { 0x33, 0x33, 0xff };
	bool claims = memcmp(src, unspecified, 16) == 0;
	size_t header, size = claims ? 24 : 32;
	struct packet_ends e = { mac_src, mac_dst, 6, src, target };
	uint8_t *t;

	memcpy(group + 13, target + 13, 3);
	memcpy(group_mac + 3, target + 13, 3);
	if (mac_dst == NULL) {
		e.mac_dst = group_mac;
		e.dst = group;
	}
	/* RFC 4861 section 7.1.1: a hop limit of 255 shows it is local. */
	header = put_headers(out, &e, PROTO_ICMPV6, 255, size);
	t = out + header;
	put_u32(t, 0x87000000);
	put_u32(t + 4, 0);
	memcpy(t + 8, target, 16);
	/* Section 4.3: no link-layer address from the unspecified one. */
	if (!claims) {
		t[24] = 1;
		t[25] = 1;
		memcpy(t + 26, mac_src, 6);
	}
	put_u16(t + 2, packet_checksum(6, e.src, e.dst, PROTO_ICMPV6, t, size));
	return header + size;
}
