/*
 * tls.tickets: a session ticket resumes where it was made, unchanged, and not
 * for ever.
 *
 * TLS-S10 (RFC 9325 section 3.4, RFC 8446 section 4.6.1).  At each TLS port, in
 * TLS 1.3 and in the highest version below it: the lifetime that comes with a
 * ticket; whether it resumes with a bit changed, wholly forged, at another
 * port, or without the extended master secret that its session had (RFC 7627
 * section 5.3).  Each is offered a ticket that was never used; that an
 * unchanged one resumes, first and last, is the control: where it does not,
 * nothing is told.
 */
#include <string.h>

#include "probes/probe.h"
#include "probes/tls_tickets/parts.h"

#define TRIES 2 /* of what stays unanswered */

const char *const matter_fields[MATTERS] = {
	[MATTER_CONTROL] = "tickets.control",
	[MATTER_LIFETIME] = "tickets.lifetime",
	[MATTER_CHANGED] = "tickets.changed",
	[MATTER_FOREIGN] = "tickets.foreign",
	[MATTER_SECRET] = "tickets.extended_secret",
};

/* ---- what is asked of a port ---- */

static void
add(struct state *s, enum ask ask, uint16_t version, size_t which)
{
	if (s->nsteps < STEPS_MAX)
		s->steps[s->nsteps++] =
		    (struct step){ ask, version, (uint8_t)which };
}

static void
plan_version(struct state *s, uint16_t version)
{
	size_t i, n = 0;

	add(s, ASK_SAME, version, 0);
	for (i = 0; i < PLACES; i++)
		add(s, ASK_CHANGED, version, i);
	add(s, ASK_FORGED, version, 0);
	if (version < TLS_13) {
		add(s, ASK_SECRET_DROPPED, version, 0);
		add(s, ASK_SECRET_ADDED, version, 0);
	}
	for (i = 0; i < s->nforeign && n < FOREIGN_ASKED; i++)
		if (s->foreign[i].version == version &&
		    s->foreign[i].port != s->port.port) {
			add(s, ASK_FOREIGN, version, i);
			n++;
		}
	add(s, ASK_LAST, version, 0);
	add(s, ASK_KEEP, version, 0);
}

/* TLS 1.3 and the highest below it; SSL 3 has no tickets. */
static void
make_plan(struct state *s, const struct tls_enumerate *plan)
{
	const struct tls_version_taken *v;
	uint16_t below = 0;
	size_t i;

	for (i = 1; i < TLS_ENUMERATE_VERSIONS; i++) {
		v = &plan->versions[i];
		if (v->taken != TLS_TAKEN || v->version < TLS_10)
			continue;
		if (v->version < TLS_13)
			below = v->version;
		else
			plan_version(s, v->version);
	}
	if (below != 0)
		plan_version(s, below);
}

/* ---- what is offered ---- */

static void
keep(struct state *s, const struct assay_tls_kept *kept)
{
	struct ticket *t = &s->fresh;

	t->size = 0;
	if (kept->session == NULL || kept->nticket == 0)
		return;
	memcpy(t->session, kept->session, kept->nsession);
	t->n = kept->nsession;
	t->at = kept->ticket_at;
	t->size = kept->nticket;
	t->has_extended_secret = kept->has_extended_secret;
}

static void
forge(struct assay_job *job, struct ticket *t)
{
	const size_t from = t->size > 2 * KEY_NAME ? KEY_NAME : 0;
	uint64_t chance = 0;
	size_t i;

	for (i = from; i < t->size; i++) {
		if (i % sizeof(chance) == 0 || i == from)
			chance = assay_random(job);
		t->session[t->at + i] =
		    (uint8_t)(chance >> 8 * (i % sizeof(chance)));
	}
}

/* The ticket of the step; it is nobody's any more behind it. */
static void
take_ticket(struct assay_job *job, struct state *s, struct ticket *out)
{
	const struct step *step = &s->steps[s->at];

	if (step->ask == ASK_FOREIGN) {
		*out = s->foreign[step->which].ticket;
		return;
	}
	*out = s->fresh;
	s->fresh.size = 0;
	if (step->ask == ASK_CHANGED)
		out->session[out->at +
		    step->which * (out->size - 1) / (PLACES - 1)] ^=
		    (uint8_t)(1U << step->which);
	else if (step->ask == ASK_FORGED)
		forge(job, out);
}

/* ---- asking ---- */

static void next(struct assay_job *job, struct state *s);

static const char *
name_of(const struct state *s)
{
	static const char *const names[] = {
		[ASK_SAME] = "an unchanged ticket",
		[ASK_CHANGED] = "a ticket with a bit changed",
		[ASK_FORGED] = "a forged ticket",
		[ASK_SECRET_DROPPED] = "a hello without the secret it had",
		[ASK_SECRET_ADDED] = "a hello with the secret it had not",
		[ASK_FOREIGN] = "a ticket of another port",
		[ASK_LAST] = "an unchanged ticket, at the end",
		[ASK_KEEP] = "",
	};

	return s->is_whole ? "a whole handshake, for a ticket"
			   : names[s->steps[s->at].ask];
}

static enum outcome
outcome(const struct assay_talked *t)
{
	if (t->withheld || t->end > ASSAY_TALK_QUIET)
		return OUTCOME_NONE;
	if (t->tls.kept.resumed)
		return OUTCOME_RESUMED;
	if (t->tls.ready)
		return OUTCOME_WHOLE;
	return t->tls.alert != 0 || t->end == ASSAY_TALK_CLOSED
	    ? OUTCOME_REFUSED
	    : OUTCOME_NONE;
}

static void
observe_keys(struct assay_job *job, const struct state *s,
    const struct assay_talked *t, const struct assay_frames *f)
{
	char keys[2048];
	size_t i;

	for (i = 0; i < sizeof(keys) - 1 && t->tls.keys[i] != '\0'; i++)
		keys[i] = t->tls.keys[i] == '\n' ? ';' : t->tls.keys[i];
	keys[i] = '\0';
	if (i > 0)
		assay_observe_on(
		    job, s->port, "tls.keys", ASSAY_STRING(keys), f, 1);
}

/* One ticket is there for the step, of the kind that it takes. */
static bool
has_ticket(const struct state *s)
{
	switch (s->steps[s->at].ask) {
	case ASK_FOREIGN:
		return true;
	case ASK_SECRET_DROPPED:
		return s->fresh.size > 0 && s->fresh.has_extended_secret;
	case ASK_SECRET_ADDED:
		return s->fresh.size > 0 && !s->fresh.has_extended_secret;
	case ASK_SAME:
	case ASK_CHANGED:
	case ASK_FORGED:
	case ASK_LAST:
	case ASK_KEEP:
		break;
	}
	return s->fresh.size > 0;
}

/* There will be no ticket for the step. */
static void
go_without(struct state *s, const char *why, const struct assay_frames *f)
{
	switch (s->steps[s->at].ask) {
	case ASK_SAME:
		tickets_note(s, MATTER_CONTROL, ASSAY_TLS_ABSENT, why, f);
		tickets_skip_version(s);
		break;
	case ASK_SECRET_DROPPED:
		tickets_note(s, MATTER_SECRET, ASSAY_TLS_ABSENT,
		    "has no extended master secret", f);
		s->at += 2; /* nor is there any to be added */
		break;
	case ASK_SECRET_ADDED:
		tickets_note(s, MATTER_SECRET, ASSAY_TLS_ABSENT,
		    "gives no ticket without extended master secret", f);
		s->at++;
		break;
	case ASK_CHANGED:
	case ASK_FORGED:
	case ASK_FOREIGN:
	case ASK_LAST:
	case ASK_KEEP:
		tickets_give_up(s, "gives no ticket any more", f);
		break;
	}
}

static void
hear_whole(
    struct state *s, const struct assay_talked *t, const struct assay_frames *f)
{
	if (t->tls.ready && s->key[0] == '\0')
		memcpy(s->key, t->tls.public_key,
		    strnlen(t->tls.public_key, HASH_TEXT - 1));
	if (t->tls.ready && s->fresh.size > 0)
		tickets_weigh_lifetime(s, t->tls.kept.lifetime_s, f);
	if (t->tls.ready && has_ticket(s))
		return;
	if (!t->tls.ready && ++s->tries < TRIES)
		return;
	s->tries = 0;
	if (t->tls.ready || s->steps[s->at].ask == ASK_SECRET_ADDED)
		go_without(s, "gives no ticket", f);
	else
		tickets_give_up(s, "no handshake is completed", f);
}

static void
hear_step(
    struct state *s, const struct assay_talked *t, const struct assay_frames *f)
{
	const enum ask what = s->steps[s->at].ask;
	const enum outcome o = outcome(t);
	const bool is_control = what == ASK_SAME || what == ASK_LAST;

	if ((o == OUTCOME_NONE || (is_control && o != OUTCOME_RESUMED)) &&
	    ++s->tries < TRIES)
		return;
	s->tries = 0;
	tickets_weigh(s, o, f);
}

static void
on_talked(struct assay_job *job, void *arg, const struct assay_talked *t)
{
	struct state *s = arg;
	const struct assay_frames f = assay_frames_of(
	    ASSAY_TCP, s->port.target, t->local_port, s->port.port, name_of(s));

	observe_keys(job, s, t, &f);
	if (t->tls.ready)
		keep(s, &t->tls.kept);
	if (s->is_whole)
		hear_whole(s, t, &f);
	else
		hear_step(s, t, &f);
	next(job, s);
}

static void
ask(struct assay_job *job, struct state *s)
{
	const enum ask what = s->steps[s->at].ask;
	struct assay_tls_offer offer = { .version = s->steps[s->at].version,
		.host = assay_param_string(job, "host"),
		.no_extended_secret = what ==
		    (s->is_whole ? ASK_SECRET_ADDED : ASK_SECRET_DROPPED),
		.keeps = true };
	const struct assay_talk_spec talk = { .transport = ASSAY_TCP,
		.target = s->port.target,
		.port = s->port.port,
		.connect_ns = assay_param_ns(job, "handshake"),
		.listen_ns = assay_param_ns(job, "answer"),
		.quiet_ns = assay_param_ns(job, "answer"),
		.tls = true,
		.tls_only = true,
		.offer = &offer,
		.on_end = on_talked,
		.arg = s };
	struct ticket ticket;

	if (!s->is_whole) {
		take_ticket(job, s, &ticket);
		offer.session = ticket.session;
		offer.nsession = ticket.n;
	}
	assay_talk(job, &talk);
}

/* One of each port and version, for as many as there is room. */
static void
keep_for_others(struct state *s)
{
	const uint16_t version = s->steps[s->at].version;
	struct foreign *other;
	size_t i;

	for (i = 0; i < s->nforeign; i++)
		if (s->foreign[i].port == s->port.port &&
		    s->foreign[i].version == version)
			return;
	if (s->nforeign == FOREIGN_MAX)
		return;
	other = &s->foreign[s->nforeign++];
	other->port = s->port.port;
	other->version = version;
	memcpy(other->key, s->key, sizeof(other->key));
	other->ticket = s->fresh;
}

static void
begin_version(struct state *s)
{
	s->version = s->steps[s->at].version;
	s->fresh.size = 0;
	s->nchanged = s->nforeign_whole = 0;
	s->has_told_lifetime = false;
}

static void
end_port(struct assay_job *job, struct state *s)
{
	static const char *const otherwise[MATTERS] = {
		[MATTER_CONTROL] = "takes no version that has tickets",
		[MATTER_LIFETIME] = "there is no ticket",
		[MATTER_CHANGED] = "there is no ticket",
		[MATTER_FOREIGN] = "there is no ticket of another port",
		[MATTER_SECRET] = "there is no ticket below TLS 1.3",
	};
	struct assay_tls_tally *t;
	size_t i;

	for (i = 0; i < MATTERS; i++) {
		t = &s->tally[i];
		if (t->used == 0)
			assay_tls_tally_add(
			    t, ASSAY_TLS_ABSENT, otherwise[i], NULL);
		assay_tls_tally_tell(job, s->port, matter_fields[i], t);
	}
}

static void
next(struct assay_job *job, struct state *s)
{
	while (s->at < s->nsteps) {
		if (s->steps[s->at].version != s->version)
			begin_version(s);
		s->is_whole = !has_ticket(s);
		if (s->is_whole || s->steps[s->at].ask != ASK_KEEP) {
			ask(job, s);
			return;
		}
		keep_for_others(s);
		s->at++;
	}
	end_port(job, s);
	assay_tls_ports_go_on(s->ports);
}

static bool
on_port(struct assay_job *job, void *arg, struct assay_subject port,
    const struct tls_enumerate *plan)
{
	struct state *s = arg;
	size_t i;

	if (!plan->is_tls)
		return false;
	s->port = port;
	s->nsteps = s->at = s->tries = 0;
	s->version = 0;
	memset(s->key, 0, sizeof(s->key));
	for (i = 0; i < MATTERS; i++)
		assay_tls_tally_begin(&s->tally[i]);
	make_plan(s, plan);
	if (s->nsteps == 0) {
		end_port(job, s);
		return false;
	}
	next(job, s);
	return true;
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
	const char *fields[MATTERS + 1] = { NULL };
	const struct assay_tls_claim claim = { "TLS-S10", ASSAY_BEHAVIOUR,
		fields,
		{ [ASSAY_TLS_PRESENT] = "tickets.taken",
		    [ASSAY_TLS_POSSIBLE] = "tickets.to_weigh",
		    [ASSAY_TLS_UNTOLD] = "tickets.unknown",
		    [ASSAY_TLS_ABSENT] = "tickets.good" } };

	memcpy(fields, matter_fields, sizeof(matter_fields));
	assay_tls_claims_judge(job, &claim, 1);
}

static const struct assay_claim claims[] = {
	{ "TLS-S10", ASSAY_BEHAVIOUR },
	{ .check = NULL },
};

static const struct assay_param params[] = {
	ASSAY_TLS_PORTS_PARAMS,
	{ .name = NULL },
};

static const struct assay_field observations[] = {
	ASSAY_TLS_PORTS_FIELDS,
	{ "tickets.control", ASSAY_TYPE_STRING, "",
	    "absent: an unchanged ticket resumes, first and last, or none is "
	    "given; unknown: it does not" },
	{ "tickets.lifetime", ASSAY_TYPE_STRING, "",
	    "how long a ticket lives; present: over a week in TLS 1.3; "
	    "possible: before that" },
	{ "tickets.changed", ASSAY_TYPE_STRING, "",
	    "present: a changed or forged ticket resumes" },
	{ "tickets.foreign", ASSAY_TYPE_STRING, "",
	    "present: the ticket of a port with another key resumes; "
	    "possible: that of one with the same key" },
	{ "tickets.extended_secret", ASSAY_TYPE_STRING, "",
	    "present: a session resumes with the extended master secret left "
	    "out or added" },
	{ "tls.keys", ASSAY_TYPE_STRING, "",
	    "a session's secrets, to read its frames: lines of an "
	    "SSLKEYLOGFILE, each ended by a semicolon" },
	{ .name = NULL },
};

#define VALUES ASSAY_TLS_MATTER_VALUES
static const struct assay_reason reasons[] = {
	{ "tickets.taken", VALUES },
	{ "tickets.to_weigh", VALUES },
	{ "tickets.unknown", VALUES },
	{ "tickets.good", VALUES },
	ASSAY_TLS_REASONS(VALUES),
	{ .code = NULL },
};

static const char *const resources[] = { "dut:load exclusive", NULL };

const struct assay_probe assay_probe = {
	.abi = ASSAY_ABI,
	.size = sizeof(struct assay_probe),
	.name = "tls.tickets",
	.title = "A session ticket resumes unchanged, at its own port and "
		 "within a week alone.",
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
