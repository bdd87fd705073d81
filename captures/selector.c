/*
 * selector: does a frame belong to what an observation says?
 */
#include "captures/selector.h"

#include <string.h>

#define ARP_SENDER_ADDRESS 14 /* RFC 826, Ethernet and IPv4 */
#define ARP_TARGET_ADDRESS 24

bool
selector_view(
    struct selector_view *v, const struct packet *p, const uint8_t dut_mac[6])
{
	bool from_dut = memcmp(p->mac_src, dut_mac, 6) == 0;
	bool to_dut = memcmp(p->mac_dst, dut_mac, 6) == 0;
	struct packet_quoted q;

	memset(v, 0, sizeof(*v));
	if (!from_dut && !to_dut)
		return false;
	v->own.family = p->family;
	v->own.proto = p->proto;
	v->own.remote = from_dut ? p->src : p->dst;
	if (p->arp != NULL) {
		v->own.family = 4;
		v->own.remote = p->arp +
		    (from_dut ? ARP_SENDER_ADDRESS : ARP_TARGET_ADDRESS);
	}
	v->own.has_ports = (p->layers & (PACKET_TCP | PACKET_UDP)) != 0;
	v->own.port_local = from_dut ? p->port_dst : p->port_src;
	v->own.port_remote = from_dut ? p->port_src : p->port_dst;
	if (packet_quoted(p, &q) == -1)
		return true;
	/* An error comes back to whom the quoted packet came from: one from
	 * the DUT is about a packet to it, and the other way round. */
	v->has_quoted = true;
	v->quoted.family = q.family;
	v->quoted.proto = q.proto;
	v->quoted.remote = from_dut ? q.dst : q.src;
	v->quoted.has_ports = q.port_src != 0 || q.port_dst != 0;
	v->quoted.port_local = from_dut ? q.port_src : q.port_dst;
	v->quoted.port_remote = from_dut ? q.port_dst : q.port_src;
	return true;
}

static bool
in_range(
    uint16_t first, uint16_t last, const struct selector_flow *f, uint16_t port)
{
	if (first == 0 && last == 0)
		return true;
	return f->has_ports && first <= port && port <= last;
}

static bool
flow_matches(const struct selector *s, const struct selector_flow *f)
{
	if (s->proto != 0 && s->proto != f->proto)
		return false;
	if (s->family != 0 && s->family != f->family)
		return false;
	if (s->has_addr &&
	    (f->remote == NULL || s->family == 0 ||
		memcmp(s->addr, f->remote, s->family == 4 ? 4 : 16) != 0))
		return false;
	if (s->proto == 1 || s->proto == 58)
		return true; /* no ports there */
	return in_range(s->local_first, s->local_last, f, f->port_local) &&
	    in_range(s->remote_first, s->remote_last, f, f->port_remote);
}

bool
selector_matches(const struct selector *s, const struct selector_view *v)
{
	if (flow_matches(s, &v->own))
		return true;
	return v->has_quoted && (s->proto == 6 || s->proto == 17) &&
	    flow_matches(s, &v->quoted);
}
