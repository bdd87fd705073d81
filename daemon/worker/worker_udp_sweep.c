/*
 * worker_udp_sweep: which UDP ports of one address are open, closed, filtered
 * or silent.
 *
 * The hard truth here: a closed port is known by an error message that devices
 * send sparingly, so most silence is the device's thrift.  Ports are asked in
 * random order, in rounds.  Known responders asked in between show how much
 * stays unsaid; a silence weighs as much as these say, and only when they were
 * heard around it.
 */
#include "daemon/worker/worker_udp_sweep.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "daemon/worker/worker_chance.h"

#define MS UINT64_C(1000000)
#define SECOND UINT64_C(1000000000)
#define ENOUGH 1e-6F
#define TRIES_LEAST 3
#define ASKINGS_MOST 30
#define LINGER (250 * MS)
#define LATE (10 * SECOND) /* later than any answer */
#define STALL (2 * SECOND)

static void
finish(struct assay_udp_sweep *s, enum assay_sweep_end end)
{
	if (s->end != 0)
		return;
	s->end = end;
	assay_timer_set(s->timer, 0);
}

/* ---- rounds ---- */

/* What this round has shown; or all rounds but the first, which is asked faster
 * than it can be heard, if they have shown less loss than a single round can.
 */
static double
loss_of_round(const struct assay_udp_sweep *s)
{
	double round = worker_chance_loss(s->round_lost, s->round_checks);
	double late = worker_chance_loss(s->late_lost, s->late_checks);

	return s->round > 1 && s->round_lost == 0 && late < round ? late
								  : round;
}

/* The silences of this round, beside responders that were heard. */
static void
weigh(struct assay_udp_sweep *s)
{
	double loss, own;
	struct worker_udp_question *p;
	struct worker_udp_epoch *e;
	uint32_t i;

	if (s->round > 1) {
		s->late_checks += s->round_checks;
		s->late_lost += s->round_lost;
	}
	loss = loss_of_round(s);
	for (i = 0; i < s->ntodo; i++) {
		p = &s->questions[s->todo[i]];
		if (p->state != ASSAY_SWEEP_OPEN || p->epoch >= s->nepochs)
			continue;
		e = &s->epochs[p->epoch];
		if (worker_udp_is_deaf(e))
			continue;
		own = (double)e->lost / (double)e->checks;
		p->chance *= (float)(own > loss ? own : loss);
	}
}

/* Nobody has answered: unless it was awake when it was asked, it may have slept
 * through the whole round. */
static bool
may_wake(const struct assay_udp_sweep *s)
{
	return !s->nap.was_awake &&
	    assay_now_ns(s->job) - s->began_ns < s->spec.patience_ns;
}

/* False: nothing is left to ask. */
static bool
start_round(struct assay_udp_sweep *s)
{
	struct worker_udp_question *p;
	uint32_t q, open = 0;

	s->ntodo = s->next = s->nepochs = 0;
	for (q = 0; q < s->count; q++) {
		p = &s->questions[q];
		if (p->state > ASSAY_SWEEP_OPEN)
			continue;
		if (p->chance <= ENOUGH && p->askings >= TRIES_LEAST) {
			p->state = ASSAY_SWEEP_SILENT;
			if (p->askings > s->stats.tries)
				s->stats.tries = p->askings;
			continue;
		}
		open++;
		p->epoch = WORKER_UDP_NO_QUESTION;
		if (p->askings < ASKINGS_MOST)
			s->todo[s->ntodo++] = q;
	}
	s->round_checks = s->round_lost = s->round_asked_checks = 0;
	s->round++;
	worker_chance_shuffle(&s->dice, s->todo, s->ntodo);
	if (open > 0 &&
	    (s->ntodo == 0 || (!worker_udp_has_responder(s) && !may_wake(s))))
		finish(s, ASSAY_SWEEP_UNSETTLED);
	s->round_ns = assay_now_ns(s->job);
	worker_udp_nap_round(s);
	return s->ntodo > 0;
}

static void
end_round(struct assay_udp_sweep *s)
{
	const bool lost_none = s->round_lost == 0;

	weigh(s);
	if (!start_round(s)) {
		/* Who is slow may still speak up. */
		s->linger_ns = assay_now_ns(s->job) + LINGER;
		return;
	}
	if (!lost_none || s->round == 2)
		worker_udp_pace_again(&s->pace);
	worker_udp_nap_mark(s);
}

/* ---- a device that fell silent ---- */

/* No question is asked of one that is away: only responders, now and then. */
static void
watch_stall(struct assay_udp_sweep *s, uint64_t now)
{
	const uint64_t quiet = now - s->heard_ns;
	const bool asleep =
	    worker_udp_nap_is_sure(s, now) || (s->unwell && !s->nap.flaps);
	const bool away = s->unwell || s->link_gone;

	if (s->stalled_ns != 0) {
		if (!away && s->back)
			worker_udp_nap_end(s, now);
		else if (now - s->stalled_ns > s->spec.patience_ns)
			finish(s, ASSAY_SWEEP_GONE);
		return;
	}
	if (asleep || away ||
	    (worker_udp_has_responder(s) && s->unheard >= WORKER_UDP_CHECKS &&
		quiet >
		    STALL + (uint64_t)(10 / s->pace.pps * (double)SECOND))) {
		s->back = false;
		worker_udp_nap_begin(s, now, asleep);
	}
}

static void
progress(struct assay_udp_sweep *s)
{
	assay_progress(s->job, s->stats.answered, s->count, "answered");
}

static void
step(struct assay_udp_sweep *s)
{
	uint64_t now = assay_now_ns(s->job);

	worker_udp_expire(s, now);
	if (s->stalled_ns == 0 && s->linger_ns == 0)
		worker_udp_nap_watch(s, now);
	if (s->linger_ns != 0) {
		if (now >= s->linger_ns)
			finish(s, ASSAY_SWEEP_COMPLETE);
		else
			assay_timer_set(s->timer, s->linger_ns - now);
		return;
	}
	watch_stall(s, now);
	if (s->end != 0)
		return;
	if (worker_udp_send(s, now)) {
		progress(s);
		assay_timer_set(s->timer, worker_udp_pause_ns(s));
		return;
	}
	worker_udp_seal_last(s);
	if (s->under_way > 0 || worker_udp_nap_may_be(s)) {
		assay_timer_set(s->timer, 5 * MS);
		return;
	}
	end_round(s);
	if (s->end == 0)
		assay_timer_set(s->timer, 0);
}

static void
on_timer(struct assay_job *job, void *arg)
{
	struct assay_udp_sweep *s = arg;

	if (s->end == 0) {
		step(s);
		return;
	}
	if (s->stop)
		return;
	s->stop = true;
	s->spec.on_end(job, s->spec.arg, s->end);
}

/* ---- answers ---- */

static void
measure(struct assay_udp_sweep *s, uint64_t rtt)
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
add_responder(struct assay_udp_sweep *s, uint32_t q, enum udp_answer answer)
{
	unsigned i;

	if (answer != UDP_OPEN) {
		if (s->nicmp < WORKER_UDP_ICMP_RESPONDERS)
			s->icmp[s->nicmp++] = q;
		return;
	}
	for (i = 0; i < s->nopened; i++)
		if (s->opened[i] == q)
			return;
	if (s->nopened < WORKER_UDP_OPEN_RESPONDERS)
		s->opened[s->nopened++] = q;
}

/* A late answer to what the serial was used for before. */
static bool
is_late(const struct assay_udp_sweep *s, const struct worker_udp_asking *a,
    uint32_t q)
{
	return a->q_before == q && q < s->count &&
	    s->questions[q].state != ASSAY_SWEEP_ANSWERED &&
	    assay_now_ns(s->job) - a->before_ns < LATE;
}

/* Which question a datagram answers: that of the port it comes from; or, as
 * servers may answer from a port of the moment, that of the asking. */
static uint32_t
question_of(const struct assay_udp_sweep *s, const struct udp_heard *h)
{
	const uint32_t own = s->question[h->port] - 1;
	const struct worker_udp_asking *a;
	const uint8_t *source;

	if (h->serial >= WORKER_UDP_SERIALS)
		return h->serial == s->hold ? own : WORKER_UDP_NO_QUESTION;
	a = &s->askings[h->serial];
	if (h->answer != UDP_OPEN || a->q == own || is_late(s, a, own))
		return own;
	if (a->q == WORKER_UDP_NO_QUESTION ||
	    assay_now_ns(s->job) - a->at_ns >= LATE)
		return WORKER_UDP_NO_QUESTION;
	source = assay_source_at(s->job, s->spec.target, a->source);
	if (source == NULL ||
	    memcmp(source, h->local, s->probe.family == 4 ? 4 : 16) != 0)
		return WORKER_UDP_NO_QUESTION;
	return a->q;
}

/* Those that hold are asked from one port, whatever the serial: an answer is to
 * the last asking, unless it may be that to an earlier one (NULL). */
static struct worker_udp_asking *
asking_of(struct assay_udp_sweep *s, struct worker_udp_question *p, uint32_t q,
    const struct udp_heard *h)
{
	struct worker_udp_asking *last = &s->askings[p->serial];

	if (h->serial < WORKER_UDP_SERIALS)
		return &s->askings[h->serial];
	if (p->owes_ns == 0)
		return last;
	if (p->owes_ns > s->heard_asked_ns)
		s->heard_asked_ns = p->owes_ns;
	p->owes_ns = 0;
	if (last->q == q)
		worker_udp_void(s, last);
	return NULL;
}

static void
note_answer(struct assay_udp_sweep *s, uint32_t q, const struct udp_heard *h)
{
	struct worker_udp_question *p = &s->questions[q];
	struct worker_udp_asking *a = asking_of(s, p, q, h);
	const bool first = p->state != ASSAY_SWEEP_ANSWERED;

	if (a != NULL && a->q == q && a->at_ns > s->heard_asked_ns)
		s->heard_asked_ns = a->at_ns;
	if (a != NULL && a->open && a->q == q) {
		measure(s, assay_now_ns(s->job) - a->at_ns);
		if (h->answer != UDP_OPEN)
			s->epochs[a->epoch].icmp++;
		worker_udp_close(s, a, true);
	}
	if (first)
		s->stats.answered++;
	if (first || (p->answer != UDP_OPEN && h->answer == UDP_OPEN)) {
		p->answer = (uint8_t)h->answer;
		p->heard_attempt = a != NULL && a->q == q
		    ? a->attempt
		    : (uint8_t)(p->askings - 1);
		p->local_port =
		    (uint16_t)(ASSAY_UDP_SWEEP_SOURCE_FIRST + h->serial);
		p->remote_port = h->port;
		add_responder(s, q, h->answer);
	}
	p->state = ASSAY_SWEEP_ANSWERED;
}

/* It has answered what was asked (by ns) after it went: whatever the watch
 * says, it is there. */
static void
note_back(struct assay_udp_sweep *s, uint64_t asked_ns)
{
	if (s->stalled_ns == 0 || asked_ns < s->stalled_ns)
		return;
	s->unwell = false;
	s->back = true;
	assay_timer_set(s->timer, 0);
}

void
assay_udp_sweep_frame(
    struct assay_udp_sweep *s, const struct assay_frame *frame)
{
	struct udp_heard h;
	uint32_t q;

	if (s->end != 0 || frame->outgoing)
		return;
	if (worker_udp_nap_hears(s, frame->data, frame->size)) {
		/* Of one that answers echoes all along it says nothing. */
		if (s->nap.is_asleep)
			note_back(s, s->nap.heard_sent_ns);
		return;
	}
	if (udp_probe_read(&s->probe, frame->data, frame->size, &h) ==
	    UDP_NO_ANSWER)
		return;
	q = question_of(s, &h);
	if (q >= s->count || s->questions[q].askings == 0)
		return;
	s->heard_ns = assay_now_ns(s->job);
	s->unheard = 0;
	s->nap.unanswered = s->nap.open_lost = 0;
	note_answer(s, q, &h);
	note_back(s, s->heard_asked_ns);
}

void
assay_udp_sweep_health(struct assay_udp_sweep *s, enum assay_health health)
{
	if (health == ASSAY_LINK_LOST)
		s->nap.flaps = true;
	if (health == ASSAY_UP || health == ASSAY_SLOW)
		s->unwell = false;
	else if (health == ASSAY_DOWN || health == ASSAY_LINK_LOST)
		s->unwell = true;
	else if (health == ASSAY_REBOOTED)
		worker_udp_nap_rebooted(s);
	else if (health == ASSAY_ADDRESS_CHANGED)
		/* What was seen is of another time. */
		finish(s, ASSAY_SWEEP_GONE);
}

void
assay_udp_sweep_stop(struct assay_udp_sweep *s, enum assay_sweep_end end)
{
	finish(s, end);
}

/* ---- results ---- */

static void
put_result(const struct worker_udp_question *p, struct assay_udp_swept *out)
{
	struct assay_ports *to = &out->unsettled;

	if (p->state == ASSAY_SWEEP_SILENT)
		to = &out->silent;
	else if (p->state == ASSAY_SWEEP_ANSWERED)
		to = p->answer == UDP_OPEN    ? &out->open
		    : p->answer == UDP_CLOSED ? &out->closed
					      : &out->filtered;
	if (p->askings > 0)
		assay_ports_add(to, p->port, p->port);
}

/* One that answers without end: closed; or open, but no handshake. */
static uint32_t
responder(const struct assay_udp_sweep *s)
{
	unsigned i;

	if (s->nicmp > 0)
		return s->icmp[0];
	for (i = 0; i < s->nopened; i++)
		if (!s->questions[s->opened[i]].holds)
			return s->opened[i];
	return s->opened[0];
}

void
assay_udp_sweep_result(
    const struct assay_udp_sweep *s, struct assay_udp_swept *out)
{
	uint32_t q;

	memset(out, 0, sizeof(*out));
	out->stats = s->stats;
	for (q = 0; q < s->count; q++) {
		put_result(&s->questions[q], out);
		out->stats.asked += s->questions[q].askings > 0;
		out->stats.silent +=
		    s->questions[q].state == ASSAY_SWEEP_SILENT;
	}
	if (worker_udp_has_responder(s))
		out->responder = s->questions[responder(s)].port;
	out->sources = s->sources_used;
	out->icmp_pps = s->icmp_pps;
	out->icmp_sources = s->icmp_sources;
	out->stats.max_pps = s->pace.max_pps;
	out->stats.min_pps = s->pace.min_pps;
	out->stats.slowed = s->pace.slowed;
	out->stats.rtt_ns = s->srtt_ns;
	worker_windows_median(
	    &s->nap.windows, &out->stats.asleep_ns, &out->stats.awake_ns);
}

void
assay_udp_sweep_exchange(const struct assay_udp_sweep *s, uint16_t port,
    uint16_t *local_port, uint16_t *remote_port)
{
	const uint32_t q = s->question[port] - 1;

	*local_port = *remote_port = 0;
	if (q >= s->count)
		return;
	*local_port = s->questions[q].local_port;
	*remote_port = s->questions[q].remote_port;
}

/* ---- life ---- */

static void
list_questions(struct assay_udp_sweep *s)
{
	uint32_t port, n = 0;

	s->count = (uint32_t)assay_ports_count(s->spec.ports);
	s->questions = xcalloc(s->count + 1, sizeof(*s->questions));
	s->todo = xcalloc(s->count + 1, sizeof(*s->todo));
	for (port = 1; port <= 65535; port++) {
		if (!assay_ports_has(s->spec.ports, (uint16_t)port))
			continue;
		s->questions[n].port = (uint16_t)port;
		s->questions[n].epoch = WORKER_UDP_NO_QUESTION;
		s->questions[n].chance = 1;
		s->questions[n].holds = s->spec.holding != NULL &&
		    assay_ports_has(s->spec.holding, (uint16_t)port);
		s->question[port] = ++n;
	}
	s->count = n;
}

/* What is likely to be open comes first, the others in any order. */
static void
fill_first_round(struct assay_udp_sweep *s)
{
	const struct assay_ports *first = s->spec.first;
	uint32_t q, n = 0;

	for (q = 0; q < s->count; q++)
		if (first != NULL &&
		    assay_ports_has(first, s->questions[q].port))
			s->todo[s->ntodo++] = q;
	n = s->ntodo;
	for (q = 0; q < s->count; q++)
		if (first == NULL ||
		    !assay_ports_has(first, s->questions[q].port))
			s->todo[s->ntodo++] = q;
	worker_chance_shuffle(&s->dice, s->todo + n, s->ntodo - n);
}

struct assay_udp_sweep *
assay_udp_sweep_new(
    struct assay_job *job, const struct assay_udp_sweep_spec *spec)
{
	const struct assay_target *t = spec->target;
	const struct packet_ends e = { t->source_mac, t->mac, t->family,
		t->source, t->addr };
	struct assay_udp_sweep *s = xcalloc(1, sizeof(*s));
	size_t i, sources = assay_source_count(job, t);

	s->job = job;
	s->spec = *spec;
	udp_probe_init(&s->probe, &e, ASSAY_UDP_SWEEP_SOURCE_FIRST,
	    WORKER_UDP_SOURCE_PORTS);
	worker_udp_pace_init(&s->pace, spec->max_pps,
	    sources > 65535 ? 65535 : (uint32_t)sources);
	s->sources = xcalloc(s->pace.sources_max, sizeof(*s->sources));
	for (i = 0; i < WORKER_UDP_SERIALS; i++)
		s->askings[i].q = s->askings[i].q_before =
		    WORKER_UDP_NO_QUESTION;
	s->dice = assay_random(job) | 1;
	/* Another one next time: what this one left behind may still be held.
	 */
	s->hold = (uint16_t)(WORKER_UDP_SERIALS +
	    (s->dice >> 8) % WORKER_UDP_HOLD_PORTS);
	s->round = 1;
	s->sources_used = 1;
	s->check_at = 1;
	list_questions(s);
	fill_first_round(s);
	/* The caller's sets may be gone by the time they are looked at. */
	s->spec.ports = s->spec.first = s->spec.holding = NULL;
	s->tokens_ns = s->heard_ns = s->began_ns = s->round_ns =
	    assay_now_ns(job);
	s->nap.id = (uint16_t)assay_random(job);
	worker_udp_nap_mark(s);
	s->timer = assay_timer_new(job, on_timer, s);
	assay_timer_set(s->timer, 0);
	return s;
}

void
assay_udp_sweep_free(struct assay_udp_sweep *s)
{
	if (s == NULL)
		return;
	assay_timer_free(s->timer);
	free(s->questions);
	free(s->sources);
	free(s->todo);
	free(s->epochs);
	free(s);
}
