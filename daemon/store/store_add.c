/*
 * store_add: what stands beside the records.
 *
 * A kind is its fields and two statements: one asks whether a row of this
 * identity is there and the same, one adds it.  Nothing is verified here but
 * the form: whoever reads a signature checks it, and trusts no store.
 */
#include "daemon/store/store_add.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "records/record.h"
#include "daemon/store/store_db.h"
#include "daemon/store/store_large.h"

#define FIELDS_MAX 4
#define TIME_AT 9 /* ?9 in the statements; the fields are ?1, ?2 … */

enum field_type {
	FIELD_NUMBER, /* 1 or more */
	FIELD_TEXT,   /* not empty */
	FIELD_HASH,   /* SHA-256 in hexadecimal */
	FIELD_SIG,    /* 64 bytes in hexadecimal */
	FIELD_BYTES,  /* some, in hexadecimal */
};

struct field {
	const char *name;
	enum field_type type;
};

struct kind {
	const char *name;
	struct field fields[FIELDS_MAX + 1]; /* ends with name NULL */
	const char *find;                    /* one column: is it the same? */
	const char *add;
	/* What else the value makes durable; results as store_add_row(). */
	int (*before)(sqlite3 *db, const json_t *value, struct err *e);
};

static int64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int
bind_hex(sqlite3_stmt *s, int at, const char *hex)
{
	size_t n = strlen(hex) / 2;
	uint8_t *bytes = xcalloc(1, n + 1);

	if (n == 0 || hex_decode(hex, bytes, n) == -1) {
		free(bytes);
		return -1;
	}
	sqlite3_bind_blob(s, at, bytes, (int)n, free);
	return 0;
}

static int
bind_text(sqlite3_stmt *s, int at, enum field_type type, const char *text)
{
	uint8_t hash[SHA256_SIZE];

	if (type == FIELD_BYTES)
		return bind_hex(s, at, text);
	if (type == FIELD_SIG)
		return strlen(text) == 128 ? bind_hex(s, at, text) : -1;
	if (type == FIELD_HASH && hex_decode(text, hash, sizeof(hash)) == -1)
		return -1;
	if (text[0] == '\0')
		return -1;
	sqlite3_bind_text(s, at, text, -1, SQLITE_TRANSIENT);
	return 0;
}

/* 1 with *e: the value does not have this field as it must be. */
static int
bind_field(sqlite3_stmt *s, int at, const struct field *f, const json_t *value,
    struct err *e)
{
	const json_t *v = json_object_get(value, f->name);
	int r = -1;

	if (f->type == FIELD_NUMBER && json_is_integer(v) &&
	    json_integer_value(v) > 0)
		r = sqlite3_bind_int64(s, at, json_integer_value(v));
	else if (f->type != FIELD_NUMBER && json_is_string(v))
		r = bind_text(s, at, f->type, json_string_value(v));
	if (r == 0)
		return 0;
	err_set(e, "\"%s\" is missing or not as it must be", f->name);
	return 1;
}

/* Prepared and bound, or NULL with *result and *e. */
static sqlite3_stmt *
prepare(sqlite3 *db, const char *sql, const struct field *fields,
    const json_t *value, int *result, struct err *e)
{
	sqlite3_stmt *s;
	int i;

	*result = store_db_prepare(db, sql, &s, e);
	if (*result == -1)
		return NULL;
	for (i = 0; *result == 0 && fields[i].name != NULL; i++)
		*result = bind_field(s, i + 1, &fields[i], value, e);
	if (*result == 0) {
		sqlite3_bind_int64(s, TIME_AT, now_ns());
		return s;
	}
	sqlite3_finalize(s);
	return NULL;
}

/* Steps s, which adds a row, and ends it. */
static int
finish_add(sqlite3 *db, sqlite3_stmt *s, struct err *e)
{
	int step = sqlite3_step(s), r = 0;

	if (step != SQLITE_DONE) {
		store_db_error(db, e);
		/* A record that is not there, say: this row's fault alone. */
		r = (step & 0xff) == SQLITE_CONSTRAINT ? 1 : -1;
	}
	sqlite3_finalize(s);
	return r;
}

/* Steps s, which asks for a row, and ends it.  0: there is none; 1 with *found:
 * there is, and whether it is the same. */
static int
finish_find(sqlite3 *db, sqlite3_stmt *s, int *found, struct err *e)
{
	int step = sqlite3_step(s), r = 0;

	*found = 0;
	if (step == SQLITE_ROW) {
		*found = sqlite3_column_int(s, 0);
		r = 1;
	} else if (step != SQLITE_DONE)
		r = store_db_error(db, e);
	sqlite3_finalize(s);
	return r;
}

/* The tombstone itself, from its statement. */
static int
add_tombstone(sqlite3 *db, const json_t *value, struct err *e)
{
	static const struct field fields[] = { { "file", FIELD_TEXT },
		{ "sha256", FIELD_HASH }, { "reason", FIELD_TEXT },
		{ NULL, FIELD_TEXT } };
	static const char sql[] =
	    "INSERT INTO tombstone(file, sha256, reason, size, frames, time)"
	    " VALUES(?1, ?2, ?3, ?4, ?5, ?9)";
	const json_t *size = json_object_get(value, "size");
	const json_t *frames = json_object_get(value, "frames");
	sqlite3_stmt *s;
	int r;

	if (!json_is_integer(size) || !json_is_integer(frames) ||
	    json_integer_value(size) < 0 || json_integer_value(frames) < 0) {
		err_set(e, "a tombstone needs a size and a count of frames");
		return 1;
	}
	s = prepare(db, sql, fields, value, &r, e);
	if (s == NULL)
		return r;
	sqlite3_bind_int64(s, 4, json_integer_value(size));
	sqlite3_bind_int64(s, 5, json_integer_value(frames));
	return finish_add(db, s, e);
}

static const struct kind kinds[] = {
	{ .name = "signature",
	    .fields = { { "seq", FIELD_NUMBER }, { "key", FIELD_HASH },
		{ "sig", FIELD_SIG } },
	    .find = "SELECT sig = ?3 FROM signature"
		    " WHERE seq = ?1 AND key_id = ?2",
	    .add = "INSERT INTO signature(seq, key_id, sig, time)"
		   " VALUES(?1, ?2, ?3, ?9)" },
	{ .name = "key",
	    .fields = { { "key", FIELD_HASH }, { "public", FIELD_TEXT } },
	    .find = "SELECT pem = ?2 FROM bench_key WHERE key_id = ?1",
	    .add = "INSERT INTO bench_key(key_id, pem, time)"
		   " VALUES(?1, ?2, ?9)" },
	{ .name = "certificate",
	    .fields = { { "key", FIELD_HASH }, { "certificate", FIELD_TEXT } },
	    .find = "SELECT 1 FROM certificate WHERE pem = ?2 AND id ="
		    " (SELECT max(id) FROM certificate WHERE key_id = ?1)",
	    .add = "INSERT INTO certificate(key_id, pem, time)"
		   " VALUES(?1, ?2, ?9)" },
	{ .name = "rotation",
	    .fields = { { "statement", FIELD_TEXT }, { "sig_old", FIELD_SIG },
		{ "sig_new", FIELD_SIG } },
	    .find = "SELECT sig_old = ?2 AND sig_new = ?3 FROM rotation"
		    " WHERE statement = ?1",
	    .add = "INSERT INTO rotation(statement, sig_old, sig_new, time)"
		   " VALUES(?1, ?2, ?3, ?9)" },
	{ .name = "timestamp",
	    .fields = { { "seq", FIELD_NUMBER }, { "token", FIELD_BYTES } },
	    .find = "SELECT 1 FROM timestamp WHERE seq = ?1 AND token = ?2",
	    .add = "INSERT INTO timestamp(seq, token, time)"
		   " VALUES(?1, ?2, ?9)" },
	{ .name = "tombstone",
	    .fields = { { "file", FIELD_TEXT }, { "key", FIELD_HASH },
		{ "sig", FIELD_SIG }, { "statement", FIELD_TEXT } },
	    .find = "SELECT key_id = ?2 AND sig = ?3 AND statement = ?4"
		    " FROM tombstone_signature WHERE file = ?1",
	    .add = "INSERT INTO tombstone_signature(file, key_id, sig,"
		   " statement, time) VALUES(?1, ?2, ?3, ?4, ?9)",
	    .before = add_tombstone },
	/* These two alone change and go: they are no evidence. */
	{ .name = "checkpoint",
	    .fields = { { "key", FIELD_HASH }, { "run", FIELD_NUMBER },
		{ "bytes", FIELD_BYTES } },
	    .find = "SELECT 1 FROM checkpoint"
		    " WHERE key = ?1 AND run = ?2 AND bytes = ?3",
	    .add = "INSERT OR REPLACE INTO checkpoint(key, run, bytes, time)"
		   " VALUES(?1, ?2, ?3, ?9)" },
	{ .name = "checkpoint_over",
	    .fields = { { "key", FIELD_HASH } },
	    .find = "SELECT 1 WHERE NOT EXISTS"
		    " (SELECT 1 FROM checkpoint WHERE key = ?1)",
	    .add = "DELETE FROM checkpoint WHERE key = ?1" },
};

/* 1: it is there already (and *same, or *e); 0: it is not. */
static int
find(sqlite3 *db, const struct kind *k, const json_t *value, int *same,
    struct err *e)
{
	int r;
	sqlite3_stmt *s = prepare(db, k->find, k->fields, value, &r, e);

	*same = 0;
	if (s == NULL)
		return r; /* 1: refused, too */
	r = finish_find(db, s, same, e);
	if (r == 1 && *same == 0)
		err_set(e, "it is there already, with another value");
	return r;
}

static int
insert(sqlite3 *db, const struct kind *k, const json_t *value, struct err *e)
{
	sqlite3_stmt *s;
	int r = k->before == NULL ? 0 : k->before(db, value, e);

	if (r != 0)
		return r;
	s = prepare(db, k->add, k->fields, value, &r, e);
	return s == NULL ? r : finish_add(db, s, e);
}

/* All of it or, when refused, nothing. */
static int
add(sqlite3 *db, const struct kind *k, const json_t *value, struct err *e)
{
	struct err undo;
	int same, r = find(db, k, value, &same, e);

	if (r != 0)
		return same == 1 ? 0 : r;
	if (store_db_exec(db, "SAVEPOINT store_add", e) == -1)
		return -1;
	r = insert(db, k, value, e);
	if (r == 1 && store_db_exec(db, "ROLLBACK TO store_add", &undo) == -1)
		r = -1;
	if (r != -1 && store_db_exec(db, "RELEASE store_add", &undo) == -1)
		r = -1;
	return r;
}

/* A tombstone is given by its statement, whose fields the table has, too. */
static int
open_statement(json_t *value, struct err *e)
{
	const char *text =
	    json_string_value(json_object_get(value, "statement"));
	json_t *o = text == NULL ? NULL : record_decode(text, strlen(text), e);
	int r;

	if (text == NULL)
		err_set(e, "\"statement\" is missing");
	if (o == NULL)
		return 1;
	r = json_object_update_missing(value, o) == 0 ? 0 : 1;
	json_decref(o);
	return r;
}

/* The value has these fields and no more. */
static int
check_size(const struct kind *k, const json_t *value, struct err *e)
{
	size_t n = 0;

	while (k->fields[n].name != NULL)
		n++;
	if (k->before != NULL)
		n--; /* "file" is in the statement */
	if (json_object_size(value) == n)
		return 0;
	err_set(e, "it has %zu fields and not %zu", json_object_size(value), n);
	return 1;
}

static const struct kind *
find_kind(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

int
store_add_row(sqlite3 *db, const char *kind, const char *value, size_t size,
    struct err *e)
{
	const struct kind *k = find_kind(kind);
	json_t *o;
	int r;

	if (strcmp(kind, "large_document") == 0)
		return store_large_add(db, value, size, e);
	if (k == NULL) {
		err_set(e, "nothing of this kind is stored");
		return 1;
	}
	o = record_decode(value, size, e);
	if (o == NULL)
		return 1;
	r = check_size(k, o, e);
	if (r == 0 && k->before != NULL)
		r = open_statement(o, e);
	if (r == 0)
		r = add(db, k, o, e);
	json_decref(o);
	if (r == 1)
		err_prefix(e, "%s", kind);
	return r;
}
