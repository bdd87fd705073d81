/*
 * store_batch: changes that wait, made durable together.
 *
 * Everything that came in one turn of the loop goes into one transaction: one
 * fsync for all of it.  While another process holds the database, the group
 * waits on a timer, not in SQLite, so that queries go on.
 */
#ifndef ASSAY_STORE_BATCH_H
#define ASSAY_STORE_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

struct event_base;
struct store_batch;
struct store_write;

struct store_batch_hooks {
	/* In the order of the changes: so many of them, from this one on.
	 * error NULL: durable. */
	void (*on_done)(
	    void *arg, uint64_t request, uint32_t count, const char *error);
	/* true: take no more for now; false: go on. */
	void (*on_full)(void *arg, bool full);
};

/* db: the writer that w writes to. */
struct store_batch *store_batch_new(struct event_base *base,
    struct store_write *w, sqlite3 *db, const struct store_batch_hooks *hooks,
    void *arg);
/* What still waits is dropped, unanswered. */
void store_batch_free(struct store_batch *b);

/* Bytes and strings are copied. */
void store_batch_record(struct store_batch *b, uint64_t request, uint64_t seq,
    const void *bytes, size_t size);
void store_batch_document(struct store_batch *b, uint64_t request,
    const char *sha256, const void *bytes, size_t size);
void store_batch_register(struct store_batch *b, uint64_t request,
    const char *kind, const char *name, const char *value);
void store_batch_add(struct store_batch *b, uint64_t request, const char *kind,
    const char *value);

/* Tries to make durable what waits, now, unless a lock is waited for. */
void store_batch_flush(struct store_batch *b);
/* The same for the last time: whatever cannot be now is answered so. */
void store_batch_finish(struct store_batch *b);

#endif
