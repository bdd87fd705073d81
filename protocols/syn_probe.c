/*
 * syn_probe: SYNs whose answers can be told from stray and forged ones.
 */
#include "protocols/syn_probe.h"

#include <string.h>

static uint32_t
cookie(const struct syn_probe *s, uint16_t port, uint16_t source)
{
	uint64_t h = s->key ^ ((uint64_t)port << 32 | source);

	h = (h ^ h >> 33) * 0xff51afd7ed558ccdull;
	h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53ull;
	return (uint32_t)(h ^ h >> 32);
}

void
syn_probe_init(struct syn_probe *s, const struct packet_ends *e, uint64_t key,
    uint16_t source_first, uint16_t serials)
{
	/* RFC 9293 section 3.7.1: the MSS that a host on Ethernet offers. */
	static const uint8_t mss[] = { 2, 4, 0x05, 0xb4 };

	memset(s, 0, sizeof(*s));
	s->key = key;
	s->source_first = source_first;
	s->serials = serials;
	s->family = e->family;
	memcpy(s->remote, e->dst, e->family == 4 ? 4 : 16);
	memcpy(s->remote_mac, e->mac_dst, 6);
	s->size = packet_build_tcp(s->frame, e, source_first, 1, 0, 0, TCP_SYN,
	    1024, mss, sizeof(mss));
}

size_t
syn_probe_build(
    const struct syn_probe *s, uint16_t port, uint16_t serial, uint8_t *frame)
{
	uint16_t source = (uint16_t)(s->source_first + serial);

	memcpy(frame, s->frame, s->size);
	packet_retarget_tcp(
	    frame, s->family, source, port, cookie(s, port, source));
	return s->size;
}

static enum syn_answer
read_tcp(const struct syn_probe *s, const struct packet *p, uint16_t *port,
    uint16_t *source)
{
	*port = p->port_src;
	*source = p->port_dst;
	if ((p->flags & TCP_ACK) == 0 ||
	    p->ack != cookie(s, p->port_src, p->port_dst) + 1)
		return SYN_NO_ANSWER;
	if ((p->flags & TCP_RST) != 0)
		return SYN_CLOSED;
	return (p->flags & TCP_SYN) != 0 ? SYN_OPEN : SYN_NO_ANSWER;
}

static enum syn_answer
read_error(const struct syn_probe *s, const struct packet *p, uint16_t *port,
    uint16_t *source)
{
	struct packet_quoted q;

	if (p->icmp_type != ((p->layers & PACKET_ICMP) != 0 ? 3 : 1) ||
	    packet_quoted(p, &q) == -1 || q.proto != 6 ||
	    memcmp(q.dst, s->remote, q.family == 4 ? 4 : 16) != 0)
		return SYN_NO_ANSWER;
	*port = q.port_dst;
	*source = q.port_src;
	/* Not of an earlier asking: the SYN's own number is quoted. */
	if (!q.has_seq || q.seq != cookie(s, q.port_dst, q.port_src))
		return SYN_NO_ANSWER;
	return SYN_UNREACHABLE;
}

enum syn_answer
syn_probe_read(const struct syn_probe *s, const uint8_t *frame, size_t size,
    uint16_t *port, uint16_t *serial)
{
	enum syn_answer answer = SYN_NO_ANSWER;
	uint16_t source = 0;
	struct packet p;

	if (packet_dissect(&p, frame, size) == -1 || !p.whole ||
	    p.family != s->family || memcmp(p.mac_src, s->remote_mac, 6) != 0 ||
	    memcmp(p.src, s->remote, s->family == 4 ? 4 : 16) != 0)
		return SYN_NO_ANSWER;
	if ((p.layers & PACKET_TCP) != 0)
		answer = read_tcp(s, &p, port, &source);
	else if ((p.layers & (PACKET_ICMP | PACKET_ICMPV6)) != 0)
		answer = read_error(s, &p, port, &source);
	*serial = (uint16_t)(source - s->source_first);
	return source < s->source_first || *serial >= s->serials ? SYN_NO_ANSWER
								 : answer;
}
