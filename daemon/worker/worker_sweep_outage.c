/*
 * worker_sweep_outage: a device that is away for a while.
 *
 * Asleep, hung and rebooting look alike from here: nobody answers.  Nothing is
 * asked then but a knock now and then, and nothing that was in doubt counts.
 * What it did before tells how long to wait, and how fast to go on: one that
 * rebooted never so fast again, one that sleeps as before.
 */
#include <string.h>

#include "daemon/worker/worker_sweep_parts.h"

#define PLACE_TIMES 3
#define LATE_WORD (5 * WORKER_SWEEP_SECOND)
#define REBOOTS_MOST 20 /* whatever the pace: it cannot be asked */

static bool
is_sleeper(const struct assay_sweep *s)
{
	return worker_windows_are_of_sleeper(&s->outage.windows) &&
	    !s->outage.flaps;
}

static void
went(struct assay_sweep *s, uint64_t when)
{
	s->outage.since_ns = when;
	s->outage.rate_before = worker_sweep_rate(s);
	s->stats.outages++;
}

/* From 1, how often in a row it went at this place. */
bool
worker_sweep_is_fatal_place(struct assay_sweep *s, uint32_t place)
{
	struct sweep_outage *o = &s->outage;

	if (o->at != place || o->at_times == 0) {
		o->at = place;
		o->at_times = 0;
	}
	return ++o->at_times >= PLACE_TIMES;
}

bool
worker_sweep_is_away(struct assay_sweep *s, uint64_t now)
{
	struct sweep_outage *o = &s->outage;

	/* It was last there when it last answered. */
	if (o->since_ns == 0)
		went(s, s->heard_ns != 0 ? s->heard_ns : now);
	return now - o->since_ns <= s->spec.patience_ns &&
	    s->stats.reboots <= REBOOTS_MOST;
}

uint64_t
worker_sweep_knock_ns(const struct assay_sweep *s, uint64_t now)
{
	return worker_windows_knock_ns(
	    &s->outage.windows, is_sleeper(s), now - s->outage.since_ns);
}

void
worker_sweep_is_back(struct assay_sweep *s, uint64_t now)
{
	struct sweep_outage *o = &s->outage;
	const bool was_sleeper = is_sleeper(s);

	if (o->since_ns == 0)
		return;
	worker_windows_add(&o->windows, o->back_ns, o->since_ns, now);
	o->since_ns = 0;
	o->back_ns = now;
	s->pace.recent_checks = s->pace.recent_lost = 0;
	if (o->rebooted)
		worker_sweep_keep_below(s, o->rate_before);
	else if (!is_sleeper(s))
		worker_sweep_slow_down(s, 0.5);
	o->rebooted = false;
	/* It was asleep, not overwhelmed: the pace was lowered for nothing,
	 * and its windows are short. */
	if (!was_sleeper && is_sleeper(s)) {
		s->pace.has_slowed = false;
		s->pace.ceiling_groups = 0;
	}
}

static void
on_rebooted(struct assay_sweep *s)
{
	struct sweep_outage *o = &s->outage;
	uint64_t now = assay_now_ns(s->job);

	s->stats.reboots++;
	o->flaps = true;
	if (o->since_ns == 0 && o->windows.n > 0 &&
	    now - o->back_ns < LATE_WORD) {
		/* Of the outage that is just over. */
		worker_sweep_keep_below(s, o->rate_before);
		return;
	}
	o->rebooted = true;
	if (o->since_ns == 0)
		went(s, now);
}

void
assay_sweep_health(struct assay_sweep *s, enum assay_health health)
{
	struct sweep_outage *o = &s->outage;

	switch (health) {
	case ASSAY_UP:
		o->unwell = false;
		return;
	case ASSAY_SLOW:
		o->unwell = false;
		worker_sweep_slow_down(s, 0.3);
		return;
	case ASSAY_REBOOTED:
		on_rebooted(s);
		break;
	case ASSAY_LINK_LOST:
		o->flaps = true;
		o->unwell = true;
		break;
	case ASSAY_DOWN:
		o->unwell = true;
		break;
	case ASSAY_ADDRESS_CHANGED:
		return;
	}
	if (o->unwell && o->since_ns == 0)
		went(s, assay_now_ns(s->job));
	s->heard_position = 0; /* what is under way is in doubt */
}
