/*
 * store_index: the columns to search by, derived from the records' bytes.
 *
 * The bytes are the truth; the index may be thrown away and made anew at any
 * time, and a difference between the two is the index's error.
 */
#ifndef ASSAY_STORE_INDEX_H
#define ASSAY_STORE_INDEX_H

#include <stdint.h>

#include <sqlite3.h>

#include "base/err.h"
#include "records/record_view.h"

/* The statement that adds rows.  NULL with *e; caller finalizes. */
sqlite3_stmt *store_index_prepare(sqlite3 *db, struct err *e);
/* Adds the row of one record.  -1 with *e. */
int store_index_add(
    sqlite3_stmt *insert, const struct record_view *record, struct err *e);

/* Makes the whole index anew, in one transaction, and compares: *changed is
 * how many rows were missing, wrong or too many.  -1 with *e: nothing is
 * changed (a record could not be read, the disk is full, …). */
int store_index_rebuild(sqlite3 *db, uint64_t *changed, struct err *e);

/* Rebuilds if the index has not as many rows as there are records. */
int store_index_restore(sqlite3 *db, struct err *e);

#endif
