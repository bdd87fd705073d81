/*
 * store: the process that owns the database and is its only writer.
 *
 * It says that a change is durable only after SQLite has said so; until then
 * nobody has been told anything, and a kill loses nothing that was shown.
 * What it was told wrong by the engine (a broken chain, bytes that are not
 * canonical) is an answer with a text; what is no message at all is fatal.
 */
#include "daemon/store/store.h"

#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "base/log.h"
#include "base/peer.h"
#include "records/record.h"
#include "daemon/shared/role.h"
#include "daemon/store/store_batch.h"
#include "daemon/store/store_db.h"
#include "daemon/store/store_stream.h"
#include "daemon/store/store_wire.h"
#include "daemon/store/store_write.h"

#define PRIORITIES 3      /* sockets have 1; groups and rows 2 */
#define OPEN_WAIT_MS 5000 /* for another process to let go of the file */

/* A document of which parts have come. */
struct parts {
	uint64_t request; /* 0: none */
	char sha256[SHA256_HEX_SIZE];
	uint8_t *bytes;
	size_t size, have;
};

struct server {
	struct event_base *base;
	struct peer *parent, *engine;
	bool open;
	struct store_db db;
	struct store_write *write;
	struct store_batch *batch;
	struct store_stream *stream;
	struct parts parts;
	bool ending;
	int status; /* exit status */
};

static void
end(struct server *s, int status)
{
	s->ending = true;
	s->status = status;
	event_base_loopbreak(s->base);
}

static void
drop_parts(struct server *s)
{
	free(s->parts.bytes);
	memset(&s->parts, 0, sizeof(s->parts));
}

static void
on_done(void *arg, uint64_t request, uint32_t count, const char *error)
{
	struct server *s = arg;
	struct msg_out m;

	if (s->engine == NULL)
		return;
	msg_start(&m, STORE_DONE);
	msg_put_u64(&m, request);
	msg_put_u32(&m, count);
	msg_put_string(&m, error);
	peer_send(s->engine, &m, -1);
}

static void
on_full(void *arg, bool full)
{
	struct server *s = arg;

	if (s->engine == NULL)
		return;
	if (full)
		peer_pause(s->engine);
	else
		peer_resume(s->engine);
}

static int
on_append(struct server *s, struct msg_in *m)
{
	const uint8_t *bytes;
	uint64_t request, seq;
	size_t size;

	msg_get_u64(m, &request);
	msg_get_u64(m, &seq);
	msg_get_bytes(m, &bytes, &size);
	if (msg_end(m) == -1)
		return -1;
	store_batch_record(s->batch, request, seq, bytes, size);
	return 0;
}

static int
on_document(struct server *s, struct msg_in *m)
{
	struct parts *d = &s->parts;
	char sha256[SHA256_HEX_SIZE];
	const uint8_t *bytes;
	uint32_t size, at;
	uint64_t request;
	size_t n;

	msg_get_u64(m, &request);
	msg_get_string(m, sha256, sizeof(sha256));
	msg_get_u32(m, &size);
	msg_get_u32(m, &at);
	msg_get_bytes(m, &bytes, &n);
	if (msg_end(m) == -1 || size > STORE_DOCUMENT_MAX)
		return -1;
	if (d->request == 0 && at == 0) {
		d->request = request;
		d->size = size;
		d->bytes = xcalloc(1, d->size + 1);
		memcpy(d->sha256, sha256, sizeof(d->sha256));
	}
	if (d->request != request || d->size != size || d->have != at ||
	    n > d->size - d->have)
		return -1;
	memcpy(d->bytes + d->have, bytes, n);
	d->have += n;
	if (d->have < d->size)
		return 0;
	store_batch_document(s->batch, request, d->sha256, d->bytes, d->size);
	drop_parts(s);
	return 0;
}

static int
on_register(struct server *s, struct msg_in *m)
{
	char kind[STORE_NAME_MAX], name[STORE_NAME_MAX], *value;
	uint64_t request;

	msg_get_u64(m, &request);
	msg_get_string(m, kind, sizeof(kind));
	msg_get_string(m, name, sizeof(name));
	value = msg_dup_string(m);
	if (value == NULL || msg_end(m) == -1) {
		free(value);
		return -1;
	}
	store_batch_register(s->batch, request, kind, name, value);
	free(value);
	return 0;
}

static int
on_add(struct server *s, struct msg_in *m)
{
	char kind[STORE_NAME_MAX], *value;
	uint64_t request;

	msg_get_u64(m, &request);
	msg_get_string(m, kind, sizeof(kind));
	value = msg_dup_string(m);
	if (value == NULL || msg_end(m) == -1) {
		free(value);
		return -1;
	}
	store_batch_add(s->batch, request, kind, value);
	free(value);
	return 0;
}

static int
on_query(struct server *s, struct msg_in *m)
{
	char name[STORE_NAME_MAX], *args;
	uint64_t request;

	msg_get_u64(m, &request);
	msg_get_string(m, name, sizeof(name));
	args = msg_dup_string(m);
	if (args == NULL || msg_end(m) == -1) {
		free(args);
		return -1;
	}
	/* What was appended before the question is part of the answer. */
	store_batch_flush(s->batch);
	store_stream_ask(s->stream, request, name, args);
	free(args);
	return 0;
}

static const struct {
	uint16_t type;
	int (*handle)(struct server *s, struct msg_in *m);
} engine_messages[] = {
	{ STORE_APPEND, on_append },
	{ STORE_DOCUMENT, on_document },
	{ STORE_REGISTER, on_register },
	{ STORE_ADD, on_add },
	{ STORE_QUERY, on_query },
};

static int
on_engine_message(void *arg, struct msg_in *m, int fd)
{
	struct server *s = arg;
	size_t i;

	for (i = 0; i < sizeof(engine_messages) / sizeof(engine_messages[0]);
	     i++)
		if (engine_messages[i].type == m->type && fd == -1 &&
		    engine_messages[i].handle(s, m) == 0)
			return 0;
	fatal("store: malformed message %u from the engine", m->type);
}

/* What the engine sent is still made durable, but nobody is told. */
static void
drop_engine(struct server *s)
{
	struct peer *engine = s->engine;

	s->engine = NULL;
	if (s->open) {
		store_stream_set_peer(s->stream, NULL);
		store_batch_finish(s->batch);
	}
	drop_parts(s);
	peer_free(engine);
}

static void
on_engine_close(void *arg, const char *why)
{
	log_info("store: engine gone: %s", why);
	drop_engine(arg);
}

static int
on_start(struct server *s, struct msg_in *m, int fd)
{
	static const struct store_batch_hooks hooks = { on_done, on_full };
	char process[48], state_dir[PATH_MAX], run_dir[PATH_MAX], *path;
	enum store_db_result r;
	struct err e;
	uint8_t level;

	msg_get_string(m, process, sizeof(process));
	msg_get_u8(m, &level);
	msg_get_string(m, state_dir, sizeof(state_dir));
	msg_get_string(m, run_dir, sizeof(run_dir));
	if (msg_end(m) == -1 || level > LOG_LEVEL_DEBUG || fd != -1 || s->open)
		return -1;
	log_init(process, (enum log_level)level);
	path = xasprintf("%s/store/assay.db", state_dir);
	r = store_db_open(&s->db, path, OPEN_WAIT_MS, &e);
	free(path);
	if (r != STORE_DB_OK) {
		log_error("store: %s", e.text);
		end(s, r);
		return 0;
	}
	s->open = true;
	s->write = store_write_new(s->db.writer);
	s->batch = store_batch_new(s->base, s->write, s->db.writer, &hooks, s);
	s->stream = store_stream_new(s->base, s->db.reader);
	malloc_trim(0); /* what reading and migrating the schema took */
	return 0;
}

static int
on_peer(struct server *s, struct msg_in *m, int fd)
{
	static const struct peer_hooks hooks = { on_engine_message,
		on_engine_close };
	uint32_t segment;
	uint8_t role;

	msg_get_u8(m, &role);
	msg_get_u32(m, &segment);
	if (msg_end(m) == -1 || role != ROLE_ENGINE || fd == -1 || !s->open)
		return -1;
	drop_engine(s);
	store_write_forget(s->write);
	s->engine = peer_new(s->base, fd, &hooks, s);
	store_stream_set_peer(s->stream, s->engine);
	return 0;
}

static int
on_stop(struct server *s, struct msg_in *m, int fd)
{
	if (msg_end(m) == -1 || fd != -1)
		return -1;
	end(s, 0);
	return 0;
}

static int
on_parent_message(void *arg, struct msg_in *m, int fd)
{
	struct server *s = arg;
	int r = -1;

	if (s->ending) { /* what comes after the last word is not for us */
		if (fd != -1)
			close(fd);
		return 0;
	}
	if (m->type == ROLE_START)
		r = on_start(s, m, fd);
	else if (m->type == ROLE_PEER)
		r = on_peer(s, m, fd);
	else if (m->type == ROLE_STOP)
		r = on_stop(s, m, fd);
	if (r == -1)
		fatal("store: malformed message %u from the warden", m->type);
	return 0;
}

static void
on_parent_close(void *arg, const char *why)
{
	struct server *s = arg;

	if (s->ending)
		return;
	log_info("store: warden gone: %s", why);
	end(s, 0);
}

static void
finish(struct server *s)
{
	if (s->open) {
		store_batch_finish(s->batch);
		if (s->engine != NULL)
			peer_flush(s->engine);
	}
	peer_free(s->engine);
	store_stream_free(s->stream);
	store_batch_free(s->batch);
	store_write_free(s->write);
	if (s->open)
		store_db_close(&s->db);
	drop_parts(s);
	peer_free(s->parent);
	event_base_free(s->base);
}

static void
ignore(int number)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = SIG_IGN;
	sigaction(number, &sa, NULL);
}

int
store_main(void)
{
	static const struct peer_hooks hooks = { on_parent_message,
		on_parent_close };
	struct server s;

	log_init("store", LOG_LEVEL_INFO);
	memset(&s, 0, sizeof(s));
	/* One thread, so no locks.  Refused in a process that has used SQLite
	 * before (a test's), which then keeps them. */
	(void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	/* Pages as they are needed, instead of twenty for each connection. */
	(void)sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
	s.base = event_base_new();
	if (s.base == NULL || event_base_priority_init(s.base, PRIORITIES) != 0)
		fatal("store: cannot make an event base");
	/* Ctrl-C at a terminal is for the warden, who then says ROLE_STOP. */
	ignore(SIGINT);
	ignore(SIGPIPE);
	umask(077);
	s.parent = peer_new(s.base, WIRE_FD, &hooks, &s);
	event_base_dispatch(s.base);
	finish(&s);
	return s.status;
}
