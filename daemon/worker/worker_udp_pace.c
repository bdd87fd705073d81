/*
 * worker_udp_pace: how fast a device may be asked for closed UDP ports, and
 * from how many of the bench's addresses.
 *
 * On a device that counts what it says (and not what it is asked), asking a
 * little faster than it answers costs nothing and wastes none of its answers:
 * the pace settles where some of the checks stay unheard.
 */
#include "daemon/worker/worker_udp_pace.h"

#include <string.h>

#define START_PPS 400
#define BLIND_PPS 1000 /* as long as nobody has answered */
#define TOP_PPS 20000
#define LEAST_PPS 1
#define NOISE 0.15      /* loss that is tolerated while most is unknown */
#define NOISE_AGAIN 0.1 /* later, when every silence counts */
#define TELL_CHECKS 16  /* few checks are gathered over epochs */
#define HELPED 0.6      /* of the loss there was */
#define USELESS_MOST 2
#define GROWTH 4
#define REST_EPOCHS 4
#define REST_MOST 128
#define CEILING_EPOCHS 8
#define SECONDS_OF_RATE 4 /* over which what is heard is averaged */
#define ABOVE_RATE 1.3    /* no faster than that: bursts saved up end soon */
#define BELOW_RATE 0.5
#define LINE_CHECKS 32
#define LINE_LEAST 0.08
#define LINE_MOST 0.4 /* loss that a line may have of its own */

static void
set_pps(struct worker_udp_pace *p, double pps)
{
	if (p->ceiling_epochs > 0 && pps > p->ceiling)
		pps = p->ceiling;
	if (pps > p->top)
		pps = p->top;
	p->pps = pps < LEAST_PPS ? LEAST_PPS : pps;
	p->changes++;
}

void
worker_udp_pace_init(
    struct worker_udp_pace *p, uint64_t max_pps, uint32_t sources)
{
	memset(p, 0, sizeof(*p));
	p->top = max_pps != 0 ? (double)max_pps : TOP_PPS;
	p->tolerance = NOISE;
	p->sources = 1;
	p->sources_max = sources == 0 ? 1 : sources;
	p->rest_next = REST_EPOCHS;
	set_pps(p, START_PPS);
}

static void
shrink(struct worker_udp_pace *p)
{
	p->sources = p->sources > GROWTH ? p->sources / GROWTH : 1;
	p->trial = false;
	p->rest = p->rest_next;
	if (p->rest_next < REST_MOST)
		p->rest_next *= 2;
}

/* Half as fast, and much is lost all the same: that is the line, not the
 * pace.  Far slower, and most is lost: too many addresses for the device. */
static void
learn_line(struct worker_udp_pace *p, const struct worker_udp_heard *h)
{
	double loss;

	if (p->slowed_pps == 0 || p->pps > p->slowed_pps / 2)
		return;
	p->low_checks += h->checks;
	p->low_lost += h->lost;
	if (p->low_checks < LINE_CHECKS)
		return;
	loss = (double)p->low_lost / (double)p->low_checks;
	p->low_checks = p->low_lost = 0;
	if (loss > LINE_MOST && p->pps > p->slowed_pps / 8)
		return;
	p->slowed_pps = 0;
	if (loss > LINE_MOST)
		shrink(p);
	if (loss < LINE_LEAST || loss > LINE_MOST)
		return;
	p->line_loss = loss;
	p->tolerance = loss + 0.1;
}

static void
slow_down(struct worker_udp_pace *p, double loss)
{
	const double keep = 1 - loss + p->tolerance / 2;
	double pps = p->pps * (keep < 0.3 ? 0.3 : keep);

	p->has_slowed = true;
	p->slowed++;
	if (p->sustained == 0)
		p->sustained = p->pps * (1 - loss);
	if (p->slowed_pps == 0 || p->pps > p->slowed_pps) {
		p->slowed_pps = p->pps;
		p->low_checks = p->low_lost = 0;
	}
	if (pps < p->sustained * BELOW_RATE)
		pps = p->sustained * BELOW_RATE;
	p->ceiling_epochs = 0;
	p->ceiling = p->pps * 0.95;
	set_pps(p, pps < p->pps ? pps : p->pps * 0.9);
	p->ceiling_epochs = CEILING_EPOCHS;
}

static void
speed_up(struct worker_udp_pace *p)
{
	const uint64_t pps = (uint64_t)p->pps;

	if (pps > p->max_pps)
		p->max_pps = pps;
	if (p->min_pps == 0 || pps < p->min_pps)
		p->min_pps = pps;
	if (p->ceiling_epochs > 0)
		p->ceiling_epochs--;
	if (!p->has_slowed)
		set_pps(p, p->pps * 2);
	else if (p->sustained == 0 || p->pps < p->sustained * ABOVE_RATE)
		set_pps(p, p->pps * (p->streak > 1 ? 1.3 : 1.15));
}

static void
grow(struct worker_udp_pace *p, double loss)
{
	if (p->useless == 0)
		p->sources_before = p->sources;
	p->loss_before = loss;
	p->trial = true;
	p->ceiling_epochs = 0;
	p->sustained = 0;
	p->sources_old = p->sources;
	p->sources = p->sources > p->sources_max / GROWTH ? p->sources_max
							  : p->sources * GROWTH;
	p->changes++;
}

/* What limits each address spares a fresh one.  If these were lost as the
 * others were, it is a limit on all, or a device that cannot remember so many
 * neighbours. */
static void
end_trial(struct worker_udp_pace *p, double loss, double fresh_loss)
{
	p->trial = false;
	if (loss <= p->tolerance || fresh_loss < p->loss_before * HELPED) {
		p->useless = 0;
		return;
	}
	if (++p->useless < USELESS_MOST && p->sources < p->sources_max)
		return;
	p->useless = 0;
	shrink(p);
	p->sources = p->sources_before;
}

static void
average(struct worker_udp_pace *p, double loss, uint64_t took_ns)
{
	const double seconds = (double)took_ns / 1e9;
	const double weight = seconds / (seconds + SECONDS_OF_RATE);

	if (p->sustained != 0)
		p->sustained += weight * (p->pps * (1 - loss) - p->sustained);
}

/* False: more is to be heard before anything is decided. */
static bool
gather(struct worker_udp_pace *p, const struct worker_udp_heard *h)
{
	p->recent.checks += h->checks;
	p->recent.lost += h->lost;
	p->recent.fresh += h->fresh;
	p->recent.fresh_lost += h->fresh_lost;
	return !p->has_slowed || p->recent.checks >= TELL_CHECKS ||
	    p->recent.lost > TELL_CHECKS / 2;
}

void
worker_udp_pace_hear(
    struct worker_udp_pace *p, const struct worker_udp_heard *h)
{
	struct worker_udp_heard *r = &p->recent;
	double loss;
	bool may_grow;

	average(p, (double)h->lost / (double)h->checks, h->took_ns);
	learn_line(p, h);
	if (!gather(p, h))
		return;
	loss = (double)r->lost / (double)r->checks;
	if (p->trial)
		end_trial(p, loss,
		    r->fresh == 0 ? loss
				  : (double)r->fresh_lost / (double)r->fresh);
	p->streak = r->lost == 0 ? p->streak + 1 : 0;
	memset(r, 0, sizeof(*r));
	if (p->rest > 0)
		p->rest--;
	may_grow = p->sources < p->sources_max && p->rest == 0;
	/* All is heard below the ceiling: would more addresses lift it? */
	if (loss <= p->tolerance &&
	    !(may_grow && p->ceiling_epochs > 0 && p->pps >= p->ceiling))
		speed_up(p);
	else if (may_grow)
		grow(p, loss);
	else
		slow_down(p, loss);
}

void
worker_udp_pace_blind(struct worker_udp_pace *p)
{
	if (p->pps < BLIND_PPS)
		set_pps(p, p->pps * 1.3 > BLIND_PPS ? BLIND_PPS : p->pps * 1.3);
}

void
worker_udp_pace_again(struct worker_udp_pace *p)
{
	if (p->line_loss == 0)
		p->tolerance = NOISE_AGAIN;
	p->slowed_pps = 0;
	memset(&p->recent, 0, sizeof(p->recent));
	if (p->has_slowed)
		set_pps(p, p->pps * 0.8);
}

void
worker_udp_pace_revive(struct worker_udp_pace *p)
{
	p->has_slowed = true;
	p->trial = false;
	p->sources = p->sources > 4 ? p->sources / 4 : 1;
	set_pps(p, p->pps / 4);
}

void
worker_udp_pace_woke(struct worker_udp_pace *p, double pps)
{
	set_pps(p, pps);
}
