/*
 * tls_enumerate: lanes of hellos, each offering what is left to it.
 *
 * A version begins as one lane.  A lane that keeps naming suites is split in
 * two, so that a distant server is asked several things at a time; each split
 * costs one more refusal, so there are few.  What is likely leaves its lane for
 * one of its own: the more guesses came true, the more are made at a time.
 */
#include "protocols/tls_enumerate.h"

#include <string.h>

#include "protocols/tls_again.h"
#include "protocols/tls_hello.h"
#include "protocols/tls_lanes.h"
#include "protocols/tls_names.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SPLITS_MAX 2
#define SPLITS_OF_OLD 0 /* of a version before TLS 1.2 */
#define GUESSES_MAX 12  /* under way */
#define WRONG_MAX 3     /* then there are no more */
#define NAMED_FOR_ORDER 8
#define NAMED_TO_SPLIT 2
#define FAILURES_MAX 2 /* of one hello, then it is left */
#define UNHEARD_MAX 6  /* hellos to a port that never said anything of TLS */

static const uint16_t numbers[TLS_ENUMERATE_VERSIONS] = { TLS_SSL2, TLS_SSL3,
	TLS_10, TLS_11, TLS_12, TLS_13 };
/* Likely ones first: what a device speaks is known soonest. */
static const uint8_t begins_with[TLS_ENUMERATE_VERSIONS] = { V12, V13, V10, V11,
	SSL3, SSL2 };

void
tls_enumerate_begin(struct tls_enumerate *e, bool versions_only)
{
	size_t i;

	memset(e, 0, sizeof(*e));
	tls_likely_begin(&e->likely);
	e->versions_only = versions_only;
	for (i = 0; i < TLS_ENUMERATE_VERSIONS; i++)
		e->versions[i].version = numbers[i];
	for (i = 0; i < TLS_ENUMERATE_VERSIONS; i++)
		tls_lane_fill(tls_lane_add(e, begins_with[i]));
}

/* ---- asking ---- */

static size_t
list_suites(
    const struct tls_enumerate *e, const struct tls_lane *l, uint16_t *out)
{
	const struct tls_version_taken *v = &e->versions[l->version];
	const size_t all = tls_lane_suites();
	size_t i, n = 0;

	for (i = 0; i < all && !l->reversed; i++)
		if (tls_lane_has(l, i))
			out[n++] = tls_suite_id_at(i);
	for (i = all; i > 0 && l->reversed; i--)
		if (tls_lane_has(l, i - 1))
			out[n++] = tls_suite_id_at(i - 1);
	/* SSL 3 has no extension to ask for secure renegotiation by. */
	if (v->version == TLS_SSL3)
		out[n++] = TLS_SUITE_RENEGOTIATION_SCSV;
	return n;
}

/* 1.3 takes those that it may use, none of finite fields alone. */
static size_t
list_groups(uint16_t version, uint16_t *out)
{
	const struct tls_group *g;
	size_t i, n = 0;

	for (i = 0; i < tls_group_count(); i++) {
		g = tls_group_at(i);
		if (version == TLS_13 ? g->is_13 : !g->is_finite)
			out[n++] = g->id;
	}
	return n;
}

static size_t
list_signatures(uint16_t *out)
{
	size_t i;

	for (i = 0; i < tls_signature_count(); i++)
		out[i] = tls_signature_at(i)->id;
	return i;
}

static size_t
build(const struct tls_enumerate *e, const struct tls_lane *l,
    const uint8_t random[32], uint8_t *out, size_t size)
{
	static const uint16_t only_13[] = { TLS_13 };
	static const uint8_t compressions[] = { 1, 64, 0 }; /* RFC 3749, 3943 */
	uint16_t suites[TLS_ENUMERATE_SUITES + 1], groups[64], signatures[64];
	const uint16_t version = numbers[l->version];
	struct tls_hello_spec s = { .version = version,
		.suites = suites,
		.groups = groups,
		.signatures = signatures };

	memcpy(s.random, random, sizeof(s.random));
	s.nsuites = list_suites(e, l, suites);
	if (version < TLS_13) {
		s.compressions = compressions;
		s.ncompressions = COUNT(compressions);
	}
	if (version == TLS_SSL3)
		return tls_hello_build(&s, out, size);
	s.host = e->host;
	s.ngroups = list_groups(version, groups);
	s.renegotiation_info = s.extended_master_secret = version < TLS_13;
	if (version >= TLS_12)
		s.nsignatures = list_signatures(signatures);
	if (version == TLS_13) {
		s.version = TLS_12;
		s.versions = only_13;
		s.nversions = 1;
		s.key_share = s.psk_modes = true;
	}
	return tls_hello_build(&s, out, size);
}

static size_t
build_ssl2(const struct tls_enumerate *e, const uint8_t *random, uint8_t *out,
    size_t size)
{
	uint32_t kinds[8];
	size_t i, n = tls_ssl2_kind_count();

	(void)e;
	for (i = 0; i < n && i < COUNT(kinds); i++)
		kinds[i] = tls_ssl2_kind_at(i);
	return tls_hello_ssl2(kinds, i, random, out, size);
}

size_t
tls_enumerate_next(struct tls_enumerate *e, const uint8_t random[32],
    uint8_t *out, size_t size, uint32_t *tag)
{
	struct tls_lane *l;
	size_t i, n;

	/* The first answer may show that nobody here speaks TLS. */
	if (e->is_strange ||
	    (e->has_begun && e->asked == 1 && !e->is_tls &&
		e->lanes[0].under_way))
		return 0;
	for (i = 0; i < e->nlanes; i++) {
		l = &e->lanes[i];
		if (l->under_way || l->is_over)
			continue;
		n = l->version == SSL2 ? build_ssl2(e, random, out, size)
				       : build(e, l, random, out, size);
		if (n == 0) {
			l->is_over = true;
			continue;
		}
		l->under_way = e->has_begun = true;
		e->asked++;
		*tag = (uint32_t)i;
		return n;
	}
	return 0;
}

bool
tls_enumerate_is_over(const struct tls_enumerate *e)
{
	size_t i;

	for (i = 0; i < e->nlanes; i++)
		if (e->lanes[i].under_way ||
		    (!e->lanes[i].is_over && !e->is_strange && !e->is_mute))
			return false;
	return true;
}

/* ---- hearing ---- */

static void
is_refused(struct tls_version_taken *v)
{
	if (v->taken == TLS_UNASKED)
		v->taken = TLS_NOT_TAKEN;
}

static void
is_unknown(struct tls_version_taken *v)
{
	v->incomplete = true;
	if (v->taken != TLS_TAKEN)
		v->taken = TLS_UNKNOWN;
}

/* Every second one of what is left goes into a lane of its own. */
static void
split(struct tls_enumerate *e, struct tls_lane *l)
{
	const size_t all = tls_lane_suites();
	struct tls_lane *other;
	size_t i, n = 0, of_version = 0;

	for (i = 0; i < e->nlanes; i++)
		of_version += e->lanes[i].version == l->version;
	if (l->version == V13 || l->named < NAMED_TO_SPLIT ||
	    e->splits == SPLITS_MAX ||
	    (l->version < V12 && of_version > SPLITS_OF_OLD))
		return;
	other = tls_lane_add(e, l->version);
	if (other == NULL)
		return;
	e->splits++;
	other->is_small = l->is_small;
	l->named = 0;
	for (i = 0; i < all; i++)
		if (tls_lane_has(l, i) && n++ % 2 == 1) {
			tls_lane_set(l, i, false);
			tls_lane_set(other, i, true);
		}
}

/* Each into a lane of its own, as many as may be. */
static void
guess(struct tls_enumerate *e, struct tls_lane *l)
{
	const size_t all = tls_lane_suites();
	struct tls_lane *other;
	size_t i;

	if (l->is_small || l->version == V13)
		return;
	for (i = 0; i < all && e->wrong < WRONG_MAX; i++) {
		if (e->guesses == GUESSES_MAX || e->guesses > e->right / 2)
			return;
		if (!tls_lane_has(l, i) ||
		    !tls_likely_is(&e->likely, i, l->version == V12))
			continue;
		/* With nothing left it would have nothing to ask. */
		tls_lane_set(l, i, false);
		other =
		    tls_lane_count(l) == 0 ? NULL : tls_lane_add(e, l->version);
		if (other == NULL) {
			tls_lane_set(l, i, true);
			return;
		}
		other->is_guess = true;
		e->guesses++;
		tls_lane_set(other, i, true);
	}
}

static void
end_guess(struct tls_enumerate *e, struct tls_lane *l, bool is_right)
{
	if (!l->is_guess)
		return;
	l->is_guess = false;
	e->guesses--;
	if (is_right)
		e->right++;
	else
		e->wrong++;
}

static bool
is_asked(const struct tls_enumerate *e, uint8_t version)
{
	size_t i;

	for (i = 0; i < e->nlanes; i++)
		if (e->lanes[i].version == version && !e->lanes[i].is_over)
			return true;
	return false;
}

static bool
may_ask_order(const struct tls_enumerate *e, uint8_t version)
{
	const struct tls_version_taken *v = &e->versions[version];
	size_t i;

	for (i = 0; i < e->nlanes; i++)
		if (e->lanes[i].version == version &&
		    (e->lanes[i].reversed || e->lanes[i].is_small))
			return false;
	return v->n >= NAMED_FOR_ORDER || !is_asked(e, version);
}

/* Whose order counts, of the newest version that has several suites up to
 * 1.2, and of 1.3.  Some suites show it as well as all. */
static void
ask_order(struct tls_enumerate *e, uint8_t version)
{
	struct tls_version_taken *v = &e->versions[version];
	struct tls_lane *l;
	size_t i, first;

	if (!may_ask_order(e, version))
		return;
	if (v->n < 2 || v->order != TLS_ORDER_UNKNOWN || e->versions_only ||
	    (version < V12 && e->versions[version + 1].n > 0))
		return;
	first = tls_lane_index(v->suites[0]);
	/* The first hello had all of them: it took one behind another. */
	for (i = 1; i < v->n; i++)
		if (tls_lane_index(v->suites[i]) < first) {
			v->order = TLS_ORDER_SERVER;
			return;
		}
	l = tls_lane_add(e, version);
	if (l == NULL)
		return;
	l->reversed = true;
	for (i = 0; i < v->n; i++)
		tls_lane_set(l, tls_lane_index(v->suites[i]), true);
}

static void
end_lane(struct tls_enumerate *e, struct tls_lane *l)
{
	end_guess(e, l, false);
	l->is_over = true;
	if (!l->reversed)
		ask_order(e, l->version);
}

/* It took this before and does not any more: what it refused without a word
 * since then, nobody knows. */
static void
forget_wordless(struct tls_enumerate *e)
{
	struct tls_version_taken *v;
	size_t i;

	for (i = 0; i < TLS_ENUMERATE_VERSIONS; i++) {
		v = &e->versions[i];
		if (!v->wordless)
			continue;
		v->incomplete = true;
		if (v->taken == TLS_NOT_TAKEN)
			v->taken = TLS_UNKNOWN;
	}
}

/* The first suite of the newest version that was taken, once all is asked. */
static void
ask_control(struct tls_enumerate *e)
{
	const struct tls_version_taken *v;
	struct tls_lane *l;
	bool is_wanted = false;
	size_t i, with = 0;

	if (e->has_control || !e->is_tls || !tls_enumerate_is_over(e))
		return;
	for (i = 0; i < TLS_ENUMERATE_VERSIONS; i++) {
		is_wanted = is_wanted || e->versions[i].wordless;
		if (e->versions[i].n > 0)
			with = i;
	}
	v = &e->versions[with];
	if (!is_wanted || v->n == 0)
		return;
	e->has_control = true;
	l = tls_lane_add(e, (uint8_t)with);
	if (l == NULL) {
		forget_wordless(e);
		return;
	}
	l->is_control = true;
	tls_lane_set(l, tls_lane_index(v->suites[0]), true);
}

static void
hear_control(
    struct tls_enumerate *e, struct tls_lane *l, const struct tls_reply *r)
{
	const struct tls_version_taken *v = &e->versions[l->version];

	l->is_over = true;
	if (r->outcome == TLS_CHOSE && r->version == v->version &&
	    r->suite == v->suites[0])
		return;
	if (++l->failures < FAILURES_MAX)
		l->is_over = false; /* once more */
	else
		forget_wordless(e);
}

static void
name_suite(struct tls_enumerate *e, struct tls_lane *l, uint16_t suite)
{
	struct tls_version_taken *v = &e->versions[l->version];
	const size_t i = tls_lane_index(suite);

	if (i == tls_lane_suites() ||
	    !tls_lane_has(l, i)) { /* it was not offered */
		is_unknown(v);
		end_lane(e, l);
		return;
	}
	l->failures = 0;
	if (l->reversed) {
		v->order =
		    suite == v->suites[0] ? TLS_ORDER_SERVER : TLS_ORDER_CLIENT;
		l->is_over = true;
		return;
	}
	e->takes_long = e->takes_long || tls_lane_count(l) > TLS_LANE_SMALL;
	if (v->n == 0 && !l->is_small)
		v->of_all = suite;
	v->taken = TLS_TAKEN;
	v->suites[v->n++] = suite;
	tls_lane_set(l, i, false);
	l->named++;
	tls_likely_took(&e->likely, i);
	end_guess(e, l, true);
	if (e->versions_only || tls_lane_count(l) == 0) {
		end_lane(e, l);
		return;
	}
	split(e, l);
	guess(e, l);
	ask_order(e, l->version);
}

static void
hear_kinds(
    struct tls_enumerate *e, struct tls_lane *l, const struct tls_reply *r)
{
	l->is_over = true;
	tls_lane_name_kinds(&e->versions[SSL2], r);
}

/* The same in small hellos: a lane for each piece of what is left. */
static void
ask_small(struct tls_enumerate *e, struct tls_lane *l)
{
	const size_t all = tls_lane_suites();
	struct tls_lane *piece = NULL;
	size_t i, n = 0;

	l->is_over = true;
	for (i = 0; i < all; i++) {
		if (!tls_lane_has(l, i))
			continue;
		if (n++ % TLS_LANE_SMALL == 0)
			piece = tls_lane_add(e, l->version);
		if (piece == NULL) {
			is_unknown(&e->versions[l->version]);
			return;
		}
		piece->is_small = true;
		tls_lane_set(piece, i, true);
	}
}

/* A long first hello may have been choked on, unless this server has shown
 * that it takes such. */
static bool
may_have_choked(const struct tls_enumerate *e, const struct tls_lane *l,
    const struct tls_reply *r)
{
	return l->version != SSL2 && !l->is_small && !e->takes_long &&
	    tls_lane_count(l) > TLS_LANE_SMALL &&
	    !(r->outcome == TLS_REFUSED &&
		r->alert == TLS_ALERT_PROTOCOL_VERSION);
}

static void
hear_refusal(
    struct tls_enumerate *e, struct tls_lane *l, const struct tls_reply *r)
{
	if (l->reversed) {
		l->is_over = true; /* it had taken them: no order to be seen */
		return;
	}
	if (may_have_choked(e, l, r)) {
		ask_small(e, l);
		return;
	}
	is_refused(&e->versions[l->version]);
	end_lane(e, l);
}

/* An end without a word refuses when it comes twice; silence tells nothing.
 * But a server of SSL 2 that answers other hellos would have answered this. */
static void
hear_nothing(
    struct tls_enumerate *e, struct tls_lane *l, const struct tls_reply *r)
{
	const bool is_ssl2 = l->version == SSL2 && r->outcome != TLS_LOST;

	if (!e->is_tls && r->outcome != TLS_CLOSED &&
	    ++e->unheard == UNHEARD_MAX) {
		e->is_mute = true;
		return;
	}
	if (++l->failures < FAILURES_MAX &&
	    !(is_ssl2 && r->outcome == TLS_CLOSED))
		return; /* once more */
	l->failures = 0;
	if (r->outcome == TLS_CLOSED || (is_ssl2 && e->is_tls) ||
	    (r->outcome != TLS_LOST && may_have_choked(e, l, r))) {
		e->versions[l->version].wordless = true;
		hear_refusal(e, l, r);
		return;
	}
	if (!l->reversed)
		is_unknown(&e->versions[l->version]);
	end_lane(e, l);
}

static void
hear_answer(
    struct tls_enumerate *e, struct tls_lane *l, const struct tls_reply *r)
{
	const uint16_t version = numbers[l->version];

	if (r->outcome == TLS_CHOSE || r->outcome == TLS_REFUSED)
		e->is_tls = true;
	if (!e->is_tls && e->asked == 1 && r->outcome == TLS_STRANGE)
		e->is_strange = true;
	if (r->outcome == TLS_CHOSE && r->version == version &&
	    version == TLS_SSL2)
		hear_kinds(e, l, r);
	else if (r->outcome == TLS_CHOSE && r->version == version)
		name_suite(e, l, r->suite);
	else if (r->outcome == TLS_REFUSED ||
	    (r->outcome == TLS_CHOSE && r->version < version))
		hear_refusal(e, l, r);
	else
		hear_nothing(e, l, r);
}

void
tls_enumerate_hear(
    struct tls_enumerate *e, uint32_t tag, const struct tls_reply *r)
{
	struct tls_lane *l = &e->lanes[tag];

	l->under_way = false;
	if (l->is_again || l->is_first)
		tls_again_hear(e, l, r);
	else if (l->is_control)
		hear_control(e, l, r);
	else
		hear_answer(e, l, r);
	ask_control(e);
	tls_again_ask(e);
}
