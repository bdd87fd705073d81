/*
 * store_write: what may be added to the store, and its making durable in
 * groups.
 *
 * A record is taken only if it is canonical and continues its run's chain (or
 * is there already, byte for byte).  After a refusal, or a commit that
 * failed, a run is refused until a new engine has come: what an engine piles
 * on a record that is not there must not get in beside it.
 */
#ifndef ASSAY_STORE_WRITE_H
#define ASSAY_STORE_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

#include "base/err.h"

struct store_write;

struct store_write *store_write_new(sqlite3 *writer);
/* Rolls back what is open. */
void store_write_free(struct store_write *w);
/* A new engine starts from what is durable: nothing is refused any more. */
void store_write_forget(struct store_write *w);

/* Opens a group.  1: another process holds the lock, try again later.  -1
 * with *e: cannot. */
int store_write_begin(struct store_write *w, struct err *e);

/* One record within the group.  0 taken; 1 refused with *e, and the group goes
 * on; -1 with *e: the database failed, and the whole group is undone. */
int store_write_record(struct store_write *w, uint64_t seq, const char *bytes,
    size_t size, struct err *e);

/* Makes the group durable.  -1 with *e: nothing of it is there. */
int store_write_commit(struct store_write *w, struct err *e);
/* Undoes it; its runs are refused from here on, because of why. */
void store_write_rollback(struct store_write *w, const char *why);

#endif
