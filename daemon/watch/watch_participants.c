/*
 * watch_participants: who is on the segment: MACs and their addresses.
 *
 * The table is small and fixed (256 MACs of 16 addresses), so it is searched
 * from end to end; nothing in it grows with what strangers send.
 */
#include "daemon/watch/watch_participants.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "daemon/watch/watch_link.h"

struct participant {
	bool used, pinned;
	uint8_t mac[6];
	char name[WATCH_PARTICIPANT_NAME_MAX + 1];
	uint64_t last_ns;
	struct watch_held held[WATCH_PARTICIPANT_ADDRESSES_MAX];
	size_t nheld;
};

struct watch_participants {
	uint8_t own_mac[6];
	struct watch_participants_hooks hooks;
	void *arg;
	struct participant all[WATCH_PARTICIPANTS_MAX];
};

struct watch_participants *
watch_participants_new(const uint8_t *own_mac,
    const struct watch_participants_hooks *hooks, void *arg)
{
	struct watch_participants *t = xcalloc(1, sizeof(*t));

	memcpy(t->own_mac, own_mac, 6);
	t->hooks = *hooks;
	t->arg = arg;
	return t;
}

void
watch_participants_free(struct watch_participants *t)
{
	free(t);
}

static struct participant *
find(const struct watch_participants *t, const uint8_t *mac)
{
	size_t i;

	for (i = 0; i < WATCH_PARTICIPANTS_MAX; i++)
		if (t->all[i].used && memcmp(t->all[i].mac, mac, 6) == 0)
			return (struct participant *)(uintptr_t)&t->all[i];
	return NULL;
}

static struct watch_held *
find_held(struct participant *p, uint8_t family, const uint8_t *addr)
{
	size_t i;

	for (i = 0; i < p->nheld; i++)
		if (p->held[i].family == family &&
		    memcmp(p->held[i].addr, addr, watch_addr_size(family)) == 0)
			return &p->held[i];
	return NULL;
}

static void
lose(struct watch_participants *t, struct participant *p, struct watch_held *h,
    const char *why)
{
	struct watch_held gone = *h;
	size_t at = (size_t)(h - p->held);

	p->nheld--;
	memmove(h, h + 1, (p->nheld - at) * sizeof(*h));
	t->hooks.on_gone(t->arg, p->mac, gone.family, gone.addr, why);
}

static void
forget(struct watch_participants *t, struct participant *p)
{
	while (p->nheld > 0)
		lose(t, p, &p->held[p->nheld - 1], "too many participants");
	memset(p, 0, sizeof(*p));
}

/* The participant mac, made if need be in place of the one seen least lately.
 * NULL: no host has such a MAC, or every place is pinned. */
static struct participant *
take(struct watch_participants *t, const uint8_t *mac)
{
	static const uint8_t zero[6] = { 0 };
	struct participant *p = find(t, mac), *oldest = NULL;
	size_t i;

	if (p != NULL)
		return p;
	if ((mac[0] & 1) != 0 || memcmp(mac, zero, 6) == 0 ||
	    memcmp(mac, t->own_mac, 6) == 0)
		return NULL;
	for (i = 0; i < WATCH_PARTICIPANTS_MAX; i++) {
		p = &t->all[i];
		if (!p->used) {
			oldest = p;
			break;
		}
		if (!p->pinned &&
		    (oldest == NULL || p->last_ns < oldest->last_ns))
			oldest = p;
	}
	if (oldest == NULL)
		return NULL;
	if (oldest->used)
		forget(t, oldest);
	oldest->used = true;
	memcpy(oldest->mac, mac, 6);
	return oldest;
}

static struct watch_held *
take_held(struct watch_participants *t, struct participant *p, uint8_t family,
    const uint8_t *addr)
{
	struct watch_held *h, *oldest = &p->held[0];
	size_t i;

	if (p->nheld == WATCH_PARTICIPANT_ADDRESSES_MAX) {
		for (i = 1; i < p->nheld; i++)
			if (p->held[i].last_ns < oldest->last_ns)
				oldest = &p->held[i];
		lose(t, p, oldest, "too many addresses");
	}
	h = &p->held[p->nheld++];
	memset(h, 0, sizeof(*h));
	h->family = family;
	memcpy(h->addr, addr, watch_addr_size(family));
	return h;
}

static void
tell(struct watch_participants *t, struct participant *p, struct watch_held *h)
{
	h->told_ns = 0;
	if (t->hooks.on_seen(t->arg, p->mac, h, p->name))
		h->told_ns = h->last_ns;
}

static bool
see(struct watch_participants *t, struct participant *p, uint8_t family,
    const uint8_t *addr, const char *how, uint64_t stamp_ns)
{
	struct watch_held *h = find_held(p, family, addr);
	bool is_new = h == NULL;

	if (is_new) {
		h = take_held(t, p, family, addr);
		h->first_ns = stamp_ns;
	}
	/* Given by a server: that is more than seen in use. */
	if (is_new || strncmp(how, "dhcp", 4) == 0)
		snprintf(h->how, sizeof(h->how), "%s", how);
	if (stamp_ns > h->last_ns)
		h->last_ns = stamp_ns;
	if (stamp_ns > p->last_ns)
		p->last_ns = stamp_ns;
	if (h->told_ns == 0 ||
	    h->last_ns - h->told_ns >= WATCH_PARTICIPANT_AGAIN_NS)
		tell(t, p, h);
	return is_new;
}

/* Who but p holds the address. */
static struct participant *
other_holder(struct watch_participants *t, const struct participant *p,
    uint8_t family, const uint8_t *addr)
{
	size_t i;

	for (i = 0; i < WATCH_PARTICIPANTS_MAX; i++)
		if (t->all[i].used && &t->all[i] != p &&
		    find_held(&t->all[i], family, addr) != NULL)
			return &t->all[i];
	return NULL;
}

bool
watch_participants_hold(struct watch_participants *t, const uint8_t *mac,
    uint8_t family, const uint8_t *addr, const char *how, uint64_t stamp_ns)
{
	struct participant *p, *other;
	char by[18], why[64];

	if (!watch_addr_is_unicast(family, addr))
		return false;
	p = take(t, mac);
	if (p == NULL)
		return false;
	/* Who holds it already needs no search for another: there is none. */
	if (find_held(p, family, addr) == NULL) {
		other = other_holder(t, p, family, addr);
		snprintf(why, sizeof(why), "moved to %s (%s)",
		    watch_mac_format(mac, by), how);
		if (other != NULL)
			lose(t, other, find_held(other, family, addr), why);
	}
	return see(t, p, family, addr, how, stamp_ns);
}

bool
watch_participants_use(struct watch_participants *t, const uint8_t *mac,
    uint8_t family, const uint8_t *addr, const char *how, uint64_t stamp_ns)
{
	struct participant *p = find(t, mac);

	if (!watch_addr_is_unicast(family, addr))
		return false;
	if (p == NULL || find_held(p, family, addr) == NULL) {
		if (other_holder(t, p, family, addr) != NULL)
			return false;
		p = take(t, mac);
	}
	if (p == NULL)
		return false;
	return see(t, p, family, addr, how, stamp_ns);
}

bool
watch_participants_drop(struct watch_participants *t, const uint8_t *mac,
    uint8_t family, const uint8_t *addr, const char *why)
{
	struct participant *p = find(t, mac);
	struct watch_held *h = NULL;

	if (p != NULL)
		h = find_held(p, family, addr);
	if (h == NULL)
		return false;
	lose(t, p, h, why);
	return true;
}

void
watch_participants_name(struct watch_participants *t, const uint8_t *mac,
    const uint8_t *name, size_t size)
{
	struct participant *p = take(t, mac);
	size_t i;

	if (p == NULL)
		return;
	if (size > WATCH_PARTICIPANT_NAME_MAX)
		size = WATCH_PARTICIPANT_NAME_MAX;
	/* Nothing of it is judged here, but a C string ends at a NUL. */
	for (i = 0; i < size && name[i] != '\0'; i++)
		p->name[i] = (char)name[i];
	p->name[i] = '\0';
}

void
watch_participants_pin(
    struct watch_participants *t, const uint8_t *mac, bool pinned)
{
	struct participant *p = pinned ? take(t, mac) : find(t, mac);

	if (p != NULL)
		p->pinned = pinned;
}

const struct watch_held *
watch_participants_of(
    const struct watch_participants *t, const uint8_t *mac, size_t *n)
{
	const struct participant *p = find(t, mac);

	*n = p == NULL ? 0 : p->nheld;
	return p == NULL ? NULL : p->held;
}

bool
watch_participants_holds(const struct watch_participants *t, const uint8_t *mac,
    uint8_t family, const uint8_t *addr)
{
	struct participant *p = find(t, mac);

	return p != NULL && find_held(p, family, addr) != NULL;
}

void
watch_participants_tell_all(struct watch_participants *t)
{
	size_t i, j;

	for (i = 0; i < WATCH_PARTICIPANTS_MAX; i++)
		for (j = 0; t->all[i].used && j < t->all[i].nheld; j++)
			tell(t, &t->all[i], &t->all[i].held[j]);
}
