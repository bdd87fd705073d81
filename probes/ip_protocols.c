/*
 * ip.protocols: no IP protocol answers beyond ICMP, TCP, UDP and what is
 * declared, and nothing that is not declared takes packets out of a tunnel.
 *
 * NET-04, on every IPv4 and IPv6 address: RFC 1122 section 3.2.2.1 and RFC
 * 4443 section 3.4 (protocol unreachable, unrecognized next header).  A packet
 * of each protocol number, and for each known tunnel an echo inside, whose
 * reply shows that the device lets in what it was sent (CERT VU#199397).
 * Silence counts only beside a responder (echo, or a TCP port) that was heard
 * all the while at the same pace.  A tunnel that is bound to one peer is silent
 * towards everybody else: that is not seen from here.
 */
#include <string.h>

#include "probes/ip_protocols/parts.h"
#include "protocols/ip_probe.h"
#include "protocols/syn_probe.h"

#define SERIALS 4000 /* of the sweep; below IP_PROBE_SERIALS */
#define ECHO 0       /* questions: the two responders, then the list */
#define SYN 1
#define LISTED 2
#define QUESTIONS_MAX (LISTED + IP_PROBE_ASKS_MAX + 1)
#define CLOSING_TRIES 5
#define SYN_PORT 80 /* open or closed, when no TCP port is declared */

struct state {
	size_t target; /* under way */
	struct assay_sweep *sweep;
	struct ip_probe ip;
	struct syn_probe syn;
	uint16_t syn_port;
	struct ip_ask asks[QUESTIONS_MAX];
	uint32_t nlisted, nasks;
	uint8_t answers[QUESTIONS_MAX];   /* enum ip_answer, the strongest */
	uint8_t answerers[QUESTIONS_MAX]; /* target + 1: whose address spoke */
	uint16_t serials[QUESTIONS_MAX];  /* of the last asking */
	bool heard[LISTED];
	struct ip_probe other; /* an echo to the other family's address */
	uint32_t other_q;      /* its question; 0: there is no such address */
	bool other_heard;
	bool closing;   /* the sweep under way is the closing control */
	unsigned tries; /* of it */
};

static const struct assay_target *
target(struct assay_job *job)
{
	struct state *s = assay_state(job);

	return assay_target_at(job, s->target);
}

/* ---- observations ---- */

static uint32_t
observe(struct assay_job *job, const char *field, struct assay_value value,
    const struct assay_frames *frames, size_t n)
{
	struct assay_observation o = { .field = field,
		.target = target(job),
		.value = value,
		.frames = frames,
		.nframes = n };

	return assay_observe(job, &o);
}

static uint32_t
observe_count(struct assay_job *job, const char *field, uint64_t n)
{
	return observe(job, field, ASSAY_U64(n), NULL, 0);
}

/* Frames of one protocol with an address of the device.  IPv6's numbers that
 * are headers to be walked over are not told apart by a selector. */
static struct assay_frames
frames_of(const struct assay_target *t, uint8_t proto, const char *comment)
{
	struct assay_frames f = {
		.ip_proto = proto, .target = t, .comment = comment
	};

	if (t->family == 6 &&
	    (proto == 51 || proto == 135 || proto == 139 || proto == 140))
		f.ip_proto = 0;
	return f;
}

static const char *
form_name(uint8_t form)
{
	static const char *const names[] = {
		[IP_PLAIN] = "a message of the protocol",
		[IP_INNER4] = "an IPv4 echo inside",
		[IP_INNER6] = "an IPv6 echo inside",
		[IP_RETURN4] = "an IPv4 packet back to us inside",
		[IP_BRIDGED4] = "an Ethernet frame inside",
	};

	return form < sizeof(names) / sizeof(names[0]) ? names[form] : "";
}

static void
observe_answer(struct assay_job *job, uint32_t q)
{
	struct state *s = assay_state(job);
	const struct ip_ask *ask = &s->asks[q];
	const struct assay_target *t = target(job), *from = t;
	struct assay_frames f[2];

	f[0] = frames_of(t, ask->proto, form_name(ask->form));
	if (s->answers[q] == IP_ANSWERED) {
		observe(job, "protocol.answered", ASSAY_U64(ask->proto), f, 1);
	} else if (s->answers[q] == IP_DECAPSULATED) {
		if (s->answerers[q] > 0)
			from =
			    assay_target_at(job, (size_t)s->answerers[q] - 1);
		f[1] = frames_of(from, from->family == 4 ? 1 : 58,
		    "what was inside was answered");
		observe(job, "protocol.tunnel", ASSAY_U64(ask->proto), f, 2);
	}
}

static void
observe_pace(struct assay_job *job, const struct assay_sweep_stats *stats)
{
	struct state *s = assay_state(job);

	assay_note(job, "pace.max_pps", ASSAY_U64(stats->max_pps));
	assay_note(job, "pace.min_pps", ASSAY_U64(stats->min_pps));
	assay_note(job, "pace.slowed", ASSAY_U64(stats->slowed));
	assay_note(job, "pace.tries", ASSAY_U64(stats->tries));
	assay_note(job, "pace.sent", ASSAY_U64(stats->sent));
	assay_note(job, "pace.rtt_ns", ASSAY_NS(stats->rtt_ns));
	assay_note(job, "sources.used", ASSAY_U64(s->ip.nlocal));
}

static void
observe_sweep(struct assay_job *job, enum assay_sweep_end end)
{
	static const char *const ends[] = { [ASSAY_SWEEP_COMPLETE] = "complete",
		[ASSAY_SWEEP_UNSETTLED] = "unsettled",
		[ASSAY_SWEEP_GONE] = "gone" };
	struct state *s = assay_state(job);
	struct assay_frames f = frames_of(target(job), 0, "the sweep");
	struct assay_sweep_stats stats;
	uint64_t unreachable = 0, refused = 0, silent = 0, unsettled = 0;
	enum assay_sweep_state state;
	uint32_t q, id;

	assay_sweep_stats(s->sweep, &stats);
	for (q = LISTED; q < s->nlisted; q++) {
		state = assay_sweep_state(s->sweep, q);
		unreachable += s->answers[q] == IP_UNREACHABLE;
		refused += s->answers[q] == IP_REFUSED;
		silent += state == ASSAY_SWEEP_SILENT;
		unsettled += state < ASSAY_SWEEP_ANSWERED;
		observe_answer(job, q);
	}
	observe(job, "sweep.end", ASSAY_STRING(ends[end]), &f, 1);
	observe(job, "echo", ASSAY_BOOL(s->heard[ECHO]), NULL, 0);
	observe(job, "echo.other",
	    ASSAY_BOOL(s->other_q == 0 || s->other_heard), NULL, 0);
	observe_count(job, "asked", s->nlisted - LISTED);
	observe_count(job, "unreachable", unreachable);
	observe_count(job, "refused", refused);
	observe_count(job, "silent", silent);
	observe_count(job, "unsettled", unsettled);
	observe_count(job, "sweep.checks_lost", stats.checks_lost);
	id = observe_count(job, "sweep.checks", stats.checks);
	observe_pace(job, &stats);
	assay_control(job, ASSAY_DURING,
	    stats.checks > 0 && stats.checks_lost * 2 < stats.checks, id);
}

/* ---- asking ---- */

static void start_target(struct assay_job *job);
static void start_closing(struct assay_job *job);

static uint32_t
responder(const struct state *s)
{
	return s->heard[ECHO] ? ECHO : SYN;
}

static size_t
build(struct assay_job *job, void *arg, uint32_t q, uint16_t serial,
    uint8_t *frame)
{
	struct state *s = arg;

	(void)job;
	if (s->closing)
		q = responder(s);
	s->serials[q] = serial;
	if (q == SYN)
		return syn_probe_build(&s->syn, s->syn_port, serial, frame);
	return ip_probe_build(q != 0 && q == s->other_q ? &s->other : &s->ip,
	    &s->asks[q], serial, frame);
}

static void
observe_control(struct assay_job *job, enum assay_phase phase, bool good,
    const char *comment)
{
	struct state *s = assay_state(job);
	const struct assay_target *t = target(job);
	struct assay_frames f = frames_of(t, t->family == 4 ? 1 : 58, comment);
	uint32_t id;

	if (responder(s) == SYN) {
		f.ip_proto = 6;
		f.remote_first = s->syn_port;
		f.remote_last = s->syn_port;
	}
	id = observe(job, "control", ASSAY_BOOL(good), &f, good ? 1 : 0);
	assay_control(job, phase, good, id);
}

static void
end_target(struct assay_job *job, bool good)
{
	struct state *s = assay_state(job);

	observe_control(job, ASSAY_AFTER, good, "closing control");
	s->closing = false;
	s->target++;
	start_target(job);
}

static void
on_swept(struct assay_job *job, void *arg, enum assay_sweep_end end)
{
	struct state *s = arg;
	bool good;

	if (s->closing) {
		good = assay_sweep_state(s->sweep, 0) == ASSAY_SWEEP_ANSWERED;
		assay_sweep_free(s->sweep);
		s->sweep = NULL;
		if (!good && end == ASSAY_SWEEP_UNSETTLED &&
		    ++s->tries < CLOSING_TRIES)
			start_closing(job);
		else
			end_target(job, good);
		return;
	}
	observe_sweep(job, end);
	assay_sweep_free(s->sweep);
	s->sweep = NULL;
	if (!s->heard[ECHO] && !s->heard[SYN]) {
		observe_control(job, ASSAY_BEFORE, false, "");
		end_target(job, false);
		return;
	}
	/* The first answer was the control before, this is the one after. */
	observe_control(job, ASSAY_BEFORE, true, "first answer");
	s->closing = true;
	s->tries = 0;
	start_closing(job);
}

/* The responder once more. */
static void
start_closing(struct assay_job *job)
{
	struct state *s = assay_state(job);
	struct assay_sweep_spec spec = { 1, NULL, 0, SERIALS,
		assay_param_u64(job, "max_pps"),
		assay_param_ns(job, "patience"), build, on_swept, s };

	s->sweep = assay_sweep_new(job, &spec);
}

/* An address of the other family for what is inside: a routed one rather than
 * a link-local one, which is only good on its own link. */
static const struct assay_target *
other_family(struct assay_job *job, uint8_t family)
{
	const struct assay_target *t, *best = NULL;
	size_t i;

	for (i = 0; i < assay_target_count(job); i++) {
		t = assay_target_at(job, i);
		if (t->family == family &&
		    (best == NULL || best->scope == ASSAY_IPV6_LINK))
			best = t;
	}
	return best;
}

/* The ends of what is inside, by the addresses of this job. */
static void
choose_ends(struct assay_job *job, struct ip_probe_ends *in)
{
	const struct assay_target *t = target(job), *four = t, *six = t;

	memset(in, 0, sizeof(*in));
	if (t->family == 4)
		six = other_family(job, 6);
	else
		four = other_family(job, 4);
	if (four != NULL) {
		in->has4 = true;
		memcpy(in->src4, four->source, 4);
		memcpy(in->dst4, four->addr, 4);
	}
	if (six != NULL) {
		in->has6 = true;
		memcpy(in->src6, six->source, 16);
		memcpy(in->dst6, six->addr, 16);
	}
}

static uint16_t
declared_tcp_port(struct assay_job *job, uint8_t family)
{
	const struct assay_declared_port *d;
	size_t i;

	for (i = 0; i < assay_declared_port_count(job); i++) {
		d = assay_declared_port_at(job, i);
		if (d->transport == ASSAY_TCP && !d->optional &&
		    (d->family == 0 || d->family == family))
			return d->first;
	}
	return SYN_PORT;
}

/* Where an echo alone is dropped, the one inside a tunnel would be, too. */
static void
ask_other(struct assay_job *job, const struct ip_probe_ends *inner)
{
	struct state *s = assay_state(job);
	const struct assay_target *t =
	    other_family(job, target(job)->family == 4 ? 6 : 4);
	struct packet_ends e;

	s->nlisted = s->nasks;
	s->other_q = 0;
	s->other_heard = false;
	if (t == NULL)
		return;
	e = (struct packet_ends){ t->source_mac, t->mac, t->family, t->source,
		t->addr };
	ip_probe_init(&s->other, &e, inner, s->ip.key);
	s->other_q = s->nasks++;
	s->asks[s->other_q].proto = t->family == 4 ? 1 : 58;
	s->asks[s->other_q].form = IP_CONTROL;
}

static void
list_questions(struct assay_job *job)
{
	struct state *s = assay_state(job);
	const struct assay_target *t = target(job);
	const struct packet_ends e = { t->source_mac, t->mac, t->family,
		t->source, t->addr };
	struct ip_probe_ends inner;
	size_t i;

	choose_ends(job, &inner);
	ip_probe_init(&s->ip, &e, &inner, (uint32_t)assay_random(job));
	for (i = 1; i < assay_source_count(job, t); i++)
		ip_probe_add_source(&s->ip, assay_source_at(job, t, i));
	s->syn_port = declared_tcp_port(job, t->family);
	syn_probe_init(&s->syn, &e, assay_random(job),
	    ASSAY_TCP_SWEEP_SOURCE_FIRST, SERIALS);
	memset(s->answers, 0, sizeof(s->answers));
	memset(s->answerers, 0, sizeof(s->answerers));
	memset(s->heard, 0, sizeof(s->heard));
	s->asks[ECHO].proto = t->family == 4 ? 1 : 58;
	s->asks[ECHO].form = IP_CONTROL;
	s->asks[SYN].proto = 6;
	s->asks[SYN].form = IP_CONTROL;
	s->nasks = LISTED + (uint32_t)ip_probe_list(&s->ip, s->asks + LISTED);
	ask_other(job, &inner);
}

static void
start_target(struct assay_job *job)
{
	static const uint32_t first[LISTED] = { ECHO, SYN };
	struct state *s = assay_state(job);
	struct assay_sweep_spec spec;

	while (s->target < assay_target_count(job) &&
	    !ip_protocols_is_chosen(job, target(job)))
		s->target++;
	if (s->target == assay_target_count(job)) {
		assay_finish(job);
		return;
	}
	list_questions(job);
	spec = (struct assay_sweep_spec){ s->nasks, first, LISTED, SERIALS,
		assay_param_u64(job, "max_pps"),
		assay_param_ns(job, "patience"), build, on_swept, s };
	s->sweep = assay_sweep_new(job, &spec);
}

/* ---- answers ---- */

static uint32_t
question_of(const struct state *s, const struct ip_ask *ask)
{
	uint32_t q;

	for (q = 0; q < s->nasks; q++)
		if (s->asks[q].proto == ask->proto &&
		    s->asks[q].form == ask->form)
			return q;
	return s->nasks;
}

/* Whose address an answer of the packet inside came from: target + 1. */
static uint8_t
answerer(struct assay_job *job, const struct assay_frame *frame)
{
	const struct assay_target *t;
	struct packet p;
	size_t i;

	if (packet_dissect(&p, frame->data, frame->size) == -1)
		return 0;
	for (i = 0; i < assay_target_count(job) && i < 255; i++) {
		t = assay_target_at(job, i);
		if (p.family == t->family &&
		    memcmp(p.src, t->addr, t->family == 4 ? 4 : 16) == 0)
			return (uint8_t)(i + 1);
	}
	return 0;
}

static void
take_answer(struct assay_job *job, uint32_t q, uint16_t serial, bool liked)
{
	struct state *s = assay_state(job);

	if (q < LISTED)
		s->heard[q] = true;
	else if (q == s->other_q)
		s->other_heard = true;
	if (s->closing && q == responder(s))
		assay_sweep_answer(s->sweep, 0, serial, liked);
	else if (!s->closing)
		assay_sweep_answer(s->sweep, q, serial, liked);
}

static void
on_frame(struct assay_job *job, const struct assay_frame *frame)
{
	struct state *s = assay_state(job);
	enum ip_answer answer;
	enum syn_answer syn;
	struct ip_ask ask;
	uint16_t port, serial;
	uint32_t q;

	if (s->sweep == NULL)
		return;
	syn = syn_probe_read(&s->syn, frame->data, frame->size, &port, &serial);
	if (syn == SYN_OPEN || syn == SYN_CLOSED) {
		take_answer(job, SYN, serial, syn == SYN_OPEN);
		return;
	}
	answer = ip_probe_read(&s->ip, frame->data, frame->size, &ask, &serial);
	q = answer == IP_NO_ANSWER ? s->nasks : question_of(s, &ask);
	if (q == s->nasks)
		return;
	if (serial == IP_PROBE_SERIALS)
		serial = s->serials[q];
	if (!s->closing && answer > s->answers[q]) {
		s->answers[q] = (uint8_t)answer;
		s->answerers[q] = answerer(job, frame);
	}
	take_answer(job, q, serial, q == ECHO);
}

static void
on_health(struct assay_job *job, enum assay_health health)
{
	struct state *s = assay_state(job);

	if (s->sweep == NULL)
		return;
	/* Another address, or a reboot: what was seen is of another time. */
	if (health == ASSAY_ADDRESS_CHANGED)
		assay_sweep_stop(s->sweep);
	else
		assay_sweep_health(s->sweep, health);
}

static void
run(struct assay_job *job)
{
	assay_on_health(job, on_health);
	start_target(job);
}

static void
cancel(struct assay_job *job)
{
	struct state *s = assay_state(job);

	if (s->sweep != NULL)
		assay_sweep_stop(s->sweep);
}

static void
fini(struct assay_job *job)
{
	struct state *s = assay_state(job);

	assay_sweep_free(s->sweep);
	s->sweep = NULL;
}

static const struct assay_claim claims[] = {
	{ "NET-04", ASSAY_COMPLETENESS },
	{ .check = NULL },
};

static const struct assay_param params[] = {
	{ "addresses", ASSAY_PARAM_CHOICE, "all", 0, 0, "all|ipv4|ipv6",
	    "Which of the device's addresses are asked." },
	{ "max_pps", ASSAY_PARAM_U64, "0", 0, 1000000, NULL,
	    "Ceiling of the pace, in packets a second; 0: what the device "
	    "shows it can take." },
	{ "patience", ASSAY_PARAM_DURATION, "10s", 1000000000, 3600000000000,
	    NULL, "How long to wait for a device that fell silent." },
	{ .name = NULL },
};

static const struct assay_field observations[] = {
	{ "sweep.end", ASSAY_TYPE_STRING, "", "complete, unsettled or gone" },
	{ "asked", ASSAY_TYPE_U64, "",
	    "askings: numbers, and tunnels by what "
	    "is inside" },
	{ "unreachable", ASSAY_TYPE_U64, "",
	    "answered by protocol unreachable or unrecognized next header" },
	{ "refused", ASSAY_TYPE_U64, "", "answered by another error" },
	{ "silent", ASSAY_TYPE_U64, "", "silent beside responders" },
	{ "unsettled", ASSAY_TYPE_U64, "", "neither" },
	{ "sweep.checks", ASSAY_TYPE_U64, "", "askings of known responders" },
	{ "sweep.checks_lost", ASSAY_TYPE_U64, "", "of these, unanswered" },
	{ "echo", ASSAY_TYPE_BOOL, "", "an echo by itself is answered" },
	{ "echo.other", ASSAY_TYPE_BOOL, "",
	    "so is one to the address of the other family, if there is any" },
	{ "protocol.answered", ASSAY_TYPE_U64, "",
	    "a protocol that answered for itself" },
	{ "protocol.tunnel", ASSAY_TYPE_U64, "",
	    "a protocol whose inside was answered" },
	{ "control", ASSAY_TYPE_BOOL, "", "a known responder answered" },
	{ .name = NULL },
};

#define VALUES "protocols count asked unreachable silent unsettled"
static const struct assay_reason reasons[] = {
	{ "ip.as_declared", VALUES },
	{ "ip.tunnel_accepted", VALUES },
	{ "ip.undeclared_answers", VALUES },
	{ "ip.nothing_declared", VALUES },
	{ "ip.no_responder", VALUES },
	{ "ip.device_gone", VALUES },
	{ "ip.unsettled", VALUES },
	{ "ip.no_echo", VALUES },
	{ "ip.control_bad", VALUES },
	{ "ip.no_address", "family" },
	{ .code = NULL },
};

static const char *const resources[] = { "dut:load exclusive", NULL };

const struct assay_probe assay_probe = {
	.abi = ASSAY_ABI,
	.size = sizeof(struct assay_probe),
	.name = "ip.protocols",
	.title = "No IP protocol answers beyond ICMP, TCP, UDP and those "
		 "declared, and no undeclared tunnel lets anything in.",
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
	.judge = ip_protocols_judge,
	.cancel = cancel,
	.fini = fini,
};
