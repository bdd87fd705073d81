/*
 * handshake: what is said behind a server's first flight, and what it shows.
 *
 * Each second flight has one thing wrong.  It goes out as soon as the first one
 * of the server is whole, so that a device is asked as fast as it answers.
 */
#include <stdio.h>
#include <string.h>

#include "probes/tls_flaws/parts.h"
#include "protocols/bytes.h"

#define CLAIMED 64 /* bytes that a heartbeat says to have */
#define BROUGHT 16 /* and those it has */
#define HEARTBEAT_RESPONSE 2
#define FINISHED_RECORD 64 /* of chance, where nobody can read it */

/* ---- records ---- */

static size_t
put_record(uint8_t *out, enum tls_content type, uint16_t version,
    const void *body, size_t n)
{
	out[0] = (uint8_t)type;
	put_u16(out + 1, version);
	put_u16(out + 3, (uint16_t)n);
	memcpy(out + TLS_RECORD_HEADER, body, n);
	return TLS_RECORD_HEADER + n;
}

static size_t
put_change(uint8_t *out, uint16_t version)
{
	return put_record(out, TLS_CHANGE_CIPHER_SPEC, version, "\1", 1);
}

/* A message in a record of its own, and into the handshake's hash. */
static size_t
put_message(struct flaws_state *s, uint8_t *out, uint16_t version,
    enum tls_message_type type, const void *body, size_t n)
{
	uint8_t message[TLS_HANDSHAKE_HEADER + TLS_SESSION_BLOCK_MAX + 8];

	message[0] = (uint8_t)type;
	message[1] = 0;
	put_u16(message + 2, (uint16_t)n);
	if (n > 0)
		memcpy(message + TLS_HANDSHAKE_HEADER, body, n);
	if (!tls_session_add(&s->session, message, TLS_HANDSHAKE_HEADER + n))
		return 0;
	return put_record(
	    out, TLS_HANDSHAKE, version, message, TLS_HANDSHAKE_HEADER + n);
}

/* ---- second flights ---- */

/* RFC 6520 section 4: a payload_length that is too large is discarded.  What is
 * behind it nobody takes, so that a live server has something to answer. */
static size_t
say_heartbeat(struct assay_job *job, uint16_t version, uint8_t *say)
{
	static const uint8_t nobodys[] = { 99, 0, 0, 0 };
	uint8_t body[3 + BROUGHT] = { 1, 0, CLAIMED };
	size_t n;

	flaws_chance(job, body + 3, BROUGHT);
	n = put_record(say, TLS_HEARTBEAT, version, body, sizeof(body));
	return n +
	    put_record(
		say + n, TLS_HANDSHAKE, version, nobodys, sizeof(nobodys));
}

/* RFC 5246 section 7.4.7.1: the encrypted premaster secret. */
static size_t
say_key(struct assay_job *job, struct flaws_state *s, const struct tls_reply *r,
    const uint8_t *block, uint8_t *say)
{
	uint8_t body[2 + TLS_SESSION_BLOCK_MAX], finished[FINISHED_RECORD];
	const size_t size = tls_session_rsa_size(r->certificate);
	const struct flaws_step *step = flaws_step(s);
	const size_t prefix = r->version == TLS_SSL3 ? 0 : 2;
	size_t n;

	put_u16(body, (uint16_t)size);
	if (!tls_session_rsa(r->certificate, block, body + prefix))
		return 0;
	n = put_message(
	    s, say, r->version, TLS_CLIENT_KEY_EXCHANGE, body, prefix + size);
	if (step->ask != ASK_RSA)
		return n;
	n += put_change(say + n, r->version);
	flaws_chance(job, finished, sizeof(finished));
	return n +
	    put_record(
		say + n, TLS_HANDSHAKE, r->version, finished, sizeof(finished));
}

static size_t
say_rsa(struct assay_job *job, struct flaws_state *s, const struct tls_reply *r,
    uint8_t *say)
{
	const struct flaws_step *step = flaws_step(s);
	const size_t size = tls_session_rsa_size(r->certificate);
	uint8_t block[TLS_SESSION_BLOCK_MAX];

	if (size == 0)
		return 0;
	flaws_rsa_block(job, step->block, step->version, block, size);
	return say_key(job, s, r, block, say);
}

/* ClientKeyExchange of our own handshake, and the secret that comes of it. */
static size_t
say_own_key(struct assay_job *job, struct flaws_state *s,
    const struct tls_reply *r, uint8_t *say)
{
	uint8_t block[TLS_SESSION_BLOCK_MAX], body[256];
	uint8_t premaster[TLS_SESSION_SECRET_MAX];
	size_t size, n, nbody;

	if (tls_session_is_rsa(r->suite)) {
		size = tls_session_rsa_size(r->certificate);
		if (size == 0)
			return 0;
		flaws_rsa_block(job, 0, flaws_step(s)->version, block, size);
		n = say_key(job, s, r, block, say);
		return n > 0 &&
			tls_session_keys(&s->session, block + size - 48, 48)
		    ? n
		    : 0;
	}
	if (!r->has_key)
		return 0;
	nbody =
	    tls_session_ecdhe(&r->key, body, sizeof(body), premaster, &size);
	if (nbody == 0)
		return 0;
	n = put_message(
	    s, say, r->version, TLS_CLIENT_KEY_EXCHANGE, body, nbody);
	return tls_session_keys(&s->session, premaster, size) ? n : 0;
}

static size_t
say_finished(struct assay_job *job, struct flaws_state *s,
    const struct tls_reply *r, uint8_t *say)
{
	static const uint8_t no_certificate[3] = { 0 };
	const enum tls_spoil spoil = flaws_step(s)->ask == ASK_FINISHED_SPOILT
	    ? TLS_SPOIL_PADDING
	    : TLS_SPOIL_NONE;
	uint8_t finished[TLS_HANDSHAKE_HEADER + TLS_FINISHED_SIZE] = {
		TLS_FINISHED, 0, 0, TLS_FINISHED_SIZE
	};
	uint8_t chance[16];
	const struct tls_session_plain plain = { TLS_HANDSHAKE, finished,
		sizeof(finished), chance, spoil };
	size_t n = 0, key, sealed;

	if (r->asks_certificate)
		n = put_message(s, say, r->version, TLS_CERTIFICATE,
		    no_certificate, sizeof(no_certificate));
	key = say_own_key(job, s, r, say + n);
	if (key == 0)
		return 0;
	n += key;
	n += put_change(say + n, r->version);
	flaws_chance(job, chance, sizeof(chance));
	if (!tls_session_finished(
		&s->session, TLS_CLIENT, finished + TLS_HANDSHAKE_HEADER))
		return 0;
	sealed = tls_session_seal(
	    &s->session, TLS_CLIENT, &plain, say + n, ASSAY_TALK_SAY_MAX - n);
	return sealed == 0 ? 0 : n + sealed;
}

/* Both randoms and what was said by now. */
static bool
begin_session(struct flaws_state *s, const struct tls_reply *r,
    const uint8_t *heard, size_t n)
{
	const bool is_own =
	    tls_session_begin(&s->session, r->version, r->suite);

	s->session.has_extended_secret = r->hello.extended_master_secret;
	memcpy(s->session.random[TLS_CLIENT],
	    s->hello + TLS_RECORD_HEADER + TLS_HANDSHAKE_HEADER + 2, 32);
	memcpy(s->session.random[TLS_SERVER], r->hello.random, 32);
	return tls_session_add_records(&s->session, s->hello, s->nhello) &&
	    tls_session_add_records(&s->session, heard, n) && is_own;
}

static size_t
say_second(struct assay_job *job, struct flaws_state *s,
    const struct tls_reply *r, const uint8_t *heard, size_t n, uint8_t *say)
{
	const bool is_own = begin_session(s, r, heard, n);

	switch (flaws_step(s)->ask) {
	case ASK_HEARTBEAT:
		return say_heartbeat(job, r->version, say);
	case ASK_CCS:
		return put_change(say, r->version);
	case ASK_RSA:
	case ASK_RSA_2:
		return say_rsa(job, s, r, say);
	case ASK_FINISHED:
	case ASK_FINISHED_SPOILT:
	case ASK_TICKET:
		return is_own ? say_finished(job, s, r, say) : 0;
	case ASK_RESUME:
	case ASK_EXPORT_RSA:
	case ASK_EXPORT_DHE:
	case ASK_BLOCK64:
	case ASK_DHE:
	case ASK_DHE_AGAIN:
	case ASK_SSL3_CBC:
	case ASK_CBC:
	case ASK_ALIVE:
		break;
	}
	return 0;
}

size_t
flaws_answer(struct assay_job *job, struct flaws_state *s, const uint8_t *heard,
    size_t n, uint8_t *say)
{
	const enum ask ask = flaws_step(s)->ask;
	struct tls_reply r;
	size_t size;

	if (ask < ASK_HEARTBEAT || ask == ASK_RESUME || s->gave_up)
		return 0;
	if (s->spoke == 0) {
		tls_reply_read(&r, heard, n, false, s->room);
		if (r.outcome != TLS_CHOSE || !r.is_whole)
			return 0;
		size = say_second(job, s, &r, heard, n, say);
		s->gave_up = size == 0;
		s->spoke = s->gave_up ? 0 : 1;
		s->mark = n;
		return size;
	}
	/* A pause: it has no word against the first one. */
	if (s->spoke == 1 && ask == ASK_CCS && n == s->mark) {
		s->spoke = 2;
		return put_change(say, flaws_step(s)->version);
	}
	return 0;
}

/* ---- what came to them ---- */

struct after {
	bool alerted, changed, has_heartbeat;
	uint8_t alert;
	size_t heartbeat;       /* bytes of its record */
	struct tls_span ticket; /* of a NewSessionTicket */
};

static void
read_message(struct after *a, const struct tls_record *r)
{
	struct reader in = reader_over(r->body, r->size);
	size_t n;

	if (reader_u8(&in) != TLS_NEW_SESSION_TICKET)
		return;
	(void)reader_take(&in, 3 + 4); /* length, lifetime */
	n = reader_u16(&in);
	a->ticket.p = reader_take(&in, n);
	a->ticket.n = a->ticket.p == NULL ? 0 : n;
}

static void
read_after(struct after *a, const uint8_t *bytes, size_t n)
{
	struct tls_record r;
	size_t at = 0;

	memset(a, 0, sizeof(*a));
	while (tls_record_next(bytes, n, &at, &r) == 1 && !a->changed) {
		if (r.type == TLS_ALERT && r.size == 2 && !a->alerted) {
			a->alerted = true;
			a->alert = r.body[1];
		} else if (r.type == TLS_CHANGE_CIPHER_SPEC) {
			a->changed = true;
		} else if (r.type == TLS_HEARTBEAT && r.size > 3 &&
		    r.body[0] == HEARTBEAT_RESPONSE) {
			a->has_heartbeat = true;
			a->heartbeat = r.size;
		} else if (r.type == TLS_HANDSHAKE && a->ticket.p == NULL) {
			read_message(a, &r);
		}
	}
}

bool
flaws_is_enough(struct flaws_state *s, const uint8_t *heard, size_t n)
{
	struct after a;

	if (s->gave_up)
		return true;
	if (s->spoke == 0)
		return tls_reply_is_enough(
		    heard, n, flaws_step(s)->ask == ASK_RESUME, s->room);
	read_after(&a, heard + s->mark, n - s->mark);
	return a.alerted || a.changed || a.has_heartbeat;
}

static bool
hear_heartbeat(struct flaws_state *s, const struct after *a, bool closed,
    const struct assay_frames *f)
{
	char text[100];

	if (a->has_heartbeat && a->heartbeat > 3 + CLAIMED) {
		snprintf(text, sizeof(text),
		    "answers a heartbeat of %d bytes by one of %zu", BROUGHT,
		    a->heartbeat - 3);
		flaws_note(s, FLAW_HEARTBLEED, ASSAY_TLS_PRESENT, text, f);
		return true;
	}
	if (!a->has_heartbeat && !a->alerted && !closed)
		return false;
	flaws_note(s, FLAW_HEARTBLEED, ASSAY_TLS_ABSENT,
	    "sends no more than it was sent", f);
	return true;
}

/* Whoever takes it has keys from then on: what comes next in clear is garbled
 * to him (bad_record_mac, decryption_failed). */
static bool
hear_change(struct flaws_state *s, const struct after *a, bool closed,
    const struct assay_frames *f)
{
	const bool garbled = a->alerted && (a->alert == 20 || a->alert == 21);

	if (s->spoke == 2 && garbled)
		flaws_note(s, FLAW_CCS, ASSAY_TLS_PRESENT,
		    "takes ChangeCipherSpec before there are keys", f);
	else if (a->alerted || (closed && s->spoke == 1))
		flaws_note(s, FLAW_CCS, ASSAY_TLS_ABSENT,
		    "refuses ChangeCipherSpec before there are keys", f);
	else
		return false;
	return true;
}

static bool
hear_rsa(struct flaws_state *s, const struct after *a, bool closed)
{
	const struct flaws_step *step = flaws_step(s);
	uint16_t *to =
	    &s->rsa[step->ask == ASK_RSA_2][step->round][step->block];

	if (a->alerted)
		*to = (uint16_t)(RSA_ALERT + a->alert);
	else if (a->changed)
		*to = RSA_TAKEN;
	else
		*to = closed ? RSA_CLOSED : RSA_SILENT;
	return true;
}

static bool
hear_finished(struct flaws_state *s, const struct after *a, bool closed,
    const struct assay_frames *f)
{
	const bool is_spoilt = flaws_step(s)->ask == ASK_FINISHED_SPOILT;

	if (is_spoilt && a->changed)
		flaws_note(s, FLAW_POODLE_TLS, ASSAY_TLS_PRESENT,
		    "takes a Finished whose padding is wrong", f);
	else if (is_spoilt && (a->alerted || closed))
		flaws_note(s, FLAW_POODLE_TLS, ASSAY_TLS_ABSENT,
		    "refuses a Finished whose padding is wrong", f);
	else if (!is_spoilt && a->changed)
		flaws_note(s, FLAW_POODLE_TLS, ASSAY_TLS_ABSENT,
		    "takes the same handshake without a fault", f);
	else
		return false;
	return true;
}

static bool
hear_ticket(
    struct flaws_state *s, const struct after *a, const struct assay_frames *f)
{
	if (!a->changed || a->ticket.n > sizeof(s->ticket))
		return false;
	s->nticket = a->ticket.n;
	if (s->nticket > 0)
		memcpy(s->ticket, a->ticket.p, s->nticket);
	if (s->nticket > 0)
		return true;
	flaws_note(s, FLAW_TICKETBLEED, ASSAY_TLS_ABSENT, "gives no ticket", f);
	flaws_skip(s, ASK_RESUME);
	return true;
}

/* What no answer leaves open; nothing that rests on it is asked. */
static void
give_up(
    struct flaws_state *s, const struct after *a, const struct assay_frames *f)
{
	const enum ask ask = flaws_step(s)->ask;
	const char *name = a->alerted ? tls_alert_name(a->alert) : NULL;
	enum flaw flaw = FLAW_TICKETBLEED;
	char text[100];

	if (ask == ASK_HEARTBEAT)
		flaw = FLAW_HEARTBLEED;
	else if (ask == ASK_CCS)
		flaw = FLAW_CCS;
	else if (ask == ASK_FINISHED || ask == ASK_FINISHED_SPOILT)
		flaw = FLAW_POODLE_TLS;
	snprintf(text, sizeof(text), "a handshake of ours came to %s",
	    name != NULL ? name : "no end");
	flaws_note(s, flaw, ASSAY_TLS_UNTOLD, text, f);
	if (ask == ASK_FINISHED)
		flaws_skip(s, ASK_FINISHED_SPOILT);
	if (ask == ASK_TICKET)
		flaws_skip(s, ASK_RESUME);
}

bool
flaws_hear_second(struct flaws_state *s, const struct assay_talked *t,
    const struct assay_frames *f)
{
	const enum ask ask = flaws_step(s)->ask;
	const bool closed = t->end == ASSAY_TALK_CLOSED;
	struct after a;
	bool told = false;

	read_after(&a, t->heard + s->mark, t->nheard - s->mark);
	if (ask == ASK_HEARTBEAT)
		told = hear_heartbeat(s, &a, closed, f);
	else if (ask == ASK_CCS)
		told = hear_change(s, &a, closed, f);
	else if (ask == ASK_RSA || ask == ASK_RSA_2)
		told = hear_rsa(s, &a, closed);
	else if (ask == ASK_TICKET)
		told = hear_ticket(s, &a, f);
	else
		told = hear_finished(s, &a, closed, f);
	if (!told && s->tries > 0)
		give_up(s, &a, f);
	return told || s->tries > 0;
}
