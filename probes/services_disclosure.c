/*
 * services.disclosure: what the device's services say before any log-in is
 * declared, and no use to an attacker.
 *
 * NET-07: EN 303 645 provision 5.6-2.  Every TCP port is asked by a sweep, and
 * every open one is interviewed: what it is by what it says, never by its
 * number, then all that it says of itself, in clear and within TLS
 * (protocols/service.h).  An open port that cannot be identified or read to its
 * end is never passed over: it makes a pass inconclusive.  UDP knows no such
 * completeness: known services are asked for at their own ports, and the best
 * that is said of it is info.
 */
#include <string.h>

#include "probes/probe.h"
#include "probes/services_disclosure/parts.h"

const struct assay_target *
disclosure_target(struct assay_job *job)
{
	const struct disclosure_state *s = assay_state(job);

	return assay_target_at(job, s->target);
}

/* ---- observations ---- */

uint32_t
disclosure_observe(struct assay_job *job, const char *field, uint16_t port,
    struct assay_value value, const struct assay_frames *frames, size_t n)
{
	const struct assay_observation o = { .field = field,
		.target = disclosure_target(job),
		.port = port,
		.value = value,
		.frames = frames,
		.nframes = n };

	return assay_observe(job, &o);
}

struct assay_frames
disclosure_frames(struct assay_job *job, enum assay_transport transport,
    uint16_t local_port, uint16_t port, const char *comment)
{
	const struct assay_frames f = { (uint8_t)transport,
		disclosure_target(job), local_port, local_port, port, port,
		comment };

	return f;
}

static const char *const tcp_fields[SERVICE_WHATS] = {
	[SERVICE_TEXT] = "discloses.text",
	[SERVICE_PRODUCT] = "discloses.product",
	[SERVICE_MODEL] = "discloses.model",
	[SERVICE_NAME] = "discloses.name",
	[SERVICE_HOST] = "discloses.hostname",
	[SERVICE_ADDRESS] = "discloses.address",
	[SERVICE_PATH] = "discloses.path",
	[SERVICE_MAC] = "discloses.mac",
	[SERVICE_ID] = "discloses.id",
	[SERVICE_VERSION] = "discloses.version",
	[SERVICE_SERIAL] = "discloses.serial",
	[SERVICE_USER] = "discloses.user",
	[SERVICE_SECRET] = "discloses.secret",
};
static const char *const udp_fields[SERVICE_WHATS] = {
	[SERVICE_TEXT] = "udp.discloses.text",
	[SERVICE_PRODUCT] = "udp.discloses.product",
	[SERVICE_MODEL] = "udp.discloses.model",
	[SERVICE_NAME] = "udp.discloses.name",
	[SERVICE_HOST] = "udp.discloses.hostname",
	[SERVICE_ADDRESS] = "udp.discloses.address",
	[SERVICE_PATH] = "udp.discloses.path",
	[SERVICE_MAC] = "udp.discloses.mac",
	[SERVICE_ID] = "udp.discloses.id",
	[SERVICE_VERSION] = "udp.discloses.version",
	[SERVICE_SERIAL] = "udp.discloses.serial",
	[SERVICE_USER] = "udp.discloses.user",
	[SERVICE_SECRET] = "udp.discloses.secret",
};

void
disclosure_tell(struct assay_job *job, enum assay_transport transport,
    const struct service_fact *fact, const struct assay_frames *frames)
{
	struct disclosure_state *s = assay_state(job);
	const uint16_t port = frames->remote_first;
	struct assay_frames f = *frames;

	f.comment = fact->source;
	if (s->nfacts++ < DISCLOSURE_FACTS_MAX)
		disclosure_observe(job,
		    transport == ASSAY_TCP ? tcp_fields[fact->what]
					   : udp_fields[fact->what],
		    port, ASSAY_STRING(fact->text), &f, 1);
	else if (s->nfacts == DISCLOSURE_FACTS_MAX + 1)
		disclosure_observe(
		    job, "service.cut", port, ASSAY_BOOL(true), NULL, 0);
}

static void
observe_sweep(struct assay_job *job, const struct assay_tcp_swept *swept)
{
	static const char *const ends[] = { [ASSAY_SWEEP_COMPLETE] = "complete",
		[ASSAY_SWEEP_UNSETTLED] = "unsettled",
		[ASSAY_SWEEP_GONE] = "gone" };
	const struct assay_frames f = { ASSAY_TCP, disclosure_target(job),
		ASSAY_TCP_SWEEP_SOURCE_FIRST, ASSAY_TCP_SWEEP_SOURCE_LAST, 1,
		DISCLOSURE_ALL_PORTS, "the sweep" };
	const struct assay_sweep_stats *stats = &swept->stats;
	uint32_t id;

	disclosure_observe(
	    job, "sweep.end", 0, ASSAY_STRING(ends[swept->end]), &f, 1);
	disclosure_observe(
	    job, "sweep.asked", 0, ASSAY_U64(swept->asked), NULL, 0);
	disclosure_observe(
	    job, "sweep.answered", 0, ASSAY_U64(swept->answered), NULL, 0);
	disclosure_observe(
	    job, "sweep.unsettled", 0, ASSAY_U64(swept->unsettled), NULL, 0);
	id = disclosure_observe(
	    job, "ports.open", 0, ASSAY_PORTS(&swept->open), NULL, 0);
	assay_note(job, "pace.max_pps", ASSAY_U64(stats->max_pps));
	assay_note(job, "pace.sent", ASSAY_U64(stats->sent));
	assay_control(job, ASSAY_DURING,
	    stats->checks > 0 && stats->checks_lost * 2 < stats->checks, id);
}

/* ---- address by address: sweep, datagrams, interviews, control ---- */

static void next_target(struct assay_job *job);

static void
on_control(struct assay_job *job, void *arg, enum assay_tcp_result r,
    uint16_t local_port, uint64_t took_ns)
{
	struct disclosure_state *s = arg;
	const struct assay_frames f = disclosure_frames(
	    job, ASSAY_TCP, local_port, s->responder, "closing control");
	const bool good = r == ASSAY_TCP_CONNECTED || r == ASSAY_TCP_REFUSED;
	uint32_t id;

	(void)took_ns;
	id = disclosure_observe(
	    job, "control.after", s->responder, ASSAY_BOOL(good), &f, 1);
	assay_control(job, ASSAY_AFTER, good, id);
	next_target(job);
}

void
disclosure_close_target(struct assay_job *job)
{
	struct disclosure_state *s = assay_state(job);
	uint32_t id;

	if (s->cancelled) {
		assay_finish(job);
		return;
	}
	if (s->responder == 0) {
		id = disclosure_observe(
		    job, "control.after", 0, ASSAY_BOOL(false), NULL, 0);
		assay_control(job, ASSAY_AFTER, false, id);
		next_target(job);
		return;
	}
	assay_tcp_try(job, disclosure_target(job), s->responder,
	    assay_param_ns(job, "handshake"), on_control, s);
}

static void
on_swept(struct assay_job *job, void *arg, const struct assay_tcp_swept *swept)
{
	struct disclosure_state *s = arg;
	struct assay_frames f;
	uint32_t id;

	observe_sweep(job, swept);
	s->open = swept->open;
	s->responder = swept->responder;
	f = disclosure_frames(job, ASSAY_TCP, 0, s->responder, "first answer");
	f.local_first = ASSAY_TCP_SWEEP_SOURCE_FIRST;
	f.local_last = ASSAY_TCP_SWEEP_SOURCE_LAST;
	id = disclosure_observe(job, "control.before", s->responder,
	    ASSAY_BOOL(s->responder != 0), &f, s->responder != 0 ? 1 : 0);
	assay_control(job, ASSAY_BEFORE, s->responder != 0, id);
	assay_tcp_sweep_free(s->sweep);
	s->sweep = NULL;
	if (s->cancelled)
		assay_finish(job);
	else
		disclosure_ask_datagrams(job);
}

static bool
is_chosen(struct assay_job *job, const struct assay_target *t)
{
	const char *addresses = assay_param_string(job, "addresses");

	return strcmp(addresses, "all") == 0 ||
	    strcmp(addresses, t->family == 4 ? "ipv4" : "ipv6") == 0;
}

static void
start_target(struct assay_job *job)
{
	struct disclosure_state *s = assay_state(job);

	while (s->target < assay_target_count(job) &&
	    !is_chosen(job, disclosure_target(job)))
		s->target++;
	if (s->target == assay_target_count(job)) {
		assay_finish(job);
		return;
	}
	s->sweep = assay_tcp_sweep_new(job, disclosure_target(job),
	    assay_param_ports(job, "ports"), assay_param_u64(job, "max_pps"),
	    on_swept, s);
}

static void
next_target(struct assay_job *job)
{
	struct disclosure_state *s = assay_state(job);

	s->target++;
	start_target(job);
}

/* ---- the contract's functions ---- */

static void
on_health(struct assay_job *job, enum assay_health health)
{
	struct disclosure_state *s = assay_state(job);

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
	struct disclosure_state *s = assay_state(job);

	s->cancelled = true;
	if (s->sweep != NULL)
		assay_tcp_sweep_stop(s->sweep);
	else
		assay_finish(job);
}

static void
fini(struct assay_job *job)
{
	struct disclosure_state *s = assay_state(job);

	assay_tcp_sweep_free(s->sweep);
	s->sweep = NULL;
}

static void
on_frame(struct assay_job *job, const struct assay_frame *frame)
{
	struct disclosure_state *s = assay_state(job);

	if (s->sweep != NULL)
		assay_tcp_sweep_frame(s->sweep, frame);
}

static const struct assay_claim claims[] = {
	{ "NET-07", ASSAY_COMPLETENESS }, /* TCP, every port */
	{ "NET-07", ASSAY_BEHAVIOUR },    /* UDP, where it was asked */
	{ .check = NULL },
};

static const struct assay_param params[] = {
	{ "addresses", ASSAY_PARAM_CHOICE, "all", 0, 0, "all|ipv4|ipv6",
	    "Which of the device's addresses are asked." },
	{ "ports", ASSAY_PARAM_PORTS, "1-65535", 0, 0, NULL,
	    "Which TCP ports are asked; fewer than all never pass." },
	{ "udp_ports", ASSAY_PARAM_PORTS,
	    "53,69,123,137,161,1900,5353,5683,47808", 0, 0, NULL,
	    "Which of these UDP ports are asked for the service that is "
	    "theirs." },
	{ "listen_only", ASSAY_PARAM_PORTS, "9100-9107", 0, 0, NULL,
	    "TCP ports to which nothing is sent: printers print what comes." },
	{ "greeting", ASSAY_PARAM_DURATION, "5s", 1000000, 60000000000, NULL,
	    "How long a server that speaks first may take to do so." },
	{ "answer", ASSAY_PARAM_DURATION, "3s", 1000000, 60000000000, NULL,
	    "How long the answer to a question may take." },
	{ "pause", ASSAY_PARAM_DURATION, "300ms", 1000000, 10000000000, NULL,
	    "A silence of this length ends what a service says." },
	{ "datagram", ASSAY_PARAM_DURATION, "1s", 1000000, 60000000000, NULL,
	    "How long the answer to a datagram may take." },
	{ "tries", ASSAY_PARAM_U64, "3", 1, 10, NULL,
	    "How often what stays unanswered is asked." },
	{ "handshake", ASSAY_PARAM_DURATION, "2s", 1000000, 60000000000, NULL,
	    "How long one handshake may take." },
	{ "max_pps", ASSAY_PARAM_U64, "0", 0, 1000000, NULL,
	    "Ceiling of the sweep's pace, in SYNs a second; 0: what the device "
	    "shows it can take." },
	{ .name = NULL },
};

#define DISCLOSES(what, help) \
	{ "discloses." what, ASSAY_TYPE_STRING, "", help " (TCP)" }, \
	{ \
		"udp.discloses." what, ASSAY_TYPE_STRING, "", help " (UDP)" \
	}
static const struct assay_field observations[] = {
	{ "sweep.end", ASSAY_TYPE_STRING, "", "complete, unsettled or gone" },
	{ "sweep.asked", ASSAY_TYPE_U64, "port", "TCP ports asked at all" },
	{ "sweep.answered", ASSAY_TYPE_U64, "port", "ports that answered" },
	{ "sweep.unsettled", ASSAY_TYPE_U64, "port", "nobody can tell" },
	{ "ports.open", ASSAY_TYPE_PORTS, "port", "SYN answered by SYN-ACK" },
	{ "service", ASSAY_TYPE_STRING, "",
	    "what an open TCP port speaks: ssh, http, https, mqtts …; tls (it "
	    "wants a certificate or a key first), unidentified, silent, tls "
	    "unidentified, tls silent, lost, unasked" },
	{ "service.cut", ASSAY_TYPE_BOOL, "",
	    "it has more to say than was read" },
	{ "tls.version", ASSAY_TYPE_STRING, "", "of the session" },
	{ "tls.keys", ASSAY_TYPE_STRING, "",
	    "a session's secrets, to read its frames: lines of an "
	    "SSLKEYLOGFILE, each ended by a semicolon" },
	{ "udp.service", ASSAY_TYPE_STRING, "",
	    "what answered at a UDP port; unidentified, closed, silent, "
	    "unasked" },
	{ "udp.cut", ASSAY_TYPE_BOOL, "", "it has more to say than was read" },
	DISCLOSES("text", "words that nobody has put in order"),
	DISCLOSES("product", "software, vendor or system"),
	DISCLOSES("model", "the device's model"),
	DISCLOSES("name", "a title, a realm, a name"),
	DISCLOSES("hostname", "a host name"),
	DISCLOSES("address", "of it, or of whom it talks with"),
	DISCLOSES("path", "a resource or a topic"),
	DISCLOSES("mac", "a MAC address"),
	DISCLOSES("id", "a UUID or a number of its own"),
	DISCLOSES("version", "of software"),
	DISCLOSES("serial", "a serial number"),
	DISCLOSES("user", "a user's name"),
	DISCLOSES("secret", "the name of a secret, not its value"),
	{ "control.before", ASSAY_TYPE_BOOL, "", "a port answered" },
	{ "control.after", ASSAY_TYPE_BOOL, "", "the same port again" },
	{ .name = NULL },
};

#define VALUES "said services ports count open asked unsettled"
static const struct assay_reason reasons[] = {
	{ "disclosure.declared", VALUES },
	{ "disclosure.secret", VALUES },
	{ "disclosure.undeclared", VALUES },
	{ "disclosure.undeclared_harmless", VALUES },
	{ "disclosure.not_declared", VALUES },
	{ "disclosure.not_asked", VALUES },
	{ "disclosure.no_responder", VALUES },
	{ "disclosure.device_gone", VALUES },
	{ "disclosure.partial", VALUES },
	{ "disclosure.unsettled", VALUES },
	{ "disclosure.unasked", VALUES },
	{ "disclosure.unidentified", VALUES },
	{ "disclosure.cut", VALUES },
	{ "disclosure.control_bad", VALUES },
	{ "disclosure.udp_silent", VALUES },
	{ "disclosure.udp_unasked", VALUES },
	{ "disclosure.udp_declared", VALUES },
	{ "disclosure.udp_closed", VALUES },
	{ .code = NULL },
};

static const char *const resources[] = { "dut:load exclusive", NULL };

const struct assay_probe assay_probe = {
	.abi = ASSAY_ABI,
	.size = sizeof(struct assay_probe),
	.name = "services.disclosure",
	.title =
	    "What the TCP services say before a log-in is declared, and is "
	    "no secret.",
	.method = 1,
	.claims = claims,
	.params = params,
	.observations = observations,
	.reasons = reasons,
	.resources = resources,
	.needs = ASSAY_NEED_LINK | ASSAY_NEED_TCP | ASSAY_NEED_UDP,
	.medium = ASSAY_MEDIUM_IP,
	.impact = ASSAY_ACTIVE,
	.timeout_ms = 3600000,
	.state_size = sizeof(struct disclosure_state),
	.filter = "tcp or udp or icmp or icmp6",
	.run = run,
	.on_frame = on_frame,
	.judge = disclosure_judge,
	.cancel = cancel,
	.fini = fini,
};
