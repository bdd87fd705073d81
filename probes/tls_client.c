/*
 * tls.client: whoever the device calls by TLS, it refuses an impostor.
 *
 * TLS-C01 to C05, C07 to C13.  What the device begins comes here, and each
 * call is answered by somebody with whom one thing is wrong.  Before that and
 * behind it by somebody with whom nothing is, so long as the device trusts the
 * bench's authority: with one that does not, a refusal says that the authority
 * is unknown, and nothing of the date or the name.  What shows an impostor to
 * be believed is a completed handshake and what the device says behind it, or
 * that it stays and waits.  Two calls are cut off: what comes in clear then,
 * and what it is about, shows whether it falls back.
 */
#include <stdio.h>
#include <string.h>

#include "probes/probe.h"
#include "probes/tls_client/parts.h"
#include "protocols/tls_record.h"

#define LOOK_NS UINT64_C(250000000) /* how often it looks for its end */

enum status {
	STEP_OPEN,
	STEP_UNDER_WAY,
	STEP_DONE,
};

struct step {
	enum status status;
	uint64_t tries;
	const struct assay_target *from; /* under way: whose it is */
	uint16_t from_port;
};

struct place {
	char name[CLIENT_PLACE_MAX];
	struct step steps[CLIENT_STEPS];
	uint64_t last_ns; /* when it was called last */
};

/* A call without TLS, of which the next ones are the same. */
struct clear {
	char value[CLIENT_PLACE_MAX + 128];
	uint64_t ended; /* calls by TLS that were over by then */
};

struct state {
	struct place places[CLIENT_PLACES_MAX];
	size_t nplaces;
	struct clear clear[CLIENT_CLEAR_MAX];
	size_t nclear;
	uint64_t began_ns, last_ns, calls, more, ended, more_clear;
	struct assay_timer *look;
};

const char *const client_fields[CLIENT_STEPS] = {
	[CLIENT_FIRST] = "control.first",
	[ASSAY_IMPOSTOR_SELF_SIGNED] = "impostor.self_signed",
	[ASSAY_IMPOSTOR_UNTRUSTED] = "impostor.untrusted",
	[ASSAY_IMPOSTOR_WRONG_NAME] = "impostor.wrong_name",
	[ASSAY_IMPOSTOR_COMMON_NAME] = "impostor.common_name",
	[ASSAY_IMPOSTOR_OTHER_KIND] = "impostor.other_kind",
	[ASSAY_IMPOSTOR_WILDCARD] = "impostor.wildcard",
	[ASSAY_IMPOSTOR_NUL] = "impostor.nul",
	[ASSAY_IMPOSTOR_EXPIRED] = "impostor.expired",
	[ASSAY_IMPOSTOR_NOT_YET] = "impostor.not_yet",
	[ASSAY_IMPOSTOR_LEAF_ISSUED] = "impostor.leaf_issued",
	[ASSAY_IMPOSTOR_NO_CONSTRAINTS] = "impostor.no_constraints",
	[ASSAY_IMPOSTOR_PATH_LENGTH] = "impostor.path_length",
	[ASSAY_IMPOSTOR_NAME_CONSTRAINTS] = "impostor.name_constraints",
	[ASSAY_IMPOSTOR_ISSUER_USAGE] = "impostor.issuer_usage",
	[ASSAY_IMPOSTOR_CRITICAL] = "impostor.critical",
	[ASSAY_IMPOSTOR_FOR_CLIENTS] = "impostor.for_clients",
	[ASSAY_IMPOSTOR_SHA1] = "impostor.sha1",
	[ASSAY_IMPOSTOR_MD5] = "impostor.md5",
	[ASSAY_IMPOSTOR_RSA_1024] = "impostor.rsa1024",
	[ASSAY_IMPOSTOR_REVOKED] = "impostor.revoked",
	[ASSAY_IMPOSTOR_NO_STAPLE] = "impostor.no_staple",
	[ASSAY_IMPOSTOR_NO_KEY] = "impostor.no_key",
	[ASSAY_IMPOSTOR_BAD_MAC] = "impostor.bad_mac",
	[ASSAY_IMPOSTOR_TLS_10] = "impostor.tls10",
	[ASSAY_IMPOSTOR_TLS_11] = "impostor.tls11",
	[ASSAY_IMPOSTOR_DOWNGRADE] = "impostor.downgrade",
	[ASSAY_IMPOSTOR_RESET] = "dropped.reset",
	[ASSAY_IMPOSTOR_CUT] = "dropped.cut",
	[ASSAY_IMPOSTOR_LARGE] = "unusual.large",
	[ASSAY_IMPOSTOR_TINY] = "unusual.tiny",
	[CLIENT_LAST] = "control.last",
};

const char *const client_words[CLIENT_STEPS] = {
	[CLIENT_FIRST] = "nothing wrong",
	[ASSAY_IMPOSTOR_SELF_SIGNED] = "self-signed",
	[ASSAY_IMPOSTOR_UNTRUSTED] = "unknown authority",
	[ASSAY_IMPOSTOR_WRONG_NAME] = "another name",
	[ASSAY_IMPOSTOR_COMMON_NAME] = "the name in the subject alone",
	[ASSAY_IMPOSTOR_OTHER_KIND] = "a name of the other kind",
	[ASSAY_IMPOSTOR_WILDCARD] = "a wildcard for many labels",
	[ASSAY_IMPOSTOR_NUL] = "a NUL behind the name",
	[ASSAY_IMPOSTOR_EXPIRED] = "expired",
	[ASSAY_IMPOSTOR_NOT_YET] = "not yet valid",
	[ASSAY_IMPOSTOR_LEAF_ISSUED] = "issued by a server",
	[ASSAY_IMPOSTOR_NO_CONSTRAINTS] = "issuer without basicConstraints",
	[ASSAY_IMPOSTOR_PATH_LENGTH] = "pathLenConstraint exceeded",
	[ASSAY_IMPOSTOR_NAME_CONSTRAINTS] = "issuer for other names",
	[ASSAY_IMPOSTOR_ISSUER_USAGE] = "issuer that may not sign",
	[ASSAY_IMPOSTOR_CRITICAL] = "unknown critical extension",
	[ASSAY_IMPOSTOR_FOR_CLIENTS] = "for clients",
	[ASSAY_IMPOSTOR_SHA1] = "SHA-1",
	[ASSAY_IMPOSTOR_MD5] = "MD5",
	[ASSAY_IMPOSTOR_RSA_1024] = "RSA 1024",
	[ASSAY_IMPOSTOR_REVOKED] = "revoked",
	[ASSAY_IMPOSTOR_NO_STAPLE] = "no stapled response",
	[ASSAY_IMPOSTOR_NO_KEY] = "signed by another key",
	[ASSAY_IMPOSTOR_BAD_MAC] = "wrong MAC",
	[ASSAY_IMPOSTOR_TLS_10] = "TLS 1.0",
	[ASSAY_IMPOSTOR_TLS_11] = "TLS 1.1",
	[ASSAY_IMPOSTOR_DOWNGRADE] = "downgrade to TLS 1.2",
	[ASSAY_IMPOSTOR_RESET] = "reset",
	[ASSAY_IMPOSTOR_CUT] = "cut off",
	[ASSAY_IMPOSTOR_LARGE] = "large certificates",
	[ASSAY_IMPOSTOR_TINY] = "tiny records",
	[CLIENT_LAST] = "nothing wrong",
};

/* ---- whom it calls ---- */

static struct place *
place_of(struct state *s, const struct assay_call *call)
{
	char name[CLIENT_PLACE_MAX];
	size_t i;

	snprintf(name, sizeof(name), "%s:%u",
	    call->host[0] != '\0' ? call->host : call->to, call->to_port);
	for (i = 0; i < s->nplaces; i++)
		if (strcmp(s->places[i].name, name) == 0)
			return &s->places[i];
	if (s->nplaces == CLIENT_PLACES_MAX)
		return NULL;
	memcpy(s->places[s->nplaces].name, name, sizeof(name));
	return &s->places[s->nplaces++];
}

/* The first control stands before all others, the last one behind them.  NULL:
 * it has to wait for its next call. */
static struct step *
next_step(struct place *p)
{
	bool is_busy = false;
	size_t i;

	for (i = 0; i < CLIENT_STEPS; i++) {
		if (p->steps[i].status == STEP_UNDER_WAY) {
			is_busy = true;
			if (i == CLIENT_FIRST)
				return NULL;
		}
		if (p->steps[i].status == STEP_OPEN)
			return i == CLIENT_LAST && is_busy ? NULL
							   : &p->steps[i];
	}
	return NULL;
}

static bool
is_done(const struct place *p)
{
	return p->steps[CLIENT_LAST].status == STEP_DONE;
}

static enum assay_impostor_fault
on_call(struct assay_job *job, void *arg, const struct assay_call *call)
{
	struct state *s = arg;
	struct place *p = place_of(s, call);
	struct step *step = p == NULL ? NULL : next_step(p);

	s->calls++;
	s->last_ns = assay_now_ns(job);
	if (p == NULL)
		s->more++;
	else
		p->last_ns = s->last_ns;
	if (step ==
	    NULL) /* it is nobody's turn, and nobody is to be believed */
		return ASSAY_IMPOSTOR_UNTRUSTED;
	step->status = STEP_UNDER_WAY;
	step->from = call->from;
	step->from_port = call->from_port;
	return step == &p->steps[CLIENT_LAST]
	    ? ASSAY_IMPOSTOR_NOTHING
	    : (enum assay_impostor_fault)(step - p->steps);
}

/* ---- what became of a call ---- */

/* Its hello leaves no room for what was to be played. */
static bool
is_absent(const struct assay_call *call, const struct assay_called *c)
{
	const uint8_t *hello = call->hello;
	const size_t n = call->nhello;

	if (c->fault == ASSAY_IMPOSTOR_TLS_10)
		return !c->shown && !client_offers(hello, n, TLS_10);
	if (c->fault == ASSAY_IMPOSTOR_TLS_11)
		return !c->shown && !client_offers(hello, n, TLS_11);
	if (c->fault == ASSAY_IMPOSTOR_DOWNGRADE)
		return !client_offers(hello, n, TLS_13) ||
		    !client_offers(hello, n, TLS_12);
	if (c->fault == ASSAY_IMPOSTOR_REVOKED ||
	    c->fault == ASSAY_IMPOSTOR_NO_STAPLE)
		return !client_asks_status(hello, n);
	return false;
}

static const char *
how_it_ended(const struct assay_call *call, const struct assay_called *c)
{
	if (c->end == ASSAY_CALLED_LOCAL)
		return CLIENT_LOCAL;
	if (c->end == ASSAY_CALLED_DROPPED)
		return CLIENT_DROPPED;
	if (is_absent(call, c))
		return CLIENT_ABSENT;
	if (c->fault == ASSAY_IMPOSTOR_DOWNGRADE && c->went_on)
		return CLIENT_WENT_ON;
	if (c->said > 0)
		return CLIENT_ACCEPTED;
	if (c->completed)
		return c->end == ASSAY_CALLED_QUIET ? CLIENT_HELD : CLIENT_LEFT;
	if (c->end == ASSAY_CALLED_QUIET)
		return CLIENT_SILENT;
	if (c->end == ASSAY_CALLED_UNFIT)
		return CLIENT_UNFIT;
	if (!c->shown)
		return CLIENT_GONE;
	return c->alert != 0 ? CLIENT_REFUSED : CLIENT_CLOSED;
}

static bool
decides_nothing(const char *how)
{
	return strcmp(how, CLIENT_LOCAL) == 0 ||
	    strcmp(how, CLIENT_SILENT) == 0 || strcmp(how, CLIENT_GONE) == 0;
}

/* Whoever doubts what came encrypted can read the frames with these. */
static void
observe_keys(struct assay_job *job, const struct assay_call *call,
    const struct assay_called *c, const struct assay_frames *f)
{
	char keys[2048];
	size_t i;

	for (i = 0; i < sizeof(keys) - 1 && c->keys[i] != '\0'; i++)
		keys[i] = (char)(c->keys[i] == '\n' ? ';' : c->keys[i]);
	keys[i] = '\0';
	if (i > 0)
		assay_observe_on(job, ASSAY_ON(call->from, call->to_port),
		    "tls.keys", ASSAY_STRING(keys), f, 1);
}

static void
observe(struct assay_job *job, const struct place *p, size_t step,
    const struct assay_call *call, const struct assay_called *c)
{
	const struct assay_subject on = ASSAY_ON(call->from, call->to_port);
	const struct assay_frames f = assay_frames_of(ASSAY_TCP, call->from,
	    call->to_port, call->from_port, client_words[step]);
	const char *alert = c->alert == 0 ? NULL : tls_alert_name(c->alert);
	char value[CLIENT_PLACE_MAX + 192];
	uint32_t id;

	snprintf(value, sizeof(value), "%s %s%s%s%s%s", p->name,
	    how_it_ended(call, c), c->alert == 0 ? "" : " ",
	    c->alert == 0       ? ""
		: alert == NULL ? "alert"
				: alert,
	    c->version[0] == '\0' ? "" : " ", c->version);
	id = assay_observe_on(
	    job, on, client_fields[step], ASSAY_STRING(value), &f, 1);
	if (step == CLIENT_FIRST || step == CLIENT_LAST)
		assay_control(job,
		    step == CLIENT_FIRST ? ASSAY_BEFORE : ASSAY_AFTER, true,
		    id);
	if (c->said > 0) {
		snprintf(value, sizeof(value), "%s %llu %s %s", p->name,
		    (unsigned long long)c->said, c->digest, c->gist);
		assay_observe_on(
		    job, on, "call.said", ASSAY_STRING(value), &f, 1);
	}
	if (step == CLIENT_FIRST)
		client_observe_offer(job, call, p->name, &f);
	observe_keys(job, call, c, &f);
}

/* Whether it was observed, and no call by TLS has ended since. */
static bool
is_known(struct state *s, const char *value)
{
	struct clear *known = NULL;
	size_t i;

	for (i = 0; i < s->nclear; i++)
		if (strcmp(s->clear[i].value, value) == 0)
			known = &s->clear[i];
	if (known != NULL && known->ended == s->ended)
		return true;
	if (known == NULL && s->nclear == CLIENT_CLEAR_MAX) {
		s->more_clear++;
		return true;
	}
	if (known == NULL)
		known = &s->clear[s->nclear++];
	snprintf(known->value, sizeof(known->value), "%s", value);
	known->ended = s->ended;
	return false;
}

/* A connection without a ClientHello. */
static void
take_plain(struct assay_job *job, struct state *s,
    const struct assay_call *call, const struct assay_called *c)
{
	const bool speaks = c->end == ASSAY_CALLED_PLAIN;
	const struct assay_frames f = assay_frames_of(
	    ASSAY_TCP, call->from, call->to_port, call->from_port, "no TLS");
	char value[CLIENT_PLACE_MAX + 128];

	s->last_ns = assay_now_ns(job);
	if (c->end == ASSAY_CALLED_LOCAL)
		return;
	if (speaks)
		snprintf(value, sizeof(value), "%s:%u %s %s", call->to,
		    call->to_port, call->host[0] != '\0' ? call->host : "-",
		    c->gist);
	else
		snprintf(
		    value, sizeof(value), "%s:%u", call->to, call->to_port);
	if (!is_known(s, value))
		assay_observe_on(job, ASSAY_ON(call->from, call->to_port),
		    speaks ? "call.plain" : "call.mute", ASSAY_STRING(value),
		    &f, 1);
}

static void
on_end(struct assay_job *job, void *arg, const struct assay_call *call,
    const struct assay_called *called)
{
	struct state *s = arg;
	struct place *p;
	struct step *step;
	size_t i;

	if (call->hello == NULL) {
		take_plain(job, s, call, called);
		return;
	}
	p = place_of(s, call);
	for (i = 0; p != NULL && i < CLIENT_STEPS; i++) {
		step = &p->steps[i];
		if (step->status != STEP_UNDER_WAY ||
		    step->from != call->from ||
		    step->from_port != call->from_port)
			continue;
		if (decides_nothing(how_it_ended(call, called)) &&
		    ++step->tries < assay_param_u64(job, "tries")) {
			step->status = STEP_OPEN;
			return;
		}
		step->status = STEP_DONE;
		s->ended++;
		observe(job, p, i, call, called);
		return;
	}
}

/* ---- its end ---- */

/* No call that is still wanted has come for as long as one is waited for. */
static bool
is_over(struct assay_job *job, const struct state *s)
{
	const uint64_t now = assay_now_ns(job);
	const uint64_t patience = assay_param_ns(job, "patience");
	size_t i;

	if (now - s->began_ns < assay_param_ns(job, "watch"))
		return false;
	for (i = 0; i < s->nplaces; i++)
		if (!is_done(&s->places[i]) &&
		    now - s->places[i].last_ns < patience)
			return false;
	return s->nplaces > 0 || now - s->began_ns >= patience;
}

static void
finish(struct assay_job *job)
{
	const struct state *s = assay_state(job);

	assay_observe_count(job, ASSAY_ON(NULL, 0), "call.count", s->calls);
	assay_observe_on(job, ASSAY_ON(NULL, 0), "call.waited",
	    ASSAY_NS(assay_now_ns(job) - s->began_ns), NULL, 0);
	if (s->more > 0)
		assay_observe_count(
		    job, ASSAY_ON(NULL, 0), "call.elsewhere", s->more);
	if (s->more_clear > 0)
		assay_observe_count(
		    job, ASSAY_ON(NULL, 0), "call.more_plain", s->more_clear);
	assay_finish(job);
}

static void
on_look(struct assay_job *job, void *arg)
{
	struct state *s = arg;
	uint64_t i, done = 0;

	if (is_over(job, s)) {
		finish(job);
		return;
	}
	for (i = 0; i < s->nplaces * CLIENT_STEPS; i++)
		done += s->places[i / CLIENT_STEPS]
			    .steps[i % CLIENT_STEPS]
			    .status == STEP_DONE;
	assay_progress(job, done, s->nplaces * CLIENT_STEPS, "calls");
	assay_timer_set(s->look, LOOK_NS);
}

static void
run(struct assay_job *job)
{
	struct state *s = assay_state(job);
	const struct assay_impostor_spec spec = {
		.hello_ns = assay_param_ns(job, "hello"),
		.listen_ns = assay_param_ns(job, "listen"),
		.on_call = on_call,
		.on_end = on_end,
		.arg = s,
	};

	s->began_ns = assay_now_ns(job);
	s->look = assay_timer_new(job, on_look, s);
	assay_timer_set(s->look, LOOK_NS);
	assay_impostor(job, &spec);
}

static void
fini(struct assay_job *job)
{
	struct state *s = assay_state(job);

	assay_timer_free(s->look);
	s->look = NULL;
}

static const struct assay_claim claims[] = {
	{ "TLS-C01", ASSAY_BEHAVIOUR },
	{ "TLS-C02", ASSAY_BEHAVIOUR },
	{ "TLS-C03", ASSAY_BEHAVIOUR },
	{ "TLS-C04", ASSAY_BEHAVIOUR },
	{ "TLS-C05", ASSAY_BEHAVIOUR },
	{ "TLS-C07", ASSAY_BEHAVIOUR },
	{ "TLS-C08", ASSAY_BEHAVIOUR },
	{ "TLS-C09", ASSAY_BEHAVIOUR },
	{ "TLS-C10", ASSAY_BEHAVIOUR },
	{ "TLS-C11", ASSAY_BEHAVIOUR },
	{ "TLS-C12", ASSAY_BEHAVIOUR },
	{ "TLS-C13", ASSAY_BEHAVIOUR },
	{ .check = NULL },
};

#define SECOND UINT64_C(1000000000)
static const struct assay_param params[] = {
	{ "patience", ASSAY_PARAM_DURATION, "5m", SECOND / 10, 3000 * SECOND,
	    NULL, "How long the device's next call is waited for." },
	{ "watch", ASSAY_PARAM_DURATION, "1m", 0, 3000 * SECOND, NULL,
	    "How long it is listened for others whom the device calls." },
	{ "hello", ASSAY_PARAM_DURATION, "10s", 1000000, 60 * SECOND, NULL,
	    "How long its first words may take." },
	{ "listen", ASSAY_PARAM_DURATION, "5s", 1000000, 60 * SECOND, NULL,
	    "How long a handshake may take, and what it says behind one." },
	{ "tries", ASSAY_PARAM_U64, "3", 1, 10, NULL,
	    "How often what shows nothing is played." },
	{ "strict", ASSAY_PARAM_BOOL, "false", 0, 0, NULL,
	    "A name that stands in the subject alone (RFC 9525) must be "
	    "refused, "
	    "too, and one that says it is shown with a response of OCSP, "
	    "without it (RFC 7633)." },
	{ .name = NULL },
};

#define HOW \
	"whom it called and what became of it: accepted (it said something), " \
	"held (it stayed), left (it completed the handshake and went), " \
	"went_on (it took a version below the best of both), refused (an " \
	"alert), closed, not_offered, silent, unfit, gone, local"
static const struct assay_field observations[] = {
	{ "control.first", ASSAY_TYPE_STRING, "",
	    "of a certificate with which nothing is wrong: " HOW },
	{ "impostor.self_signed", ASSAY_TYPE_STRING, "", HOW },
	{ "impostor.untrusted", ASSAY_TYPE_STRING, "", HOW },
	{ "impostor.wrong_name", ASSAY_TYPE_STRING, "", HOW },
	{ "impostor.common_name", ASSAY_TYPE_STRING, "", HOW },
	{ "impostor.other_kind", ASSAY_TYPE_STRING, "", HOW },
	{ "impostor.wildcard", ASSAY_TYPE_STRING, "", HOW },
	{ "impostor.nul", ASSAY_TYPE_STRING, "", HOW },
	{ "impostor.expired", ASSAY_TYPE_STRING, "", HOW },
	{ "impostor.not_yet", ASSAY_TYPE_STRING, "", HOW },
	{ "impostor.leaf_issued", ASSAY_TYPE_STRING, "", HOW },
	{ "impostor.no_constraints", ASSAY_TYPE_STRING, "", HOW },
	{ "impostor.path_length", ASSAY_TYPE_STRING, "", HOW },
	{ "impostor.name_constraints", ASSAY_TYPE_STRING, "", HOW },
	{ "impostor.issuer_usage", ASSAY_TYPE_STRING, "", HOW },
	{ "impostor.critical", ASSAY_TYPE_STRING, "", HOW },
	{ "impostor.for_clients", ASSAY_TYPE_STRING, "", HOW },
	{ "impostor.sha1", ASSAY_TYPE_STRING, "", HOW },
	{ "impostor.md5", ASSAY_TYPE_STRING, "", HOW },
	{ "impostor.rsa1024", ASSAY_TYPE_STRING, "", HOW },
	{ "impostor.revoked", ASSAY_TYPE_STRING, "", HOW },
	{ "impostor.no_staple", ASSAY_TYPE_STRING, "", HOW },
	{ "impostor.no_key", ASSAY_TYPE_STRING, "", HOW },
	{ "impostor.bad_mac", ASSAY_TYPE_STRING, "", HOW },
	{ "impostor.tls10", ASSAY_TYPE_STRING, "", HOW },
	{ "impostor.tls11", ASSAY_TYPE_STRING, "", HOW },
	{ "impostor.downgrade", ASSAY_TYPE_STRING, "", HOW },
	{ "dropped.reset", ASSAY_TYPE_STRING, "",
	    "whom it called, dropped: its call was reset unanswered" },
	{ "dropped.cut", ASSAY_TYPE_STRING, "",
	    "whom it called, dropped: half of the server's first flight came, "
	    "and the end" },
	{ "unusual.large", ASSAY_TYPE_STRING, "",
	    "of certificates of more than 16 KiB with which nothing is "
	    "wrong: " HOW },
	{ "unusual.tiny", ASSAY_TYPE_STRING, "",
	    "of records of a few bytes: " HOW },
	{ "control.last", ASSAY_TYPE_STRING, "", "as control.first" },
	{ "offer.versions", ASSAY_TYPE_STRING, "",
	    "whom it called, and the versions that it offers" },
	{ "offer.suites", ASSAY_TYPE_STRING, "", "the same of suites" },
	{ "offer.weak", ASSAY_TYPE_STRING, "",
	    "of both, what must not be negotiated (RFC 9325)" },
	{ "offer.rest", ASSAY_TYPE_STRING, "",
	    "extensions, groups, signature algorithms" },
	{ "call.said", ASSAY_TYPE_STRING, "",
	    "whom it called, bytes of application data, their SHA-256, and the "
	    "same of what they are about" },
	{ "call.plain", ASSAY_TYPE_STRING, "",
	    "address and port that it called without TLS, the host that it "
	    "named there (- for none), SHA-256 of what it was about; once "
	    "between two calls by TLS" },
	{ "call.mute", ASSAY_TYPE_STRING, "",
	    "address and port to which it connected, and said nothing" },
	{ "call.more_plain", ASSAY_TYPE_U64, "",
	    "calls without TLS that are not told of" },
	{ "call.count", ASSAY_TYPE_U64, "", "calls by TLS" },
	{ "call.elsewhere", ASSAY_TYPE_U64, "",
	    "calls to more than can be tried" },
	{ "call.waited", ASSAY_TYPE_DURATION, "ns", "for calls, in all" },
	{ "tls.keys", ASSAY_TYPE_STRING, "",
	    "a session's secrets, to read its frames: lines of an "
	    "SSLKEYLOGFILE, each ended by a semicolon" },
	{ .name = NULL },
};

#define VALUES "attempts count waited"
static const struct assay_reason reasons[] = {
	{ "tls_client.refused", VALUES },
	{ "tls_client.accepted", VALUES },
	{ "tls_client.never_asks", VALUES },
	{ "tls_client.took", VALUES },
	{ "tls_client.hung", VALUES },
	{ "tls_client.undecided", VALUES },
	{ "tls_client.no_trust", VALUES },
	{ "tls_client.partial", VALUES },
	{ "tls_client.elsewhere", VALUES },
	{ "tls_client.no_tls", VALUES },
	{ "tls_client.never_called", VALUES },
	{ "tls_client.fell_back", VALUES },
	{ "tls_client.in_clear", VALUES },
	{ "tls_client.by_tls_alone", VALUES },
	{ "tls_client.offers", VALUES },
	{ "tls_client.offers_weak", VALUES },
	{ .code = NULL },
};

static const char *const resources[] = { "outbound:tcp exclusive", NULL };

const struct assay_probe assay_probe = {
	.abi = ASSAY_ABI,
	.size = sizeof(struct assay_probe),
	.name = "tls.client",
	.title = "Whoever the device calls by TLS, it refuses an impostor.",
	.method = 3,
	.claims = claims,
	.params = params,
	.observations = observations,
	.reasons = reasons,
	.resources = resources,
	.needs = ASSAY_NEED_CALLS,
	.medium = ASSAY_MEDIUM_IP,
	.impact = ASSAY_ACTIVE,
	.timeout_ms = 4 * 3600000,
	.state_size = sizeof(struct state),
	.run = run,
	.judge = client_judge,
	.cancel = finish,
	.fini = fini,
};
