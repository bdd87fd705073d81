/*
 * store_large: documents that are larger than one row, as a list of parts.
 */
#include "daemon/store/store_large.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "base/hex.h"
#include "captures/digest.h"
#include "records/record.h"
#include "daemon/store/store_db.h"
#include "daemon/store/store_wire.h"

#define STEP SHA256_HEX_SIZE /* from one part's digits to the next's */

struct large {
	sqlite3 *db;
	const char *sha256, *parts;
	struct digest *digest;
	int64_t size; /* of the parts so far */
};

/* The form alone. */
static int
check_form(const struct large *l, struct err *e)
{
	size_t n = l->parts == NULL ? 0 : strlen(l->parts), i;

	if (l->sha256 == NULL || strlen(l->sha256) != STEP - 1 ||
	    n + 1 < 2 * STEP || (n + 1) % STEP != 0 ||
	    (n + 1) / STEP > STORE_LARGE_PARTS_MAX) {
		err_set(e, "not a document's SHA-256 and those of its parts");
		return 1;
	}
	for (i = STEP - 1; i < n; i += STEP)
		if (l->parts[i] != ',') {
			err_set(e, "a part is not named by its SHA-256");
			return 1;
		}
	return 0;
}

/* 1: it is there already. */
static int
is_there(const struct large *l, struct err *e)
{
	sqlite3_stmt *s;
	int step, r = 0;

	if (store_db_prepare(l->db,
		"SELECT 1 FROM document_part WHERE whole = ?1", &s, e) == -1)
		return -1;
	sqlite3_bind_text(s, 1, l->sha256, -1, SQLITE_STATIC);
	step = sqlite3_step(s);
	if (step == SQLITE_ROW)
		r = 1;
	else if (step != SQLITE_DONE)
		r = store_db_error(l->db, e);
	sqlite3_finalize(s);
	return r;
}

/* What is in a part, into the digest.  *size: its bytes. */
static int
read_part(struct large *l, const char *part, int64_t *size, struct err *e)
{
	sqlite3_stmt *s;
	int step, r = 0;

	*size = 0;
	if (store_db_prepare(l->db,
		"SELECT bytes FROM document WHERE sha256 = ?1", &s, e) == -1)
		return -1;
	sqlite3_bind_text(s, 1, part, (int)STEP - 1, SQLITE_STATIC);
	step = sqlite3_step(s);
	if (step == SQLITE_ROW) {
		const void *bytes = sqlite3_column_blob(s, 0);

		*size = sqlite3_column_bytes(s, 0);
		if (*size > 0)
			digest_add(l->digest, bytes, (size_t)*size);
	} else if (step != SQLITE_DONE) {
		r = store_db_error(l->db, e);
	} else {
		err_set(e, "a part of it is not stored");
		r = 1;
	}
	sqlite3_finalize(s);
	return r;
}

static int
add_part(const struct large *l, const char *part, int64_t size, struct err *e)
{
	struct timespec now;
	sqlite3_stmt *s;
	int r;

	if (store_db_prepare(l->db,
		"INSERT INTO document_part(whole, at, size, part, time)"
		" VALUES(?1, ?2, ?3, ?4, ?5)",
		&s, e) == -1)
		return -1;
	clock_gettime(CLOCK_REALTIME, &now);
	sqlite3_bind_text(s, 1, l->sha256, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 2, l->size);
	sqlite3_bind_int64(s, 3, size);
	sqlite3_bind_text(s, 4, part, (int)STEP - 1, SQLITE_STATIC);
	sqlite3_bind_int64(
	    s, 5, (int64_t)now.tv_sec * 1000000000 + now.tv_nsec);
	r = sqlite3_step(s) == SQLITE_DONE ? 0 : store_db_error(l->db, e);
	sqlite3_finalize(s);
	return r;
}

/* Twice over the parts: nothing is added before all is known to be right. */
static int
add_parts(struct large *l, struct err *e)
{
	char sha256[SHA256_HEX_SIZE];
	uint8_t hash[SHA256_SIZE];
	size_t n = strlen(l->parts), i;
	int64_t sizes[STORE_LARGE_PARTS_MAX];
	int r = 0;

	for (i = 0; i < n && r == 0; i += STEP) {
		r = read_part(l, l->parts + i, &sizes[i / STEP], e);
		if (r == 0 && sizes[i / STEP] == 0) {
			err_set(e, "a part of it is empty");
			r = 1;
		}
	}
	digest_end(l->digest, hash);
	hex_encode(hash, sizeof(hash), sha256);
	if (r == 0 && strcmp(sha256, l->sha256) != 0) {
		err_set(e, "the document's SHA-256 is %s", sha256);
		r = 1;
	}
	for (i = 0; i < n && r == 0; i += STEP) {
		r = add_part(l, l->parts + i, sizes[i / STEP], e);
		l->size += sizes[i / STEP];
	}
	return r;
}

static int
add(struct large *l, struct err *e)
{
	int r = check_form(l, e), there;

	if (r != 0)
		return r;
	there = is_there(l, e);
	if (there != 0)
		return there == 1 ? 0 : -1;
	l->digest = digest_new();
	r = add_parts(l, e);
	digest_free(l->digest);
	return r;
}

int
store_large_add(sqlite3 *db, const char *value, size_t size, struct err *e)
{
	struct large l = { .db = db };
	json_t *o = record_decode(value, size, e);
	int r;

	if (o == NULL)
		return 1;
	if (json_object_size(o) == 2) {
		l.sha256 = json_string_value(json_object_get(o, "sha256"));
		l.parts = json_string_value(json_object_get(o, "parts"));
	}
	r = add(&l, e);
	json_decref(o);
	return r;
}
