/*
 * cleartext_replies: FTP, SMTP, POP3 and IMAP, which greet and then answer.
 *
 * A greeting alone says too little ("220 hello" may be FTP, SMTP or a joke), so
 * each is believed when it has answered a command in its own way as well.
 */
#include "protocols/cleartext_kinds.h"
#include "protocols/cleartext_lines.h"

struct rest {
	const uint8_t *p;
	size_t left;
};

/* "220", "220 text", "220-text"; 0: it is no such line. */
static unsigned
read_code(const struct line *l)
{
	if (l->n < 3 || l->p[0] < '1' || l->p[0] > '5' ||
	    !line_is_digit(l->p[1]) || !line_is_digit(l->p[2]))
		return 0;
	if (l->n > 3 && l->p[3] != ' ' && l->p[3] != '-')
		return 0;
	return (l->p[0] - '0') * 100u + (l->p[1] - '0') * 10u + (l->p[2] - '0');
}

/* A reply of one or more lines (RFC 959 section 4.2, RFC 5321 section 4.2.1);
 * its code, or 0. */
static unsigned
read_reply(struct rest *r)
{
	struct line l;
	unsigned code;

	if (!line_next(&r->p, &r->left, &l))
		return 0;
	code = read_code(&l);
	if (code == 0 || l.n == 3 || l.p[3] == ' ')
		return code;
	while (line_next(&r->p, &r->left, &l))
		if (read_code(&l) == code && (l.n == 3 || l.p[3] == ' '))
			break;
	return code;
}

static bool
is_asked(const struct cleartext_talk *t, const char *word)
{
	return line_begins(t->sent, t->nsent, word);
}

static bool
has_line(struct rest r, const char *word)
{
	struct line l;

	while (line_next(&r.p, &r.left, &l))
		if (line_begins(l.p, l.n, word))
			return true;
	return false;
}

enum greeter {
	SAYS_NEITHER = 0,
	SAYS_FTP,
	SAYS_SMTP
};

static enum greeter
greets_as(const uint8_t *p, size_t n)
{
	if (line_has(p, n, "ftp"))
		return SAYS_FTP;
	return line_has(p, n, "smtp") || line_has(p, n, "mail") ? SAYS_SMTP
								: SAYS_NEITHER;
}

/* What a command's reply is in one protocol alone. */
static const struct {
	const char *command;
	unsigned code;
	enum cleartext_kind kind;
} proofs[] = {
	{ "ehlo", 250, CLEARTEXT_SMTP },
	{ "helo", 250, CLEARTEXT_SMTP },
	{ "feat", 211, CLEARTEXT_FTP },
	{ "user", 331, CLEARTEXT_FTP },
	{ "user", 332, CLEARTEXT_FTP },
	{ "user", 230, CLEARTEXT_FTP },
	{ "user", 530, CLEARTEXT_FTP },
	{ "auth ", 234, CLEARTEXT_FTP },
};

/* What the reply to the client's first command shows, after the greeting. */
static enum cleartext_kind
tell_220(
    const struct cleartext_talk *t, const struct rest *greeting, unsigned code)
{
	const enum greeter says =
	    greets_as(t->heard, (size_t)(greeting->p - t->heard));
	bool known = false;
	size_t i;

	for (i = 0; i < sizeof(proofs) / sizeof(proofs[0]); i++) {
		if (!is_asked(t, proofs[i].command))
			continue;
		if (code == proofs[i].code)
			return proofs[i].kind;
		known = true;
	}
	/* A refusal is an answer too, of what it said it is. */
	if (!known || code < 400 || says == SAYS_NEITHER)
		return CLEARTEXT_GREETS_220;
	return says == SAYS_FTP ? CLEARTEXT_FTP : CLEARTEXT_SMTP;
}

static bool
read_220(const struct cleartext_talk *t, struct cleartext_seen *seen)
{
	struct rest r = { t->heard, t->nheard };
	struct rest greeting;
	unsigned code = read_reply(&r);

	if (code != 220 && code != 120 && code != 421 && code != 554)
		return false;
	greeting = r;
	code = read_reply(&r);
	seen->kind =
	    code == 0 ? CLEARTEXT_GREETS_220 : tell_220(t, &greeting, code);
	if (seen->kind == CLEARTEXT_SMTP)
		seen->offers_tls = has_line(greeting, "250-starttls") ||
		    has_line(greeting, "250 starttls");
	if (seen->kind == CLEARTEXT_FTP)
		seen->offers_tls = has_line(greeting, " auth tls") ||
		    has_line(greeting, " auth ssl") || code == 234;
	return true;
}

/* RFC 1939 section 3: "+OK" or "-ERR", and CAPA of RFC 2449. */
static bool
read_pop3(const struct cleartext_talk *t, struct cleartext_seen *seen)
{
	struct rest r = { t->heard, t->nheard };
	struct line l;

	if (!line_next(&r.p, &r.left, &l) || l.n < 3 ||
	    memcmp(l.p, "+OK", 3) != 0 || (l.n > 3 && l.p[3] != ' ') ||
	    !l.whole)
		return false;
	seen->kind = CLEARTEXT_GREETS_OK;
	seen->offers_tls = has_line(r, "stls");
	if (!line_next(&r.p, &r.left, &l))
		return true;
	if ((l.n >= 3 && memcmp(l.p, "+OK", 3) == 0) ||
	    (l.n >= 4 && memcmp(l.p, "-ERR", 4) == 0))
		seen->kind = CLEARTEXT_POP3;
	return true;
}

/* The tag that the client gave its first command; its size, or 0. */
static size_t
tag_size(const struct cleartext_talk *t)
{
	size_t n;

	for (n = 0; n < t->nsent && t->sent[n] > ' ' && t->sent[n] < 0x7f; n++)
		;
	return n < t->nsent && t->sent[n] == ' ' ? n : 0;
}

/* RFC 3501 section 7.1: untagged, then with the client's own tag. */
static bool
read_imap(const struct cleartext_talk *t, struct cleartext_seen *seen)
{
	struct rest r = { t->heard, t->nheard };
	size_t n = tag_size(t);
	struct line l;

	if (!line_next(&r.p, &r.left, &l) || !l.whole ||
	    (!line_begins(l.p, l.n, "* ok") &&
		!line_begins(l.p, l.n, "* preauth") &&
		!line_begins(l.p, l.n, "* bye")))
		return false;
	seen->kind = CLEARTEXT_GREETS_STAR;
	seen->offers_tls = line_has(t->heard, t->nheard, "starttls");
	while (n > 0 && line_next(&r.p, &r.left, &l)) {
		if (l.n <= n || memcmp(l.p, t->sent, n) != 0)
			continue;
		if (line_begins(l.p + n, l.n - n, " ok") ||
		    line_begins(l.p + n, l.n - n, " no") ||
		    line_begins(l.p + n, l.n - n, " bad"))
			seen->kind = CLEARTEXT_IMAP;
	}
	return true;
}

bool
cleartext_read_replies(
    const struct cleartext_talk *t, struct cleartext_seen *seen)
{
	return read_220(t, seen) || read_pop3(t, seen) || read_imap(t, seen);
}
