/*
 * watch_discover: finding the addresses of one MAC, actively.
 */
#include "daemon/watch/watch_discover.h"

#include <string.h>

#include "protocols/bytes.h"

#define SWEEP_BURST 50 /* packets after a late timer, at most */

/* Once per discovery; to the group, as it is not known whose address it is. */
static void
solicit(
    struct watch_discover *d, const struct watch_link *l, const uint8_t *addr)
{
	size_t i;

	if (!watch_addr_is_unicast(6, addr))
		return;
	for (i = 0; i < d->nasked; i++)
		if (memcmp(d->asked[i], addr, 16) == 0)
			return;
	if (d->nasked == WATCH_DISCOVER_ASKED_MAX)
		return;
	memcpy(d->asked[d->nasked++], addr, 16);
	(void)watch_link_ask(l, 6, addr, NULL);
}

/* The last 64 bits of addr in each /64 of ours, link-local included (RFC 4291
 * section 2.5.1: interface identifiers are that long). */
static void
solicit_identifier(
    struct watch_discover *d, const struct watch_link *l, const uint8_t *addr)
{
	static const uint8_t link_local[8] = { 0xfe, 0x80 };
	uint8_t guess[16];
	size_t i;

	memcpy(guess + 8, addr + 8, 8);
	memcpy(guess, link_local, 8);
	solicit(d, l, guess);
	for (i = 0; i < l->naddresses; i++) {
		if (l->addresses[i].family != 6 || l->addresses[i].prefix != 64)
			continue;
		memcpy(guess, l->addresses[i].addr, 8);
		solicit(d, l, guess);
	}
}

/* RFC 4291 appendix A: modified EUI-64. */
static void
solicit_mac(struct watch_discover *d, const struct watch_link *l)
{
	uint8_t guess[16] = { [11] = 0xff, [12] = 0xfe };

	memcpy(guess + 8, d->mac, 3);
	memcpy(guess + 13, d->mac + 3, 3);
	guess[8] ^= 2;
	solicit_identifier(d, l, guess);
}

void
watch_discover_begin(struct watch_discover *d, const struct watch_link *l,
    const struct watch_participants *t, uint16_t seq, uint64_t now_ns)
{
	const struct watch_held *held;
	bool four = false;
	size_t i, n;

	d->active = true;
	d->begun_ns = d->sweep_ns = d->swept_ns = now_ns;
	d->found_ns = 0;
	d->nasked = 0;
	d->sweep_subnet = 0;
	d->sweep_next = 1;
	watch_link_ping_all(l, seq);
	held = watch_participants_of(t, d->mac, &n);
	for (i = 0; i < n; i++) {
		if (held[i].family == 6) {
			solicit(d, l, held[i].addr);
			solicit_identifier(d, l, held[i].addr);
			continue;
		}
		four = true;
		(void)watch_link_ask(l, 4, held[i].addr, NULL);
	}
	solicit_mac(d, l);
	d->sweeping = !four;
}

void
watch_discover_on_found(struct watch_discover *d, const struct watch_link *l,
    uint8_t family, const uint8_t *addr, uint64_t now_ns)
{
	if (!d->active)
		return;
	d->found_ns = now_ns;
	if (family == 6) {
		solicit_identifier(d, l, addr);
		return;
	}
	if (d->sweeping)
		d->swept_ns = now_ns;
	d->sweeping = false;
}

/* Asks for the next address of the sweep.  False: there is none left. */
static bool
sweep_one(struct watch_discover *d, const struct watch_link *l)
{
	const struct watch_address *a;
	uint32_t hosts, own;
	struct reader r;
	uint8_t addr[4];

	for (; d->sweep_subnet < l->naddresses;
	     d->sweep_subnet++, d->sweep_next = 1) {
		a = &l->addresses[d->sweep_subnet];
		if (a->family != 4 || a->prefix < WATCH_DISCOVER_PREFIX_MIN ||
		    a->prefix > 30)
			continue;
		hosts = (1u << (32 - a->prefix)) - 1; /* the last: broadcast */
		r = reader_over(a->addr, 4);
		own = reader_u32(&r);
		if ((own & hosts) == d->sweep_next)
			d->sweep_next++;
		if (d->sweep_next >= hosts)
			continue;
		put_u32(addr, (own & ~hosts) | d->sweep_next++);
		(void)watch_link_ask(l, 4, addr, NULL);
		return true;
	}
	return false;
}

static void
sweep(struct watch_discover *d, const struct watch_link *l, uint64_t now_ns)
{
	unsigned burst;

	for (burst = 0; burst < SWEEP_BURST && d->sweep_ns <= now_ns; burst++) {
		if (!sweep_one(d, l)) {
			d->sweeping = false;
			d->swept_ns = now_ns;
			return;
		}
		d->sweep_ns += WATCH_DISCOVER_PACE_NS;
	}
	/* What a late timer left over is not made up for at once. */
	if (d->sweep_ns < now_ns)
		d->sweep_ns = now_ns;
}

/* The last question deserves its time; then silence, or the limit. */
static bool
is_over(const struct watch_discover *d, uint64_t now_ns)
{
	if (now_ns < d->swept_ns + WATCH_DISCOVER_QUIET_NS)
		return false;
	if (now_ns >= d->begun_ns + WATCH_DISCOVER_LIMIT_NS)
		return true;
	return d->found_ns != 0 &&
	    now_ns >= d->found_ns + WATCH_DISCOVER_QUIET_NS;
}

bool
watch_discover_on_time(
    struct watch_discover *d, const struct watch_link *l, uint64_t now_ns)
{
	if (!d->active)
		return false;
	if (d->sweeping)
		sweep(d, l, now_ns);
	if (d->sweeping && now_ns >= d->begun_ns)
		return false;
	if (now_ns >= d->begun_ns && !is_over(d, now_ns))
		return false;
	d->active = false;
	return true;
}
