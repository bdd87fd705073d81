/*
 * store_shelf: what the store keeps beside the records: documents by their
 * hash, and the registry of orders, products, samples, devices, holds,
 * baselines and waivers.
 *
 * Both are append-only: a document that is there stays, a registered name gets
 * a newer version.  Called within a group (daemon/store/store_write.h).
 * Results: 0 done; 1 refused with *e, the group goes on; -1 with *e: the
 * database failed.
 */
#ifndef ASSAY_STORE_SHELF_H
#define ASSAY_STORE_SHELF_H

#include <stddef.h>

#include <sqlite3.h>

#include "base/err.h"

int store_shelf_document(sqlite3 *db, const char *sha256, const void *bytes,
    size_t size, struct err *e);

/* kind: "order", "product", "sample", "device", "hold", "baseline", "waiver".
 * value: a JSON object as text, stored in canonical form.  The same value again
 * adds nothing. */
int store_shelf_register(sqlite3 *db, const char *kind, const char *name,
    const char *value, struct err *e);

/* The table of a kind, or NULL. */
const char *store_shelf_table(const char *kind);

#endif
