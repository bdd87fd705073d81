/*
 * worker_udp_nap: a device that sleeps, told from one that keeps its ICMP
 * errors back.
 *
 * The hard truth here: both fall silent, and from the ports alone nobody can
 * tell which it is.  An echo request can: devices answer it without counting.
 * So where responders fall silent a few echoes are asked, and only a device
 * that has answered echoes before and now says nothing at all is asleep.  Of
 * one that never answers them, open ports tell, if it has any.  What was sent
 * to it since its last word is taken back: neither its silences nor its losses
 * ever were.
 */
#include <string.h>

#include "daemon/worker/worker_udp_sweep.h"

#define MS UINT64_C(1000000)
#define ECHOES 4    /* unanswered: nobody is there */
#define OPEN_LOST 4 /* checks of open ports, the same */
#define ECHO_STEP (20 * MS)
#define LEARN_STEP (250 * MS) /* until it is known to answer them */
#define LEARN_TIMES 8
#define CALM_MOST (250 * MS)
#define CALM_STEP (25 * MS)
#define PLACE_TIMES 3

/* ---- echoes ---- */

static void
send_echo(struct assay_udp_sweep *s, uint64_t now)
{
	const struct assay_target *t = s->spec.target;
	const struct packet_ends e = { t->source_mac, t->mac, t->family,
		t->source, t->addr };
	struct worker_udp_nap *n = &s->nap;
	uint8_t frame[PACKET_BUILD_MAX];
	struct assay_buffer out = { frame, 0 };

	n->sent_ns[n->seq % WORKER_UDP_ECHOES] = now;
	out.size = packet_build_echo(frame, &e, n->id, n->seq++, NULL, 0);
	if (n->first_ns == 0)
		n->first_ns = now;
	n->sent++;
	n->unanswered++;
	n->asked_ns = now;
	s->link_gone = assay_link_send(s->job, &out, 1) < 0;
}

static bool
is_echo_reply(const struct assay_udp_sweep *s, const struct packet *p)
{
	const struct assay_target *t = s->spec.target;
	const uint8_t proto = t->family == 4 ? 1 : 58;
	const uint8_t type = t->family == 4 ? 0 : 129; /* RFC 792, RFC 4443 */
	const size_t n = t->family == 4 ? 4 : 16;

	return p->family == t->family && p->proto == proto &&
	    p->transport != NULL && p->transport_size >= 8 &&
	    p->icmp_type == type && p->icmp_code == 0 &&
	    memcmp(p->src, t->addr, n) == 0 &&
	    memcmp(p->dst, t->source, n) == 0 &&
	    memcmp(p->mac_src, t->mac, 6) == 0 && packet_checksums_are_good(p);
}

bool
worker_udp_nap_hears(
    struct assay_udp_sweep *s, const uint8_t *frame, size_t size)
{
	struct worker_udp_nap *n = &s->nap;
	uint64_t sent_ns;
	uint16_t id, seq;
	struct packet p;

	if (packet_dissect(&p, frame, size) == -1 || !is_echo_reply(s, &p))
		return false;
	id = (uint16_t)(p.transport[4] << 8 | p.transport[5]);
	seq = (uint16_t)(p.transport[6] << 8 | p.transport[7]);
	if (id != n->id || (uint16_t)(n->seq - seq - 1) >= WORKER_UDP_ECHOES)
		return false;
	sent_ns = n->sent_ns[seq % WORKER_UDP_ECHOES];
	n->echoes = true;
	n->heard_ns = assay_now_ns(s->job);
	if (sent_ns > n->heard_sent_ns)
		n->heard_sent_ns = sent_ns;
	if (sent_ns == n->first_ns)
		n->was_awake = true;
	/* It is there, and keeps something back: the next doubt can wait. */
	if (s->unheard > 0 && n->calm_ns < CALM_MOST)
		n->calm_ns += CALM_STEP;
	n->unanswered = 0;
	return true;
}

/* ---- doubt ---- */

bool
worker_udp_nap_is_doubtful(const struct assay_udp_sweep *s, uint64_t now)
{
	const struct worker_udp_nap *n = &s->nap;
	const uint64_t last =
	    s->heard_ns > n->heard_ns ? s->heard_ns : n->heard_ns;
	const uint64_t wait = worker_udp_wait_ns(s);

	return s->unheard > 0 &&
	    now - last >= (n->calm_ns > wait ? n->calm_ns : wait);
}

void
worker_udp_nap_watch(struct assay_udp_sweep *s, uint64_t now)
{
	struct worker_udp_nap *n = &s->nap;

	if (!n->echoes || !worker_udp_has_responder(s)) {
		if ((n->sent < LEARN_TIMES || !worker_udp_has_responder(s)) &&
		    (n->first_ns == 0 || now - n->asked_ns >= LEARN_STEP))
			send_echo(s, now);
		return;
	}
	if (worker_udp_nap_is_doubtful(s, now) && n->unanswered < ECHOES &&
	    (n->unanswered == 0 || now - n->asked_ns >= ECHO_STEP))
		send_echo(s, now);
}

bool
worker_udp_nap_is_sure(const struct assay_udp_sweep *s, uint64_t now)
{
	const struct worker_udp_nap *n = &s->nap;

	if (!n->echoes)
		return n->open_lost >= OPEN_LOST;
	return worker_udp_has_responder(s) && s->unheard > 0 &&
	    n->unanswered >= ECHOES &&
	    now - n->asked_ns >= worker_udp_wait_ns(s);
}

bool
worker_udp_nap_may_be(const struct assay_udp_sweep *s)
{
	const uint32_t last =
	    (s->serial + WORKER_UDP_SERIALS - 1u) % WORKER_UDP_SERIALS;

	return s->nap.echoes && worker_udp_has_responder(s) && s->unheard > 0 &&
	    s->nap.heard_sent_ns < s->askings[last].at_ns;
}

/* While nobody has answered, the first echo of a round goes with its first
 * questions. */
void
worker_udp_nap_round(struct assay_udp_sweep *s)
{
	if (worker_udp_has_responder(s))
		return;
	s->nap.first_ns = 0;
	s->nap.was_awake = false;
}

/* ---- what is taken back ---- */

void
worker_udp_nap_mark(struct assay_udp_sweep *s)
{
	struct worker_udp_mark *m = &s->mark;

	m->pace = s->pace;
	m->checks = s->stats.checks;
	m->checks_lost = s->stats.checks_lost;
	m->round_checks = s->round_checks;
	m->round_lost = s->round_lost;
	m->icmp_pps = s->icmp_pps;
	m->icmp_sources = s->icmp_sources;
	m->sources_used = s->sources_used;
}

/* Its pace and its losses are those of when all was heard. */
static void
restore(struct assay_udp_sweep *s)
{
	const struct worker_udp_mark *m = &s->mark;
	const uint32_t changes = s->pace.changes;

	s->pace = m->pace;
	s->pace.changes = changes + 1;
	s->stats.checks = m->checks;
	s->stats.checks_lost = m->checks_lost;
	s->round_checks = m->round_checks;
	s->round_lost = m->round_lost;
	s->icmp_pps = m->icmp_pps;
	s->icmp_sources = m->icmp_sources;
	s->sources_used = m->sources_used;
}

/* From 1, how often in a row it went when this was asked. */
static bool
is_fatal(struct worker_udp_nap *n, uint32_t q)
{
	if (n->at != q || n->at_times == 0) {
		n->at = q;
		n->at_times = 0;
	}
	return ++n->at_times >= PLACE_TIMES;
}

static void
take_back_one(struct assay_udp_sweep *s, struct worker_udp_asking *a)
{
	struct worker_udp_epoch *e = &s->epochs[a->epoch];
	struct worker_udp_question *p = &s->questions[a->q];
	const bool was_open = a->open;

	a->open = false;
	if (was_open) {
		e->under_way--;
		worker_udp_owe(p, a->at_ns);
	}
	if (a->check) {
		e->checks--;
		e->lost -= !was_open;
		e->fresh -= a->fresh;
		e->fresh_lost -= a->fresh && !was_open;
	} else if (p->state == ASSAY_SWEEP_OPEN) {
		p->askings--;
		p->epoch = WORKER_UDP_NO_QUESTION;
		if (p->askings == 0)
			p->state = ASSAY_SWEEP_UNASKED;
	}
	if (e->under_way == 0)
		e->sealed = e->over = true;
}

/* Whatever it was asked since it last said something, to be asked anew in the
 * same order; but for a question at which it goes time and again. */
static void
take_back(struct assay_udp_sweep *s)
{
	struct worker_udp_asking *a, *first = NULL;
	uint16_t at = s->serial;
	unsigned n;

	for (n = 0; n < WORKER_UDP_SERIALS; n++) {
		at = (uint16_t)((at + WORKER_UDP_SERIALS - 1) %
		    WORKER_UDP_SERIALS);
		a = &s->askings[at];
		if (a->q == WORKER_UDP_NO_QUESTION ||
		    a->at_ns <= s->heard_asked_ns || a->at_ns < s->round_ns)
			break;
		take_back_one(s, a);
		if (!a->check)
			first = a;
	}
	if (first == NULL)
		return;
	s->next = first->place;
	if (is_fatal(&s->nap, first->q)) {
		s->next++;
		s->questions[first->q].askings++;
		s->questions[first->q].state = ASSAY_SWEEP_OPEN;
	}
}

/* ---- away, and back ---- */

static bool
is_sleeper(const struct worker_udp_nap *n)
{
	return worker_windows_are_of_sleeper(&n->windows) && !n->flaps;
}

void
worker_udp_nap_begin(struct assay_udp_sweep *s, uint64_t now, bool sure)
{
	struct worker_udp_nap *n = &s->nap;

	n->since_ns = s->heard_ns > n->heard_ns ? s->heard_ns : n->heard_ns;
	n->is_asleep = sure;
	n->knock_at_ns = now;
	take_back(s);
	if (sure)
		restore(s);
	if (n->windows.n == 0)
		n->pps_before = s->pace.pps;
	worker_udp_seal_last(s);
	s->stalled_ns = now;
	s->stats.outages++;
}

void
worker_udp_nap_end(struct assay_udp_sweep *s, uint64_t now)
{
	struct worker_udp_nap *n = &s->nap;

	/* Knocks are no checks. */
	if (s->nepochs > 0)
		s->epochs[s->nepochs - 1].sealed =
		    s->epochs[s->nepochs - 1].over = true;
	s->stalled_ns = 0;
	s->unheard = 0;
	s->pace.changes++;
	worker_windows_add(&n->windows, n->back_ns, n->since_ns, now);
	n->back_ns = now;
	n->unanswered = n->open_lost = 0;
	n->calm_ns = 0;
	/* Asleep, hung or rebooting: until it is known for a sleeper, it may
	 * have been the pace. */
	if (!n->is_asleep || n->flaps)
		worker_udp_pace_revive(&s->pace);
	else if (!is_sleeper(n))
		worker_udp_pace_woke(&s->pace, s->pace.pps / 2);
	else if (s->pace.pps < n->pps_before)
		worker_udp_pace_woke(&s->pace, n->pps_before);
	worker_udp_nap_mark(s);
}

bool
worker_udp_nap_knocks(struct assay_udp_sweep *s, uint64_t now)
{
	struct worker_udp_nap *n = &s->nap;

	if (now < n->knock_at_ns)
		return false;
	send_echo(s, now);
	n->knock_at_ns = now +
	    worker_windows_knock_ns(
		&n->windows, is_sleeper(n), now - n->since_ns);
	return true;
}

void
worker_udp_nap_rebooted(struct assay_udp_sweep *s)
{
	s->stats.reboots++;
	s->nap.flaps = true;
	if (s->stalled_ns == 0)
		worker_udp_pace_revive(&s->pace);
}
