/*
 * tcp.isn: nobody off the path can guess the next initial sequence number.
 *
 * NET-08: RFC 6528 section 3, RFC 9293 section 3.4.1.  Thousands of SYNs to one
 * open port: half of them with one and the same addresses and ports, where a
 * clock is by design (ISN = M + F(addresses, ports, secret)), half with others
 * each time, where F must hide it.  Each SYN has a sequence number of its own,
 * so that a SYN-ACK sent again is no second sample, and each SYN-ACK gets an
 * RST.  The device's answers set the pace.
 */
#include <stdio.h>
#include <string.h>

#include "probes/probe.h"
#include "probes/tcp_isn/isn.h"
#include "protocols/number_sequence.h"
#include "protocols/packet.h"

#define SOURCE_FIRST 61000 /* outside Linux's ephemeral range */
#define SOURCE_LAST 64999
#define SAMPLES_MAX 7000 /* so many ports there are for a half */
#define SOURCES_MAX 16
#define WINDOW_MAX 64
#define TICK_NS 1000000
#define REFUSED_MAX 50 /* one after the other: the port is shut */

struct asking {
	bool busy;
	uint16_t port; /* ours */
	size_t source;
	uint32_t seq, turn; /* turn: which asking it was */
	uint64_t sent_ns;
};

struct state {
	size_t next;
	struct assay_subject on; /* under way; port 0: none is open */
	struct assay_tcp_sweep *sweep;
	struct assay_ports open;
	bool sampling;
	enum half half;
	struct assay_timer *tick;
	struct asking asking[WINDOW_MAX];
	size_t nsources;
	uint32_t window; /* askings at a time, in 1/256 */
	uint32_t asked, lost, refused;
	uint64_t ticked_ns, answered_ns, rtt_ns, tokens; /* in ns of pace */
	uint16_t last_port;      /* of the varied ones */
	struct assay_ports used; /* our ports whose number is known */
	size_t n[HALVES];
	struct number_sample samples[HALVES][SAMPLES_MAX / 2];
	uint32_t turns[SAMPLES_MAX / 2]; /* of the half under way */
	uint16_t ports[SAMPLES_MAX / 2]; /* of the same: ours */
	struct isn_left left;            /* for the next job */
	struct isn_given given[SAMPLES_MAX / 2], earlier[ISN_LEFT_MAX];
};

static size_t
half_size(struct assay_job *job)
{
	return (size_t)assay_param_u64(job, "samples") / 2;
}

/* ---- observations ---- */

static struct assay_frames
asked_frames(const struct state *s)
{
	const struct assay_frames f = { ASSAY_TCP, s->on.target, SOURCE_FIRST,
		SOURCE_LAST, s->on.port, s->on.port, "asked for its number" };

	return f;
}

static const char *const half_names[HALVES] = { "one", "varied" };

static void
observe_u64(struct assay_job *job, enum half h, const char *name, uint64_t v)
{
	const struct state *s = assay_state(job);
	char field[32];

	snprintf(field, sizeof(field), "%s.%s", half_names[h], name);
	assay_observe_count(job, s->on, field, v);
}

static void
observe_half(struct assay_job *job, enum half h)
{
	struct state *s = assay_state(job);
	struct number_stats stats;

	number_stats_of(&stats, s->samples[h], s->n[h]);
	observe_u64(job, h, "samples", stats.samples);
	observe_u64(job, h, "distinct", stats.distinct);
	observe_u64(job, h, "repeats", stats.repeats);
	observe_u64(job, h, "same_steps", stats.same_steps);
	observe_u64(job, h, "step", stats.step);
	observe_u64(job, h, "step_permille", stats.step_permille);
	observe_u64(job, h, "narrow", stats.narrow_mbit);
	observe_u64(job, h, "clock_off", stats.clock_mbit);
	observe_u64(job, h, "clock", stats.clock_hz);
	observe_u64(job, h, "linear", stats.linear);
}

/* The numbers of this job against those that an earlier one left, and what is
 * left to the next. */
static void
observe_earlier(struct assay_job *job)
{
	struct state *s = assay_state(job);
	const struct assay_frames f = asked_frames(s);
	const void *bytes;
	uint64_t run, again;
	size_t i, n, size = assay_resumed(job, &bytes, &run);

	for (i = 0; i < s->n[VARIED]; i++)
		s->given[i] = (struct isn_given){ s->ports[i],
			s->samples[VARIED][i].value };
	n = run == 0
	    ? 0
	    : isn_read_left(bytes, size, s->on.target->family, s->earlier);
	if (n > 0) {
		again = isn_count_again(s->given, s->n[VARIED], s->earlier, n);
		assay_observe_count(job, s->on, "earlier.run", run);
		assay_observe_count(job, s->on, "earlier.numbers", n);
		assay_observe_on(
		    job, s->on, "earlier.again", ASSAY_U64(again), &f, 1);
		assay_note(job, "isn.earlier_run", ASSAY_U64(run));
	} else {
		assay_note(job, "isn.reboot", ASSAY_STRING("not asked"));
	}
	isn_leave(&s->left, s->on.target->family, s->given, s->n[VARIED]);
	assay_checkpoint(job, s->left.bytes, s->left.size);
}

/* ---- the end of one address ---- */

static void start_target(struct assay_job *job);

static void
on_control(struct assay_job *job, void *arg, enum assay_tcp_result r,
    uint16_t local_port, uint64_t took_ns)
{
	const struct state *s = arg;
	const struct assay_frames f = assay_frames_of(
	    ASSAY_TCP, s->on.target, local_port, s->on.port, "closing control");
	bool good = r == ASSAY_TCP_CONNECTED;

	(void)took_ns;
	assay_control(job, ASSAY_AFTER, good,
	    assay_observe_on(job, s->on, "control", ASSAY_BOOL(good), &f, 1));
	start_target(job);
}

static void
end_target(struct assay_job *job, const char *how)
{
	struct state *s = assay_state(job);
	const struct assay_frames f = asked_frames(s);
	uint32_t id;

	s->sampling = false;
	assay_timer_stop(s->tick);
	id = assay_observe_on(
	    job, s->on, "isn.end", ASSAY_STRING(how), &f, s->asked > 0 ? 1 : 0);
	assay_observe_count(job, s->on, "isn.asked", s->asked);
	assay_observe_count(job, s->on, "isn.lost", s->lost);
	assay_observe_count(job, s->on, "isn.sources", s->nsources);
	if (s->on.port == 0) {
		assay_control(job, ASSAY_BEFORE, false, id);
		assay_control(job, ASSAY_AFTER, false, id);
		start_target(job);
		return;
	}
	observe_half(job, ONE_TUPLE);
	observe_half(job, VARIED);
	assay_note(job, "pace.rtt_ns", ASSAY_NS(s->rtt_ns));
	if (s->half == VARIED)
		observe_earlier(job);
	else
		assay_note(job, "isn.reboot", ASSAY_STRING("not asked"));
	assay_control(
	    job, ASSAY_BEFORE, s->n[ONE_TUPLE] + s->n[VARIED] > 0, id);
	assay_tcp_try(job, s->on.target, s->on.port,
	    assay_param_ns(job, "handshake"), on_control, s);
}

/* ---- asking ---- */

static struct packet_ends
ends_from(struct assay_job *job, size_t source)
{
	const struct state *s = assay_state(job);
	const struct assay_target *t = s->on.target;
	struct packet_ends e = { t->source_mac, t->mac, t->family,
		assay_source_at(job, t, source), t->addr };

	return e;
}

static void
send_segment(struct assay_job *job, size_t source, uint16_t port, uint32_t seq,
    uint8_t flags)
{
	static const uint8_t mss[] = { 2, 4, 0x05, 0xb4 };
	struct state *s = assay_state(job);
	struct packet_ends e = ends_from(job, source);
	uint8_t frame[PACKET_BUILD_MAX];
	struct assay_buffer b = { frame, 0 };
	bool syn = flags == TCP_SYN;

	b.size = packet_build_tcp(frame, &e, port, s->on.port, seq, 0, flags,
	    syn ? 1024 : 0, mss, syn ? sizeof(mss) : 0);
	if (assay_link_send(job, &b, 1) == -1)
		assay_fail(job, "the link is gone");
}

/* Each port of ours gives one number only: the steps between two ports asked
 * once more would be those of before, but for the clock. */
static uint16_t
next_port(struct state *s)
{
	do
		s->last_port = s->last_port == SOURCE_LAST ? SOURCE_FIRST + 1
							   : s->last_port + 1;
	while (assay_ports_has(&s->used, s->last_port));
	return s->last_port;
}

static void
ask(struct assay_job *job, struct asking *a)
{
	struct state *s = assay_state(job);

	a->busy = true;
	a->port = s->half == ONE_TUPLE ? SOURCE_FIRST : next_port(s);
	a->source = s->half == ONE_TUPLE ? 0 : s->asked % s->nsources;
	a->seq = (uint32_t)assay_random(job);
	a->sent_ns = assay_now_ns(job);
	a->turn = s->asked++;
	send_segment(job, a->source, a->port, a->seq, TCP_SYN);
}

static size_t
window(const struct state *s)
{
	return s->half == ONE_TUPLE ? 1 : s->window >> 8;
}

/* What stayed unanswered: fewer at a time from here on. */
static size_t
expire(struct state *s, uint64_t now)
{
	uint64_t limit = s->rtt_ns * 4 + 200000000;
	size_t i, busy = 0;

	for (i = 0; i < WINDOW_MAX; i++) {
		struct asking *a = &s->asking[i];

		if (!a->busy)
			continue;
		if (now - a->sent_ns > limit) {
			a->busy = false;
			s->lost++;
			s->window = s->window < 512 ? 256 : s->window / 2;
		} else
			busy++;
	}
	return busy;
}

static void
ask_more(struct assay_job *job, size_t busy)
{
	struct state *s = assay_state(job);
	uint64_t each = UINT64_C(1000000000) / assay_param_u64(job, "max_pps");
	size_t i, left = half_size(job) - s->n[s->half];

	for (i = 0; i < WINDOW_MAX && busy < window(s) && busy < left &&
	     s->tokens >= each;
	     i++) {
		if (s->asking[i].busy)
			continue;
		s->tokens -= each;
		ask(job, &s->asking[i]);
		busy++;
	}
}

static void
on_tick(struct assay_job *job, void *arg)
{
	struct state *s = arg;
	uint64_t now = assay_now_ns(job);
	size_t busy;

	if (!s->sampling)
		return;
	s->tokens += now - s->ticked_ns;
	if (s->tokens > 8 * TICK_NS)
		s->tokens = 8 * TICK_NS;
	s->ticked_ns = now;
	busy = expire(s, now);
	if (now - s->answered_ns > assay_param_ns(job, "patience")) {
		end_target(job, "gone");
		return;
	}
	ask_more(job, busy);
	assay_timer_set(s->tick, TICK_NS);
}

static void
start_sampling(struct assay_job *job)
{
	struct state *s = assay_state(job);

	s->half = ONE_TUPLE;
	s->sampling = true;
	s->window = 256;
	s->nsources = assay_source_count(job, s->on.target);
	if (s->nsources > SOURCES_MAX)
		s->nsources = SOURCES_MAX;
	s->ticked_ns = assay_now_ns(job);
	s->answered_ns = s->ticked_ns;
	assay_timer_set(s->tick, TICK_NS);
}

/* ---- answers ---- */

static struct asking *
find_asking(struct assay_job *job, const struct packet *p)
{
	struct state *s = assay_state(job);
	size_t i, size = p->family == 4 ? 4 : 16;

	for (i = 0; i < WINDOW_MAX; i++) {
		struct asking *a = &s->asking[i];

		if (a->busy && a->port == p->port_dst && p->ack == a->seq + 1 &&
		    memcmp(assay_source_at(job, s->on.target, a->source),
			p->dst, size) == 0)
			return a;
	}
	return NULL;
}

/* In the order they were asked for, which is that in which the device heard of
 * them: answers may overtake each other. */
static void
keep_sample(struct state *s, const struct asking *a, uint32_t number)
{
	struct number_sample *v = s->samples[s->half];
	size_t i = s->n[s->half]++;

	for (; i > 0 && s->turns[i - 1] > a->turn; i--) {
		v[i] = v[i - 1];
		s->turns[i] = s->turns[i - 1];
		s->ports[i] = s->ports[i - 1];
	}
	v[i] = (struct number_sample){ a->sent_ns, number };
	s->turns[i] = a->turn;
	s->ports[i] = a->port;
	assay_ports_add(&s->used, a->port, a->port);
}

static void
take_sample(struct assay_job *job, struct asking *a, uint32_t number)
{
	struct state *s = assay_state(job);
	uint64_t now = assay_now_ns(job), took = now - a->sent_ns;

	a->busy = false;
	s->refused = 0;
	s->answered_ns = now;
	s->rtt_ns = s->rtt_ns == 0 ? took : (s->rtt_ns * 7 + took) / 8;
	if (s->window >> 8 < WINDOW_MAX)
		s->window += 65536 / s->window;
	keep_sample(s, a, number);
	assay_progress(job, s->n[ONE_TUPLE] + s->n[VARIED], 2 * half_size(job),
	    "initial sequence numbers");
	if (s->n[s->half] == half_size(job) && s->half == VARIED)
		end_target(job, "complete");
	else if (s->n[s->half] == half_size(job))
		s->half = VARIED;
	else if (s->half == ONE_TUPLE)
		ask_more(job, 0); /* no need to wait for the tick */
}

/* Which of our addresses a segment is for; nsources: none. */
static size_t
source_of(struct assay_job *job, const struct packet *p)
{
	const struct state *s = assay_state(job);
	size_t i;

	for (i = 0; i < s->nsources; i++)
		if (memcmp(assay_source_at(job, s->on.target, i), p->dst,
			p->family == 4 ? 4 : 16) == 0)
			break;
	return i;
}

static void
on_segment(struct assay_job *job, const struct packet *p)
{
	struct state *s = assay_state(job);
	struct asking *a = find_asking(job, p);
	size_t source = source_of(job, p);

	if (source == s->nsources || (p->flags & TCP_ACK) == 0)
		return;
	/* What is half open there, now or from before, ends (RFC 9293 section
	 * 3.10.7.1); for the first source the bench's kernel sees to it. */
	if (source > 0 && (p->flags & TCP_RST) == 0)
		send_segment(job, source, p->port_dst, p->ack, TCP_RST);
	if (a == NULL)
		return;
	if ((p->flags & TCP_RST) != 0) {
		a->busy = false;
		s->lost++;
		if (++s->refused >= REFUSED_MAX)
			end_target(job, "refused");
	} else if ((p->flags & TCP_SYN) != 0)
		take_sample(job, a, p->seq);
}

static void
on_frame(struct assay_job *job, const struct assay_frame *frame)
{
	struct state *s = assay_state(job);
	const struct assay_target *t;
	struct packet p;

	assay_tcp_sweep_frame(s->sweep, frame);
	if (!s->sampling)
		return;
	t = s->on.target;
	if (packet_dissect(&p, frame->data, frame->size) == -1 || !p.whole ||
	    (p.layers & PACKET_TCP) == 0 || p.family != t->family ||
	    memcmp(p.mac_src, t->mac, 6) != 0 ||
	    memcmp(p.src, t->addr, t->family == 4 ? 4 : 16) != 0 ||
	    p.port_src != s->on.port || p.port_dst < SOURCE_FIRST ||
	    p.port_dst > SOURCE_LAST)
		return;
	on_segment(job, &p);
}

/* ---- which port ---- */

static void
on_swept(struct assay_job *job, void *arg, const struct assay_tcp_swept *swept)
{
	struct state *s = arg;

	s->on.port = tcp_isn_choose_port(&swept->open);
	assay_tcp_sweep_free(s->sweep);
	s->sweep = NULL;
	if (s->on.port == 0)
		end_target(job, "no port");
	else
		start_sampling(job);
}

static void
on_try(struct assay_job *job, void *arg, uint16_t port, enum assay_tcp_result r,
    uint16_t local_port)
{
	struct state *s = arg;

	(void)job;
	(void)local_port;
	if (r == ASSAY_TCP_CONNECTED)
		assay_ports_add(&s->open, port, port);
}

static void
on_tried(struct assay_job *job, void *arg)
{
	struct state *s = arg;
	struct assay_ports all;

	s->on.port = tcp_isn_choose_port(&s->open);
	if (s->on.port != 0) {
		start_sampling(job);
		return;
	}
	memset(&all, 0, sizeof(all));
	assay_ports_add(&all, 1, 65535);
	s->sweep = assay_tcp_sweep_new(job, s->on.target, &all, 0, on_swept, s);
}

/* The ports that the scenario names, else those declared, are tried first;
 * where none of them takes a connection all are swept. */
static void
find_port(struct assay_job *job)
{
	struct state *s = assay_state(job);
	struct assay_tcp_plan plan = { .target = s->on.target,
		.tries = 2,
		.timeout_ns = assay_param_ns(job, "handshake"),
		.on_result = on_try,
		.on_end = on_tried,
		.arg = s };
	struct assay_ports ports;

	tcp_isn_candidates(job, s->on.target, &ports);
	assay_tcp_try_ports(job, &ports, &plan);
}

/* One address of each family: its numbers come from one generator (a host has
 * one TCP), which may see to each family in a way of its own. */
static void
start_target(struct assay_job *job)
{
	struct state *s = assay_state(job);

	s->on = ASSAY_ON(assay_target_next_family(job, &s->next), 0);
	if (s->on.target == NULL) {
		assay_finish(job);
		return;
	}
	memset(&s->open, 0, sizeof(s->open));
	memset(s->asking, 0, sizeof(s->asking));
	memset(s->n, 0, sizeof(s->n));
	memset(&s->used, 0, sizeof(s->used));
	/* Elsewhere in each job: a generator that began anew gives its numbers
	 * for other ports of ours then. */
	s->last_port = (uint16_t)(SOURCE_FIRST +
	    assay_random(job) % (SOURCE_LAST - SOURCE_FIRST));
	s->asked = 0;
	s->lost = 0;
	s->refused = 0;
	s->rtt_ns = 0;
	find_port(job);
}

static void
on_health(struct assay_job *job, enum assay_health health)
{
	struct state *s = assay_state(job);

	assay_tcp_sweep_health(s->sweep, health);
	if (s->sampling && health == ASSAY_ADDRESS_CHANGED)
		end_target(job, "gone");
}

static void
run(struct assay_job *job)
{
	struct state *s = assay_state(job);

	s->tick = assay_timer_new(job, on_tick, s);
	assay_on_health(job, on_health);
	start_target(job);
}

static void
cancel(struct assay_job *job)
{
	struct state *s = assay_state(job);

	assay_tcp_sweep_stop(s->sweep);
	if (s->sampling)
		end_target(job, "gone");
}

static void
fini(struct assay_job *job)
{
	struct state *s = assay_state(job);

	assay_tcp_sweep_free(s->sweep);
	assay_timer_free(s->tick);
	s->sweep = NULL;
	s->tick = NULL;
}

static const struct assay_claim claims[] = {
	{ "NET-08", ASSAY_BEHAVIOUR },
	{ .check = NULL },
};

static const struct assay_param params[] = {
	ASSAY_ADDRESSES("The first address of which families is asked."),
	{ "ports", ASSAY_PARAM_PORTS, "", 0, 0, NULL,
	    "Which ports to look for an open one in; none: those declared, "
	    "then "
	    "all." },
	{ "samples", ASSAY_PARAM_U64, "4096", 200, SAMPLES_MAX, NULL,
	    "Numbers asked for, half of them with the same addresses and "
	    "ports; "
	    "fewer than 4,000 never pass." },
	{ "max_pps", ASSAY_PARAM_U64, "2000", 1, 100000, NULL,
	    "Ceiling of the pace, in SYNs a second." },
	ASSAY_HANDSHAKE,
	ASSAY_PATIENCE,
	{ .name = NULL },
};

#define HALF_FIELDS(h, where) \
	{ h ".samples", ASSAY_TYPE_U64, "", "numbers, " where }, \
	    { h ".distinct", ASSAY_TYPE_U64, "", "different numbers" }, \
	    { h ".repeats", ASSAY_TYPE_U64, "", "pairs of equal numbers" }, \
	    { h ".same_steps", ASSAY_TYPE_U64, "", "pairs of equal steps" }, \
	    { h ".step", ASSAY_TYPE_U64, "", "the most common step" }, \
	    { h ".step_permille", ASSAY_TYPE_U64, "1/1000", "its share" }, \
	    { h ".narrow", ASSAY_TYPE_U64, "1/1000 bit", \
		    "the narrowest interval with half of the steps" }, \
	    { h ".clock_off", ASSAY_TYPE_U64, "1/1000 bit", \
		    "the same with the clock taken off" }, \
	    { h ".clock", ASSAY_TYPE_U64, "Hz", "that clock" }, \
	{ \
		h ".linear", ASSAY_TYPE_U64, "", "1: a linear generator" \
	}

static const struct assay_field observations[] = {
	{ "isn.end", ASSAY_TYPE_STRING, "",
	    "complete, gone, refused or no port" },
	{ "isn.asked", ASSAY_TYPE_U64, "SYN", "SYNs sent" },
	{ "isn.lost", ASSAY_TYPE_U64, "SYN", "of these, without a SYN-ACK" },
	{ "isn.sources", ASSAY_TYPE_U64, "", "addresses asked from" },
	HALF_FIELDS("one", "the same addresses and ports each time"),
	HALF_FIELDS("varied", "other ports or addresses each time"),
	{ "earlier.run", ASSAY_TYPE_U64, "", "whose numbers it remembers" },
	{ "earlier.numbers", ASSAY_TYPE_U64, "", "how many" },
	{ "earlier.again", ASSAY_TYPE_U64, "",
	    "pairs of one of these and one of now, equal, for other ports" },
	{ "control", ASSAY_TYPE_BOOL, "", "the port took a connection" },
	{ .name = NULL },
};

#define VALUES \
	"port samples asked sources distinct repeats same_steps step " \
	"step_percent bits clock_bits clock_hz one_bits"
static const struct assay_reason reasons[] = {
	{ "isn.unpredictable", VALUES },
	{ "isn.constant", VALUES },
	{ "isn.constant_step", VALUES },
	{ "isn.repeats", VALUES },
	{ "isn.repeats_earlier", VALUES " run earlier again" },
	{ "isn.clock", VALUES },
	{ "isn.narrow", VALUES },
	{ "isn.few_steps", VALUES },
	{ "isn.linear", VALUES },
	{ "isn.one_constant", VALUES },
	{ "isn.weak", VALUES },
	{ "isn.few", VALUES },
	{ "isn.device_gone", VALUES },
	{ "isn.no_port", VALUES },
	{ "isn.control_bad", VALUES },
	{ "isn.no_address", "" },
	{ .code = NULL },
};

static const char *const resources[] = { "dut:load exclusive", NULL };

const struct assay_probe assay_probe = {
	.abi = ASSAY_ABI,
	.size = sizeof(struct assay_probe),
	.name = "tcp.isn",
	.title = "Nobody off the path can guess the next initial sequence "
		 "number of a TCP connection.",
	.method = 1,
	.claims = claims,
	.params = params,
	.observations = observations,
	.reasons = reasons,
	.resources = resources,
	.needs = ASSAY_NEED_LINK | ASSAY_NEED_TCP | ASSAY_NEED_SOURCES,
	.medium = ASSAY_MEDIUM_IP,
	.impact = ASSAY_ACTIVE,
	.timeout_ms = 1800000,
	.state_size = sizeof(struct state),
	.filter = "tcp or icmp or icmp6",
	.run = run,
	.on_frame = on_frame,
	.judge = tcp_isn_judge,
	.cancel = cancel,
	.fini = fini,
};
