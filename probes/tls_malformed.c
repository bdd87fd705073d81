/*
 * tls.malformed: hellos and records that break the rules do a TLS port no harm.
 *
 * TLS-S14.  Each TLS port is said some six hundred beginnings of a handshake
 * with something wrong in them (protocols/tls_malformed.h), one connection
 * each, between good hellos that it must take (contract/malformed.h).  A port
 * fails by that alone: the same case has made it miss its good hello twice.
 * What the standard says MUST be refused and is taken, or the other way round,
 * is reported.  A port that takes no good hello, or stays away, has shown
 * nothing.
 */
#include <stdio.h>
#include <string.h>

#include "probes/probe.h"
#include "protocols/tls_enumerate.h"
#include "protocols/tls_malformed.h"

#define SURVIVED "malformed.survived"
#define ANSWERS "malformed.answers"
#define NAMED_MAX 6 /* strays, by name */

struct state {
	struct assay_tls_ports *ports;
	struct assay_subject port;
	struct assay_malformed *loop;
	struct assay_tls_tally survived, answers;
	uint16_t numbers[TLS_MALFORMED_LAST]; /* of cases 0 to n-1 */
	size_t n;
	struct tls_malformed is; /* under way */
	bool is_control, speaks_13, is_withheld;
	size_t strays;
	uint8_t bytes[TLS_MALFORMED_MAX], room[TLS_REPLY_ROOM];
};

static size_t
build(struct assay_job *job, struct state *s, uint16_t number)
{
	const char *host = assay_param_string(job, "host");

	return tls_malformed_build(&s->is, number,
	    host[0] != '\0' ? host : NULL, s->bytes, sizeof(s->bytes));
}

static const char *
name_of(struct assay_job *job, struct state *s, size_t which)
{
	(void)build(job, s, s->numbers[which]);
	return s->is.name;
}

/* ---- what was said to a case ---- */

/* The standard would have it otherwise. */
static bool
is_stray(const struct state *s, const struct tls_reply *r)
{
	const bool chose = r->outcome == TLS_CHOSE;

	switch (s->is.want) {
	case TLS_WANT_TAKEN:
		return r->outcome == TLS_REFUSED;
	case TLS_WANT_REFUSED:
		return chose && !s->is.follows;
	case TLS_WANT_REFUSED_13:
		return chose && r->version == TLS_13 && s->speaks_13;
	case TLS_WANT_ANYTHING:
	case TLS_WANT_WAITING:
		break;
	}
	return false;
}

static void
note_stray(struct state *s, const struct tls_reply *r, uint16_t local)
{
	const struct assay_frames f = assay_frames_of(
	    ASSAY_TCP, s->port.target, local, s->port.port, s->is.name);
	char text[160];

	if (++s->strays > NAMED_MAX)
		return;
	snprintf(text, sizeof(text), "%s is %s (%s)", s->is.name,
	    r->outcome == TLS_CHOSE ? "taken" : "refused", s->is.clause);
	assay_tls_tally_add(&s->answers, ASSAY_TLS_POSSIBLE, text, &f);
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

static enum assay_malformed_went
went_of(const struct state *s, const struct assay_talked *t,
    const struct tls_reply *r)
{
	switch (t->end) {
	case ASSAY_TALK_ANSWERED:
	case ASSAY_TALK_CLOSED:
	case ASSAY_TALK_QUIET:
		break;
	case ASSAY_TALK_REFUSED:
	case ASSAY_TALK_UNREACHABLE:
	case ASSAY_TALK_TIMEOUT:
		return ASSAY_MALFORMED_UNASKED;
	case ASSAY_TALK_LOCAL:
		return ASSAY_MALFORMED_OURS;
	}
	if (s->is_control)
		return r->outcome == TLS_CHOSE ? ASSAY_MALFORMED_FINE
					       : ASSAY_MALFORMED_UNASKED;
	/* It may be busy with it: a control tells. */
	return t->end == ASSAY_TALK_QUIET && s->is.want != TLS_WANT_WAITING
	    ? ASSAY_MALFORMED_ODD
	    : ASSAY_MALFORMED_FINE;
}

static void
on_talked(struct assay_job *job, void *arg, const struct assay_talked *t)
{
	struct state *s = arg;
	struct tls_reply r;

	(void)job;
	hear(s, &r, t);
	if (t->withheld)
		s->is_withheld = true;
	else if (!s->is_control && is_stray(s, &r))
		note_stray(s, &r, t->local_port);
	assay_malformed_told(s->loop, went_of(s, t, &r), t->local_port);
}

/* ---- asking ---- */

static bool
is_enough(void *arg, const uint8_t *heard, size_t n)
{
	struct state *s = arg;

	return tls_reply_is_enough(heard, n, true, s->room);
}

static void
say(struct assay_job *job, struct state *s, uint16_t number)
{
	const uint64_t answer = assay_param_ns(job, "answer");
	const uint64_t silence = assay_param_ns(job, "silence");
	const size_t n = build(job, s, number);
	const bool waits = s->is.want == TLS_WANT_WAITING || s->is.follows;

	s->is_control = number == 0;
	assay_talk(job,
	    &(const struct assay_talk_spec){ .transport = ASSAY_TCP,
		.target = s->port.target,
		.port = s->port.port,
		.say = s->bytes,
		.nsay = n,
		.connect_ns = assay_param_ns(job, "handshake"),
		.listen_ns = waits ? silence : answer,
		.quiet_ns = silence,
		.max = TLS_REPLY_ROOM,
		/* What comes behind the hello is to be read, too. */
		.is_enough = s->is.follows ? NULL : is_enough,
		.on_end = on_talked,
		.arg = s });
}

static void
ask(struct assay_job *job, void *arg, size_t which)
{
	struct state *s = arg;

	say(job, s, s->numbers[which]);
}

static void
ask_good(struct assay_job *job, void *arg)
{
	say(job, arg, 0);
}

/* ---- what it comes to ---- */

static void
on_offender(
    struct assay_job *job, void *arg, const struct assay_malformed_offender *o)
{
	struct state *s = arg;
	const char *name = name_of(job, s, o->which);
	struct assay_frames f;
	char text[160];
	unsigned i;

	snprintf(text, sizeof(text),
	    "case %u %s: no answer to a good hello after %u of %u, for up to "
	    "%.1f s",
	    s->numbers[o->which], name, o->bad, o->asked,
	    (double)o->away_ns / 1e9);
	assay_tls_tally_add(&s->survived, ASSAY_TLS_PRESENT, text, NULL);
	for (i = 0; i < o->asked; i++) {
		if (!o->trials[i].was_bad || s->survived.nframes + 2 > 8)
			continue;
		f = assay_frames_of(ASSAY_TCP, s->port.target,
		    o->trials[i].asked, s->port.port, name);
		s->survived.frames[s->survived.nframes++] = f;
		f = assay_frames_of(ASSAY_TCP, s->port.target,
		    o->trials[i].behind, s->port.port, "the hello behind it");
		s->survived.frames[s->survived.nframes++] = f;
	}
}

static void
add_range(struct assay_job *job, struct state *s, const char *what,
    const struct assay_malformed_result *r)
{
	char first[64], text[240];

	if (r->from >= r->to || r->to > s->n) {
		assay_tls_tally_add(&s->survived, ASSAY_TLS_UNTOLD, what, NULL);
		return;
	}
	snprintf(first, sizeof(first), "%s", name_of(job, s, r->from));
	snprintf(text, sizeof(text), "%s, behind cases %u (%s) to %u (%s)",
	    what, s->numbers[r->from], first, s->numbers[r->to - 1],
	    name_of(job, s, r->to - 1));
	assay_tls_tally_add(&s->survived, ASSAY_TLS_UNTOLD, text, NULL);
}

static void
add_end(struct assay_job *job, struct state *s,
    const struct assay_malformed_result *r)
{
	char text[160];

	switch (r->end) {
	case ASSAY_MALFORMED_COMPLETE:
		break;
	case ASSAY_MALFORMED_NO_CONTROL:
		assay_tls_tally_add(&s->survived, ASSAY_TLS_UNTOLD,
		    s->is_withheld ? "nothing may be sent to it"
				   : "a good hello is not taken",
		    NULL);
		return;
	case ASSAY_MALFORMED_GONE:
		add_range(job, s, "it did not come back", r);
		break;
	case ASSAY_MALFORMED_ENOUGH:
		if (r->offenders == 0)
			add_range(job, s, "it was away too often", r);
		break;
	case ASSAY_MALFORMED_BENCH:
		assay_tls_tally_add(&s->survived, ASSAY_TLS_UNTOLD,
		    "the bench could not ask", NULL);
		break;
	}
	if (r->unexplained > 0 && r->end == ASSAY_MALFORMED_COMPLETE)
		add_range(job, s, "it was away, by no case alone", r);
	snprintf(text, sizeof(text), "%zu of %zu cases", r->settled, s->n);
	assay_tls_tally_add(&s->survived,
	    r->settled == s->n ? ASSAY_TLS_ABSENT : ASSAY_TLS_UNTOLD, text,
	    NULL);
	/* A few that no connection was got for are no cover. */
	if (r->unasked > 0) {
		snprintf(
		    text, sizeof(text), "%zu could not be asked", r->unasked);
		assay_tls_tally_add(&s->survived, ASSAY_TLS_UNTOLD, text, NULL);
	}
}

static void
on_end(struct assay_job *job, void *arg, const struct assay_malformed_result *r)
{
	struct state *s = arg;
	struct assay_frames f;
	char text[80];

	add_end(job, s, r);
	if (r->control != 0 && s->survived.nframes < 8) {
		f = assay_frames_of(ASSAY_TCP, s->port.target, r->control,
		    s->port.port, "a good hello");
		s->survived.frames[s->survived.nframes++] = f;
	}
	if (s->strays > NAMED_MAX) {
		snprintf(
		    text, sizeof(text), "and %zu more", s->strays - NAMED_MAX);
		assay_tls_tally_add(
		    &s->answers, ASSAY_TLS_POSSIBLE, text, NULL);
	}
	if (s->strays == 0)
		assay_tls_tally_add(&s->answers, ASSAY_TLS_ABSENT,
		    "as the standard wants", NULL);
	assay_tls_tally_tell(job, s->port, SURVIVED, &s->survived);
	assay_tls_tally_tell(job, s->port, ANSWERS, &s->answers);
	assay_malformed_free(s->loop);
	s->loop = NULL;
	assay_tls_ports_go_on(s->ports);
}

static bool
on_port(struct assay_job *job, void *arg, struct assay_subject port,
    const struct tls_enumerate *plan)
{
	struct state *s = arg;
	const struct assay_malformed_spec spec = { .n = s->n,
		.batch = assay_param_u64(job, "batch"),
		.patience_ns = assay_param_ns(job, "recovery"),
		.pause_ns = assay_param_ns(job, "pause"),
		.ask = ask,
		.control = ask_good,
		.on_offender = on_offender,
		.on_end = on_end,
		.arg = s };

	if (!plan->is_tls)
		return false;
	s->port = port;
	s->speaks_13 =
	    plan->versions[TLS_ENUMERATE_VERSIONS - 1].taken == TLS_TAKEN;
	s->strays = 0;
	s->is_withheld = false;
	assay_tls_tally_begin(&s->survived);
	assay_tls_tally_begin(&s->answers);
	s->loop = assay_malformed_start(job, &spec);
	return true;
}

/* ---- the contract's functions ---- */

static void
on_health(struct assay_job *job, enum assay_health health)
{
	struct state *s = assay_state(job);

	assay_malformed_health(s->loop, health);
	assay_tls_ports_health(job, health);
}

static void
run(struct assay_job *job)
{
	struct state *s = assay_state(job);
	const struct assay_tls_ports_spec spec = {
		.versions_only = true, .on_port = on_port, .arg = s
	};
	uint16_t number;

	for (number = 1; number <= TLS_MALFORMED_LAST; number++)
		if (build(job, s, number) > 0)
			s->numbers[s->n++] = number;
	assay_tls_ports_start(job, &spec);
	assay_on_health(job, on_health);
}

static void
fini(struct assay_job *job)
{
	struct state *s = assay_state(job);

	assay_malformed_free(s->loop);
	s->loop = NULL;
	assay_tls_ports_fini(job);
}

static void
judge(struct assay_job *job)
{
	static const char *const fields[] = { SURVIVED, ANSWERS, NULL };
	static const struct assay_tls_claim claim = { "TLS-S14",
		ASSAY_BEHAVIOUR, fields,
		{ [ASSAY_TLS_PRESENT] = "malformed.falls",
		    [ASSAY_TLS_POSSIBLE] = "malformed.strays",
		    [ASSAY_TLS_UNTOLD] = "malformed.unknown",
		    [ASSAY_TLS_ABSENT] = "malformed.survived" } };

	assay_tls_claims_judge(job, &claim, 1);
}

static const struct assay_claim claims[] = {
	{ "TLS-S14", ASSAY_BEHAVIOUR },
	{ .check = NULL },
};

static const struct assay_param params[] = {
	ASSAY_TLS_PORTS_PARAMS,
	{ "silence", ASSAY_PARAM_DURATION, "100ms", 1000000, 10000000000, NULL,
	    "How long a case is listened to that need not be answered." },
	{ "batch", ASSAY_PARAM_U64, "16", 1, 1000, NULL,
	    "Cases between two good hellos." },
	{ "recovery", ASSAY_PARAM_DURATION, "60s", 1000000000, 3600000000000,
	    NULL, "How long a device that is away is waited for." },
	{ "pause", ASSAY_PARAM_DURATION, "500ms", 10000000, 60000000000, NULL,
	    "Between two good hellos while it is away." },
	{ .name = NULL },
};

static const struct assay_field observations[] = {
	ASSAY_TLS_PORTS_FIELDS,
	{ SURVIVED, ASSAY_TYPE_STRING, "",
	    "whether it answers good hellos after malformed ones; present: "
	    "not after these" },
	{ ANSWERS, ASSAY_TYPE_STRING, "",
	    "whether it refuses what it must; possible: not these" },
	{ .name = NULL },
};

#define VALUES ASSAY_TLS_MATTER_VALUES
static const struct assay_reason reasons[] = {
	{ "malformed.falls", VALUES },
	{ "malformed.strays", VALUES },
	{ "malformed.unknown", VALUES },
	{ "malformed.survived", VALUES },
	ASSAY_TLS_REASONS(VALUES),
	{ .code = NULL },
};

static const char *const resources[] = { "dut:load exclusive", NULL };

const struct assay_probe assay_probe = {
	.abi = ASSAY_ABI,
	.size = sizeof(struct assay_probe),
	.name = "tls.malformed",
	.title = "Malformed handshakes do a TLS port no harm.",
	.method = 1,
	.claims = claims,
	.params = params,
	.observations = observations,
	.reasons = reasons,
	.resources = resources,
	.needs = ASSAY_NEED_LINK | ASSAY_NEED_TCP,
	.medium = ASSAY_MEDIUM_IP,
	.impact = ASSAY_MALFORMED,
	.timeout_ms = 7200000,
	.state_size = sizeof(struct state),
	.filter = "tcp or icmp or icmp6",
	.run = run,
	.on_frame = assay_tls_ports_on_frame,
	.judge = judge,
	.cancel = assay_tls_ports_cancel,
	.fini = fini,
};
