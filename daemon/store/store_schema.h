/*
 * store_schema: what lies in the database, and how an older one gets there.
 *
 * PRAGMA user_version counts the migrations done; each is one transaction.
 * What is evidence is append-only by triggers that a connection cannot switch
 * off with a conflict clause.  Triggers stop mistakes; the chain and its
 * signature stop tampering.
 */
#ifndef ASSAY_STORE_SCHEMA_H
#define ASSAY_STORE_SCHEMA_H

#include <sqlite3.h>

#include "base/err.h"

/* The version that this program writes. */
int store_schema_version(void);

/* Brings db to this program's version.  -1 with *e: SQLite refused, or db is
 * newer than this program and must not be touched. */
int store_schema_migrate(sqlite3 *db, struct err *e);
/* To an older one, as the program of then left it. */
int store_schema_migrate_to(sqlite3 *db, int to, struct err *e);

/* Every table, index and trigger of this program is there, unchanged (more
 * may be).  -1 with *e naming the first that is not. */
int store_schema_check(sqlite3 *db, struct err *e);

#endif
