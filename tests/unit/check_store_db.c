/*
 * check_store_db: the log is made long beforehand, which changes nothing of
 * what a power cut leaves.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>

#include "base/alloc.h"
#include "daemon/store/store_db.h"
#include "tests/unit/capture_ground.h"

#define LOG_BYTES (4 << 20) /* 1,000 pages with their headers, at least */

static struct ground here, there;
static char path[256], copied[256];

static void
set_up(void)
{
	ground_begin(&here);
	ground_begin(&there);
	snprintf(path, sizeof(path), "%s/a.db", here.path);
	snprintf(copied, sizeof(copied), "%s/a.db", there.path);
}

static void
tear_down(void)
{
	ground_end(&here);
	ground_end(&there);
}

static off_t
size_of_log(const char *db)
{
	char *log = xasprintf("%s-wal", db);
	struct stat st;
	int r = stat(log, &st);

	free(log);
	return r == 0 ? st.st_size : -1;
}

/* As a power cut leaves it: the files as they are, without the memory. */
static void
copy_file(const char *suffix)
{
	char *from = xasprintf("%s%s", path, suffix);
	char *to = xasprintf("%s%s", copied, suffix);
	int in = open(from, O_RDONLY), out;
	uint8_t bytes[65536];
	ssize_t n;

	ck_assert_int_ne(in, -1);
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	while ((n = read(in, bytes, sizeof(bytes))) > 0)
		ck_assert_int_eq(write(out, bytes, (size_t)n), n);
	close(in);
	close(out);
	free(from);
	free(to);
}

static void
write_number(struct store_db *db, int number)
{
	char sql[128];
	struct err e;

	snprintf(sql, sizeof(sql), "PRAGMA application_id = %d", number);
	ck_assert_int_eq(store_db_exec(db->writer, sql, &e), 0);
}

static int64_t
number_of(struct store_db *db)
{
	struct err e;
	int64_t v;

	ck_assert_int_eq(
	    store_db_number(db->reader, "PRAGMA application_id", &v, &e), 0);
	return v;
}

START_TEST(the_log_is_long_before_anything_is_in_it)
{
	struct store_db db;
	struct err e;
	off_t was;
	int i;

	ck_assert_int_eq(store_db_open(&db, path, 1000, &e), STORE_DB_OK);
	was = size_of_log(path);
	ck_assert_int_ge(was, LOG_BYTES);
	for (i = 1; i < 100; i++)
		write_number(&db, i);
	ck_assert_int_eq(size_of_log(path), was); /* written in place */
	store_db_close(&db);
	ck_assert_int_le(size_of_log(path), 0);
	ck_assert_int_eq(store_db_open(&db, path, 1000, &e), STORE_DB_OK);
	ck_assert_int_eq(number_of(&db), 99);
	ck_assert_int_eq(size_of_log(path), was);
	store_db_close(&db);
}
END_TEST

START_TEST(after_a_power_cut_all_that_was_committed_is_there)
{
	struct store_db db, again;
	struct err e;
	int i;

	ck_assert_int_eq(store_db_open(&db, path, 1000, &e), STORE_DB_OK);
	for (i = 1; i < 6; i++) {
		write_number(&db, i);
		copy_file("");
		copy_file("-wal");
		ck_assert_int_eq(
		    store_db_open(&again, copied, 1000, &e), STORE_DB_OK);
		ck_assert_int_eq(number_of(&again), i);
		write_number(&again, 1000);
		ck_assert_int_eq(number_of(&again), 1000);
		store_db_close(&again);
	}
	store_db_close(&db);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("store_db");
	TCase *c = tcase_create("store_db");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, the_log_is_long_before_anything_is_in_it);
	tcase_add_test(c, after_a_power_cut_all_that_was_committed_is_there);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
