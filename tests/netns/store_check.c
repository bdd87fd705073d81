/*
 * store_check: is every record that somebody was shown in the store, with the
 * same bytes, and is the store whole?
 *
 *   store_check DATABASE <SHOWN      what `assayctl --json watch` printed
 *
 * The hash is made anew from the record as it was shown and from the bytes as
 * they lie in the store: neither side's own word is taken for it.  A line that
 * is no record, or was cut off by a kill, is passed over.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <sqlite3.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "records/record.h"
#include "records/record_chain.h"

#define LINE_SIZE (1 << 20)

static unsigned faults;

static void
fault(uint64_t seq, const char *why)
{
	faults++;
	fprintf(stderr, "store_check: record %" PRIu64 ": %s\n", seq, why);
}

static sqlite3_stmt *
prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *s;

	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK) {
		fprintf(stderr, "store_check: %s\n", sqlite3_errmsg(db));
		exit(2);
	}
	return s;
}

static void
check_integrity(sqlite3 *db)
{
	sqlite3_stmt *s = prepare(db, "PRAGMA integrity_check");
	const char *answer;

	if (sqlite3_step(s) != SQLITE_ROW) {
		fault(0, "no integrity check");
	} else {
		answer = (const char *)sqlite3_column_text(s, 0);
		if (strcmp(answer, "ok") != 0)
			fault(0, answer);
	}
	sqlite3_finalize(s);
}

/* ---- what was shown ---- */

static void
check_shown(sqlite3_stmt *s, const json_t *params)
{
	const char *shown =
	    json_string_value(json_object_get(params, "sha256"));
	const json_int_t seq =
	    json_integer_value(json_object_get(params, "seq"));
	char is[SHA256_HEX_SIZE];
	size_t size;
	char *bytes;
	struct err e;

	bytes = record_encode(json_object_get(params, "record"), &size, &e);
	if (bytes == NULL || shown == NULL) {
		fault((uint64_t)seq, "was shown as what is no record");
		return;
	}
	if (strcmp(sha256_hex(bytes, size, is), shown) != 0)
		fault((uint64_t)seq, "was shown with another hash");
	free(bytes);
	sqlite3_bind_int64(s, 1, seq);
	if (sqlite3_step(s) != SQLITE_ROW)
		fault((uint64_t)seq, "was shown and is not in the store");
	else if (strcmp(sha256_hex(sqlite3_column_blob(s, 0),
			    (size_t)sqlite3_column_bytes(s, 0), is),
		     shown) != 0)
		fault((uint64_t)seq, "is another one than was shown");
	sqlite3_reset(s);
}

static size_t
check_all_shown(sqlite3 *db)
{
	sqlite3_stmt *s =
	    prepare(db, "SELECT bytes FROM record WHERE seq = ?1");
	char *line = xcalloc(1, LINE_SIZE);
	const json_t *params;
	json_t *o;
	size_t n = 0;

	while (fgets(line, LINE_SIZE, stdin) != NULL) {
		o = json_loads(line, 0, NULL);
		params = json_object_get(o, "params");
		if (json_object_get(params, "record") != NULL) {
			check_shown(s, params);
			n++;
		}
		json_decref(o);
	}
	free(line);
	sqlite3_finalize(s);
	return n;
}

/* ---- every chain ---- */

struct count {
	size_t records, sealed, open;
};

static void
end_chain(const struct record_chain *c, struct count *n)
{
	if (c->count == 0)
		return;
	if (c->ended)
		n->sealed++;
	else
		n->open++;
}

static struct count
check_chains(sqlite3 *db)
{
	sqlite3_stmt *s = prepare(
	    db, "SELECT seq, run, bytes, sha256 FROM record ORDER BY run, seq");
	struct count n = { 0, 0, 0 };
	struct record_chain c;
	struct record_row row;
	uint64_t run = 0;
	struct err e;

	memset(&c, 0, sizeof(c));
	while (sqlite3_step(s) == SQLITE_ROW) {
		if ((uint64_t)sqlite3_column_int64(s, 1) != run) {
			end_chain(&c, &n);
			run = (uint64_t)sqlite3_column_int64(s, 1);
			record_chain_start(&c, run);
		}
		row.seq = (uint64_t)sqlite3_column_int64(s, 0);
		row.bytes = sqlite3_column_blob(s, 2);
		row.size = (size_t)sqlite3_column_bytes(s, 2);
		row.sha256 = (const char *)sqlite3_column_text(s, 3);
		if (record_chain_add(&c, &row, &e) == -1)
			fault(row.seq, e.text);
		n.records++;
	}
	end_chain(&c, &n);
	sqlite3_finalize(s);
	return n;
}

int
main(int argc, char **argv)
{
	struct count n;
	sqlite3 *db;
	size_t shown;

	if (argc != 2) {
		fprintf(stderr, "usage: store_check DATABASE <SHOWN\n");
		return 64;
	}
	if (sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READWRITE, NULL) !=
	    SQLITE_OK) {
		fprintf(stderr, "store_check: %s: %s\n", argv[1],
		    sqlite3_errmsg(db));
		return 2;
	}
	sqlite3_busy_timeout(db, 5000);
	check_integrity(db);
	n = check_chains(db);
	shown = check_all_shown(db);
	sqlite3_close(db);
	printf("%zu records, %zu runs sealed, %zu open, %zu times shown, "
	       "%u faults\n",
	    n.records, n.sealed, n.open, shown, faults);
	return faults == 0 ? 0 : 1;
}
