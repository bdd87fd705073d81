/*
 * capture_forward: which frames the watch gets to see.
 */
#include "daemon/capture/capture_forward.h"

#include "daemon/shared/canary.h"
#include "daemon/shared/wire.h"
#include "protocols/packet.h"

#define ICMP_ECHO_REPLY 0     /* RFC 792 */
#define ICMPV6_ECHO_REPLY 129 /* RFC 4443 */
#define ND_FIRST 133          /* RFC 4861: router solicitation … */
#define ND_LAST 137           /* … to redirect */

static bool
is_service_port(uint16_t port)
{
	return port == 67 || port == 68 || /* RFC 2131 */
	    port == 546 || port == 547;    /* RFC 8415 */
}

/* The many frames of a sweep, told without taking them apart: IPv4 without
 * options or fragments (RFC 791), or IPv6 without extensions (RFC 8200), with
 * TCP, or UDP between other ports. */
static bool
is_traffic(const uint8_t *p, size_t size)
{
	const uint8_t *udp;
	uint8_t next;

	if (size < 62) /* Ethernet, IPv6, and a UDP header */
		return false;
	if (p[12] == 0x08 && p[13] == 0x00 && p[14] == 0x45 &&
	    ((p[20] & 0x3f) | p[21]) == 0) {
		next = p[23];
		udp = p + 34;
	} else if (p[12] == 0x86 && p[13] == 0xdd && p[14] >> 4 == 6) {
		next = p[20];
		udp = p + 54;
	} else {
		return false;
	}
	if (next == 17)
		return !is_service_port((uint16_t)(udp[0] << 8 | udp[1])) &&
		    !is_service_port((uint16_t)(udp[2] << 8 | udp[3]));
	return next == 6;
}

bool
capture_forward_is_canary(const struct frame *f)
{
	struct canary c;

	return canary_read(f->data, f->size, &c);
}

bool
capture_forward_wants(const struct frame *f)
{
	struct packet p;

	if (is_traffic(f->data, f->size))
		return false;
	if (capture_forward_is_canary(f))
		return true;
	if (packet_dissect(&p, f->data, f->size) == -1)
		return false;
	if ((p.layers & PACKET_ARP) != 0)
		return true;
	if ((p.layers & PACKET_UDP) != 0)
		return is_service_port(p.port_src) ||
		    is_service_port(p.port_dst);
	if ((p.layers & PACKET_ICMP) != 0)
		return p.icmp_type == ICMP_ECHO_REPLY;
	if ((p.layers & PACKET_ICMPV6) != 0)
		return p.icmp_type == ICMPV6_ECHO_REPLY ||
		    (p.icmp_type >= ND_FIRST && p.icmp_type <= ND_LAST);
	return false;
}

void
capture_forward_put(struct msg_out *m, uint64_t position, const struct frame *f)
{
	size_t n =
	    f->size < CAPTURE_FORWARD_BYTES ? f->size : CAPTURE_FORWARD_BYTES;

	msg_start(m, WATCH_FRAME);
	msg_put_u64(m, position);
	msg_put_u64(m, f->stamp_ns);
	msg_put_u8(m, f->direction == FRAME_OUT);
	msg_put_bytes(m, f->data, n);
}
