/*
 * watch_claims: does anybody answer for an address that a job was lent?
 */
#include "daemon/watch/watch_claims.h"

#include <string.h>

#include "protocols/ndp.h"
#include "protocols/packet.h"

#define ARP_REPLY 2 /* RFC 826 */

bool
watch_claims_turn(struct watch_claims *c, const struct watch_link *l)
{
	const struct watch_claim *one;
	unsigned i;

	if (c->asked == c->n)
		return c->grace++ == WATCH_CLAIMS_GRACE;
	for (i = 0; i < WATCH_CLAIMS_AT_ONCE && c->asked < c->n; i++) {
		one = &c->list[c->asked++];
		(void)watch_link_ask(l, one->family, one->addr, NULL);
	}
	return false;
}

static bool
take(struct watch_claims *c, uint8_t family, const uint8_t *addr,
    const uint8_t *mac)
{
	struct watch_claim *one;
	size_t i;

	for (i = 0; i < c->n; i++) {
		one = &c->list[i];
		if (one->family != family ||
		    memcmp(one->addr, addr, watch_addr_size(family)) != 0)
			continue;
		if (!one->is_taken) {
			one->is_taken = true;
			memcpy(one->mac, mac, 6);
			c->taken++;
		}
		return true;
	}
	return false;
}

bool
watch_claims_on_frame(struct watch_claims *c, const struct watch_link *l,
    const uint8_t *frame, size_t size)
{
	struct packet p;
	struct ndp n;

	if (!c->is_open || packet_dissect(&p, frame, size) == -1 ||
	    memcmp(p.mac_src, l->mac, 6) == 0)
		return false;
	if (p.arp != NULL)
		return p.arp[6] == 0 && p.arp[7] == ARP_REPLY &&
		    take(c, 4, p.arp + 14, p.mac_src);
	return (p.layers & PACKET_ICMPV6) != 0 && ndp_parse(&n, &p) == 0 &&
	    n.type == NDP_NEIGHBOUR_ADVERTISEMENT &&
	    take(c, 6, n.target, p.mac_src);
}
