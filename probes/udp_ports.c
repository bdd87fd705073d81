/*
 * udp.ports: no UDP port answers beyond those declared, and those do.
 *
 * NET-02 (IPv4) and NET-03 (IPv6): EN 303 645 provision 5.6-1, TS 103 701
 * 5.6-1-2 c.  Every port of every address is asked, known ones in the words of
 * their service (protocols/udp_asks.h).  The hard truth here: a port that says
 * nothing is open or filtered, nobody can tell.  So this passes only when the
 * device itself says of every undeclared port that it is closed, by ICMP
 * "port unreachable", which it says as rarely as it likes (assay_udp_sweep).
 */
#include "probes/probe.h"

#include <string.h>

#include "probes/udp_ports/parts.h"
#include "protocols/udp_asks.h"

#define SECOND UINT64_C(1000000000)
#define TARGETS_MAX 24 /* whose closed ports the next job may be told */
#define CHECKPOINT_NS (3 * SECOND)
#define CONTROL_TRIES 40
#define CONTROL_LISTEN \
	(SECOND + SECOND / 4) /* beyond a limit of one a second */
/* One that sleeps is asked more often, so that a try falls into a time when it
 * is awake, whatever its rhythm. */
#define NAP_LISTEN (SECOND / 4)
#define LONG_TRIES 2 /* before silence is taken for sleep */

struct state {
	size_t target; /* under way */
	struct assay_udp_sweep *sweep;
	struct assay_timer *timer;
	uint64_t ends_ns; /* of all addresses together */
	bool stopped;     /* out of time */
	struct assay_udp_swept swept;
	unsigned control_tries;
	uint8_t said[UDP_ASKS_SIZE_MAX];
	uint64_t nonce; /* of handshakes: asked twice, it is the same one */
	/* a long sweep goes on in the next job */
	struct assay_timer *keeper;
	struct assay_ports closed[TARGETS_MAX]; /* earlier ones, too */
	struct assay_ports earlier;             /* not asked: closed then */
	uint64_t resumed_run;                   /* 0: none */
	bool is_left; /* of some target, not all was settled */
};

static void start_target(struct assay_job *job);

static const struct assay_target *
target(struct assay_job *job)
{
	const struct state *s = assay_state(job);

	return assay_target_at(job, s->target);
}

/* ---- observations ---- */

static void
observe_ports(
    struct assay_job *job, const char *field, const struct assay_ports *ports)
{
	struct assay_ports some = *ports;

	udp_ports_cut(&some);
	assay_observe_on(
	    job, ASSAY_ON(target(job), 0), field, ASSAY_PORTS(&some), NULL, 0);
}

/* The sweep's own frames, of all ports or of one, and the ICMP errors about
 * them. */
static struct assay_frames
sweep_frames(
    struct assay_job *job, uint16_t first, uint16_t last, const char *comment)
{
	struct assay_frames f = { ASSAY_UDP, target(job),
		ASSAY_UDP_SWEEP_SOURCE_FIRST, ASSAY_UDP_SWEEP_SOURCE_LAST,
		first, last, comment };

	return f;
}

static void
observe_answer(struct assay_job *job, uint16_t port)
{
	const struct state *s = assay_state(job);
	struct assay_frames f[2];
	uint16_t local, remote;

	assay_udp_sweep_exchange(s->sweep, port, &local, &remote);
	f[0] = sweep_frames(job, port, port, "asked, and its answer");
	f[1] = sweep_frames(job, remote, remote, "answered by another port");
	f[1].local_first = f[1].local_last = local;
	assay_observe_on(job, ASSAY_ON(target(job), port), "answer",
	    ASSAY_U64(remote), f, remote == port ? 1 : 2);
}

static void
observe_answers(struct assay_job *job)
{
	const struct state *s = assay_state(job);
	uint32_t port, n = 0;

	for (port = 1; port <= UDP_PORTS_ALL && n < UDP_PORTS_OBSERVED; port++)
		if (assay_ports_has(&s->swept.open, (uint16_t)port)) {
			observe_answer(job, (uint16_t)port);
			n++;
		}
}

static const char *
state_of(const struct assay_udp_swept *swept, uint16_t port)
{
	if (assay_ports_has(&swept->open, port))
		return "open";
	if (assay_ports_has(&swept->closed, port))
		return "closed";
	if (assay_ports_has(&swept->filtered, port))
		return "filtered";
	if (assay_ports_has(&swept->silent, port))
		return "silent";
	return assay_ports_has(&swept->unsettled, port) ? "unsettled"
							: "unasked";
}

/* The declared ports, one by one: what each is, and the frames of it. */
static void
observe_declared(struct assay_job *job)
{
	const struct state *s = assay_state(job);
	struct assay_ports declared;
	struct assay_frames f;
	uint32_t port, n = 0;
	const char *is;

	assay_declared_ports(job, ASSAY_UDP, target(job), true, &declared);
	for (port = 1; port <= UDP_PORTS_ALL && n < UDP_PORTS_OBSERVED;
	     port++) {
		if (!assay_ports_has(&declared, (uint16_t)port))
			continue;
		is = state_of(&s->swept, (uint16_t)port);
		f = sweep_frames(
		    job, (uint16_t)port, (uint16_t)port, "a declared port");
		assay_observe_on(job, ASSAY_ON(target(job), (uint16_t)port),
		    "declared", ASSAY_STRING(is), &f,
		    strcmp(is, "unasked") == 0 ? 0 : 1);
		n++;
	}
}

static void
note_pace(struct assay_job *job, const struct assay_udp_swept *swept)
{
	assay_note_pace(job, &swept->stats);
	assay_note(job, "sources.used", ASSAY_U64(swept->sources));
	if (swept->icmp_pps == 0)
		return;
	assay_note(job, "icmp.pps", ASSAY_U64(swept->icmp_pps));
	assay_note(job, "icmp.sources", ASSAY_U64(swept->icmp_sources));
}

static void
observe_sweep(struct assay_job *job, const char *end)
{
	const struct state *s = assay_state(job);
	const struct assay_udp_swept *swept = &s->swept;
	const struct assay_sweep_stats *stats = &swept->stats;
	struct assay_frames f =
	    sweep_frames(job, 1, UDP_PORTS_ALL, "the sweep");
	uint32_t id;

	assay_observe_on(job, ASSAY_ON(target(job), 0), "sweep.end",
	    ASSAY_STRING(end), &f, 1);
	assay_observe_count(
	    job, ASSAY_ON(target(job), 0), "sweep.asked", stats->asked);
	if (s->resumed_run != 0) {
		assay_observe_count(job, ASSAY_ON(target(job), 0),
		    "resumed.run", s->resumed_run);
		assay_observe_count(job, ASSAY_ON(target(job), 0),
		    "resumed.asked", assay_ports_count(&s->earlier));
	}
	assay_observe_count(
	    job, ASSAY_ON(target(job), 0), "sweep.answered", stats->answered);
	id = assay_observe_count(
	    job, ASSAY_ON(target(job), 0), "sweep.checks", stats->checks);
	assay_observe_count(job, ASSAY_ON(target(job), 0), "sweep.checks_lost",
	    stats->checks_lost);
	observe_ports(job, "ports.open", &swept->open);
	observe_ports(job, "ports.filtered", &swept->filtered);
	observe_ports(job, "ports.silent", &swept->silent);
	assay_observe_count(job, ASSAY_ON(target(job), 0), "ports.closed",
	    assay_ports_count(&swept->closed));
	assay_observe_count(job, ASSAY_ON(target(job), 0),
	    "ports.filtered_count", assay_ports_count(&swept->filtered));
	assay_observe_count(job, ASSAY_ON(target(job), 0), "ports.silent_count",
	    assay_ports_count(&swept->silent));
	assay_observe_count(job, ASSAY_ON(target(job), 0), "ports.unsettled",
	    assay_ports_count(&swept->unsettled));
	observe_answers(job);
	observe_declared(job);
	note_pace(job, swept);
	assay_control(job, ASSAY_DURING, stats->checks > 0, id);
}

/* ---- the closing control ---- */

static void
end_control(struct assay_job *job, bool good, uint16_t local_port)
{
	struct state *s = assay_state(job);
	const uint16_t port = s->swept.responder;
	struct assay_frames f =
	    sweep_frames(job, port, port, "closing control");
	uint32_t id;

	f.local_first = f.local_last = local_port;
	id = assay_observe_on(job, ASSAY_ON(target(job), port), "control",
	    ASSAY_BOOL(good), &f, local_port == 0 ? 0 : 1);
	assay_control(job, ASSAY_AFTER, good, id);
	s->target++;
	start_target(job);
}

static void ask_control(struct assay_job *job);

static void
on_control(struct assay_job *job, void *arg, const struct assay_talked *talked)
{
	struct state *s = arg;

	switch (talked->end) {
	case ASSAY_TALK_ANSWERED:
	case ASSAY_TALK_CLOSED:
	case ASSAY_TALK_REFUSED:
		end_control(job, true, talked->local_port);
		return;
	case ASSAY_TALK_UNREACHABLE:
		/* Of a filter's ICMP it is as good as any; of our own stack,
		 * which finds no neighbour while it sleeps, it is not. */
		if (assay_ports_has(&s->swept.filtered, s->swept.responder)) {
			end_control(job, true, talked->local_port);
			return;
		}
		break;
	case ASSAY_TALK_LOCAL:
		assay_note(job, "bench.local_failure", ASSAY_BOOL(true));
		break;
	case ASSAY_TALK_QUIET:
	case ASSAY_TALK_TIMEOUT:
		break;
	}
	if (++s->control_tries < CONTROL_TRIES)
		ask_control(job);
	else
		end_control(job, false, talked->local_port);
}

static size_t
payload(struct assay_job *job, void *arg, uint16_t port, unsigned attempt,
    uint8_t *out)
{
	const struct state *s = arg;
	const struct udp_ask *ask = udp_asks_for(
	    port, udp_ports_service(job, target(job), port), attempt);

	return udp_asks_build(ask,
	    (ask->flags & UDP_ASKS_HOLDS) != 0 ? s->nonce : assay_random(job),
	    out);
}

static void
ask_control(struct assay_job *job)
{
	struct state *s = assay_state(job);
	const bool sleeps =
	    s->swept.stats.outages > 0 || s->control_tries >= LONG_TRIES;
	struct assay_talk_spec spec = { .transport = ASSAY_UDP,
		.target = target(job),
		.port = s->swept.responder,
		.say = s->said,
		.listen_ns = sleeps ? NAP_LISTEN : CONTROL_LISTEN,
		.quiet_ns = 1,
		.on_end = on_control,
		.arg = s };

	spec.nsay =
	    payload(job, s, s->swept.responder, s->control_tries, s->said);
	if (spec.nsay > ASSAY_TALK_SAY_MAX)
		spec.nsay = ASSAY_TALK_SAY_MAX;
	assay_talk(job, &spec);
}

/* The first answer was the control before, this is the one after. */
static void
close_target(struct assay_job *job)
{
	struct state *s = assay_state(job);
	const uint16_t port = s->swept.responder;
	struct assay_frames f = sweep_frames(job, port, port, "an answer");
	uint32_t id;

	s->control_tries = 0;
	id = assay_observe_on(job, ASSAY_ON(target(job), port), "control",
	    ASSAY_BOOL(port != 0), &f, port == 0 ? 0 : 1);
	assay_control(job, ASSAY_BEFORE, port != 0, id);
	if (port != 0)
		ask_control(job);
	else
		end_control(job, false, 0);
}

/* ---- going on from an earlier job ---- */

static void
checkpoint(struct assay_job *job, const struct assay_udp_swept *swept)
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
	struct state *s = arg;

	if (s->sweep == NULL)
		return;
	assay_udp_sweep_result(s->sweep, &s->swept);
	checkpoint(job, &s->swept);
	assay_timer_set(s->keeper, CHECKPOINT_NS);
}

/* ---- the sweep ---- */

static void
on_swept(struct assay_job *job, void *arg, enum assay_sweep_end end)
{
	static const char *const ends[] = { [ASSAY_SWEEP_COMPLETE] = "complete",
		[ASSAY_SWEEP_UNSETTLED] = "unsettled",
		[ASSAY_SWEEP_GONE] = "gone" };
	struct state *s = arg;

	assay_timer_stop(s->timer);
	assay_timer_stop(s->keeper);
	assay_udp_sweep_result(s->sweep, &s->swept);
	if (end != ASSAY_SWEEP_COMPLETE) {
		s->is_left = true;
		checkpoint(job, &s->swept);
	}
	observe_sweep(job, s->stopped ? "stopped" : ends[end]);
	assay_udp_sweep_free(s->sweep);
	s->sweep = NULL;
	close_target(job);
}

static void
on_time(struct assay_job *job, void *arg)
{
	struct state *s = arg;

	(void)job;
	s->stopped = true;
	assay_udp_sweep_stop(s->sweep, ASSAY_SWEEP_UNSETTLED);
}

/* Each address left has the same share of the time that is left. */
static uint64_t
share_ns(struct assay_job *job)
{
	const struct state *s = assay_state(job);
	const uint64_t now = assay_now_ns(job);
	uint64_t n = 0;
	size_t i;

	for (i = s->target; i < assay_target_count(job); i++)
		n += assay_is_chosen(job, assay_target_at(job, i)->family);
	return s->ends_ns > now && n > 0 ? (s->ends_ns - now) / n : 0;
}

/* What is declared, and where services are at home. */
static void
list_first(const struct assay_ports *declared, struct assay_ports *out)
{
	const struct udp_ask *ask;
	size_t i, k;

	memset(out, 0, sizeof(*out));
	if (assay_ports_count(declared) <= 1024)
		*out = *declared;
	for (i = 0; i < udp_asks_count(); i++) {
		ask = udp_asks_at(i);
		for (k = 0; k < 4 && ask->ports[k] != 0; k++)
			assay_ports_add(out, ask->ports[k], ask->ports[k]);
	}
}

/* Of those, the ones where a question begins a handshake. */
static void
list_holding(struct assay_job *job, const struct assay_ports *first,
    struct assay_ports *out)
{
	const struct udp_ask *ask;
	uint32_t port;

	memset(out, 0, sizeof(*out));
	for (port = 1; port <= UDP_PORTS_ALL; port++) {
		if (!assay_ports_has(first, (uint16_t)port))
			continue;
		ask = udp_asks_for((uint16_t)port,
		    udp_ports_service(job, target(job), (uint16_t)port), 0);
		if ((ask->flags & UDP_ASKS_HOLDS) != 0)
			assay_ports_add(out, (uint16_t)port, (uint16_t)port);
	}
}

static void
start_target(struct assay_job *job)
{
	struct state *s = assay_state(job);
	struct assay_udp_sweep_spec spec = {
		.payload = payload, .on_end = on_swept, .arg = s
	};
	struct assay_ports declared, first, holding, ports;
	size_t next = s->target;

	if (assay_target_next(job, &next) == NULL) {
		if (!s->is_left)
			assay_checkpoint(job, NULL, 0);
		assay_finish(job);
		return;
	}
	s->target = next - 1;
	assay_declared_ports(job, ASSAY_UDP, target(job), false, &declared);
	list_first(&declared, &first);
	list_holding(job, &first, &holding);
	s->nonce = assay_random(job);
	ports = *assay_param_ports(job, "ports");
	s->resumed_run = assay_resume_ports(
	    job, target(job), &declared, &ports, &s->earlier);
	spec.target = target(job);
	spec.ports = &ports;
	spec.first = &first;
	spec.holding = &holding;
	spec.max_pps = assay_param_u64(job, "max_pps");
	spec.patience_ns = assay_param_ns(job, "patience");
	s->stopped = false;
	s->sweep = assay_udp_sweep_new(job, &spec);
	assay_timer_set(s->timer, share_ns(job));
	assay_timer_set(s->keeper, CHECKPOINT_NS);
}

static void
on_frame(struct assay_job *job, const struct assay_frame *frame)
{
	struct state *s = assay_state(job);

	if (s->sweep != NULL)
		assay_udp_sweep_frame(s->sweep, frame);
}

static void
on_health(struct assay_job *job, enum assay_health health)
{
	struct state *s = assay_state(job);

	if (s->sweep != NULL)
		assay_udp_sweep_health(s->sweep, health);
}

static void
run(struct assay_job *job)
{
	struct state *s = assay_state(job);
	size_t i;

	for (i = 0; i < TARGETS_MAX && i < assay_target_count(job); i++)
		(void)assay_resumed_ports(
		    job, assay_target_at(job, i), &s->closed[i]);
	s->ends_ns = assay_now_ns(job) + assay_param_ns(job, "limit");
	s->timer = assay_timer_new(job, on_time, s);
	s->keeper = assay_timer_new(job, on_checkpoint, s);
	assay_on_health(job, on_health);
	start_target(job);
}

/* The time is over: what was asked so far is said, and left to the next. */
static void
cancel(struct assay_job *job)
{
	struct state *s = assay_state(job);

	if (s->sweep == NULL)
		return;
	assay_udp_sweep_result(s->sweep, &s->swept);
	checkpoint(job, &s->swept);
	observe_sweep(job, "stopped");
	assay_udp_sweep_stop(s->sweep, ASSAY_SWEEP_GONE);
}

static void
fini(struct assay_job *job)
{
	struct state *s = assay_state(job);

	assay_udp_sweep_free(s->sweep);
	s->sweep = NULL;
	assay_timer_free(s->timer);
	assay_timer_free(s->keeper);
	s->timer = s->keeper = NULL;
}

static const struct assay_claim claims[] = {
	{ "NET-02", ASSAY_COMPLETENESS },
	{ "NET-02", ASSAY_SUFFICIENCY },
	{ "NET-03", ASSAY_COMPLETENESS },
	{ "NET-03", ASSAY_SUFFICIENCY },
	{ .check = NULL },
};

static const struct assay_param params[] = {
	{ "addresses", ASSAY_PARAM_CHOICE, "all", 0, 0, "all|ipv4|ipv6",
	    "Which of the device's addresses are swept." },
	{ "ports", ASSAY_PARAM_PORTS, "1-65535", 0, 0, NULL,
	    "Which ports are asked; fewer than all never pass." },
	{ "max_pps", ASSAY_PARAM_U64, "0", 0, 1000000, NULL,
	    "Ceiling of the pace, in datagrams a second; 0: what the device "
	    "shows it can take." },
	{ "patience", ASSAY_PARAM_DURATION, "10s", 1000000000, 86400000000000,
	    NULL, "How long to wait for a device that fell silent." },
	{ "limit", ASSAY_PARAM_DURATION, "25m", 1000000000, 86400000000000,
	    NULL, "How long all of it may take; what is left is unasked." },
	{ .name = NULL },
};

static const struct assay_field observations[] = {
	{ "sweep.end", ASSAY_TYPE_STRING, "",
	    "complete, unsettled, stopped or gone" },
	{ "sweep.asked", ASSAY_TYPE_U64, "port", "ports asked at all" },
	{ "resumed.run", ASSAY_TYPE_U64, "", "the run it goes on from" },
	{ "resumed.asked", ASSAY_TYPE_U64, "port",
	    "closed up to that run, not asked again" },
	{ "sweep.answered", ASSAY_TYPE_U64, "port", "ports heard of" },
	{ "sweep.checks", ASSAY_TYPE_U64, "", "askings of known responders" },
	{ "sweep.checks_lost", ASSAY_TYPE_U64, "", "of these, unanswered" },
	{ "ports.open", ASSAY_TYPE_PORTS, "port", "answered by a datagram" },
	{ "ports.closed", ASSAY_TYPE_U64, "port", "ICMP port unreachable" },
	{ "ports.filtered", ASSAY_TYPE_PORTS, "port",
	    "ICMP unreachable for another reason" },
	{ "ports.filtered_count", ASSAY_TYPE_U64, "port", "how many" },
	{ "ports.silent", ASSAY_TYPE_PORTS, "port",
	    "silent beside responders: open or filtered" },
	{ "ports.silent_count", ASSAY_TYPE_U64, "port", "how many" },
	{ "ports.unsettled", ASSAY_TYPE_U64, "port", "asked, and none of it" },
	{ "answer", ASSAY_TYPE_U64, "port", "which port the answer came from" },
	{ "declared", ASSAY_TYPE_STRING, "", "what a declared port is" },
	{ "control", ASSAY_TYPE_BOOL, "", "a known responder answered" },
	{ .name = NULL },
};

#define VALUES "ports count open closed silent asked total unsettled"
static const struct assay_reason reasons[] = {
	{ "udp.ports_as_declared", VALUES },
	{ "udp.ports_as_declared_resumed", VALUES " run earlier" },
	{ "udp.undeclared_open", VALUES },
	{ "udp.nothing_declared", VALUES },
	{ "udp.no_responder", VALUES },
	{ "udp.device_gone", VALUES },
	{ "udp.partial", VALUES },
	{ "udp.partial_resumed", VALUES " run earlier" },
	{ "udp.unsettled", VALUES },
	{ "udp.filtered", VALUES },
	{ "udp.open_or_filtered", VALUES },
	{ "udp.control_bad", VALUES },
	{ "udp.declared_answer", VALUES },
	{ "udp.declared_missing", VALUES },
	{ "udp.declared_unknown", VALUES },
	{ "udp.nothing_required", VALUES },
	{ "udp.no_address", "family" },
	{ .code = NULL },
};

static const char *const resources[] = { "dut:load exclusive", NULL };

const struct assay_probe assay_probe = {
	.abi = ASSAY_ABI,
	.size = sizeof(struct assay_probe),
	.name = "udp.ports",
	.title = "No UDP port answers beyond those declared, and those do.",
	.method = 2,
	.claims = claims,
	.params = params,
	.observations = observations,
	.reasons = reasons,
	.resources = resources,
	.needs = ASSAY_NEED_LINK | ASSAY_NEED_SOURCES | ASSAY_NEED_UDP,
	.medium = ASSAY_MEDIUM_IP,
	.impact = ASSAY_ACTIVE,
	.timeout_ms = 1800000,
	.state_size = sizeof(struct state),
	.filter = "udp or icmp or icmp6",
	.run = run,
	.on_frame = on_frame,
	.judge = udp_ports_judge,
	.cancel = cancel,
	.fini = fini,
	.bridges_outages = true,
};
