/*
 * One changed byte, one missing record, one that does not belong: found, and
 * named.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/alloc.h"
#include "records/record_chain.h"
#include "tests/unit/store_rig.h"

#define N 6

static struct made made[N];
static struct record_row rows[N];
static struct err e;
static uint64_t broken;

static void
set_up(void)
{
	static const char *const types[N] = { "run", "canary", "job", "verdict",
		"jobend", "manifest" };
	struct maker m = { .seq = 10 };
	size_t i;

	for (i = 0; i < N; i++) {
		made[i] = maker_next(&m, types[i], NULL);
		rows[i].seq = made[i].seq;
		rows[i].bytes = made[i].bytes;
		rows[i].size = made[i].size;
		rows[i].sha256 = NULL;
	}
	memset(&e, 0, sizeof(e));
}

static void
tear_down(void)
{
	size_t i;

	for (i = 0; i < N; i++)
		free(made[i].bytes);
}

START_TEST(a_whole_run_is_sealed)
{
	ck_assert_int_eq(
	    record_chain_verify(rows, N, 11, &broken, &e), RECORD_CHAIN_SEALED);
	ck_assert_uint_eq(broken, 0);
}
END_TEST

START_TEST(a_run_without_its_manifest_is_open)
{
	ck_assert_int_eq(record_chain_verify(rows, N - 1, 11, &broken, &e),
	    RECORD_CHAIN_OPEN);
}
END_TEST

START_TEST(no_record_at_all_is_broken)
{
	ck_assert_int_eq(
	    record_chain_verify(rows, 0, 11, &broken, &e), RECORD_CHAIN_BROKEN);
	ck_assert_uint_eq(broken, 0);
	ck_assert_str_eq(e.text, "there is no record");
}
END_TEST

/* Every single byte of every record but the last: each change is found at the
 * record itself (it is no record any more) or at the next one (its prev). */
START_TEST(one_changed_byte_anywhere_is_found)
{
	size_t i = (size_t)_i, at;

	for (at = 0; at < made[i].size; at++) {
		made[i].bytes[at] ^= 1;
		ck_assert_int_eq(record_chain_verify(rows, N, 11, &broken, &e),
		    RECORD_CHAIN_BROKEN);
		ck_assert_msg(broken == rows[i].seq ||
			(i + 1 < N && broken == rows[i + 1].seq),
		    "byte %zu: at %llu", at, (unsigned long long)broken);
		made[i].bytes[at] ^= 1;
	}
}
END_TEST

START_TEST(a_changed_manifest_is_found_by_the_hash_beside_it)
{
	static const char stamp[] = "\"time\":17";
	char *p = strstr(made[N - 1].bytes, stamp);

	rows[N - 1].sha256 = made[N - 1].sha256;
	p[strlen(stamp)] ^= 1;
	ck_assert_int_eq(
	    record_chain_verify(rows, N, 11, &broken, &e), RECORD_CHAIN_BROKEN);
	ck_assert_uint_eq(broken, rows[N - 1].seq);
	ck_assert_str_eq(
	    e.text, "its bytes do not match the hash kept beside them");
}
END_TEST

START_TEST(a_missing_record_is_found)
{
	size_t i = (size_t)_i;

	memmove(&rows[i], &rows[i + 1], (N - 1 - i) * sizeof(rows[0]));
	ck_assert_int_eq(record_chain_verify(rows, N - 1, 11, &broken, &e),
	    RECORD_CHAIN_BROKEN);
	ck_assert_uint_eq(broken, 12 + i);
}
END_TEST

START_TEST(two_records_in_the_wrong_order_are_found)
{
	struct record_row row = rows[2];

	rows[2] = rows[3];
	rows[3] = row;
	ck_assert_int_eq(
	    record_chain_verify(rows, N, 11, &broken, &e), RECORD_CHAIN_BROKEN);
	ck_assert_uint_eq(broken, 14);
}
END_TEST

START_TEST(a_record_under_another_number_is_found)
{
	rows[1].seq = 99;
	ck_assert_int_eq(
	    record_chain_verify(rows, N, 11, &broken, &e), RECORD_CHAIN_BROKEN);
	ck_assert_uint_eq(broken, 99);
	ck_assert_str_eq(e.text, "it says it is record 12");
}
END_TEST

START_TEST(the_records_of_another_run_are_not_this_runs)
{
	ck_assert_int_eq(
	    record_chain_verify(rows, N, 7, &broken, &e), RECORD_CHAIN_BROKEN);
	ck_assert_str_eq(e.text, "a record of run 11");
}
END_TEST

/* A manifest that is well formed, in the chain, and wrong. */
static void
manifest_says(uint64_t head_of, int records, const char *text)
{
	struct maker m = { .seq = 0 };
	struct made first = maker_next(&m, "run", NULL), last;
	struct record_row two[2];
	json_t *o;
	size_t size;

	last = maker_next(&m, "manifest", NULL);
	o = record_decode(last.bytes, last.size, &e);
	free(last.bytes);
	json_object_set_new(o, "records", json_integer(records));
	if (head_of == 0)
		json_object_set_new(o, "head", json_string(last.sha256));
	last.bytes = record_encode(o, &size, &e);
	json_decref(o);
	two[0] = (struct record_row){ 1, first.bytes, first.size, NULL };
	two[1] = (struct record_row){ 2, last.bytes, size, NULL };
	ck_assert_int_eq(
	    record_chain_verify(two, 2, 1, &broken, &e), RECORD_CHAIN_BROKEN);
	ck_assert_uint_eq(broken, 2);
	ck_assert_str_eq(e.text, text);
	free(first.bytes);
	free(last.bytes);
}

START_TEST(a_manifest_with_another_head_or_count_is_found)
{
	manifest_says(0, 1, "the manifest's head is not the record before it");
	manifest_says(1, 2, "the manifest counts 2 records, there are 1");
}
END_TEST

START_TEST(nothing_follows_a_manifest)
{
	struct record_chain c;
	struct record_head h = { .type = RECORD_EVENT, .run = 11, .seq = 20 };
	size_t i;

	record_chain_start(&c, 0);
	for (i = 0; i < N; i++)
		ck_assert_int_eq(record_chain_add(&c, &rows[i], &e), 0);
	memcpy(h.prev, c.sha256, sizeof(h.prev));
	ck_assert_int_eq(record_chain_check(&c, &h, &e), -1);
	ck_assert_str_eq(e.text, "a record after the run's manifest");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("record_chain");
	TCase *c = tcase_create("chain");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, a_whole_run_is_sealed);
	tcase_add_test(c, a_run_without_its_manifest_is_open);
	tcase_add_test(c, no_record_at_all_is_broken);
	tcase_add_loop_test(c, one_changed_byte_anywhere_is_found, 0, N - 1);
	tcase_add_test(c, a_changed_manifest_is_found_by_the_hash_beside_it);
	tcase_add_loop_test(c, a_missing_record_is_found, 0, N - 1);
	tcase_add_test(c, two_records_in_the_wrong_order_are_found);
	tcase_add_test(c, a_record_under_another_number_is_found);
	tcase_add_test(c, the_records_of_another_run_are_not_this_runs);
	tcase_add_test(c, a_manifest_with_another_head_or_count_is_found);
	tcase_add_test(c, nothing_follows_a_manifest);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
