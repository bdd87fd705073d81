/*
 * engine_pool: a segment's pool of source addresses, and which of them are
 * lent (daemon/shared/pool.h; the warden puts them on the interface).
 */
#ifndef ASSAY_ENGINE_POOL_H
#define ASSAY_ENGINE_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/engine/engine_segment.h"
#include "daemon/shared/pool.h"

struct seg_pool *seg_pool_new(const struct conf_segment *conf);
void seg_pool_free(struct seg_pool *p); /* NULL is fine */

/* How many there are; *lent of them now. */
size_t seg_pool_count(const struct seg_pool *p, uint8_t family, size_t *lent);
/* Lends at most max of the addresses in subnet's prefix which are not lent and
 * which nobody on the segment has.  Returns how many are in list now. */
size_t seg_pool_lend(struct seg *seg, const struct conf_address *subnet,
    size_t max, struct conf_address *list);
void seg_pool_take_back(
    struct seg *seg, const struct conf_address *list, size_t n);
/* Somebody has this address: when it is lent, it is taken away, and the run
 * under way is told. */
void seg_pool_on_seen(
    struct seg *seg, const uint8_t mac[6], uint8_t family, const uint8_t *addr);

#endif
