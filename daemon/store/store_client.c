/*
 * store_client: the engine's side of the store.
 *
 * Every change is kept here until it is answered, so that a store process that
 * dies costs nothing: the next one gets it again, and takes what it has
 * already for done.  Callbacks may call any function of daemon/store/store.h
 * but store_free.
 */
#include "daemon/store/store.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/peer.h"
#include "records/record.h"
#include "daemon/store/store_wire.h"

#define WINDOW 2048 /* changes sent and not yet answered */

struct change {
	STAILQ_ENTRY(change) entry;
	uint64_t request, seq;
	uint16_t type;     /* STORE_APPEND, _DOCUMENT, _REGISTER, _ADD */
	char *kind, *name; /* name: a document's SHA-256 */
	char *bytes;
	size_t size;
	char *refused; /* never sent, for this reason */
	store_on_durable *on_durable;
	void *arg;
};

struct question {
	STAILQ_ENTRY(question) entry;
	uint64_t request;
	char *row; /* parts of a row */
	size_t size;
	const char *failed;   /* ends with this, on the next turn */
	store_on_row *on_row; /* or on_text */
	store_on_text *on_text;
	void *arg;
};

struct store {
	struct event_base *base;
	struct peer *peer;  /* NULL: detached */
	struct event *turn; /* what cannot be answered from within a call */
	uint64_t next_request;
	STAILQ_HEAD(, change) changes; /* not yet answered */
	struct change *next;           /* first not yet sent; NULL: all are */
	size_t nchanges, nsent;
	STAILQ_HEAD(, question) questions, failed;
};

static void
change_free(struct change *c)
{
	free(c->kind);
	free(c->name);
	free(c->bytes);
	free(c->refused);
	free(c);
}

static void
send_document(struct store *s, const struct change *c)
{
	struct msg_out m;
	size_t at = 0, n;

	do {
		n = c->size - at > STORE_PART_MAX ? STORE_PART_MAX
						  : c->size - at;
		msg_start(&m, c->type);
		msg_put_u64(&m, c->request);
		msg_put_string(&m, c->name);
		msg_put_u32(&m, (uint32_t)c->size);
		msg_put_u32(&m, (uint32_t)at);
		msg_put_bytes(&m, c->bytes + at, n);
		peer_send(s->peer, &m, -1);
		at += n;
	} while (at < c->size);
}

static void
send_change(struct store *s, const struct change *c)
{
	struct msg_out m;

	if (c->type == STORE_DOCUMENT) {
		send_document(s, c);
		return;
	}
	msg_start(&m, c->type);
	msg_put_u64(&m, c->request);
	if (c->type == STORE_APPEND) {
		msg_put_u64(&m, c->seq);
		msg_put_bytes(&m, c->bytes, c->size);
	} else {
		msg_put_string(&m, c->kind);
		if (c->type == STORE_REGISTER)
			msg_put_string(&m, c->name);
		msg_put_string(&m, c->bytes);
	}
	peer_send(s->peer, &m, -1);
}

static void
send_more(struct store *s)
{
	while (s->peer != NULL && s->next != NULL && s->nsent < WINDOW) {
		if (s->next->refused == NULL)
			send_change(s, s->next);
		s->next = STAILQ_NEXT(s->next, entry);
		s->nsent++;
	}
}

static void
answer_first(struct store *s, const char *error)
{
	struct change *c = STAILQ_FIRST(&s->changes);

	STAILQ_REMOVE_HEAD(&s->changes, entry);
	s->nchanges--;
	s->nsent--;
	if (c->on_durable != NULL)
		c->on_durable(c->arg, c->seq, error);
	else if (error != NULL)
		log_error("store: not stored, and nobody asked: %s", error);
	change_free(c);
}

/* What was refused on this side is answered when its turn comes.  How many. */
static size_t
answer_refused(struct store *s)
{
	struct change *c;
	size_t n = 0;

	while ((c = STAILQ_FIRST(&s->changes)) != NULL && c != s->next &&
	    c->refused != NULL) {
		answer_first(s, c->refused);
		n++;
	}
	return n;
}

static void
settle(struct store *s)
{
	do
		send_more(s);
	while (answer_refused(s) > 0);
}

static void
say_end(struct question *q, const char *error)
{
	if (q->on_text != NULL)
		q->on_text(q->arg, NULL, 0, error);
	else
		q->on_row(q->arg, NULL, error);
	free(q->row);
	free(q);
}

static void
end_question(struct store *s, struct question *q, const char *error)
{
	STAILQ_REMOVE(&s->questions, q, question, entry);
	say_end(q, error);
}

static void
end_questions(struct store *s, const char *error)
{
	struct question *q = STAILQ_FIRST(&s->questions), *next;

	/* Those that are asked meanwhile are others. */
	STAILQ_INIT(&s->questions);
	for (; q != NULL; q = next) {
		next = STAILQ_NEXT(q, entry);
		say_end(q, error);
	}
}

/* Ends what could not even be asked. */
static void
end_failed(struct store *s)
{
	struct question *q;

	while ((q = STAILQ_FIRST(&s->failed)) != NULL) {
		STAILQ_REMOVE_HEAD(&s->failed, entry);
		say_end(q, q->failed);
	}
}

static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct store *s = arg;

	(void)fd;
	(void)what;
	settle(s);
	end_failed(s);
}

static void
later(struct store *s)
{
	event_active(s->turn, EV_TIMEOUT, 0);
}

/* The next `count` that were sent have this answer.  -1: there are no such. */
static int
answer_all(struct store *s, uint32_t count, const char *error)
{
	const struct peer *from = s->peer;
	struct change *c;

	while (count > 0) {
		c = STAILQ_FIRST(&s->changes);
		if (c == NULL || c == s->next)
			return -1;
		answer_first(s, error);
		count--;
		/* A callback may have let go of this store; the next one gets
		 * the rest again. */
		if (s->peer != from)
			return 0;
		answer_refused(s);
	}
	return 0;
}

static int
take_done(struct store *s, struct msg_in *m)
{
	struct change *c = STAILQ_FIRST(&s->changes);
	char *error;
	uint64_t request;
	uint32_t count;
	int r = -1;

	msg_get_u64(m, &request);
	msg_get_u32(m, &count);
	error = msg_dup_string(m);
	if (error != NULL && msg_end(m) == 0 && count > 0 && c != NULL &&
	    c->request == request)
		r = answer_all(s, count, error[0] == '\0' ? NULL : error);
	free(error);
	if (r == 0)
		settle(s);
	return r;
}

static struct question *
find_question(struct store *s, uint64_t request)
{
	struct question *q;

	STAILQ_FOREACH (q, &s->questions, entry)
		if (q->request == request)
			return q;
	return NULL;
}

static void
give_row(struct question *q)
{
	char *text = q->row;
	size_t size = q->size;
	json_t *row;

	q->row = NULL;
	q->size = 0;
	if (q->on_text != NULL) {
		q->on_text(q->arg, text, size, NULL);
		free(text);
		return;
	}
	row = json_loadb(text, size, 0, NULL);
	free(text);
	if (row == NULL)
		fatal("store: a row that is not JSON");
	q->on_row(q->arg, row, NULL);
	json_decref(row);
}

static int
take_row(struct store *s, struct msg_in *m)
{
	const uint8_t *part;
	struct question *q;
	uint64_t request;
	uint8_t last;
	size_t n;

	msg_get_u64(m, &request);
	msg_get_u8(m, &last);
	msg_get_bytes(m, &part, &n);
	if (msg_end(m) == -1)
		return -1;
	q = find_question(s, request);
	if (q == NULL || n > STORE_ROW_MAX - q->size)
		return -1;
	q->row = xrealloc(q->row, q->size + n + 1, 1);
	memcpy(q->row + q->size, part, n);
	q->size += n;
	if (last != 0)
		give_row(q);
	return 0;
}

static int
take_end(struct store *s, struct msg_in *m)
{
	struct question *q;
	uint64_t request;
	char *error;

	msg_get_u64(m, &request);
	error = msg_dup_string(m);
	q = find_question(s, request);
	if (error == NULL || msg_end(m) == -1 || q == NULL) {
		free(error);
		return -1;
	}
	end_question(s, q, error[0] == '\0' ? NULL : error);
	free(error);
	return 0;
}

static int
on_message(void *arg, struct msg_in *m, int fd)
{
	struct store *s = arg;
	int r = -1;

	if (fd == -1 && m->type == STORE_DONE)
		r = take_done(s, m);
	else if (fd == -1 && m->type == STORE_ROW)
		r = take_row(s, m);
	else if (fd == -1 && m->type == STORE_END)
		r = take_end(s, m);
	if (r == -1)
		fatal("store: malformed message %u from the store", m->type);
	return 0;
}

static void
on_close(void *arg, const char *why)
{
	log_debug("store: connection ended: %s", why);
	store_detach(arg);
}

struct store *
store_new(struct event_base *base)
{
	struct store *s = xcalloc(1, sizeof(*s));

	s->base = base;
	s->next_request = 1;
	STAILQ_INIT(&s->changes);
	STAILQ_INIT(&s->questions);
	STAILQ_INIT(&s->failed);
	s->turn = event_new(base, -1, 0, on_turn, s);
	if (s->turn == NULL)
		fatal("store: cannot make events");
	return s;
}

void
store_attach(struct store *s, int fd)
{
	static const struct peer_hooks hooks = { on_message, on_close };

	store_detach(s);
	s->peer = peer_new(s->base, fd, &hooks, s);
	send_more(s);
	later(s);
}

void
store_detach(struct store *s)
{
	struct peer *peer = s->peer;

	if (peer == NULL)
		return;
	s->peer = NULL;
	s->next = STAILQ_FIRST(&s->changes);
	s->nsent = 0;
	peer_free(peer);
	end_questions(s, "the store was lost");
}

void
store_free(struct store *s)
{
	struct change *c;

	if (s == NULL)
		return;
	store_detach(s);
	while ((c = STAILQ_FIRST(&s->changes)) != NULL) {
		STAILQ_REMOVE_HEAD(&s->changes, entry);
		change_free(c);
	}
	end_failed(s);
	event_free(s->turn);
	free(s);
}

static struct change *
change_new(uint16_t type, const void *bytes, size_t size,
    store_on_durable *on_durable, void *arg)
{
	struct change *c = xcalloc(1, sizeof(*c));

	c->type = type;
	c->bytes = xcalloc(1, size + 1);
	if (size > 0)
		memcpy(c->bytes, bytes, size);
	c->size = size;
	c->on_durable = on_durable;
	c->arg = arg;
	return c;
}

static void
add(struct store *s, struct change *c)
{
	c->request = s->next_request++;
	STAILQ_INSERT_TAIL(&s->changes, c, entry);
	s->nchanges++;
	if (s->next == NULL)
		s->next = c;
	if (c->refused != NULL)
		later(s);
	send_more(s);
}

void
store_append(struct store *s, uint64_t seq, const char *bytes, size_t size,
    store_on_durable *on_durable, void *arg)
{
	bool fits = size <= RECORD_MAX;
	struct change *c =
	    change_new(STORE_APPEND, bytes, fits ? size : 0, on_durable, arg);

	c->seq = seq;
	if (!fits)
		c->refused = xasprintf(
		    "record %" PRIu64 ": larger than %d", seq, RECORD_MAX);
	add(s, c);
}

size_t
store_pending(const struct store *s)
{
	return s->nchanges;
}

void
store_put_document(struct store *s, const char *sha256, const void *bytes,
    size_t size, store_on_durable *on_durable, void *arg)
{
	bool fits = size <= STORE_DOCUMENT_MAX;
	struct change *c =
	    change_new(STORE_DOCUMENT, bytes, fits ? size : 0, on_durable, arg);

	c->name = xstrdup(sha256);
	if (!fits)
		c->refused = xstrdup("the document is larger than 4 MiB");
	else if (strlen(sha256) != SHA256_HEX_SIZE - 1)
		c->refused = xstrdup("not a SHA-256 in hexadecimal");
	add(s, c);
}

void
store_register(struct store *s, const char *kind, const char *name,
    const json_t *value, store_on_durable *on_durable, void *arg)
{
	struct err e;
	size_t size;
	char *text = record_encode(value, &size, &e);
	struct change *c =
	    change_new(STORE_REGISTER, text, size, on_durable, arg);

	free(text);
	c->kind = xstrdup(kind);
	c->name = xstrdup(name);
	if (text == NULL)
		c->refused = xasprintf("%s: %s", name, e.text);
	else if (strlen(kind) >= STORE_NAME_MAX ||
	    strlen(name) >= STORE_NAME_MAX)
		c->refused = xstrdup("the name is too long");
	add(s, c);
}

void
store_add(struct store *s, const char *kind, const json_t *value,
    store_on_durable *on_durable, void *arg)
{
	struct err e;
	size_t size;
	char *text = record_encode(value, &size, &e);
	struct change *c = change_new(
	    STORE_ADD, text, text == NULL ? 0 : size, on_durable, arg);

	free(text);
	c->kind = xstrdup(kind);
	if (text == NULL)
		c->refused = xasprintf("%s: %s", kind, e.text);
	add(s, c);
}

/* q: what is done with the answer. */
static void
ask(struct store *s, struct question *q, const char *name, const json_t *args)
{
	char *text = args == NULL ? xstrdup("{}") : json_dumps(args, 0);
	struct msg_out m;

	q->request = s->next_request++;
	if (s->peer == NULL)
		q->failed = "the store is not there";
	else if (text == NULL || strlen(text) > MSG_STRING_MAX ||
	    strlen(name) >= STORE_NAME_MAX)
		q->failed = "not a query";
	if (q->failed != NULL) {
		STAILQ_INSERT_TAIL(&s->failed, q, entry);
		later(s);
	} else {
		STAILQ_INSERT_TAIL(&s->questions, q, entry);
		msg_start(&m, STORE_QUERY);
		msg_put_u64(&m, q->request);
		msg_put_string(&m, name);
		msg_put_string(&m, text);
		peer_send(s->peer, &m, -1);
	}
	free(text);
}

void
store_query(struct store *s, const char *name, const json_t *args,
    store_on_row *on_row, void *arg)
{
	struct question *q = xcalloc(1, sizeof(*q));

	q->on_row = on_row;
	q->arg = arg;
	ask(s, q, name, args);
}

void
store_query_text(struct store *s, const char *name, const json_t *args,
    store_on_text *on_text, void *arg)
{
	struct question *q = xcalloc(1, sizeof(*q));

	q->on_text = on_text;
	q->arg = arg;
	ask(s, q, name, args);
}
