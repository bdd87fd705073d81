/*
 * stamping: each manifest's hash goes to the time-stamp authority, if
 * assayd.yaml names one, and its answer into the store.
 */
#include "daemon/engine/stamping.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "base/log.h"
#include "signing/timestamp.h"

#define RETRY_FIRST_S 30
#define RETRY_LAST_S 3600
#define LOAD_MAX 1000 /* newest runs looked at after a start */

struct waiting {
	TAILQ_ENTRY(waiting) entry;
	uint64_t seq;
	uint8_t digest[SHA256_SIZE];
};

struct stamping {
	struct engine *en;
	struct peer *peer; /* NULL: none now */
	struct event *retry;
	TAILQ_HEAD(, waiting) queue; /* the first may be asked for */
	size_t pending;
	uint32_t request;
	bool is_asked; /* the first of the queue, as `request` */
	unsigned retry_s;
	char error[256];
};

static void ask_next(struct stamping *s);

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	ask_next(arg);
}

struct stamping *
stamping_new(struct engine *en)
{
	struct stamping *s;

	if (en->conf->timestamp_url[0] == '\0')
		return NULL;
	s = xcalloc(1, sizeof(*s));
	s->en = en;
	s->retry_s = RETRY_FIRST_S;
	TAILQ_INIT(&s->queue);
	s->retry = evtimer_new(en->base, on_retry, s);
	if (s->retry == NULL)
		fatal("stamping: cannot make a timer");
	return s;
}

static void
drop_first(struct stamping *s)
{
	struct waiting *w = TAILQ_FIRST(&s->queue);

	TAILQ_REMOVE(&s->queue, w, entry);
	free(w);
	s->pending--;
}

void
stamping_free(struct stamping *s)
{
	if (s == NULL)
		return;
	while (!TAILQ_EMPTY(&s->queue))
		drop_first(s);
	stamping_detach(s);
	event_free(s->retry);
	free(s);
}

static void
ask_next(struct stamping *s)
{
	const struct waiting *w = TAILQ_FIRST(&s->queue);
	struct msg_out m;

	if (w == NULL || s->peer == NULL || s->is_asked)
		return;
	s->is_asked = true;
	msg_start(&m, STAMP_DIGEST);
	msg_put_u32(&m, ++s->request);
	msg_put_bytes(&m, w->digest, sizeof(w->digest));
	peer_send(s->peer, &m, -1);
}

static void
ask_later(struct stamping *s)
{
	struct timeval tv = { s->retry_s, 0 };

	evtimer_add(s->retry, &tv);
	s->retry_s *= 2;
	if (s->retry_s > RETRY_LAST_S)
		s->retry_s = RETRY_LAST_S;
}

static void
on_durable(void *arg, uint64_t seq, const char *error)
{
	(void)arg;
	if (error != NULL)
		log_error("stamping: time-stamp of manifest %llu: %s",
		    (unsigned long long)seq, error);
}

static void
keep(struct stamping *s, const uint8_t *response, size_t size)
{
	const struct waiting *w = TAILQ_FIRST(&s->queue);
	char *hex = xcalloc(2 * size + 1, 1);
	json_t *value;

	value = json_pack("{s:I,s:s}", "seq", (json_int_t)w->seq, "token",
	    hex_encode(response, size, hex));
	store_add(s->en->store, "timestamp", value, on_durable, s);
	json_decref(value);
	free(hex);
	drop_first(s);
}

static int
on_message(void *arg, struct msg_in *m, int fd)
{
	struct stamping *s = arg;
	const uint8_t *response;
	char error[sizeof(s->error)];
	uint32_t request;
	size_t size;

	if (fd != -1)
		close(fd);
	if (m->type != ENGINE_STAMPED)
		return -1;
	msg_get_u32(m, &request);
	if (msg_get_bytes(m, &response, &size) == -1 || size > TIMESTAMP_MAX)
		return -1;
	msg_get_string(m, error, sizeof(error));
	if (msg_end(m) == -1)
		return -1;
	if (!s->is_asked || request != s->request)
		return 0; /* of before a restart */
	s->is_asked = false;
	snprintf(s->error, sizeof(s->error), "%s", error);
	if (error[0] != '\0') {
		ask_later(s);
		return 0;
	}
	s->retry_s = RETRY_FIRST_S;
	keep(s, response, size);
	ask_next(s);
	return 0;
}

static void
on_close(void *arg, const char *why)
{
	struct stamping *s = arg;

	log_debug("stamp: %s", why);
	stamping_detach(s);
}

void
stamping_attach(struct stamping *s, int fd)
{
	static const struct peer_hooks hooks = { on_message, on_close };

	if (s == NULL) {
		close(fd);
		return;
	}
	stamping_detach(s);
	s->peer = peer_new(s->en->base, fd, &hooks, s);
	ask_next(s);
}

void
stamping_detach(struct stamping *s)
{
	if (s == NULL || s->peer == NULL)
		return;
	peer_free(s->peer);
	s->peer = NULL;
	s->is_asked = false;
}

void
stamping_add(struct stamping *s, uint64_t seq, const char *sha256)
{
	struct waiting *w;

	if (s == NULL)
		return;
	w = xcalloc(1, sizeof(*w));
	w->seq = seq;
	if (hex_decode(sha256, w->digest, sizeof(w->digest)) == -1)
		fatal("stamping: a record without a hash");
	TAILQ_INSERT_TAIL(&s->queue, w, entry);
	s->pending++;
	if (!evtimer_pending(s->retry, NULL))
		ask_next(s);
}

static void
on_manifest(void *arg, const json_t *row, const char *error)
{
	struct stamping *s = arg;

	if (row != NULL)
		stamping_add(s,
		    (uint64_t)json_integer_value(json_object_get(row, "seq")),
		    json_string_value(json_object_get(row, "sha256")));
	else if (error != NULL)
		log_warn("stamping: %s", error);
}

void
stamping_load(struct stamping *s)
{
	json_t *args;

	if (s == NULL)
		return;
	args = json_pack("{s:i}", "limit", LOAD_MAX);
	store_query(s->en->store, "unstamped", args, on_manifest, s);
	json_decref(args);
}

size_t
stamping_pending(const struct stamping *s, const char **error)
{
	*error = s == NULL ? "" : s->error;
	return s == NULL ? 0 : s->pending;
}
