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

#define SERIALS 4000                          /* below IP_PROBE_SERIALS */
#define QUESTIONS_MAX (IP_PROBE_ASKS_MAX + 1) /* the list, the other echo */

struct state {
	size_t next;
	const struct assay_target *target; /* under way */
	struct assay_beside *beside;
	struct ip_probe ip;
	struct ip_ask asks[QUESTIONS_MAX];
	uint32_t nlisted, nasks;
	uint8_t answers[QUESTIONS_MAX];   /* enum ip_answer, the strongest */
	uint8_t answerers[QUESTIONS_MAX]; /* target + 1: whose address spoke */
	struct ip_probe other; /* an echo to the other family's address */
	bool has_other;        /* there is one: the question behind the list */
	bool other_heard;
};

/* ---- observations ---- */

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
	const struct state *s = assay_state(job);
	const struct assay_subject on = ASSAY_ON(s->target, 0);
	const struct ip_ask *ask = &s->asks[q];
	const struct assay_target *t = s->target, *from = t;
	struct assay_frames f[2];

	f[0] = frames_of(t, ask->proto, form_name(ask->form));
	if (s->answers[q] == IP_ANSWERED) {
		assay_observe_on(
		    job, on, "protocol.answered", ASSAY_U64(ask->proto), f, 1);
	} else if (s->answers[q] == IP_DECAPSULATED) {
		if (s->answerers[q] > 0)
			from =
			    assay_target_at(job, (size_t)s->answerers[q] - 1);
		f[1] = frames_of(from, from->family == 4 ? 1 : 58,
		    "what was inside was answered");
		assay_observe_on(
		    job, on, "protocol.tunnel", ASSAY_U64(ask->proto), f, 2);
	}
}

static void
on_swept(struct assay_job *job, void *arg)
{
	const struct state *s = arg;
	const struct assay_subject on = ASSAY_ON(s->target, 0);
	uint64_t unreachable = 0, refused = 0, silent = 0, unsettled = 0;
	enum assay_sweep_state state;
	uint32_t q;

	for (q = 0; q < s->nlisted; q++) {
		state = assay_beside_state(s->beside, q);
		unreachable += s->answers[q] == IP_UNREACHABLE;
		refused += s->answers[q] == IP_REFUSED;
		silent += state == ASSAY_SWEEP_SILENT;
		unsettled += state < ASSAY_SWEEP_ANSWERED;
		observe_answer(job, q);
	}
	assay_observe_on(job, on, "echo",
	    ASSAY_BOOL(assay_beside_heard_echo(s->beside)), NULL, 0);
	assay_observe_on(job, on, "echo.other",
	    ASSAY_BOOL(!s->has_other || s->other_heard), NULL, 0);
	assay_observe_count(job, on, "asked", s->nlisted);
	assay_observe_count(job, on, "unreachable", unreachable);
	assay_observe_count(job, on, "refused", refused);
	assay_observe_count(job, on, "silent", silent);
	assay_observe_count(job, on, "unsettled", unsettled);
	assay_note(job, "sources.used", ASSAY_U64(s->ip.nlocal));
}

/* ---- asking ---- */

static size_t
build(struct assay_job *job, void *arg, uint32_t q, uint16_t serial,
    uint8_t *frame)
{
	const struct state *s = arg;

	(void)job;
	return ip_probe_build(
	    q < s->nlisted ? &s->ip : &s->other, &s->asks[q], serial, frame);
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
	const struct state *s = assay_state(job);
	const struct assay_target *t = s->target, *four = t, *six = t;

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

/* Where an echo alone is dropped, the one inside a tunnel would be, too. */
static void
ask_other(struct assay_job *job, const struct ip_probe_ends *inner)
{
	struct state *s = assay_state(job);
	const struct assay_target *t =
	    other_family(job, s->target->family == 4 ? 6 : 4);
	struct packet_ends e;

	s->has_other = t != NULL;
	s->other_heard = false;
	if (t == NULL)
		return;
	e = (struct packet_ends){ t->source_mac, t->mac, t->family, t->source,
		t->addr };
	ip_probe_init(&s->other, &e, inner, s->ip.key);
	s->asks[s->nasks].proto = t->family == 4 ? 1 : 58;
	s->asks[s->nasks++].form = IP_CONTROL;
}

static void
list_questions(struct assay_job *job)
{
	struct state *s = assay_state(job);
	const struct assay_target *t = s->target;
	const struct packet_ends e = { t->source_mac, t->mac, t->family,
		t->source, t->addr };
	struct ip_probe_ends inner;
	size_t i;

	choose_ends(job, &inner);
	ip_probe_init(&s->ip, &e, &inner, (uint32_t)assay_random(job));
	for (i = 1; i < assay_source_count(job, t); i++)
		ip_probe_add_source(&s->ip, assay_source_at(job, t, i));
	memset(s->answers, 0, sizeof(s->answers));
	memset(s->answerers, 0, sizeof(s->answerers));
	s->nlisted = s->nasks = (uint32_t)ip_probe_list(&s->ip, s->asks);
	ask_other(job, &inner);
}

static void
next_target(struct assay_job *job, void *arg)
{
	struct state *s = arg;
	struct assay_beside_spec spec = { .serials = SERIALS,
		.from_all = true,
		.build = build,
		.on_swept = on_swept,
		.on_end = next_target,
		.arg = s };

	assay_beside_free(s->beside);
	s->beside = NULL;
	s->target = assay_target_next(job, &s->next);
	if (s->target == NULL) {
		assay_finish(job);
		return;
	}
	list_questions(job);
	spec.target = s->target;
	spec.count = s->nasks;
	spec.frames = frames_of(s->target, 0, "the sweep");
	s->beside = assay_beside_new(job, &spec);
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
on_frame(struct assay_job *job, const struct assay_frame *frame)
{
	struct state *s = assay_state(job);
	enum ip_answer answer;
	struct ip_ask ask;
	uint16_t serial;
	uint32_t q;

	if (s->beside == NULL || assay_beside_frame(s->beside, frame))
		return;
	answer = ip_probe_read(&s->ip, frame->data, frame->size, &ask, &serial);
	q = answer == IP_NO_ANSWER ? s->nasks : question_of(s, &ask);
	if (q == s->nasks)
		return;
	if (q == s->nlisted)
		s->other_heard = true;
	if (answer > s->answers[q]) {
		s->answers[q] = (uint8_t)answer;
		s->answerers[q] = answerer(job, frame);
	}
	assay_beside_answer(s->beside, q, serial);
}

/* ---- the contract's functions ---- */

static void
on_health(struct assay_job *job, enum assay_health health)
{
	const struct state *s = assay_state(job);

	assay_beside_health(s->beside, health);
}

static void
run(struct assay_job *job)
{
	assay_on_health(job, on_health);
	next_target(job, assay_state(job));
}

static void
cancel(struct assay_job *job)
{
	const struct state *s = assay_state(job);

	assay_beside_stop(s->beside);
}

static void
fini(struct assay_job *job)
{
	struct state *s = assay_state(job);

	assay_beside_free(s->beside);
	s->beside = NULL;
}

static const struct assay_claim claims[] = {
	{ "NET-04", ASSAY_COMPLETENESS },
	{ .check = NULL },
};

static const struct assay_param params[] = {
	ASSAY_ADDRESSES("Which of the device's addresses are asked."),
	ASSAY_MAX_PPS,
	ASSAY_PATIENCE,
	{ .name = NULL },
};

static const struct assay_field observations[] = {
	ASSAY_BESIDE_FIELDS,
	{ "asked", ASSAY_TYPE_U64, "",
	    "askings: numbers, and tunnels by what "
	    "is inside" },
	{ "unreachable", ASSAY_TYPE_U64, "",
	    "answered by protocol unreachable or unrecognized next header" },
	{ "refused", ASSAY_TYPE_U64, "", "answered by another error" },
	{ "silent", ASSAY_TYPE_U64, "", "silent beside responders" },
	{ "unsettled", ASSAY_TYPE_U64, "", "neither" },
	{ "echo", ASSAY_TYPE_BOOL, "", "an echo by itself is answered" },
	{ "echo.other", ASSAY_TYPE_BOOL, "",
	    "so is one to the address of the other family, if there is any" },
	{ "protocol.answered", ASSAY_TYPE_U64, "",
	    "a protocol that answered for itself" },
	{ "protocol.tunnel", ASSAY_TYPE_U64, "",
	    "a protocol whose inside was answered" },
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
