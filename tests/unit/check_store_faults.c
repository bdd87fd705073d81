/*
 * What the store does when the disk, the file or somebody else is against it:
 * it says so in words, loses nothing that it acknowledged, and goes on.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>
#include <event2/event.h>

#include "base/alloc.h"
#include "daemon/store/store_db.h"
#include "tests/unit/store_rig.h"

static struct store_rig rig;
static struct maker maker;
static struct appended answer;

static void
set_up(void)
{
	store_rig_new(&rig);
	memset(&maker, 0, sizeof(maker));
}

static void
tear_down(void)
{
	store_rig_free(&rig);
}

static void
db_path(char *out, size_t size)
{
	snprintf(out, size, "%s/store/assay.db", rig.dir);
}

/* A store with one record in it, stopped. */
static void
make_store(void)
{
	store_rig_start(&rig);
	ck_assert_str_eq(store_rig_add(&rig, &maker, "run", NULL, &answer), "");
	ck_assert_int_eq(store_rig_stop(&rig), 0);
}

/* ---- locked ---- */

START_TEST(while_another_holds_the_lock_appends_wait_and_queries_go_on)
{
	struct made made;
	sqlite3 *other;
	json_t *rows;
	char error[512];

	store_rig_start(&rig);
	ck_assert_str_eq(store_rig_add(&rig, &maker, "run", NULL, &answer), "");
	other = store_rig_open_raw(&rig);
	ck_assert_int_eq(
	    sqlite3_exec(other, "BEGIN EXCLUSIVE", NULL, NULL, NULL),
	    SQLITE_OK);
	made = maker_next(&maker, "event", NULL);
	store_rig_append(&rig, &made, &answer);
	rows = store_rig_query(&rig, "last", NULL, error, sizeof(error));
	ck_assert_msg(rows != NULL, "%s", error);
	ck_assert_int_eq(
	    json_integer_value(json_object_get(json_array_get(rows, 0), "seq")),
	    1);
	json_decref(rows);
	ck_assert(!answer.answered);
	ck_assert_int_eq(
	    sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	ck_assert(store_rig_until(&rig, &answer.answered));
	ck_assert_str_eq(answer.error, "");
	ck_assert(store_rig_logged(&rig, "locked by another process"));
	sqlite3_close(other);
	free(made.bytes);
}
END_TEST

#define BEHIND_LOCK 3000 /* more than a group holds */

static size_t nfailed, nanswered;
static bool all_answered;

static void
on_behind_lock(void *arg, uint64_t seq, const char *error)
{
	(void)arg;
	(void)seq;
	nfailed += error != NULL;
	all_answered = ++nanswered == BEHIND_LOCK;
}

START_TEST(a_lock_that_is_not_let_go_is_said_after_its_limit)
{
	struct made made;
	sqlite3 *other;
	int i;

	store_rig_start(&rig);
	ck_assert_str_eq(store_rig_add(&rig, &maker, "run", NULL, &answer), "");
	other = store_rig_open_raw(&rig);
	ck_assert_int_eq(
	    sqlite3_exec(other, "BEGIN EXCLUSIVE", NULL, NULL, NULL),
	    SQLITE_OK);
	ck_assert(strstr(store_rig_add(&rig, &maker, "event", NULL, &answer),
		      "the database is locked by another process") != NULL);
	sqlite3_close(other);
	/* The next of this run has nothing to stand on; a new run has. */
	ck_assert_str_ne(
	    store_rig_add(&rig, &maker, "event", NULL, &answer), "");
	ck_assert_str_eq(store_rig_add(&rig, &maker, "run", NULL, &answer), "");
	/* And the reading goes on, however much came meanwhile. */
	other = store_rig_open_raw(&rig);
	sqlite3_exec(other, "BEGIN EXCLUSIVE", NULL, NULL, NULL);
	for (i = 0; i < BEHIND_LOCK; i++) {
		made = maker_next(&maker, "event", NULL);
		store_append(rig.store, made.seq, made.bytes, made.size,
		    on_behind_lock, NULL);
		free(made.bytes);
	}
	event_base_loop(rig.base, EVLOOP_NONBLOCK);
	sqlite3_close(other);
	ck_assert(store_rig_until(&rig, &all_answered));
	ck_assert_uint_eq(nfailed, 0);
}
END_TEST

/* ---- full ---- */

static bool
have_small_disk(void)
{
	if (unshare(CLONE_NEWNS) == 0 &&
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount("assay-test", rig.dir, "tmpfs", 0, "size=1m") == 0) {
		char path[128];

		snprintf(path, sizeof(path), "%s/store", rig.dir);
		return mkdir(path, 0700) == 0;
	}
	printf("skipped: a full disk: no small tmpfs: %s\n", strerror(errno));
	return false;
}

/* A file that takes n bytes. */
static void
fill(const char *name, size_t n)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", rig.dir, name);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(posix_fallocate(fd, 0, (off_t)n), 0);
	close(fd);
}

static json_t *
bulky(void)
{
	char *text = xcalloc(1, 20001);
	json_t *o;

	memset(text, 'x', 20000);
	o = json_pack("{s:s}", "detail", text);
	free(text);
	return o;
}

START_TEST(a_full_disk_is_said_and_costs_only_what_was_not_acknowledged)
{
	size_t kept = 0;
	char path[128], error[512];
	json_t *rows;

	if (!have_small_disk())
		return;
	fill("ballast", 300000);
	store_rig_start(&rig);
	ck_assert_str_eq(store_rig_add(&rig, &maker, "run", NULL, &answer), "");
	do
		kept++;
	while (
	    store_rig_add(&rig, &maker, "event", bulky(), &answer)[0] == '\0' &&
	    kept < 1000);
	ck_assert_uint_gt(kept, 1);
	ck_assert_str_eq(answer.error, "database or disk is full");
	ck_assert(strstr(store_rig_add(&rig, &maker, "event", NULL, &answer),
		      "database or disk is full") != NULL);
	/* With room again: the run stays refused, the next one goes. */
	snprintf(path, sizeof(path), "%s/ballast", rig.dir);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_str_ne(
	    store_rig_add(&rig, &maker, "event", NULL, &answer), "");
	ck_assert_str_eq(store_rig_add(&rig, &maker, "run", NULL, &answer), "");
	rows = store_rig_query(&rig, "records", NULL, error, sizeof(error));
	ck_assert_msg(rows != NULL, "%s", error);
	ck_assert_uint_eq(json_array_size(rows), kept + 1);
	json_decref(rows);
	ck_assert_int_eq(store_rig_stop(&rig), 0);
	umount2(rig.dir, MNT_DETACH);
}
END_TEST

START_TEST(no_room_to_begin_with_ends_the_process_with_a_reason)
{
	if (!have_small_disk())
		return;
	fill("ballast", 1000000);
	store_rig_start(&rig);
	ck_assert_int_eq(store_rig_wait_end(&rig), STORE_DB_RETRY);
	umount2(rig.dir, MNT_DETACH);
}
END_TEST

/* ---- read-only ---- */

START_TEST(a_directory_that_is_not_there_ends_the_process_with_a_reason)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/store", rig.dir);
	ck_assert_int_eq(rmdir(path), 0);
	store_rig_start(&rig);
	ck_assert_int_eq(store_rig_wait_end(&rig), STORE_DB_RETRY);
	ck_assert(store_rig_logged(&rig,
	    "cannot open the database: "
	    "No such file or directory"));
}
END_TEST

START_TEST(a_read_only_disk_ends_the_process_with_a_reason)
{
	char path[128];

	make_store();
	snprintf(path, sizeof(path), "%s/store", rig.dir);
	if (unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount(path, path, NULL, MS_BIND, NULL) != 0) {
		printf("skipped: a read-only disk: %s\n", strerror(errno));
		return;
	}
	ck_assert_int_eq(
	    mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), 0);
	store_rig_start(&rig);
	ck_assert_int_eq(store_rig_wait_end(&rig), STORE_DB_HOPELESS);
	ck_assert(store_rig_logged(&rig, "the file is read-only"));
	umount2(path, MNT_DETACH);
}
END_TEST

/* ---- not what it should be ---- */

static void
overwrite(long at, size_t n)
{
	char path[128];
	FILE *f;
	size_t i;

	db_path(path, sizeof(path));
	f = fopen(path, "r+");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fseek(f, at, SEEK_SET), 0);
	for (i = 0; i < n; i++)
		fputc((int)(i * 37 + 11) & 0xff, f);
	fclose(f);
}

START_TEST(a_file_that_is_no_database_is_left_alone)
{
	make_store();
	overwrite(0, 4096);
	store_rig_start(&rig);
	ck_assert_int_eq(store_rig_wait_end(&rig), STORE_DB_HOPELESS);
	ck_assert(store_rig_logged(&rig, "the file is not a database"));
}
END_TEST

START_TEST(a_corrupt_database_is_said_and_not_written_to)
{
	make_store();
	overwrite(4096, 60 * 4096);
	store_rig_start(&rig);
	ck_assert_int_eq(store_rig_wait_end(&rig), STORE_DB_HOPELESS);
	ck_assert(store_rig_logged(&rig, "the database is corrupt"));
}
END_TEST

START_TEST(a_database_newer_than_the_program_is_not_touched)
{
	sqlite3 *db;
	sqlite3_stmt *s;

	make_store();
	ck_assert_int_eq(
	    store_rig_raw(&rig, "PRAGMA user_version = 99"), SQLITE_OK);
	store_rig_start(&rig);
	ck_assert_int_eq(store_rig_wait_end(&rig), STORE_DB_HOPELESS);
	ck_assert(
	    store_rig_logged(&rig, "schema 99 is newer than this program's"));
	db = store_rig_open_raw(&rig);
	sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &s, NULL);
	ck_assert_int_eq(sqlite3_step(s), SQLITE_ROW);
	ck_assert_int_eq(sqlite3_column_int(s, 0), 99);
	sqlite3_finalize(s);
	sqlite3_close(db);
}
END_TEST

START_TEST(a_trigger_that_somebody_dropped_is_missed)
{
	make_store();
	ck_assert_int_eq(
	    store_rig_raw(&rig, "DROP TRIGGER record_no_update"), SQLITE_OK);
	store_rig_start(&rig);
	ck_assert_int_eq(store_rig_wait_end(&rig), STORE_DB_HOPELESS);
	ck_assert(store_rig_logged(&rig, "record_no_update is missing"));
}
END_TEST

/* Somebody who knows what he does: the trigger is back as it was. */
static void
forge(const char *update)
{
	sqlite3 *db = store_rig_open_raw(&rig);
	sqlite3_stmt *s;
	char *sql;

	sqlite3_prepare_v2(db,
	    "SELECT sql FROM sqlite_schema WHERE name = 'record_no_update'", -1,
	    &s, NULL);
	ck_assert_int_eq(sqlite3_step(s), SQLITE_ROW);
	sql = xstrdup((const char *)sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	ck_assert_int_eq(
	    sqlite3_exec(db, "DROP TRIGGER record_no_update", NULL, NULL, NULL),
	    SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, update, NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_changes(db), 1);
	ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	free(sql);
	sqlite3_close(db);
}

START_TEST(a_changed_record_is_neither_shown_nor_built_upon)
{
	char error[512];

	make_store();
	forge("UPDATE record SET bytes ="
	      " CAST(replace(bytes, 'bench-1', 'bench-2') AS BLOB)");
	store_rig_start(&rig);
	ck_assert_ptr_null(
	    store_rig_query(&rig, "records", NULL, error, sizeof(error)));
	ck_assert_str_eq(
	    error, "record 1: its stored bytes do not match their hash");
	ck_assert_ptr_null(store_rig_query(
	    &rig, "chain", json_pack("{s:i}", "run", 1), error, sizeof(error)));
	ck_assert_str_eq(store_rig_add(&rig, &maker, "event", NULL, &answer),
	    "record 2: stored record 1 does not match its hash");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("store_faults");
	TCase *c = tcase_create("faults");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(
	    c, while_another_holds_the_lock_appends_wait_and_queries_go_on);
	tcase_add_test(c, a_lock_that_is_not_let_go_is_said_after_its_limit);
	tcase_add_test(
	    c, a_full_disk_is_said_and_costs_only_what_was_not_acknowledged);
	tcase_add_test(c, no_room_to_begin_with_ends_the_process_with_a_reason);
	tcase_add_test(
	    c, a_directory_that_is_not_there_ends_the_process_with_a_reason);
	tcase_add_test(c, a_read_only_disk_ends_the_process_with_a_reason);
	tcase_add_test(c, a_file_that_is_no_database_is_left_alone);
	tcase_add_test(c, a_corrupt_database_is_said_and_not_written_to);
	tcase_add_test(c, a_database_newer_than_the_program_is_not_touched);
	tcase_add_test(c, a_trigger_that_somebody_dropped_is_missed);
	tcase_add_test(c, a_changed_record_is_neither_shown_nor_built_upon);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
