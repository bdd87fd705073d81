/*
 * number_sequence: can the next number be guessed from the ones before?
 */
#include "protocols/number_sequence.h"

#include <string.h>

#define LINEAR_TRIES 16

/* Shell sort: no allocation (glibc's qsort may), and never quadratic on what a
 * device chose. */
static void
sort(uint64_t *v, size_t n)
{
	static const size_t gaps[] = { 3501, 1577, 701, 301, 132, 57, 23, 10, 4,
		1 };
	size_t g, i, k;
	uint64_t x;

	for (g = 0; g < sizeof(gaps) / sizeof(gaps[0]); g++)
		for (i = gaps[g]; i < n; i++) {
			x = v[i];
			for (k = i; k >= gaps[g] && v[k - gaps[g]] > x;
			     k -= gaps[g])
				v[k] = v[k - gaps[g]];
			v[k] = x;
		}
}

/* log2(x) * 1000, linear between powers of two; 0 for 0 and 1. */
static uint32_t
log2_milli(uint64_t x)
{
	uint32_t bits = 0;

	while (bits < 63 && x >> (bits + 1) != 0)
		bits++;
	if (x == 0)
		return 0;
	return bits * 1000 +
	    (uint32_t)((x - (UINT64_C(1) << bits)) * 1000 >> bits);
}

/* The narrowest arc of the circle of 2^32 with half of n sorted values. */
static uint32_t
narrowest_mbit(const uint64_t *sorted, size_t n)
{
	uint32_t width, best = UINT32_MAX;
	size_t i, half = (n + 1) / 2;

	if (n < 2)
		return 0;
	for (i = 0; i < n; i++) {
		width = (uint32_t)(sorted[(i + half - 1) % n] - sorted[i]);
		if (width < best)
			best = width;
	}
	return log2_milli((uint64_t)best + 1);
}

/* Over sorted values: pairs that are equal, how many distinct, and the value
 * seen most often. */
static uint64_t
equal_pairs(const uint64_t *sorted, size_t n, uint32_t *distinct,
    uint32_t *common, size_t *ncommon)
{
	uint64_t pairs = 0;
	size_t i, run = 0;

	*distinct = 0;
	*ncommon = 0;
	for (i = 0; i < n; i++) {
		run = i > 0 && sorted[i] == sorted[i - 1] ? run + 1 : 1;
		pairs += run - 1;
		*distinct += run == 1;
		if (run > *ncommon) {
			*ncommon = run;
			*common = (uint32_t)sorted[i];
		}
	}
	return pairs;
}

static uint32_t
step_at(const struct number_sample *s, size_t i)
{
	return s[i + 1].value - s[i].value;
}

/* The clock that half of the steps are slower than, and what is left of the
 * steps when it is taken off. */
static void
take_clock_off(
    struct number_stats *s, const struct number_sample *v, uint64_t *work)
{
	size_t i, n = 0;
	uint64_t dt;

	for (i = 0; i + 1 < s->samples; i++)
		if (v[i + 1].at_ns > v[i].at_ns)
			work[n++] = (uint64_t)step_at(v, i) *
			    UINT64_C(1000000000) /
			    (v[i + 1].at_ns - v[i].at_ns);
	sort(work, n);
	s->clock_hz = n == 0 ? 0 : work[n / 2];
	for (i = 0; i + 1 < s->samples; i++) {
		/* Split, so that neither product runs over. */
		dt = v[i + 1].at_ns < v[i].at_ns ? 0
						 : v[i + 1].at_ns - v[i].at_ns;
		dt = dt / 1000000000 * s->clock_hz +
		    dt % 1000000000 * (s->clock_hz / 1000) / 1000000;
		work[i] = (uint32_t)(step_at(v, i) - (uint32_t)dt);
	}
	sort(work, s->samples - 1);
	s->clock_mbit = narrowest_mbit(work, s->samples - 1);
}

/* The inverse of an odd number modulo 2^32, by Newton's method. */
static uint32_t
inverse(uint32_t x)
{
	uint32_t y = x;
	int i;

	for (i = 0; i < 5; i++)
		y *= 2 - x * y;
	return y;
}

/* Differences of x' = a*x + c follow d' = a*d: a is told by an odd d.  Of
 * several, since a lost answer makes a gap, which spoils two steps. */
static bool
is_linear(const struct number_sample *v, size_t n)
{
	uint32_t a;
	size_t i, k, good, tries = 0;

	if (n < NUMBER_LINEAR_MIN + 2)
		return false;
	for (i = 0; i + 2 < n && tries < LINEAR_TRIES; i++) {
		if (step_at(v, i) % 2 == 0)
			continue;
		tries++;
		a = step_at(v, i + 1) * inverse(step_at(v, i));
		good = 0;
		for (k = 0; k + 2 < n; k++)
			good += step_at(v, k + 1) == a * step_at(v, k);
		if (good * 2 > n)
			return true;
	}
	return false;
}

void
number_stats_of(struct number_stats *s, const struct number_sample *v, size_t n)
{
	uint64_t work[NUMBER_SAMPLES_MAX];
	uint32_t common = 0, distinct;
	size_t i, ncommon;

	memset(s, 0, sizeof(*s));
	if (n > NUMBER_SAMPLES_MAX)
		n = NUMBER_SAMPLES_MAX;
	s->samples = (uint32_t)n;
	for (i = 0; i < n; i++)
		work[i] = v[i].value;
	sort(work, n);
	s->repeats = equal_pairs(work, n, &s->distinct, &common, &ncommon);
	if (n < 2)
		return;
	for (i = 0; i + 1 < n; i++)
		work[i] = step_at(v, i);
	sort(work, n - 1);
	s->same_steps = equal_pairs(work, n - 1, &distinct, &s->step, &ncommon);
	s->step_permille = (uint32_t)(ncommon * 1000 / (n - 1));
	s->narrow_mbit = narrowest_mbit(work, n - 1);
	take_clock_off(s, v, work);
	s->linear = is_linear(v, n);
}

enum number_kind
number_kind_of(const struct number_stats *s)
{
	if (s->samples < NUMBER_MIN)
		return NUMBER_TOO_FEW;
	if (s->distinct == 1)
		return NUMBER_CONSTANT;
	if (s->step_permille > 500)
		return NUMBER_CONSTANT_STEP;
	/* The clock explains it when it leaves a quarter of the guesses. */
	if (s->clock_mbit < NUMBER_GUESSED_MBIT &&
	    s->clock_mbit + 2000 < s->narrow_mbit)
		return NUMBER_CLOCK;
	if (s->narrow_mbit < NUMBER_GUESSED_MBIT)
		return NUMBER_NARROW;
	if (s->repeats >= NUMBER_PAIRS_MIN)
		return NUMBER_REPEATS;
	if (s->linear)
		return NUMBER_LINEAR;
	if (s->same_steps >= NUMBER_PAIRS_MIN)
		return NUMBER_FEW_STEPS;
	if (s->narrow_mbit < NUMBER_HARD_MBIT ||
	    s->clock_mbit < NUMBER_HARD_MBIT)
		return NUMBER_WEAK;
	return NUMBER_HARD;
}

size_t
number_small_steps(const uint32_t *values, const bool *use, size_t n,
    unsigned bits, uint32_t max, size_t *steps)
{
	const uint32_t mask = bits == 16 ? 0xffff : UINT32_MAX;
	uint32_t d;
	size_t i, small = 0;

	*steps = 0;
	for (i = 1; i < n; i++) {
		if (use != NULL && !use[i])
			continue;
		d = (values[i] - values[i - 1]) & mask;
		++*steps;
		small += d != 0 && (d <= max || ((~d + 1) & mask) <= max);
	}
	return small;
}

uint32_t
number_narrow_mbit(const uint32_t *values, size_t n)
{
	uint64_t work[NUMBER_SAMPLES_MAX];
	size_t i;

	if (n > NUMBER_SAMPLES_MAX)
		n = NUMBER_SAMPLES_MAX;
	for (i = 0; i < n; i++)
		work[i] = values[i];
	sort(work, n);
	return narrowest_mbit(work, n);
}
