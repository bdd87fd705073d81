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
	const struct assay_subject on =
	    ASSAY_ON(s->target, frames->remote_first);
	struct assay_frames f = *frames;

	f.comment = fact->source;
	if (s->nfacts++ < DISCLOSURE_FACTS_MAX)
		assay_observe_on(job, on,
		    transport == ASSAY_TCP ? tcp_fields[fact->what]
					   : udp_fields[fact->what],
		    ASSAY_STRING(fact->text), &f, 1);
	else if (s->nfacts == DISCLOSURE_FACTS_MAX + 1)
		assay_observe_on(
		    job, on, "service.cut", ASSAY_BOOL(true), NULL, 0);
}

/* ---- the contract's functions ---- */

static void
on_open(struct assay_job *job, void *arg, const struct assay_target *t,
    const struct assay_ports *open)
{
	struct disclosure_state *s = arg;

	s->target = t;
	s->open = open;
	disclosure_ask_datagrams(job);
}

static void
on_health(struct assay_job *job, enum assay_health health)
{
	const struct disclosure_state *s = assay_state(job);

	assay_tcp_rounds_health(s->rounds, health);
}

static void
run(struct assay_job *job)
{
	struct disclosure_state *s = assay_state(job);

	assay_on_health(job, on_health);
	s->rounds = assay_tcp_rounds_start(job, on_open, s);
}

static void
cancel(struct assay_job *job)
{
	struct disclosure_state *s = assay_state(job);

	s->cancelled = true;
	assay_tcp_rounds_cancel(s->rounds);
}

static void
fini(struct assay_job *job)
{
	struct disclosure_state *s = assay_state(job);

	assay_tcp_rounds_free(s->rounds);
	s->rounds = NULL;
}

static void
on_frame(struct assay_job *job, const struct assay_frame *frame)
{
	const struct disclosure_state *s = assay_state(job);

	assay_tcp_rounds_frame(s->rounds, frame);
}

static const struct assay_claim claims[] = {
	{ "NET-07", ASSAY_COMPLETENESS }, /* TCP, every port */
	{ "NET-07", ASSAY_BEHAVIOUR },    /* UDP, where it was asked */
	{ .check = NULL },
};

static const struct assay_param params[] = {
	ASSAY_TCP_ROUNDS_PARAMS,
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
	{ .name = NULL },
};

#define DISCLOSES(what, help) \
	{ "discloses." what, ASSAY_TYPE_STRING, "", help " (TCP)" }, \
	{ \
		"udp.discloses." what, ASSAY_TYPE_STRING, "", help " (UDP)" \
	}
static const struct assay_field observations[] = {
	ASSAY_TCP_ROUNDS_FIELDS,
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
	{ "ssh.host_key", ASSAY_TYPE_STRING, "",
	    "type and key in hexadecimal, as the server shows them (RFC 4253 "
	    "section 6.6): two samples have each its own" },
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
	.method = 2,
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
