/*
 * selector_set: which of many selectors a frame matches, quickly.
 */
#include "captures/selector_set.h"

#include <stdlib.h>

#include "base/alloc.h"

#define NARROW_MOST 64 /* ports of a range that is looked up */

struct member {
	struct selector select;
	size_t index; /* as it was given */
};

struct selector_set {
	struct member *wide, *narrow;
	size_t nwide, nnarrow;
	uint64_t ports[65536 / 64]; /* the DUT's, that a narrow one names */
};

static bool
names(const struct selector_set *set, uint16_t port)
{
	return (set->ports[port / 64] >> port % 64 & 1) != 0;
}

/* It can match by the DUT's port alone, and wants few of them.  ICMP has no
 * ports and matches whatever they say. */
static bool
is_narrow(const struct selector *s)
{
	return s->proto != 1 && s->proto != 58 &&
	    (s->remote_first != 0 || s->remote_last != 0) &&
	    s->remote_first <= s->remote_last &&
	    s->remote_last - s->remote_first < NARROW_MOST;
}

/* Where a packet without extras has its ports: 0 for any other. */
static size_t
plain_ports_at(const uint8_t *p, size_t size)
{
	size_t at = 0;

	if (size >= 14 + 20 + 4 && p[12] == 0x08 && p[13] == 0x00 &&
	    p[14] == 0x45 && (p[20] & 0x3f) == 0 && p[21] == 0 &&
	    (p[23] == 6 || p[23] == 17))
		at = 14 + 20;
	else if (size >= 14 + 40 + 4 && p[12] == 0x86 && p[13] == 0xdd &&
	    (p[20] == 6 || p[20] == 17))
		at = 14 + 40;
	return at;
}

/* Port 0 stands for those of a packet that was cut off, too. */
bool
selector_set_may_match(
    const struct selector_set *set, const uint8_t *frame, size_t size)
{
	size_t at;

	if (set->nwide > 0 || names(set, 0))
		return true;
	at = plain_ports_at(frame, size);
	return at == 0 ||
	    names(set, (uint16_t)(frame[at] << 8 | frame[at + 1])) ||
	    names(set, (uint16_t)(frame[at + 2] << 8 | frame[at + 3]));
}

struct selector_set *
selector_set_new(const struct selector *selectors, size_t n)
{
	struct selector_set *set = xcalloc(1, sizeof(*set));
	struct member *m;
	uint32_t port;
	size_t i;

	set->wide = xcalloc(n, sizeof(*set->wide));
	set->narrow = xcalloc(n, sizeof(*set->narrow));
	for (i = 0; i < n; i++) {
		m = is_narrow(&selectors[i]) ? &set->narrow[set->nnarrow++]
					     : &set->wide[set->nwide++];
		m->select = selectors[i];
		m->index = i;
		if (!is_narrow(&selectors[i]))
			continue;
		for (port = selectors[i].remote_first;
		     port <= selectors[i].remote_last; port++)
			set->ports[port / 64] |= UINT64_C(1) << port % 64;
	}
	return set;
}

void
selector_set_free(struct selector_set *set)
{
	if (set == NULL)
		return;
	free(set->wide);
	free(set->narrow);
	free(set);
}

static size_t
match(const struct member *list, size_t n, const struct selector_view *v,
    size_t *out)
{
	size_t i, found = 0;

	for (i = 0; i < n; i++)
		if (selector_matches(&list[i].select, v))
			out[found++] = list[i].index;
	return found;
}

size_t
selector_set_match(
    const struct selector_set *set, const struct selector_view *v, size_t *out)
{
	size_t n = match(set->wide, set->nwide, v, out);

	if ((v->own.has_ports && names(set, v->own.port_remote)) ||
	    (v->has_quoted && v->quoted.has_ports &&
		names(set, v->quoted.port_remote)))
		n += match(set->narrow, set->nnarrow, v, out + n);
	return n;
}
