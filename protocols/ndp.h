/*
 * ndp: Neighbour Discovery messages of IPv6.
 *
 * RFC 4861 sections 4 and 6.1, 7.1 (what a receiver must refuse), RFC 4862
 * section 5.4 (duplicate address detection).  Pure: views into the frame.
 */
#ifndef ASSAY_NDP_H
#define ASSAY_NDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocols/packet.h"

enum ndp_type {
	NDP_ROUTER_SOLICITATION = 133,
	NDP_ROUTER_ADVERTISEMENT = 134,
	NDP_NEIGHBOUR_SOLICITATION = 135,
	NDP_NEIGHBOUR_ADVERTISEMENT = 136,
};

#define NDP_PREFIXES_MAX 8 /* of one advertisement; more are not looked at */

struct ndp_prefix {            /* RFC 4861 section 4.6.2 */
	const uint8_t *prefix; /* 16 bytes */
	uint8_t bits;
	bool on_link, autonomous;
	uint32_t valid_s, preferred_s; /* 0xffffffff: for ever */
};

struct ndp {
	enum ndp_type type;
	const uint8_t *target;     /* solicitation, advertisement: 16 bytes */
	const uint8_t *source_mac; /* option 1, or NULL */
	const uint8_t *target_mac; /* option 2, or NULL */
	bool claims; /* solicitation from ::, a claim on target (RFC 4862) */
	bool router, solicited, override; /* neighbour advertisement */
	uint16_t router_lifetime_s; /* router advertisement; 0: no default */
	struct ndp_prefix prefixes[NDP_PREFIXES_MAX];
	size_t nprefixes;
};

/* p: a whole frame.  0, or -1 when it is not such a message or one that a
 * receiver must silently discard: hop limit not 255 (it came over a router),
 * bad checksum, bad code, a length of zero in an option, … */
int ndp_parse(struct ndp *n, const struct packet *p);

#endif
