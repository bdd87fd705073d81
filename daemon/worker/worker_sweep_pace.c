/*
 * worker_sweep_pace: how fast a sweep goes.
 *
 * Answers lost, answers late and the watch's word slow it down; only answers
 * that came in time let it go faster.
 */
#include "daemon/worker/worker_sweep_parts.h"

#define START_PPS 4000
#define BLIND_PPS 8000 /* as long as nobody has answered */
#define TOP_PPS 1000000
#define CHECKS_TELL 8 /* checks before a loss is believed */
#define NOISE 0.15    /* loss that is taken for the link's own */
#define LATE 0.3      /* what late answers count for, as a loss */
#define LATE_NS (50 * WORKER_SWEEP_MS)
#define LATE_RTTS 4             /* answers before lateness is believed */
#define AT_EASE WORKER_SWEEP_MS /* it answers sooner than it could queue */
#define AT_EASE_RTTS 32         /* answers before that is believed */
#define WAIT_LEAST (40 * WORKER_SWEEP_MS)
#define WAIT_MOST WORKER_SWEEP_SECOND
#define FULL_STEP \
	(WORKER_SWEEP_MS / 5) /* until a full queue is tried again \
			       */
#define RATE_WINDOW (100 * WORKER_SWEEP_MS)
#define BELOW 0.7 /* of what made it reboot */

static double
at_least(double pps)
{
	return pps < WORKER_SWEEP_LEAST_PPS ? WORKER_SWEEP_LEAST_PPS : pps;
}

void
worker_sweep_pace_begin(struct assay_sweep *s)
{
	uint64_t max = s->spec.max_pps;

	s->pace.pps = max != 0 && max < START_PPS ? (double)max : START_PPS;
}

void
worker_sweep_refill(struct assay_sweep *s, uint64_t now)
{
	struct sweep_pace *p = &s->pace;
	double most = p->has_slowed ? p->pps / 1000 : p->pps / 200;

	p->tokens +=
	    p->pps * (double)(now - p->tokens_ns) / (double)WORKER_SWEEP_SECOND;
	p->tokens_ns = now;
	most = most < 1 ? 1 : most;
	p->tokens = p->tokens > most ? most : p->tokens;
}

void
worker_sweep_count_sent(struct assay_sweep *s, unsigned n, uint64_t now)
{
	struct sweep_pace *p = &s->pace;

	s->stats.sent += n;
	p->window_sent += n;
	if (p->window_ns == 0)
		p->window_ns = now;
	if (now - p->window_ns < RATE_WINDOW)
		return;
	p->rate_before = p->rate;
	p->rate = (double)p->window_sent * (double)WORKER_SWEEP_SECOND /
	    (double)(now - p->window_ns);
	if ((double)s->stats.reached_pps < p->rate)
		s->stats.reached_pps = (uint64_t)p->rate;
	p->window_ns = now;
	p->window_sent = 0;
}

void
worker_sweep_measure(struct assay_sweep *s, uint64_t rtt)
{
	struct sweep_pace *p = &s->pace;
	uint64_t off;

	p->group_rtt_ns += rtt;
	p->group_rtts++;
	if (p->srtt_ns == 0) {
		p->srtt_ns = rtt;
		p->rttvar_ns = rtt / 2;
		return;
	}
	off = rtt > p->srtt_ns ? rtt - p->srtt_ns : p->srtt_ns - rtt;
	p->rttvar_ns += off / 4 - p->rttvar_ns / 4;
	p->srtt_ns += rtt / 8 - p->srtt_ns / 8;
}

uint64_t
worker_sweep_wait_ns(const struct assay_sweep *s)
{
	uint64_t w = s->pace.srtt_ns == 0 ? 250 * WORKER_SWEEP_MS
					  : 2 * s->pace.srtt_ns +
		8 * s->pace.rttvar_ns + 20 * WORKER_SWEEP_MS;

	return w < WAIT_LEAST ? WAIT_LEAST : w > WAIT_MOST ? WAIT_MOST : w;
}

uint64_t
worker_sweep_pause_ns(const struct assay_sweep *s)
{
	if (s->full)
		return FULL_STEP;
	if (s->pace.tokens >= 1)
		return 0;
	return (uint64_t)((1 - s->pace.tokens) * (double)WORKER_SWEEP_SECOND /
		   s->pace.pps) +
	    1;
}

void
worker_sweep_slow_down(struct assay_sweep *s, double loss)
{
	struct sweep_pace *p = &s->pace;
	double keep = 1 - loss;

	p->ceiling = p->pps * 0.9;
	p->ceiling_groups = 32;
	p->has_slowed = true;
	s->stats.slowed++;
	p->pps = at_least(p->pps * (keep < 0.4 ? 0.4 : keep));
}

double
worker_sweep_rate(const struct assay_sweep *s)
{
	const struct sweep_pace *p = &s->pace;
	double rate = p->rate > p->rate_before ? p->rate : p->rate_before, now;
	uint64_t so_far = s->last_ns - p->window_ns;

	/* The window that is not over yet, when it is long enough to tell. */
	if (p->window_ns != 0 && s->last_ns > p->window_ns &&
	    so_far > RATE_WINDOW / 4) {
		now = (double)p->window_sent * (double)WORKER_SWEEP_SECOND /
		    (double)so_far;
		rate = now > rate ? now : rate;
	}
	return rate > 0 && rate < p->pps ? rate : p->pps;
}

void
worker_sweep_keep_below(struct assay_sweep *s, double rate)
{
	struct sweep_pace *p = &s->pace;

	s->stats.reboot_pps = (uint64_t)rate;
	/* It goes on at half the limit: when it was hardly asked at all, it is
	 * the last reboot that goes on, or one for a reason of its own. */
	if (rate < p->limit / 2)
		rate = p->limit;
	if (p->limit == 0 || rate * BELOW < p->limit)
		p->limit = at_least(rate * BELOW);
	p->pps = at_least(p->limit / 2);
	p->has_slowed = true;
	s->stats.slowed++;
	p->rate = p->rate_before = 0;
}

/* All of the group was answered, at once: it is not the device that the pace
 * is bound by. */
static bool
is_at_ease(const struct assay_sweep *s)
{
	const struct sweep_pace *p = &s->pace;

	return s->group_open == 0 && p->group_rtts >= AT_EASE_RTTS &&
	    p->group_rtt_ns / p->group_rtts < AT_EASE;
}

static void
speed_up(struct assay_sweep *s)
{
	struct sweep_pace *p = &s->pace;
	double top = s->spec.max_pps != 0 ? (double)s->spec.max_pps : TOP_PPS;

	if (s->nresponders == 0 && top > BLIND_PPS)
		top = BLIND_PPS;
	if (p->limit > 0 && top > p->limit)
		top = p->limit;
	if ((double)s->stats.max_pps < p->pps)
		s->stats.max_pps = (uint64_t)p->pps;
	if (s->stats.min_pps == 0 || (double)s->stats.min_pps > p->pps)
		s->stats.min_pps = (uint64_t)p->pps;
	p->pps *= p->has_slowed ? 1.1 : is_at_ease(s) ? 4 : 2;
	if (p->ceiling_groups > 0) {
		p->ceiling_groups--;
		if (p->pps > p->ceiling)
			p->pps = p->ceiling;
	}
	if (p->pps > top)
		p->pps = top;
}

/* Its answers take much longer than they did: it has more to do than it can,
 * though nothing is lost yet (or a queue on the way grows). */
static bool
is_late(struct assay_sweep *s)
{
	struct sweep_pace *p = &s->pace;
	uint64_t mean;

	if (p->group_rtts < LATE_RTTS)
		return false;
	mean = p->group_rtt_ns / p->group_rtts;
	if (p->least_rtt_ns == 0 || mean < p->least_rtt_ns)
		p->least_rtt_ns = mean;
	return mean > 4 * p->least_rtt_ns + LATE_NS;
}

/* A few checks tell nothing: they are gathered over groups. */
void
worker_sweep_set_pace(struct assay_sweep *s)
{
	struct sweep_pace *p = &s->pace;
	bool late = is_late(s);
	double loss;

	p->recent_checks += s->group_checks;
	p->recent_lost += s->group_lost;
	if (s->nresponders > 0 && p->recent_checks < CHECKS_TELL &&
	    p->recent_lost > 0)
		return;
	loss = p->recent_checks == 0
	    ? 0
	    : (double)p->recent_lost / (double)p->recent_checks;
	if (loss > NOISE)
		worker_sweep_slow_down(s, loss);
	else if (late)
		worker_sweep_slow_down(s, LATE);
	else
		speed_up(s);
	p->recent_checks = p->recent_lost = 0;
}
