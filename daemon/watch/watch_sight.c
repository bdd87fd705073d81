/*
 * watch_sight: what one frame tells about who is on the segment.
 *
 * The hard truth: everything here is a stranger's word.  An answer counts only
 * if it can be one to our own question; an address moves only on an ARP, ND or
 * DHCP message that says so.
 */
#include "daemon/watch/watch_sight.h"

#include <string.h>

#include "protocols/dhcp.h"
#include "protocols/dhcpv6.h"
#include "protocols/ndp.h"
#include "protocols/packet.h"

struct reading {
	const struct watch_link *link;
	const struct packet *p;
	bool ours; /* this machine sent the frame */
	struct watch_sight *out;
	size_t n;
};

static struct watch_sight *
add(struct reading *r, enum watch_sight_kind kind, const uint8_t *mac,
    const char *how)
{
	struct watch_sight *s;

	if (r->n == WATCH_SIGHTS_MAX)
		return NULL;
	s = &r->out[r->n++];
	memset(s, 0, sizeof(*s));
	s->kind = kind;
	s->mac = mac;
	s->how = how;
	return s;
}

static void
add_address(struct reading *r, enum watch_sight_kind kind, const uint8_t *mac,
    const char *how, uint8_t family, const uint8_t *addr)
{
	struct watch_sight *s;

	if (!watch_addr_is_unicast(family, addr) ||
	    (family == 4 && !watch_link_is_on_link(r->link, 4, addr) &&
		kind == WATCH_SIGHT_USES))
		return;
	s = add(r, kind, mac, how);
	if (s == NULL)
		return;
	s->family = family;
	s->addr = addr;
}

static void
add_boot(struct reading *r, const uint8_t *mac, const char *why, uint8_t family,
    const uint8_t *addr)
{
	struct watch_sight *s = add(r, WATCH_SIGHT_BOOTS, mac, "");

	if (s == NULL)
		return;
	s->why = why;
	s->family = family;
	s->addr = addr;
}

static void
add_foreign(struct reading *r, const char *what, uint8_t family)
{
	struct watch_sight *s = add(r, WATCH_SIGHT_FOREIGN, r->p->mac_src, "");

	if (s == NULL)
		return;
	s->why = what;
	s->family = family;
	s->addr = r->p->src;
}

static void
add_name(struct reading *r, const uint8_t *mac, const uint8_t *name,
    size_t size, const char *how)
{
	struct watch_sight *s;

	if (name == NULL)
		return;
	s = add(r, WATCH_SIGHT_NAMED, mac, how);
	if (s == NULL)
		return;
	s->name = name;
	s->name_size = size;
}

/* RFC 826; RFC 5227 section 2.1.1: a sender address of zero is a probe. */
static void
read_arp(struct reading *r)
{
	static const uint8_t zero[4] = { 0 };
	const uint8_t *a = r->p->arp, *mac = a + 8, *sender = a + 14;
	const uint8_t *target = a + 24;
	uint16_t op = (uint16_t)(a[6] << 8 | a[7]);

	if (r->ours || memcmp(mac, r->p->mac_src, 6) != 0)
		return;
	if (memcmp(sender, zero, 4) == 0) {
		add_boot(r, mac, "arp probe", 4, target);
		add_address(r, WATCH_SIGHT_CLAIMS, mac, "arp", 4, target);
		return;
	}
	/* A boot sign goes first: it means something only of an address that
	 * was known before. */
	if (memcmp(sender, target, 4) == 0)
		add_boot(r, mac, "gratuitous arp", 4, sender);
	add_address(r, WATCH_SIGHT_HOLDS, mac, "arp", 4, sender);
	if (op == 2 && memcmp(sender, target, 4) != 0)
		add_address(r, WATCH_SIGHT_ANSWER, mac, "arp", 4, sender);
}

static void
read_advertisement(struct reading *r, const struct ndp *n)
{
	const uint8_t *mac = r->p->mac_src;

	/* Without the option it is the answer to a unicast question (RFC 4861
	 * section 4.4), and only the frame says who answers. */
	if (n->target_mac != NULL && memcmp(n->target_mac, mac, 6) != 0)
		return;
	add_address(r, WATCH_SIGHT_HOLDS, mac, "nd", 6, n->target);
	if (n->solicited)
		add_address(r, WATCH_SIGHT_ANSWER, mac, "nd", 6, n->target);
}

static void
read_ndp(struct reading *r, const struct ndp *n)
{
	const uint8_t *mac = r->p->mac_src;

	switch (n->type) {
	case NDP_NEIGHBOUR_ADVERTISEMENT:
		read_advertisement(r, n);
		return;
	case NDP_NEIGHBOUR_SOLICITATION:
		if (n->claims) {
			add_boot(r, mac, "duplicate address detection", 6,
			    n->target);
			add_address(
			    r, WATCH_SIGHT_CLAIMS, mac, "nd", 6, n->target);
			return;
		}
		break;
	case NDP_ROUTER_ADVERTISEMENT:
		add_foreign(r, "router", 6);
		break;
	case NDP_ROUTER_SOLICITATION:
		break;
	}
	/* From an address with its MAC beside it: a word about itself. */
	if (n->source_mac != NULL && memcmp(n->source_mac, mac, 6) == 0)
		add_address(r, WATCH_SIGHT_HOLDS, mac, "nd", 6, r->p->src);
}

static void
read_dhcp_from_client(struct reading *r, const struct dhcp *d)
{
	if (d->mac == NULL || memcmp(d->mac, r->p->mac_src, 6) != 0)
		return;
	add_name(r, d->mac, d->host_name, d->host_name_size, "dhcp");
	if (d->type == DHCP_DISCOVER)
		add_boot(r, d->mac, "dhcp discover", 0, NULL);
	else if (d->type == DHCP_RELEASE)
		add_address(
		    r, WATCH_SIGHT_RELEASED, d->mac, "dhcp", 4, d->ciaddr);
	else if (d->type == DHCP_DECLINE && d->requested != NULL)
		add_address(
		    r, WATCH_SIGHT_RELEASED, d->mac, "dhcp", 4, d->requested);
}

/* Checksums are not asked for: a client would refuse a bad one, but a foreign
 * server that sends one is a foreign server. */
static void
read_dhcp(struct reading *r)
{
	struct dhcp d;

	if (dhcp_parse(&d, r->p->payload, r->p->payload_size) == -1)
		return;
	if (d.op == 1) {
		if (!r->ours)
			read_dhcp_from_client(r, &d);
		return;
	}
	if (d.type != DHCP_OFFER && d.type != DHCP_ACK)
		return;
	if (!r->ours)
		add_foreign(r, "dhcp server", 4);
	if (d.type == DHCP_ACK && d.mac != NULL)
		add_address(r, WATCH_SIGHT_HOLDS, d.mac, "dhcp", 4, d.yiaddr);
}

/* Addresses of a reply belong to whom the frame is for; those of a request are
 * wishes. */
static void
read_dhcpv6(struct reading *r)
{
	const uint8_t *mac;
	struct dhcpv6 d;
	size_t i;

	if (dhcpv6_parse(&d, r->p->payload, r->p->payload_size) == -1)
		return;
	if (d.type == DHCPV6_ADVERTISE || d.type == DHCPV6_REPLY) {
		if (!r->ours)
			add_foreign(r, "dhcp server", 6);
		mac = r->p->mac_dst;
		for (i = 0; d.type == DHCPV6_REPLY && i < d.naddresses; i++)
			if (d.addresses[i].valid_s > 0)
				add_address(r, WATCH_SIGHT_HOLDS, mac, "dhcpv6",
				    6, d.addresses[i].addr);
		return;
	}
	if (r->ours)
		return;
	mac = r->p->mac_src;
	if (d.type != DHCPV6_RELEASE && d.type != DHCPV6_DECLINE)
		return;
	for (i = 0; i < d.naddresses; i++)
		add_address(r, WATCH_SIGHT_RELEASED, mac, "dhcpv6", 6,
		    d.addresses[i].addr);
}

/* RFC 792, RFC 4443 section 4.2: the reply carries what the request did. */
static void
read_echo(struct reading *r)
{
	const struct packet *p = r->p;
	uint8_t payload[WATCH_ECHO_SIZE];
	struct watch_sight *s;
	uint16_t id;
	bool reply = p->family == 4 ? p->icmp_type == 0 : p->icmp_type == 129;

	if (!reply || p->payload == NULL ||
	    p->payload_size != sizeof(payload) || !packet_checksums_are_good(p))
		return;
	id = (uint16_t)(p->transport[4] << 8 | p->transport[5]);
	watch_link_echo_payload(r->link, payload);
	if (id != r->link->echo_id ||
	    memcmp(payload, p->payload, sizeof(payload)) != 0)
		return;
	if (!watch_addr_is_unicast(p->family, p->src))
		return;
	s = add(r, WATCH_SIGHT_ANSWER, p->mac_src, "echo");
	if (s == NULL)
		return;
	s->family = p->family;
	s->addr = p->src;
	s->seq = (uint16_t)(p->transport[6] << 8 | p->transport[7]);
}

static void
read_udp(struct reading *r)
{
	const struct packet *p = r->p;

	if (p->payload == NULL)
		return;
	if (p->family == 4 &&
	    (p->port_dst == DHCP_PORT_SERVER ||
		p->port_dst == DHCP_PORT_CLIENT))
		read_dhcp(r);
	if (p->family == 6 &&
	    (p->port_dst == DHCPV6_PORT_SERVER ||
		p->port_dst == DHCPV6_PORT_CLIENT))
		read_dhcpv6(r);
}

static void
read_ip(struct reading *r)
{
	const struct packet *p = r->p;
	struct ndp n;

	if ((p->layers & PACKET_UDP) != 0)
		read_udp(r);
	if (r->ours)
		return;
	if ((p->layers & PACKET_ICMPV6) != 0 && ndp_parse(&n, p) == 0)
		read_ndp(r, &n);
	if ((p->layers & (PACKET_ICMP | PACKET_ICMPV6)) != 0)
		read_echo(r);
	if (p->whole && watch_link_is_on_link(r->link, p->family, p->src))
		add_address(
		    r, WATCH_SIGHT_USES, p->mac_src, "ip", p->family, p->src);
}

size_t
watch_sight_read(const struct watch_link *l, const uint8_t *frame, size_t size,
    bool outgoing, struct watch_sight *out)
{
	struct reading r = { l, NULL, outgoing, out, 0 };
	struct packet p;

	if (packet_dissect(&p, frame, size) == -1)
		return 0;
	/* A group address is no sender (IEEE 802.3 section 3.2.3). */
	if ((p.mac_src[0] & 1) != 0)
		return 0;
	r.p = &p;
	/* Somebody speaks as us: what our own servers would have said. */
	if (!outgoing && memcmp(p.mac_src, l->mac, 6) == 0)
		return 0;
	if (p.arp != NULL)
		read_arp(&r);
	else if (p.family != 0)
		read_ip(&r);
	return r.n;
}
