/*
 * worker_windows: how long a device was away, and there before that, in turn.
 *
 * A sleeper that is known is let sleep, but for the last fifth of its usual
 * nap; anything else is knocked at ever more seldom.
 */
#include "daemon/worker/worker_windows.h"

#define MS UINT64_C(1000000)
#define KNOCK_LEAST (100 * MS)
#define KNOCK_MOST (500 * MS)
#define SLEEPS_TELL 3 /* outages before it is taken for a sleeper */

static uint64_t
median(const uint64_t *values, unsigned n)
{
	uint64_t sorted[WORKER_WINDOWS], v;
	unsigned i, k;

	for (i = 0; i < n; i++) {
		v = values[i];
		for (k = i; k > 0 && sorted[k - 1] > v; k--)
			sorted[k] = sorted[k - 1];
		sorted[k] = v;
	}
	return n == 0 ? 0 : sorted[n / 2];
}

void
worker_windows_add(
    struct worker_windows *w, uint64_t back_ns, uint64_t since_ns, uint64_t now)
{
	const unsigned slot = w->n % WORKER_WINDOWS;

	w->asleep[slot] = now - since_ns;
	w->awake[slot] =
	    back_ns == 0 || back_ns > since_ns ? 0 : since_ns - back_ns;
	w->n++;
}

void
worker_windows_median(
    const struct worker_windows *w, uint64_t *asleep_ns, uint64_t *awake_ns)
{
	const unsigned n = w->n < WORKER_WINDOWS ? w->n : WORKER_WINDOWS;

	*asleep_ns = median(w->asleep, n);
	*awake_ns = median(w->awake, n);
}

bool
worker_windows_are_of_sleeper(const struct worker_windows *w)
{
	return w->n >= SLEEPS_TELL;
}

uint64_t
worker_windows_knock_ns(
    const struct worker_windows *w, bool is_sleeper, uint64_t away_ns)
{
	uint64_t step = away_ns / 4, asleep, awake;

	step = step < KNOCK_LEAST ? KNOCK_LEAST
	    : step > KNOCK_MOST   ? KNOCK_MOST
				  : step;
	if (!is_sleeper)
		return step;
	worker_windows_median(w, &asleep, &awake);
	asleep -= asleep / 5;
	if (away_ns + KNOCK_LEAST < asleep)
		return asleep - away_ns;
	return KNOCK_LEAST;
}
