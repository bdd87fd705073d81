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
#include "protocols/dtls_hello.h"

#define MS UINT64_C(1000000)
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

struct state {
	struct assay_dtls_ports at; /* the port under way */
	struct assay_datagrams *socket;
	struct assay_timer *timer;
	enum step step;
	struct dtls_heard heard;
	bool is_refused; /* ICMP */
	unsigned tries;
	bool waits; /* for what follows an answer */
	uint64_t sequence;
	uint64_t sent_bytes, heard_bytes; /* of the first step, one try */
	uint8_t cookie[DTLS_COOKIE_MAX];
	size_t ncookie;
	uint8_t random[32];
};

static void next_port(struct assay_job *job);
static void begin_step(struct assay_job *job, enum step step);

/* ---- what is asked ---- */

static bool
is_old(enum step step)
{
	return step == OLD || step == OLD_RIGHT;
}

static size_t
build_hello(struct state *s, uint8_t *out, size_t size)
{
	struct dtls_hello hello = { .version =
					is_old(s->step) ? DTLS_10 : DTLS_12 };

	memcpy(hello.random, s->random, sizeof(hello.random));
	if (s->step == WRONG || s->step == RIGHT || s->step == OLD_RIGHT) {
		hello.cookie = s->cookie;
		hello.ncookie = s->ncookie;
	}
	return dtls_hello_build(&hello, s->sequence++, out, size);
}

/* What it keeps for us may go. */
static void
send_end(struct state *s)
{
	uint8_t out[64];
	const size_t n = dtls_hello_end(s->sequence++, out, sizeof(out));

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

static void
take_cookie(struct state *s)
{
	if (s->step != FIRST && s->step != OLD && s->step != AGAIN)
		return;
	memcpy(s->cookie, s->heard.cookie, s->heard.ncookie);
	s->ncookie = s->heard.ncookie;
}

static uint64_t
wait_of(struct assay_job *job, const struct state *s)
{
	/* What comes of an unproven hello counts, all of it. */
	if (s->step == FIRST && s->heard.answer == DTLS_HELLO)
		return assay_param_ns(job, "window");
	return s->step == CLOSING ? 0 : PAUSE;
}

static void
on_heard(struct assay_job *job, void *arg, const uint8_t *bytes, size_t n)
{
	struct state *s = arg;
	const enum dtls_answer before = s->heard.answer;

	if (s->step == FIRST)
		s->heard_bytes += n;
	if (s->is_refused || before == DTLS_HELLO)
		return;
	dtls_hello_hear(&s->heard, bytes, n);
	if (s->heard.answer == before)
		return;
	if (s->heard.answer == DTLS_VERIFY)
		take_cookie(s);
	s->waits = true;
	assay_timer_set(s->timer, wait_of(job, s));
}

static void
on_refused(struct assay_job *job, void *arg)
{
	struct state *s = arg;

	(void)job;
	if (s->heard.answer != DTLS_NOTHING)
		return;
	s->waits = true;
	s->is_refused = true;
	assay_timer_set(s->timer, 0);
}

/* ---- observations ---- */

static void
observe(struct assay_job *job, const char *field, const char *text)
{
	const struct state *s = assay_state(job);

	(void)assay_dtls_observe(
	    job, &s->at, s->socket, field, ASSAY_STRING(text));
}

static void
observe_answer(struct assay_job *job, const char *field)
{
	const struct state *s = assay_state(job);
	char text[48] = HELLO_SILENT;

	switch (s->heard.answer) {
	case DTLS_VERIFY:
		snprintf(text, sizeof(text), HELLO_ASKED);
		break;
	case DTLS_HELLO:
		snprintf(text, sizeof(text), HELLO_TAKEN " 0x%04x",
		    s->heard.version);
		break;
	case DTLS_ALERT:
		snprintf(text, sizeof(text), HELLO_ALERT " %u", s->heard.alert);
		break;
	case DTLS_NOTHING:
	case DTLS_STRANGE:
		break;
	}
	observe(job, field, text);
}

/* ---- a port, step by step ---- */

static const char *
kind_of(const struct state *s)
{
	switch (s->heard.answer) {
	case DTLS_NOTHING:
		return s->is_refused ? "closed" : "silent";
	case DTLS_STRANGE:
		return "other";
	case DTLS_VERIFY:
	case DTLS_HELLO:
	case DTLS_ALERT:
		break;
	}
	return "dtls";
}

static void
end_first(struct assay_job *job)
{
	struct state *s = assay_state(job);
	const struct assay_subject on = ASSAY_ON(s->at.target, s->at.port);
	const char *kind = kind_of(s);

	observe(job, "dtls.port", kind);
	if (strcmp(kind, "dtls") != 0) {
		next_port(job);
		return;
	}
	assay_dtls_control(job, &s->at, s->socket, ASSAY_BEFORE, true);
	observe_answer(job, "first");
	(void)assay_observe_count(job, on, "first.bytes", s->sent_bytes);
	(void)assay_observe_count(job, on, "answer.bytes", s->heard_bytes);
	begin_step(job, s->heard.answer == DTLS_VERIFY ? RIGHT : OLD);
}

static void
end_step(struct assay_job *job)
{
	struct state *s = assay_state(job);

	if (s->heard.answer == DTLS_HELLO)
		send_end(s);
	switch (s->step) {
	case FIRST:
		end_first(job);
		break;
	case RIGHT:
		observe_answer(job, "right");
		begin_step(job, OLD);
		break;
	case OLD:
	case OLD_RIGHT:
		if (s->step == OLD && s->heard.answer == DTLS_VERIFY) {
			begin_step(job, OLD_RIGHT);
			break;
		}
		observe_answer(job, "old");
		begin_step(job, AGAIN);
		break;
	case AGAIN:
		begin_step(
		    job, s->heard.answer == DTLS_VERIFY ? WRONG : CLOSING);
		break;
	case WRONG:
		observe_answer(job, "wrong");
		begin_step(job, CLOSING);
		break;
	case CLOSING:
		assay_dtls_control(job, &s->at, s->socket, ASSAY_AFTER,
		    s->heard.answer == DTLS_VERIFY ||
			s->heard.answer == DTLS_HELLO ||
			s->heard.answer == DTLS_ALERT);
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
	const struct assay_datagrams_spec spec = { .target = s->at.target,
		.port = s->at.port,
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
	memset(&s->heard, 0, sizeof(s->heard));
	s->is_refused = false;
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

	if (assay_dtls_ports_next(job, &s->at, ASSAY_DTLS_ANYWHERE))
		begin_step(job, FIRST);
	else
		assay_finish(job);
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
	ASSAY_DTLS_PORTS(
	    "More UDP ports to ask; those declared, and where DTLS is at home, "
	    "are asked anyway."),
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

#define VALUES ASSAY_DTLS_VALUES
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
