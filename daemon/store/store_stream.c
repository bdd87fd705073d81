/*
 * store_stream: the queries under way, their rows sent as fast as the engine
 * takes them.
 */
#include "daemon/store/store_stream.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/peer.h"
#include "daemon/store/store_query.h"
#include "daemon/store/store_wire.h"

#define QUEUE_HIGH 128     /* messages that wait for the engine to read */
#define ROWS_PER_TURN 64   /* then changes get their turn */
#define LOOK_AGAIN_US 1000 /* has the engine read? */

struct asked {
	STAILQ_ENTRY(asked) entry;
	uint64_t request;
	struct store_query *query;
};

struct store_stream {
	sqlite3 *reader;
	struct peer *to;
	struct event *pump;
	STAILQ_HEAD(, asked) queries; /* the head is served next */
	size_t nqueries;
};

static void
asked_free(struct asked *q)
{
	store_query_close(q->query);
	free(q);
}

static void
send_end(struct store_stream *s, uint64_t request, const char *error)
{
	struct msg_out m;

	msg_start(&m, STORE_END);
	msg_put_u64(&m, request);
	msg_put_string(&m, error);
	peer_send(s->to, &m, -1);
}

static void
send_row(
    struct store_stream *s, uint64_t request, const char *text, size_t size)
{
	struct msg_out m;
	size_t at = 0, n;

	do {
		n = size - at > STORE_PART_MAX ? STORE_PART_MAX : size - at;
		msg_start(&m, STORE_ROW);
		msg_put_u64(&m, request);
		msg_put_u8(&m, at + n == size);
		msg_put_bytes(&m, text + at, n);
		peer_send(s->to, &m, -1);
		at += n;
	} while (at < size);
}

/* One row of the query whose turn it is. */
static void
serve_one(struct store_stream *s)
{
	struct asked *q = STAILQ_FIRST(&s->queries);
	struct err e;
	size_t size;
	char *text;

	STAILQ_REMOVE_HEAD(&s->queries, entry);
	switch (store_query_next(q->query, &text, &size, &e)) {
	case 1:
		send_row(s, q->request, text, size);
		free(text);
		STAILQ_INSERT_TAIL(&s->queries, q, entry);
		return;
	case 0:
		send_end(s, q->request, "");
		break;
	default:
		log_error("store: query: %s", e.text);
		send_end(s, q->request, e.text);
	}
	s->nqueries--;
	asked_free(q);
}

static void
on_pump(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval look_again = { 0, LOOK_AGAIN_US };
	static const struct timeval at_once = { 0, 0 };
	struct store_stream *s = arg;
	int i;

	(void)fd;
	(void)what;
	for (i = 0; i < ROWS_PER_TURN; i++) {
		if (s->to == NULL || s->nqueries == 0)
			return;
		if (peer_queued(s->to) >= QUEUE_HIGH) {
			event_add(s->pump, &look_again);
			return;
		}
		serve_one(s);
	}
	/* By the clock: an event made active from within itself would run
	 * again before the loop looks at any socket. */
	event_add(s->pump, &at_once);
}

struct store_stream *
store_stream_new(struct event_base *base, sqlite3 *reader)
{
	struct store_stream *s = xcalloc(1, sizeof(*s));

	s->reader = reader;
	STAILQ_INIT(&s->queries);
	s->pump = event_new(base, -1, 0, on_pump, s);
	if (s->pump == NULL)
		fatal("store: cannot make events");
	event_priority_set(s->pump, event_base_get_npriorities(base) - 1);
	return s;
}

void
store_stream_set_peer(struct store_stream *s, struct peer *to)
{
	struct asked *q;

	while ((q = STAILQ_FIRST(&s->queries)) != NULL) {
		STAILQ_REMOVE_HEAD(&s->queries, entry);
		asked_free(q);
	}
	s->nqueries = 0;
	s->to = to;
}

void
store_stream_free(struct store_stream *s)
{
	if (s == NULL)
		return;
	store_stream_set_peer(s, NULL);
	event_free(s->pump);
	free(s);
}

/* NULL with *e. */
static struct store_query *
open_query(
    struct store_stream *s, const char *name, const char *args, struct err *e)
{
	struct store_query *query;
	json_t *object;

	if (s->nqueries >= STORE_QUERIES_MAX) {
		err_set(e, "too many queries at once");
		return NULL;
	}
	object = json_loads(args, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(object)) {
		json_decref(object);
		err_set(e, "the arguments are no object");
		return NULL;
	}
	query = store_query_open(s->reader, name, object, e);
	json_decref(object);
	return query;
}

void
store_stream_ask(struct store_stream *s, uint64_t request, const char *name,
    const char *args)
{
	struct asked *q;
	struct err e;
	struct store_query *query = open_query(s, name, args, &e);

	if (query == NULL) {
		send_end(s, request, e.text);
		return;
	}
	q = xcalloc(1, sizeof(*q));
	q->request = request;
	q->query = query;
	STAILQ_INSERT_TAIL(&s->queries, q, entry);
	s->nqueries++;
	event_active(s->pump, EV_TIMEOUT, 0);
}
