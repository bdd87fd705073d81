/*
 * store_db: SQLite as the store uses it: two connections on one file.
 *
 * The writer never waits (busy is an answer, retried by its caller on the
 * event loop); the reader only reads, so that a lock held by another process
 * stops no query.  Every error becomes a sentence for a person.
 */
#ifndef ASSAY_STORE_DB_H
#define ASSAY_STORE_DB_H

#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

#include "base/err.h"

struct store_db {
	sqlite3 *writer, *reader;
};

/* Why a database could not be opened, as an exit status. */
enum store_db_result {
	STORE_DB_OK = 0,
	STORE_DB_RETRY = 1,     /* locked, no space, …: may go by itself */
	STORE_DB_HOPELESS = 78, /* (EX_CONFIG) a person must act: newer
				   schema, corrupt, read-only … */
};

/* Opens or makes path, migrates it, checks its schema.  May wait for another
 * process's lock, at most wait_ms. */
enum store_db_result store_db_open(
    struct store_db *db, const char *path, int wait_ms, struct err *e);
/* Moves the log into the database file, as far as nobody reads it. */
void store_db_close(struct store_db *db);

/* -1, with *e saying db's latest error for a person. */
int store_db_error(sqlite3 *db, struct err *e);
int store_db_exec(sqlite3 *db, const char *sql, struct err *e);
int store_db_prepare(
    sqlite3 *db, const char *sql, sqlite3_stmt **s, struct err *e);
/* The single number that sql yields; 0 when it is NULL. */
int store_db_number(sqlite3 *db, const char *sql, int64_t *v, struct err *e);
/* Ends a transaction, if SQLite has not ended it already. */
void store_db_rollback(sqlite3 *db);

#endif
