/*
 * store_db: SQLite as the store uses it: two connections on one file.
 */
#include "daemon/store/store_db.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "daemon/store/store_index.h"
#include "daemon/store/store_schema.h"

#define WAL_LIMIT "67108864"   /* bytes kept of the log after a checkpoint */
#define WAL_BYTES (4304 << 10) /* what it grows to between two checkpoints */

static const struct {
	int code;
	const char *text;
} texts[] = {
	{ SQLITE_FULL, "database or disk is full" },
	{ SQLITE_READONLY, "the database is read-only" },
	{ SQLITE_BUSY, "the database is locked by another process" },
	{ SQLITE_LOCKED, "the database is locked by another process" },
	{ SQLITE_CORRUPT, "the database is corrupt" },
	{ SQLITE_NOTADB, "the file is not a database" },
	{ SQLITE_CANTOPEN, "cannot open the database" },
	{ SQLITE_IOERR, "cannot read or write the database" },
};

int
store_db_error(sqlite3 *db, struct err *e)
{
	int code = sqlite3_errcode(db) & 0xff, sys = sqlite3_system_errno(db);
	const char *why = sqlite3_errmsg(db);
	size_t i;

	if ((code == SQLITE_CANTOPEN || code == SQLITE_IOERR) && sys != 0)
		why = strerror(sys);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].code == code)
			return strcmp(texts[i].text, why) == 0
			    ? err_set(e, "%s", why)
			    : err_set(e, "%s: %s", texts[i].text, why);
	return err_set(e, "%s", why);
}

int
store_db_exec(sqlite3 *db, const char *sql, struct err *e)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return store_db_error(db, e);
	return 0;
}

int
store_db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **s, struct err *e)
{
	if (sqlite3_prepare_v2(db, sql, -1, s, NULL) != SQLITE_OK)
		return store_db_error(db, e);
	return 0;
}

int
store_db_number(sqlite3 *db, const char *sql, int64_t *v, struct err *e)
{
	sqlite3_stmt *s;
	int r = 0;

	*v = 0;
	if (store_db_prepare(db, sql, &s, e) == -1)
		return -1;
	if (sqlite3_step(s) == SQLITE_ROW)
		*v = sqlite3_column_int64(s, 0);
	else
		r = store_db_error(db, e);
	sqlite3_finalize(s);
	return r;
}

void
store_db_rollback(sqlite3 *db)
{
	/* After some errors (disk full) SQLite has rolled back by itself. */
	if (!sqlite3_get_autocommit(db) &&
	    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL) != SQLITE_OK)
		log_error("store: rollback: %s", sqlite3_errmsg(db));
}

/* Zeros behind what the log holds.  0, or -1. */
static int
lengthen(sqlite3_file *log)
{
	static const uint8_t zeros[1 << 16];
	sqlite3_int64 was, at;
	int r, n;

	if (log->pMethods->xFileSize(log, &was) != SQLITE_OK)
		return -1;
	r = SQLITE_OK;
	for (at = was; r == SQLITE_OK && at < WAL_BYTES; at += n) {
		n = WAL_BYTES - at < (sqlite3_int64)sizeof(zeros)
		    ? (int)(WAL_BYTES - at)
		    : (int)sizeof(zeros);
		r = log->pMethods->xWrite(log, zeros, n, at);
	}
	if (r == SQLITE_OK && at > was)
		r = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
	if (r == SQLITE_OK)
		return 0;
	(void)log->pMethods->xTruncate(log, was);
	return -1;
}

/* A commit into a file that grows needs the file system's journal as well, and
 * takes twice as long: the log is made as long as it gets beforehand.  SQLite
 * passes over what is behind its last frame. */
static void
lengthen_log(sqlite3 *db)
{
	sqlite3_file *log = NULL;

	/* Nobody else may write meanwhile. */
	if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
		return; /* it grows as it is written */
	if (sqlite3_file_control(
		db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK &&
	    log != NULL && log->pMethods != NULL && lengthen(log) == -1)
		log_warn("store: no room for a log of full length");
	store_db_rollback(db);
}

static int
open_writer(struct store_db *db, const char *path, int wait_ms, struct err *e)
{
	static const char setup[] = "PRAGMA journal_mode = WAL;"
				    "PRAGMA synchronous = FULL;"
				    "PRAGMA foreign_keys = ON;"
				    "PRAGMA recursive_triggers = ON;"
				    "PRAGMA trusted_schema = OFF;"
				    "PRAGMA journal_size_limit = " WAL_LIMIT;

	if (sqlite3_open_v2(path, &db->writer,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) != SQLITE_OK)
		return store_db_error(db->writer, e);
	/* SQLite falls back to reading alone, and fails much later. */
	if (sqlite3_db_readonly(db->writer, "main") == 1)
		return err_set(e, "the file is read-only");
	sqlite3_busy_timeout(db->writer, wait_ms);
	if (store_db_exec(db->writer, setup, e) == -1 ||
	    store_schema_migrate(db->writer, e) == -1 ||
	    store_schema_check(db->writer, e) == -1 ||
	    store_index_restore(db->writer, e) == -1)
		return -1;
	lengthen_log(db->writer);
	sqlite3_busy_timeout(db->writer, 0);
	return 0;
}

static int
open_reader(struct store_db *db, const char *path, int wait_ms, struct err *e)
{
	if (sqlite3_open_v2(path, &db->reader, SQLITE_OPEN_READWRITE, NULL) !=
	    SQLITE_OK)
		return store_db_error(db->reader, e);
	sqlite3_busy_timeout(db->reader, wait_ms);
	if (store_db_exec(db->reader, "PRAGMA query_only = ON", e) == -1)
		return -1;
	sqlite3_busy_timeout(db->reader, 0);
	return 0;
}

static bool
may_go_by_itself(const struct store_db *db)
{
	int code =
	    sqlite3_errcode(db->reader != NULL ? db->reader : db->writer) &
	    0xff;

	return code == SQLITE_BUSY || code == SQLITE_LOCKED ||
	    code == SQLITE_FULL || code == SQLITE_IOERR ||
	    code == SQLITE_CANTOPEN || code == SQLITE_READONLY;
}

enum store_db_result
store_db_open(struct store_db *db, const char *path, int wait_ms, struct err *e)
{
	enum store_db_result r;

	memset(db, 0, sizeof(*db));
	if (open_writer(db, path, wait_ms, e) == 0 &&
	    open_reader(db, path, wait_ms, e) == 0)
		return STORE_DB_OK;
	err_prefix(e, "%s", path);
	r = may_go_by_itself(db) ? STORE_DB_RETRY : STORE_DB_HOPELESS;
	sqlite3_close(db->reader);
	sqlite3_close(db->writer);
	memset(db, 0, sizeof(*db));
	return r;
}

void
store_db_close(struct store_db *db)
{
	if (sqlite3_close(db->reader) != SQLITE_OK)
		log_error("store: a query is still open");
	if (sqlite3_wal_checkpoint_v2(db->writer, NULL,
		SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) != SQLITE_OK)
		log_warn("store: checkpoint: %s", sqlite3_errmsg(db->writer));
	if (sqlite3_close(db->writer) != SQLITE_OK)
		log_error("store: a statement is still open");
	memset(db, 0, sizeof(*db));
}
