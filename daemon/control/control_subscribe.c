/*
 * control_subscribe: who wants the records, from which on.
 *
 * A subscriber has one number, the next record it has not been given.  It is
 * live when that is past the newest; else it is catching up, piece by piece,
 * from the store.  A record published while somebody is catching up is not
 * kept for him here: it is durable, so a later piece has it.  Hence no gap, no
 * duplicate, and no pile that a slow reader could grow.
 */
#include "daemon/control/control_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/control/control_rpc.h"

#define PIECE 256              /* record numbers asked for at once */
#define PIECE_OF_RUN 4096      /* the same when only one run's are wanted */
#define ENOUGH (1024u * 1024u) /* bytes waiting: no further piece now */
#define WORDS_ENOUGH (256u * 1024u) /* bytes waiting: words are dropped */

struct control_subscription {
	struct control_client *client;
	uint64_t next, run;
	bool is_live;
	struct control_replay *replay; /* the piece under way */
	struct event *piece;           /* asks for the next one */
};

struct control_replay {
	struct control_subscription *subscription; /* NULL: gone */
	uint64_t to;
	bool is_cut; /* some records were not taken: ask again */
};

static void
send_record(struct control_subscription *s, uint64_t seq, const char *line)
{
	s->next = seq + 1;
	if (control_conn_send(s->client->conn, line, strlen(line)) == -1)
		control_client_end(
		    s->client, "closed: more than 8 MiB waits to be read");
}

/* From the event loop alone, so that an engine which answers at once does not
 * call itself deeper and deeper. */
static void
on_piece(evutil_socket_t fd, short what, void *arg)
{
	struct control_subscription *s = arg;
	struct control *c = s->client->control;
	uint64_t size = s->run == 0 ? PIECE : PIECE_OF_RUN;
	struct control_replay *r;

	(void)fd;
	(void)what;
	if (s->replay != NULL || s->is_live ||
	    control_conn_is_ending(s->client->conn))
		return;
	if (control_conn_waiting(s->client->conn) > ENOUGH)
		return; /* control_subscription_drained goes on */
	r = xcalloc(1, sizeof(*r));
	r->subscription = s;
	if (c->newest == 0)
		r->to = INT64_MAX;
	else if (c->newest - s->next < size)
		r->to = c->newest;
	else
		r->to = s->next + size - 1;
	s->replay = r;
	c->on_replay(c->engine, r, s->next, r->to, s->run);
}

static void
go_on(struct control_subscription *s)
{
	static const struct timeval soon = { 0, 0 };
	const struct control *c = s->client->control;

	s->is_live = c->newest != 0 && s->next > c->newest;
	if (!s->is_live)
		event_add(s->piece, &soon);
}

void
control_subscription_drained(struct control_subscription *s)
{
	if (s != NULL && !s->is_live && s->replay == NULL)
		go_on(s);
}

void
control_subscription_free(struct control_subscription *s)
{
	if (s == NULL)
		return;
	if (s->replay != NULL)
		s->replay->subscription = NULL;
	event_free(s->piece);
	free(s);
}

void
control_subscribe(struct control_call *call, uint64_t from, uint64_t run)
{
	struct control_client *client = call->client;
	struct control_subscription *s;
	struct control *c;

	if (client == NULL || control_conn_is_ending(client->conn)) {
		control_reply(call, NULL);
		return;
	}
	c = client->control;
	if (client->subscription != NULL) {
		control_refusef(call, CONTROL_REFUSED,
		    "this connection has subscribed already");
		return;
	}
	if (from > INT64_MAX - 1) {
		control_refusef(call, CONTROL_INVALID_PARAMS,
		    "parameter from is too large");
		return;
	}
	s = xcalloc(1, sizeof(*s));
	s->client = client;
	s->next = from == 0 ? c->newest + 1 : from;
	s->run = run;
	s->piece = evtimer_new(c->base, on_piece, s);
	client->subscription = s;
	/* 0, "from now", when the newest is not known. */
	control_reply(call,
	    json_pack("{s:I}", "from",
		from == 0 && c->newest == 0 ? 0 : (json_int_t)s->next));
	if (from == 0 || c->on_replay == NULL)
		s->is_live = true;
	else
		go_on(s);
}

void
control_set_replay(struct control *c,
    void (*on_replay)(void *engine, struct control_replay *r, uint64_t from,
	uint64_t to, uint64_t run))
{
	c->on_replay = on_replay;
}

void
control_set_newest(struct control *c, uint64_t seq)
{
	if (seq > c->newest)
		c->newest = seq;
}

void
control_replay_record(struct control_replay *r, uint64_t seq,
    const char *sha256, const json_t *record)
{
	struct control_subscription *s = r->subscription;
	char *line;

	if (s == NULL || seq < s->next || seq > r->to || r->is_cut)
		return;
	if (control_conn_waiting(s->client->conn) > ENOUGH) {
		r->is_cut = true;
		return;
	}
	line = control_rpc_record(seq, sha256, record);
	send_record(s, seq, line);
	free(line);
}

static void
end_piece(struct control_subscription *s, const struct control_replay *r)
{
	if (!r->is_cut && r->to != INT64_MAX)
		s->next = r->to + 1;
	if (!r->is_cut && r->to == INT64_MAX &&
	    s->next > s->client->control->newest)
		s->is_live = true; /* that was all, wherever it ended */
	else
		go_on(s);
}

void
control_replay_end(struct control_replay *r, const char *error)
{
	struct control_subscription *s = r->subscription;
	char *why;

	if (s != NULL)
		s->replay = NULL;
	if (s != NULL && error == NULL)
		end_piece(s, r);
	if (s != NULL && error != NULL) {
		why = xasprintf("closed: records cannot be read: %s", error);
		control_client_end(s->client, why);
		free(why);
	}
	free(r);
}

static bool
wants(const struct control_client *client, uint64_t run)
{
	const struct control_subscription *s = client->subscription;

	return s != NULL && (s->run == 0 || run == 0 || s->run == run) &&
	    !control_conn_is_ending(client->conn);
}

void
control_publish_record(struct control *c, uint64_t seq, uint64_t run,
    const char *sha256, const json_t *record)
{
	struct control_client *client;
	struct control_subscription *s;
	char *line = NULL;

	if (seq < c->newest)
		log_error("control: record %" PRIu64 " after %" PRIu64, seq,
		    c->newest);
	control_set_newest(c, seq);
	for (client = TAILQ_FIRST(&c->clients); client != NULL;
	     client = TAILQ_NEXT(client, entry)) {
		s = client->subscription;
		if (!wants(client, run) || !s->is_live || seq < s->next)
			continue;
		if (control_conn_waiting(client->conn) > ENOUGH &&
		    c->on_replay != NULL) {
			/* Too slow to be live: the store keeps it for him. */
			s->next = seq;
			s->is_live = false;
			continue;
		}
		if (line == NULL)
			line = control_rpc_record(seq, sha256, record);
		send_record(s, seq, line);
	}
	free(line);
}

void
control_publish_word(
    struct control *c, const char *method, uint64_t run, const json_t *params)
{
	struct control_client *client;
	char *line = NULL;

	for (client = TAILQ_FIRST(&c->clients); client != NULL;
	     client = TAILQ_NEXT(client, entry)) {
		if (!wants(client, run) ||
		    control_conn_waiting(client->conn) > WORDS_ENOUGH)
			continue;
		if (line == NULL)
			line = control_rpc_notification(method, params);
		control_conn_send(client->conn, line, strlen(line));
	}
	free(line);
}
