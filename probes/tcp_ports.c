/*
 * tcp.ports: no TCP port is open beyond those declared, and those answer.
 *
 * NET-01 (IPv4) and NET-03 (IPv6): EN 303 645 provision 5.6-1, TS 103 701
 * 5.6-1-2 c, EN 18031 GEC-2 and GEC-4.  A SYN to every port of every address
 * of the DUT (RFC 9293 section 3.5): SYN-ACK is open, RST closed, and silence
 * counts as not open only beside a responder that was heard all the while at
 * the same pace (assay_sweep).  Every open port is confirmed by a handshake of
 * the bench's own kernel, which also sends the RST that ends what the sweep
 * left half open.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probes/probe.h"

#define ALL_PORTS 65535
#define HANDSHAKES_MAX 256 /* observed one by one, per address */

#define FIRST_MAX 1024 /* declared ports that are asked first */

struct state {
	size_t target; /* under way */
	struct assay_tcp_sweep *sweep;
	struct assay_ports open; /* of the sweep that is over */
	unsigned nhandshakes;
	uint16_t responder; /* for the closing control */
};

static const struct assay_target *
target(struct assay_job *job)
{
	struct state *s = assay_state(job);

	return assay_target_at(job, s->target);
}

/* ---- what is declared, and what is asked ---- */

static bool
is_for(const struct assay_declared_port *d, const struct assay_target *t)
{
	return d->transport == ASSAY_TCP &&
	    (d->family == 0 || d->family == t->family);
}

/* required: only what must be open. */
static void
declared_ports(struct assay_job *job, const struct assay_target *t,
    bool required, struct assay_ports *out)
{
	const struct assay_declared_port *d;
	size_t i;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < assay_declared_port_count(job); i++) {
		d = assay_declared_port_at(job, i);
		if (is_for(d, t) && !(required && d->optional))
			assay_ports_add(out, d->first, d->last);
	}
}

static bool
is_chosen(struct assay_job *job, const struct assay_target *t)
{
	const char *addresses = assay_param_string(job, "addresses");

	return strcmp(addresses, "all") == 0 ||
	    strcmp(addresses, t->family == 4 ? "ipv4" : "ipv6") == 0;
}

/* ---- observations ---- */

static uint32_t
observe(struct assay_job *job, const char *field, uint16_t port,
    struct assay_value value, const struct assay_frames *frames, size_t n)
{
	struct assay_observation o = { .field = field,
		.target = target(job),
		.port = port,
		.value = value,
		.frames = frames,
		.nframes = n };

	return assay_observe(job, &o);
}

static uint32_t
observe_count(struct assay_job *job, const char *field, uint64_t n)
{
	return observe(job, field, 0, ASSAY_U64(n), NULL, 0);
}

/* The sweep's own frames, of all ports or of one. */
static struct assay_frames
sweep_frames(
    struct assay_job *job, uint16_t first, uint16_t last, const char *comment)
{
	struct assay_frames f = { ASSAY_TCP, target(job),
		ASSAY_TCP_SWEEP_SOURCE_FIRST, ASSAY_TCP_SWEEP_SOURCE_LAST,
		first, last, comment };

	return f;
}

/* The device was away in the midst of it, and what that says of its pace. */
static void
note_outages(struct assay_job *job, const struct assay_sweep_stats *stats)
{
	assay_note(job, "pace.outages", ASSAY_U64(stats->outages));
	if (stats->asleep_ns > 0)
		assay_note(job, "pace.asleep_ns", ASSAY_NS(stats->asleep_ns));
	if (stats->awake_ns > 0)
		assay_note(job, "pace.awake_ns", ASSAY_NS(stats->awake_ns));
	if (stats->reboots == 0)
		return;
	assay_note(job, "pace.reboots", ASSAY_U64(stats->reboots));
	assay_note(job, "pace.reboot_pps", ASSAY_U64(stats->reboot_pps));
}

static void
note_pace(struct assay_job *job, const struct assay_sweep_stats *stats)
{
	assay_note(job, "pace.max_pps", ASSAY_U64(stats->max_pps));
	assay_note(job, "pace.min_pps", ASSAY_U64(stats->min_pps));
	assay_note(job, "pace.slowed", ASSAY_U64(stats->slowed));
	assay_note(job, "pace.tries", ASSAY_U64(stats->tries));
	assay_note(job, "pace.sent", ASSAY_U64(stats->sent));
	assay_note(job, "pace.rtt_ns", ASSAY_NS(stats->rtt_ns));
	if (stats->reached_pps > 0)
		assay_note(
		    job, "pace.reached_pps", ASSAY_U64(stats->reached_pps));
	if (stats->outages > 0)
		note_outages(job, stats);
}

static void
observe_sweep(struct assay_job *job, const struct assay_tcp_swept *swept)
{
	static const char *const ends[] = { [ASSAY_SWEEP_COMPLETE] = "complete",
		[ASSAY_SWEEP_UNSETTLED] = "unsettled",
		[ASSAY_SWEEP_GONE] = "gone" };
	struct assay_frames f = sweep_frames(job, 1, ALL_PORTS, "the sweep");
	const struct assay_sweep_stats *stats = &swept->stats;
	uint32_t id;

	observe(job, "sweep.end", 0, ASSAY_STRING(ends[swept->end]), &f, 1);
	observe_count(job, "sweep.asked", swept->asked);
	observe_count(job, "sweep.answered", swept->answered);
	id = observe_count(job, "sweep.checks", stats->checks);
	observe_count(job, "sweep.checks_lost", stats->checks_lost);
	observe(job, "ports.open", 0, ASSAY_PORTS(&swept->open), NULL, 0);
	observe_count(job, "ports.closed", assay_ports_count(&swept->closed));
	observe_count(
	    job, "ports.unreachable", assay_ports_count(&swept->unreachable));
	observe_count(job, "ports.silent", swept->silent);
	observe_count(job, "ports.unsettled", swept->unsettled);
	note_pace(job, stats);
	assay_control(job, ASSAY_DURING,
	    stats->checks > 0 && stats->checks_lost * 2 < stats->checks, id);
}

/* ---- handshakes: open ports confirmed, declared ones asked, control ---- */

static void start_target(struct assay_job *job);

static const char *
result_name(enum assay_tcp_result r)
{
	static const char *const names[] = {
		[ASSAY_TCP_CONNECTED] = "connected",
		[ASSAY_TCP_REFUSED] = "refused",
		[ASSAY_TCP_UNREACHABLE] = "unreachable",
		[ASSAY_TCP_TIMEOUT] = "timeout",
		[ASSAY_TCP_LOCAL] = "local",
	};

	return names[r];
}

static void
on_handshake(struct assay_job *job, void *arg, uint16_t port,
    enum assay_tcp_result r, uint16_t local_port)
{
	struct assay_frames f[2];
	struct state *s = arg;

	if (r == ASSAY_TCP_LOCAL)
		assay_note(job, "bench.local_failure", ASSAY_BOOL(true));
	if (s->nhandshakes++ >= HANDSHAKES_MAX)
		return;
	f[0] = sweep_frames(job, port, port, "handshake");
	f[0].local_first = local_port;
	f[0].local_last = local_port;
	f[1] = sweep_frames(job, port, port, "asked in the sweep");
	observe(job, "handshake", port, ASSAY_STRING(result_name(r)), f, 2);
}

static void
on_control(struct assay_job *job, void *arg, enum assay_tcp_result r,
    uint16_t local_port, uint64_t took_ns)
{
	struct state *s = assay_state(job);
	struct assay_frames f;
	bool good = r == ASSAY_TCP_CONNECTED || r == ASSAY_TCP_REFUSED;
	uint32_t id;

	(void)arg;
	(void)took_ns;
	f = sweep_frames(job, s->responder, s->responder, "closing control");
	f.local_first = local_port;
	f.local_last = local_port;
	id = observe(job, "control", s->responder, ASSAY_BOOL(good), &f, 1);
	assay_control(job, ASSAY_AFTER, good, id);
	s->target++;
	start_target(job);
}

/* The first answer was the control before, this is the one after. */
static void
close_target(struct assay_job *job)
{
	struct state *s = assay_state(job);
	struct assay_frames f;
	uint32_t id;

	if (s->responder == 0) {
		id = observe(job, "control", 0, ASSAY_BOOL(false), NULL, 0);
		assay_control(job, ASSAY_BEFORE, false, id);
		assay_control(job, ASSAY_AFTER, false, id);
		s->target++;
		start_target(job);
		return;
	}
	f = sweep_frames(job, s->responder, s->responder, "first answer");
	id = observe(job, "control", s->responder, ASSAY_BOOL(true), &f, 1);
	assay_control(job, ASSAY_BEFORE, true, id);
	assay_tcp_try(job, target(job), s->responder,
	    assay_param_ns(job, "handshake"), on_control, NULL);
}

static void
on_confirmed(struct assay_job *job, void *arg)
{
	(void)arg;
	close_target(job);
}

/* What is open, and what is declared to be. */
static void
confirm(struct assay_job *job)
{
	struct state *s = assay_state(job);
	struct assay_tcp_plan plan = { .target = target(job),
		.tries = assay_param_u64(job, "tries"),
		.timeout_ns = assay_param_ns(job, "handshake"),
		.on_result = on_handshake,
		.on_end = on_confirmed,
		.arg = s };
	struct assay_ports ports;

	s->nhandshakes = 0;
	declared_ports(job, target(job), true, &ports);
	if (assay_ports_count(&ports) > 1024) /* ranges are not all asked */
		memset(&ports, 0, sizeof(ports));
	assay_ports_unite(&ports, &s->open);
	assay_tcp_try_ports(job, &ports, &plan);
}

/* ---- the sweep ---- */

static void
on_swept(struct assay_job *job, void *arg, const struct assay_tcp_swept *swept)
{
	struct state *s = arg;

	s->open = swept->open;
	s->responder = swept->responder;
	observe_sweep(job, swept);
	assay_tcp_sweep_free(s->sweep);
	s->sweep = NULL;
	confirm(job);
}

/* The first so many of the declared ports. */
static void
first_ports(struct assay_job *job, struct assay_ports *out)
{
	struct assay_ports declared;
	unsigned n = 0;
	uint32_t port;

	declared_ports(job, target(job), false, &declared);
	memset(out, 0, sizeof(*out));
	for (port = 1; port <= ALL_PORTS && n < FIRST_MAX; port++) {
		if (!assay_ports_has(&declared, (uint16_t)port))
			continue;
		assay_ports_add(out, (uint16_t)port, (uint16_t)port);
		n++;
	}
}

static void
start_target(struct assay_job *job)
{
	struct state *s = assay_state(job);
	struct assay_tcp_sweep_spec spec;
	struct assay_ports first;

	while (
	    s->target < assay_target_count(job) && !is_chosen(job, target(job)))
		s->target++;
	if (s->target == assay_target_count(job)) {
		assay_finish(job);
		return;
	}
	first_ports(job, &first);
	spec = (struct assay_tcp_sweep_spec){ target(job),
		assay_param_ports(job, "ports"), &first,
		assay_param_u64(job, "max_pps"),
		assay_param_ns(job, "patience"), on_swept, s };
	s->sweep = assay_tcp_sweep_start(job, &spec);
}

static void
on_frame(struct assay_job *job, const struct assay_frame *frame)
{
	struct state *s = assay_state(job);

	if (s->sweep != NULL)
		assay_tcp_sweep_frame(s->sweep, frame);
}

static void
on_health(struct assay_job *job, enum assay_health health)
{
	struct state *s = assay_state(job);

	if (s->sweep != NULL)
		assay_tcp_sweep_health(s->sweep, health);
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
		assay_tcp_sweep_stop(s->sweep);
}

static void
fini(struct assay_job *job)
{
	struct state *s = assay_state(job);

	assay_tcp_sweep_free(s->sweep);
	s->sweep = NULL;
}

/* ---- judge: what was observed of one address, and the two verdicts ---- */

struct seen {
	const struct assay_target *target;
	const char *end; /* of the sweep; NULL: it was not swept */
	uint64_t asked, answered, silent, unsettled;
	struct assay_ports open, connected;
	uint32_t sweep_id, open_id, control_id; /* observations; 0: none */
	bool control;                           /* the closing one was good */
};

static bool
is_about(const struct assay_observation *o, const struct assay_target *t)
{
	return o->target != NULL && o->target->family == t->family &&
	    memcmp(o->target->addr, t->addr, t->family == 4 ? 4 : 16) == 0;
}

static void
see(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	if (strcmp(o->field, "sweep.end") == 0) {
		s->end = o->value.string;
		s->sweep_id = id;
	} else if (strcmp(o->field, "sweep.asked") == 0) {
		s->asked = o->value.u64;
	} else if (strcmp(o->field, "sweep.answered") == 0) {
		s->answered = o->value.u64;
	} else if (strcmp(o->field, "ports.silent") == 0) {
		s->silent = o->value.u64;
	} else if (strcmp(o->field, "ports.unsettled") == 0) {
		s->unsettled = o->value.u64;
	} else if (strcmp(o->field, "ports.open") == 0) {
		s->open = *o->value.ports;
		s->open_id = id;
	} else if (strcmp(o->field, "control") == 0) {
		s->control = o->value.boolean;
		s->control_id = id;
	} else if (strcmp(o->field, "handshake") == 0 &&
	    strcmp(o->value.string, "connected") == 0) {
		assay_ports_add(&s->connected, o->port, o->port);
	}
}

/* ids of the handshakes with ports. Returns how many. */
static size_t
cite_handshakes(struct assay_job *job, const struct seen *s,
    const struct assay_ports *ports, uint32_t *ids, size_t max)
{
	const struct assay_observation *o;
	size_t i, n = 0;

	for (i = 0; i < assay_observation_count(job) && n < max; i++) {
		o = assay_observation_at(job, i);
		if (strcmp(o->field, "handshake") == 0 &&
		    is_about(o, s->target) && assay_ports_has(ports, o->port))
			ids[n++] = (uint32_t)i + 1;
	}
	return n;
}

static void
say(struct assay_job *job, const struct seen *s, enum assay_kind kind,
    enum assay_verdict_value value, const char *reason,
    const struct assay_ports *ports)
{
	uint32_t ids[HANDSHAKES_MAX + 3];
	struct assay_named_value values[] = {
		{ "ports", ASSAY_PORTS(ports) },
		{ "count", ASSAY_U64(assay_ports_count(ports)) },
		{ "open", ASSAY_U64(assay_ports_count(&s->open)) },
		{ "asked", ASSAY_U64(s->asked) },
		{ "total", ASSAY_U64(ALL_PORTS) },
		{ "silent", ASSAY_U64(s->silent) },
		{ "unsettled", ASSAY_U64(s->unsettled) },
	};
	struct assay_verdict v = {
		.check = s->target->family == 4 ? "NET-01" : "NET-03",
		.kind = kind,
		.value = value,
		.target = s->target,
		.reason = reason,
		.values = values,
		.nvalues = sizeof(values) / sizeof(values[0]),
		.observations = ids,
	};
	size_t n;

	n = cite_handshakes(job, s, ports, ids, HANDSHAKES_MAX);
	/* Whatever rests on the whole sweep cites it; a port found open is
	 * shown by its own frames. */
	if (s->sweep_id != 0 && kind == ASSAY_COMPLETENESS &&
	    (value != ASSAY_FAIL || n == 0))
		ids[n++] = s->sweep_id;
	if (s->control_id != 0 && s->control)
		ids[n++] = s->control_id;
	v.nobservations = n;
	assay_say(job, &v);
}

static void
judge_completeness(struct assay_job *job, const struct seen *s)
{
	struct assay_ports undeclared = s->open, none;

	memset(&none, 0, sizeof(none));
	declared_ports(job, s->target, false, &none);
	assay_ports_subtract(&undeclared, &none);
	if (!assay_ports_are_declared(job, ASSAY_TCP))
		say(job, s, ASSAY_COMPLETENESS, ASSAY_INCONC,
		    "tcp.nothing_declared", &s->open);
	else if (assay_ports_count(&undeclared) > 0)
		say(job, s, ASSAY_COMPLETENESS, ASSAY_FAIL,
		    "tcp.undeclared_open", &undeclared);
	else if (s->answered == 0)
		say(job, s, ASSAY_COMPLETENESS, ASSAY_INCONC,
		    "tcp.no_responder", &s->open);
	else if (strcmp(s->end, "gone") == 0)
		say(job, s, ASSAY_COMPLETENESS, ASSAY_INCONC, "tcp.device_gone",
		    &s->open);
	else if (s->asked < ALL_PORTS)
		say(job, s, ASSAY_COMPLETENESS, ASSAY_INCONC, "tcp.partial",
		    &s->open);
	else if (strcmp(s->end, "complete") != 0 || s->unsettled > 0)
		say(job, s, ASSAY_COMPLETENESS, ASSAY_INCONC, "tcp.unsettled",
		    &s->open);
	else if (!s->control)
		say(job, s, ASSAY_COMPLETENESS, ASSAY_INCONC, "tcp.control_bad",
		    &s->open);
	else
		say(job, s, ASSAY_COMPLETENESS, ASSAY_PASS,
		    "tcp.ports_as_declared", &s->open);
}

static void
judge_sufficiency(struct assay_job *job, const struct seen *s)
{
	struct assay_ports required, missing;

	if (!assay_ports_are_declared(job, ASSAY_TCP))
		return; /* said once is enough */
	declared_ports(job, s->target, true, &required);
	missing = required;
	assay_ports_subtract(&missing, &s->connected);
	if (assay_ports_count(&required) > 1024) /* seen by the sweep alone */
		assay_ports_subtract(&missing, &s->open);
	if (assay_ports_count(&required) == 0)
		say(job, s, ASSAY_SUFFICIENCY, ASSAY_INFO,
		    "tcp.nothing_required", &required);
	else if (assay_ports_count(&missing) == 0)
		say(job, s, ASSAY_SUFFICIENCY, ASSAY_PASS,
		    "tcp.declared_answer", &required);
	else if (s->control && strcmp(s->end, "gone") != 0)
		say(job, s, ASSAY_SUFFICIENCY, ASSAY_FAIL,
		    "tcp.declared_missing", &missing);
	else
		say(job, s, ASSAY_SUFFICIENCY, ASSAY_INCONC, "tcp.control_bad",
		    &missing);
}

/* No address of a family that was asked for: it was not tested, which is not
 * to say that there is nothing. */
static void
judge_absence(struct assay_job *job, uint8_t family)
{
	const char *chosen = assay_param_string(job, "addresses");
	struct assay_named_value value = { "family",
		ASSAY_STRING(family == 4 ? "IPv4" : "IPv6") };
	struct assay_verdict v = {
		.check = family == 4 ? "NET-01" : "NET-03",
		.kind = ASSAY_COMPLETENESS,
		.value = ASSAY_INCONC,
		.reason = "tcp.no_address",
		.values = &value,
		.nvalues = 1,
	};
	size_t i;

	if (strcmp(chosen, family == 4 ? "ipv6" : "ipv4") == 0)
		return;
	for (i = 0; i < assay_target_count(job); i++)
		if (assay_target_at(job, i)->family == family)
			return;
	assay_say(job, &v);
}

static void
judge(struct assay_job *job)
{
	const struct assay_observation *o;
	struct seen s;
	size_t i, k;

	for (i = 0; i < assay_target_count(job); i++) {
		memset(&s, 0, sizeof(s));
		s.target = assay_target_at(job, i);
		for (k = 0; k < assay_observation_count(job); k++) {
			o = assay_observation_at(job, k);
			if (is_about(o, s.target))
				see(&s, o, (uint32_t)k + 1);
		}
		if (s.end == NULL)
			continue; /* not asked for, or not reached */
		judge_completeness(job, &s);
		judge_sufficiency(job, &s);
	}
	judge_absence(job, 4);
	judge_absence(job, 6);
}

static const struct assay_claim claims[] = {
	{ "NET-01", ASSAY_COMPLETENESS },
	{ "NET-01", ASSAY_SUFFICIENCY },
	{ "NET-03", ASSAY_COMPLETENESS },
	{ "NET-03", ASSAY_SUFFICIENCY },
	{ .check = NULL },
};

static const struct assay_param params[] = {
	{ "addresses", ASSAY_PARAM_CHOICE, "all", 0, 0, "all|ipv4|ipv6",
	    "Which of the device's addresses are swept." },
	{ "ports", ASSAY_PARAM_PORTS, "1-65535", 0, 0, NULL,
	    "Which ports are asked; fewer than all never pass." },
	{ "tries", ASSAY_PARAM_U64, "3", 1, 10, NULL,
	    "Handshakes with a port before it counts as refusing." },
	{ "handshake", ASSAY_PARAM_DURATION, "2s", 1000000, 60000000000, NULL,
	    "How long one handshake may take." },
	{ "max_pps", ASSAY_PARAM_U64, "0", 0, 1000000, NULL,
	    "Ceiling of the pace, in SYNs a second; 0: what the device shows "
	    "it can take." },
	{ "patience", ASSAY_PARAM_DURATION, "10s", 1000000000, 3600000000000,
	    NULL, "How long to wait for a device that fell silent." },
	{ .name = NULL },
};

static const struct assay_field observations[] = {
	{ "sweep.end", ASSAY_TYPE_STRING, "", "complete, unsettled or gone" },
	{ "sweep.asked", ASSAY_TYPE_U64, "port", "ports asked at all" },
	{ "sweep.answered", ASSAY_TYPE_U64, "port", "ports that answered" },
	{ "sweep.checks", ASSAY_TYPE_U64, "", "askings of known responders" },
	{ "sweep.checks_lost", ASSAY_TYPE_U64, "", "of these, unanswered" },
	{ "ports.open", ASSAY_TYPE_PORTS, "port", "SYN answered by SYN-ACK" },
	{ "ports.closed", ASSAY_TYPE_U64, "port", "SYN answered by RST" },
	{ "ports.unreachable", ASSAY_TYPE_U64, "port", "answered by ICMP" },
	{ "ports.silent", ASSAY_TYPE_U64, "port", "silent beside responders" },
	{ "ports.unsettled", ASSAY_TYPE_U64, "port", "neither" },
	{ "handshake", ASSAY_TYPE_STRING, "", "how a handshake ended" },
	{ "control", ASSAY_TYPE_BOOL, "", "a known responder answered" },
	{ .name = NULL },
};

#define VALUES "ports count open asked total silent unsettled"
static const struct assay_reason reasons[] = {
	{ "tcp.ports_as_declared", VALUES },
	{ "tcp.undeclared_open", VALUES },
	{ "tcp.nothing_declared", VALUES },
	{ "tcp.no_responder", VALUES },
	{ "tcp.device_gone", VALUES },
	{ "tcp.partial", VALUES },
	{ "tcp.unsettled", VALUES },
	{ "tcp.control_bad", VALUES },
	{ "tcp.declared_answer", VALUES },
	{ "tcp.declared_missing", VALUES },
	{ "tcp.nothing_required", VALUES },
	{ "tcp.no_address", "family" },
	{ .code = NULL },
};

static const char *const resources[] = { "dut:load exclusive", NULL };

const struct assay_probe assay_probe = {
	.abi = ASSAY_ABI,
	.size = sizeof(struct assay_probe),
	.name = "tcp.ports",
	.title = "No TCP port is open beyond those declared, and those answer.",
	.method = 1,
	.claims = claims,
	.params = params,
	.observations = observations,
	.reasons = reasons,
	.resources = resources,
	.needs = ASSAY_NEED_LINK | ASSAY_NEED_TCP,
	.medium = ASSAY_MEDIUM_IP,
	.impact = ASSAY_ACTIVE,
	.timeout_ms = 1800000,
	.state_size = sizeof(struct state),
	.filter = "tcp or icmp or icmp6",
	.run = run,
	.on_frame = on_frame,
	.judge = judge,
	.cancel = cancel,
	.fini = fini,
	.bridges_outages = true,
};
