/*
 * ndp: Neighbour Discovery messages of IPv6.
 *
 * What RFC 4861 tells a host to discard is discarded here too: else a frame
 * from beyond a router could pass for a neighbour.
 */
#include "protocols/ndp.h"

#include "protocols/bytes.h"

enum {
	OPTION_SOURCE_MAC = 1,
	OPTION_TARGET_MAC = 2,
	OPTION_PREFIX = 3,
};

static bool
is_unspecified(const uint8_t *addr)
{
	static const uint8_t zero[16] = { 0 };

	return memcmp(addr, zero, sizeof(zero)) == 0;
}

static bool
is_link_local(const uint8_t *addr)
{
	return addr[0] == 0xfe && (addr[1] & 0xc0) == 0x80;
}

/* ff02::1:ff00:0/104 */
static bool
is_solicited_group(const uint8_t *addr)
{
	static const uint8_t group[13] = { 0xff, 2, [11] = 1, [12] = 0xff };

	return memcmp(addr, group, sizeof(group)) == 0;
}

static void
take_prefix(struct ndp *n, const uint8_t *body)
{
	struct ndp_prefix *x;
	struct reader r = reader_over(body, 30);

	/* An impossible length makes the option void, not the message. */
	if (n->nprefixes == NDP_PREFIXES_MAX || body[0] > 128)
		return;
	x = &n->prefixes[n->nprefixes++];
	x->bits = reader_u8(&r);
	x->on_link = (body[1] & 0x80) != 0;
	x->autonomous = (body[1] & 0x40) != 0;
	reader_take(&r, 1);
	x->valid_s = reader_u32(&r);
	x->preferred_s = reader_u32(&r);
	reader_take(&r, 4);
	x->prefix = reader_take(&r, 16);
}

/* RFC 4861 section 4.6: a length in eights, never zero. */
static int
parse_options(struct ndp *n, struct reader *r)
{
	uint8_t type, eights;
	const uint8_t *body;

	while (reader_left(r) > 0) {
		type = reader_u8(r);
		eights = reader_u8(r);
		if (r->bad || eights == 0)
			return -1;
		body = reader_take(r, (size_t)eights * 8 - 2);
		if (body == NULL)
			return -1;
		if (type == OPTION_SOURCE_MAC && eights == 1)
			n->source_mac = body;
		else if (type == OPTION_TARGET_MAC && eights == 1)
			n->target_mac = body;
		else if (type == OPTION_PREFIX && eights == 4)
			take_prefix(n, body);
	}
	return 0;
}

/* Up to the options, by type. */
static int
parse_fixed(struct ndp *n, struct reader *r)
{
	uint32_t word = reader_u32(r);

	switch (n->type) {
	case NDP_ROUTER_SOLICITATION:
		break;
	case NDP_ROUTER_ADVERTISEMENT:
		n->router_lifetime_s = (uint16_t)word;
		reader_take(r, 8);
		break;
	case NDP_NEIGHBOUR_ADVERTISEMENT:
		n->router = (word & 0x80000000) != 0;
		n->solicited = (word & 0x40000000) != 0;
		n->override = (word & 0x20000000) != 0;
		n->target = reader_take(r, 16);
		break;
	case NDP_NEIGHBOUR_SOLICITATION:
		n->target = reader_take(r, 16);
		break;
	}
	return r->bad ? -1 : 0;
}

/* RFC 4861 sections 6.1.1, 6.1.2, 7.1.1, 7.1.2: what only its own type must
 * hold. */
static bool
is_acceptable(const struct ndp *n, const struct packet *p)
{
	bool unspecified = is_unspecified(p->src);

	if (n->target != NULL && n->target[0] == 0xff)
		return false;
	switch (n->type) {
	case NDP_ROUTER_SOLICITATION:
		return !unspecified || n->source_mac == NULL;
	case NDP_ROUTER_ADVERTISEMENT:
		return is_link_local(p->src);
	case NDP_NEIGHBOUR_SOLICITATION:
		return !unspecified ||
		    (is_solicited_group(p->dst) && n->source_mac == NULL);
	case NDP_NEIGHBOUR_ADVERTISEMENT:
		return p->dst[0] != 0xff || !n->solicited;
	}
	return false;
}

int
ndp_parse(struct ndp *n, const struct packet *p)
{
	struct reader r;

	memset(n, 0, sizeof(*n));
	if ((p->layers & PACKET_ICMPV6) == 0 || !p->whole ||
	    (p->layers & PACKET_FIRST_FRAGMENT) != 0 || p->ttl != 255 ||
	    p->icmp_code != 0 || p->icmp_type < NDP_ROUTER_SOLICITATION ||
	    p->icmp_type > NDP_NEIGHBOUR_ADVERTISEMENT ||
	    !packet_checksums_are_good(p))
		return -1;
	n->type = (enum ndp_type)p->icmp_type;
	r = reader_over(p->transport, p->transport_size);
	reader_take(&r, 4);
	if (parse_fixed(n, &r) == -1 || parse_options(n, &r) == -1)
		return -1;
	n->claims =
	    n->type == NDP_NEIGHBOUR_SOLICITATION && is_unspecified(p->src);
	return is_acceptable(n, p) ? 0 : -1;
}
