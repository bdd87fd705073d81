/*
 * store_query: questions to the store, answered row by row.
 *
 * The table of queries, with their arguments and rows, is in
 * daemon/store/store.h and store_query.c.  A row that carries a record is given
 * out only if its bytes still match the hash that was taken when they came in.
 */
#ifndef ASSAY_STORE_QUERY_H
#define ASSAY_STORE_QUERY_H

#include <stddef.h>

#include <jansson.h>
#include <sqlite3.h>

#include "base/err.h"

struct store_query;

/* args: an object, or NULL.  NULL with *e: no such query or argument. */
struct store_query *store_query_open(
    sqlite3 *reader, const char *name, const json_t *args, struct err *e);
/* 1: *text is the next row, a JSON object, caller frees; 0: no more; -1 with
 * *e: the answer is not complete. */
int store_query_next(
    struct store_query *q, char **text, size_t *size, struct err *e);
void store_query_close(struct store_query *q);

#endif
