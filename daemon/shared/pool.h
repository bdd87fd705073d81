/*
 * pool: the addresses of a segment that are lent to jobs as sources.
 *
 * On an isolated segment the subnet is ours: what is neither the bench's, the
 * watch's nor given out by DHCP may be spoken from.  The list follows from
 * assayd.yaml alone, so warden and engine have the same one without a word.
 * Pure.
 *
 * IPv6 addresses of a pool share their last 24 bits, hence one solicited-node
 * group (RFC 4291 section 2.7.1): the segment sees one join, however many are
 * lent.
 */
#ifndef ASSAY_POOL_H
#define ASSAY_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenarios/conf.h"

#define POOL_MAX (2 * CONF_POOL_MAX) /* both families */

/* The address lies in subnet's prefix. */
bool pool_shares_subnet(
    const struct conf_address *subnet, uint8_t family, const uint8_t *addr);

/* IPv4, then IPv6; the subnets of a family (for IPv6 the link-local one, too)
 * have equal shares as far as they have room.  prefix is the subnet's.  Returns
 * how many. */
size_t pool_list(
    const struct conf_segment *segment, struct conf_address list[POOL_MAX]);

#endif
