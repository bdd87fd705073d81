/*
 * ip_probe: each IP protocol number asked, and what comes back understood.
 *
 * RFC 1122 section 3.2.2.1 (protocol unreachable), RFC 4443 section 3.4,
 * RFC 2003, 4213, 2784, 3378, 4023, 2473 (tunnels).  The hard truth here: an
 * error quotes our own packet, with everything that was inside, so an error is
 * looked at first, and by its outermost quoted header alone.
 */
#include "protocols/ip_probe.h"

#include <string.h>

#include "protocols/bytes.h"
#include "protocols/ip_payload.h"

#define ETHERNET_SIZE 14
#define MARK_SIZE 8 /* key, number, form, serial */
#define PROTO_ICMP 1
#define PROTO_IGMP 2
#define PROTO_ICMPV6 58

/* What is inside a tunnel, by the number of its protocol. */
static const struct ip_ask tunnels[] = {
	{ 4, IP_INNER4 },    /* RFC 2003 */
	{ 4, IP_RETURN4 },   /* */
	{ 41, IP_INNER6 },   /* RFC 4213, RFC 2473 */
	{ 47, IP_INNER4 },   /* RFC 2784 */
	{ 47, IP_INNER6 },   /* */
	{ 47, IP_RETURN4 },  /* */
	{ 47, IP_BRIDGED4 }, /* transparent Ethernet bridging */
	{ 94, IP_INNER4 },   /* IP in IP of KA9Q */
	{ 97, IP_BRIDGED4 }, /* RFC 3378, EtherIP */
	{ 137, IP_INNER4 },  /* RFC 4023, MPLS in IP */
};

void
ip_probe_init(struct ip_probe *p, const struct packet_ends *e,
    const struct ip_probe_ends *inner, uint32_t key)
{
	size_t n = e->family == 4 ? 4 : 16;

	memset(p, 0, sizeof(*p));
	p->key = key;
	p->family = e->family;
	ip_probe_add_source(p, e->src);
	memcpy(p->remote, e->dst, n);
	memcpy(p->local_mac, e->mac_src, 6);
	memcpy(p->remote_mac, e->mac_dst, 6);
	p->inner = *inner;
}

void
ip_probe_add_source(struct ip_probe *p, const uint8_t *addr)
{
	if (p->nlocal < IP_PROBE_SOURCES_MAX)
		memcpy(p->local[p->nlocal++], addr, p->family == 4 ? 4 : 16);
}

static bool
is_usual(unsigned proto)
{
	return proto == PROTO_ICMP || proto == 6 || proto == 17 ||
	    proto == PROTO_ICMPV6;
}

size_t
ip_probe_list(const struct ip_probe *p, struct ip_ask *asks)
{
	size_t n = 0, i;
	unsigned proto;

	for (proto = 0; proto < 256; proto++) {
		if (is_usual(proto))
			continue;
		asks[n].proto = (uint8_t)proto;
		asks[n++].form = IP_PLAIN;
	}
	for (i = 0; i < sizeof(tunnels) / sizeof(tunnels[0]); i++)
		if (tunnels[i].form == IP_INNER6 ? p->inner.has6
						 : p->inner.has4)
			asks[n++] = tunnels[i];
	return n;
}

/* ---- building ---- */

static void
put_mark(const struct ip_probe *p, const struct ip_ask *ask, uint16_t serial,
    uint8_t *out)
{
	put_u32(out, p->key);
	out[4] = ask->proto;
	out[5] = ask->form;
	put_u16(out + 6, serial);
}

/* An echo's identifier: of a control, or of what is inside a tunnel. */
static uint16_t
echo_id(const struct ip_probe *p, bool inside)
{
	return (uint16_t)(inside ? ~p->key : p->key);
}

/* The packet inside, with an Ethernet header in front.  Returns its size. */
static size_t
build_inner(const struct ip_probe *p, const struct ip_ask *ask, uint16_t serial,
    uint8_t *out)
{
	const struct ip_probe_ends *in = &p->inner;
	struct packet_ends e = { p->local_mac, p->remote_mac, 4, in->src4,
		in->dst4 };
	uint8_t mark[MARK_SIZE];
	size_t size;

	if (ask->form == IP_INNER6) {
		e.family = 6;
		e.src = in->src6;
		e.dst = in->dst6;
	} else if (ask->form == IP_RETURN4) {
		e.src = in->dst4;
		e.dst = in->src4;
	}
	put_mark(p, ask, serial, mark);
	size = packet_build_echo(
	    out, &e, echo_id(p, true), serial, mark, sizeof(mark));
	packet_set_id(
	    out + ETHERNET_SIZE, (uint32_t)ask->proto << 8 | ask->form);
	return size;
}

/* The tunnel's own header.  Returns its size. */
static size_t
put_tunnel_header(const struct ip_ask *ask, uint8_t *out)
{
	switch (ask->proto) {
	case 47: /* RFC 2784 section 2.1, RFC 1701 for bridging */
		put_u16(out, 0);
		put_u16(out + 2,
		    ask->form == IP_BRIDGED4     ? 0x6558
			: ask->form == IP_INNER6 ? 0x86dd
						 : 0x0800);
		return 4;
	case 97: /* RFC 3378 section 2 */
		put_u16(out, 0x3000);
		return 2;
	case 137: /* RFC 3032: explicit null, bottom of the stack, TTL 64 */
		put_u32(out, 0x00000140);
		return 4;
	default:
		return 0;
	}
}

static size_t
put_payload(const struct ip_probe *p, const struct ip_ask *ask, uint16_t serial,
    uint8_t *out)
{
	uint8_t inner[PACKET_BUILD_MAX], mark[MARK_SIZE];
	size_t header, size, skip = ETHERNET_SIZE;

	if (ask->form == IP_PLAIN) {
		put_mark(p, ask, serial, mark);
		return ip_payload_put(p->family, ask->proto, mark, out);
	}
	header = put_tunnel_header(ask, out);
	size = build_inner(p, ask, serial, inner);
	if (ask->form == IP_BRIDGED4)
		skip = 0;
	memcpy(out + header, inner + skip, size - skip);
	return header + size - skip;
}

size_t
ip_probe_build(const struct ip_probe *p, const struct ip_ask *ask,
    uint16_t serial, uint8_t *frame)
{
	const struct packet_ends e = { p->local_mac, p->remote_mac, p->family,
		p->local[serial % p->nlocal], p->remote };
	uint8_t payload[PACKET_BUILD_MAX];
	size_t size;

	if (ask->form == IP_CONTROL) {
		put_mark(p, ask, serial, payload);
		size = packet_build_echo(
		    frame, &e, echo_id(p, false), serial, payload, MARK_SIZE);
	} else {
		size = put_payload(p, ask, serial, payload);
		if (ask->proto == IP_PAYLOAD_UDPLITE)
			put_u16(payload + 6,
			    packet_checksum(p->family, e.src, e.dst, ask->proto,
				payload, size));
		size =
		    packet_build_ip(frame, &e, ask->proto, 64, payload, size);
	}
	packet_set_id(
	    frame + ETHERNET_SIZE, (uint32_t)ask->form << 12 | serial);
	return size;
}

/* ---- reading ---- */

static bool
same(uint8_t family, const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, family == 4 ? 4 : 16) == 0;
}

static bool
is_ours(const struct ip_probe *p, const uint8_t *addr)
{
	uint16_t i;

	for (i = 0; i < p->nlocal; i++)
		if (same(p->family, addr, p->local[i]))
			return true;
	return false;
}

struct quote { /* the outermost header in an error */
	uint8_t proto;
	uint32_t id;
	const uint8_t *src, *dst, *transport;
	size_t left; /* from transport on */
};

static int
read_quote(struct quote *q, uint8_t family, const uint8_t *d, size_t size)
{
	size_t header = 40;

	if (d == NULL || size < 20 || d[0] >> 4 != family)
		return -1;
	if (family == 4)
		header = (size_t)(d[0] & 15) * 4;
	if (header < 20 || header > size)
		return -1;
	q->proto = family == 4 ? d[9] : d[6];
	q->id = family == 4
	    ? (uint32_t)(d[4] << 8 | d[5])
	    : (uint32_t)(d[1] & 15) << 16 | (uint32_t)(d[2] << 8 | d[3]);
	q->src = d + (family == 4 ? 12 : 8);
	q->dst = d + (family == 4 ? 16 : 24);
	q->transport = d + header;
	q->left = size - header;
	return 0;
}

/* An error about what was inside: who sends it has taken it out. */
static bool
is_about_inner(const struct ip_probe *p, uint8_t family, const struct quote *q)
{
	uint8_t proto = family == 4 ? PROTO_ICMP : PROTO_ICMPV6;
	const struct ip_probe_ends *in = &p->inner;
	const uint8_t *src = family == 4 ? in->src4 : in->src6;
	const uint8_t *dst = family == 4 ? in->dst4 : in->dst6;

	if (q->proto != proto || q->left < 8 ||
	    (uint16_t)(q->transport[4] << 8 | q->transport[5]) !=
		echo_id(p, true))
		return false;
	return (same(family, q->src, src) && same(family, q->dst, dst)) ||
	    (same(family, q->src, dst) && same(family, q->dst, src));
}

static enum ip_answer
read_error(const struct ip_probe *p, const struct packet *k, struct ip_ask *ask,
    uint16_t *serial)
{
	struct quote q;

	if (read_quote(&q, k->family, k->payload, k->payload_size) == -1)
		return IP_NO_ANSWER;
	if (is_about_inner(p, k->family, &q)) {
		ask->proto = (uint8_t)(q.id >> 8);
		ask->form = (uint8_t)q.id;
		*serial = (q.transport[6] << 8 | q.transport[7]) & 0xfff;
		return IP_DECAPSULATED;
	}
	if (k->family != p->family || !is_ours(p, q.src) ||
	    !same(p->family, q.dst, p->remote) || is_usual(q.proto))
		return IP_NO_ANSWER;
	ask->proto = q.proto;
	ask->form = (uint8_t)(q.id >> 12);
	*serial = q.id & 0xfff;
	if (k->family == 4)
		return k->icmp_type == 3 && k->icmp_code == 2 ? IP_UNREACHABLE
							      : IP_REFUSED;
	return k->icmp_type == 4 && k->icmp_code == 1 ? IP_UNREACHABLE
						      : IP_REFUSED;
}

static bool
is_error(const struct packet *k)
{
	if ((k->layers & PACKET_ICMPV6) != 0)
		return k->icmp_type < 128;
	return k->icmp_type == 3 || k->icmp_type == 4 || k->icmp_type == 5 ||
	    k->icmp_type == 11 || k->icmp_type == 12;
}

static enum ip_answer
read_echo(const struct ip_probe *p, const struct packet *k, struct ip_ask *ask,
    uint16_t *serial)
{
	const uint8_t *mark = k->payload;
	struct reader r;

	if (mark == NULL || k->payload_size < MARK_SIZE)
		return IP_NO_ANSWER;
	r = reader_over(mark, MARK_SIZE);
	if (reader_u32(&r) != p->key)
		return IP_NO_ANSWER;
	ask->proto = reader_u8(&r);
	ask->form = reader_u8(&r);
	*serial = reader_u16(&r) & 0xfff;
	return ask->form == IP_CONTROL ? IP_ANSWERED : IP_DECAPSULATED;
}

/* AH, mobility, HIP and shim6 are protocols here, which packet_dissect() walks
 * over as RFC 8200 has it; behind IPv6's own headers is what it found. */
static uint8_t
first_proto(const struct packet *k)
{
	uint8_t next = k->family == 4 ? k->proto : k->ip[6];

	return next == 0 || next == 43 || next == 44 || next == 60 ? k->proto
								   : next;
}

/* To our address; or to a group, where OSPF, PIM and VRRP answer.  A host's own
 * IGMP says nothing (RFC 1122 section 3.2.3 wants it). */
static bool
is_to_us(const struct ip_probe *p, const struct packet *k)
{
	if (is_ours(p, k->dst))
		return true;
	return k->proto != PROTO_IGMP &&
	    (p->family == 4 ? k->dst[0] >> 4 == 14 : k->dst[0] == 0xff);
}

enum ip_answer
ip_probe_read(const struct ip_probe *p, const uint8_t *frame, size_t size,
    struct ip_ask *ask, uint16_t *serial)
{
	struct packet k;
	uint8_t proto;

	*serial = IP_PROBE_SERIALS;
	if (packet_dissect(&k, frame, size) == -1 || k.family == 0 ||
	    !k.whole || memcmp(k.mac_src, p->remote_mac, 6) != 0)
		return IP_NO_ANSWER;
	if ((k.layers & (PACKET_ICMP | PACKET_ICMPV6)) != 0)
		return is_error(&k) ? read_error(p, &k, ask, serial)
				    : read_echo(p, &k, ask, serial);
	if (k.family != p->family || (k.layers & PACKET_FRAGMENT) != 0 ||
	    !same(p->family, k.src, p->remote) || !is_to_us(p, &k))
		return IP_NO_ANSWER;
	proto = first_proto(&k);
	if (is_usual(proto))
		return IP_NO_ANSWER;
	ask->proto = proto;
	ask->form = IP_PLAIN;
	return IP_ANSWERED;
}

/* ---- names: IANA, Assigned Internet Protocol Numbers, in small letters ----
 */

static const struct {
	uint8_t proto;
	bool tunnel;
	const char *name;
} names[] = {
	{ 2, false, "igmp" },
	{ 4, true, "ipip" },
	{ 33, false, "dccp" },
	{ 41, true, "ipv6" },
	{ 46, false, "rsvp" },
	{ 47, true, "gre" },
	{ 50, true, "esp" },
	{ 51, false, "ah" },
	{ 55, true, "mobile" },
	{ 88, false, "eigrp" },
	{ 89, false, "ospf" },
	{ 94, true, "ipip-old" },
	{ 97, true, "etherip" },
	{ 98, true, "encap" },
	{ 103, false, "pim" },
	{ 108, false, "ipcomp" },
	{ 112, false, "vrrp" },
	{ 115, true, "l2tp" },
	{ 124, false, "isis" },
	{ 132, false, "sctp" },
	{ 135, true, "mobility" },
	{ 136, false, "udplite" },
	{ 137, true, "mpls" },
	{ 139, false, "hip" },
	{ 140, false, "shim6" },
};

const char *
ip_probe_name(uint8_t proto)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].proto == proto)
			return names[i].name;
	return NULL;
}

bool
ip_probe_is_tunnel(uint8_t proto)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].proto == proto)
			return names[i].tunnel;
	return false;
}
