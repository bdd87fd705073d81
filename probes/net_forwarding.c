/*
 * net.forwarding: the device passes on nothing that is addressed to somebody
 * else.
 *
 * NET-34, by IPv4 and IPv6: RFC 1122 section 3.3.1.1 (a host silently discards
 * what is not for it), EN 18031 TCM-1.  Packets to the device's MAC and to an
 * IP address that is not its own: one on no link of ours, one of ours on this
 * link, one that comes from outside, one that would expire on the way.  Each
 * comes back whole when the device forwards, and as an error that only a router
 * sends when it tries to.  Nothing coming back counts only beside a responder
 * that was heard all the while (assay_sweep).  What it does between this link
 * and another one of its own is not seen from here.
 */
#include <string.h>

#include "probes/probe.h"
#include "protocols/forward_probe.h"
#include "protocols/ip_probe.h"
#include "protocols/syn_probe.h"

#define SERIALS 4000
#define ECHO 0 /* questions: the two responders, then the kinds */
#define SYN 1
#define KINDS 2
#define QUESTIONS_MAX (KINDS + FORWARD_KINDS)
#define CLOSING_TRIES 5
#define SYN_PORT 80 /* open or closed, when no TCP port is declared */

struct state {
	uint8_t family; /* under way: 4, then 6 */
	const struct assay_target *target;
	struct assay_sweep *sweep;
	struct ip_probe ip; /* for echoes */
	struct syn_probe syn;
	struct forward_probe forward;
	uint16_t syn_port;
	uint32_t nasks;
	uint8_t answers[QUESTIONS_MAX]; /* enum forward_answer, the strongest */
	uint16_t serials[QUESTIONS_MAX]; /* of the last asking */
	bool heard[KINDS];
	bool closing;   /* the sweep under way is the closing control */
	unsigned tries; /* of it */
};

static const char *const kind_names[] = {
	[FORWARD_AWAY] = "to an address that is elsewhere",
	[FORWARD_EXPIRING] = "to an address that is elsewhere, expiring",
	[FORWARD_RETURN] = "from an address that is elsewhere, to us",
	[FORWARD_NEIGHBOUR] = "to another address on this link",
};

/* ---- observations ---- */

static uint32_t
observe(struct assay_job *job, const char *field, struct assay_value value,
    const struct assay_frames *frames, size_t n)
{
	const struct state *s = assay_state(job);
	struct assay_observation o = { .field = field,
		.target = s->target,
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

/* The packets of a kind, whoever they are addressed to, and the errors that
 * quote them; a redirect of IPv6 quotes nothing that a selector finds. */
static void
observe_answer(struct assay_job *job, enum forward_kind kind)
{
	const struct state *s = assay_state(job);
	const uint16_t port = (uint16_t)(FORWARD_PROBE_PORT + kind);
	const struct assay_frames f[] = {
		{ ASSAY_UDP, NULL, port, port, port, port, kind_names[kind] },
		{ s->family == 4 ? 1 : 58, s->target, 0, 0, 0, 0,
		    "what came back" },
	};

	if (s->answers[KINDS + kind] == FORWARD_PASSED)
		observe(job, "passed.on", ASSAY_STRING(kind_names[kind]), f, 1);
	else if (s->answers[KINDS + kind] == FORWARD_ROUTED)
		observe(job, "routed", ASSAY_STRING(kind_names[kind]), f, 2);
}

static void
observe_pace(struct assay_job *job, const struct assay_sweep_stats *stats)
{
	assay_note(job, "pace.max_pps", ASSAY_U64(stats->max_pps));
	assay_note(job, "pace.slowed", ASSAY_U64(stats->slowed));
	assay_note(job, "pace.tries", ASSAY_U64(stats->tries));
	assay_note(job, "pace.sent", ASSAY_U64(stats->sent));
	assay_note(job, "pace.rtt_ns", ASSAY_NS(stats->rtt_ns));
}

static void
observe_sweep(struct assay_job *job, enum assay_sweep_end end)
{
	static const char *const ends[] = { [ASSAY_SWEEP_COMPLETE] = "complete",
		[ASSAY_SWEEP_UNSETTLED] = "unsettled",
		[ASSAY_SWEEP_GONE] = "gone" };
	struct state *s = assay_state(job);
	const struct assay_frames f = { ASSAY_UDP, NULL, FORWARD_PROBE_PORT,
		FORWARD_PROBE_PORT + FORWARD_KINDS - 1, FORWARD_PROBE_PORT,
		FORWARD_PROBE_PORT + FORWARD_KINDS - 1, "all that was asked" };
	struct assay_sweep_stats stats;
	uint64_t refused = 0, silent = 0, unsettled = 0;
	enum assay_sweep_state state;
	uint32_t q, id;

	assay_sweep_stats(s->sweep, &stats);
	for (q = KINDS; q < s->nasks; q++) {
		state = assay_sweep_state(s->sweep, q);
		refused += s->answers[q] == FORWARD_REFUSED;
		silent += state == ASSAY_SWEEP_SILENT;
		unsettled += state < ASSAY_SWEEP_ANSWERED;
		observe_answer(job, (enum forward_kind)(q - KINDS));
	}
	observe(job, "sweep.end", ASSAY_STRING(ends[end]), &f, 1);
	observe_count(job, "asked", s->nasks - KINDS);
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

static void start_family(struct assay_job *job);
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
	const struct ip_ask echo = { s->family == 4 ? 1 : 58, IP_CONTROL };

	(void)job;
	if (s->closing)
		q = responder(s);
	s->serials[q] = serial;
	if (q == SYN)
		return syn_probe_build(&s->syn, s->syn_port, serial, frame);
	if (q == ECHO)
		return ip_probe_build(&s->ip, &echo, serial, frame);
	return forward_probe_build(
	    &s->forward, (enum forward_kind)(q - KINDS), serial, frame);
}

static void
observe_control(struct assay_job *job, enum assay_phase phase, bool good,
    const char *comment)
{
	struct state *s = assay_state(job);
	struct assay_frames f = { .ip_proto = s->family == 4 ? 1 : 58,
		.target = s->target,
		.comment = comment };
	uint32_t id;

	if (responder(s) == SYN) {
		f.ip_proto = ASSAY_TCP;
		f.remote_first = s->syn_port;
		f.remote_last = s->syn_port;
	}
	id = observe(job, "control", ASSAY_BOOL(good), &f, good ? 1 : 0);
	assay_control(job, phase, good, id);
}

static void
end_family(struct assay_job *job, bool good)
{
	struct state *s = assay_state(job);

	observe_control(job, ASSAY_AFTER, good, "closing control");
	s->closing = false;
	s->family += 2;
	start_family(job);
}

static void
on_closed(struct assay_job *job, enum assay_sweep_end end)
{
	struct state *s = assay_state(job);
	bool good = assay_sweep_state(s->sweep, 0) == ASSAY_SWEEP_ANSWERED;

	assay_sweep_free(s->sweep);
	s->sweep = NULL;
	if (!good && end == ASSAY_SWEEP_UNSETTLED && ++s->tries < CLOSING_TRIES)
		start_closing(job);
	else
		end_family(job, good);
}

static void
on_swept(struct assay_job *job, void *arg, enum assay_sweep_end end)
{
	struct state *s = arg;

	if (s->closing) {
		on_closed(job, end);
		return;
	}
	observe_sweep(job, end);
	assay_sweep_free(s->sweep);
	s->sweep = NULL;
	if (!s->heard[ECHO] && !s->heard[SYN]) {
		observe_control(job, ASSAY_BEFORE, false, "");
		end_family(job, false);
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
	const struct assay_sweep_spec spec = { 1, NULL, 0, SERIALS,
		assay_param_u64(job, "max_pps"),
		assay_param_ns(job, "patience"), build, on_swept, s };

	s->sweep = assay_sweep_new(job, &spec);
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

/* RFC 4291 section 2.5.6: nobody passes on what is from or for a link-local
 * address, so nothing would be seen.  [judge] */
static const struct assay_target *
routed_target(struct assay_job *job, uint8_t family)
{
	const struct assay_target *t;
	size_t i;

	for (i = 0; i < assay_target_count(job); i++) {
		t = assay_target_at(job, i);
		if (t->family == family && t->scope != ASSAY_IPV6_LINK)
			return t;
	}
	return NULL;
}

/* Another address of ours on this link: of the pool, or the one from which
 * another address of the device is spoken with. */
static const uint8_t *
neighbour(struct assay_job *job, const struct assay_target *t)
{
	const struct assay_target *other;
	size_t i, n = t->family == 4 ? 4 : 16;

	if (assay_source_count(job, t) > 1)
		return assay_source_at(job, t, 1);
	for (i = 0; i < assay_target_count(job); i++) {
		other = assay_target_at(job, i);
		if (other->family == t->family &&
		    other->scope != ASSAY_IPV6_LINK &&
		    memcmp(other->source, t->source, n) != 0)
			return other->source;
	}
	return NULL;
}

static bool
is_chosen(struct assay_job *job, uint8_t family)
{
	const char *addresses = assay_param_string(job, "addresses");

	return strcmp(addresses, "all") == 0 ||
	    strcmp(addresses, family == 4 ? "ipv4" : "ipv6") == 0;
}

static void
prepare(struct assay_job *job)
{
	static const struct ip_probe_ends nothing;
	struct state *s = assay_state(job);
	const struct assay_target *t = s->target;
	const struct packet_ends e = { t->source_mac, t->mac, t->family,
		t->source, t->addr };
	const uint8_t *other = neighbour(job, t);

	memset(s->answers, 0, sizeof(s->answers));
	memset(s->heard, 0, sizeof(s->heard));
	s->syn_port = declared_tcp_port(job, t->family);
	syn_probe_init(&s->syn, &e, assay_random(job),
	    ASSAY_TCP_SWEEP_SOURCE_FIRST, SERIALS);
	ip_probe_init(&s->ip, &e, &nothing, (uint32_t)assay_random(job));
	forward_probe_init(&s->forward, &e, other, (uint32_t)assay_random(job));
	s->nasks = KINDS + (other == NULL ? FORWARD_NEIGHBOUR : FORWARD_KINDS);
}

/* One address of each family: what forwards does so whichever is asked. */
static void
start_family(struct assay_job *job)
{
	static const uint32_t first[KINDS] = { ECHO, SYN };
	struct state *s = assay_state(job);
	struct assay_sweep_spec spec;

	for (; s->family <= 6; s->family += 2) {
		s->target = routed_target(job, s->family);
		if (s->target != NULL && is_chosen(job, s->family))
			break;
	}
	if (s->family > 6) {
		assay_finish(job);
		return;
	}
	prepare(job);
	spec = (struct assay_sweep_spec){ s->nasks, first, KINDS, SERIALS,
		assay_param_u64(job, "max_pps"),
		assay_param_ns(job, "patience"), build, on_swept, s };
	s->sweep = assay_sweep_new(job, &spec);
}

/* ---- answers ---- */

static void
take_answer(struct assay_job *job, uint32_t q, uint16_t serial, bool liked)
{
	struct state *s = assay_state(job);

	if (q < KINDS)
		s->heard[q] = true;
	if (serial >= SERIALS)
		serial = s->serials[q];
	if (s->closing && q == responder(s))
		assay_sweep_answer(s->sweep, 0, serial, liked);
	else if (!s->closing)
		assay_sweep_answer(s->sweep, q, serial, liked);
}

static void
on_frame(struct assay_job *job, const struct assay_frame *frame)
{
	struct state *s = assay_state(job);
	enum forward_answer answer;
	enum forward_kind kind;
	enum syn_answer syn;
	struct ip_ask ask;
	uint16_t port, serial;

	if (s->sweep == NULL)
		return;
	syn = syn_probe_read(&s->syn, frame->data, frame->size, &port, &serial);
	if (syn == SYN_OPEN || syn == SYN_CLOSED) {
		take_answer(job, SYN, serial, syn == SYN_OPEN);
		return;
	}
	if (ip_probe_read(&s->ip, frame->data, frame->size, &ask, &serial) ==
		IP_ANSWERED &&
	    ask.form == IP_CONTROL) {
		take_answer(job, ECHO, serial, true);
		return;
	}
	answer = forward_probe_read(
	    &s->forward, frame->data, frame->size, &kind, &serial);
	if (answer == FORWARD_NOTHING || KINDS + kind >= s->nasks)
		return;
	if (!s->closing && answer > s->answers[KINDS + kind])
		s->answers[KINDS + kind] = (uint8_t)answer;
	take_answer(job, KINDS + kind, serial, false);
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
	struct state *s = assay_state(job);

	assay_on_health(job, on_health);
	s->family = 4;
	start_family(job);
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

/* ---- judge ---- */

struct seen {
	const struct assay_target *target;
	const char *end; /* of the sweep; NULL: it was not swept */
	uint64_t asked, refused, silent, unsettled;
	bool heard;                    /* a responder was */
	bool control;                  /* the closing one was good */
	uint32_t sweep_id, control_id; /* observations; 0: none */
	const char *how; /* of the first packet that came back; "" */
	uint32_t ids[FORWARD_KINDS + 2];
};

static void
see_count(struct seen *s, const struct assay_observation *o)
{
	const struct {
		const char *field;
		uint64_t *count;
	} counts[] = { { "asked", &s->asked }, { "refused", &s->refused },
		{ "silent", &s->silent }, { "unsettled", &s->unsettled } };
	size_t i;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		if (strcmp(o->field, counts[i].field) == 0)
			*counts[i].count = o->value.u64;
}

static void
see(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	if (strcmp(o->field, "sweep.end") == 0) {
		s->end = o->value.string;
		s->sweep_id = id;
	} else if (strcmp(o->field, "control") == 0) {
		s->heard |= o->value.boolean;
		s->control = o->value.boolean;
		s->control_id = id;
	} else {
		see_count(s, o);
	}
}

/* Evidence of one field, and how the first of it went. */
static size_t
cite(struct assay_job *job, struct seen *s, const char *field)
{
	const struct assay_observation *o;
	size_t i, n = 0;

	for (i = 0; i < assay_observation_count(job) && n < FORWARD_KINDS;
	     i++) {
		o = assay_observation_at(job, i);
		if (strcmp(o->field, field) != 0 || o->target == NULL ||
		    o->target->family != s->target->family)
			continue;
		if (n == 0)
			s->how = o->value.string;
		s->ids[n++] = (uint32_t)i + 1;
	}
	return n;
}

static void
say(struct assay_job *job, struct seen *s, enum assay_verdict_value value,
    const char *reason, size_t nids)
{
	const struct assay_named_value values[] = {
		{ "how", ASSAY_STRING(s->how) },
		{ "kinds", ASSAY_U64(nids) },
		{ "asked", ASSAY_U64(s->asked) },
		{ "refused", ASSAY_U64(s->refused) },
		{ "silent", ASSAY_U64(s->silent) },
		{ "unsettled", ASSAY_U64(s->unsettled) },
	};
	struct assay_verdict v = {
		.check = "NET-34",
		.kind = ASSAY_BEHAVIOUR,
		.value = value,
		.target = s->target,
		.reason = reason,
		.values = values,
		.nvalues = sizeof(values) / sizeof(values[0]),
		.observations = s->ids,
	};

	if (nids == 0 && s->sweep_id != 0)
		s->ids[nids++] = s->sweep_id;
	if (s->control_id != 0 && s->control)
		s->ids[nids++] = s->control_id;
	v.nobservations = nids;
	assay_say(job, &v);
}

/* Why nothing coming back shows nothing here; NULL: it does. */
static const char *
doubt(const struct seen *s)
{
	if (!s->heard)
		return "forwarding.no_responder";
	if (strcmp(s->end, "gone") == 0)
		return "forwarding.device_gone";
	if (strcmp(s->end, "complete") != 0 || s->unsettled > 0)
		return "forwarding.unsettled";
	if (!s->control)
		return "forwarding.control_bad";
	return NULL;
}

static void
judge_family(struct assay_job *job, const struct assay_target *t)
{
	const struct assay_observation *o;
	struct seen s = { .target = t, .how = "" };
	const char *reason;
	size_t i, n;

	for (i = 0; i < assay_observation_count(job); i++) {
		o = assay_observation_at(job, i);
		if (o->target != NULL && o->target->family == t->family)
			see(&s, o, (uint32_t)i + 1);
	}
	if (s.end == NULL)
		return;
	reason = doubt(&s);
	n = cite(job, &s, "passed.on");
	if (n > 0) {
		say(job, &s, ASSAY_FAIL, "forwarding.passed_on", n);
		return;
	}
	n = cite(job, &s, "routed");
	if (n > 0)
		say(job, &s, ASSAY_FAIL, "forwarding.routes", n);
	else if (reason != NULL)
		say(job, &s, ASSAY_INCONC, reason, 0);
	else
		say(job, &s, ASSAY_PASS, "forwarding.nothing_passed_on", 0);
}

static void
say_no_address(struct assay_job *job, uint8_t family)
{
	const struct assay_named_value value = { "family",
		ASSAY_STRING(family == 4 ? "IPv4" : "IPv6") };
	const struct assay_verdict v = { .check = "NET-34",
		.kind = ASSAY_BEHAVIOUR,
		.value = ASSAY_INCONC,
		.reason = "forwarding.no_address",
		.values = &value,
		.nvalues = 1 };

	assay_say(job, &v);
}

static bool
has_family(struct assay_job *job, uint8_t family)
{
	size_t i;

	for (i = 0; i < assay_target_count(job); i++)
		if (assay_target_at(job, i)->family == family)
			return true;
	return false;
}

static void
judge(struct assay_job *job)
{
	const bool all =
	    strcmp(assay_param_string(job, "addresses"), "all") == 0;
	const struct assay_target *t;
	uint8_t family;

	for (family = 4; family <= 6; family += 2) {
		t = routed_target(job, family);
		if (!is_chosen(job, family))
			continue;
		if (t != NULL)
			judge_family(job, t);
		else if (!all || has_family(job, family) ||
		    assay_target_count(job) == 0)
			say_no_address(job, family);
	}
}

static const struct assay_claim claims[] = {
	{ "NET-34", ASSAY_BEHAVIOUR },
	{ .check = NULL },
};

static const struct assay_param params[] = {
	{ "addresses", ASSAY_PARAM_CHOICE, "all", 0, 0, "all|ipv4|ipv6",
	    "By which families it is asked." },
	{ "max_pps", ASSAY_PARAM_U64, "0", 0, 1000000, NULL,
	    "Ceiling of the pace, in packets a second; 0: what the device "
	    "shows it can take." },
	{ "patience", ASSAY_PARAM_DURATION, "10s", 1000000000, 3600000000000,
	    NULL, "How long to wait for a device that fell silent." },
	{ .name = NULL },
};

static const struct assay_field observations[] = {
	{ "sweep.end", ASSAY_TYPE_STRING, "", "complete, unsettled or gone" },
	{ "asked", ASSAY_TYPE_U64, "", "kinds of packets for somebody else" },
	{ "refused", ASSAY_TYPE_U64, "", "answered by an error that says no" },
	{ "silent", ASSAY_TYPE_U64, "", "silent beside responders" },
	{ "unsettled", ASSAY_TYPE_U64, "", "neither" },
	{ "passed.on", ASSAY_TYPE_STRING, "", "a packet that came back" },
	{ "routed", ASSAY_TYPE_STRING, "",
	    "a packet about which a router's error came" },
	{ "sweep.checks", ASSAY_TYPE_U64, "", "askings of known responders" },
	{ "sweep.checks_lost", ASSAY_TYPE_U64, "", "of these, unanswered" },
	{ "control", ASSAY_TYPE_BOOL, "", "a known responder answered" },
	{ .name = NULL },
};

#define VALUES "how kinds asked refused silent unsettled"
static const struct assay_reason reasons[] = {
	{ "forwarding.nothing_passed_on", VALUES },
	{ "forwarding.passed_on", VALUES },
	{ "forwarding.routes", VALUES },
	{ "forwarding.no_responder", VALUES },
	{ "forwarding.device_gone", VALUES },
	{ "forwarding.unsettled", VALUES },
	{ "forwarding.control_bad", VALUES },
	{ "forwarding.no_address", "family" },
	{ .code = NULL },
};

static const char *const resources[] = { "dut:load exclusive", NULL };

const struct assay_probe assay_probe = {
	.abi = ASSAY_ABI,
	.size = sizeof(struct assay_probe),
	.name = "net.forwarding",
	.title = "The device passes on nothing that is addressed to somebody "
		 "else.",
	.method = 1,
	.claims = claims,
	.params = params,
	.observations = observations,
	.reasons = reasons,
	.resources = resources,
	.needs = ASSAY_NEED_LINK | ASSAY_NEED_SOURCES,
	.medium = ASSAY_MEDIUM_IP,
	.impact = ASSAY_MALFORMED,
	.timeout_ms = 600000,
	.state_size = sizeof(struct state),
	.filter = "ip or ip6",
	.run = run,
	.on_frame = on_frame,
	.judge = judge,
	.cancel = cancel,
	.fini = fini,
};
