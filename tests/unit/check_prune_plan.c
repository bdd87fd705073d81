/*
 * check_prune_plan: what goes and what stays, rule by rule, in both
 * directions.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/engine/prune_plan.h"

#define FILES_MAX 64
#define NOW 2000000000u /* s */
#define MIB (1u << 20)

static struct prune_file files[FILES_MAX];
static struct prune_mark marks[FILES_MAX];
static size_t nfiles, nmarks;
static struct prune_limits limits;
static struct prune_sum sum;

static void
setup(void)
{
	memset(files, 0, sizeof(files));
	memset(marks, 0, sizeof(marks));
	memset(&limits, 0, sizeof(limits));
	nfiles = nmarks = 0;
}

/* Of segment "wired0", 1 MiB, written so many seconds ago. */
static struct prune_file *
add(uint32_t number, uint64_t age_s)
{
	struct prune_file *f = &files[nfiles++];

	snprintf(f->name, sizeof(f->name), "wired0/%06u.pcapng", number);
	f->number = number;
	f->size = MIB;
	f->frames = 10;
	f->stamp_ns = (NOW - age_s) * 1000000000u;
	f->has_sha256 = true;
	return f;
}

/* Numbers 1 to n, the higher the newer, and one that is being written. */
static void
add_many(uint32_t n)
{
	uint32_t i;

	for (i = 1; i <= n; i++)
		add(i, (n + 1 - i) * 100);
	add(n + 1, 0)->is_writing = true;
	files[nfiles - 1].has_sha256 = false;
}

static void
mark(enum prune_why why, uint32_t number, uint64_t by)
{
	struct prune_mark *m = &marks[nmarks++];

	snprintf(m->name, sizeof(m->name), "wired0/%06u.pcapng", number);
	m->why = why;
	m->by = by;
}

static void
plan(void)
{
	sum = prune_plan(
	    files, nfiles, marks, nmarks, &limits, (uint64_t)NOW * 1000000000u);
}

static const struct prune_file *
file(uint32_t number)
{
	size_t i;

	for (i = 0; i < nfiles; i++)
		if (files[i].number == number)
			return &files[i];
	ck_abort_msg("no file %u", number);
}

static void
expect(uint32_t number, enum prune_why why)
{
	ck_assert_msg(file(number)->why == why, "file %u: %s, not %s", number,
	    prune_why_name(file(number)->why), prune_why_name(why));
}

START_TEST(without_a_limit_nothing_ever_goes)
{
	add_many(4);
	plan();
	expect(1, PRUNE_WITHIN);
	expect(4, PRUNE_NEWEST);
	expect(5, PRUNE_WRITING);
	ck_assert_uint_eq(sum.goes, 0);
	ck_assert_uint_eq(sum.bytes, 5 * MIB);
	ck_assert_uint_eq(sum.over, 0);
}
END_TEST

START_TEST(what_is_older_goes_and_what_is_not_stays)
{
	add_many(4); /* 400, 300, 200, 100 s */
	limits.after_s = 300;
	plan();
	expect(1, PRUNE_AGE);
	expect(2, PRUNE_AGE);
	expect(3, PRUNE_WITHIN);
	ck_assert_uint_eq(sum.goes, 2);
	ck_assert_uint_eq(sum.goes_bytes, 2 * MIB);
}
END_TEST

START_TEST(a_stamp_of_the_future_is_not_old)
{
	add(1, 0)->stamp_ns = (NOW + 1000ull) * 1000000000u;
	add_many(1);
	files[1].number = 2;
	limits.after_s = 10;
	plan();
	expect(1, PRUNE_WITHIN);
}
END_TEST

START_TEST(the_oldest_go_until_the_rest_is_within_the_ceiling)
{
	add_many(4);
	limits.disk_bytes = 3 * MIB;
	plan();
	expect(1, PRUNE_DISK);
	expect(2, PRUNE_DISK);
	expect(3, PRUNE_WITHIN);
	ck_assert_uint_eq(sum.over, 0);
	limits.disk_bytes = 5 * MIB;
	plan();
	ck_assert_uint_eq(sum.goes, 0);
}
END_TEST

START_TEST(what_goes_for_its_age_counts_for_the_ceiling)
{
	add_many(4);
	limits.after_s = 400;
	limits.disk_bytes = 4 * MIB;
	plan();
	expect(1, PRUNE_AGE);
	expect(2, PRUNE_WITHIN);
}
END_TEST

START_TEST(what_a_verdict_cites_stays_though_the_disk_is_too_full)
{
	uint32_t i;

	add_many(5);
	for (i = 1; i <= 5; i++)
		mark(PRUNE_CITED, i, 100 + i);
	limits.after_s = 1;
	limits.disk_bytes = MIB;
	plan();
	for (i = 1; i <= 5; i++) {
		expect(i, PRUNE_CITED);
		ck_assert_uint_eq(file(i)->by, 100 + i);
	}
	ck_assert_uint_eq(sum.goes, 0);
	ck_assert_uint_eq(sum.over, 5 * MIB);
}
END_TEST

/* The same file without the mark goes: it is the mark that keeps it. */
static void
one_mark_keeps_one_file(enum prune_why why)
{
	add_many(5);
	limits.after_s = 1;
	plan();
	expect(2, PRUNE_AGE);
	mark(why, 2, 7);
	plan();
	expect(1, PRUNE_AGE);
	expect(2, why);
	ck_assert_uint_eq(file(2)->by, 7);
	expect(3, PRUNE_AGE);
}

START_TEST(a_cited_file_stays)
{
	one_mark_keeps_one_file(PRUNE_CITED);
}
END_TEST

START_TEST(a_file_of_a_run_under_way_stays)
{
	one_mark_keeps_one_file(PRUNE_IN_USE);
}
END_TEST

START_TEST(a_held_file_stays)
{
	one_mark_keeps_one_file(PRUNE_HELD);
}
END_TEST

START_TEST(a_mark_of_another_segment_keeps_nothing)
{
	add_many(3);
	limits.after_s = 1;
	mark(PRUNE_CITED, 1, 7);
	memcpy(marks[0].name, "wired1", 6);
	plan();
	expect(1, PRUNE_AGE);
}
END_TEST

START_TEST(the_file_being_written_stays_whatever_is_said_of_it)
{
	add_many(2);
	mark(PRUNE_TOMBSTONE, 3, 0);
	limits.after_s = 1;
	limits.disk_bytes = 1;
	files[2].stamp_ns = 1;
	plan();
	expect(3, PRUNE_WRITING);
}
END_TEST

START_TEST(the_newest_finished_file_of_each_segment_stays)
{
	add_many(2);
	*add(9, 900) = files[0];
	files[nfiles - 1].number = 9;
	files[nfiles - 1].segment = 1;
	memcpy(files[nfiles - 1].name, "wired1", 6);
	limits.after_s = 1;
	plan();
	expect(1, PRUNE_AGE);
	expect(2, PRUNE_NEWEST);
	expect(9, PRUNE_NEWEST);
}
END_TEST

START_TEST(a_file_without_a_hash_stays)
{
	add_many(3);
	files[0].has_sha256 = false;
	limits.after_s = 1;
	limits.disk_bytes = 1;
	plan();
	expect(1, PRUNE_UNKNOWN);
	expect(2, PRUNE_AGE);
}
END_TEST

START_TEST(what_has_its_tombstone_goes_without_any_limit)
{
	add_many(3);
	mark(PRUNE_TOMBSTONE, 1, 0);
	plan();
	expect(1, PRUNE_TOMBSTONE);
	expect(2, PRUNE_WITHIN);
	ck_assert_uint_eq(sum.goes, 1);
}
END_TEST

START_TEST(what_is_cited_stays_though_it_has_a_tombstone)
{
	add_many(3);
	mark(PRUNE_TOMBSTONE, 1, 0);
	mark(PRUNE_HELD, 1, 3);
	mark(PRUNE_CITED, 1, 8);
	plan();
	expect(1, PRUNE_CITED);
	ck_assert_uint_eq(file(1)->by, 8);
}
END_TEST

START_TEST(order_of_files_and_marks_does_not_matter)
{
	static const uint32_t order[] = { 3, 1, 5, 2, 4 };
	size_t i;

	for (i = 0; i < 5; i++)
		add(order[i], 600 - order[i] * 100);
	mark(PRUNE_CITED, 4, 44);
	mark(PRUNE_CITED, 2, 23);
	mark(PRUNE_CITED, 2, 22);
	limits.disk_bytes = 3 * MIB;
	plan();
	expect(1, PRUNE_DISK);
	expect(2, PRUNE_CITED);
	ck_assert_uint_eq(file(2)->by, 22);
	expect(3, PRUNE_DISK);
	expect(4, PRUNE_CITED);
	expect(5, PRUNE_NEWEST);
}
END_TEST

START_TEST(nothing_at_all_is_no_trouble)
{
	limits.after_s = 1;
	limits.disk_bytes = 1;
	plan();
	ck_assert_uint_eq(sum.goes, 0);
	ck_assert_uint_eq(sum.bytes, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("prune_plan");
	TCase *t = tcase_create("plan");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, without_a_limit_nothing_ever_goes);
	tcase_add_test(t, what_is_older_goes_and_what_is_not_stays);
	tcase_add_test(t, a_stamp_of_the_future_is_not_old);
	tcase_add_test(t, the_oldest_go_until_the_rest_is_within_the_ceiling);
	tcase_add_test(t, what_goes_for_its_age_counts_for_the_ceiling);
	tcase_add_test(
	    t, what_a_verdict_cites_stays_though_the_disk_is_too_full);
	tcase_add_test(t, a_cited_file_stays);
	tcase_add_test(t, a_file_of_a_run_under_way_stays);
	tcase_add_test(t, a_held_file_stays);
	tcase_add_test(t, a_mark_of_another_segment_keeps_nothing);
	tcase_add_test(t, the_file_being_written_stays_whatever_is_said_of_it);
	tcase_add_test(t, the_newest_finished_file_of_each_segment_stays);
	tcase_add_test(t, a_file_without_a_hash_stays);
	tcase_add_test(t, what_has_its_tombstone_goes_without_any_limit);
	tcase_add_test(t, what_is_cited_stays_though_it_has_a_tombstone);
	tcase_add_test(t, order_of_files_and_marks_does_not_matter);
	tcase_add_test(t, nothing_at_all_is_no_trouble);
	suite_add_tcase(s, t);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
