/*
 * dtls.hello: a DTLS server takes no old version, and keeps nothing for who
 * has not shown that he hears it.
 *
 * DTL-01, DTL-02: RFC 9325 section 3.1.2, RFC 6347 section 4.2.1.  Each UDP
 * port that may speak DTLS is asked by hellos of our own, so that DTLS 1.0 is
 * found whatever library is here: without a cookie, with one that is wrong in
 * one bit, with the right one, and in DTLS 1.0.  What a server begins is ended
 * with an alert: small ones have few handshakes to give.  The hard truth: UDP
 * may lose anything, so silence is asked again and shows nothing.
 */
#include <stdio.h>
#include <string.h>

#include "probes/dtls_hello/parts.h"
#include "protocols/dtls_record.h"
#include "protocols/tls_hello.h"
#include "protocols/tls_names.h"

#define MS UINT64_C(1000000)
#define PORTS_MAX 64
#define SUITES_MAX 256
#define COOKIE_MAX 255
#define PAUSE (200 * MS) /* for what else follows an answer */

enum step {        /* FIRST, OLD, AGAIN and CLOSING from a port of their own */
	FIRST = 0, /* DTLS 1.2 without a cookie */
	RIGHT,     /* with the one that it was given */
	OLD,       /* DTLS 1.0 without a cookie */
	OLD_RIGHT,
	AGAIN,   /* as the first one */
	WRONG,   /* with one bit of the cookie changed */
	CLOSING, /* as the first one: it still answers */
};

enum answer {
	NOTHING = 0,
	VERIFY,
	HELLO,
	ALERT,
	STRANGE, /* no DTLS */
	REFUSED, /* ICMP */
};

struct state {
	size_t next_target;
	const struct assay_target *target;
	uint16_t ports[PORTS_MAX];
	size_t nports, next_port;
	uint16_t port; /* under way */
	struct assay_datagrams *socket;
	struct assay_timer *timer;
	enum step step;
	enum answer answer;
	uint8_t alert;
	uint16_t version; /* of HELLO */
	unsigned tries;
	bool waits; /* for what follows an answer */
	uint64_t sequence;
	uint64_t sent_bytes, heard_bytes; /* of the first step, one try */
	uint8_t cookie[COOKIE_MAX];
	size_t ncookie;
	uint8_t random[32];
};

static void next_port(struct assay_job *job);
static void begin_step(struct assay_job *job, enum step step);

/* ---- where it may be spoken ---- */

bool
dtls_hello_is_service(const char *service)
{
	static const char *const names[] = { "coaps", "dtls", "lwm2m",
		"mqtts-sn" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(service, names[i]) == 0)
			return true;
	return false;
}

bool
dtls_hello_is_declared(
    struct assay_job *job, const struct assay_target *target, uint16_t port)
{
	const struct assay_declared_port *d;
	size_t i;

	for (i = 0; i < assay_declared_port_count(job); i++) {
		d = assay_declared_port_at(job, i);
		if (assay_declared_port_is_for(d, ASSAY_UDP, target) &&
		    !d->optional && d->first <= port && port <= d->last &&
		    dtls_hello_is_service(d->service))
			return true;
	}
	return false;
}

static void
add_port(struct state *s, uint16_t port)
{
	size_t i;

	for (i = 0; i < s->nports; i++)
		if (s->ports[i] == port)
			return;
	if (s->nports < PORTS_MAX)
		s->ports[s->nports++] = port;
}

/* Those that are declared, whatever for; where DTLS is at home; and those that
 * the scenario names. */
static void
list_ports(struct assay_job *job)
{
	static const uint16_t homes[] = { 5684, 4433, 2221, 10161 };
	const struct assay_ports *more = assay_param_ports(job, "ports");
	struct state *s = assay_state(job);
	struct assay_ports declared;
	uint32_t port;
	size_t i;

	assay_declared_ports(job, ASSAY_UDP, s->target, false, &declared);
	s->nports = s->next_port = 0;
	for (i = 0; i < sizeof(homes) / sizeof(homes[0]); i++)
		add_port(s, homes[i]);
	for (port = 1; port <= UINT16_MAX; port++)
		if (assay_ports_has(more, (uint16_t)port) ||
		    assay_ports_has(&declared, (uint16_t)port))
			add_port(s, (uint16_t)port);
}

/* ---- what is asked ---- */

static bool
is_old(enum step step)
{
	return step == OLD || step == OLD_RIGHT;
}

/* All that a real client may want; of DTLS 1.0 all that there is. */
static size_t
list_suites(uint16_t *out, bool old)
{
	struct tls_suite suite;
	size_t i, n = 0;

	for (i = 0; i < tls_suite_count() && n < SUITES_MAX; i++) {
		(void)tls_suite_of(tls_suite_id_at(i), &suite);
		if (suite.is_13 || (old && suite.needs_12) ||
		    suite.exchange == TLS_KX_OTHER || suite.is_rc4)
			continue;
		if (!old && (suite.bits < 112 || suite.is_anonymous))
			continue;
		out[n++] = suite.id;
	}
	return n;
}

static size_t
build_hello(struct state *s, uint8_t *out, size_t size)
{
	static const uint16_t groups[] = { 29, 23, 24, 25 };
	static const uint16_t signatures[] = { 0x0403, 0x0503, 0x0603, 0x0804,
		0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201 };
	uint16_t suites[SUITES_MAX];
	uint8_t body[1100], message[1150];
	const bool old = is_old(s->step);
	struct tls_hello_spec spec = { .version = old ? DTLS_10 : DTLS_12,
		.suites = suites,
		.groups = groups,
		.ngroups = sizeof(groups) / sizeof(groups[0]),
		.signatures = signatures,
		.nsignatures =
		    old ? 0 : sizeof(signatures) / sizeof(signatures[0]),
		.extended_master_secret = true,
		.renegotiation_info = true };
	struct dtls_fragment f = { .type = TLS_CLIENT_HELLO };
	struct dtls_record r = { .type = TLS_HANDSHAKE, .version = DTLS_10 };

	spec.nsuites = list_suites(suites, old);
	memcpy(spec.random, s->random, sizeof(spec.random));
	if (s->step == WRONG || s->step == RIGHT || s->step == OLD_RIGHT) {
		spec.dtls_cookie = s->cookie;
		spec.ndtls_cookie = s->ncookie;
		f.sequence = 1;
	}
	f.body.p = body;
	f.body.n = tls_hello_datagram_body(&spec, body, sizeof(body));
	f.size = (uint32_t)f.body.n;
	r.sequence = s->sequence++;
	r.body.p = message;
	r.body.n = dtls_fragment_build(&f, message, sizeof(message));
	return f.body.n == 0 || r.body.n == 0
	    ? 0
	    : dtls_record_build(&r, out, size);
}

/* What it keeps for us may go: a fatal alert, in clear as all before. */
static void
send_end(struct state *s)
{
	static const uint8_t canceled[] = { 2, TLS_ALERT_HANDSHAKE_FAILURE };
	struct dtls_record r = { .type = TLS_ALERT, .version = DTLS_12 };
	uint8_t out[64];
	size_t n;

	r.sequence = s->sequence++;
	r.body.p = canceled;
	r.body.n = sizeof(canceled);
	n = dtls_record_build(&r, out, sizeof(out));
	(void)assay_datagrams_send(s->socket, out, n);
}

static void
ask(struct assay_job *job)
{
	struct state *s = assay_state(job);
	uint8_t out[1300];
	size_t n = build_hello(s, out, sizeof(out));

	s->tries++;
	if (s->step == FIRST) {
		s->sent_bytes = n;
		s->heard_bytes = 0;
	}
	if (n == 0 || assay_datagrams_send(s->socket, out, n) == -1) {
		assay_fail(job, "a hello of %zu bytes could not be sent", n);
		return;
	}
	assay_timer_set(s->timer, assay_param_ns(job, "answer"));
}

/* ---- what is heard ---- */

/* A ServerHello outdoes all else: a late answer to what was asked before must
 * not hide it. */
static void
read_handshake(struct state *s, struct tls_span body)
{
	struct dtls_fragment f;
	struct tls_span cookie;
	uint16_t version;
	size_t at = 0;

	while (dtls_fragment_next(body, &at, &f) == 1) {
		if (f.type == TLS_SERVER_HELLO && f.offset == 0 &&
		    f.body.n >= 2) {
			s->answer = HELLO;
			s->version = (uint16_t)(f.body.p[0] << 8 | f.body.p[1]);
		}
		if (s->answer != NOTHING ||
		    f.type != TLS_HELLO_VERIFY_REQUEST || f.offset != 0 ||
		    f.body.n != f.size ||
		    dtls_verify_read(f.body, &version, &cookie) == -1)
			continue;
		s->answer = VERIFY;
		if (s->step != FIRST && s->step != OLD && s->step != AGAIN)
			continue;
		if (cookie.n > 0)
			memcpy(s->cookie, cookie.p, cookie.n);
		s->ncookie = cookie.n;
	}
}

static void
read_datagram(struct state *s, const uint8_t *bytes, size_t n)
{
	struct dtls_record r;
	size_t at = 0;
	bool any = false;

	while (dtls_record_next(bytes, n, &at, &r) == 1) {
		any = true;
		if (r.is_sealed || r.epoch != 0)
			continue;
		if (r.type == TLS_HANDSHAKE) {
			read_handshake(s, r.body);
		} else if (r.type == TLS_ALERT && r.body.n == 2 &&
		    s->answer == NOTHING) {
			s->answer = ALERT;
			s->alert = r.body.p[1];
		}
	}
	if (!any && s->answer == NOTHING)
		s->answer = STRANGE;
}

static uint64_t
wait_of(struct assay_job *job, const struct state *s)
{
	/* What comes of an unproven hello counts, all of it. */
	if (s->step == FIRST && s->answer == HELLO)
		return assay_param_ns(job, "window");
	return s->step == CLOSING ? 0 : PAUSE;
}

static void
on_heard(struct assay_job *job, void *arg, const uint8_t *bytes, size_t n)
{
	struct state *s = arg;
	const enum answer before = s->answer;

	if (s->step == FIRST)
		s->heard_bytes += n;
	if (before == REFUSED || before == HELLO)
		return;
	read_datagram(s, bytes, n);
	if (s->answer == before)
		return;
	s->waits = true;
	assay_timer_set(s->timer, wait_of(job, s));
}

static void
on_refused(struct assay_job *job, void *arg)
{
	struct state *s = arg;

	(void)job;
	if (s->answer != NOTHING)
		return;
	s->waits = true;
	s->answer = REFUSED;
	assay_timer_set(s->timer, 0);
}

/* ---- observations ---- */

static struct assay_frames
frames_of(const struct state *s, const char *comment)
{
	return assay_frames_of(ASSAY_UDP, s->target,
	    assay_datagrams_port(s->socket), s->port, comment);
}

static uint32_t
observe(struct assay_job *job, const char *field, const char *text)
{
	const struct state *s = assay_state(job);
	const struct assay_frames f = frames_of(s, field);

	return assay_observe_on(job, ASSAY_ON(s->target, s->port), field,
	    ASSAY_STRING(text), &f, 1);
}

static uint32_t
observe_answer(struct assay_job *job, const char *field)
{
	const struct state *s = assay_state(job);
	char text[48];

	switch (s->answer) {
	case VERIFY:
		return observe(job, field, HELLO_ASKED);
	case HELLO:
		snprintf(text, sizeof(text), HELLO_TAKEN " 0x%04x", s->version);
		return observe(job, field, text);
	case ALERT:
		snprintf(text, sizeof(text), HELLO_ALERT " %u", s->alert);
		return observe(job, field, text);
	case NOTHING:
	case STRANGE:
	case REFUSED:
		break;
	}
	return observe(job, field, HELLO_SILENT);
}

static void
observe_control(struct assay_job *job, enum assay_phase phase, bool good)
{
	const struct state *s = assay_state(job);
	const struct assay_frames f = frames_of(s, "a hello that is answered");

	assay_control(job, phase, good,
	    assay_observe_on(job, ASSAY_ON(s->target, s->port), "control",
		ASSAY_BOOL(good), &f, 1));
}

/* ---- a port, step by step ---- */

static const char *
kind_of(enum answer answer)
{
	switch (answer) {
	case NOTHING:
		return "silent";
	case STRANGE:
		return "other";
	case REFUSED:
		return "closed";
	case VERIFY:
	case HELLO:
	case ALERT:
		break;
	}
	return "dtls";
}

static void
end_first(struct assay_job *job)
{
	struct state *s = assay_state(job);
	const struct assay_subject on = ASSAY_ON(s->target, s->port);
	const char *kind = kind_of(s->answer);

	(void)observe(job, "dtls.port", kind);
	if (strcmp(kind, "dtls") != 0) {
		next_port(job);
		return;
	}
	observe_control(job, ASSAY_BEFORE, true);
	(void)observe_answer(job, "first");
	(void)assay_observe_count(job, on, "first.bytes", s->sent_bytes);
	(void)assay_observe_count(job, on, "answer.bytes", s->heard_bytes);
	begin_step(job, s->answer == VERIFY ? RIGHT : OLD);
}

static void
end_step(struct assay_job *job)
{
	struct state *s = assay_state(job);

	if (s->answer == HELLO)
		send_end(s);
	switch (s->step) {
	case FIRST:
		end_first(job);
		break;
	case RIGHT:
		(void)observe_answer(job, "right");
		begin_step(job, OLD);
		break;
	case OLD:
	case OLD_RIGHT:
		if (s->step == OLD && s->answer == VERIFY) {
			begin_step(job, OLD_RIGHT);
			break;
		}
		(void)observe_answer(job, "old");
		begin_step(job, AGAIN);
		break;
	case AGAIN:
		begin_step(job, s->answer == VERIFY ? WRONG : CLOSING);
		break;
	case WRONG:
		(void)observe_answer(job, "wrong");
		begin_step(job, CLOSING);
		break;
	case CLOSING:
		observe_control(job, ASSAY_AFTER,
		    s->answer == VERIFY || s->answer == HELLO ||
			s->answer == ALERT);
		next_port(job);
		break;
	}
}

static void
on_time(struct assay_job *job, void *arg)
{
	const struct state *s = arg;

	if (!s->waits && s->tries < assay_param_u64(job, "tries"))
		ask(job);
	else
		end_step(job);
}

/* A conversation of its own, from another port of ours. */
static bool
open_socket(struct assay_job *job)
{
	struct state *s = assay_state(job);
	const struct assay_datagrams_spec spec = { .target = s->target,
		.port = s->port,
		.on_heard = on_heard,
		.on_refused = on_refused,
		.arg = s };
	size_t i;

	assay_datagrams_close(s->socket);
	s->socket = assay_datagrams_open(job, &spec);
	if (s->socket == NULL) {
		assay_fail(job, "no socket for datagrams");
		return false;
	}
	s->sequence = 0;
	s->ncookie = 0;
	for (i = 0; i < sizeof(s->random); i++)
		s->random[i] = (uint8_t)assay_random(job);
	return true;
}

static void
begin_step(struct assay_job *job, enum step step)
{
	struct state *s = assay_state(job);

	s->step = step;
	s->answer = NOTHING;
	s->waits = false;
	s->tries = 0;
	if ((step == FIRST || step == OLD || step == AGAIN ||
		step == CLOSING) &&
	    !open_socket(job))
		return;
	if (step == WRONG) {
		/* One byte, where a cookie of none was given. */
		if (s->ncookie == 0)
			s->cookie[s->ncookie++] = 0;
		s->cookie[s->ncookie - 1] ^= 1;
	}
	ask(job);
}

static void
next_port(struct assay_job *job)
{
	struct state *s = assay_state(job);

	while (s->target == NULL || s->next_port == s->nports) {
		s->target = assay_target_next(job, &s->next_target);
		if (s->target == NULL) {
			assay_finish(job);
			return;
		}
		list_ports(job);
	}
	s->port = s->ports[s->next_port++];
	begin_step(job, FIRST);
}

static void
run(struct assay_job *job)
{
	struct state *s = assay_state(job);

	s->timer = assay_timer_new(job, on_time, s);
	next_port(job);
}

static void
fini(struct assay_job *job)
{
	struct state *s = assay_state(job);

	assay_datagrams_close(s->socket);
	s->socket = NULL;
	assay_timer_free(s->timer);
	s->timer = NULL;
}

static const struct assay_claim claims[] = {
	{ "DTL-01", ASSAY_BEHAVIOUR },
	{ "DTL-02", ASSAY_BEHAVIOUR },
	{ .check = NULL },
};

static const struct assay_param params[] = {
	ASSAY_ADDRESSES("Which of the device's addresses are asked."),
	{ "ports", ASSAY_PARAM_PORTS, "", 0, 0, NULL,
	    "More UDP ports to ask; those declared, and where DTLS is at home, "
	    "are asked anyway." },
	{ "answer", ASSAY_PARAM_DURATION, "1s", 10000000, 60000000000, NULL,
	    "How long the answer to a hello may take." },
	{ "tries", ASSAY_PARAM_U64, "3", 1, 10, NULL,
	    "How often a hello is sent that is not answered." },
	{ "window", ASSAY_PARAM_DURATION, "2500ms", 100000000, 60000000000,
	    NULL,
	    "How long the answer to a hello without a cookie is counted, where "
	    "the server asks for none." },
	{ .name = NULL },
};

#define HOW "taken (and the version), asked (for a cookie), alert, or silent"
static const struct assay_field fields[] = {
	{ "dtls.port", ASSAY_TYPE_STRING, "",
	    "what a UDP port is: dtls, other, closed, silent" },
	{ "first", ASSAY_TYPE_STRING, "", "a hello without a cookie: " HOW },
	{ "first.bytes", ASSAY_TYPE_U64, "bytes", "of that hello" },
	{ "answer.bytes", ASSAY_TYPE_U64, "bytes", "that came back for it" },
	{ "wrong", ASSAY_TYPE_STRING, "", "with a wrong cookie: " HOW },
	{ "right", ASSAY_TYPE_STRING, "", "with the right cookie: " HOW },
	{ "old", ASSAY_TYPE_STRING, "", "in DTLS 1.0, with its cookie: " HOW },
	{ "control", ASSAY_TYPE_BOOL, "", "a hello was answered" },
	{ .name = NULL },
};

#define VALUES "said ports"
static const struct assay_reason reasons[] = {
	{ "dtls.old_taken", VALUES },
	{ "dtls.old_refused", VALUES },
	{ "dtls.no_cookie", VALUES },
	{ "dtls.wrong_cookie_taken", VALUES },
	{ "dtls.amplifies", VALUES },
	{ "dtls.cookie_unclear", VALUES },
	{ "dtls.cookie", VALUES },
	{ "dtls.unanswered", VALUES },
	{ "dtls.control_bad", VALUES },
	{ "dtls.declared_silent", VALUES },
	{ "dtls.none", VALUES },
	{ "dtls.not_asked", VALUES },
	{ .code = NULL },
};

static const char *const resources[] = { "dut:load shared", NULL };

const struct assay_probe assay_probe = {
	.abi = ASSAY_ABI,
	.size = sizeof(struct assay_probe),
	.name = "dtls.hello",
	.title = "DTLS servers take no old version, and keep nothing before "
		 "a cookie.",
	.method = 1,
	.claims = claims,
	.params = params,
	.observations = fields,
	.reasons = reasons,
	.resources = resources,
	.needs = ASSAY_NEED_UDP,
	.medium = ASSAY_MEDIUM_IP,
	.impact = ASSAY_MALFORMED,
	.timeout_ms = 600000,
	.state_size = sizeof(struct state),
	.run = run,
	.judge = dtls_hello_judge,
	.fini = fini,
};
