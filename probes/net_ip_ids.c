/*
 * net.ip_ids: no counter that all share shows in the device's IP packets.
 *
 * NET-10: who sees one identification must not learn from it how much the
 * device sends to others (an idle scan) nor the next one (RFC 7739; RFC 6864
 * for IPv4, where a packet that is never fragmented may carry anything).  Echo
 * requests and SYNs, one at a time, from several addresses of the bench in
 * turn: a step between answers to *different* addresses tells a counter of all
 * from one for each.  By IPv6 only
 * fragments carry one: a long reply is answered by "packet too big" (RFC 8201),
 * so that the next ones come in fragments.
 */
#include <stdio.h>
#include <string.h>

#include "probes/net_ip_ids/ids.h"
#include "probes/probe.h"
#include "protocols/number_sequence.h"
#include "protocols/packet.h"
#include "protocols/packet_id.h"

#define SOURCES_MAX 4 /* small stacks remember few paths' MTU */
#define SAMPLES_MAX 256
#define SOURCE_FIRST 61000
#define SOURCE_LAST 64999
#define ECHO_ID 0x6173
#define ECHO_SIZE 1400 /* over the least MTU of IPv6, below Ethernet's */
#define MTU 1280
#define SMALL 16      /* the device may have sent a few others between */
#define NEAR 1024     /* or many: 1 in 32 by chance */
#define MISSES_MAX 10 /* one after the other: it does not answer this */
#define CONTROL_TRIES 3

struct series {
	size_t n;
	uint32_t ids[SAMPLES_MAX];
	uint8_t source[SAMPLES_MAX];
	unsigned df, misses;
	bool dropped; /* does not answer: asked no more */
};

struct state {
	size_t next;
	const struct assay_target *target; /* under way */
	struct assay_timer *timer;
	bool asking, control;
	enum question question;
	size_t source, nsources, turn;
	uint16_t serial;
	uint32_t seq; /* of the SYN */
	uint16_t port;
	unsigned tries; /* of the control */
	struct series series[QUESTIONS];
};

/* ---- observations ---- */

static void
observe_u64(
    struct assay_job *job, enum question q, const char *name, uint64_t v)
{
	const struct state *s = assay_state(job);
	char field[32];

	snprintf(field, sizeof(field), "%s.%s", net_ip_ids_questions[q], name);
	assay_observe_count(job, ASSAY_ON(s->target, 0), field, v);
}

/* Some stacks count in the other byte order: then its steps are small. */
static size_t
small_steps(const struct series *r, bool wide, uint32_t max, const bool *use,
    size_t *steps)
{
	uint32_t swapped[SAMPLES_MAX];
	size_t i, as_is, other;

	for (i = 0; i < r->n; i++)
		swapped[i] = wide ? __builtin_bswap32(r->ids[i])
				  : __builtin_bswap16((uint16_t)r->ids[i]);
	as_is =
	    number_small_steps(r->ids, use, r->n, wide ? 32 : 16, max, steps);
	other =
	    number_small_steps(swapped, use, r->n, wide ? 32 : 16, max, steps);
	return as_is > other ? as_is : other;
}

/* Steps between answers to one and the same address, for each of them. */
static size_t
own_small_steps(const struct series *r, bool wide, uint32_t max,
    size_t nsources, size_t *steps)
{
	struct series own = { 0 };
	size_t i, k, n, small = 0;

	*steps = 0;
	for (k = 0; k < nsources; k++) {
		own.n = 0;
		for (i = 0; i < r->n; i++)
			if (r->source[i] == k)
				own.ids[own.n++] = r->ids[i];
		small += small_steps(&own, wide, max, NULL, &n);
		*steps += n;
	}
	return small;
}

static void
observe_series(struct assay_job *job, enum question q)
{
	struct state *s = assay_state(job);
	const struct series *r = &s->series[q];
	bool cross[SAMPLES_MAX], wide = q == FRAGMENTS;
	size_t i, k, steps, small, distinct = 0;

	for (i = 0; i < r->n; i++) {
		cross[i] = i > 0 && r->source[i] != r->source[i - 1];
		for (k = 0; k < i && r->ids[k] != r->ids[i]; k++)
			;
		distinct += k == i;
	}
	observe_u64(job, q, "samples", r->n);
	observe_u64(job, q, "distinct", distinct);
	observe_u64(job, q, "df", r->df);
	small = small_steps(r, wide, SMALL, cross, &steps);
	observe_u64(job, q, "cross_steps", steps);
	observe_u64(job, q, "cross_small", small);
	small = small_steps(r, wide, NEAR, cross, &steps);
	observe_u64(job, q, "cross_near", small);
	small = own_small_steps(r, wide, SMALL, s->nsources, &steps);
	observe_u64(job, q, "own_steps", steps);
	observe_u64(job, q, "own_small", small);
	small = own_small_steps(r, wide, NEAR, s->nsources, &steps);
	observe_u64(job, q, "own_near", small);
}

/* ---- asking, one at a time ---- */

static void start_target(struct assay_job *job);
static void ask_next(struct assay_job *job);

static void
send_whole(struct assay_job *job, const uint8_t *frame, size_t size)
{
	struct assay_buffer b = { frame, size };

	if (assay_link_send(job, &b, 1) == -1)
		assay_fail(job, "the link is gone");
}

static void
send_echo(struct assay_job *job, const struct packet_ends *e, size_t size)
{
	static const uint8_t payload[ECHO_SIZE] = { 0 };
	struct state *s = assay_state(job);
	uint8_t frame[PACKET_BUILD_MAX + ECHO_SIZE];

	send_whole(job, frame,
	    packet_build_echo(frame, e, ECHO_ID, s->serial, payload, size));
}

static void
send_tcp(struct assay_job *job, const struct packet_ends *e, uint16_t port,
    uint32_t seq, uint8_t flags)
{
	struct state *s = assay_state(job);
	uint8_t frame[PACKET_BUILD_MAX];

	send_whole(job, frame,
	    packet_build_tcp(
		frame, e, port, s->port, seq, 0, flags, 1024, NULL, 0));
}

static uint16_t
source_port(const struct state *s)
{
	return (uint16_t)(SOURCE_FIRST +
	    s->serial % (SOURCE_LAST - SOURCE_FIRST + 1));
}

static void
ask(struct assay_job *job, enum question q)
{
	struct state *s = assay_state(job);
	const struct assay_target *t = s->target;
	struct packet_ends e = { t->source_mac, t->mac, t->family,
		assay_source_at(job, t, s->source), t->addr };

	s->serial++;
	s->question = q;
	s->asking = true;
	s->seq = (uint32_t)assay_random(job);
	if (q == SYN)
		send_tcp(job, &e, source_port(s), s->seq, TCP_SYN);
	else
		send_echo(job, &e, q == ECHO ? 0 : ECHO_SIZE);
	assay_timer_set(s->timer, assay_param_ns(job, "wait"));
}

/* What has been answered most often. */
static enum question
best(const struct state *s)
{
	enum question q, b = ECHO;

	for (q = ECHO; q < QUESTIONS; q++)
		if (s->series[q].n > s->series[b].n)
			b = q;
	return b;
}

static void
end_target(struct assay_job *job, bool good)
{
	struct state *s = assay_state(job);
	const struct assay_subject on = ASSAY_ON(s->target, 0);
	struct assay_frames f[2] = {
		{ 1, s->target, 0, 0, 0, 0, "asked for its identification" },
		{ ASSAY_TCP, s->target, SOURCE_FIRST, SOURCE_LAST, s->port,
		    s->port, "asked for its identification" },
	};
	enum question q;
	uint32_t id;

	if (s->target->family == 6)
		f[0].ip_proto = 58;
	s->asking = false;
	assay_timer_stop(s->timer);
	id = assay_observe_on(job, on, "ids.sources", ASSAY_U64(s->nsources), f,
	    s->target->family == 6 ? 1 : 2);
	for (q = ECHO; q < QUESTIONS; q++)
		observe_series(job, q);
	assay_observe_on(job, on, "control", ASSAY_BOOL(good), NULL, 0);
	assay_control(job, ASSAY_BEFORE, s->series[best(s)].n > 0, id);
	assay_control(job, ASSAY_AFTER, good, id);
	start_target(job);
}

static void
ask_control(struct assay_job *job)
{
	struct state *s = assay_state(job);

	s->control = true;
	s->source = 0;
	if (s->series[best(s)].n == 0 || s->tries++ == CONTROL_TRIES)
		end_target(job, false);
	else
		ask(job, best(s));
}

/* Address by address; then the next kind of question. */
static void
ask_next(struct assay_job *job)
{
	struct state *s = assay_state(job);
	size_t kinds = s->target->family == 4 ? 2 : 1, all;
	enum question q;

	all = assay_param_u64(job, "samples") * kinds;
	for (; s->turn < all; s->turn++) {
		q = kinds == 1 ? FRAGMENTS
			       : (enum question)(s->turn / s->nsources % 2);
		if (s->series[q].dropped)
			continue;
		s->source = s->turn % s->nsources;
		s->turn++;
		assay_progress(job, s->turn, all, "identifications");
		ask(job, q);
		return;
	}
	ask_control(job);
}

static void
on_time(struct assay_job *job, void *arg)
{
	struct state *s = arg;
	struct series *r = &s->series[s->question];

	if (!s->asking)
		return;
	s->asking = false;
	if (s->control) {
		ask_control(job);
		return;
	}
	r->dropped = ++r->misses >= MISSES_MAX;
	ask_next(job);
}

/* ---- answers ---- */

static bool
answers(const struct state *s, const struct packet *p)
{
	if (s->question == SYN)
		return (p->layers & PACKET_TCP) != 0 &&
		    p->port_src == s->port && p->port_dst == source_port(s) &&
		    (p->flags & TCP_ACK) != 0 && p->ack == s->seq + 1;
	return (p->layers & (PACKET_ICMP | PACKET_ICMPV6)) != 0 &&
	    p->icmp_type == (p->family == 4 ? 0 : 129) &&
	    p->transport_size >= 8 &&
	    (p->transport[4] << 8 | p->transport[5]) == ECHO_ID &&
	    (p->transport[6] << 8 | p->transport[7]) == s->serial;
}

static void
take_answer(
    struct assay_job *job, const struct packet *p, const struct packet_id *id)
{
	struct state *s = assay_state(job);
	const struct assay_target *t = s->target;
	struct series *r = &s->series[s->question];
	struct packet_ends e = { t->source_mac, t->mac, t->family, p->dst,
		t->addr };

	s->asking = false;
	assay_timer_stop(s->timer);
	/* For the first source the bench's kernel ends what is half open. */
	if (s->question == SYN && s->source > 0 && (p->flags & TCP_RST) == 0)
		send_tcp(job, &e, p->port_dst, p->ack, TCP_RST);
	if (s->control) {
		end_target(job, true);
		return;
	}
	r->misses = 0;
	r->df += id->dont_fragment;
	if (r->n < SAMPLES_MAX) {
		r->source[r->n] = (uint8_t)s->source;
		r->ids[r->n++] = id->id;
	}
	ask_next(job);
}

/* A reply in one piece: the next ones shall come in fragments. */
static void
say_too_big(struct assay_job *job, const struct packet *p)
{
	struct state *s = assay_state(job);
	const struct assay_target *t = s->target;
	struct packet_ends e = { t->source_mac, t->mac, t->family, p->dst,
		t->addr };
	uint8_t frame[64 + PACKET_TOO_BIG_QUOTES];

	send_whole(job, frame,
	    packet_build_too_big(frame, &e, MTU, p->ip,
		(size_t)(p->transport - p->ip) + p->transport_size));
	assay_timer_stop(s->timer);
	on_time(job, s); /* no identification, as if nothing had come */
}

static void
on_frame(struct assay_job *job, const struct assay_frame *frame)
{
	struct state *s = assay_state(job);
	const struct assay_target *t;
	struct packet_id id;
	struct packet p;
	size_t size;

	if (!s->asking || packet_dissect(&p, frame->data, frame->size) == -1)
		return;
	t = s->target;
	size = t->family == 4 ? 4 : 16;
	if (p.family != t->family || memcmp(p.mac_src, t->mac, 6) != 0 ||
	    memcmp(p.src, t->addr, size) != 0 ||
	    memcmp(p.dst, assay_source_at(job, t, s->source), size) != 0 ||
	    !answers(s, &p))
		return;
	if (packet_id(&p, &id) == 0)
		take_answer(job, &p, &id);
	else if (s->question == FRAGMENTS && p.whole)
		say_too_big(job, &p);
}

/* ---- its life ---- */

static void
start_target(struct assay_job *job)
{
	struct state *s = assay_state(job);

	s->target = assay_target_next_family(job, &s->next);
	if (s->target == NULL) {
		assay_finish(job);
		return;
	}
	memset(s->series, 0, sizeof(s->series));
	s->control = false;
	s->turn = 0;
	s->tries = 0;
	s->port = assay_declared_tcp_port(job, s->target);
	s->nsources = assay_source_count(job, s->target);
	if (s->nsources > SOURCES_MAX)
		s->nsources = SOURCES_MAX;
	ask_next(job);
}

static void
run(struct assay_job *job)
{
	struct state *s = assay_state(job);

	s->timer = assay_timer_new(job, on_time, s);
	start_target(job);
}

/* What was heard so far is judged, but nothing passes. */
static void
cancel(struct assay_job *job)
{
	struct state *s = assay_state(job);

	if (s->target == NULL)
		return;
	s->asking = false;
	s->target = NULL;
	assay_timer_stop(s->timer);
	assay_finish(job);
}

static void
fini(struct assay_job *job)
{
	struct state *s = assay_state(job);

	assay_timer_free(s->timer);
	s->timer = NULL;
}

static const struct assay_claim claims[] = {
	{ "NET-10", ASSAY_BEHAVIOUR },
	{ .check = NULL },
};

static const struct assay_param params[] = {
	ASSAY_ADDRESSES("The first address of which families is asked."),
	{ "samples", ASSAY_PARAM_U64, "64", IP_IDS_SAMPLES_MIN, SAMPLES_MAX,
	    NULL, "Questions of each kind (echo, TCP; fragments by IPv6)." },
	{ "wait", ASSAY_PARAM_DURATION, "1s", 1000000, 60000000000, NULL,
	    "How long to wait for an answer." },
	{ .name = NULL },
};

#define COUNT(name, what) \
	{ \
		name, ASSAY_TYPE_U64, "", what \
	}
#define SERIES(name, what) \
	COUNT(name ".samples", "identifications of " what), \
	    COUNT(name ".distinct", "different ones"), \
	    COUNT(name ".df", "with Don't Fragment"), \
	    COUNT(name ".cross_steps", "steps between our addresses"), \
	    COUNT(name ".cross_small", "of these, small"), \
	    COUNT(name ".cross_near", "of these, not far"), \
	    COUNT(name ".own_steps", "steps for one of our addresses"), \
	    COUNT(name ".own_small", "of these, small"), \
	    COUNT(name ".own_near", "of these, not far")

static const struct assay_field observations[] = {
	{ "ids.sources", ASSAY_TYPE_U64, "", "our addresses asked from" },
	SERIES("echo", "echo replies"),
	SERIES("tcp", "SYN-ACKs and RSTs"),
	SERIES("fragment", "fragments of echo replies"),
	{ "control", ASSAY_TYPE_BOOL, "", "it answered at the end" },
	{ .name = NULL },
};

#define VALUES \
	"question samples sources distinct df cross_steps cross_small " \
	"own_steps own_small own_near"
static const struct assay_reason reasons[] = {
	{ "ids.random", VALUES },
	{ "ids.constant", VALUES },
	{ "ids.each_its_own", VALUES },
	{ "ids.unclear", VALUES },
	{ "ids.one_source", VALUES },
	{ "ids.fragments_constant", VALUES },
	{ "ids.global", VALUES },
	{ "ids.few", VALUES },
	{ "ids.control_bad", VALUES },
	{ "ids.not_asked", "" },
	{ .code = NULL },
};

static const char *const resources[] = { "dut:load exclusive", NULL };

const struct assay_probe assay_probe = {
	.abi = ASSAY_ABI,
	.size = sizeof(struct assay_probe),
	.name = "net.ip_ids",
	.title = "The identifications of the device's IP packets show no "
		 "counter that all share.",
	.method = 1,
	.claims = claims,
	.params = params,
	.observations = observations,
	.reasons = reasons,
	.resources = resources,
	.needs = ASSAY_NEED_LINK | ASSAY_NEED_SOURCES,
	.medium = ASSAY_MEDIUM_IP,
	.impact = ASSAY_ACTIVE,
	.timeout_ms = 600000,
	.state_size = sizeof(struct state),
	.filter = "ip or ip6",
	.run = run,
	.on_frame = on_frame,
	.judge = net_ip_ids_judge,
	.cancel = cancel,
	.fini = fini,
};
