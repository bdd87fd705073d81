/*
 * tls.client_auth: a TLS port that is declared to know its clients by their
 * certificates lets nobody in whom nobody vouches for.
 *
 * TLS-S16: EN 18031 AUM-3.  Each such port is asked by a client without a
 * certificate and by ones that are made for the occasion: self-signed, expired,
 * for another purpose, and in the name of the authority that the port trusts.
 * Whether one is in is told by application data alone: TLS 1.3 refuses after
 * the handshake, and some servers refuse in words.  That one of its own
 * authority is taken, and an expired one of it is not, takes what the lab was
 * not given.
 */
#include <stdlib.h>
#include <string.h>

#include "probes/probe.h"
#include "probes/tls_client_auth/parts.h"
#include "protocols/cleartext.h"
#include "protocols/service.h"

#define PAUSE_NS UINT64_C(500000000)
#define TABLE "authentication"

struct state {
	bool cancelled;
	const struct assay_target *target; /* under way */
	size_t next;                       /* target */
	struct assay_ports ports;          /* left of it */
	unsigned nports;                   /* asked of it */
	uint16_t port, local_port;
	unsigned client; /* enum client, under way */
	uint64_t tries;
	struct assay_timer *pause;
	uint8_t said[CLEARTEXT_ASK_MAX];
	size_t nsaid;
};

const char *const client_fields[CLIENTS] = {
	[CLIENT_NONE] = "client.none",
	[CLIENT_SELF_SIGNED] = "client.self_signed",
	[CLIENT_EXPIRED] = "client.expired",
	[CLIENT_FOR_SERVERS] = "client.for_servers",
	[CLIENT_FOREIGN] = "client.foreign",
	[CLIENT_CONTROL] = "client.control",
};

const char *const client_words[CLIENTS] = {
	[CLIENT_NONE] = "no certificate",
	[CLIENT_SELF_SIGNED] = "self-signed",
	[CLIENT_EXPIRED] = "expired",
	[CLIENT_FOR_SERVERS] = "for servers",
	[CLIENT_FOREIGN] = "forged",
	[CLIENT_CONTROL] = "control",
};

/* ---- what is declared ---- */

/* By number, or by the service that is declared for a port. */
static void
add_row(struct assay_job *job, const struct assay_target *t, size_t row,
    struct assay_ports *out)
{
	const char *port = assay_declared_at(job, TABLE, row, "port");
	const char *name = assay_declared_at(job, TABLE, row, "interface");
	const unsigned long number = strtoul(port, NULL, 10);
	const struct assay_declared_port *p;
	size_t i;

	if (number > 0 && number <= UINT16_MAX)
		assay_ports_add(out, (uint16_t)number, (uint16_t)number);
	for (i = 0; port[0] == '\0' && i < assay_declared_port_count(job);
	     i++) {
		p = assay_declared_port_at(job, i);
		if (assay_declared_port_is_for(p, ASSAY_TCP, t) &&
		    strcmp(p->service, name) == 0)
			assay_ports_add(out, p->first, p->last);
	}
}

void
client_ports(struct assay_job *job, const struct assay_target *t,
    struct assay_ports *out)
{
	size_t i;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < assay_declared_count(job, TABLE); i++)
		if (strcmp(assay_declared_at(job, TABLE, i, "secret"),
			"certificate") == 0)
			add_row(job, t, i, out);
}

static bool
is_mqtt(struct assay_job *job, const struct assay_target *t, uint16_t port)
{
	const struct assay_declared_port *p;
	size_t i;

	for (i = 0; i < assay_declared_port_count(job); i++) {
		p = assay_declared_port_at(job, i);
		if (assay_declared_port_is_for(p, ASSAY_TCP, t) &&
		    p->first <= port && port <= p->last)
			return strncmp(p->service, "mqtt", 4) == 0;
	}
	return false;
}

/* ---- one attempt ---- */

static void ask(struct assay_job *job);
static void next_port(struct assay_job *job);

static char
lower(uint8_t c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* An error may have any reason: this one has the certificate. */
static bool
tells_of_certificate(const uint8_t *heard, size_t n)
{
	static const char word[] = "certificate";
	size_t i, k;

	for (i = 0; i + sizeof(word) - 1 <= n; i++) {
		for (k = 0; word[k] != '\0' && lower(heard[i + k]) == word[k];
		     k++)
			;
		if (word[k] == '\0')
			return true;
	}
	return false;
}

/* What was said behind the handshake. */
static const char *
read_words(const struct state *s, const struct assay_talked *talked)
{
	const struct cleartext_talk t = { s->said, s->nsaid, talked->heard,
		talked->nheard };
	const bool wanted = talked->tls.wants_certificate;
	struct cleartext_seen seen;

	cleartext_read(&t, &seen);
	if (seen.kind == CLEARTEXT_MQTT && talked->nheard >= 4)
		return talked->heard[3] == 0 ? CLIENT_ACCEPTED : CLIENT_UNCLEAR;
	if (seen.kind != CLEARTEXT_HTTP)
		return CLIENT_UNCLEAR;
	if (seen.status >= 200 && seen.status < 300)
		return CLIENT_ACCEPTED;
	if (!wanted)
		return CLIENT_NOT_ASKED;
	return seen.status >= 400 && seen.status < 500 &&
		tells_of_certificate(talked->heard, talked->nheard)
	    ? CLIENT_IN_WORDS
	    : CLIENT_UNCLEAR;
}

/* An alert that speaks of who the client is (RFC 8446 section 6.2, RFC 5246
 * section 7.2.2); handshake_failure is that once a certificate was asked for.
 */
static bool
is_about_client(uint8_t alert)
{
	static const uint8_t alerts[] = { 40, 41, 42, 43, 44, 45, 46, 48, 49,
		51, 116 };

	return memchr(alerts, alert, sizeof(alerts)) != NULL;
}

static const char *
outcome(const struct state *s, const struct assay_talked *talked)
{
	const bool wanted = talked->tls.wants_certificate;
	const bool has_one =
	    s->client != CLIENT_NONE && s->client != CLIENT_CONTROL;

	if (talked->withheld || talked->end == ASSAY_TALK_LOCAL)
		return CLIENT_UNASKED;
	if (talked->end > ASSAY_TALK_QUIET)
		return CLIENT_LOST;
	if (wanted && has_one && !talked->tls.shown)
		return CLIENT_NOT_SHOWN;
	if (talked->nheard > 0)
		return read_words(s, talked);
	if (!wanted)
		return talked->tls.ready ? CLIENT_NOT_ASKED : CLIENT_UNCLEAR;
	if (talked->tls.alert != 0)
		return is_about_client(talked->tls.alert) ? CLIENT_REFUSED
							  : CLIENT_UNCLEAR;
	if (talked->end != ASSAY_TALK_CLOSED)
		return CLIENT_SILENT;
	/* Behind the handshake it may as well have been what was said. */
	return talked->tls.ready ? CLIENT_UNCLEAR : CLIENT_CLOSED;
}

/* Whoever doubts what came encrypted can read the frames with these. */
static void
observe_tls(struct assay_job *job, const struct assay_talked *talked,
    const struct assay_frames *f)
{
	const struct state *s = assay_state(job);
	const struct assay_subject on = ASSAY_ON(s->target, s->port);
	char keys[2048];
	size_t i;

	if (talked->tls.ready)
		assay_observe_on(job, on, "tls.version",
		    ASSAY_STRING(talked->tls.version), f, 1);
	for (i = 0; i < sizeof(keys) - 1 && talked->tls.keys[i] != '\0'; i++)
		keys[i] =
		    talked->tls.keys[i] == '\n' ? ';' : talked->tls.keys[i];
	keys[i] = '\0';
	if (i > 0)
		assay_observe_on(job, on, "tls.keys", ASSAY_STRING(keys), f, 1);
}

/* That the server asks a client for its certificate shows both that it works
 * and that TLS is spoken. */
static void
control(struct assay_job *job, const struct assay_talked *talked,
    const struct assay_frames *f)
{
	const struct state *s = assay_state(job);
	const bool is_first = s->client == CLIENT_NONE;
	const bool good = talked->tls.wants_certificate || talked->tls.ready;

	if (!is_first && s->client != CLIENT_CONTROL)
		return;
	assay_control(job, is_first ? ASSAY_BEFORE : ASSAY_AFTER, good,
	    assay_observe_on(job, ASSAY_ON(s->target, s->port),
		is_first ? "control.before" : "control.after", ASSAY_BOOL(good),
		f, s->local_port != 0 ? 1 : 0));
}

static void
settle(struct assay_job *job, const struct assay_talked *talked)
{
	struct state *s = assay_state(job);
	const struct assay_frames f = assay_frames_of(ASSAY_TCP, s->target,
	    s->local_port, s->port, client_words[s->client]);

	assay_observe_on(job, ASSAY_ON(s->target, s->port),
	    client_fields[s->client], ASSAY_STRING(outcome(s, talked)), &f,
	    s->local_port != 0 ? 1 : 0);
	observe_tls(job, talked, &f);
	control(job, talked, &f);
	s->tries = 0;
	s->client++;
	if (s->cancelled)
		assay_finish(job);
	else if (s->client < CLIENTS)
		ask(job);
	else
		next_port(job);
}

static void
on_pause(struct assay_job *job, void *arg)
{
	(void)arg;
	ask(job);
}

/* What may have been chance is asked again. */
static void
on_talked(struct assay_job *job, void *arg, const struct assay_talked *talked)
{
	struct state *s = arg;
	const char *how;

	s->local_port = talked->local_port;
	how = outcome(s, talked);
	if (talked->end == ASSAY_TALK_LOCAL)
		assay_note(job, "bench.local_failure", ASSAY_BOOL(true));
	if ((strcmp(how, CLIENT_LOST) == 0 || strcmp(how, CLIENT_SILENT) == 0 ||
		strcmp(how, CLIENT_UNCLEAR) == 0) &&
	    ++s->tries < assay_param_u64(job, "tries")) {
		if (s->pause == NULL)
			s->pause = assay_timer_new(job, on_pause, NULL);
		assay_timer_set(s->pause, PAUSE_NS);
		return;
	}
	settle(job, talked);
}

static void
ask(struct assay_job *job)
{
	static const enum assay_talk_certificate shows[CLIENTS] = {
		[CLIENT_SELF_SIGNED] = ASSAY_TALK_SELF_SIGNED,
		[CLIENT_EXPIRED] = ASSAY_TALK_EXPIRED,
		[CLIENT_FOR_SERVERS] = ASSAY_TALK_FOR_SERVERS,
		[CLIENT_FOREIGN] = ASSAY_TALK_FOREIGN,
	};
	struct state *s = assay_state(job);
	const struct cleartext_asker who = { assay_random(job),
		s->target->text };
	const struct assay_talk_spec spec = { .transport = ASSAY_TCP,
		.target = s->target,
		.port = s->port,
		.say = s->said,
		.nsay = is_mqtt(job, s->target, s->port)
		    ? cleartext_ask(CLEARTEXT_ASK_MQTT, &who, s->said)
		    : service_ask_path(
			  &who, assay_param_string(job, "path"), s->said),
		.connect_ns = assay_param_ns(job, "handshake"),
		.listen_ns = assay_param_ns(job, "answer"),
		.quiet_ns = assay_param_ns(job, "pause"),
		.tls = true,
		.certificate = shows[s->client],
		.on_end = on_talked,
		.arg = s };

	s->nsaid = spec.nsay;
	if (s->nsaid == 0)
		assay_fail(job, "path: no request can be made of it");
	else
		assay_talk(job, &spec);
}

/* ---- port by port, address by address ---- */

static void
next_port(struct assay_job *job)
{
	struct state *s = assay_state(job);
	struct assay_ports one = { { 0 } };
	uint32_t port = 1;

	while (assay_ports_count(&s->ports) == 0 ||
	    s->nports == CLIENT_PORTS_MAX) {
		s->nports = 0;
		s->target = assay_target_next(job, &s->next);
		if (s->target == NULL) {
			assay_finish(job);
			return;
		}
		client_ports(job, s->target, &s->ports);
	}
	while (!assay_ports_has(&s->ports, (uint16_t)port))
		port++;
	assay_ports_add(&one, (uint16_t)port, (uint16_t)port);
	assay_ports_subtract(&s->ports, &one);
	s->nports++;
	s->port = (uint16_t)port;
	s->client = CLIENT_NONE;
	ask(job);
}

static void
run(struct assay_job *job)
{
	next_port(job);
}

static void
cancel(struct assay_job *job)
{
	struct state *s = assay_state(job);

	s->cancelled = true;
	assay_finish(job);
}

static void
fini(struct assay_job *job)
{
	struct state *s = assay_state(job);

	assay_timer_free(s->pause);
	s->pause = NULL;
}

static const struct assay_claim claims[] = {
	{ "TLS-S16", ASSAY_BEHAVIOUR },   /* whom nobody vouches for */
	{ "TLS-S16", ASSAY_SUFFICIENCY }, /* whom its authority vouches for */
	{ .check = NULL },
};

static const struct assay_param params[] = {
	ASSAY_ADDRESSES("Which of the device's addresses are asked."),
	ASSAY_HANDSHAKE,
	{ "answer", ASSAY_PARAM_DURATION, "5s", 1000000, 60000000000, NULL,
	    "How long a handshake of TLS, or an answer behind it, may take." },
	{ "pause", ASSAY_PARAM_DURATION, "300ms", 1000000, 10000000000, NULL,
	    "A silence of this length ends what a service says." },
	{ "tries", ASSAY_PARAM_U64, "3", 1, 10, NULL,
	    "How often what stays unanswered is asked." },
	{ "path", ASSAY_PARAM_STRING, "/", 0, 0, NULL,
	    "What is asked for by HTTP: something that only a client who is "
	    "let "
	    "in can get." },
	{ .name = NULL },
};

static const struct assay_field observations[] = {
	{ "client.none", ASSAY_TYPE_STRING, "",
	    "what became of a client without a certificate: accepted, refused "
	    "(an alert), refused in words, closed, silent, unclear, not shown, "
	    "not asked (it wanted none), lost, unasked" },
	{ "client.self_signed", ASSAY_TYPE_STRING, "",
	    "the same, with a self-signed one" },
	{ "client.expired", ASSAY_TYPE_STRING, "",
	    "with one that is expired, too" },
	{ "client.for_servers", ASSAY_TYPE_STRING, "",
	    "with one that is for servers alone" },
	{ "client.foreign", ASSAY_TYPE_STRING, "",
	    "with one in the name of the authority that is trusted" },
	{ "client.control", ASSAY_TYPE_STRING, "",
	    "without one again, at the end" },
	{ "tls.version", ASSAY_TYPE_STRING, "", "of the session" },
	{ "tls.keys", ASSAY_TYPE_STRING, "",
	    "a session's secrets, to read its frames: lines of an "
	    "SSLKEYLOGFILE, each ended by a semicolon" },
	{ "control.before", ASSAY_TYPE_BOOL, "", "the port speaks TLS" },
	{ "control.after", ASSAY_TYPE_BOOL, "", "it still does" },
	{ .name = NULL },
};

#define VALUES "ports clients count"
static const struct assay_reason reasons[] = {
	{ "client_auth.refused", VALUES },
	{ "client_auth.accepted", VALUES },
	{ "client_auth.undecided", VALUES },
	{ "client_auth.partial", VALUES },
	{ "client_auth.control_bad", VALUES },
	{ "client_auth.no_credentials", VALUES },
	{ "client_auth.none_declared", VALUES },
	{ "client_auth.not_declared", VALUES },
	{ "client_auth.not_asked", VALUES },
	{ .code = NULL },
};

static const char *const resources[] = { "dut:load exclusive", NULL };

const struct assay_probe assay_probe = {
	.abi = ASSAY_ABI,
	.size = sizeof(struct assay_probe),
	.name = "tls.client_auth",
	.title =
	    "A port that knows clients by their certificates lets nobody in "
	    "whom nobody vouches for.",
	.method = 1,
	.claims = claims,
	.params = params,
	.observations = observations,
	.reasons = reasons,
	.resources = resources,
	.needs = ASSAY_NEED_TCP,
	.medium = ASSAY_MEDIUM_IP,
	.impact = ASSAY_ACTIVE,
	.timeout_ms = 1800000,
	.state_size = sizeof(struct state),
	.run = run,
	.judge = client_judge,
	.cancel = cancel,
	.fini = fini,
};
