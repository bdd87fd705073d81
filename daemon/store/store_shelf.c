/*
 * store_shelf: what the store keeps beside the records: documents by their
 * hash, and the registry of orders, products, samples, devices, holds,
 * baselines and waivers.
 */
#include "daemon/store/store_shelf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/utf8.h"
#include "records/record.h"
#include "daemon/store/store_db.h"
#include "daemon/store/store_wire.h"

static const struct {
	const char *kind, *table;
} registries[] = {
	{ "order", "customer_order" }, /* ORDER is a word of SQL */
	{ "product", "product" },
	{ "sample", "sample" },
	{ "device", "device" },
	{ "hold", "hold" },
	{ "baseline", "baseline" },
	{ "waiver", "waiver" },
};

const char *
store_shelf_table(const char *kind)
{
	size_t i;

	for (i = 0; i < sizeof(registries) / sizeof(registries[0]); i++)
		if (strcmp(registries[i].kind, kind) == 0)
			return registries[i].table;
	return NULL;
}

static int64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Steps s, which changes the database, and ends it. */
static int
finish_change(sqlite3 *db, sqlite3_stmt *s, struct err *e)
{
	int r = sqlite3_step(s) == SQLITE_DONE ? 0 : store_db_error(db, e);

	sqlite3_finalize(s);
	return r;
}

/* Steps s, which asks whether there is a row, and ends it.  1: there is. */
static int
finish_question(sqlite3 *db, sqlite3_stmt *s, struct err *e)
{
	int step = sqlite3_step(s), r = 0;

	if (step == SQLITE_ROW)
		r = 1;
	else if (step != SQLITE_DONE)
		r = store_db_error(db, e);
	sqlite3_finalize(s);
	return r;
}

int
store_shelf_document(sqlite3 *db, const char *sha256, const void *bytes,
    size_t size, struct err *e)
{
	char hash[SHA256_HEX_SIZE];
	sqlite3_stmt *s;
	int there;

	sha256_hex(bytes, size, hash);
	if (strcmp(hash, sha256) != 0) {
		err_set(e, "the document's SHA-256 is %s", hash);
		return 1;
	}
	if (store_db_prepare(
		db, "SELECT 1 FROM document WHERE sha256 = ?1", &s, e) == -1)
		return -1;
	sqlite3_bind_text(s, 1, sha256, -1, SQLITE_STATIC);
	there = finish_question(db, s, e);
	if (there != 0)
		return there == 1 ? 0 : -1;
	if (store_db_prepare(db,
		"INSERT INTO document(sha256, bytes, time) VALUES(?1, ?2, ?3)",
		&s, e) == -1)
		return -1;
	sqlite3_bind_text(s, 1, sha256, -1, SQLITE_STATIC);
	sqlite3_bind_blob(
	    s, 2, size > 0 ? bytes : "", (int)size, SQLITE_STATIC);
	sqlite3_bind_int64(s, 3, now_ns());
	return finish_change(db, s, e);
}

static int
prepare_on(sqlite3 *db, const char *format, const char *table, sqlite3_stmt **s,
    struct err *e)
{
	char *sql = sqlite3_mprintf(format, table, table);
	int r = store_db_prepare(db, sql, s, e);

	sqlite3_free(sql);
	return r;
}

static int
add_version(sqlite3 *db, const char *table, const char *name, const char *value,
    struct err *e)
{
	sqlite3_stmt *s;
	int there;

	if (prepare_on(db,
		"SELECT 1 FROM %s WHERE value = ?2 AND id ="
		" (SELECT max(id) FROM %s WHERE name = ?1)",
		table, &s, e) == -1)
		return -1;
	sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 2, value, -1, SQLITE_STATIC);
	there = finish_question(db, s, e);
	if (there != 0)
		return there == 1 ? 0 : -1;
	if (prepare_on(db,
		"INSERT INTO %s(name, value, time) VALUES(?1, ?2, ?3)", table,
		&s, e) == -1)
		return -1;
	sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 2, value, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 3, now_ns());
	return finish_change(db, s, e);
}

/* The canonical form of a JSON object.  NULL with *e; caller frees. */
static char *
canonical_value(const char *value, struct err *e)
{
	json_error_t why;
	json_t *o = json_loads(value, JSON_REJECT_DUPLICATES, &why);
	char *text;
	size_t size;

	if (o == NULL) {
		err_set(e, "the value is not JSON: %s", why.text);
		return NULL;
	}
	text = record_encode(o, &size, e);
	json_decref(o);
	return text;
}

int
store_shelf_register(sqlite3 *db, const char *kind, const char *name,
    const char *value, struct err *e)
{
	const char *table = store_shelf_table(kind);
	char *canonical;
	int r;

	if (table == NULL) {
		err_set(e, "no such registry");
		return 1;
	}
	if (name[0] == '\0' || strlen(name) >= STORE_NAME_MAX ||
	    !utf8_is_plain(name, strlen(name))) {
		err_set(e, "not a name");
		return 1;
	}
	canonical = canonical_value(value, e);
	if (canonical == NULL)
		return 1;
	r = add_version(db, table, name, canonical, e);
	free(canonical);
	return r;
}
