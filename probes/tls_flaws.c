/*
 * tls.flaws: none of the flaws of TLS servers that have a name is there.
 *
 * TLS-S13.  At each TLS port: DROWN, POODLE (SSL 3 with CBC), FREAK, Logjam,
 * Sweet32 by what a hello of their suites alone is answered with; Heartbleed,
 * early ChangeCipherSpec (CVE-2014-0224), ROBOT, POODLE of TLS (CVE-2014-8730)
 * and Ticketbleed (CVE-2016-9244) by a handshake of our own with one thing
 * wrong.  Raccoon is told by a public value that comes again, Lucky13 by timing
 * alone, so both are reported.  A port that no longer takes a hello at the end
 * passes nothing.
 */
#include <stdio.h>
#include <string.h>

#include "probes/probe.h"
#include "probes/tls_flaws/parts.h"

#define TRIES 2 /* of what stays unanswered */

const char *const flaw_fields[FLAWS] = {
	[FLAW_DROWN] = "flaw.drown",
	[FLAW_POODLE_SSL] = "flaw.poodle_ssl",
	[FLAW_FREAK] = "flaw.freak",
	[FLAW_LOGJAM] = "flaw.logjam",
	[FLAW_SWEET32] = "flaw.sweet32",
	[FLAW_RACCOON] = "flaw.raccoon",
	[FLAW_LUCKY13] = "flaw.lucky13",
	[FLAW_HEARTBLEED] = "flaw.heartbleed",
	[FLAW_CCS] = "flaw.early_ccs",
	[FLAW_ROBOT] = "flaw.robot",
	[FLAW_POODLE_TLS] = "flaw.poodle_tls",
	[FLAW_TICKETBLEED] = "flaw.ticketbleed",
	[FLAW_ALIVE] = "flaw.control",
};

const struct flaws_step *
flaws_step(const struct flaws_state *s)
{
	return &s->steps[s->at];
}

void
flaws_chance(struct assay_job *job, uint8_t *out, size_t n)
{
	uint64_t chance = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (i % sizeof(chance) == 0)
			chance = assay_random(job);
		out[i] = (uint8_t)(chance >> 8 * (i % sizeof(chance)));
	}
}

void
flaws_skip(struct flaws_state *s, enum ask ask)
{
	const uint16_t version = flaws_step(s)->version;
	size_t i, kept = s->at + 1;

	for (i = kept; i < s->nsteps; i++)
		if (s->steps[i].ask != ask || s->steps[i].version != version)
			s->steps[kept++] = s->steps[i];
	s->nsteps = kept;
}

void
flaws_note(struct flaws_state *s, enum flaw flaw, enum assay_tls_matter is,
    const char *text, const struct assay_frames *f)
{
	char line[160];

	snprintf(line, sizeof(line), "%s %s",
	    tls_version_name(flaws_step(s)->version), text);
	assay_tls_tally_add(&s->tally[flaw], is, line, f);
}

/* ---- what is asked of a port ---- */

static void
add(struct flaws_state *s, enum ask ask, uint16_t version)
{
	if (s->nsteps < STEPS_MAX)
		s->steps[s->nsteps++] =
		    (struct flaws_step){ .ask = ask, .version = version };
}

static void
add_rsa(struct flaws_state *s, enum ask ask, uint16_t version)
{
	uint8_t round, block;

	for (round = 0; round < RSA_ROUNDS; round++)
		for (block = 0; block < RSA_BLOCKS; block++) {
			add(s, ask, version);
			s->steps[s->nsteps - 1].round = round;
			s->steps[s->nsteps - 1].block = block;
		}
}

static void
plan_version(struct flaws_state *s, uint16_t version)
{
	add(s, ASK_EXPORT_RSA, version);
	add(s, ASK_EXPORT_DHE, version);
	add(s, ASK_BLOCK64, version);
	add(s, ASK_DHE, version);
	add(s, ASK_DHE_AGAIN, version);
	if (version == TLS_SSL3) {
		add(s, ASK_SSL3_CBC, version);
		return;
	}
	add(s, ASK_CBC, version);
	add(s, ASK_FINISHED, version);
	add(s, ASK_FINISHED_SPOILT, version);
}

/* What does not depend on the version, at the highest that has it. */
static void
plan_top(struct flaws_state *s, uint16_t version)
{
	add(s, ASK_HEARTBEAT, version);
	add(s, ASK_CCS, version);
	add_rsa(s, ASK_RSA, version);
	add_rsa(s, ASK_RSA_2, version);
	if (version == TLS_SSL3)
		return;
	add(s, ASK_TICKET, version);
	add(s, ASK_RESUME, version);
}

static void
make_plan(struct flaws_state *s, const struct tls_enumerate *plan)
{
	const struct tls_version_taken *v;
	uint16_t top = 0;
	size_t i;

	for (i = 1; i < TLS_ENUMERATE_VERSIONS; i++) {
		v = &plan->versions[i];
		if (v->taken != TLS_TAKEN || v->n == 0)
			continue;
		if (v->version < TLS_13) {
			plan_version(s, v->version);
			top = v->version;
		}
		if (v->version < TLS_13 || s->alive_version == 0) {
			s->alive_version = v->version;
			s->alive_suite = v->suites[0];
		}
	}
	if (top != 0)
		plan_top(s, top);
	if (s->alive_version != 0)
		add(s, ASK_ALIVE, s->alive_version);
}

/* SSL 2 was asked by the hellos that found the port; its frames are theirs. */
static void
note_ssl2(struct flaws_state *s, const struct tls_version_taken *v)
{
	if (v->taken == TLS_TAKEN)
		assay_tls_tally_add(&s->tally[FLAW_DROWN], ASSAY_TLS_PRESENT,
		    "takes SSLv2", &s->ssl2_frames);
	else
		assay_tls_tally_add(&s->tally[FLAW_DROWN],
		    v->taken == TLS_NOT_TAKEN ? ASSAY_TLS_ABSENT
					      : ASSAY_TLS_UNTOLD,
		    "SSLv2 is not taken", NULL);
}

/* ---- asking ---- */

static void ask(struct assay_job *job, struct flaws_state *s);

static void
end_port(struct assay_job *job, struct flaws_state *s)
{
	struct assay_tls_tally *t;
	size_t i;

	flaws_rsa_weigh(s);
	for (i = 0; i < FLAWS; i++) {
		t = &s->tally[i];
		if (t->used == 0)
			assay_tls_tally_add(t, ASSAY_TLS_ABSENT,
			    "takes no version that has it", NULL);
		assay_tls_tally_tell(job, s->port, flaw_fields[i], t);
	}
}

static size_t
answer(void *arg, const uint8_t *heard, size_t n, uint8_t *say)
{
	struct flaws_state *s = arg;

	return flaws_answer(s->job, s, heard, n, say);
}

static bool
is_enough(void *arg, const uint8_t *heard, size_t n)
{
	return flaws_is_enough(arg, heard, n);
}

static void
on_talked(struct assay_job *job, void *arg, const struct assay_talked *t)
{
	struct flaws_state *s = arg;
	const struct flaws_step *step = flaws_step(s);
	const bool is_rsa = step->ask == ASK_RSA || step->ask == ASK_RSA_2;
	const struct assay_frames f = assay_frames_of(ASSAY_TCP, s->port.target,
	    t->local_port, s->port.port, flaws_ask_name(step->ask));
	bool done;

	done = s->spoke > 0 ? flaws_hear_second(s, t, &f)
			    : flaws_hear_first(s, t, &f);
	if (!done) {
		s->tries++;
		ask(job, s);
		return;
	}
	if (is_rsa) {
		s->rsa_frames[step->ask == ASK_RSA_2][step->block] = f;
		flaws_rsa_after(s);
	}
	s->tries = 0;
	s->at++;
	if (s->at < s->nsteps) {
		ask(job, s);
		return;
	}
	end_port(job, s);
	assay_tls_ports_go_on(s->ports);
}

static void
ask(struct assay_job *job, struct flaws_state *s)
{
	const bool is_silence = flaws_step(s)->ask == ASK_RSA_2;
	struct assay_talk_spec talk = { .transport = ASSAY_TCP,
		.target = s->port.target,
		.port = s->port.port,
		.say = s->hello,
		.connect_ns = assay_param_ns(job, "handshake"),
		.listen_ns =
		    assay_param_ns(job, is_silence ? "silence" : "answer"),
		.quiet_ns =
		    assay_param_ns(job, is_silence ? "silence" : "answer"),
		.max = TLS_REPLY_ROOM,
		.is_enough = is_enough,
		.answer = answer,
		.on_end = on_talked,
		.arg = s };

	flaws_build(job, s);
	s->mark = s->spoke = 0;
	s->gave_up = false;
	talk.nsay = s->nhello;
	assay_talk(job, &talk);
}

static bool
on_port(struct assay_job *job, void *arg, struct assay_subject port,
    const struct tls_enumerate *plan)
{
	struct flaws_state *s = arg;
	size_t i;

	if (!plan->is_tls)
		return false;
	s->job = job;
	s->port = port;
	s->nsteps = s->at = s->tries = s->ndhe_point = s->nticket = 0;
	s->alive_version = s->cbc_version = 0;
	memset(s->rsa, 0, sizeof(s->rsa));
	for (i = 0; i < FLAWS; i++)
		assay_tls_tally_begin(&s->tally[i]);
	note_ssl2(s, &plan->versions[0]);
	make_plan(s, plan);
	if (s->nsteps == 0) {
		end_port(job, s);
		return false;
	}
	ask(job, s);
	return true;
}

static void
on_chosen(struct assay_job *job, void *arg, struct assay_subject port,
    const struct tls_reply *r, const struct assay_frames *f)
{
	struct flaws_state *s = arg;

	(void)job;
	(void)port;
	if (r->version == TLS_SSL2)
		s->ssl2_frames = *f;
}

/* ---- the contract's functions ---- */

static void
run(struct assay_job *job)
{
	struct flaws_state *s = assay_state(job);
	const struct assay_tls_ports_spec spec = { .versions_only = true,
		.on_chosen = on_chosen,
		.on_port = on_port,
		.arg = s };

	assay_tls_ports_start(job, &spec);
}

static void
judge(struct assay_job *job)
{
	const char *fields[FLAWS + 1] = { NULL };
	const struct assay_tls_claim claim = { "TLS-S13", ASSAY_BEHAVIOUR,
		fields,
		{ [ASSAY_TLS_PRESENT] = "flaws.present",
		    [ASSAY_TLS_POSSIBLE] = "flaws.possible",
		    [ASSAY_TLS_UNTOLD] = "flaws.unknown",
		    [ASSAY_TLS_ABSENT] = "flaws.absent" } };

	memcpy(fields, flaw_fields, sizeof(flaw_fields));
	assay_tls_claims_judge(job, &claim, 1);
}

static const struct assay_claim claims[] = {
	{ "TLS-S13", ASSAY_BEHAVIOUR },
	{ .check = NULL },
};

static const struct assay_param params[] = {
	ASSAY_TLS_PORTS_PARAMS,
	{ "silence", ASSAY_PARAM_DURATION, "1s", 1000000, 60000000000, NULL,
	    "How long a server may think about a key exchange that nothing "
	    "follows (ROBOT)." },
	{ .name = NULL },
};

static const struct assay_field observations[] = {
	ASSAY_TLS_PORTS_FIELDS,
	{ "flaw.drown", ASSAY_TYPE_STRING, "", "SSL 2 is taken" },
	{ "flaw.poodle_ssl", ASSAY_TYPE_STRING, "",
	    "SSL 3 is taken with a suite of CBC" },
	{ "flaw.freak", ASSAY_TYPE_STRING, "",
	    "an export suite of RSA is taken" },
	{ "flaw.logjam", ASSAY_TYPE_STRING, "",
	    "Diffie-Hellman of export, or below 1,024 bits; possible: those" },
	{ "flaw.sweet32", ASSAY_TYPE_STRING, "",
	    "a cipher of 64-bit blocks is taken" },
	{ "flaw.raccoon", ASSAY_TYPE_STRING, "",
	    "possible: a key of Diffie-Hellman is used twice" },
	{ "flaw.lucky13", ASSAY_TYPE_STRING, "",
	    "possible: CBC without encrypt-then-MAC; its timing is not "
	    "measured" },
	{ "flaw.heartbleed", ASSAY_TYPE_STRING, "",
	    "a heartbeat is answered by more than it brought" },
	{ "flaw.early_ccs", ASSAY_TYPE_STRING, "",
	    "ChangeCipherSpec is taken before there are keys" },
	{ "flaw.robot", ASSAY_TYPE_STRING, "",
	    "key exchanges of wrong padding are answered otherwise" },
	{ "flaw.poodle_tls", ASSAY_TYPE_STRING, "",
	    "the padding of CBC is not checked in TLS" },
	{ "flaw.ticketbleed", ASSAY_TYPE_STRING, "",
	    "a short session identifier is answered by a longer one" },
	{ "flaw.control", ASSAY_TYPE_STRING, "",
	    "absent: the port takes a hello at the end; unknown: it does not" },
	{ .name = NULL },
};

#define VALUES ASSAY_TLS_MATTER_VALUES
static const struct assay_reason reasons[] = {
	{ "flaws.present", VALUES },
	{ "flaws.possible", VALUES },
	{ "flaws.unknown", VALUES },
	{ "flaws.absent", VALUES },
	ASSAY_TLS_REASONS(VALUES),
	{ .code = NULL },
};

static const char *const resources[] = { "dut:load exclusive", NULL };

const struct assay_probe assay_probe = {
	.abi = ASSAY_ABI,
	.size = sizeof(struct assay_probe),
	.name = "tls.flaws",
	.title = "None of the named flaws of TLS servers is there.",
	.method = 1,
	.claims = claims,
	.params = params,
	.observations = observations,
	.reasons = reasons,
	.resources = resources,
	.needs = ASSAY_NEED_LINK | ASSAY_NEED_TCP,
	.medium = ASSAY_MEDIUM_IP,
	.impact = ASSAY_MALFORMED,
	.timeout_ms = 3600000,
	.state_size = sizeof(struct flaws_state),
	.filter = "tcp or icmp or icmp6",
	.run = run,
	.on_frame = assay_tls_ports_on_frame,
	.judge = judge,
	.cancel = assay_tls_ports_cancel,
	.fini = assay_tls_ports_fini,
};
