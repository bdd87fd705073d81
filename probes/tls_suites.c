/*
 * tls.suites: what each TLS port agrees to: suites, key sizes, signatures,
 * compression, renegotiation, extended master secret.
 *
 * TLS-S03 to TLS-S09: RFC 9325 section 3.3 to 3.5 and 4.  All suites of all
 * versions are named by the server itself, one per connection
 * (protocols/tls_enumerate.h); the same first flights show the rest.  A port of
 * which not all is known passes nothing.  Whether a client may renegotiate
 * without end is not asked, so TLS-S08 passes only where there is no
 * renegotiation at all.  What the profile's table `crypto` declares of a port's
 * suites is held against what it takes: no other, and none missing.
 */
#include <stdio.h>
#include <string.h>

#include "probes/probe.h"
#include "probes/tls_suites/parts.h"
#include "protocols/tls_names.h"
#include "protocols/x509.h"

/* ---- what an answer shows ---- */

/* FNV-1a over field and value: each is told once of a port. */
static bool
is_told(struct suites_told *told, const char *field, const char *text)
{
	uint64_t h = UINT64_C(14695981039346656037);
	size_t i;

	for (i = 0; field[i] != '\0'; i++)
		h = (h ^ (uint8_t)field[i]) * UINT64_C(1099511628211);
	for (i = 0; text[i] != '\0'; i++)
		h = (h ^ (uint8_t)text[i]) * UINT64_C(1099511628211);
	for (i = 0; i < told->n; i++)
		if (told->hashes[i] == h)
			return true;
	if (told->n < SUITES_TOLD_MAX)
		told->hashes[told->n++] = h;
	return false;
}

static bool
may_observe(struct assay_job *job, struct suites_state *s)
{
	if (s->observed++ < SUITES_OBSERVED_MAX)
		return true;
	if (s->observed == SUITES_OBSERVED_MAX + 1)
		assay_observe_on(
		    job, s->port, "suites.cut", ASSAY_BOOL(true), NULL, 0);
	return false;
}

static void
tell_text(struct assay_job *job, const char *field, const char *text,
    const struct assay_frames *f)
{
	struct suites_state *s = assay_state(job);

	if (!is_told(&s->told, field, text) && may_observe(job, s))
		assay_observe_on(job, s->port, field, ASSAY_STRING(text), f, 1);
}

static void
tell_number(struct assay_job *job, const char *field, uint64_t v,
    const struct assay_frames *f)
{
	struct suites_state *s = assay_state(job);
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)v);
	if (!is_told(&s->told, field, text) && may_observe(job, s))
		assay_observe_on(job, s->port, field, ASSAY_U64(v), f, 1);
}

static size_t
version_index(uint16_t version)
{
	return version < TLS_SSL3 ? 0 : (size_t)(version - TLS_SSL3) + 1;
}

static void
tell_suite(struct assay_job *job, const struct tls_reply *r,
    const struct assay_frames *f)
{
	struct suites_state *s = assay_state(job);
	uint8_t *told = &s->suites[version_index(r->version)][r->suite / 8];
	struct tls_suite suite;
	char text[100];

	if ((*told & 1 << r->suite % 8) != 0)
		return;
	*told = (uint8_t)(*told | 1 << r->suite % 8);
	(void)tls_suite_of(r->suite, &suite);
	snprintf(text, sizeof(text), "%s 0x%04x %s",
	    tls_version_name(r->version), r->suite, suite.name);
	if (may_observe(job, s))
		assay_observe_on(
		    job, s->port, "suite", ASSAY_STRING(text), f, 1);
}

static void
tell_kinds(struct assay_job *job, const struct tls_reply *r,
    const struct assay_frames *f)
{
	const uint8_t *p = r->ssl2.kinds.p;
	const char *name;
	uint32_t kind;
	char text[100];
	size_t i;

	for (i = 0; i + 3 <= r->ssl2.kinds.n && i < 60; i += 3) {
		kind =
		    (uint32_t)p[i] << 16 | (uint32_t)p[i + 1] << 8 | p[i + 2];
		name = tls_ssl2_kind_name(kind);
		snprintf(text, sizeof(text), "SSLv2 0x%06x %s", kind,
		    name != NULL ? name : "unknown");
		tell_text(job, "suite", text, f);
	}
}

static void
tell_certificate(struct assay_job *job, const uint8_t *der, size_t n,
    const struct assay_frames *f)
{
	struct suites_state *s = assay_state(job);
	struct x509 x;
	char text[64];

	if (x509_read(&x, der, n) == -1)
		return;
	s->has_certificate = true;
	snprintf(text, sizeof(text), "%s %u", x.key, x.key_bits);
	tell_text(job, "certificate.key", text, f);
	snprintf(text, sizeof(text), "%s%s", x.signature,
	    x.signature_is_weak ? " weak" : "");
	tell_text(job, "certificate.signature", text, f);
}

static void
tell_group(struct assay_job *job, uint16_t id, const struct assay_frames *f)
{
	const struct tls_group *g = tls_group_of(id);
	char text[48];

	if (g != NULL)
		snprintf(text, sizeof(text), "%s %u", g->name, g->bits);
	else
		snprintf(text, sizeof(text), "0x%04x 0", id);
	tell_text(job, "group", text, f);
}

static void
tell_key(struct assay_job *job, const struct tls_reply *r,
    const struct assay_frames *f)
{
	const struct tls_signature *sig;
	char text[64];

	if (r->version == TLS_13 && r->hello.group != 0)
		tell_group(job, r->hello.group, f);
	if (!r->has_key)
		return;
	if (r->key.bits > 0)
		tell_number(job, "key_exchange.bits", r->key.bits, f);
	else
		tell_group(job, r->key.group, f);
	if (r->key.signature == 0)
		return;
	sig = tls_signature_of(r->key.signature);
	snprintf(text, sizeof(text), "0x%04x %s%s", r->key.signature,
	    sig != NULL ? sig->name : "unknown",
	    sig != NULL && sig->is_weak ? " weak" : "");
	tell_text(job, "signature", text, f);
}

/* What a server has to say up to TLS 1.2, in every answer of it. */
static void
note_old(struct assay_job *job, const struct tls_reply *r,
    const struct assay_frames *f)
{
	struct suites_state *s = assay_state(job);

	if (r->hello.compression != 0)
		tell_number(job, "compression", r->hello.compression, f);
	if (!r->hello.renegotiation_info && !s->no_renegotiation) {
		s->no_renegotiation = true;
		s->renegotiation_frames = *f;
	} else if (r->hello.renegotiation_info && !s->renegotiation) {
		s->renegotiation = true;
		if (!s->no_renegotiation)
			s->renegotiation_frames = *f;
	}
	if (r->version != TLS_12)
		return;
	if (!r->hello.extended_master_secret && !s->no_secret) {
		s->no_secret = true;
		s->secret_frames = *f;
	} else if (r->hello.extended_master_secret && !s->secret) {
		s->secret = true;
		if (!s->no_secret)
			s->secret_frames = *f;
	}
}

static void
begin_port(struct suites_state *s, struct assay_subject port)
{
	if (s->port.port == port.port && s->port.target == port.target)
		return;
	s->port = port;
	memset(s->suites, 0, sizeof(s->suites));
	s->told.n = 0;
	s->renegotiation = s->no_renegotiation = false;
	s->secret = s->no_secret = false;
	s->has_certificate = false;
}

static void
on_chosen(struct assay_job *job, void *arg, struct assay_subject port,
    const struct tls_reply *r, const struct assay_frames *f)
{
	begin_port(arg, port);
	if (r->certificate.p != NULL)
		tell_certificate(job, r->certificate.p, r->certificate.n, f);
	if (r->version == TLS_SSL2) {
		tell_kinds(job, r, f);
		return;
	}
	tell_suite(job, r, f);
	tell_key(job, r, f);
	if (r->version < TLS_13)
		note_old(job, r, f);
}

/* ---- a port is done ---- */

static void
tell_order(struct assay_job *job, const struct tls_enumerate *plan)
{
	const struct suites_state *s = assay_state(job);
	const struct tls_version_taken *v;
	char text[48];
	size_t i;

	for (i = 0; i < TLS_ENUMERATE_VERSIONS; i++) {
		v = &plan->versions[i];
		if (v->order == TLS_ORDER_UNKNOWN)
			continue;
		snprintf(text, sizeof(text), "%s %s",
		    tls_version_name(v->version),
		    v->order == TLS_ORDER_SERVER ? "server" : "client");
		assay_observe_on(
		    job, s->port, "order", ASSAY_STRING(text), NULL, 0);
	}
}

/* The certificate of TLS 1.3 is sealed: a whole handshake shows it. */
static void
on_session(struct assay_job *job, void *arg, const struct assay_talked *t)
{
	struct suites_state *s = arg;
	const struct assay_frames f = assay_frames_of(ASSAY_TCP, s->port.target,
	    t->local_port, s->port.port, "the certificate");

	if (t->tls.certificate != NULL)
		tell_certificate(
		    job, t->tls.certificate, t->tls.ncertificate, &f);
	assay_tls_ports_go_on(s->ports);
}

static bool
on_port(struct assay_job *job, void *arg, struct assay_subject port,
    const struct tls_enumerate *plan)
{
	struct suites_state *s = arg;
	const struct assay_talk_spec spec = { .transport = ASSAY_TCP,
		.target = port.target,
		.port = port.port,
		.connect_ns = assay_param_ns(job, "handshake"),
		.listen_ns = assay_param_ns(job, "answer"),
		.quiet_ns = assay_param_ns(job, "answer"),
		.tls = true,
		.tls_only = true,
		.on_end = on_session,
		.arg = s };

	begin_port(s, port);
	if (s->renegotiation || s->no_renegotiation)
		assay_observe_on(job, port, "renegotiation_info",
		    ASSAY_BOOL(!s->no_renegotiation), &s->renegotiation_frames,
		    1);
	if (s->secret || s->no_secret)
		assay_observe_on(job, port, "extended_master_secret",
		    ASSAY_BOOL(!s->no_secret), &s->secret_frames, 1);
	tell_order(job, plan);
	if (plan->versions[TLS_ENUMERATE_VERSIONS - 1].taken != TLS_TAKEN ||
	    s->has_certificate)
		return false;
	assay_talk(job, &spec);
	return true;
}

/* ---- the contract's functions ---- */

static void
run(struct assay_job *job)
{
	struct suites_state *s = assay_state(job);
	const struct assay_tls_ports_spec spec = { .asks_again = true,
		.on_chosen = on_chosen,
		.on_port = on_port,
		.arg = s };

	assay_tls_ports_start(job, &spec);
}

static const struct assay_claim claims[] = {
	{ "TLS-S03", ASSAY_COMPLETENESS },
	{ "TLS-S04", ASSAY_COMPLETENESS },
	{ "TLS-S05", ASSAY_BEHAVIOUR },
	{ "TLS-S05", ASSAY_COMPLETENESS }, /* of what is declared */
	{ "TLS-S05", ASSAY_SUFFICIENCY },
	{ "TLS-S06", ASSAY_BEHAVIOUR },
	{ "TLS-S07", ASSAY_BEHAVIOUR },
	{ "TLS-S08", ASSAY_BEHAVIOUR },
	{ "TLS-S09", ASSAY_BEHAVIOUR },
	{ .check = NULL },
};

static const struct assay_param params[] = {
	ASSAY_TLS_PORTS_PARAMS,
	{ "strict", ASSAY_PARAM_BOOL, "false", 0, 0, NULL,
	    "Suites that should not be taken (TLS-S04) fail, instead of being "
	    "reported." },
	{ .name = NULL },
};

static const struct assay_field observations[] = {
	ASSAY_TLS_PORTS_FIELDS,
	{ "suite", ASSAY_TYPE_STRING, "", "taken: version, number, name" },
	{ "suites.cut", ASSAY_TYPE_BOOL, "", "there was more than is told" },
	{ "order", ASSAY_TYPE_STRING, "",
	    "whose preference decides: version, and server or client" },
	{ "key_exchange.bits", ASSAY_TYPE_U64, "bit",
	    "of a prime of Diffie-Hellman, or of an RSA key of its own" },
	{ "group", ASSAY_TYPE_STRING, "",
	    "a group and its bits (0: unknown), as the server chose it" },
	{ "signature", ASSAY_TYPE_STRING, "",
	    "by which the server signs, and \"weak\" when it is" },
	{ "certificate.key", ASSAY_TYPE_STRING, "", "its type and bits" },
	{ "certificate.signature", ASSAY_TYPE_STRING, "",
	    "its own, and \"weak\" when it is" },
	{ "compression", ASSAY_TYPE_U64, "", "the method it chose" },
	{ "renegotiation_info", ASSAY_TYPE_BOOL, "",
	    "every answer up to TLS 1.2 had it" },
	{ "extended_master_secret", ASSAY_TYPE_BOOL, "",
	    "every answer of TLS 1.2 had it" },
	{ .name = NULL },
};

#define VALUES "said ports count open asked unsettled"
static const struct assay_reason reasons[] = {
	{ "suites.bad", VALUES },
	{ "suites.none_bad", VALUES },
	{ "suites.weak", VALUES },
	{ "suites.none_weak", VALUES },
	{ "suites.no_good", VALUES },
	{ "suites.good", VALUES },
	{ "suites.short_key", VALUES },
	{ "suites.keys_fit", VALUES },
	{ "suites.key_unknown", VALUES },
	{ "suites.compression", VALUES },
	{ "suites.no_compression", VALUES },
	{ "suites.renegotiation_unsafe", VALUES },
	{ "suites.renegotiation_indicated", VALUES },
	{ "suites.no_renegotiation", VALUES },
	{ "suites.no_extended_secret", VALUES },
	{ "suites.extended_secret", VALUES },
	{ "suites.in_part", VALUES },
	{ "suites.nothing_declared", VALUES },
	{ "suites.undeclared_taken", VALUES },
	{ "suites.declared_alone", VALUES },
	{ "suites.declared_refused", VALUES },
	{ "suites.declared_unknown", VALUES },
	{ "suites.nothing_required", VALUES },
	{ "suites.declared_taken", VALUES },
	ASSAY_TLS_REASONS(VALUES),
	{ .code = NULL },
};

static const char *const resources[] = { "dut:load exclusive", NULL };

const struct assay_probe assay_probe = {
	.abi = ASSAY_ABI,
	.size = sizeof(struct assay_probe),
	.name = "tls.suites",
	.title = "What each TLS port agrees to is strong enough.",
	.method = 3,
	.claims = claims,
	.params = params,
	.observations = observations,
	.reasons = reasons,
	.resources = resources,
	.needs = ASSAY_NEED_LINK | ASSAY_NEED_TCP,
	.medium = ASSAY_MEDIUM_IP,
	.impact = ASSAY_ACTIVE,
	.timeout_ms = 3600000,
	.state_size = sizeof(struct suites_state),
	.filter = "tcp or icmp or icmp6",
	.run = run,
	.on_frame = assay_tls_ports_on_frame,
	.judge = suites_judge,
	.cancel = assay_tls_ports_cancel,
	.fini = assay_tls_ports_fini,
};
