/*
 * forward_probe: packets that a host must not pass on, and what comes back.
 *
 * The hard truth here: an error is not yet a router's.  "Administratively
 * prohibited" and "port unreachable" are a filter that refused; "time
 * exceeded", "host unreachable" and redirects come from somebody
 * who was about to pass it on (RFC 1812 sections 4.3.3 and 5.2.7).
 */
#include "protocols/forward_probe.h"

#include <string.h>

#include "protocols/bytes.h"

#define ETHERNET_SIZE 14
#define PROTO_UDP 17
#define MARK_SIZE 8
#define TYPE_REDIRECT6 137

/* RFC 5737 and RFC 5180: nobody's. */
static const uint8_t nobody4[4] = { 198, 51, 100, 77 };
static const uint8_t nobody6[16] = { 0x20, 1, 0, 2, [7] = 0x77, [15] = 1 };

void
forward_probe_init(struct forward_probe *p, const struct packet_ends *e,
    const uint8_t *neighbour, uint32_t key)
{
	size_t n = e->family == 4 ? 4 : 16;

	memset(p, 0, sizeof(*p));
	p->key = key;
	p->family = e->family;
	memcpy(p->local_mac, e->mac_src, 6);
	memcpy(p->remote_mac, e->mac_dst, 6);
	memcpy(p->local, e->src, n);
	p->has_neighbour = neighbour != NULL;
	if (neighbour != NULL)
		memcpy(p->neighbour, neighbour, n);
}

static const uint8_t *
nobody(const struct forward_probe *p)
{
	return p->family == 4 ? nobody4 : nobody6;
}

static void
ends_of(const struct forward_probe *p, enum forward_kind kind,
    struct packet_ends *e)
{
	*e = (struct packet_ends){ p->local_mac, p->remote_mac, p->family,
		p->local, nobody(p) };
	if (kind == FORWARD_RETURN) {
		e->src = nobody(p);
		e->dst = p->local;
	} else if (kind == FORWARD_NEIGHBOUR) {
		e->dst = p->neighbour;
	}
}

size_t
forward_probe_build(const struct forward_probe *p, enum forward_kind kind,
    uint16_t serial, uint8_t *frame)
{
	uint16_t port = (uint16_t)(FORWARD_PROBE_PORT + kind);
	uint8_t udp[8 + MARK_SIZE];
	struct packet_ends e;
	size_t size;

	ends_of(p, kind, &e);
	put_u16(udp, port);
	put_u16(udp + 2, port);
	put_u16(udp + 4, sizeof(udp));
	put_u16(udp + 6, 0);
	put_u32(udp + 8, p->key);
	put_u16(udp + 12, (uint16_t)kind);
	put_u16(udp + 14, serial);
	put_u16(udp + 6,
	    packet_checksum(
		p->family, e.src, e.dst, PROTO_UDP, udp, sizeof(udp)));
	size = packet_build_ip(frame, &e, PROTO_UDP,
	    kind == FORWARD_EXPIRING ? 1 : 64, udp, sizeof(udp));
	packet_set_id(frame + ETHERNET_SIZE, (uint32_t)kind << 12 | serial);
	return size;
}

/* ---- reading ---- */

static bool
kind_of_port(uint16_t port, enum forward_kind *kind)
{
	if (port < FORWARD_PROBE_PORT ||
	    port >= FORWARD_PROBE_PORT + FORWARD_KINDS)
		return false;
	*kind = (enum forward_kind)(port - FORWARD_PROBE_PORT);
	return true;
}

static bool
has_ends(const struct forward_probe *p, enum forward_kind kind,
    const uint8_t *src, const uint8_t *dst)
{
	size_t n = p->family == 4 ? 4 : 16;
	struct packet_ends e;

	ends_of(p, kind, &e);
	return memcmp(src, e.src, n) == 0 && memcmp(dst, e.dst, n) == 0;
}

static enum forward_answer
read_datagram(const struct forward_probe *p, const struct packet *k,
    enum forward_kind *kind, uint16_t *serial)
{
	struct reader r;

	if (k->port_src != k->port_dst || !kind_of_port(k->port_src, kind) ||
	    k->payload_size < MARK_SIZE || !has_ends(p, *kind, k->src, k->dst))
		return FORWARD_NOTHING;
	r = reader_over(k->payload, MARK_SIZE);
	if (reader_u32(&r) != p->key)
		return FORWARD_NOTHING;
	(void)reader_u16(&r);
	*serial = reader_u16(&r) % FORWARD_PROBE_SERIALS;
	return FORWARD_PASSED;
}

/* RFC 792, RFC 1812; RFC 4443. */
static enum forward_answer
class_of(const struct packet *k)
{
	if (k->family == 4) {
		if (k->icmp_type == 5 || k->icmp_type == 11)
			return FORWARD_ROUTED;
		return k->icmp_type == 3 &&
			(k->icmp_code == 0 || k->icmp_code == 1 ||
			    k->icmp_code == 4)
		    ? FORWARD_ROUTED
		    : FORWARD_REFUSED;
	}
	if (k->icmp_type == 2 || k->icmp_type == 3)
		return FORWARD_ROUTED;
	/* "No route" (code 0) is said by Linux hosts that forward nothing. */
	return k->icmp_type == 1 && (k->icmp_code == 2 || k->icmp_code == 3)
	    ? FORWARD_ROUTED
	    : FORWARD_REFUSED;
}

static enum forward_answer
read_error(const struct forward_probe *p, const struct packet *k,
    enum forward_kind *kind, uint16_t *serial)
{
	struct packet_quoted q;
	const uint8_t *ip;

	if (packet_quoted(k, &q) == -1 || q.family != p->family ||
	    q.proto != PROTO_UDP || q.port_src != q.port_dst ||
	    !kind_of_port(q.port_src, kind) ||
	    !has_ends(p, *kind, q.src, q.dst))
		return FORWARD_NOTHING;
	ip = k->payload;
	*serial = (uint16_t)(p->family == 4 ? ip[4] << 8 | ip[5]
					    : ip[2] << 8 | ip[3]) %
	    FORWARD_PROBE_SERIALS;
	return class_of(k);
}

/* RFC 4861 section 4.5: reserved, the better next hop, the destination. */
static enum forward_answer
read_redirect6(const struct forward_probe *p, const struct packet *k,
    enum forward_kind *kind)
{
	const uint8_t *dst;

	if (k->transport_size < 40)
		return FORWARD_NOTHING;
	dst = k->transport + 24;
	if (memcmp(dst, nobody6, 16) == 0)
		*kind = FORWARD_AWAY;
	else if (p->has_neighbour && memcmp(dst, p->neighbour, 16) == 0)
		*kind = FORWARD_NEIGHBOUR;
	else
		return FORWARD_NOTHING;
	return FORWARD_ROUTED;
}

enum forward_answer
forward_probe_read(const struct forward_probe *p, const uint8_t *frame,
    size_t size, enum forward_kind *kind, uint16_t *serial)
{
	struct packet k;

	*serial = FORWARD_PROBE_SERIALS;
	if (packet_dissect(&k, frame, size) == -1 || !k.whole ||
	    k.family != p->family || memcmp(k.mac_src, p->remote_mac, 6) != 0 ||
	    (k.layers & PACKET_FRAGMENT) != 0)
		return FORWARD_NOTHING;
	if ((k.layers & PACKET_UDP) != 0)
		return read_datagram(p, &k, kind, serial);
	if ((k.layers & PACKET_ICMPV6) != 0 && k.icmp_type == TYPE_REDIRECT6)
		return read_redirect6(p, &k, kind);
	return read_error(p, &k, kind, serial);
}
