/*
 * asks: hellos, and the flaws that a first answer shows.
 *
 * Each hello offers the suites of one flaw alone, so that whatever is chosen
 * has it.
 */
#include <stdio.h>
#include <string.h>

#include "probes/tls_flaws/parts.h"
#include "protocols/tls_ask.h"
#include "protocols/tls_hello.h"
#include "protocols/tls_names.h"

#define SUITES_MAX 128
#define DH_LEAST 1024 /* bits; below, anybody breaks it: weakdh.org */

const char *
flaws_ask_name(enum ask ask)
{
	static const char *const names[] = {
		[ASK_EXPORT_RSA] = "export suites of RSA",
		[ASK_EXPORT_DHE] = "export suites of Diffie-Hellman",
		[ASK_BLOCK64] = "ciphers of 64-bit blocks",
		[ASK_DHE] = "suites of Diffie-Hellman",
		[ASK_DHE_AGAIN] = "the same again",
		[ASK_SSL3_CBC] = "SSL 3 with CBC",
		[ASK_CBC] = "CBC, with encrypt-then-MAC",
		[ASK_ALIVE] = "an ordinary hello at the end",
		[ASK_HEARTBEAT] = "a heartbeat that claims too much",
		[ASK_CCS] = "ChangeCipherSpec before there are keys",
		[ASK_RSA] = "a key exchange",
		[ASK_RSA_2] = "a key exchange and nothing more",
		[ASK_FINISHED] = "a whole handshake with CBC",
		[ASK_FINISHED_SPOILT] = "Finished with wrong padding",
		[ASK_TICKET] = "a whole handshake for a ticket",
		[ASK_RESUME] = "the ticket with a short identifier",
	};

	return names[ask];
}

/* ---- which suites ---- */

static bool
is_asked_for(enum ask ask, const struct tls_suite *is)
{
	switch (ask) {
	case ASK_EXPORT_RSA:
		return is->is_export && is->exchange == TLS_KX_RSA;
	case ASK_EXPORT_DHE:
		return is->is_export && is->exchange == TLS_KX_DHE;
	case ASK_BLOCK64:
		return is->is_64bit_block && !is->is_export;
	case ASK_DHE:
	case ASK_DHE_AGAIN:
		return is->exchange == TLS_KX_DHE && !is->is_export &&
		    is->mode != TLS_MODE_NULL;
	case ASK_SSL3_CBC:
	case ASK_CBC:
		return is->mode == TLS_MODE_CBC && !is->is_export &&
		    (is->exchange == TLS_KX_RSA || is->exchange == TLS_KX_DHE ||
			is->exchange == TLS_KX_ECDHE);
	case ASK_RSA:
	case ASK_RSA_2:
		return is->exchange == TLS_KX_RSA && !is->is_export &&
		    is->mode != TLS_MODE_NULL;
	case ASK_ALIVE:
	case ASK_HEARTBEAT:
	case ASK_CCS:
	case ASK_FINISHED:
	case ASK_FINISHED_SPOILT:
	case ASK_TICKET:
	case ASK_RESUME:
		break;
	}
	return false;
}

/* Those of the table, or of what our own handshake speaks.  The newest first:
 * a list that is too long loses the oldest. */
static size_t
list_suites(const struct flaws_state *s, uint16_t out[SUITES_MAX])
{
	const struct flaws_step *step = flaws_step(s);
	const uint16_t *own;
	struct tls_suite is;
	size_t i, n = 0, nown;

	own = tls_session_suites(&nown);
	if (step->ask == ASK_ALIVE || step->ask == ASK_HEARTBEAT ||
	    step->ask == ASK_CCS)
		out[n++] = s->alive_suite;
	else if (step->ask >= ASK_FINISHED)
		for (i = 0; i < nown; i++) {
			if (step->version >=
				tls_session_least_version(own[i]) &&
			    (tls_session_is_cbc(own[i]) ||
				step->ask >= ASK_TICKET))
				out[n++] = own[i];
		}
	for (i = tls_suite_count(); i > 0 && n < SUITES_MAX; i--) {
		(void)tls_suite_of(tls_suite_id_at(i - 1), &is);
		if (is_asked_for(step->ask, &is) &&
		    (!is.needs_12 || step->version >= TLS_12))
			out[n++] = is.id;
	}
	return n;
}

/* ---- the hello ---- */

void
flaws_build(struct assay_job *job, struct flaws_state *s)
{
	static const uint8_t allowed[] = { 1 }; /* peer_allowed_to_send */
	static const struct tls_raw_extension heartbeat = { TLS_EXT_HEARTBEAT,
		allowed, sizeof(allowed) };
	const struct flaws_step *step = flaws_step(s);
	const char *host = assay_param_string(job, "host");
	uint16_t suites[SUITES_MAX];
	struct tls_hello_spec hello;
	const size_t n = list_suites(s, suites);

	tls_ask_begin(
	    &hello, step->version, suites, n, host[0] != '\0' ? host : NULL);
	flaws_chance(job, hello.random, sizeof(hello.random));
	if (step->ask == ASK_HEARTBEAT && step->version > TLS_SSL3) {
		hello.raw = &heartbeat;
		hello.nraw = 1;
	}
	hello.encrypt_then_mac = step->ask == ASK_CBC;
	hello.extended_master_secret = step->ask >= ASK_FINISHED;
	hello.session_ticket = step->ask >= ASK_TICKET;
	if (step->ask == ASK_RESUME) {
		flaws_chance(job, s->session_id, sizeof(s->session_id));
		hello.session_id = s->session_id;
		hello.nsession_id = sizeof(s->session_id);
		hello.ticket = s->ticket;
		hello.nticket = s->nticket;
	}
	s->nhello = tls_hello_build(&hello, s->hello, sizeof(s->hello));
}

/* ---- what came ---- */

static void
hear_chosen(struct flaws_state *s, const struct tls_reply *r, enum flaw flaw,
    const struct assay_frames *f)
{
	struct tls_suite suite;
	char text[100];

	(void)tls_suite_of(r->suite, &suite);
	snprintf(text, sizeof(text), "takes %s", suite.name);
	flaws_note(s, flaw, ASSAY_TLS_PRESENT, text, f);
}

/* The same public value twice: RFC 7919 section 5.1, CVE-2020-1968. */
static void
hear_dhe_again(struct flaws_state *s, const struct tls_reply *r,
    const struct assay_frames *f)
{
	const bool same = r->has_key && s->ndhe_point > 0 &&
	    r->key.point.n == s->ndhe_point &&
	    memcmp(r->key.point.p, s->dhe_point, s->ndhe_point) == 0;

	if (!r->has_key || s->ndhe_point == 0)
		flaws_note(
		    s, FLAW_RACCOON, ASSAY_TLS_UNTOLD, "no key was read", f);
	else if (same)
		flaws_note(s, FLAW_RACCOON, ASSAY_TLS_POSSIBLE,
		    "uses a key of Diffie-Hellman again", f);
	else
		flaws_note(s, FLAW_RACCOON, ASSAY_TLS_ABSENT,
		    "makes a new key each time", f);
}

static void
hear_dhe(struct flaws_state *s, const struct tls_reply *r,
    const struct assay_frames *f)
{
	enum assay_tls_matter is = ASSAY_TLS_ABSENT;
	char text[64];

	s->ndhe_point = 0;
	if (!r->has_key || r->key.bits == 0) {
		flaws_note(
		    s, FLAW_LOGJAM, ASSAY_TLS_UNTOLD, "no prime was read", f);
		return;
	}
	if (r->key.point.n <= sizeof(s->dhe_point)) {
		memcpy(s->dhe_point, r->key.point.p, r->key.point.n);
		s->ndhe_point = r->key.point.n;
	}
	snprintf(text, sizeof(text), "takes a prime of %u bits", r->key.bits);
	if (r->key.bits < DH_LEAST)
		is = ASSAY_TLS_PRESENT;
	else if (r->key.bits == DH_LEAST)
		is = ASSAY_TLS_POSSIBLE;
	flaws_note(s, FLAW_LOGJAM, is, text, f);
}

static void
hear_mac(struct flaws_state *s, const struct tls_reply *r,
    const struct assay_frames *f)
{
	s->cbc_version = flaws_step(s)->version;
	if (r->hello.encrypt_then_mac)
		flaws_note(s, FLAW_LUCKY13, ASSAY_TLS_ABSENT,
		    "takes CBC with encrypt-then-MAC", f);
	else
		flaws_note(s, FLAW_LUCKY13, ASSAY_TLS_POSSIBLE,
		    "takes CBC without encrypt-then-MAC, and its timing is "
		    "not measured",
		    f);
}

static enum flaw
flaw_of(enum ask ask)
{
	switch (ask) {
	case ASK_EXPORT_RSA:
		return FLAW_FREAK;
	case ASK_EXPORT_DHE:
	case ASK_DHE:
		return FLAW_LOGJAM;
	case ASK_BLOCK64:
		return FLAW_SWEET32;
	case ASK_DHE_AGAIN:
		return FLAW_RACCOON;
	case ASK_SSL3_CBC:
		return FLAW_POODLE_SSL;
	case ASK_CBC:
		return FLAW_LUCKY13;
	case ASK_HEARTBEAT:
		return FLAW_HEARTBLEED;
	case ASK_CCS:
		return FLAW_CCS;
	case ASK_RSA:
	case ASK_RSA_2:
		return FLAW_ROBOT;
	case ASK_FINISHED:
	case ASK_FINISHED_SPOILT:
		return FLAW_POODLE_TLS;
	case ASK_TICKET:
	case ASK_RESUME:
		return FLAW_TICKETBLEED;
	case ASK_ALIVE:
		break;
	}
	return FLAW_ALIVE;
}

/* RFC 5077 section 3.4: whoever resumes by a ticket says the identifier that it
 * was sent, of whatever length. */
static void
hear_resumed(struct flaws_state *s, const struct tls_reply *r,
    const struct assay_frames *f)
{
	const struct tls_span id = r->hello.session_id;
	const size_t n = sizeof(s->session_id);
	const bool begins = id.n >= n && memcmp(id.p, s->session_id, n) == 0;

	if (begins && id.n > n)
		flaws_note(s, FLAW_TICKETBLEED, ASSAY_TLS_PRESENT,
		    "answers an identifier of 16 bytes by a longer one that "
		    "begins like it",
		    f);
	else
		flaws_note(s, FLAW_TICKETBLEED, ASSAY_TLS_ABSENT,
		    begins ? "says the identifier that it was sent"
			   : "does not resume by it",
		    f);
}

static void
hear_choice(struct flaws_state *s, const struct tls_reply *r,
    const struct assay_frames *f)
{
	const enum ask ask = flaws_step(s)->ask;

	switch (ask) {
	case ASK_EXPORT_RSA:
	case ASK_EXPORT_DHE:
	case ASK_BLOCK64:
	case ASK_SSL3_CBC:
		hear_chosen(s, r, flaw_of(ask), f);
		break;
	case ASK_DHE:
		hear_dhe(s, r, f);
		break;
	case ASK_DHE_AGAIN:
		hear_dhe_again(s, r, f);
		break;
	case ASK_CBC:
		hear_mac(s, r, f);
		break;
	case ASK_ALIVE:
		flaws_note(s, FLAW_ALIVE, ASSAY_TLS_ABSENT,
		    "is still taken at the end", f);
		break;
	case ASK_RESUME:
		hear_resumed(s, r, f);
		break;
	case ASK_HEARTBEAT:
	case ASK_CCS:
	case ASK_RSA:
	case ASK_RSA_2:
	case ASK_FINISHED:
	case ASK_FINISHED_SPOILT:
	case ASK_TICKET:
		flaws_note(s, flaw_of(ask), ASSAY_TLS_UNTOLD,
		    "no handshake of ours could go on", f);
		break;
	}
}

/* What was taken before, or is not all that a flaw may be in. */
static const char *
doubt_of_refusal(const struct flaws_state *s)
{
	const struct flaws_step *step = flaws_step(s);

	switch (step->ask) {
	case ASK_ALIVE:
	case ASK_HEARTBEAT:
	case ASK_CCS:
	case ASK_DHE_AGAIN:
	case ASK_RSA_2:
	case ASK_FINISHED_SPOILT:
		return "what was taken is refused now";
	case ASK_RSA:
		return step->block + step->round > 0
		    ? "what was taken is refused now"
		    : NULL;
	case ASK_FINISHED:
		return s->cbc_version == step->version
		    ? "takes CBC, but none that a handshake of ours speaks"
		    : NULL;
	case ASK_TICKET:
		return "takes nothing that a handshake of ours speaks";
	case ASK_EXPORT_RSA:
	case ASK_EXPORT_DHE:
	case ASK_BLOCK64:
	case ASK_DHE:
	case ASK_SSL3_CBC:
	case ASK_CBC:
	case ASK_RESUME:
		break;
	}
	return NULL;
}

/* Nothing of the kind is there, so neither is what it leads to. */
static void
hear_refusal(struct flaws_state *s, const struct assay_frames *f)
{
	const enum ask ask = flaws_step(s)->ask;
	const char *doubt = doubt_of_refusal(s);

	flaws_note(s, flaw_of(ask),
	    doubt != NULL ? ASSAY_TLS_UNTOLD : ASSAY_TLS_ABSENT,
	    doubt != NULL ? doubt : "is refused", f);
	if (ask == ASK_DHE) {
		flaws_note(
		    s, FLAW_RACCOON, ASSAY_TLS_ABSENT, "takes no such key", f);
		flaws_skip(s, ASK_DHE_AGAIN);
	} else if (ask == ASK_RSA) {
		flaws_skip(s, ASK_RSA);
		flaws_skip(s, ASK_RSA_2);
	} else if (ask == ASK_FINISHED) {
		flaws_skip(s, ASK_FINISHED_SPOILT);
	} else if (ask == ASK_TICKET) {
		flaws_skip(s, ASK_RESUME);
	}
}

bool
flaws_hear_first(struct flaws_state *s, const struct assay_talked *t,
    const struct assay_frames *f)
{
	const bool is_last = s->tries > 0;
	struct tls_reply r = { .outcome = TLS_LOST };

	if (t->end <= ASSAY_TALK_QUIET && !t->withheld)
		tls_reply_read(&r, t->heard, t->nheard,
		    t->end == ASSAY_TALK_CLOSED, s->room);
	switch (r.outcome) {
	case TLS_CHOSE:
		/* It may not have come to the end of its flight. */
		if (flaws_step(s)->ask >= ASK_HEARTBEAT &&
		    flaws_step(s)->ask != ASK_RESUME && !is_last)
			return false;
		hear_choice(s, &r, f);
		return true;
	case TLS_REFUSED:
		hear_refusal(s, f);
		return true;
	case TLS_CLOSED: /* twice, it is a refusal */
		if (is_last)
			hear_refusal(s, f);
		return is_last;
	case TLS_SILENT:
	case TLS_STRANGE:
	case TLS_LOST:
		break;
	}
	if (is_last)
		flaws_note(s, flaw_of(flaws_step(s)->ask), ASSAY_TLS_UNTOLD,
		    "no answer to the hello", f);
	return is_last;
}
