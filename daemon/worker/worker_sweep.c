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
#include "daemon/worker/worker_sweep_parts.h"
#include "probes/probe.h"

#define GROUP_MIN 32
#define GROUP_MAX 2048
#define CHECK_EVERY 64 /* questions between two checks, on average */
#define CHECK_AGAIN 16 /* the same, of questions that stayed unanswered */
#define SEND_MAX 128   /* frames handed to the link in one go */
#define FRAME_MAX 128
#define QUESTIONS_MAX 65536
#define SERIALS_MIN 2
#define ASKINGS_MOST 40 /* of one question, believed or not */
#define DEAF 0.5        /* loss at which a group's silences mean nothing */
#define LINGER \
	WORKER_SWEEP_SECOND /* RFC 6298 section 2: a first answer takes no \
			       longer */
#define NO_QUESTION 0xffffffffu

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
		if (s->nresponders < WORKER_SWEEP_RESPONDERS_MAX)
			s->responders[s->nresponders++] = q;
		return;
	}
	/* The liked ones stand in front. */
	if (s->nliked == WORKER_SWEEP_RESPONDERS_MAX)
		return;
	if (s->nresponders < WORKER_SWEEP_RESPONDERS_MAX)
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
	a->position = ++s->position;
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
		s->group_at[s->ngroup] = s->position + 1;
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

	worker_sweep_refill(s, now);
	while (n < SEND_MAX && s->pace.tokens >= 1) {
		q = choose(s, &check);
		if (q == NO_QUESTION) {
			s->sending = false;
			break;
		}
		out[n].data = frames[n];
		out[n].size = ask(s, q, check, frames[n]);
		s->serial %= s->spec.serials;
		s->pace.tokens--;
		n++;
	}
	s->full = false;
	if (n == 0)
		return true;
	sent = assay_link_send(s->job, out, n);
	if (sent < 0)
		return false;
	worker_sweep_count_sent(s, (unsigned)sent, now);
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

static void
start_group(struct assay_sweep *s)
{
	double pps = s->pace.pps;
	double size = s->pace.has_slowed ? pps / 20 : pps / 400;

	/* While nobody has answered the wait is long, and cut short by the
	 * first answer. */
	if (s->nresponders == 0)
		size = pps / 4;
	s->group_size = size < GROUP_MIN ? GROUP_MIN
	    : size > GROUP_MAX           ? GROUP_MAX
					 : (uint32_t)size;
	if (s->group_size > s->spec.serials / 2u)
		s->group_size = s->spec.serials / 2u;
	s->ngroup = s->group_open = s->since_check = 0;
	s->group_checks = s->group_lost = s->group_answered = 0;
	s->position = s->heard_position = 0;
	s->pace.group_rtt_ns = s->pace.group_rtts = 0;
	s->check_at = 1 + worker_chance_roll(&s->dice, GROUP_MIN);
	s->sending = true;
	s->pace.tokens_ns = assay_now_ns(s->job);
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
	s->pace.pps = s->pace.pps / 2 < WORKER_SWEEP_LEAST_PPS
	    ? WORKER_SWEEP_LEAST_PPS
	    : s->pace.pps / 2;
	return true;
}

/* Every responder was silent for a whole group: it is knocked at until it is
 * there again. */
static void
stall(struct assay_sweep *s)
{
	uint64_t now = assay_now_ns(s->job);

	if (s->ngroup > 0 && !worker_sweep_is_fatal_place(s, s->group[0]))
		s->next = s->group[0]; /* asked in vain: back in line */
	if (!worker_sweep_is_away(s, now)) {
		finish(s, ASSAY_SWEEP_GONE);
		return;
	}
	/* A group with nothing in it but a check. */
	start_group(s);
	s->group_size = 0;
	s->since_check = 1;
	s->check_at = 1;
	assay_timer_set(s->timer, worker_sweep_knock_ns(s, now));
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

/* The group's unanswered questions, beside responders that were heard.  What
 * was asked after the last answer may have met a device that was away. */
static void
count_silences(struct assay_sweep *s)
{
	uint32_t i;

	for (i = 0; i < s->ngroup; i++) {
		struct question *p = &s->questions[s->todo[s->group[i]]];

		if (p->state == ASSAY_SWEEP_OPEN && p->silences < 255 &&
		    s->group_at[i] < s->heard_position)
			p->silences++;
	}
}

/* Knocking at a device that is away says nothing of the loss; the group in
 * which it went counts, lest the worst groups were left out. */
static void
count_checks(struct assay_sweep *s)
{
	if (s->outage.since_ns != 0 && s->group_answered == 0)
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
	if (deaf || s->outage.unwell) {
		stall(s);
		return;
	}
	/* The watch told of a reboot that went by unnoticed. */
	worker_sweep_is_back(s, assay_now_ns(s->job));
	if (s->group_checks > 0 && loss < DEAF)
		count_silences(s);
	worker_sweep_set_pace(s);
	assay_progress(s->job, s->stats.answered + s->stats.silent,
	    s->spec.count, "answered");
	if (s->next >= s->ntodo && !start_round(s))
		return;
	start_group(s);
	assay_timer_set(s->timer, 0);
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
	/* No more into a link or a device that is gone; a knock is. */
	if (s->sending && s->outage.unwell && s->group_size > 0)
		s->sending = false;
	if (s->sending && !send_some(s)) {
		finish(s, ASSAY_SWEEP_GONE);
		return;
	}
	if (s->sending) {
		/* Back to the loop: answers are read between two sendings. */
		assay_timer_set(s->timer, worker_sweep_pause_ns(s));
		return;
	}
	now = assay_now_ns(s->job);
	idle = now - s->last_ns;
	if (s->group_open == 0 || idle >= worker_sweep_wait_ns(s))
		end_group(s);
	else
		assay_timer_set(s->timer, worker_sweep_wait_ns(s) - idle);
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
close_asking(struct assay_sweep *s, struct asking *a)
{
	a->open = false;
	if (a->in_group) {
		s->group_open--;
		s->group_answered++;
		if (a->position > s->heard_position)
			s->heard_position = a->position;
	}
	s->last_ns = s->heard_ns = assay_now_ns(s->job);
	if (s->outage.back_ns == 0)
		s->outage.back_ns = s->last_ns;
	/* Asked after it went, so whatever the watch says: it is there. */
	if (s->outage.since_ns != 0 && a->at_ns > s->outage.since_ns) {
		s->outage.unwell = false;
		worker_sweep_is_back(s, s->last_ns);
	}
	worker_sweep_measure(s, s->last_ns - a->at_ns);
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
	if (liked || s->nresponders < WORKER_SWEEP_RESPONDERS_MAX)
		add_responder(s, q, liked);
	/* The last one: no need to wait for the timer. */
	if (!s->sending && s->group_open == 0 && !s->lingers)
		assay_timer_set(s->timer, 0);
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
	out->rtt_ns = s->pace.srtt_ns;
	worker_windows_median(
	    &s->outage.windows, &out->asleep_ns, &out->awake_ns);
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

/* What no probe may ask for is a failed job of one without questions. */
static void
take_spec(struct assay_sweep *s, const struct assay_sweep_spec *spec)
{
	s->spec = *spec;
	if (spec->count <= QUESTIONS_MAX && spec->serials >= SERIALS_MIN)
		return;
	assay_fail(s->job,
	    "bug of the probe: a sweep of %u questions, %u serials",
	    spec->count, spec->serials);
	s->spec.count = 0;
	s->spec.serials = SERIALS_MIN;
}

struct assay_sweep *
assay_sweep_new(struct assay_job *job, const struct assay_sweep_spec *spec)
{
	struct assay_sweep *s = xcalloc(1, sizeof(*s));

	s->job = job;
	take_spec(s, spec);
	s->questions = xcalloc(s->spec.count, sizeof(*s->questions));
	s->askings = xcalloc(s->spec.serials, sizeof(*s->askings));
	s->todo = xcalloc(s->spec.count, sizeof(*s->todo));
	s->group = xcalloc(GROUP_MAX, sizeof(*s->group));
	s->group_at = xcalloc(GROUP_MAX, sizeof(*s->group_at));
	worker_sweep_pace_begin(s);
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
	free(s->group_at);
	free(s);
}
