/*
 * store_large: documents that are larger than one row, as a list of parts.
 *
 * Each part is a document of its own, stored before.  The list is taken only
 * when the parts are there and together have the SHA-256 that they are said to
 * have; they are read one after the other, never all at once.
 */
#ifndef ASSAY_STORE_LARGE_H
#define ASSAY_STORE_LARGE_H

#include <stddef.h>

#include <sqlite3.h>

#include "base/err.h"

/* value: canonical JSON {sha256, parts: "SHA-256,SHA-256…" in their order}.
 * Results as store_add_row().  The same again is fine. */
int store_large_add(sqlite3 *db, const char *value, size_t size, struct err *e);

#endif
