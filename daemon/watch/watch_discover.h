/*
 * watch_discover: finding the addresses of one MAC, actively.
 *
 * IPv6: an echo request to all nodes from each of our addresses, a neighbour
 * solicitation to each address known, and for each interface identifier seen
 * (and the one made of the MAC) one in each of our prefixes.  IPv4: ARP for
 * each address known; when there is none, for every address of our subnets
 * (/22 and smaller), 500 a second.  What answers comes to the participants by
 * way of the capture; this only asks, and knows when it has asked enough.
 */
#ifndef ASSAY_WATCH_DISCOVER_H
#define ASSAY_WATCH_DISCOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/watch/watch_link.h"
#include "daemon/watch/watch_participants.h"

#define WATCH_DISCOVER_ASKED_MAX 128
#define WATCH_DISCOVER_LIMIT_NS 700000000ull /* after the last sweep packet */
#define WATCH_DISCOVER_QUIET_NS 300000000ull /* after the last find */
#define WATCH_DISCOVER_PACE_NS 2000000ull    /* a sweep packet: 500 a second */
#define WATCH_DISCOVER_PREFIX_MIN 22         /* no larger subnet is swept */

struct watch_discover {
	uint32_t request, dut;
	uint8_t mac[6];
	uint64_t begun_ns, found_ns; /* found: last new address; 0: none */
	bool active;
	bool sweeping;
	size_t sweep_subnet; /* index of the link's address being swept */
	uint32_t sweep_next; /* host number in it */
	uint64_t sweep_ns;   /* when its next packet is due */
	uint64_t swept_ns;   /* when the sweep ended, or begun_ns */
	uint8_t asked[WATCH_DISCOVER_ASKED_MAX][16]; /* IPv6 */
	size_t nasked;
};

/* Begins and sends the first questions.  Fill request, dut and mac first. */
void watch_discover_begin(struct watch_discover *d, const struct watch_link *l,
    const struct watch_participants *t, uint16_t seq, uint64_t now_ns);
/* An address of this MAC that was not known. */
void watch_discover_on_found(struct watch_discover *d,
    const struct watch_link *l, uint8_t family, const uint8_t *addr,
    uint64_t now_ns);
/* Sends what is due. To be called every 20 ms while active.  True: it has just
 * ended. */
bool watch_discover_on_time(
    struct watch_discover *d, const struct watch_link *l, uint64_t now_ns);

#endif
