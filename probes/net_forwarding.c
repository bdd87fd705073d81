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

#define SERIALS 4000

struct state {
	uint8_t family; /* under way: 4, then 6 */
	const struct assay_target *target;
	struct assay_beside *beside;
	struct forward_probe forward;
	uint32_t nkinds;
	uint8_t answers[FORWARD_KINDS]; /* enum forward_answer, the strongest */
};

static const char *const kind_names[] = {
	[FORWARD_AWAY] = "to an address that is elsewhere",
	[FORWARD_EXPIRING] = "to an address that is elsewhere, expiring",
	[FORWARD_RETURN] = "from an address that is elsewhere, to us",
	[FORWARD_NEIGHBOUR] = "to another address on this link",
};

/* ---- observations ---- */

/* The packets of a kind, whoever they are addressed to, and the errors that
 * quote them; a redirect of IPv6 quotes nothing that a selector finds. */
static void
observe_answer(struct assay_job *job, enum forward_kind kind)
{
	const struct state *s = assay_state(job);
	const struct assay_subject on = ASSAY_ON(s->target, 0);
	const struct assay_value how = ASSAY_STRING(kind_names[kind]);
	const uint16_t port = (uint16_t)(FORWARD_PROBE_PORT + kind);
	const struct assay_frames f[] = {
		{ ASSAY_UDP, NULL, port, port, port, port, kind_names[kind] },
		{ s->family == 4 ? 1 : 58, s->target, 0, 0, 0, 0,
		    "what came back" },
	};

	if (s->answers[kind] == FORWARD_PASSED)
		assay_observe_on(job, on, "passed.on", how, f, 1);
	else if (s->answers[kind] == FORWARD_ROUTED)
		assay_observe_on(job, on, "routed", how, f, 2);
}

static void
on_swept(struct assay_job *job, void *arg)
{
	const struct state *s = arg;
	const struct assay_subject on = ASSAY_ON(s->target, 0);
	uint64_t refused = 0, silent = 0, unsettled = 0;
	enum assay_sweep_state state;
	uint32_t kind;

	for (kind = 0; kind < s->nkinds; kind++) {
		state = assay_beside_state(s->beside, kind);
		refused += s->answers[kind] == FORWARD_REFUSED;
		silent += state == ASSAY_SWEEP_SILENT;
		unsettled += state < ASSAY_SWEEP_ANSWERED;
		observe_answer(job, (enum forward_kind)kind);
	}
	assay_observe_count(job, on, "asked", s->nkinds);
	assay_observe_count(job, on, "refused", refused);
	assay_observe_count(job, on, "silent", silent);
	assay_observe_count(job, on, "unsettled", unsettled);
}

/* ---- asking ---- */

static size_t
build(struct assay_job *job, void *arg, uint32_t q, uint16_t serial,
    uint8_t *frame)
{
	const struct state *s = arg;

	(void)job;
	return forward_probe_build(
	    &s->forward, (enum forward_kind)q, serial, frame);
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

static void
prepare(struct assay_job *job)
{
	struct state *s = assay_state(job);
	const struct assay_target *t = s->target;
	const struct packet_ends e = { t->source_mac, t->mac, t->family,
		t->source, t->addr };
	const uint8_t *other = neighbour(job, t);

	memset(s->answers, 0, sizeof(s->answers));
	forward_probe_init(&s->forward, &e, other, (uint32_t)assay_random(job));
	s->nkinds = other == NULL ? FORWARD_NEIGHBOUR : FORWARD_KINDS;
}

/* One address of each family: what forwards does so whichever is asked. */
static void
next_family(struct assay_job *job, void *arg)
{
	const struct assay_frames all = { ASSAY_UDP, NULL, FORWARD_PROBE_PORT,
		FORWARD_PROBE_PORT + FORWARD_KINDS - 1, FORWARD_PROBE_PORT,
		FORWARD_PROBE_PORT + FORWARD_KINDS - 1, "all that was asked" };
	struct state *s = arg;
	struct assay_beside_spec spec = { .serials = SERIALS,
		.frames = all,
		.build = build,
		.on_swept = on_swept,
		.on_end = next_family,
		.arg = s };

	assay_beside_free(s->beside);
	s->beside = NULL;
	do {
		s->family = s->family == 0 ? 4 : s->family + 2;
		s->target = routed_target(job, s->family);
	} while (s->family <= 6 &&
	    (s->target == NULL || !assay_is_chosen(job, s->family)));
	if (s->family > 6) {
		assay_finish(job);
		return;
	}
	prepare(job);
	spec.target = s->target;
	spec.count = s->nkinds;
	s->beside = assay_beside_new(job, &spec);
}

static void
on_frame(struct assay_job *job, const struct assay_frame *frame)
{
	struct state *s = assay_state(job);
	enum forward_answer answer;
	enum forward_kind kind;
	uint16_t serial;

	if (s->beside == NULL || assay_beside_frame(s->beside, frame))
		return;
	answer = forward_probe_read(
	    &s->forward, frame->data, frame->size, &kind, &serial);
	if (answer == FORWARD_NOTHING || kind >= s->nkinds)
		return;
	if (answer > s->answers[kind])
		s->answers[kind] = (uint8_t)answer;
	assay_beside_answer(s->beside, kind, serial);
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
	next_family(job, assay_state(job));
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

/* ---- judge ---- */

struct seen {
	const struct assay_target *target;
	struct assay_beside_seen beside;
	uint64_t asked, refused, silent, unsettled;
	const char *how; /* of the first packet that came back; "" */
	uint32_t ids[FORWARD_KINDS + 2];
};

static void
see(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	const struct assay_counter counters[] = { { "asked", &s->asked },
		{ "refused", &s->refused }, { "silent", &s->silent },
		{ "unsettled", &s->unsettled } };

	assay_beside_see(&s->beside, o, id);
	assay_see_count(
	    o, o->field, counters, sizeof(counters) / sizeof(counters[0]));
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

	if (nids == 0 && s->beside.sweep_id != 0)
		s->ids[nids++] = s->beside.sweep_id;
	if (s->beside.control_id != 0 && s->beside.control)
		s->ids[nids++] = s->beside.control_id;
	v.nobservations = nids;
	assay_say(job, &v);
}

static void
judge_family(struct assay_job *job, const struct assay_target *t)
{
	/* Why nothing coming back shows nothing here; NULL: it does. */
	static const char *const doubts[ASSAY_DOUBTS] = {
		[ASSAY_DOUBT_NO_RESPONDER] = "forwarding.no_responder",
		[ASSAY_DOUBT_GONE] = "forwarding.device_gone",
		[ASSAY_DOUBT_UNSETTLED] = "forwarding.unsettled",
		[ASSAY_DOUBT_CONTROL] = "forwarding.control_bad",
	};
	const struct assay_observation *o;
	struct seen s = { .target = t, .how = "" };
	const char *reason;
	size_t i, n;

	for (i = 0; i < assay_observation_count(job); i++) {
		o = assay_observation_at(job, i);
		if (o->target != NULL && o->target->family == t->family)
			see(&s, o, (uint32_t)i + 1);
	}
	if (s.beside.end == NULL)
		return;
	reason = doubts[assay_beside_doubt(&s.beside, s.unsettled)];
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
judge(struct assay_job *job)
{
	const bool all =
	    strcmp(assay_param_string(job, "addresses"), "all") == 0;
	const struct assay_target *t;
	uint8_t family;

	for (family = 4; family <= 6; family += 2) {
		t = routed_target(job, family);
		if (!assay_is_chosen(job, family))
			continue;
		if (t != NULL)
			judge_family(job, t);
		else if (!all || assay_has_family(job, family) ||
		    assay_target_count(job) == 0)
			assay_say_no_address(job, family, "NET-34",
			    ASSAY_BEHAVIOUR, "forwarding.no_address");
	}
}

static const struct assay_claim claims[] = {
	{ "NET-34", ASSAY_BEHAVIOUR },
	{ .check = NULL },
};

static const struct assay_param params[] = {
	ASSAY_ADDRESSES("By which families it is asked."),
	ASSAY_MAX_PPS,
	ASSAY_PATIENCE,
	{ .name = NULL },
};

static const struct assay_field observations[] = {
	ASSAY_BESIDE_FIELDS,
	{ "asked", ASSAY_TYPE_U64, "", "kinds of packets for somebody else" },
	{ "refused", ASSAY_TYPE_U64, "", "answered by an error that says no" },
	{ "silent", ASSAY_TYPE_U64, "", "silent beside responders" },
	{ "unsettled", ASSAY_TYPE_U64, "", "neither" },
	{ "passed.on", ASSAY_TYPE_STRING, "", "a packet that came back" },
	{ "routed", ASSAY_TYPE_STRING, "",
	    "a packet about which a router's error came" },
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
