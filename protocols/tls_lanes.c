/*
 * tls_lanes: sets of suites, one bit each.
 */
#include "protocols/tls_lanes.h"

#include <string.h>

#include "protocols/tls_names.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

size_t
tls_lane_suites(void)
{
	const size_t n = tls_suite_count();

	return n < TLS_ENUMERATE_SUITES ? n : TLS_ENUMERATE_SUITES;
}

size_t
tls_lane_index(uint16_t suite)
{
	const size_t all = tls_lane_suites();
	size_t i;

	for (i = 0; i < all; i++)
		if (tls_suite_id_at(i) == suite)
			return i;
	return all;
}

struct tls_lane *
tls_lane_add(struct tls_enumerate *e, uint8_t version)
{
	struct tls_lane *l;

	if (e->nlanes == TLS_ENUMERATE_LANES)
		return NULL;
	l = &e->lanes[e->nlanes++];
	memset(l, 0, sizeof(*l));
	l->version = version;
	return l;
}

void
tls_lane_fill(struct tls_lane *l)
{
	const size_t all = tls_lane_suites();
	struct tls_suite s;
	size_t i;

	for (i = 0; i < all && l->version != SSL2; i++) {
		(void)tls_suite_of(tls_suite_id_at(i), &s);
		tls_lane_set(l, i,
		    s.is_13 == (l->version == V13) &&
			(l->version >= V12 || s.mode != TLS_MODE_AEAD));
	}
}

bool
tls_lane_has(const struct tls_lane *l, size_t i)
{
	return (l->left[i / 8] & 1 << i % 8) != 0;
}

void
tls_lane_set(struct tls_lane *l, size_t i, bool on)
{
	if (on)
		l->left[i / 8] = (uint8_t)(l->left[i / 8] | 1 << i % 8);
	else
		l->left[i / 8] = (uint8_t)(l->left[i / 8] & ~(1 << i % 8));
}

size_t
tls_lane_count(const struct tls_lane *l)
{
	const size_t all = tls_lane_suites();
	size_t i, n = 0;

	for (i = 0; i < all; i++)
		n += tls_lane_has(l, i);
	return n;
}

void
tls_lane_name_kinds(struct tls_version_taken *v, const struct tls_reply *r)
{
	const uint8_t *p = r->ssl2.kinds.p;
	size_t i;

	v->taken = TLS_TAKEN;
	for (i = 0; i + 3 <= r->ssl2.kinds.n && v->nkinds < COUNT(v->kinds);
	     i += 3)
		v->kinds[v->nkinds++] =
		    (uint32_t)p[i] << 16 | (uint32_t)p[i + 1] << 8 | p[i + 2];
}
