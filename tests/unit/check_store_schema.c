/*
 * Append-only, seen from a stranger's connection with none of our settings;
 * and the index, which is derived and nothing else.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "records/record_head.h"
#include "daemon/store/store_db.h"
#include "daemon/store/store_index.h"
#include "daemon/store/store_schema.h"
#include "tests/unit/store_rig.h"

static struct store_rig rig;
static sqlite3 *db;

#define A16 "aaaaaaaaaaaaaaaa"
#define B16 "bbbbbbbbbbbbbbbb"
#define H A16 A16 A16 A16
#define H2 B16 B16 B16 B16

/* Every table that holds evidence, with one row in it. */
static const struct {
	const char *table;
	const char *columns, *same, *other; /* the row; one of another id */
	const char *set;
} tables[] = {
	{ "record", "seq, run, type, sha256, bytes",
	    "1, 1, 'event', '" H2 "', x'00'", "2, 1, 'event', '" H2 "', x'00'",
	    "type = 'event'" },
	{ "document", "id, sha256, bytes, time", "1, '" H2 "', x'00', 2",
	    "2, '" H2 "', x'00', 2", "bytes = x'01'" },
	{ "document_part", "id, whole, at, size, part, time",
	    "1, '" H2 "', 0, 1, '" H "', 2", "2, '" H2 "', 0, 1, '" H "', 2",
	    "at = 1" },
	{ "customer_order", "id, name, value, time", "1, 'a', '{}', 2",
	    "2, 'a', '{}', 2", "value = '{\"x\":1}'" },
	{ "product", "id, name, value, time", "1, 'a', '{}', 2",
	    "2, 'a', '{}', 2", "value = '{\"x\":1}'" },
	{ "sample", "id, name, value, time", "1, 'a', '{}', 2",
	    "2, 'a', '{}', 2", "value = '{\"x\":1}'" },
	{ "device", "id, name, value, time", "1, 'a', '{}', 2",
	    "2, 'a', '{}', 2", "value = '{\"x\":1}'" },
	{ "hold", "id, name, value, time", "1, 'a', '{}', 2", "2, 'a', '{}', 2",
	    "value = '{\"x\":1}'" },
	{ "baseline", "id, name, value, time", "1, 'a', '{}', 2",
	    "2, 'a', '{}', 2", "value = '{\"x\":1}'" },
	{ "waiver", "id, name, value, time", "1, 'a', '{}', 2",
	    "2, 'a', '{}', 2", "value = '{\"x\":1}'" },
	{ "bench_key", "id, key_id, pem, time", "1, 'k2', 'p', 2",
	    "2, 'k2', 'p', 2", "pem = 'q'" },
	{ "certificate", "id, key_id, pem, time", "1, 'k', 'p', 2",
	    "2, 'k', 'p', 2", "pem = 'q'" },
	{ "rotation", "id, statement, sig_old, sig_new, time",
	    "1, 's2', x'00', x'00', 2", "2, 's2', x'00', x'00', 2",
	    "sig_new = x'01'" },
	{ "timestamp", "id, seq, token, time", "1, 1, x'02', 2",
	    "2, 1, x'02', 2", "token = x'01'" },
	{ "tombstone_signature", "id, file, key_id, statement, sig, time",
	    "1, 'f2', 'k', 's', x'00', 2", "2, 'f2', 'k', 's', x'00', 2",
	    "sig = x'01'" },
	{ "signature", "id, seq, key_id, sig, time", "1, 1, 'k2', x'00', 2",
	    "2, 1, 'k2', x'00', 2", "sig = x'01'" },
	{ "tombstone", "id, file, sha256, size, frames, reason, time",
	    "1, 'g', '" H2 "', 1, 1, 'old', 2",
	    "2, 'g', '" H2 "', 1, 1, 'old', 2", "frames = 0" },
};

#define NTABLES ((int)(sizeof(tables) / sizeof(tables[0])))

static const char first_rows[] =
    "INSERT INTO record VALUES(1, 1, 'run', '" H "', x'00');"
    "INSERT INTO document VALUES(1, '" H "', x'00', 1);"
    "INSERT INTO document_part VALUES(1, '" H "', 0, 1, '" H "', 1);"
    "INSERT INTO customer_order VALUES(1, 'a', '{}', 1);"
    "INSERT INTO product VALUES(1, 'a', '{}', 1);"
    "INSERT INTO sample VALUES(1, 'a', '{}', 1);"
    "INSERT INTO device VALUES(1, 'a', '{}', 1);"
    "INSERT INTO signature VALUES(1, 1, 'k', x'00', 1);"
    "INSERT INTO hold VALUES(1, 'a', '{}', 1);"
    "INSERT INTO baseline VALUES(1, 'a', '{}', 1);"
    "INSERT INTO waiver VALUES(1, 'a', '{}', 1);"
    "INSERT INTO bench_key VALUES(1, 'k', 'p', 1);"
    "INSERT INTO certificate VALUES(1, 'k', 'p', 1);"
    "INSERT INTO rotation VALUES(1, 's', x'00', x'00', 1);"
    "INSERT INTO timestamp VALUES(1, 1, x'00', 1);"
    "INSERT INTO tombstone VALUES(1, 'f', '" H "', 1, 1, 'old', 1);"
    "INSERT INTO tombstone_signature VALUES(1, 'f', 'k', 's', x'00', 1);";

static void
open_db(void)
{
	db = store_rig_open_raw(&rig);
	/* SQLite's own default; ours is on, and must not be what it hangs
	 * on. */
	ck_assert_int_eq(sqlite3_exec(db, "PRAGMA recursive_triggers = OFF",
			     NULL, NULL, NULL),
	    SQLITE_OK);
}

static void
set_up(void)
{
	store_rig_new(&rig);
	db = NULL;
}

/* Tables, and no process. */
static void
make_tables(void)
{
	struct err e;

	open_db();
	ck_assert_msg(store_schema_migrate(db, &e) == 0, "%s", e.text);
}

static void
tear_down(void)
{
	sqlite3_close(db);
	store_rig_free(&rig);
}

static void
try(const char *sql, bool refused)
{
	char *why = NULL;
	int r = sqlite3_exec(db, sql, NULL, NULL, &why);

	if (refused) {
		ck_assert_msg(r == SQLITE_CONSTRAINT, "%s: %d", sql, r);
		ck_assert_msg(
		    strstr(why, "is append-only") != NULL, "%s: %s", sql, why);
	} else
		ck_assert_msg(r == SQLITE_OK, "%s: %s", sql, why);
	sqlite3_free(why);
}

START_TEST(no_way_of_sql_changes_or_removes_a_row)
{
	static const char *const ways[] = {
		"UPDATE %s SET %s",
		"UPDATE OR REPLACE %s SET %s",
		"UPDATE OR IGNORE %s SET %s",
	};
	static const char *const inserts[] = {
		"INSERT INTO %s(%s) VALUES(%s)",
		"INSERT OR REPLACE INTO %s(%s) VALUES(%s)",
		"REPLACE INTO %s(%s) VALUES(%s)",
		"INSERT OR IGNORE INTO %s(%s) VALUES(%s)",
		"INSERT INTO %s(%s) VALUES(%s) ON CONFLICT DO NOTHING",
	};
	char sql[512];
	size_t i;

	make_tables();
	try(first_rows, false);
	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		sqlite3_snprintf(sizeof(sql), sql, ways[i], tables[_i].table,
		    tables[_i].set);
		try(sql, true);
	}
	for (i = 0; i < sizeof(inserts) / sizeof(inserts[0]); i++) {
		sqlite3_snprintf(sizeof(sql), sql, inserts[i], tables[_i].table,
		    tables[_i].columns, tables[_i].same);
		try(sql, true);
	}
	snprintf(sql, sizeof(sql),
	    "INSERT INTO %s(%s) VALUES(%s) ON CONFLICT DO UPDATE SET %s",
	    tables[_i].table, tables[_i].columns, tables[_i].same,
	    tables[_i].set);
	try(sql, true);
	snprintf(sql, sizeof(sql), "DELETE FROM %s", tables[_i].table);
	try(sql, true);
	snprintf(sql, sizeof(sql), "DELETE FROM %s WHERE rowid = 1",
	    tables[_i].table);
	try(sql, true);
	/* A new row goes in: it is the old one that is guarded. */
	snprintf(sql, sizeof(sql), "INSERT INTO %s(%s) VALUES(%s)",
	    tables[_i].table, tables[_i].columns, tables[_i].other);
	try(sql, false);
}
END_TEST

START_TEST(a_document_of_the_same_hash_is_not_replaced)
{
	make_tables();
	try(first_rows, false);
	try("INSERT OR REPLACE INTO document(sha256, bytes, time)"
	    " VALUES('" H "', x'ff', 9)",
	    true);
	try("INSERT OR REPLACE INTO tombstone(file, sha256, size, frames,"
	    " reason, time) VALUES('f', '" H2 "', 1, 1, 'new', 9)",
	    true);
	try("INSERT OR REPLACE INTO bench_key(key_id, pem, time)"
	    " VALUES('k', 'other', 9)",
	    true);
	try("INSERT OR REPLACE INTO rotation(statement, sig_old, sig_new, time)"
	    " VALUES('s', x'ff', x'ff', 9)",
	    true);
	try("INSERT OR REPLACE INTO tombstone_signature(file, key_id,"
	    " statement, sig, time) VALUES('f', 'k2', 's', x'ff', 9)",
	    true);
	try("INSERT OR REPLACE INTO signature(seq, key_id, sig, time)"
	    " VALUES(1, 'k', x'ff', 9)",
	    true);
}
END_TEST

START_TEST(every_table_is_guarded_or_derived)
{
	sqlite3_stmt *s;
	int i, n = 0;

	make_tables();
	sqlite3_prepare_v2(db,
	    "SELECT name FROM sqlite_schema WHERE type = 'table'"
	    " AND name NOT LIKE 'sqlite_%' AND name <> 'record_index'"
	    " AND name <> 'checkpoint'" /* no evidence */,
	    -1, &s, NULL);
	while (sqlite3_step(s) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(s, 0);

		for (i = 0; i < NTABLES; i++)
			if (strcmp(tables[i].table, name) == 0)
				break;
		ck_assert_msg(i < NTABLES, "%s", name);
		n++;
	}
	sqlite3_finalize(s);
	ck_assert_int_eq(n, NTABLES);
}
END_TEST

START_TEST(an_old_checkpoint_goes_when_another_comes)
{
	int64_t n;
	struct err e;

	make_tables();
	try("INSERT INTO checkpoint VALUES('old', 1, x'00', 1),"
	    " ('young', 1, x'00', 2000000000000)",
	    false);
	try("INSERT INTO checkpoint VALUES('new', 1, x'00',"
	    " 2592000000000002)",
	    false);
	ck_assert_int_eq(
	    store_db_number(db, "SELECT count(*) FROM checkpoint", &n, &e), 0);
	ck_assert_int_eq(n, 2);
}
END_TEST

START_TEST(a_migrated_database_passes_its_check_and_migrates_no_more)
{
	struct err e;

	make_tables();
	ck_assert_msg(store_schema_check(db, &e) == 0, "%s", e.text);
	ck_assert_int_eq(store_schema_migrate(db, &e), 0);
	ck_assert_msg(store_schema_check(db, &e) == 0, "%s", e.text);
}
END_TEST

START_TEST(a_trigger_that_was_made_toothless_is_found)
{
	struct err e;

	make_tables();
	try("DROP TRIGGER record_no_delete;"
	    "CREATE TRIGGER record_no_delete BEFORE DELETE ON record"
	    " WHEN 0 BEGIN SELECT RAISE(ABORT, 'x'); END",
	    false);
	ck_assert_int_eq(store_schema_check(db, &e), -1);
	ck_assert_str_eq(
	    e.text, "record_no_delete is not as this program made it");
}
END_TEST

/* ---- the index ---- */

static void
fill_store(void)
{
	struct maker m = { .seq = 0 };
	struct appended a;

	store_rig_start(&rig);
	ck_assert_str_eq(
	    store_rig_add(&rig, &m, "run",
		json_pack("{s:s, s:{s:s}, s:s}", "device", "lock", "scenario",
		    "name", "baseline", "sample", "s-1"),
		&a),
	    "");
	ck_assert_str_eq(store_rig_add(&rig, &m, "verdict",
			     json_pack("{s:s, s:s, s:i, s:n}", "check",
				 "NET-01", "verdict", "pass", "step", 1, "job"),
			     &a),
	    "");
	ck_assert_str_eq(store_rig_add(&rig, &m, "manifest",
			     json_pack("{s:s}", "outcome", "done"), &a),
	    "");
	ck_assert_int_eq(store_rig_stop(&rig), 0);
	/* Not before: SQLite must not be carried through a fork. */
	open_db();
}

static void
expect_text(const char *sql, const char *text)
{
	sqlite3_stmt *s;

	ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(s), SQLITE_ROW);
	ck_assert_str_eq((const char *)sqlite3_column_text(s, 0), text);
	sqlite3_finalize(s);
}

START_TEST(the_columns_say_what_the_bytes_say)
{
	fill_store();
	expect_text("SELECT device || scenario || sample FROM record_index"
		    " WHERE seq = 1",
	    "lockbaselines-1");
	expect_text("SELECT check_id || verdict || step || ifnull(job, 'null')"
		    " FROM record_index WHERE seq = 2",
	    "NET-01pass1null");
}
END_TEST

START_TEST(a_good_index_is_found_unchanged)
{
	uint64_t changed = 99;
	struct err e;

	fill_store();
	ck_assert_msg(store_index_rebuild(db, &changed, &e) == 0, "%s", e.text);
	ck_assert_uint_eq(changed, 0);
}
END_TEST

START_TEST(a_wrong_a_missing_and_a_surplus_row_are_found_and_mended)
{
	uint64_t changed;
	struct err e;

	fill_store();
	try("PRAGMA foreign_keys = OFF;"
	    "UPDATE record_index SET verdict = 'fail' WHERE seq = 2;"
	    "DELETE FROM record_index WHERE seq = 1;"
	    "INSERT INTO record_index(seq, run, type, time)"
	    " VALUES(9, 9, 'run', 9)",
	    false);
	ck_assert_msg(store_index_rebuild(db, &changed, &e) == 0, "%s", e.text);
	ck_assert_uint_eq(changed, 3);
	expect_text("SELECT verdict FROM record_index WHERE seq = 2", "pass");
	expect_text("SELECT count(*) FROM record_index", "3");
	ck_assert_int_eq(store_index_rebuild(db, &changed, &e), 0);
	ck_assert_uint_eq(changed, 0);
}
END_TEST

START_TEST(an_index_with_a_row_missing_is_rebuilt_at_the_start)
{
	fill_store();
	try("DELETE FROM record_index WHERE seq = 3", false);
	sqlite3_close(db);
	db = NULL;
	store_rig_start(&rig);
	ck_assert_int_eq(store_rig_stop(&rig), 0);
	open_db();
	ck_assert(store_rig_logged(&rig, "index: 1 rows were wrong, rebuilt"));
	expect_text("SELECT outcome FROM record_index WHERE seq = 3", "done");
}
END_TEST

/* ---- an older database ---- */

/* SHA-256 of every statement that makes version 3, as it was released. */
#define VERSION_3 \
	"5508d138549d1aec164af5f6f4a4c86abace8eb92dc79f19f105f269188bec73"

START_TEST(what_was_released_is_never_changed)
{
	static const char all[] =
	    "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema"
	    " WHERE sql IS NOT NULL ORDER BY name)";
	char sha256[SHA256_HEX_SIZE];
	sqlite3_stmt *s;
	struct err e;

	open_db();
	ck_assert_msg(store_schema_migrate_to(db, 3, &e) == 0, "%s", e.text);
	ck_assert_int_eq(sqlite3_prepare_v2(db, all, -1, &s, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(s), SQLITE_ROW);
	sha256_hex(sqlite3_column_text(s, 0),
	    (size_t)sqlite3_column_bytes(s, 0), sha256);
	sqlite3_finalize(s);
	ck_assert_str_eq(sha256, VERSION_3);
}
END_TEST

/* As the program of version 3 stored it. */
static void
insert_old(sqlite3_stmt *index, const struct made *made)
{
	struct record_view view = { .fields = NULL };
	struct record_head h;
	struct err e;
	char *sql;

	ck_assert_int_eq(
	    record_view_read(&view, made->bytes, made->size, &e), 0);
	ck_assert_int_eq(record_head_read(&h, &view, &e), 0);
	sql = sqlite3_mprintf("INSERT INTO record VALUES(%llu, %llu, %Q, %Q,"
			      " CAST(%Q AS BLOB))",
	    made->seq, h.run, record_type_name(h.type), made->sha256,
	    made->bytes);
	try(sql, false);
	sqlite3_free(sql);
	ck_assert_msg(store_index_add(index, &view, &e) == 0, "%s", e.text);
	record_view_free(&view);
}

/* A whole run and one that is open, of version 3. */
static void
fill_version_3(struct maker *m)
{
	struct {
		const char *type;
		json_t *more;
	} records[] = {
		{ "run",
		    json_pack("{s:s, s:{s:s}}", "device", "lock", "scenario",
			"name", "a \"b\"\n") },
		{ "verdict",
		    json_pack("{s:s, s:s, s:i}", "verdict", "pass", "probe",
			"tcp.ports", "method", 1) },
		{ "verdict", json_pack("{s:s}", "verdict", "fail") },
		{ "manifest", json_pack("{s:s}", "outcome", "done") },
		{ "run", json_pack("{s:s}", "device", "bulb") },
	};
	sqlite3_stmt *index;
	struct made made;
	struct err e;
	size_t i;

	open_db();
	ck_assert_msg(store_schema_migrate_to(db, 3, &e) == 0, "%s", e.text);
	index = store_index_prepare(db, &e);
	ck_assert_ptr_nonnull(index);
	for (i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		made = maker_next(m, records[i].type, records[i].more);
		insert_old(index, &made);
		free(made.bytes);
	}
	sqlite3_finalize(index);
	sqlite3_close(db);
	db = NULL;
}

static json_t *
ask(const char *name, json_t *args)
{
	char error[512];
	json_t *rows = store_rig_query(&rig, name, args, error, sizeof(error));

	ck_assert_msg(rows != NULL, "%s: %s", name, error);
	return rows;
}

START_TEST(a_store_of_version_3_is_brought_here_whole)
{
	struct maker m = { .seq = 0 };
	struct appended a;
	json_t *rows, *first;

	fill_version_3(&m);
	store_rig_start(&rig);
	rows = ask("runs", NULL);
	ck_assert_uint_eq(json_array_size(rows), 2);
	first = json_array_get(rows, 1);
	ck_assert_str_eq(
	    json_string_value(json_object_get(first, "outcome")), "done");
	ck_assert_str_eq(
	    json_string_value(json_object_get(first, "scenario")), "a \"b\"\n");
	ck_assert(
	    json_is_null(json_object_get(json_array_get(rows, 0), "outcome")));
	json_decref(rows);
	rows = ask("runs", json_pack("{s:b}", "open", true));
	ck_assert_uint_eq(json_array_size(rows), 1);
	json_decref(rows);
	rows = ask("affected",
	    json_pack("{s:s, s:i}", "probe", "tcp.ports", "method", 1));
	ck_assert_uint_eq(json_array_size(rows), 1);
	json_decref(rows);
	rows = ask("records", json_pack("{s:s}", "type", "manifest"));
	ck_assert_uint_eq(json_array_size(rows), 1);
	json_decref(rows);
	/* The open run goes on from what version 3 left. */
	ck_assert_str_eq(store_rig_add(&rig, &m, "manifest", NULL, &a), "");
	ck_assert_int_eq(store_rig_stop(&rig), 0);
	ck_assert(!store_rig_logged(&rig, "rebuilt"));
	open_db();
	expect_text("PRAGMA user_version", "6");
	expect_text("SELECT count(*) FROM record_index", "6");
	expect_text("SELECT count(*) FROM sqlite_schema WHERE name IN"
		    " ('record_index_3', 'record_by_type',"
		    " 'record_index_by_check')",
	    "0");
	expect_text("PRAGMA integrity_check", "ok");
}
END_TEST

START_TEST(a_store_of_version_4_gets_its_new_registries)
{
	struct maker m = { .seq = 0 };
	struct appended a;
	struct err e;

	open_db();
	ck_assert_msg(store_schema_migrate_to(db, 4, &e) == 0, "%s", e.text);
	try("INSERT INTO device(name, value, time) VALUES('lock', '{}', 1)",
	    false);
	sqlite3_close(db);
	store_rig_start(&rig);
	ck_assert_str_eq(store_rig_add(&rig, &m, "run", NULL, &a), "");
	ck_assert_int_eq(store_rig_stop(&rig), 0);
	open_db();
	expect_text("PRAGMA user_version", "6");
	expect_text("SELECT count(*) FROM device", "1");
	expect_text("SELECT count(*) FROM baseline", "0");
	expect_text("SELECT count(*) FROM waiver", "0");
	expect_text("PRAGMA integrity_check", "ok");
}
END_TEST

/* What a record of a common type touches: no more than three trees. */
START_TEST(a_verdict_stands_in_no_index_but_its_runs)
{
	fill_store();
	expect_text("SELECT count(*) FROM sqlite_schema WHERE type = 'index'"
		    " AND tbl_name IN ('record', 'record_index')"
		    " AND sql NOT LIKE '% WHERE type = ''run'''"
		    " AND sql NOT LIKE '% WHERE type = ''manifest'''",
	    "1");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("store_schema");
	TCase *c = tcase_create("append only");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_loop_test(
	    c, no_way_of_sql_changes_or_removes_a_row, 0, NTABLES);
	tcase_add_test(c, a_document_of_the_same_hash_is_not_replaced);
	tcase_add_test(c, every_table_is_guarded_or_derived);
	tcase_add_test(
	    c, a_migrated_database_passes_its_check_and_migrates_no_more);
	tcase_add_test(c, a_trigger_that_was_made_toothless_is_found);
	tcase_add_test(c, the_columns_say_what_the_bytes_say);
	tcase_add_test(c, a_good_index_is_found_unchanged);
	tcase_add_test(
	    c, a_wrong_a_missing_and_a_surplus_row_are_found_and_mended);
	tcase_add_test(c, an_index_with_a_row_missing_is_rebuilt_at_the_start);
	tcase_add_test(c, an_old_checkpoint_goes_when_another_comes);
	tcase_add_test(c, what_was_released_is_never_changed);
	tcase_add_test(c, a_store_of_version_3_is_brought_here_whole);
	tcase_add_test(c, a_store_of_version_4_gets_its_new_registries);
	tcase_add_test(c, a_verdict_stands_in_no_index_but_its_runs);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
