/*
 * store_index: the columns to search by, derived from the records' bytes.
 */
#include "daemon/store_index.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/log.h"
#include "daemon/record.h"
#include "daemon/store_db.h"

/* Column: the field of the record that fills it (one level down at most).
 * A field that is not there, or of another kind, leaves NULL. */
#define COLUMNS(X) \
	X("seq", "seq", NULL, true) \
	X("run", "run", NULL, true) \
	X("type", "type", NULL, false) \
	X("time", "time", NULL, true) \
	X("bench", "bench", NULL, false) \
	X("order_name", "order", NULL, false) \
	X("product", "product", NULL, false) \
	X("sample", "sample", NULL, false) \
	X("state", "state", NULL, false) \
	X("firmware", "firmware", NULL, false) \
	X("mode", "mode", NULL, false) \
	X("step", "step", NULL, true) \
	X("job", "job", NULL, true) \
	X("repeat", "repeat", NULL, true) \
	X("device", "device", NULL, false) \
	X("segment", "segment", NULL, false) \
	X("scenario", "scenario", "name", false) \
	X("probe", "probe", NULL, false) \
	X("method", "method", NULL, true) \
	X("check_id", "check", NULL, false) \
	X("claim", "claim", NULL, false) \
	X("verdict", "verdict", NULL, false) \
	X("reason", "reason", NULL, false) \
	X("outcome", "outcome", NULL, false)

static const struct column {
	const char *field, *inner;
	bool number;
} columns[] = {
#define X(column, field, inner, number) { field, inner, number },
	COLUMNS(X)
#undef X
};

#define NCOLUMNS (sizeof(columns) / sizeof(columns[0]))

#define X(column, field, inner, number) "," column
static const char column_list[] = COLUMNS(X); /* begins with a comma */
#undef X
#define X(column, field, inner, number) ",?"
static const char place_list[] = COLUMNS(X);
#undef X

static int
bind_column(
    sqlite3_stmt *s, int at, const struct column *c, const json_t *record)
{
	const json_t *v = json_object_get(record, c->field);

	if (c->inner != NULL)
		v = json_object_get(v, c->inner);
	if (c->number && json_is_integer(v))
		return sqlite3_bind_int64(s, at, json_integer_value(v));
	if (!c->number && json_is_string(v))
		return sqlite3_bind_text(s, at, json_string_value(v),
		    (int)json_string_length(v), SQLITE_TRANSIENT);
	return sqlite3_bind_null(s, at);
}

static int
add_to(sqlite3 *db, const char *table, const json_t *record, struct err *e)
{
	char *sql = sqlite3_mprintf("INSERT INTO %s(%s) VALUES(%s)", table,
	    column_list + 1, place_list + 1);
	sqlite3_stmt *s = NULL;
	size_t i;
	int r;

	r = store_db_prepare(db, sql, &s, e);
	sqlite3_free(sql);
	if (r == -1)
		return -1;
	for (i = 0; i < NCOLUMNS; i++)
		if (bind_column(s, (int)i + 1, &columns[i], record) !=
		    SQLITE_OK)
			r = store_db_error(db, e);
	if (r == 0 && sqlite3_step(s) != SQLITE_DONE)
		r = store_db_error(db, e);
	sqlite3_finalize(s);
	return r;
}

int
store_index_add(sqlite3 *db, const json_t *record, struct err *e)
{
	return add_to(db, "main.record_index", record, e);
}

/* Derives every row into temp.derived. */
static int
derive_all(sqlite3 *db, struct err *e)
{
	sqlite3_stmt *s;
	json_t *record;
	int r = 0, step = SQLITE_DONE;

	if (store_db_prepare(
		db, "SELECT seq, bytes FROM record ORDER BY seq", &s, e) == -1)
		return -1;
	while (r == 0 && (step = sqlite3_step(s)) == SQLITE_ROW) {
		record = record_decode(sqlite3_column_blob(s, 1),
		    (size_t)sqlite3_column_bytes(s, 1), e);
		if (record == NULL)
			r = err_prefix(e, "record %lld",
			    (long long)sqlite3_column_int64(s, 0));
		else
			r = add_to(db, "temp.derived", record, e);
		json_decref(record);
	}
	if (r == 0 && step != SQLITE_DONE)
		r = store_db_error(db, e);
	sqlite3_finalize(s);
	return r;
}

static int
replace_index(sqlite3 *db, uint64_t *changed, struct err *e)
{
	static const char count[] =
	    "SELECT count(DISTINCT seq) FROM ("
	    "SELECT * FROM (SELECT * FROM temp.derived EXCEPT"
	    " SELECT * FROM main.record_index)"
	    " UNION ALL SELECT * FROM (SELECT * FROM main.record_index EXCEPT"
	    " SELECT * FROM temp.derived))";
	int64_t n;

	if (derive_all(db, e) == -1 || store_db_number(db, count, &n, e) == -1)
		return -1;
	*changed = (uint64_t)n;
	if (n == 0)
		return 0;
	return store_db_exec(db,
	    "DELETE FROM main.record_index;"
	    "INSERT INTO main.record_index SELECT * FROM temp.derived",
	    e);
}

int
store_index_rebuild(sqlite3 *db, uint64_t *changed, struct err *e)
{
	static const char begin[] = "BEGIN IMMEDIATE;"
				    "CREATE TEMP TABLE derived AS"
				    " SELECT * FROM main.record_index WHERE 0";

	*changed = 0;
	if (store_db_exec(db, begin, e) == 0 &&
	    replace_index(db, changed, e) == 0 &&
	    store_db_exec(db, "DROP TABLE temp.derived; COMMIT", e) == 0)
		return 0;
	store_db_rollback(db);
	return -1;
}

int
store_index_restore(sqlite3 *db, struct err *e)
{
	uint64_t changed;
	int64_t missing;

	if (store_db_number(db,
		"SELECT (SELECT count(*) FROM record) -"
		" (SELECT count(*) FROM record_index)",
		&missing, e) == -1)
		return -1;
	if (missing == 0)
		return 0;
	if (store_index_rebuild(db, &changed, e) == -1)
		return err_prefix(e, "index cannot be rebuilt");
	log_warn("store: index: %" PRIu64 " rows were wrong, rebuilt", changed);
	return 0;
}
