/*
 * engine_pool: a segment's pool of source addresses, and which of them are
 * lent.
 *
 * The hard truth: on an isolated link, too, somebody may come with an address
 * of his own choice.  Whoever was seen with one has it; the pool gives way.
 */
#include "daemon/engine/engine_pool.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/engine/run.h"
#include "daemon/shared/wire_frames.h"

#define TAKEN_NS (600 * 1000000000ull) /* then it is tried again */

struct seg_pool {
	struct conf_address list[POOL_MAX];
	bool lent[POOL_MAX];
	uint64_t taken_ns[POOL_MAX]; /* somebody had it; 0: nobody */
	size_t n;
};

struct seg_pool *
seg_pool_new(const struct conf_segment *conf)
{
	struct seg_pool *p = xcalloc(1, sizeof(*p));

	p->n = pool_list(conf, p->list);
	return p;
}

void
seg_pool_free(struct seg_pool *p)
{
	free(p);
}

size_t
seg_pool_count(const struct seg_pool *p, uint8_t family, size_t *lent)
{
	size_t i, n = 0;

	*lent = 0;
	for (i = 0; i < p->n; i++) {
		if (p->list[i].family != family)
			continue;
		n++;
		if (p->lent[i])
			(*lent)++;
	}
	return n;
}

static bool
is_held(const struct seg *seg, const struct conf_address *a)
{
	const struct participant *p;
	unsigned i, j;

	for (i = 0; i < seg->nparticipants; i++) {
		p = &seg->participants[i];
		for (j = 0; j < p->naddresses; j++)
			if (p->addresses[j].family == a->family &&
			    memcmp(p->addresses[j].addr, a->addr, 16) == 0)
				return true;
	}
	return false;
}

/* Who answers for an address need not be one of those who are seen to live
 * there, so it is kept in mind here. */
static bool
is_taken(const struct seg_pool *p, size_t i)
{
	return p->taken_ns[i] != 0 &&
	    now_monotonic_ns() - p->taken_ns[i] < TAKEN_NS;
}

size_t
seg_pool_lend(struct seg *seg, const struct conf_address *subnet, size_t max,
    struct conf_address *list)
{
	struct seg_pool *p = seg->pool;
	size_t i, n = 0;

	for (i = 0; i < p->n && n < max; i++) {
		if (p->lent[i] || is_taken(p, i) ||
		    !pool_shares_subnet(
			subnet, p->list[i].family, p->list[i].addr) ||
		    is_held(seg, &p->list[i]))
			continue;
		p->lent[i] = true;
		list[n++] = p->list[i];
	}
	return n;
}

static size_t
find(const struct seg_pool *p, uint8_t family, const uint8_t *addr)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (p->list[i].family == family &&
		    memcmp(p->list[i].addr, addr, 16) == 0)
			break;
	return i;
}

void
seg_pool_take_back(struct seg *seg, const struct conf_address *list, size_t n)
{
	size_t i, at;

	for (i = 0; i < n; i++) {
		at = find(seg->pool, list[i].family, list[i].addr);
		if (at < seg->pool->n)
			seg->pool->lent[at] = false;
	}
}

void
seg_pool_on_seen(
    struct seg *seg, const uint8_t mac[6], uint8_t family, const uint8_t *addr)
{
	static struct msg_out m;
	char mac_t[18], addr_t[46];
	size_t at = find(seg->pool, family, addr);

	if (at == seg->pool->n || !seg->pool->lent[at])
		return;
	seg->pool->taken_ns[at] = now_monotonic_ns();
	log_warn("segment %s: %s of the pool is %s's", seg->conf->name,
	    address_text(family, addr, addr_t), mac_text(mac, mac_t));
	msg_start(&m, WARDEN_WITHDRAW);
	msg_put_u32(&m, seg->index);
	wire_put_address(&m, family, addr);
	peer_send(seg->engine->warden, &m, -1);
	if (seg->run != NULL)
		run_on_pool_conflict(seg->run, mac, family, addr);
}
