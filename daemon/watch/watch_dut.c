/*
 * watch_dut: one device that is observed.
 *
 * The hard truth: a device that does not answer one of its addresses may
 * answer another.  It is down only when none that could be asked answers.
 */
#include "daemon/watch/watch_dut.h"

#include <stdio.h>
#include <string.h>

#define ASKED_WHEN_SILENT 4 /* addresses per round */

static void
question(const struct watch_dut *d, const struct watch_link *l, uint8_t family,
    const uint8_t *addr)
{
	(void)watch_link_ask(l, family, addr, d->mac);
	(void)watch_link_ping(l, family, addr, d->mac, d->seq);
}

/* The one that answered last, if it still holds it; else the newest. */
static size_t
choose(const struct watch_dut *d, const struct watch_held *held, size_t n)
{
	size_t i, newest = 0;

	for (i = 0; i < n; i++) {
		if (d->last.family == held[i].family &&
		    memcmp(d->last.addr, held[i].addr,
			watch_addr_size(held[i].family)) == 0)
			return i;
		if (held[i].last_ns > held[newest].last_ns)
			newest = i;
	}
	return newest;
}

/* The old address has been asked and has kept silent, while its MAC goes by a
 * new one: it was replaced. */
static bool
judge_suspect(struct watch_dut *d, struct watch_participants *t)
{
	char was[46], is[46];

	if (d->suspect_rounds < WATCH_DUT_SUSPECT_ROUNDS)
		return false;
	d->has_suspect = false;
	if (!watch_participants_holds(t, d->mac, 4, d->successor))
		return false;
	if (!watch_participants_drop(
		t, d->mac, 4, d->suspect, "another took its place"))
		return false;
	snprintf(d->detail, sizeof(d->detail), "%s to %s",
	    watch_addr_format(4, d->suspect, was),
	    watch_addr_format(4, d->successor, is));
	return watch_health_on_address_changed(&d->health);
}

bool
watch_dut_is_due(const struct watch_dut *d, uint64_t now_ns)
{
	return now_ns - d->round_ns >=
	    (d->is_seldom ? WATCH_DUT_SELDOM_NS : WATCH_DUT_ROUND_NS);
}

bool
watch_dut_round(struct watch_dut *d, const struct watch_link *l,
    struct watch_participants *t, uint16_t seq, uint64_t now_ns)
{
	const struct watch_held *held;
	bool tell = false, silent;
	size_t i, n, first;

	if (d->has_suspect && d->health.silent == 0)
		tell = judge_suspect(d, t);
	held = watch_participants_of(t, d->mac, &n);
	silent = d->health.silent > 0;
	if (watch_health_on_round(&d->health, now_ns)) {
		snprintf(d->detail, sizeof(d->detail), "%s",
		    n == 0 ? "no address known" : "no answer to 3 questions");
		watch_rest_on_silence(&d->rest, now_ns);
		tell = true;
	}
	watch_rest_on_round(&d->rest, now_ns);
	d->seq = seq;
	d->round_ns = now_ns;
	if (d->has_suspect) {
		/* Silence of the whole device says nothing of one address. */
		d->suspect_rounds = silent ? 0 : d->suspect_rounds + 1;
		question(d, l, 4, d->suspect);
	}
	first = choose(d, held, n);
	for (i = 0; i < n && i < (silent ? ASKED_WHEN_SILENT : 1); i++)
		question(d, l, held[(first + i) % n].family,
		    held[(first + i) % n].addr);
	return tell;
}

/* What a round trip is told by: the echo, which names its question; a
 * neighbour answer only from a device that never echoed, and only while no
 * older question is open. */
static uint64_t
round_trip(struct watch_dut *d, const struct watch_sight *s, uint64_t stamp_ns)
{
	uint64_t rtt;

	if (stamp_ns <= d->round_ns)
		return 0;
	rtt = stamp_ns - d->round_ns;
	if (strcmp(s->how, "echo") == 0) {
		if (s->seq != d->seq)
			return 0;
		d->echoes = true;
		return rtt;
	}
	return d->echoes || d->health.silent != 1 ? 0 : rtt;
}

bool
watch_dut_on_answer(
    struct watch_dut *d, const struct watch_sight *s, uint64_t stamp_ns)
{
	uint64_t rtt;

	if (d->has_suspect && s->family == 4 &&
	    memcmp(s->addr, d->suspect, 4) == 0)
		d->has_suspect = false;
	rtt = round_trip(d, s, stamp_ns);
	if (stamp_ns >= d->round_ns) {
		d->last.family = s->family;
		memcpy(d->last.addr, s->addr, watch_addr_size(s->family));
	}
	watch_rest_on_answer(&d->rest, stamp_ns, rtt);
	if (!watch_health_on_answer(&d->health, stamp_ns, rtt))
		return false;
	snprintf(d->detail, sizeof(d->detail), "answers by %s", s->how);
	return true;
}

/* Short as it was, it says nothing of a boot; one in that time shows by more:
 * DHCP from its start, ARP. */
static bool
is_replugged(const struct watch_dut *d, uint64_t stamp_ns)
{
	return d->link_back_ns != 0 &&
	    d->link_back_ns - d->link_lost_ns < WATCH_DUT_REPLUG_NS &&
	    stamp_ns < d->link_back_ns + WATCH_DUT_REPLUG_NS;
}

bool
watch_dut_on_boot(struct watch_dut *d, const struct watch_participants *t,
    const struct watch_sight *s, uint64_t stamp_ns)
{
	/* A claim on an address never seen is a new address, no boot; nor is
	 * that on a known one other than link-local (RFC 8981 makes those all
	 * the time). */
	if (s->family != 0 &&
	    !watch_participants_holds(t, d->mac, s->family, s->addr))
		return false;
	if (s->family == 6 &&
	    (!watch_addr_is_link_local6(s->addr) || is_replugged(d, stamp_ns)))
		return false;
	if (!watch_health_on_boot(&d->health, stamp_ns))
		return false;
	watch_rest_on_boot(&d->rest, stamp_ns);
	snprintf(d->detail, sizeof(d->detail), "%s", s->why);
	return true;
}

/* Addresses that a DHCP server gave before: one lease at a time. */
static bool
drop_leases(
    struct watch_dut *d, struct watch_participants *t, const uint8_t *addr)
{
	const struct watch_held *held;
	char was[46], is[46];
	bool dropped = false;
	uint8_t old[4];
	size_t i, n;

	held = watch_participants_of(t, d->mac, &n);
	for (i = n; i-- > 0;) {
		if (held[i].family != 4 || strcmp(held[i].how, "dhcp") != 0 ||
		    memcmp(held[i].addr, addr, 4) == 0)
			continue;
		memcpy(old, held[i].addr, 4);
		snprintf(d->detail, sizeof(d->detail), "%s to %s",
		    watch_addr_format(4, old, was),
		    watch_addr_format(4, addr, is));
		dropped = true;
		(void)watch_participants_drop(
		    t, d->mac, 4, old, "dhcp gave another");
		held = watch_participants_of(t, d->mac, &n);
	}
	return dropped;
}

bool
watch_dut_on_new_address(struct watch_dut *d, struct watch_participants *t,
    const struct watch_sight *s)
{
	const struct watch_held *held;
	bool tell = false;
	size_t i, n;

	if (s->family != 4)
		return false;
	if (strcmp(s->how, "dhcp") == 0 && drop_leases(d, t, s->addr))
		tell = watch_health_on_address_changed(&d->health);
	held = watch_participants_of(t, d->mac, &n);
	for (i = 0; i < n; i++)
		if (held[i].family == 4 &&
		    memcmp(held[i].addr, s->addr, 4) != 0) {
			d->has_suspect = true;
			d->suspect_rounds = 0;
			memcpy(d->suspect, held[i].addr, 4);
			memcpy(d->successor, s->addr, 4);
		}
	return tell;
}

bool
watch_dut_on_link(struct watch_dut *d, bool up, uint64_t now_ns)
{
	if (up) {
		watch_rest_on_reconnect(&d->rest, now_ns);
		d->link_back_ns = now_ns;
	} else {
		d->link_lost_ns = now_ns;
	}
	snprintf(d->detail, sizeof(d->detail), "%s",
	    up ? "link is back" : "no carrier");
	return watch_health_on_link(&d->health, up);
}
