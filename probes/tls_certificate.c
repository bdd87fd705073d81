/*
 * tls.certificate: each TLS server's certificate is valid, names the device,
 * may be used for it, and its key is the device's own.
 *
 * TLS-S15: EN 18031 CCK-3, RFC 5280, RFC 6125.  Every open TCP port of every
 * address is asked for TLS, whatever its number; the certificate is what it
 * shows to a client that names nobody.  Nobody's word is trusted: who issued it
 * is not asked.  Whether the key is the device's own takes another sample,
 * whose keys a scenario names; how long the key is and how the certificate is
 * signed is observed and judged elsewhere (TLS-S06).
 */
#include "probes/probe.h"
#include "probes/tls_certificate/parts.h"

static void
on_open(struct assay_job *job, void *arg, const struct assay_target *t,
    const struct assay_ports *open)
{
	struct certificate_state *s = arg;

	s->target = t;
	if (s->stamp_ns != 0)
		assay_observe_on(job, ASSAY_ON(t, 0), "clock.now",
		    (struct assay_value){ .type = ASSAY_TYPE_I64,
			.i64 = (int64_t)(s->stamp_ns / 1000000000) },
		    NULL, 0);
	certificate_ask_all(job, open);
}

static void
on_health(struct assay_job *job, enum assay_health health)
{
	const struct certificate_state *s = assay_state(job);

	assay_tcp_rounds_health(s->rounds, health);
}

static void
run(struct assay_job *job)
{
	struct certificate_state *s = assay_state(job);

	assay_on_health(job, on_health);
	s->rounds = assay_tcp_rounds_start(job, on_open, s);
}

static void
on_frame(struct assay_job *job, const struct assay_frame *frame)
{
	struct certificate_state *s = assay_state(job);

	if (frame->stamp_ns > s->stamp_ns)
		s->stamp_ns = frame->stamp_ns;
	assay_tcp_rounds_frame(s->rounds, frame);
}

static void
cancel(struct assay_job *job)
{
	const struct certificate_state *s = assay_state(job);

	assay_tcp_rounds_cancel(s->rounds);
}

static void
fini(struct assay_job *job)
{
	struct certificate_state *s = assay_state(job);

	assay_tcp_rounds_free(s->rounds);
	s->rounds = NULL;
}

static const struct assay_claim claims[] = {
	{ "TLS-S15", ASSAY_BEHAVIOUR },
	{ .check = NULL },
};

static const struct assay_param params[] = {
	ASSAY_TCP_ROUNDS_PARAMS,
	{ "names", ASSAY_PARAM_STRING, "", 0, 0, NULL,
	    "The names by which clients reach the device, with a blank between "
	    "them, beside those that the profile's crypto declares; its own "
	    "addresses count without being named." },
	{ "other_keys", ASSAY_PARAM_STRING, "", 0, 0, NULL,
	    "SHA-256 of the public keys of other samples "
	    "(certificate.public_key of their runs), with a blank between "
	    "them." },
	{ "clock_error", ASSAY_PARAM_DURATION, "24h", 1000000000,
	    31536000000000000, NULL,
	    "How wrong the bench's clock may be; a date nearer than this "
	    "decides nothing." },
	{ "answer", ASSAY_PARAM_DURATION, "3s", 1000000, 60000000000, NULL,
	    "How long a handshake of TLS, or an answer in clear, may take." },
	{ "pause", ASSAY_PARAM_DURATION, "300ms", 1000000, 10000000000, NULL,
	    "A silence of this length ends what a service says." },
	{ "tries", ASSAY_PARAM_U64, "3", 1, 10, NULL,
	    "How often what stays unanswered is asked." },
	{ .name = NULL },
};

static const struct assay_field observations[] = {
	ASSAY_TCP_ROUNDS_FIELDS,
	{ "clock.now", ASSAY_TYPE_I64, "s",
	    "the bench's clock, as frames are stamped: seconds since 1970" },
	{ "service", ASSAY_TYPE_STRING, "",
	    "what an open TCP port is: tls (its certificate was read), tls "
	    "unread, starttls, silent, lost, unasked, or what it speaks in "
	    "clear" },
	{ "tls.version", ASSAY_TYPE_STRING, "", "of the session" },
	{ "tls.keys", ASSAY_TYPE_STRING, "",
	    "a session's secrets, to read its frames: lines of an "
	    "SSLKEYLOGFILE, each ended by a semicolon" },
	{ "certificate.not_before", ASSAY_TYPE_I64, "s", "since 1970" },
	{ "certificate.not_after", ASSAY_TYPE_I64, "s", "since 1970" },
	{ "certificate.names", ASSAY_TYPE_STRING, "",
	    "whom it is for: DNS:, IP: or, without these, CN:" },
	{ "certificate.key_usage", ASSAY_TYPE_STRING, "",
	    "what its key may do; unrestricted" },
	{ "certificate.purposes", ASSAY_TYPE_STRING, "",
	    "any, servers, clients, other; unrestricted" },
	{ "certificate.public_key", ASSAY_TYPE_STRING, "",
	    "SHA-256 of the SubjectPublicKeyInfo" },
	{ "certificate.key_type", ASSAY_TYPE_STRING, "", "rsa, ec …" },
	{ "certificate.key_bits", ASSAY_TYPE_U64, "bit",
	    "of its modulus or curve; 0: unknown" },
	{ "certificate.signature", ASSAY_TYPE_STRING, "",
	    "how it is signed: ecdsa-sha256 …" },
	{ "certificate.self_issued", ASSAY_TYPE_BOOL, "",
	    "its issuer is its subject" },
	{ "certificate.authority", ASSAY_TYPE_BOOL, "", "it may issue others" },
	{ .name = NULL },
};

#define VALUES "ports problems certificates open asked unsettled"
static const struct assay_reason reasons[] = {
	{ "certificate.fits", VALUES },
	{ "certificate.expired", VALUES },
	{ "certificate.not_yet", VALUES },
	{ "certificate.purpose", VALUES },
	{ "certificate.key_usage", VALUES },
	{ "certificate.shared_key", VALUES },
	{ "certificate.name", VALUES },
	{ "certificate.clock", VALUES },
	{ "certificate.name_unknown", VALUES },
	{ "certificate.declared_closed", VALUES },
	{ "certificate.one_sample", VALUES },
	{ "certificate.unread", VALUES },
	{ "certificate.unidentified", VALUES },
	{ "certificate.no_tls", VALUES },
	{ "certificate.not_asked", VALUES },
	{ "certificate.no_responder", VALUES },
	{ "certificate.device_gone", VALUES },
	{ "certificate.partial", VALUES },
	{ "certificate.unsettled", VALUES },
	{ "certificate.control_bad", VALUES },
	{ .code = NULL },
};

static const char *const resources[] = { "dut:load exclusive", NULL };

const struct assay_probe assay_probe = {
	.abi = ASSAY_ABI,
	.size = sizeof(struct assay_probe),
	.name = "tls.certificate",
	.title = "Each TLS server's certificate is valid, for this device and "
		 "for servers, and its key is no other sample's.",
	.method = 2,
	.claims = claims,
	.params = params,
	.observations = observations,
	.reasons = reasons,
	.resources = resources,
	.needs = ASSAY_NEED_LINK | ASSAY_NEED_TCP,
	.medium = ASSAY_MEDIUM_IP,
	.impact = ASSAY_ACTIVE,
	.timeout_ms = 3600000,
	.state_size = sizeof(struct certificate_state),
	.filter = "tcp or icmp or icmp6",
	.run = run,
	.on_frame = on_frame,
	.judge = certificate_judge,
	.cancel = cancel,
	.fini = fini,
};
