/*
 * udp_probe: what a frame says about a UDP port that was asked.
 */
#include "protocols/udp_probe.h"

#include <string.h>

#define PROTO_UDP 17

void
udp_probe_init(struct udp_probe *u, const struct packet_ends *e,
    uint16_t source_first, uint16_t serials)
{
	memset(u, 0, sizeof(*u));
	u->family = e->family;
	memcpy(u->remote, e->dst, e->family == 4 ? 4 : 16);
	memcpy(u->remote_mac, e->mac_dst, 6);
	u->source_first = source_first;
	u->serials = serials;
}

static bool
is_remote(const struct udp_probe *u, const uint8_t *addr)
{
	return memcmp(addr, u->remote, u->family == 4 ? 4 : 16) == 0;
}

static enum udp_answer
read_datagram(const struct udp_probe *u, const struct packet *p,
    struct udp_heard *h, uint16_t *source)
{
	if (!is_remote(u, p->src))
		return UDP_NO_ANSWER;
	*source = p->port_dst;
	h->local = p->dst;
	h->port = p->port_src;
	h->payload = p->payload;
	h->payload_size = p->payload_size;
	/* dissect_udp() has seen that this is at least 8. */
	h->datagram_size = (size_t)(p->transport[4] << 8 | p->transport[5]) - 8;
	return UDP_OPEN;
}

/* RFC 792: type 3, code 3 is the port.  RFC 4443 section 3.1: type 1, code 4.
 * Who sends the error is not looked at: a device may use another address of
 * its own, and the datagram quoted is ours. */
static enum udp_answer
read_error(const struct udp_probe *u, const struct packet *p,
    struct udp_heard *h, uint16_t *source)
{
	const bool four = (p->layers & PACKET_ICMP) != 0;
	struct packet_quoted q;

	if (p->icmp_type != (four ? 3 : 1) || packet_quoted(p, &q) == -1 ||
	    q.family != u->family || q.proto != PROTO_UDP || q.port_dst == 0 ||
	    !is_remote(u, q.dst))
		return UDP_NO_ANSWER;
	*source = q.port_src;
	h->local = q.src;
	h->port = q.port_dst;
	h->icmp_code = p->icmp_code;
	return p->icmp_code == (four ? 3 : 4) ? UDP_CLOSED : UDP_FILTERED;
}

enum udp_answer
udp_probe_read(const struct udp_probe *u, const uint8_t *frame, size_t size,
    struct udp_heard *heard)
{
	enum udp_answer answer = UDP_NO_ANSWER;
	uint16_t source = 0;
	struct packet p;

	memset(heard, 0, sizeof(*heard));
	if (packet_dissect(&p, frame, size) == -1 || !p.whole ||
	    p.family != u->family || memcmp(p.mac_src, u->remote_mac, 6) != 0)
		return UDP_NO_ANSWER;
	if ((p.layers & PACKET_UDP) != 0)
		answer = read_datagram(u, &p, heard, &source);
	else if ((p.layers & (PACKET_ICMP | PACKET_ICMPV6)) != 0)
		answer = read_error(u, &p, heard, &source);
	heard->serial = (uint16_t)(source - u->source_first);
	if (source < u->source_first || heard->serial >= u->serials)
		answer = UDP_NO_ANSWER;
	heard->answer = answer;
	return answer;
}
