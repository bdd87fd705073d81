/*
 * store_index: the columns to search by, derived from the records' bytes.
 */
#include "daemon/store/store_index.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/log.h"
#include "daemon/store/store_db.h"

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
bind_text(sqlite3_stmt *s, int at, const struct record_value *v)
{
	char *text;
	size_t size;

	if (!v->escaped)
		return sqlite3_bind_text(
		    s, at, v->text, (int)v->size, SQLITE_STATIC);
	text = record_value_dup(v, &size);
	return sqlite3_bind_text(s, at, text, (int)size, free);
}

static int
bind_value(sqlite3_stmt *s, int at, const struct column *c,
    const struct record_value *v)
{
	if (v != NULL && c->number && v->kind == RECORD_IS_INTEGER)
		return sqlite3_bind_int64(s, at, v->number);
	if (v != NULL && !c->number && v->kind == RECORD_IS_STRING)
		return bind_text(s, at, v);
	return SQLITE_OK; /* NULL, as store_index_add() left it */
}

/* A field of a field: its object is canonical as the whole is. */
static int
bind_inner(sqlite3_stmt *s, int at, const struct column *c,
    const struct record_value *outer)
{
	struct record_view view = { .fields = NULL };
	int r = SQLITE_OK;

	if (outer != NULL && outer->kind == RECORD_IS_OBJECT &&
	    record_view_read(&view, outer->text, outer->size, NULL) == 0)
		r = bind_value(s, at, c, record_view_get(&view, c->inner));
	record_view_free(&view);
	return r;
}

static int
bind_column(sqlite3_stmt *s, int at, const struct column *c,
    const struct record_view *record)
{
	const struct record_value *v = record_view_get(record, c->field);

	return c->inner == NULL ? bind_value(s, at, c, v)
				: bind_inner(s, at, c, v);
}

/* The INSERT of one row into a table.  NULL with *e. */
static sqlite3_stmt *
prepare_insert(sqlite3 *db, const char *table, struct err *e)
{
	char *sql = sqlite3_mprintf("INSERT INTO %s(%s) VALUES(%s)", table,
	    column_list + 1, place_list + 1);
	sqlite3_stmt *s = NULL;
	int r = store_db_prepare(db, sql, &s, e);

	sqlite3_free(sql);
	return r == -1 ? NULL : s;
}

sqlite3_stmt *
store_index_prepare(sqlite3 *db, struct err *e)
{
	return prepare_insert(db, "main.record_index", e);
}

int
store_index_add(
    sqlite3_stmt *insert, const struct record_view *record, struct err *e)
{
	size_t i;
	int r = SQLITE_OK;

	for (i = 0; i < NCOLUMNS && r == SQLITE_OK; i++)
		r = bind_column(insert, (int)i + 1, &columns[i], record);
	if (r == SQLITE_OK)
		r = sqlite3_step(insert);
	if (r != SQLITE_DONE)
		store_db_error(sqlite3_db_handle(insert), e);
	sqlite3_reset(insert);
	sqlite3_clear_bindings(insert);
	return r == SQLITE_DONE ? 0 : -1;
}

static int
derive_row(sqlite3_stmt *from, sqlite3_stmt *into, struct err *e)
{
	struct record_view view = { .fields = NULL };
	int r = record_view_read(&view, sqlite3_column_blob(from, 1),
	    (size_t)sqlite3_column_bytes(from, 1), e);

	if (r == -1)
		err_prefix(
		    e, "record %lld", (long long)sqlite3_column_int64(from, 0));
	else
		r = store_index_add(into, &view, e);
	record_view_free(&view);
	return r;
}

/* Derives every row into temp.derived. */
static int
derive_all(sqlite3 *db, struct err *e)
{
	sqlite3_stmt *from, *into = prepare_insert(db, "temp.derived", e);
	int r = 0, step;

	if (into == NULL)
		return -1;
	if (store_db_prepare(db, "SELECT seq, bytes FROM record ORDER BY seq",
		&from, e) == -1) {
		sqlite3_finalize(into);
		return -1;
	}
	do {
		step = sqlite3_step(from);
		if (step == SQLITE_ROW)
			r = derive_row(from, into, e);
	} while (r == 0 && step == SQLITE_ROW);
	if (r == 0 && step != SQLITE_DONE)
		r = store_db_error(db, e);
	sqlite3_finalize(from);
	sqlite3_finalize(into);
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
