/*
 * tls.fallback: a client that is made to try an older version is told so.
 *
 * TLS-S12.  At each TLS port, each version that is taken below the highest is
 * asked twice by the same hello, without and with TLS_FALLBACK_SCSV (RFC 7507
 * section 3: inappropriate_fallback), and a refusal is believed when the first
 * one is taken once more behind it: a server that tires of us has noticed
 * nothing.  The random of the first tells a TLS 1.3 client of a downgrade
 * (RFC 8446 section 4.1.3).  A port that takes one version alone has nothing to
 * fall back to.
 */
#include <stdio.h>
#include <string.h>

#include "probes/probe.h"
#include "protocols/tls_ask.h"
#include "protocols/tls_enumerate.h"

#define LOWER_MAX 4 /* SSL 3 to TLS 1.2 */
#define TRIES 2     /* of what ends without a word */

#define SIGNAL "fallback.signal"
#define SENTINEL "fallback.sentinel"

enum asking {
	PLAIN,
	SIGNALLED,
	CONTROL, /* plain, behind a refusal */
	ASKINGS,
};

struct lower { /* a version below the highest */
	uint16_t version, suite;
	struct tls_reply replies[ASKINGS]; /* views are gone */
	struct assay_frames frames[ASKINGS];
};

struct state {
	struct assay_tls_ports *ports;
	struct assay_subject port;
	uint16_t highest;
	struct lower lower[LOWER_MAX];
	size_t nlower, at; /* at: under way */
	enum asking asking;
	unsigned tries;
	uint8_t room[TLS_REPLY_ROOM];
};

/* ---- what it comes to ---- */

static void
note(struct assay_tls_tally *t, enum assay_tls_matter is, const struct lower *l,
    const char *what, const struct assay_frames *f)
{
	char text[128];

	snprintf(
	    text, sizeof(text), "%s %s", tls_version_name(l->version), what);
	assay_tls_tally_add(t, is, text, f);
}

/* A random of a server that could have done better: RFC 8446 section 4.1.3. */
static bool
has_sentinel(const struct lower *l)
{
	return l->replies[PLAIN].hello.downgrade ==
	    (l->version == TLS_12 ? TLS_DOWNGRADE_12 : TLS_DOWNGRADE_11);
}

static bool
is_taken(const struct lower *l, enum asking asking)
{
	const struct tls_reply *r = &l->replies[asking];

	return r->outcome == TLS_CHOSE && r->version == l->version;
}

/* The difference is the signal alone. */
static void
weigh_refusal(
    const struct lower *l, struct assay_tls_tally *t, const char *text)
{
	if (is_taken(l, CONTROL))
		note(t, ASSAY_TLS_ABSENT, l, text, &l->frames[SIGNALLED]);
	else
		note(t, ASSAY_TLS_UNTOLD, l,
		    "is refused with the signal, and then without it",
		    &l->frames[CONTROL]);
}

static void
weigh_signal(
    const struct state *s, const struct lower *l, struct assay_tls_tally *t)
{
	const struct tls_reply *r = &l->replies[SIGNALLED];
	const struct assay_frames *f = &l->frames[SIGNALLED];
	const char *name;
	char text[80];

	switch (r->outcome) {
	case TLS_CHOSE:
		if (s->highest == TLS_13 && has_sentinel(l))
			note(t, ASSAY_TLS_POSSIBLE, l,
			    "is taken in spite of the signal, but its random "
			    "tells of it",
			    f);
		else
			note(t, ASSAY_TLS_PRESENT, l,
			    "is taken in spite of the signal", f);
		break;
	case TLS_REFUSED:
		name = tls_alert_name(r->alert);
		snprintf(text, sizeof(text), "is refused (%s)",
		    name != NULL ? name : "an alert");
		weigh_refusal(l, t, text);
		break;
	case TLS_CLOSED:
		weigh_refusal(l, t, "is refused (closed)");
		break;
	case TLS_SILENT:
	case TLS_STRANGE:
	case TLS_LOST:
		note(t, ASSAY_TLS_UNTOLD, l, "with the signal: no answer", f);
		break;
	}
}

/* Below TLS 1.3 it is a SHOULD. */
static void
weigh_sentinel(
    const struct state *s, const struct lower *l, struct assay_tls_tally *t)
{
	const struct assay_frames *f = &l->frames[PLAIN];

	if (has_sentinel(l))
		note(t, ASSAY_TLS_ABSENT, l, "has the sentinel", f);
	else if (s->highest == TLS_13)
		note(t, ASSAY_TLS_PRESENT, l, "has no sentinel in its random",
		    f);
	else
		note(t, ASSAY_TLS_ABSENT, l, "is not of TLS 1.3", f);
}

static void
weigh(struct assay_job *job, const struct state *s)
{
	struct assay_tls_tally signal, sentinel;
	const struct lower *l;
	char text[80];
	size_t i;

	assay_tls_tally_begin(&signal);
	assay_tls_tally_begin(&sentinel);
	for (i = 0; i < s->nlower; i++) {
		l = &s->lower[i];
		if (!is_taken(l, PLAIN)) {
			note(&signal, ASSAY_TLS_UNTOLD, l, "is not taken again",
			    &l->frames[PLAIN]);
			note(&sentinel, ASSAY_TLS_UNTOLD, l,
			    "is not taken again", &l->frames[PLAIN]);
			continue;
		}
		weigh_signal(s, l, &signal);
		weigh_sentinel(s, l, &sentinel);
	}
	if (s->nlower == 0) {
		snprintf(text, sizeof(text), "%s alone is taken",
		    tls_version_name(s->highest));
		assay_tls_tally_add(&signal, ASSAY_TLS_ABSENT, text, NULL);
		assay_tls_tally_add(&sentinel, ASSAY_TLS_ABSENT, text, NULL);
	}
	assay_tls_tally_tell(job, s->port, SIGNAL, &signal);
	assay_tls_tally_tell(job, s->port, SENTINEL, &sentinel);
}

/* ---- asking ---- */

static void ask(struct assay_job *job, struct state *s);

static bool
is_enough(void *arg, const uint8_t *heard, size_t n)
{
	struct state *s = arg;

	return tls_reply_is_enough(heard, n, true, s->room);
}

static void
hear(struct state *s, struct tls_reply *r, const struct assay_talked *t)
{
	memset(r, 0, sizeof(*r));
	r->outcome = TLS_LOST;
	if (t->end <= ASSAY_TALK_QUIET && !t->withheld)
		tls_reply_read(r, t->heard, t->nheard,
		    t->end == ASSAY_TALK_CLOSED, s->room);
}

/* What is asked next, of this version or the one below. */
static void
go_on(struct state *s)
{
	const struct lower *l = &s->lower[s->at];

	if (s->asking == PLAIN && is_taken(l, PLAIN)) {
		s->asking = SIGNALLED;
	} else if (s->asking == SIGNALLED &&
	    (l->replies[SIGNALLED].outcome == TLS_REFUSED ||
		l->replies[SIGNALLED].outcome == TLS_CLOSED)) {
		s->asking = CONTROL;
	} else {
		s->asking = PLAIN;
		s->at++;
	}
}

static void
on_talked(struct assay_job *job, void *arg, const struct assay_talked *t)
{
	static const char *const words[ASKINGS] = {
		[PLAIN] = "an older version alone",
		[SIGNALLED] = "the same hello with TLS_FALLBACK_SCSV",
		[CONTROL] = "once more without it",
	};
	struct state *s = arg;
	struct lower *l = &s->lower[s->at];
	struct tls_reply *r = &l->replies[s->asking];

	hear(s, r, t);
	l->frames[s->asking] = assay_frames_of(ASSAY_TCP, s->port.target,
	    t->local_port, s->port.port, words[s->asking]);
	/* An end or a silence may be chance. */
	if (r->outcome != TLS_CHOSE && r->outcome != TLS_REFUSED &&
	    ++s->tries < TRIES) {
		ask(job, s);
		return;
	}
	s->tries = 0;
	go_on(s);
	if (s->at < s->nlower) {
		ask(job, s);
		return;
	}
	weigh(job, s);
	assay_tls_ports_go_on(s->ports);
}

static void
ask(struct assay_job *job, struct state *s)
{
	const struct lower *l = &s->lower[s->at];
	const uint16_t suites[] = { l->suite, TLS_SUITE_FALLBACK_SCSV };
	const char *host = assay_param_string(job, "host");
	uint8_t say[ASSAY_TALK_SAY_MAX];
	struct assay_talk_spec talk = { .transport = ASSAY_TCP,
		.target = s->port.target,
		.port = s->port.port,
		.say = say,
		.connect_ns = assay_param_ns(job, "handshake"),
		.listen_ns = assay_param_ns(job, "answer"),
		.quiet_ns = assay_param_ns(job, "answer"),
		.max = TLS_REPLY_ROOM,
		.is_enough = is_enough,
		.on_end = on_talked,
		.arg = s };
	struct tls_hello_spec hello;
	uint64_t chance;
	size_t i;

	tls_ask_begin(&hello, l->version, suites,
	    s->asking == SIGNALLED ? 2 : 1, host[0] != '\0' ? host : NULL);
	for (i = 0; i < sizeof(hello.random); i += sizeof(chance)) {
		chance = assay_random(job);
		memcpy(hello.random + i, &chance, sizeof(chance));
	}
	talk.nsay = tls_hello_build(&hello, say, sizeof(say));
	assay_talk(job, &talk);
}

static bool
on_port(struct assay_job *job, void *arg, struct assay_subject port,
    const struct tls_enumerate *plan)
{
	struct state *s = arg;
	const struct tls_version_taken *v;
	size_t i;

	if (!plan->is_tls)
		return false;
	s->port = port;
	s->nlower = s->at = s->tries = s->highest = 0;
	s->asking = PLAIN;
	for (i = TLS_ENUMERATE_VERSIONS - 1; i > 0; i--) {
		v = &plan->versions[i];
		if (v->taken != TLS_TAKEN || v->n == 0)
			continue;
		if (s->highest == 0)
			s->highest = v->version;
		else if (s->nlower < LOWER_MAX)
			s->lower[s->nlower++] =
			    (struct lower){ .version = v->version,
				    .suite = v->suites[0] };
	}
	if (s->highest == 0) /* SSL 2 at most: others speak of that */
		return false;
	if (s->nlower == 0)
		weigh(job, s);
	else
		ask(job, s);
	return s->nlower > 0;
}

/* ---- the contract's functions ---- */

static void
run(struct assay_job *job)
{
	struct state *s = assay_state(job);
	const struct assay_tls_ports_spec spec = {
		.versions_only = true, .on_port = on_port, .arg = s
	};

	assay_tls_ports_start(job, &spec);
}

static void
judge(struct assay_job *job)
{
	static const char *const fields[] = { SIGNAL, SENTINEL, NULL };
	static const struct assay_tls_claim claim = { "TLS-S12",
		ASSAY_BEHAVIOUR, fields,
		{ [ASSAY_TLS_PRESENT] = "fallback.unnoticed",
		    [ASSAY_TLS_POSSIBLE] = "fallback.by_sentinel",
		    [ASSAY_TLS_UNTOLD] = "fallback.unknown",
		    [ASSAY_TLS_ABSENT] = "fallback.noticed" } };

	assay_tls_claims_judge(job, &claim, 1);
}

static const struct assay_claim claims[] = {
	{ "TLS-S12", ASSAY_BEHAVIOUR },
	{ .check = NULL },
};

static const struct assay_param params[] = {
	ASSAY_TLS_PORTS_PARAMS,
	{ .name = NULL },
};

static const struct assay_field observations[] = {
	ASSAY_TLS_PORTS_FIELDS,
	{ SIGNAL, ASSAY_TYPE_STRING, "",
	    "what became of older versions with TLS_FALLBACK_SCSV; present: "
	    "one is taken" },
	{ SENTINEL, ASSAY_TYPE_STRING, "",
	    "whether the random of older versions tells of the downgrade; "
	    "present: it does not" },
	{ .name = NULL },
};

#define VALUES ASSAY_TLS_MATTER_VALUES
static const struct assay_reason reasons[] = {
	{ "fallback.unnoticed", VALUES },
	{ "fallback.by_sentinel", VALUES },
	{ "fallback.unknown", VALUES },
	{ "fallback.noticed", VALUES },
	ASSAY_TLS_REASONS(VALUES),
	{ .code = NULL },
};

static const char *const resources[] = { "dut:load exclusive", NULL };

const struct assay_probe assay_probe = {
	.abi = ASSAY_ABI,
	.size = sizeof(struct assay_probe),
	.name = "tls.fallback",
	.title = "A client that is made to use an older version is told so.",
	.method = 1,
	.claims = claims,
	.params = params,
	.observations = observations,
	.reasons = reasons,
	.resources = resources,
	.needs = ASSAY_NEED_LINK | ASSAY_NEED_TCP,
	.medium = ASSAY_MEDIUM_IP,
	.impact = ASSAY_ACTIVE,
	.timeout_ms = 3600000,
	.state_size = sizeof(struct state),
	.filter = "tcp or icmp or icmp6",
	.run = run,
	.on_frame = assay_tls_ports_on_frame,
	.judge = judge,
	.cancel = assay_tls_ports_cancel,
	.fini = assay_tls_ports_fini,
};
