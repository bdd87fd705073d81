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
#include "probes/tcp_ports/parts.h"

#define FIRST_MAX 1024 /* declared ports that are asked first */
#define TARGETS_MAX 24 /* whose closed ports the next job may be told */
#define CHECKPOINT_NS UINT64_C(3000000000)

struct state {
	size_t target; /* under way */
	struct assay_tcp_sweep *sweep;
	struct assay_ports open; /* of the sweep that is over */
	unsigned nhandshakes;
	uint16_t responder; /* for the closing control */
	/* a long sweep goes on in the next job */
	struct assay_timer *timer;
	struct assay_ports closed[TARGETS_MAX]; /* earlier ones, too */
	struct assay_ports earlier;             /* not asked: closed then */
	uint64_t resumed_run;                   /* 0: none */
	bool is_left; /* of some target, not all was settled */
};

static const struct assay_target *
target(struct assay_job *job)
{
	struct state *s = assay_state(job);

	return assay_target_at(job, s->target);
}

/* ---- observations ---- */

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

static void
observe_sweep(struct assay_job *job, const struct assay_tcp_swept *swept)
{
	struct assay_frames f =
	    sweep_frames(job, 1, TCP_PORTS_ALL, "the sweep");
	const struct assay_sweep_stats *stats = &swept->stats;
	const struct state *s = assay_state(job);
	uint32_t id;

	assay_observe_on(job, ASSAY_ON(target(job), 0), "sweep.end",
	    ASSAY_STRING(assay_sweep_end_name(swept->end)), &f, 1);
	assay_observe_count(
	    job, ASSAY_ON(target(job), 0), "sweep.asked", swept->asked);
	if (s->resumed_run != 0) {
		assay_observe_count(job, ASSAY_ON(target(job), 0),
		    "resumed.run", s->resumed_run);
		assay_observe_count(job, ASSAY_ON(target(job), 0),
		    "resumed.asked", assay_ports_count(&s->earlier));
	}
	assay_observe_count(
	    job, ASSAY_ON(target(job), 0), "sweep.answered", swept->answered);
	id = assay_observe_count(
	    job, ASSAY_ON(target(job), 0), "sweep.checks", stats->checks);
	assay_observe_count(job, ASSAY_ON(target(job), 0), "sweep.checks_lost",
	    stats->checks_lost);
	assay_observe_on(job, ASSAY_ON(target(job), 0), "ports.open",
	    ASSAY_PORTS(&swept->open), NULL, 0);
	assay_observe_count(job, ASSAY_ON(target(job), 0), "ports.closed",
	    assay_ports_count(&swept->closed));
	assay_observe_count(job, ASSAY_ON(target(job), 0), "ports.unreachable",
	    assay_ports_count(&swept->unreachable));
	assay_observe_count(
	    job, ASSAY_ON(target(job), 0), "ports.silent", swept->silent);
	assay_observe_count(
	    job, ASSAY_ON(target(job), 0), "ports.unsettled", swept->unsettled);
	assay_note_pace(job, stats);
	assay_control_during(job, stats, id);
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
	if (s->nhandshakes++ >= TCP_PORTS_HANDSHAKES_MAX)
		return;
	f[0] = sweep_frames(job, port, port, "handshake");
	f[0].local_first = local_port;
	f[0].local_last = local_port;
	f[1] = sweep_frames(job, port, port, "asked in the sweep");
	assay_observe_on(job, ASSAY_ON(target(job), port), "handshake",
	    ASSAY_STRING(result_name(r)), f, 2);
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
	id = assay_observe_on(job, ASSAY_ON(target(job), s->responder),
	    "control", ASSAY_BOOL(good), &f, 1);
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
		id = assay_observe_on(job, ASSAY_ON(target(job), 0), "control",
		    ASSAY_BOOL(false), NULL, 0);
		assay_control(job, ASSAY_BEFORE, false, id);
		assay_control(job, ASSAY_AFTER, false, id);
		s->target++;
		start_target(job);
		return;
	}
	f = sweep_frames(job, s->responder, s->responder, "first answer");
	id = assay_observe_on(job, ASSAY_ON(target(job), s->responder),
	    "control", ASSAY_BOOL(true), &f, 1);
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
	assay_declared_ports(job, ASSAY_TCP, target(job), true, &ports);
	if (assay_ports_count(&ports) > 1024) /* ranges are not all asked */
		memset(&ports, 0, sizeof(ports));
	assay_ports_unite(&ports, &s->open);
	assay_tcp_try_ports(job, &ports, &plan);
}

/* ---- going on from an earlier job ---- */

static void
checkpoint(struct assay_job *job, const struct assay_tcp_swept *swept)
{
	struct state *s = assay_state(job);

	if (s->target < TARGETS_MAX) {
		s->closed[s->target] = swept->closed;
		assay_ports_unite(&s->closed[s->target], &s->earlier);
	}
	assay_checkpoint_ports(job, s->closed, TARGETS_MAX);
}

static void
on_checkpoint(struct assay_job *job, void *arg)
{
	struct assay_tcp_swept swept;
	struct state *s = arg;

	if (s->sweep == NULL)
		return;
	assay_tcp_sweep_result(s->sweep, &swept);
	checkpoint(job, &swept);
	assay_timer_set(s->timer, CHECKPOINT_NS);
}

/* ---- the sweep ---- */

static void
on_swept(struct assay_job *job, void *arg, const struct assay_tcp_swept *swept)
{
	struct state *s = arg;

	assay_timer_stop(s->timer);
	if (swept->end != ASSAY_SWEEP_COMPLETE) {
		s->is_left = true;
		checkpoint(job, swept);
	}
	s->open = swept->open;
	s->responder = swept->responder;
	observe_sweep(job, swept);
	assay_tcp_sweep_free(s->sweep);
	s->sweep = NULL;
	confirm(job);
}

/* The first so many of the declared ports. */
static void
first_ports(const struct assay_ports *declared, struct assay_ports *out)
{
	unsigned n = 0;
	uint32_t port;

	memset(out, 0, sizeof(*out));
	for (port = 1; port <= TCP_PORTS_ALL && n < FIRST_MAX; port++) {
		if (!assay_ports_has(declared, (uint16_t)port))
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
	struct assay_ports declared, first, ports;
	size_t next = s->target;

	if (assay_target_next(job, &next) == NULL) {
		if (!s->is_left)
			assay_checkpoint(job, NULL, 0);
		assay_finish(job);
		return;
	}
	s->target = next - 1;
	assay_declared_ports(job, ASSAY_TCP, target(job), false, &declared);
	first_ports(&declared, &first);
	ports = *assay_param_ports(job, "ports");
	s->resumed_run = assay_resume_ports(
	    job, target(job), &declared, &ports, &s->earlier);
	spec = (struct assay_tcp_sweep_spec){ target(job), &ports, &first,
		assay_param_u64(job, "max_pps"),
		assay_param_ns(job, "patience"), on_swept, s };
	s->sweep = assay_tcp_sweep_start(job, &spec);
	assay_timer_set(s->timer, CHECKPOINT_NS);
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
	struct state *s = assay_state(job);
	size_t i;

	for (i = 0; i < TARGETS_MAX && i < assay_target_count(job); i++)
		(void)assay_resumed_ports(
		    job, assay_target_at(job, i), &s->closed[i]);
	s->timer = assay_timer_new(job, on_checkpoint, s);
	assay_on_health(job, on_health);
	start_target(job);
}

/* The time is over: what was asked so far is said, and left to the next. */
static void
cancel(struct assay_job *job)
{
	struct state *s = assay_state(job);
	struct assay_tcp_swept swept;

	if (s->sweep == NULL)
		return;
	assay_tcp_sweep_result(s->sweep, &swept);
	checkpoint(job, &swept);
	observe_sweep(job, &swept);
	assay_tcp_sweep_stop(s->sweep);
}

static void
fini(struct assay_job *job)
{
	struct state *s = assay_state(job);

	assay_tcp_sweep_free(s->sweep);
	s->sweep = NULL;
	assay_timer_free(s->timer);
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
	{ "patience", ASSAY_PARAM_DURATION, "10s", 1000000000, 86400000000000,
	    NULL, "How long to wait for a device that fell silent." },
	{ .name = NULL },
};

static const struct assay_field observations[] = {
	{ "sweep.end", ASSAY_TYPE_STRING, "",
	    "complete, unsettled, gone or "
	    "stopped" },
	{ "sweep.asked", ASSAY_TYPE_U64, "port", "ports asked at all" },
	{ "resumed.run", ASSAY_TYPE_U64, "", "the run it goes on from" },
	{ "resumed.asked", ASSAY_TYPE_U64, "port",
	    "closed in that run, not asked again" },
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
	{ "tcp.partial_resumed", VALUES " run earlier" },
	{ "tcp.ports_as_declared_resumed", VALUES " run earlier" },
	{ "tcp.unsettled", VALUES },
	{ "tcp.control_bad", VALUES },
	{ "tcp.declared_answer", VALUES },
	{ "tcp.declared_missing", VALUES },
	{ "tcp.declared_unknown", VALUES },
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
	.method = 2,
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
	.judge = tcp_ports_judge,
	.cancel = cancel,
	.fini = fini,
	.bridges_outages = true,
};
