/*
 * tls_again: the lanes that ask once more, and what their answers mean.
 */
#include "protocols/tls_again.h"

#include "protocols/tls_lanes.h"

/* ---- asking ---- */

/* A server that may choke on a long hello hears another piece each round. */
static void
keep_piece(struct tls_lane *l, size_t round)
{
	const size_t all = tls_lane_suites();
	const size_t pieces =
	    (tls_lane_count(l) + TLS_LANE_SMALL - 1) / TLS_LANE_SMALL;
	size_t i, n = 0;

	for (i = 0; i < all; i++)
		if (tls_lane_has(l, i) &&
		    n++ / TLS_LANE_SMALL != round % pieces)
			tls_lane_set(l, i, false);
}

static void
ask_rest(struct tls_enumerate *e, uint8_t version, size_t round)
{
	const struct tls_version_taken *v = &e->versions[version];
	struct tls_lane rest = { .version = version }, *l;
	size_t i;

	if (v->taken != TLS_NOT_TAKEN &&
	    (v->taken != TLS_TAKEN || e->versions_only))
		return;
	if (version == SSL2 && (v->taken == TLS_TAKEN || !e->versions_only))
		return;
	tls_lane_fill(&rest);
	for (i = 0; i < v->n; i++)
		tls_lane_set(&rest, tls_lane_index(v->suites[i]), false);
	if (version != SSL2 && tls_lane_count(&rest) == 0)
		return;
	if (!e->takes_long && tls_lane_count(&rest) > TLS_LANE_SMALL)
		keep_piece(&rest, round);
	l = tls_lane_add(e, version);
	if (l == NULL)
		return;
	*l = rest;
	l->is_again = true;
}

/* All suites at once, of a version that was taken. */
static void
ask_first(struct tls_enumerate *e, uint8_t version)
{
	struct tls_lane *l;

	if (e->versions[version].of_all == 0)
		return;
	l = tls_lane_add(e, version);
	if (l == NULL)
		return;
	tls_lane_fill(l);
	l->is_first = true;
}

static void
ask_round(struct tls_enumerate *e, size_t round)
{
	const size_t n = TLS_ENUMERATE_VERSIONS;
	const bool is_forth = round % 2 == 0;
	uint8_t version;
	size_t i;

	for (i = 0; i < 2 * n; i++) {
		version = (uint8_t)((is_forth ? i : 2 * n - 1 - i) / 2);
		if ((i % 2 == 0) == is_forth)
			ask_first(e, version);
		else
			ask_rest(e, version, round);
	}
}

void
tls_again_ask(struct tls_enumerate *e)
{
	const size_t rounds =
	    e->versions_only ? TLS_AGAIN_VERSIONS : TLS_AGAIN_SUITES;
	bool any = false;
	size_t i;

	if (!e->wants_again || e->has_again || !e->is_tls ||
	    e->asked > TLS_AGAIN_MANY || !tls_enumerate_is_over(e))
		return;
	e->has_again = true;
	for (i = 0; i < TLS_ENUMERATE_VERSIONS; i++)
		any = any || e->versions[i].taken == TLS_TAKEN;
	for (i = 0; any && i < rounds; i++)
		ask_round(e, i);
}

/* ---- hearing ---- */

/* Nobody knows whom the others met. */
static void
doubt_all(struct tls_enumerate *e)
{
	struct tls_version_taken *v;
	size_t i;

	e->differs = true;
	for (i = 0; i < TLS_ENUMERATE_VERSIONS; i++) {
		v = &e->versions[i];
		v->incomplete = true;
		if (v->taken == TLS_NOT_TAKEN)
			v->taken = TLS_UNKNOWN;
	}
}

static void
hear_first(
    struct tls_enumerate *e, struct tls_lane *l, const struct tls_reply *r)
{
	const struct tls_version_taken *v = &e->versions[l->version];

	if (r->outcome == TLS_REFUSED ||
	    (r->outcome == TLS_CHOSE &&
		(r->version != v->version || r->suite != v->of_all)))
		doubt_all(e);
}

static void
hear_rest(
    struct tls_enumerate *e, struct tls_lane *l, const struct tls_reply *r)
{
	struct tls_version_taken *v = &e->versions[l->version];
	const size_t suite = tls_lane_index(r->suite);
	size_t i;

	if (r->outcome != TLS_CHOSE || r->version != v->version)
		return;
	if (l->version == SSL2) {
		doubt_all(e);
		if (v->nkinds == 0)
			tls_lane_name_kinds(v, r);
		return;
	}
	if (suite == tls_lane_suites() || !tls_lane_has(l, suite))
		return; /* it was not offered */
	doubt_all(e);
	v->taken = TLS_TAKEN;
	for (i = 0; i < v->n; i++)
		if (v->suites[i] == r->suite)
			return;
	v->suites[v->n++] = r->suite;
}

void
tls_again_hear(
    struct tls_enumerate *e, struct tls_lane *l, const struct tls_reply *r)
{
	l->is_over = true;
	if (l->is_first)
		hear_first(e, l, r);
	else
		hear_rest(e, l, r);
}
