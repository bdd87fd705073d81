/*
 * store_batch: changes that wait, made durable together.
 */
#include "daemon/store/store_batch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

#include <event2/event.h>

#include "base/alloc.h"
#include "base/log.h"
#include "daemon/store/store_add.h"
#include "daemon/store/store_shelf.h"
#include "daemon/store/store_write.h"

#define OPS_MAX 1024 /* of one group */
#define BYTES_MAX (16u << 20)
#define LOCK_LIMIT_MS 5000 /* for another process to let go */
#define LOCK_RETRY_MS 20

enum op_kind {
	OP_RECORD,
	OP_DOCUMENT,
	OP_REGISTER,
	OP_ADD
};

struct op {
	STAILQ_ENTRY(op) entry;
	enum op_kind kind;
	uint64_t request, seq;
	char *kind_name, *name; /* name: a document's SHA-256 */
	char *bytes;
	size_t size;
	bool refused;
	struct err why;
};

struct store_batch {
	struct store_write *write;
	sqlite3 *db;
	struct store_batch_hooks hooks;
	void *arg;
	struct event *turn, *retry;
	STAILQ_HEAD(, op) ops;
	size_t nops, nbytes;
	bool waiting; /* for a lock, until give_up_ms */
	bool full;
	int64_t give_up_ms;
};

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
op_free(struct op *op)
{
	free(op->kind_name);
	free(op->name);
	free(op->bytes);
	free(op);
}

/* Takes the changes off the head that have one answer, *why. */
static uint32_t
take_alike(struct store_batch *b, const char *error, struct err *why)
{
	struct op *op = STAILQ_FIRST(&b->ops);
	const bool refused = op->refused;
	uint32_t count = 0;

	*why = op->why;
	do {
		STAILQ_REMOVE_HEAD(&b->ops, entry);
		op_free(op);
		count++;
		op = STAILQ_FIRST(&b->ops);
	} while (op != NULL && (error != NULL || (!refused && !op->refused)));
	return count;
}

/* Answers every change of the group; error NULL: as each was judged. */
static void
answer(struct store_batch *b, const char *error)
{
	uint64_t request;
	uint32_t count;
	struct err why;
	bool refused;

	b->nops = b->nbytes = 0;
	while (!STAILQ_EMPTY(&b->ops)) {
		request = STAILQ_FIRST(&b->ops)->request;
		refused = STAILQ_FIRST(&b->ops)->refused;
		count = take_alike(b, error, &why);
		if (error == NULL && refused)
			b->hooks.on_done(b->arg, request, count, why.text);
		else
			b->hooks.on_done(b->arg, request, count, error);
	}
	if (b->full) {
		b->full = false;
		b->hooks.on_full(b->arg, false);
	}
}

static int
apply(struct store_batch *b, struct op *op, struct err *e)
{
	int r = 0;

	switch (op->kind) {
	case OP_RECORD:
		r = store_write_record(
		    b->write, op->seq, op->bytes, op->size, e);
		break;
	case OP_DOCUMENT:
		r = store_shelf_document(
		    b->db, op->name, op->bytes, op->size, e);
		break;
	case OP_REGISTER:
		r = store_shelf_register(
		    b->db, op->kind_name, op->name, op->bytes, e);
		break;
	case OP_ADD:
		r = store_add_row(b->db, op->kind_name, op->bytes, op->size, e);
		break;
	}
	op->refused = r == 1;
	if (r == 1) {
		op->why = *e;
		log_warn("store: refused: %s", e->text);
	}
	return r == -1 ? -1 : 0;
}

static void
fail_group(struct store_batch *b, const char *error)
{
	log_error("store: %zu changes are not stored: %s", b->nops, error);
	answer(b, error);
}

/* The group has its transaction. */
static void
commit(struct store_batch *b)
{
	struct err e = { .text = "" };
	struct op *op;

	STAILQ_FOREACH (op, &b->ops, entry)
		if (apply(b, op, &e) == -1) {
			store_write_rollback(b->write, e.text);
			fail_group(b, e.text);
			return;
		}
	if (store_write_commit(b->write, &e) == -1)
		fail_group(b, e.text);
	else
		answer(b, NULL);
}

static void
wait_for_lock(struct store_batch *b, const struct err *e)
{
	static const struct timeval again = { 0, LOCK_RETRY_MS * 1000 };

	if (!b->waiting) {
		b->waiting = true;
		b->give_up_ms = now_ms() + LOCK_LIMIT_MS;
		log_warn("store: %s, retrying", e->text);
	}
	if (now_ms() < b->give_up_ms) {
		event_add(b->retry, &again);
		return;
	}
	b->waiting = false;
	fail_group(b, e->text);
}

static void
try_group(struct store_batch *b, bool last)
{
	struct err e;
	int r;

	if (b->nops == 0)
		return;
	r = store_write_begin(b->write, &e);
	if (r == 1 && !last) {
		wait_for_lock(b, &e);
		return;
	}
	b->waiting = false;
	if (r == 0)
		commit(b);
	else
		fail_group(b, e.text);
}

static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	store_batch_flush(arg);
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	try_group(arg, false);
}

struct store_batch *
store_batch_new(struct event_base *base, struct store_write *w, sqlite3 *db,
    const struct store_batch_hooks *hooks, void *arg)
{
	struct store_batch *b = xcalloc(1, sizeof(*b));

	b->write = w;
	b->db = db;
	b->hooks = *hooks;
	b->arg = arg;
	STAILQ_INIT(&b->ops);
	b->turn = event_new(base, -1, 0, on_turn, b);
	b->retry = event_new(base, -1, 0, on_retry, b);
	if (b->turn == NULL || b->retry == NULL)
		fatal("store: cannot make events");
	/* After whatever else is ready: what waits in the socket belongs to
	 * this group. */
	event_priority_set(b->turn, event_base_get_npriorities(base) - 1);
	return b;
}

void
store_batch_free(struct store_batch *b)
{
	struct op *op;

	if (b == NULL)
		return;
	while ((op = STAILQ_FIRST(&b->ops)) != NULL) {
		STAILQ_REMOVE_HEAD(&b->ops, entry);
		op_free(op);
	}
	event_free(b->turn);
	event_free(b->retry);
	free(b);
}

static struct op *
op_new(enum op_kind kind, uint64_t request, const void *bytes, size_t size)
{
	struct op *op = xcalloc(1, sizeof(*op));

	op->kind = kind;
	op->request = request;
	op->bytes = xcalloc(1, size + 1);
	if (size > 0)
		memcpy(op->bytes, bytes, size);
	op->size = size;
	return op;
}

static void
add(struct store_batch *b, struct op *op)
{
	STAILQ_INSERT_TAIL(&b->ops, op, entry);
	b->nops++;
	b->nbytes += op->size;
	event_active(b->turn, EV_TIMEOUT, 0);
	if (b->nops < OPS_MAX && b->nbytes < BYTES_MAX)
		return;
	store_batch_flush(b);
	if (b->waiting && !b->full) {
		b->full = true;
		b->hooks.on_full(b->arg, true);
	}
}

void
store_batch_record(struct store_batch *b, uint64_t request, uint64_t seq,
    const void *bytes, size_t size)
{
	struct op *op = op_new(OP_RECORD, request, bytes, size);

	op->seq = seq;
	add(b, op);
}

void
store_batch_document(struct store_batch *b, uint64_t request,
    const char *sha256, const void *bytes, size_t size)
{
	struct op *op = op_new(OP_DOCUMENT, request, bytes, size);

	op->name = xstrdup(sha256);
	add(b, op);
}

void
store_batch_register(struct store_batch *b, uint64_t request, const char *kind,
    const char *name, const char *value)
{
	struct op *op = op_new(OP_REGISTER, request, value, strlen(value));

	op->kind_name = xstrdup(kind);
	op->name = xstrdup(name);
	add(b, op);
}

void
store_batch_add(struct store_batch *b, uint64_t request, const char *kind,
    const char *value)
{
	struct op *op = op_new(OP_ADD, request, value, strlen(value));

	op->kind_name = xstrdup(kind);
	add(b, op);
}

void
store_batch_flush(struct store_batch *b)
{
	if (!b->waiting)
		try_group(b, false);
}

void
store_batch_finish(struct store_batch *b)
{
	try_group(b, true);
}
