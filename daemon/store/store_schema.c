/*
 * store_schema: what lies in the database, and how an older one gets there.
 *
 * A migration, once released, is never changed; a new one is added below it.
 */
#include "daemon/store/store_schema.h"

#include <stdio.h>
#include <string.h>

#include "daemon/store/store_db.h"

/* UPDATE, DELETE, and INSERT of an id that is there, are refused.  A BEFORE
 * INSERT trigger sees INSERT OR REPLACE and UPSERT before they resolve their
 * conflict, so it holds on a connection without recursive_triggers, too. */
#define APPEND_ONLY(table, same) \
	"CREATE TRIGGER " table "_no_update BEFORE UPDATE ON " table \
	" BEGIN SELECT RAISE(ABORT, '" table " is append-only'); END;" \
	"CREATE TRIGGER " table "_no_delete BEFORE DELETE ON " table \
	" BEGIN SELECT RAISE(ABORT, '" table " is append-only'); END;" \
	"CREATE TRIGGER " table "_no_replace BEFORE INSERT ON " table \
	" WHEN EXISTS (SELECT 1 FROM " table " AS old WHERE " same ")" \
	" BEGIN SELECT RAISE(ABORT, '" table " is append-only'); END;"

/* Order, product, sample, device: a row is a version of a name.  value is
 * canonical JSON, time ns since 1970. */
#define REGISTRY(table) \
	"CREATE TABLE " table " (" \
	" id INTEGER PRIMARY KEY," \
	" name TEXT NOT NULL," \
	" value TEXT NOT NULL," \
	" time INTEGER NOT NULL" \
	") STRICT;" \
	"CREATE INDEX " table "_by_name ON " table " (name, id);"

#define SHA256_COLUMN \
	" sha256 TEXT NOT NULL CHECK (length(sha256) = 64" \
	"  AND sha256 NOT GLOB '*[^0-9a-f]*'),"

static const char *const migration_1[] = {
	REGISTRY("customer_order"),
	APPEND_ONLY("customer_order", "old.id = NEW.id"),
	REGISTRY("product"),
	APPEND_ONLY("product", "old.id = NEW.id"),
	REGISTRY("sample"),
	APPEND_ONLY("sample", "old.id = NEW.id"),
	REGISTRY("device"),
	APPEND_ONLY("device", "old.id = NEW.id"),

	/* The evidence itself.  run and type are in the bytes, too. */
	"CREATE TABLE record ("
	" seq INTEGER PRIMARY KEY CHECK (seq > 0),"
	" run INTEGER NOT NULL REFERENCES record (seq),"
	" type TEXT NOT NULL," SHA256_COLUMN
	" bytes BLOB NOT NULL CHECK (length(bytes) <= 49152)"
	") STRICT;"
	"CREATE INDEX record_by_run ON record (run, seq);"
	"CREATE INDEX record_by_type ON record (type, seq);",
	APPEND_ONLY("record", "old.seq = NEW.seq"),

	/* Derived from record.bytes, and rebuilt from them: no evidence. */
	"CREATE TABLE record_index ("
	" seq INTEGER PRIMARY KEY REFERENCES record (seq),"
	" run INTEGER NOT NULL,"
	" type TEXT NOT NULL,"
	" time INTEGER NOT NULL,"
	" bench TEXT, order_name TEXT, product TEXT, sample TEXT, state TEXT,"
	" firmware TEXT, mode TEXT, step INTEGER, job INTEGER, repeat INTEGER,"
	" device TEXT, segment TEXT, scenario TEXT, probe TEXT, method INTEGER,"
	" check_id TEXT, claim TEXT, verdict TEXT, reason TEXT, outcome TEXT"
	") STRICT;"
	"CREATE INDEX record_index_by_run ON record_index (run, type);"
	"CREATE INDEX record_index_by_type ON record_index (type, seq);"
	"CREATE INDEX record_index_by_device ON record_index (device)"
	" WHERE device IS NOT NULL;"
	"CREATE INDEX record_index_by_check ON record_index (check_id)"
	" WHERE check_id IS NOT NULL;"
	"CREATE INDEX record_index_by_sample ON record_index (sample)"
	" WHERE sample IS NOT NULL;",

	"CREATE TABLE document ("
	" id INTEGER PRIMARY KEY," SHA256_COLUMN
	" bytes BLOB NOT NULL CHECK (length(bytes) <= 4194304),"
	" time INTEGER NOT NULL,"
	" UNIQUE (sha256)"
	") STRICT;",
	APPEND_ONLY("document", "old.id = NEW.id OR old.sha256 = NEW.sha256"),

	/* Signatures stand beside the record and cover its SHA-256. */
	"CREATE TABLE signature ("
	" id INTEGER PRIMARY KEY,"
	" seq INTEGER NOT NULL REFERENCES record (seq),"
	" key_id TEXT NOT NULL,"
	" sig BLOB NOT NULL,"
	" time INTEGER NOT NULL,"
	" UNIQUE (seq, key_id)"
	") STRICT;",
	APPEND_ONLY("signature",
	    "old.id = NEW.id"
	    " OR (old.seq = NEW.seq AND old.key_id = NEW.key_id)"),

	/* What stays of a capture file that was pruned. */
	"CREATE TABLE tombstone ("
	" id INTEGER PRIMARY KEY,"
	" file TEXT NOT NULL UNIQUE," SHA256_COLUMN " size INTEGER NOT NULL,"
	" frames INTEGER NOT NULL,"
	" reason TEXT NOT NULL,"
	" time INTEGER NOT NULL"
	") STRICT;",
	APPEND_ONLY("tombstone", "old.id = NEW.id OR old.file = NEW.file"),
	NULL,
};

/* Keys, what they signed, and who vouches for them. */
static const char *const migration_2[] = {
	REGISTRY("hold"),
	APPEND_ONLY("hold", "old.id = NEW.id"),

	/* The public half. */
	"CREATE TABLE bench_key ("
	" id INTEGER PRIMARY KEY,"
	" key_id TEXT NOT NULL UNIQUE,"
	" pem TEXT NOT NULL,"
	" time INTEGER NOT NULL"
	") STRICT;",
	APPEND_ONLY("bench_key", "old.id = NEW.id OR old.key_id = NEW.key_id"),

	/* The newest of a key counts. */
	"CREATE TABLE certificate ("
	" id INTEGER PRIMARY KEY,"
	" key_id TEXT NOT NULL,"
	" pem TEXT NOT NULL,"
	" time INTEGER NOT NULL"
	") STRICT;"
	"CREATE INDEX certificate_by_key ON certificate (key_id, id);",
	APPEND_ONLY("certificate", "old.id = NEW.id"),

	"CREATE TABLE rotation ("
	" id INTEGER PRIMARY KEY,"
	" statement TEXT NOT NULL UNIQUE,"
	" sig_old BLOB NOT NULL,"
	" sig_new BLOB NOT NULL,"
	" time INTEGER NOT NULL"
	") STRICT;",
	APPEND_ONLY(
	    "rotation", "old.id = NEW.id OR old.statement = NEW.statement"),

	/* An authority's word on when manifest seq was there. */
	"CREATE TABLE timestamp ("
	" id INTEGER PRIMARY KEY,"
	" seq INTEGER NOT NULL REFERENCES record (seq),"
	" token BLOB NOT NULL,"
	" time INTEGER NOT NULL,"
	" UNIQUE (seq, token)"
	") STRICT;",
	APPEND_ONLY("timestamp",
	    "old.id = NEW.id"
	    " OR (old.seq = NEW.seq AND old.token = NEW.token)"),

	"CREATE TABLE tombstone_signature ("
	" id INTEGER PRIMARY KEY,"
	" file TEXT NOT NULL UNIQUE REFERENCES tombstone (file),"
	" key_id TEXT NOT NULL,"
	" statement TEXT NOT NULL,"
	" sig BLOB NOT NULL,"
	" time INTEGER NOT NULL"
	") STRICT;",
	APPEND_ONLY(
	    "tombstone_signature", "old.id = NEW.id OR old.file = NEW.file"),
	NULL,
};

/* Where a job has come to, for the next one of its key; no evidence. */
static const char *const migration_3[] = {
	"CREATE TABLE checkpoint ("
	" key TEXT PRIMARY KEY,"
	" run INTEGER NOT NULL,"
	" bytes BLOB NOT NULL CHECK (length(bytes) <= 20480),"
	" time INTEGER NOT NULL"
	") STRICT;",
	"CREATE INDEX checkpoint_by_time ON checkpoint (time);",
	/* Nobody goes on from what is over 30 days old. */
	"CREATE TRIGGER checkpoint_ages AFTER INSERT ON checkpoint"
	" BEGIN DELETE FROM checkpoint"
	" WHERE time < NEW.time - 2592000000000000; END;",
	NULL,
};

/* A record costs as few pages as can be: what is asked of few types alone is
 * indexed for those alone, and the columns to search by lie by run. */
static const char *const migration_4[] = {
	"DROP INDEX record_by_type;"
	"CREATE INDEX record_manifests ON record (seq)"
	" WHERE type = 'manifest';",

	"ALTER TABLE record_index RENAME TO record_index_3;",
	"CREATE TABLE record_index ("
	" seq INTEGER NOT NULL,"
	" run INTEGER NOT NULL,"
	" type TEXT NOT NULL,"
	" time INTEGER NOT NULL,"
	" bench TEXT, order_name TEXT, product TEXT, sample TEXT, state TEXT,"
	" firmware TEXT, mode TEXT, step INTEGER, job INTEGER, repeat INTEGER,"
	" device TEXT, segment TEXT, scenario TEXT, probe TEXT, method INTEGER,"
	" check_id TEXT, claim TEXT, verdict TEXT, reason TEXT, outcome TEXT,"
	" PRIMARY KEY (run, seq)"
	") STRICT, WITHOUT ROWID;",
	"INSERT INTO record_index SELECT * FROM record_index_3 ORDER BY run,"
	" seq;",
	"DROP TABLE record_index_3;",
	"CREATE INDEX record_index_runs ON record_index (seq)"
	" WHERE type = 'run';"
	"CREATE INDEX record_index_manifests ON record_index (run)"
	" WHERE type = 'manifest';",
	NULL,
};

/* What a device's later runs are compared with, and what is let pass till when.
 */
static const char *const migration_5[] = {
	REGISTRY("baseline"),
	APPEND_ONLY("baseline", "old.id = NEW.id"),
	REGISTRY("waiver"),
	APPEND_ONLY("waiver", "old.id = NEW.id"),
	NULL,
};

/* Documents that are larger than a row: in the order of their parts. */
static const char *const migration_6[] = {
	"CREATE TABLE document_part ("
	" id INTEGER PRIMARY KEY,"
	" whole TEXT NOT NULL CHECK (length(whole) = 64"
	"  AND whole NOT GLOB '*[^0-9a-f]*'),"
	" at INTEGER NOT NULL,"
	" size INTEGER NOT NULL CHECK (size > 0),"
	" part TEXT NOT NULL REFERENCES document (sha256),"
	" time INTEGER NOT NULL,"
	" UNIQUE (whole, at)"
	") STRICT;",
	APPEND_ONLY("document_part",
	    "old.id = NEW.id"
	    " OR (old.whole = NEW.whole AND old.at = NEW.at)"),
	NULL,
};

static const char *const *const migrations[] = { migration_1, migration_2,
	migration_3, migration_4, migration_5, migration_6 };

#define VERSION ((int)(sizeof(migrations) / sizeof(migrations[0])))

int
store_schema_version(void)
{
	return VERSION;
}

static int
migrate_one(sqlite3 *db, int to, struct err *e)
{
	const char *const *sql = migrations[to - 1];
	char set_version[48];
	int r;

	snprintf(
	    set_version, sizeof(set_version), "PRAGMA user_version = %d", to);
	r = store_db_exec(db, "BEGIN IMMEDIATE", e);
	for (; r == 0 && *sql != NULL; sql++)
		r = store_db_exec(db, *sql, e);
	if (r == 0 && store_db_exec(db, set_version, e) == 0 &&
	    store_db_exec(db, "COMMIT", e) == 0)
		return 0;
	store_db_rollback(db);
	return err_prefix(e, "migration to schema %d", to);
}

int
store_schema_migrate_to(sqlite3 *db, int to, struct err *e)
{
	int64_t version;

	if (store_db_number(db, "PRAGMA user_version", &version, e) == -1)
		return -1;
	if (version > VERSION)
		return err_set(e,
		    "schema %lld is newer than this program's %d: "
		    "use the assayd that wrote it",
		    (long long)version, VERSION);
	for (; version < to; version++)
		if (migrate_one(db, (int)version + 1, e) == -1)
			return -1;
	return 0;
}

int
store_schema_migrate(sqlite3 *db, struct err *e)
{
	return store_schema_migrate_to(db, VERSION, e);
}

/* Compares with the same object of db. */
static int
check_object(sqlite3 *db, const char *name, const char *sql, struct err *e)
{
	static const char find[] =
	    "SELECT sql FROM sqlite_schema WHERE name = ?1";
	sqlite3_stmt *s;
	const char *theirs;
	int r = 0;

	if (store_db_prepare(db, find, &s, e) == -1)
		return -1;
	sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
	switch (sqlite3_step(s)) {
	case SQLITE_ROW:
		theirs = (const char *)sqlite3_column_text(s, 0);
		if (theirs == NULL || strcmp(theirs, sql) != 0)
			r = err_set(
			    e, "%s is not as this program made it", name);
		break;
	case SQLITE_DONE:
		r = err_set(e, "%s is missing", name);
		break;
	default:
		r = store_db_error(db, e);
	}
	sqlite3_finalize(s);
	return r;
}

static int
check_against(sqlite3 *db, sqlite3 *model, struct err *e)
{
	static const char all[] =
	    "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL";
	sqlite3_stmt *s;
	int r = 0;

	if (store_schema_migrate(model, e) == -1 ||
	    store_db_prepare(model, all, &s, e) == -1)
		return -1;
	while (r == 0 && sqlite3_step(s) == SQLITE_ROW)
		r = check_object(db, (const char *)sqlite3_column_text(s, 0),
		    (const char *)sqlite3_column_text(s, 1), e);
	sqlite3_finalize(s);
	return r;
}

int
store_schema_check(sqlite3 *db, struct err *e)
{
	sqlite3 *model = NULL;
	int r;

	/* What the migrations make of nothing is what must be there. */
	if (sqlite3_open(":memory:", &model) == SQLITE_OK)
		r = check_against(db, model, e);
	else
		r = store_db_error(model, e);
	sqlite3_close(model);
	return r;
}
