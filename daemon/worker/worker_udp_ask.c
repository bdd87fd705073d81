/*
 * worker_udp_ask: what a sweep of UDP ports sends, and which of it was heard.
 *
 * Askings are judged in epochs: so many known responders among so many
 * questions.  The share of those responders that was heard is all that is
 * known of the device's limits.
 */
#include "daemon/worker/worker_udp_sweep.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "daemon/worker/worker_chance.h"

#define MS UINT64_C(1000000)
#define SECOND UINT64_C(1000000000)
#define BURST (10 * MS) /* of the pace, in one go */
#define EPOCH_BLIND 32
#define EPOCH_LEAST (80 * MS) /* a burst hides what comes after it */
#define EPOCH_MOST 4096
#define CHECK_START 1 /* questions between two checks, on average */
#define CHECK_SLOW 3  /* below SLOW_PPS, lest an epoch takes for ever */
#define CHECK_EVERY 8
#define CHECKS_PPS 125 /* are enough */
#define SLOW_PPS 60
#define CHECK_AGAIN 4
#define ROUND_CHECKS 24 /* in a round of few questions */
#define ROUND_CHECKS_MOST 64
#define ROUND_CHECKS_ONE 8 /* the same from a single source */
#define DEAF 0.5           /* loss at which silences mean nothing */
#define OPEN_EVERY 8       /* of the checks, when others do as well */
#define WAIT_LEAST (40 * MS)
#define WAIT_FIRST (500 * MS) /* before any answer */
#define WAIT_MOST SECOND
#define TIRED 4         /* checks lost in a row */
#define SOURCE_LOST 4   /* checks */
#define STALL_SOURCES 4 /* those that have been heard */
#define FULL_STEP MS
#define KNOCK_STEP (10 * MS)

uint64_t
worker_udp_wait_ns(const struct assay_udp_sweep *s)
{
	uint64_t w = 2 * s->srtt_ns + 8 * s->rttvar_ns + 20 * MS;

	if (s->srtt_ns == 0)
		return WAIT_FIRST;
	return w < WAIT_LEAST ? WAIT_LEAST : w > WAIT_MOST ? WAIT_MOST : w;
}

bool
worker_udp_has_responder(const struct assay_udp_sweep *s)
{
	return s->nicmp > 0 || s->nopened > 0;
}

/* ---- epochs: askings that are judged together ---- */

static struct worker_udp_epoch *
epoch_now(struct assay_udp_sweep *s)
{
	struct worker_udp_epoch *e;

	if (s->nepochs > 0 && !s->epochs[s->nepochs - 1].sealed)
		return &s->epochs[s->nepochs - 1];
	if (s->nepochs == s->room) {
		s->room = s->room == 0 ? 64 : s->room * 2;
		s->epochs = xrealloc(s->epochs, s->room, sizeof(*s->epochs));
	}
	e = &s->epochs[s->nepochs++];
	memset(e, 0, sizeof(*e));
	e->changes = s->pace.changes;
	e->began_ns = assay_now_ns(s->job);
	return e;
}

bool
worker_udp_is_deaf(const struct worker_udp_epoch *e)
{
	return e->checks == 0 || (double)e->lost > DEAF * (double)e->checks;
}

/* What the device says a second while it keeps something back: its limit, as
 * far as that shows. */
static void
learn_limit(struct assay_udp_sweep *s, const struct worker_udp_epoch *e)
{
	const uint64_t took = assay_now_ns(s->job) - e->began_ns;

	if (!s->pace.has_slowed || e->lost == 0 || took < 50 * MS)
		return;
	s->icmp_pps = (e->icmp * SECOND + took / 2) / took;
	s->icmp_sources = s->pace.sources;
}

static void
end_epoch(struct assay_udp_sweep *s, struct worker_udp_epoch *e)
{
	const struct worker_udp_heard h = { e->checks, e->lost, e->fresh,
		e->fresh_lost, assay_now_ns(s->job) - e->began_ns };

	e->over = true;
	if (s->stalled_ns != 0)
		return;
	s->stats.checks += e->checks;
	s->stats.checks_lost += e->lost;
	if (!worker_udp_is_deaf(e)) {
		s->round_checks += e->checks;
		s->round_lost += e->lost;
	}
	/* Begun before the last change, it says nothing of the pace now. */
	if (e->changes != s->pace.changes)
		return;
	if (e->checks > 0) {
		learn_limit(s, e);
		worker_udp_pace_hear(&s->pace, &h);
	} else if (!worker_udp_has_responder(s)) {
		worker_udp_pace_blind(&s->pace);
	}
	if (s->pace.sources > s->sources_used)
		s->sources_used = s->pace.sources;
	/* What was begun before a change tells nothing of what is now. */
	if (s->nepochs > 0)
		s->epochs[s->nepochs - 1].sealed = true;
	/* Nothing is owing: a nap that begins later begins from here. */
	if (s->unheard == 0)
		worker_udp_nap_mark(s);
}

static void
seal(struct assay_udp_sweep *s, struct worker_udp_epoch *e)
{
	e->sealed = true;
	if (e->under_way == 0 && !e->over)
		end_epoch(s, e);
}

/* ---- asking ---- */

void
worker_udp_owe(struct worker_udp_question *p, uint64_t asked_ns)
{
	if (p->holds && p->owes_ns == 0)
		p->owes_ns = asked_ns;
}

void
worker_udp_close(
    struct assay_udp_sweep *s, struct worker_udp_asking *a, bool answered)
{
	struct worker_udp_epoch *e = &s->epochs[a->epoch];

	if (!a->open)
		return;
	a->open = false;
	e->under_way--;
	if (answered) {
		s->sources[a->source].heard = true;
		s->questions[a->q].lost_checks = 0;
	}
	if (!answered)
		worker_udp_owe(&s->questions[a->q], a->at_ns);
	if (a->check && !answered) {
		e->lost++;
		if (s->questions[a->q].lost_checks < 255)
			s->questions[a->q].lost_checks++;
		e->fresh_lost += a->fresh;
		if (s->sources[a->source].lost < 255)
			s->sources[a->source].lost++;
		s->unheard++;
		s->nap.open_lost += s->questions[a->q].answer == UDP_OPEN;
	}
	if (e->sealed && e->under_way == 0 && !e->over)
		end_epoch(s, e);
}

void
worker_udp_void(struct assay_udp_sweep *s, struct worker_udp_asking *a)
{
	struct worker_udp_epoch *e = &s->epochs[a->epoch];

	if (!a->open)
		return;
	a->open = false;
	e->under_way--;
	if (a->check) {
		e->checks--;
		e->fresh -= a->fresh;
	}
	if (e->sealed && e->under_way == 0 && !e->over)
		end_epoch(s, e);
}

/* Askings that have waited long enough. */
void
worker_udp_expire(struct assay_udp_sweep *s, uint64_t now)
{
	const uint64_t wait = worker_udp_wait_ns(s);
	struct worker_udp_asking *a;

	while (s->under_way > 0) {
		a = &s->askings[s->oldest];
		if (a->open && now - a->at_ns < wait)
			return;
		worker_udp_close(s, a, false);
		s->oldest = (uint16_t)((s->oldest + 1) % WORKER_UDP_SERIALS);
		s->under_way--;
	}
}

/* One that holds is asked from one port: before it is asked again, it is known
 * what became of the last time. */
static bool
is_waited_for(
    const struct assay_udp_sweep *s, const struct worker_udp_question *p)
{
	return p->holds && s->askings[p->serial].open &&
	    s->askings[p->serial].q == s->question[p->port] - 1;
}

/* A service may tire of being asked, which says nothing of the others: of
 * these, one that was heard of late, and holds nothing. */
static uint32_t
next_open(struct assay_udp_sweep *s)
{
	uint32_t i, q, at = worker_chance_roll(&s->dice, s->nopened);

	for (i = 0; i < s->nopened; i++) {
		q = s->opened[(at + i) % s->nopened];
		if (s->questions[q].lost_checks < TIRED &&
		    !s->questions[q].holds)
			return q;
	}
	return WORKER_UDP_NO_QUESTION;
}

/* Where there is no other. */
static uint32_t
next_holding(struct assay_udp_sweep *s)
{
	uint32_t i, q, at = worker_chance_roll(&s->dice, s->nopened);

	for (i = 0; i < s->nopened; i++) {
		q = s->opened[(at + i) % s->nopened];
		if (!is_waited_for(s, &s->questions[q]))
			return q;
	}
	return WORKER_UDP_NO_QUESTION;
}

/* NO_QUESTION: there is one, and its answer is waited for. */
static uint32_t
next_responder(struct assay_udp_sweep *s)
{
	uint32_t every = s->stalled_ns != 0 ? 2 : OPEN_EVERY;
	uint32_t q = WORKER_UDP_NO_QUESTION;

	if (!s->nap.echoes &&
	    worker_udp_nap_is_doubtful(s, assay_now_ns(s->job)))
		every = 1; /* nothing else can tell whether it is there */

	if (s->nopened > 0 &&
	    (s->nicmp == 0 || worker_chance_roll(&s->dice, every) == 0))
		q = next_open(s);
	if (q != WORKER_UDP_NO_QUESTION)
		return q;
	return s->nicmp > 0 ? s->icmp[worker_chance_roll(&s->dice, s->nicmp)]
			    : next_holding(s);
}

static uint32_t
check_every(const struct assay_udp_sweep *s)
{
	if (s->round > 1 && s->pace.pps <= CHECK_AGAIN * CHECKS_PPS)
		return CHECK_AGAIN;
	if (!s->pace.has_slowed && s->pace.pps < 1000)
		return CHECK_START;
	if (s->pace.pps < SLOW_PPS)
		return s->pace.pps < SLOW_PPS / 4.0 ? CHECK_START : CHECK_SLOW;
	return s->pace.pps > CHECK_EVERY * CHECKS_PPS
	    ? (uint32_t)(s->pace.pps / CHECKS_PPS)
	    : CHECK_EVERY;
}

static bool
wants_checks(const struct assay_udp_sweep *s)
{
	uint32_t want =
	    s->pace.sources_max == 1 ? ROUND_CHECKS_ONE : ROUND_CHECKS;

	return worker_udp_has_responder(s) && s->round_asked_checks < want;
}

/* What is to be asked next; or WORKER_UDP_NO_QUESTION: the round is out, or
 * (check) its last checks have to wait. */
static uint32_t
choose(struct assay_udp_sweep *s, bool *check)
{
	uint32_t q;

	*check = worker_udp_has_responder(s) &&
	    (s->stalled_ns != 0 || s->since_check >= s->check_at);
	if (*check) {
		q = next_responder(s);
		if (q != WORKER_UDP_NO_QUESTION) {
			s->since_check = 0;
			s->check_at = 1 +
			    worker_chance_roll(&s->dice, 2 * check_every(s));
			return q;
		}
		*check = false;
	}
	if (s->stalled_ns != 0)
		return WORKER_UDP_NO_QUESTION;
	while (s->next < s->ntodo) {
		q = s->todo[s->next++];
		if (s->questions[q].state != ASSAY_SWEEP_ANSWERED) {
			s->since_check++;
			return q;
		}
	}
	*check = wants_checks(s);
	return *check ? next_responder(s) : WORKER_UDP_NO_QUESTION;
}

/* The next one, but for those from which nothing was ever heard: a small
 * device knows few neighbours, and these are none of them. */
static uint16_t
next_source(struct assay_udp_sweep *s)
{
	const uint32_t most = s->stalled_ns != 0 ? STALL_SOURCES : UINT32_MAX;
	const uint32_t n = s->pace.sources < most ? s->pace.sources : most;
	uint32_t i, source = 0;

	for (i = 0; i < n; i++) {
		source = s->turn++ % n;
		if (s->sources[source].heard ||
		    s->sources[source].lost < SOURCE_LOST)
			break;
	}
	return (uint16_t)source;
}

/* Of those that hold, always the same; of one that says nothing to it, another
 * after a while. */
static bool
is_from_hold(const struct worker_udp_question *p, bool check)
{
	return p->holds && (check || p->askings < WORKER_UDP_HOLD_TRIES);
}

static uint16_t
choose_source(
    struct assay_udp_sweep *s, const struct worker_udp_question *p, bool check)
{
	uint16_t source;

	if (is_from_hold(p, check))
		return check ? p->source : 0;
	source = next_source(s);
	if (p->askings > 0 && source == p->source)
		source = next_source(s);
	return source;
}

static size_t
build(struct assay_udp_sweep *s, const struct worker_udp_question *p,
    const struct worker_udp_asking *a, uint8_t *frame)
{
	const struct assay_target *t = s->spec.target;
	const uint8_t *source = assay_source_at(s->job, t, a->source);
	const struct packet_ends e = { t->source_mac, t->mac, t->family,
		source != NULL ? source : t->source, t->addr };
	const uint16_t serial = is_from_hold(p, a->check) ? s->hold : s->serial;
	uint8_t payload[ASSAY_UDP_PAYLOAD_MAX];
	size_t n =
	    s->spec.payload(s->job, s->spec.arg, p->port, a->attempt, payload);

	return packet_build_udp(frame, &e,
	    (uint16_t)(ASSAY_UDP_SWEEP_SOURCE_FIRST + serial), p->port, payload,
	    n);
}

static size_t
ask(struct assay_udp_sweep *s, uint32_t q, bool check, uint8_t *frame)
{
	struct worker_udp_question *p = &s->questions[q];
	struct worker_udp_asking *a = &s->askings[s->serial];
	struct worker_udp_epoch *e = epoch_now(s);
	size_t size;

	a->q_before = a->q;
	a->before_ns = a->at_ns;
	a->q = q;
	a->source = choose_source(s, p, check);
	a->attempt = check ? p->heard_attempt : p->askings;
	a->open = true;
	a->check = check;
	a->place = check ? 0 : s->next - 1;
	a->fresh = s->pace.trial && a->source >= s->pace.sources_old;
	a->epoch = s->nepochs - 1;
	a->at_ns = assay_now_ns(s->job);
	size = build(s, p, a, frame);
	p->serial = s->serial;
	s->serial = (uint16_t)((s->serial + 1) % WORKER_UDP_SERIALS);
	s->under_way++;
	e->sent++;
	e->under_way++;
	if (check) {
		e->checks++;
		e->fresh += a->fresh;
		s->round_asked_checks++;
	} else {
		p->state = ASSAY_SWEEP_OPEN;
		p->epoch = a->epoch;
		p->source = a->source;
		p->askings++;
	}
	if ((e->checks >= WORKER_UDP_CHECKS &&
		a->at_ns - e->began_ns >= EPOCH_LEAST) ||
	    e->sent >= EPOCH_MOST ||
	    (!worker_udp_has_responder(s) && e->sent >= EPOCH_BLIND))
		seal(s, e);
	return size;
}

/* The link did not take it: it counts as asked in vain, and its epoch as one
 * in which nothing could be heard. */
static void
unsend(struct assay_udp_sweep *s, size_t n)
{
	struct worker_udp_asking *a;
	size_t i;

	for (i = 1; i <= n; i++) {
		a = &s->askings[(s->serial + WORKER_UDP_SERIALS - i) %
		    WORKER_UDP_SERIALS];
		s->epochs[a->epoch].checks++;
		s->epochs[a->epoch].lost++;
	}
}

static void
refill(struct assay_udp_sweep *s, uint64_t now)
{
	const double pps = s->pace.pps;
	double most = pps * (double)BURST / (double)SECOND;

	if (s->stalled_ns != 0) {
		s->tokens = worker_udp_nap_knocks(s, now) ? 1 : 0;
		s->tokens_ns = now;
		return;
	}
	s->tokens += pps * (double)(now - s->tokens_ns) / (double)SECOND;
	s->tokens_ns = now;
	most = most < 1                  ? 1
	    : most > WORKER_UDP_SEND_MAX ? WORKER_UDP_SEND_MAX
					 : most;
	s->tokens = s->tokens > most ? most : s->tokens;
}

/* Sends what the pace allows now.  False: the round is out. */
bool
worker_udp_send(struct assay_udp_sweep *s, uint64_t now)
{
	struct assay_buffer out[WORKER_UDP_SEND_MAX];
	bool check, more = true;
	size_t n = 0;
	uint32_t q;
	int sent;

	refill(s, now);
	while (n < WORKER_UDP_SEND_MAX && s->tokens >= 1 &&
	    s->under_way < WORKER_UDP_SERIALS / 2) {
		q = choose(s, &check);
		if (q == WORKER_UDP_NO_QUESTION) {
			more = s->stalled_ns != 0 || check;
			break;
		}
		out[n].data = s->frames[n];
		out[n].size = ask(s, q, check, s->frames[n]);
		s->tokens--;
		n++;
	}
	s->full = false;
	if (n == 0)
		return more;
	sent = assay_link_send(s->job, out, n);
	s->link_gone = sent < 0;
	if (sent < 0)
		sent = 0;
	s->full = (size_t)sent < n;
	s->stats.sent += (uint64_t)sent;
	unsend(s, n - (size_t)sent);
	return more;
}

uint64_t
worker_udp_pause_ns(const struct assay_udp_sweep *s)
{
	uint64_t pause;

	if (s->full)
		return FULL_STEP;
	if (s->stalled_ns != 0)
		return KNOCK_STEP;
	if (s->tokens >= 1) /* the serials are all in use */
		return FULL_STEP;
	pause = (uint64_t)((1 - s->tokens) * (double)SECOND / s->pace.pps) + 1;
	return pause < WAIT_LEAST ? pause : WAIT_LEAST;
}

void
worker_udp_seal_last(struct assay_udp_sweep *s)
{
	if (s->nepochs > 0 && !s->epochs[s->nepochs - 1].sealed)
		seal(s, &s->epochs[s->nepochs - 1]);
}
