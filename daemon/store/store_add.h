/*
 * store_add: what stands beside the records: signatures, keys, certificates,
 * rotations, time stamps, tombstones.
 *
 * Called within a group (daemon/store/store_write.h).  Results: 0 done, or it
 * was there already; 1 refused with *e, the group goes on; -1 with *e: the
 * database failed.
 */
#ifndef ASSAY_STORE_ADD_H
#define ASSAY_STORE_ADD_H

#include <stddef.h>

#include <sqlite3.h>

#include "base/err.h"

/* kind and value (canonical JSON): the table at store_add() in store.h. */
int store_add_row(sqlite3 *db, const char *kind, const char *value, size_t size,
    struct err *e);

#endif
