/*
 * capture_forward: which frames the watch gets to see.
 */
#include "daemon/capture/capture_forward.h"

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

bool
capture_forward_wants(const struct frame *f)
{
	struct packet p;

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
