/*
 * packet_id: the identification that an IP packet carries.
 */
#include "protocols/packet_id.h"

#include <string.h>

#include "protocols/bytes.h"

#define ETHERNET 14
#define IPV6 40
#define NEXT_FRAGMENT 44
#define NEXT_ICMPV6 58
#define TOO_BIG 2

int
packet_id(const struct packet *p, struct packet_id *id)
{
	struct reader r;

	if (!p->whole)
		return -1;
	if ((p->layers & PACKET_IPV4) != 0) {
		r = reader_over(p->ip + 4, 4);
		id->id = reader_u16(&r);
		id->dont_fragment = (reader_u16(&r) & 0x4000) != 0;
		return 0;
	}
	if ((p->layers & PACKET_IPV6) == 0 ||
	    (p->layers & PACKET_FIRST_FRAGMENT) == 0 ||
	    p->ip[6] != NEXT_FRAGMENT)
		return -1;
	r = reader_over(p->ip + IPV6 + 4, 4);
	id->id = reader_u32(&r);
	id->dont_fragment = false;
	return 0;
}

size_t
packet_build_too_big(uint8_t *out, const struct packet_ends *e, uint32_t mtu,
    const uint8_t *ip, size_t size)
{
	const size_t n =
	    size < PACKET_TOO_BIG_QUOTES ? size : PACKET_TOO_BIG_QUOTES;
	uint8_t *ipv6 = out + ETHERNET, *icmp = ipv6 + IPV6;

	memset(out, 0, ETHERNET + IPV6 + 8);
	memcpy(out, e->mac_dst, 6);
	memcpy(out + 6, e->mac_src, 6);
	put_u16(out + 12, 0x86dd);
	ipv6[0] = 0x60;
	put_u16(ipv6 + 4, (uint16_t)(8 + n));
	ipv6[6] = NEXT_ICMPV6;
	ipv6[7] = 64;
	memcpy(ipv6 + 8, e->src, 16);
	memcpy(ipv6 + 24, e->dst, 16);
	icmp[0] = TOO_BIG;
	put_u32(icmp + 4, mtu);
	memcpy(icmp + 8, ip, n);
	put_u16(icmp + 2,
	    packet_checksum(6, e->src, e->dst, NEXT_ICMPV6, icmp, 8 + n));
	return ETHERNET + IPV6 + 8 + n;
}
