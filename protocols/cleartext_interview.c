/*
 * cleartext_interview: what to ask of one open TCP port, and what it is.
 */
#include "protocols/cleartext_interview.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* By the greeting, each after it was heard again. */
static const enum cleartext_opener on_220[] = { CLEARTEXT_ASK_SMTP,
	CLEARTEXT_ASK_FTP };
static const enum cleartext_opener on_ok[] = { CLEARTEXT_ASK_POP3 };
static const enum cleartext_opener on_star[] = { CLEARTEXT_ASK_IMAP };
static const enum cleartext_opener on_ssh[] = { CLEARTEXT_ASK_SSH1 };
/* TLS first: an HTTP server says what it is to that as well. */
static const enum cleartext_opener cold[] = { CLEARTEXT_ASK_NOTHING,
	CLEARTEXT_ASK_TLS, CLEARTEXT_ASK_HTTP, CLEARTEXT_ASK_RTSP,
	CLEARTEXT_ASK_MQTT, CLEARTEXT_ASK_TELNET, CLEARTEXT_ASK_NOTHING };
static const enum cleartext_opener mute[] = { CLEARTEXT_ASK_NOTHING };
#define TURN_HTTP 2

struct list {
	const enum cleartext_opener *openers;
	size_t n;
};

static struct list
list_of(const struct cleartext_interview *i)
{
	if (i->greets == CLEARTEXT_GREETS_220)
		return (struct list){ on_220, N(on_220) };
	if (i->greets == CLEARTEXT_GREETS_OK)
		return (struct list){ on_ok, N(on_ok) };
	if (i->greets == CLEARTEXT_GREETS_STAR)
		return (struct list){ on_star, N(on_star) };
	if (i->greets == CLEARTEXT_SSH_1_99)
		return (struct list){ on_ssh, N(on_ssh) };
	if (i->greets == CLEARTEXT_UNKNOWN)
		return (struct list){ mute, N(mute) };
	return (struct list){ cold, N(cold) };
}

struct cleartext_interview
cleartext_interview_begin(bool listen_only)
{
	struct cleartext_interview i = {
		.greets = listen_only ? CLEARTEXT_UNKNOWN : CLEARTEXT_SILENT
	};

	return i;
}

enum cleartext_opener
cleartext_interview_asks(const struct cleartext_interview *i, bool *hear_first)
{
	const struct list list = list_of(i);

	*hear_first = i->greets > CLEARTEXT_UNKNOWN;
	return i->turn < list.n ? list.openers[i->turn] : CLEARTEXT_ASK_NOTHING;
}

bool
cleartext_interview_listens_briefly(const struct cleartext_interview *i)
{
	return i->greets == CLEARTEXT_SILENT && i->turn == 0;
}

static void
finish(struct cleartext_interview *i, enum cleartext_kind kind)
{
	i->over = true;
	i->kind = kind;
}

/* Nothing is left to be asked. */
static void
conclude(struct cleartext_interview *i)
{
	if (i->http)
		finish(i, CLEARTEXT_HTTP);
	else if (i->tls)
		finish(i, CLEARTEXT_TLS);
	else if (i->greets == CLEARTEXT_SSH_1_99)
		finish(i, CLEARTEXT_SSH_1_99);
	else
		finish(i, i->spoke ? CLEARTEXT_UNKNOWN : CLEARTEXT_SILENT);
}

static void
next(struct cleartext_interview *i)
{
	i->turn++;
	if (i->turn >= list_of(i).n ||
	    (i->turn > TURN_HTTP && (i->tls || i->http)))
		conclude(i);
}

/* HTTP, in whatever answer: the request for it comes next, or has come. */
static void
hear_http(struct cleartext_interview *i, const struct cleartext_seen *seen)
{
	if (i->tls && (seen->status == 400 || seen->only_to_tls)) {
		next(i); /* a TLS server's error */
		return;
	}
	i->http = true;
	i->only_to_tls = seen->only_to_tls;
	if (i->turn >= TURN_HTTP || i->greets != CLEARTEXT_SILENT) {
		conclude(i);
		return;
	}
	i->turn = TURN_HTTP;
}

static void
hear_greeting(struct cleartext_interview *i, enum cleartext_kind kind)
{
	if (i->greets != CLEARTEXT_SILENT) { /* asked, and no wiser */
		next(i);
		return;
	}
	i->greets = kind;
	i->turn = 0;
}

void
cleartext_interview_heard(struct cleartext_interview *i,
    const struct cleartext_talk *t, struct cleartext_seen *seen)
{
	cleartext_read(t, seen);
	i->spoke = i->spoke || t->nheard > 0;
	if (seen->kind == CLEARTEXT_HTTP) {
		hear_http(i, seen);
	} else if (cleartext_is_clear(seen->kind)) {
		i->offers_tls = seen->offers_tls;
		finish(i, seen->kind);
	} else if (seen->kind == CLEARTEXT_SSH2) {
		finish(i, CLEARTEXT_SSH2);
	} else if (seen->kind == CLEARTEXT_TLS) {
		i->tls = true;
		next(i);
	} else if (seen->kind >= CLEARTEXT_GREETS_220 &&
	    seen->kind <= CLEARTEXT_SSH_1_99 &&
	    i->greets != CLEARTEXT_UNKNOWN) {
		hear_greeting(i, seen->kind);
	} else {
		next(i);
	}
}
