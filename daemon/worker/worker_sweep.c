/*
 * worker_sweep: many like questions to one address, paced by its answers.
 *
 * Askings go out in groups.  A group is over when all of it is answered, or
 * when nothing has come for a while; then the share of its responder checks
 * that stayed unanswered says whether its silences mean anything, and how
 * fast the next group may go.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "daemon/worker/worker_chance.h"
#include "probes/probe.h"

#define MS 1000000ull
#define SECOND 1000000000ull
#define GROUP_MIN 32
#define GROUP_MAX 2048
#define CHECK_EVERY 64 /* questions between two checks, on average */
#define CHECK_AGAIN 16 /* the same, of questions that stayed unanswered */
#define CHECKS_TELL 8  /* checks before a loss is believed */
#define SEND_MAX 128   /* frames handed to the link in one go */
#define FRAME_MAX 128
#define START_PPS 4000
#define BLIND_PPS 8000 /* as long as nobody has answered */
#define TOP_PPS 1000000
#define LEAST_PPS 20
#define RESPONDERS_MAX 16
#define ASKINGS_MOST 40 /* of one question, believed or not */
#define NOISE 0.15      /* loss that is taken for the link's own */
#define DEAF 0.5        /* loss at which a group's silences mean nothing */
#define WAIT_LEAST (40 * MS)
#define WAIT_MOST SECOND
#define LINGER SECOND /* RFC 6298 section 2: a first answer takes no longer */
#define STALL_STEP (200 * MS)
#define FULL_STEP (MS / 5) /* until the link's queue is asked again */
#define NO_QUESTION 0xffffffffu

struct question {
	uint8_t state;    /* enum assay_sweep_state */
	uint8_t silences; /* believed ones */
	uint8_t askings;
};

struct asking { /* one per serial */
	uint32_t q;
	uint64_t at_ns;
	bool open, check, in_group;
};

struct assay_sweep {
	struct assay_job *job;
	struct assay_sweep_spec spec;
	struct question *questions;
	struct asking *askings; /* spec.serials of them */
	uint32_t *todo;         /* questions to ask this round, in order */
	uint32_t ntodo, next;   /* next: index into todo */
	uint16_t serial;
	uint32_t responders[RESPONDERS_MAX];
	unsigned nresponders, nliked, turn;
	struct assay_timer *timer;
	/* the group under way */
	uint32_t *group; /* its questions, as indices into todo */
	uint32_t ngroup, group_size, group_open, since_check, check_at;
	uint32_t group_checks, group_lost, group_answered;
	bool sending;     /* not all of the group is out yet */
	bool full;        /* the link did not take all of the last frames */
	uint64_t last_ns; /* of the last sending or answer */
	/* pace */
	double pps, ceiling;
	unsigned ceiling_groups; /* for how long the ceiling holds */
	bool has_slowed;
	uint32_t recent_checks, recent_lost; /* since the pace was last set */
	uint64_t round_checks, round_lost; /* of this round, believed or not */
	bool asks_again, lingers;          /* after the first round; the last */
	uint64_t dice;
	double tokens;
	uint64_t tokens_ns;
	uint64_t srtt_ns, rttvar_ns;
	/* a device that fell silent */
	bool unwell;
	uint64_t stalled_ns;      /* 0: it is not */
	enum assay_sweep_end end; /* 0: under way */
	struct assay_sweep_stats stats;
};

/* From the loop, once.  False, for those who end by it. */
static bool
finish(struct assay_sweep *s, enum assay_sweep_end end)
{
	if (s->end == 0) {
		s->end = end;
		assay_timer_set(s->timer, 0);
	}
	return false;
}

/* How many believed silences settle a question, at the loss that the checks
 * have shown: all of them, believed or not, or those that happened to come
 * through would make it look small; or this round's, if it was a bad one. */
static uint32_t
tries_needed(const struct assay_sweep *s)
{
	double loss = worker_chance_loss(s->stats.checks_lost, s->stats.checks);
	double round = (double)s->round_lost / (double)(s->round_checks + 1);

	return worker_chance_tries(loss > round ? loss : round);
}

/* ---- asking ---- */

static uint32_t
next_responder(struct assay_sweep *s)
{
	unsigned n = s->nliked > 0 ? s->nliked : s->nresponders;

	return n == 0 ? NO_QUESTION : s->responders[s->turn++ % n];
}

static void
add_responder(struct assay_sweep *s, uint32_t q, bool liked)
{
	unsigned i;

	for (i = 0; i < s->nresponders; i++)
		if (s->responders[i] == q)
			return;
	if (!liked) {
		if (s->nresponders < RESPONDERS_MAX)
			s->responders[s->nresponders++] = q;
		return;
	}
	/* The liked ones stand in front. */
	if (s->nliked == RESPONDERS_MAX)
		return;
	if (s->nresponders < RESPONDERS_MAX)
		s->nresponders++;
	s->responders[s->nresponders - 1] = s->responders[s->nliked];
	s->responders[s->nliked++] = q;
}

/* Writes one asking into frame; false: its serial is still in use. */
static size_t
ask(struct assay_sweep *s, uint32_t q, bool check, uint8_t *frame)
{
	struct asking *a = &s->askings[s->serial];

	a->q = q;
	a->at_ns = assay_now_ns(s->job);
	a->open = true;
	a->check = check;
	a->in_group = true;
	s->group_open++;
	if (check)
		s->group_checks++;
	else if (s->questions[q].askings < 255)
		s->questions[q].askings++;
	return s->spec.build(
	    s->job, s->spec.arg, q, s->serial++ % s->spec.serials, frame);
}

static void
unask(struct assay_sweep *s)
{
	struct asking *a;

	s->serial =
	    (uint16_t)((s->serial + s->spec.serials - 1) % s->spec.serials);
	a = &s->askings[s->serial];
	a->open = false;
	a->in_group = false;
	s->group_open--;
	if (a->check) {
		s->group_checks--;
		return;
	}
	s->questions[a->q].askings--;
	s->next = s->group[--s->ngroup];
	s->sending = true;
}

/* What is to be asked next in this group, or NO_QUESTION when it is all out.
 * Checks stand anywhere between the questions and at the end: a device that
 * drops what comes too fast takes the first of a group and drops the rest, so
 * a check at its start would show a loss that the questions do not have. */
static uint32_t
choose(struct assay_sweep *s, bool *check)
{
	uint32_t q;

	*check = false;
	if (s->since_check >= s->check_at ||
	    (s->ngroup == s->group_size && s->since_check > 0)) {
		s->since_check = 0;
		s->check_at = 1 +
		    worker_chance_roll(&s->dice,
			2 * (s->asks_again ? CHECK_AGAIN : CHECK_EVERY));
		q = next_responder(s);
		if (q != NO_QUESTION) {
			*check = true;
			return q;
		}
	}
	while (s->ngroup < s->group_size && s->next < s->ntodo) {
		q = s->todo[s->next++];
		if (s->questions[q].state >= ASSAY_SWEEP_ANSWERED)
			continue;
		s->questions[q].state = ASSAY_SWEEP_OPEN;
		s->group[s->ngroup++] = s->next - 1;
		s->since_check++;
		return q;
	}
	if (s->ngroup < s->group_size) {
		s->group_size = s->ngroup; /* the round is out */
		return choose(s, check);
	}
	return NO_QUESTION;
}

static void
refill(struct assay_sweep *s, uint64_t now)
{
	double most = s->has_slowed ? s->pps / 1000 : s->pps / 200;

	s->tokens += s->pps * (double)(now - s->tokens_ns) / (double)SECOND;
	s->tokens_ns = now;
	most = most < 1 ? 1 : most;
	s->tokens = s->tokens > most ? most : s->tokens;
}

/* Sends what the pace allows now.  False: the link is gone. */
static bool
send_some(struct assay_sweep *s)
{
	static uint8_t frames[SEND_MAX][FRAME_MAX];
	struct assay_buffer out[SEND_MAX];
	uint64_t now = assay_now_ns(s->job);
	uint32_t q = 0;
	size_t n = 0;
	bool check;
	int sent;

	refill(s, now);
	while (n < SEND_MAX && s->tokens >= 1) {
		q = choose(s, &check);
		if (q == NO_QUESTION) {
			s->sending = false;
			break;
		}
		out[n].data = frames[n];
		out[n].size = ask(s, q, check, frames[n]);
		s->serial %= s->spec.serials;
		s->tokens--;
		n++;
	}
	s->full = false;
	if (n == 0)
		return true;
	sent = assay_link_send(s->job, out, n);
	if (sent < 0)
		return false;
	s->stats.sent += (uint64_t)sent;
	s->last_ns = now;
	s->full = (size_t)sent < n;
	/* What the link did not take is asked again. */
	while (n > (size_t)sent) {
		unask(s);
		n--;
	}
	return true;
}

/* ---- groups ---- */

static uint64_t
wait_ns(const struct assay_sweep *s)
{
	uint64_t w = s->srtt_ns == 0
	    ? 250 * MS
	    : 2 * s->srtt_ns + 8 * s->rttvar_ns + 20 * MS;

	return w < WAIT_LEAST ? WAIT_LEAST : w > WAIT_MOST ? WAIT_MOST : w;
}

static void
start_group(struct assay_sweep *s)
{
	double size = s->has_slowed ? s->pps / 20 : s->pps / 200;

	/* While nobody has answered the wait is long, and cut short by the
	 * first answer. */
	if (s->nresponders == 0)
		size = s->pps / 4;
	s->group_size = size < GROUP_MIN ? GROUP_MIN
	    : size > GROUP_MAX           ? GROUP_MAX
					 : (uint32_t)size;
	if (s->group_size > s->spec.serials / 2u)
		s->group_size = s->spec.serials / 2u;
	s->ngroup = s->group_open = s->since_check = 0;
	s->group_checks = s->group_lost = s->group_answered = 0;
	s->check_at = 1 + worker_chance_roll(&s->dice, GROUP_MIN);
	s->sending = true;
	s->tokens_ns = assay_now_ns(s->job);
}

/* What is not settled, to be asked again. False: nothing is left to ask. */
static bool
start_round(struct assay_sweep *s)
{
	uint32_t need = tries_needed(s), q, answerless = 0;
	struct question *p;

	s->stats.tries = need;
	s->ntodo = 0;
	s->next = 0;
	for (q = 0; q < s->spec.count; q++) {
		p = &s->questions[q];
		if (p->state >= ASSAY_SWEEP_ANSWERED)
			continue;
		if (p->state == ASSAY_SWEEP_OPEN && p->silences >= need &&
		    need <= WORKER_CHANCE_TRIES_MOST) {
			p->state = ASSAY_SWEEP_SILENT;
			s->stats.silent++;
			continue;
		}
		answerless++;
		if (p->askings < ASKINGS_MOST)
			s->todo[s->ntodo++] = q;
	}
	s->round_checks = s->round_lost = 0;
	s->asks_again = true;
	/* Whose turn it is must not depend on the question: a burst that is
	 * dropped would be dropped again. */
	worker_chance_shuffle(&s->dice, s->todo, s->ntodo);
	if (answerless == 0) {
		/* Who is slow may still speak up. */
		s->lingers = true;
		assay_timer_set(s->timer, s->stats.silent == 0 ? 0 : LINGER);
		return false;
	}
	if (s->nresponders == 0 || s->ntodo == 0)
		return finish(s, ASSAY_SWEEP_UNSETTLED);
	/* Those that stayed silent are asked more gently. */
	s->pps = s->pps / 2 < LEAST_PPS ? LEAST_PPS : s->pps / 2;
	return true;
}

static void
slow_down(struct assay_sweep *s, double loss)
{
	double keep = 1 - loss;

	s->ceiling = s->pps * 0.9;
	s->ceiling_groups = 32;
	s->has_slowed = true;
	s->stats.slowed++;
	s->pps *= keep < 0.4 ? 0.4 : keep;
	if (s->pps < LEAST_PPS)
		s->pps = LEAST_PPS;
}

static void
speed_up(struct assay_sweep *s)
{
	double top = s->spec.max_pps != 0 ? (double)s->spec.max_pps : TOP_PPS;

	if (s->nresponders == 0 && top > BLIND_PPS)
		top = BLIND_PPS;
	if ((double)s->stats.max_pps < s->pps)
		s->stats.max_pps = (uint64_t)s->pps;
	if (s->stats.min_pps == 0 || (double)s->stats.min_pps > s->pps)
		s->stats.min_pps = (uint64_t)s->pps;
	s->pps *= s->has_slowed ? 1.1 : 2;
	if (s->ceiling_groups > 0) {
		s->ceiling_groups--;
		if (s->pps > s->ceiling)
			s->pps = s->ceiling;
	}
	if (s->pps > top)
		s->pps = top;
}

/* A few checks tell nothing: they are gathered over groups. */
static void
set_pace(struct assay_sweep *s)
{
	double loss;

	s->recent_checks += s->group_checks;
	s->recent_lost += s->group_lost;
	if (s->nresponders > 0 && s->recent_checks < CHECKS_TELL &&
	    s->recent_lost > 0)
		return;
	loss = s->recent_checks == 0
	    ? 0
	    : (double)s->recent_lost / (double)s->recent_checks;
	if (loss > NOISE)
		slow_down(s, loss);
	else
		speed_up(s);
	s->recent_checks = s->recent_lost = 0;
}

/* Every responder was silent for a whole group: is it gone? */
static void
stall(struct assay_sweep *s)
{
	if (s->stalled_ns == 0)
		s->stalled_ns = assay_now_ns(s->job);
	if (assay_now_ns(s->job) - s->stalled_ns > s->spec.patience_ns) {
		finish(s, ASSAY_SWEEP_GONE);
		return;
	}
	s->pps = s->pps / 4 < LEAST_PPS ? LEAST_PPS : s->pps / 4;
	s->has_slowed = true;
	/* A group with nothing in it but a check. */
	start_group(s);
	s->group_size = 0;
	s->since_check = 1;
	assay_timer_set(s->timer, STALL_STEP);
}

static void
close_askings(struct assay_sweep *s)
{
	uint32_t i;

	for (i = 0; i < s->spec.serials; i++) {
		if (s->askings[i].in_group && s->askings[i].open &&
		    s->askings[i].check)
			s->group_lost++;
		s->askings[i].in_group = false;
	}
}

/* The group's unanswered questions, beside responders that were heard. */
static void
count_silences(struct assay_sweep *s)
{
	uint32_t i;

	for (i = 0; i < s->ngroup; i++) {
		struct question *p = &s->questions[s->todo[s->group[i]]];

		if (p->state == ASSAY_SWEEP_OPEN && p->silences < 255)
			p->silences++;
	}
}

/* Knocking at a device that is away says nothing of the loss; the group in
 * which it went counts, lest the worst groups were left out. */
static void
count_checks(struct assay_sweep *s)
{
	if (s->stalled_ns != 0 && s->group_answered == 0)
		return;
	s->stats.checks += s->group_checks;
	s->stats.checks_lost += s->group_lost;
	s->round_checks += s->group_checks;
	s->round_lost += s->group_lost;
}

static void
end_group(struct assay_sweep *s)
{
	double loss = 0;
	bool deaf;

	close_askings(s);
	count_checks(s);
	if (s->group_checks > 0)
		loss = (double)s->group_lost / (double)s->group_checks;
	deaf = s->group_checks > 0 && s->group_lost == s->group_checks &&
	    s->group_answered == 0;
	if (deaf || s->unwell) {
		if (s->ngroup > 0) /* asked in vain: back in line */
			s->next = s->group[0];
		stall(s);
		return;
	}
	s->stalled_ns = 0;
	if (s->group_checks > 0 && loss < DEAF)
		count_silences(s);
	set_pace(s);
	assay_progress(s->job, s->stats.answered + s->stats.silent,
	    s->spec.count, "answered");
	if (s->next >= s->ntodo && !start_round(s))
		return;
	start_group(s);
	assay_timer_set(s->timer, 0);
}

/* Until the next sending: never a busy wait for a queue that is full. */
static uint64_t
pause_ns(const struct assay_sweep *s)
{
	if (s->full)
		return FULL_STEP;
	if (s->tokens >= 1)
		return 0;
	return (uint64_t)((1 - s->tokens) * (double)SECOND / s->pps) + 1;
}

static void
step(struct assay_sweep *s)
{
	uint64_t now, idle;

	if (s->end != 0)
		return;
	if (s->lingers) {
		finish(s, ASSAY_SWEEP_COMPLETE);
		return;
	}
	if (s->sending && !send_some(s)) {
		finish(s, ASSAY_SWEEP_GONE);
		return;
	}
	if (s->sending) {
		/* Back to the loop: answers are read between two sendings. */
		assay_timer_set(s->timer, pause_ns(s));
		return;
	}
	now = assay_now_ns(s->job);
	idle = now - s->last_ns;
	if (s->group_open == 0 || idle >= wait_ns(s))
		end_group(s);
	else
		assay_timer_set(s->timer, wait_ns(s) - idle);
}

static void
on_timer(struct assay_job *job, void *arg)
{
	struct assay_sweep *s = arg;

	if (s->end != 0)
		s->spec.on_end(job, s->spec.arg, s->end);
	else
		step(s);
}

/* ---- answers ---- */

static void
measure(struct assay_sweep *s, uint64_t rtt)
{
	uint64_t off;

	if (s->srtt_ns == 0) {
		s->srtt_ns = rtt;
		s->rttvar_ns = rtt / 2;
		return;
	}
	off = rtt > s->srtt_ns ? rtt - s->srtt_ns : s->srtt_ns - rtt;
	s->rttvar_ns += off / 4 - s->rttvar_ns / 4;
	s->srtt_ns += rtt / 8 - s->srtt_ns / 8;
}

static void
close_asking(struct assay_sweep *s, struct asking *a)
{
	a->open = false;
	if (a->in_group) {
		s->group_open--;
		s->group_answered++;
	}
	s->last_ns = assay_now_ns(s->job);
	measure(s, s->last_ns - a->at_ns);
}

void
assay_sweep_answer(
    struct assay_sweep *s, uint32_t q, uint16_t serial, bool liked)
{
	struct asking *a;
	struct question *p;

	if (s->end != 0 || q >= s->spec.count || serial >= s->spec.serials)
		return;
	a = &s->askings[serial];
	p = &s->questions[q];
	if (p->askings == 0)
		return;
	/* Late, its serial is another's by now: an answer all the same. */
	if (a->open && a->q == q)
		close_asking(s, a);
	if (p->state == ASSAY_SWEEP_SILENT)
		s->stats.silent--;
	if (p->state != ASSAY_SWEEP_ANSWERED)
		s->stats.answered++;
	p->state = ASSAY_SWEEP_ANSWERED;
	if (s->nresponders == 0)
		s->group_size = s->ngroup;
	if (liked || s->nresponders < RESPONDERS_MAX)
		add_responder(s, q, liked);
	/* The last one: no need to wait for the timer. */
	if (!s->sending && s->group_open == 0 && !s->lingers)
		assay_timer_set(s->timer, 0);
}

void
assay_sweep_health(struct assay_sweep *s, enum assay_health health)
{
	if (health == ASSAY_UP || health == ASSAY_SLOW)
		s->unwell = false;
	else if (health == ASSAY_DOWN || health == ASSAY_LINK_LOST)
		s->unwell = true;
}

void
assay_sweep_stop(struct assay_sweep *s)
{
	finish(s, ASSAY_SWEEP_GONE);
}

enum assay_sweep_state
assay_sweep_state(const struct assay_sweep *s, uint32_t q)
{
	return (enum assay_sweep_state)s->questions[q].state;
}

void
assay_sweep_stats(const struct assay_sweep *s, struct assay_sweep_stats *out)
{
	uint32_t q;

	*out = s->stats;
	out->rtt_ns = s->srtt_ns;
	out->asked = 0;
	for (q = 0; q < s->spec.count; q++)
		out->asked += s->questions[q].askings > 0;
}

/* ---- life ---- */

static void
fill_first_round(struct assay_sweep *s)
{
	bool *listed = xcalloc(s->spec.count, sizeof(*listed));
	uint32_t q;
	size_t i;

	for (i = 0; i < s->spec.nfirst; i++) {
		q = s->spec.first[i];
		if (q < s->spec.count && !listed[q])
			s->todo[s->ntodo++] = q;
		if (q < s->spec.count)
			listed[q] = true;
	}
	for (q = 0; q < s->spec.count; q++)
		if (!listed[q])
			s->todo[s->ntodo++] = q;
	free(listed);
}

struct assay_sweep *
assay_sweep_new(struct assay_job *job, const struct assay_sweep_spec *spec)
{
	struct assay_sweep *s = xcalloc(1, sizeof(*s));

	s->job = job;
	s->spec = *spec;
	s->questions = xcalloc(spec->count, sizeof(*s->questions));
	s->askings = xcalloc(spec->serials, sizeof(*s->askings));
	s->todo = xcalloc(spec->count, sizeof(*s->todo));
	s->group = xcalloc(GROUP_MAX, sizeof(*s->group));
	s->pps = spec->max_pps != 0 && spec->max_pps < START_PPS
	    ? (double)spec->max_pps
	    : START_PPS;
	s->dice = assay_random(job) | 1;
	s->timer = assay_timer_new(job, on_timer, s);
	fill_first_round(s);
	start_group(s);
	assay_timer_set(s->timer, 0);
	return s;
}

void
assay_sweep_free(struct assay_sweep *s)
{
	if (s == NULL)
		return;
	assay_timer_free(s->timer);
	free(s->questions);
	free(s->askings);
	free(s->todo);
	free(s->group);
	free(s);
}
