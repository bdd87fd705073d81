/*
 * Default secrets of two samples: one that is the same is shared whatever else
 * is not known, and they differ only where each has its counterpart and was
 * read.  What a report counts of it never passes.
 */
#include "judging/compare_secrets.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/compare.h"
#include "judging/compare_samples.h"

/* "password admin=mark pin=; …": a sample's answer; no mark: it is not read. */
static json_t *
sample(const char *serial, const char *text)
{
	json_t *rows = json_array(), *items, *o;
	char kind[20], account[20], mark[20];
	int n;

	for (; *text != '\0'; text += n) {
		n = 0;
		ck_assert_int_ge(sscanf(text,
				     " %19[^,;] , %19[^,;] , "
				     "%19[^,;] ;%n",
				     kind, account, mark, &n),
		    3);
		ck_assert_int_gt(n, 0);
		json_array_append_new(rows,
		    json_pack("{s:s, s:s, s:s, s:o, s:s}", "sample", serial,
			"secret", kind, "account",
			strcmp(account, "-") == 0 ? "" : account, "mark",
			strcmp(mark, "-") == 0 ? json_null()
					       : json_string(mark),
			"why", strcmp(mark, "-") == 0 ? "gone" : ""));
	}
	items = compare_secrets_items(rows, serial);
	ck_assert_uint_eq(json_array_size(items), json_array_size(rows));
	o = json_pack("{s:s, s:o}", "serial", serial, "items", items);
	json_decref(rows);
	return o;
}

static const struct {
	const char *a, *b;
	int all, typed; /* 0 shared, 1 own, -1 open, -2: nothing is said */
	const char *detail;
} cases[] = {
	{ "password,admin,m1;", "password,admin,m1;", 0, 0,
	    "samples.shared password admin" },
	{ "password,admin,m1;", "password,admin,m2;", 1, 1,
	    "samples.own 1, 1" },
	/* nobody has declared what the other one has */
	{ "password,admin,m1;", "", -1, -1,
	    "samples.undeclared password admin (1)" },
	{ "", "pin,-,m1;", -1, -1, "samples.undeclared pin (2)" },
	{ "password,admin,m1;", "password,guest,m2;", -1, -1,
	    "samples.undeclared password admin (1)" },
	/* not read */
	{ "password,admin,-;", "password,admin,m2;", -1, -1,
	    "samples.unread password admin (1): gone" },
	{ "password,admin,-;", "password,admin,-;", -1, -1,
	    "samples.unread password admin (1): gone" },
	{ "password,admin,m1;", "password,admin,-;", -1, -1,
	    "samples.unread password admin (2): gone" },
	/* shared is shared, whatever else */
	{ "password,admin,-;pin,-,m3;", "password,admin,m2;pin,-,m3;", 0, 0,
	    "samples.shared pin" },
	{ "password,admin,m1;", "password,guest,m1;", 0, 0,
	    "samples.shared password admin" },
	/* nobody types a key */
	{ "shared-key,-,m1;", "shared-key,-,m1;", 0, -2,
	    "samples.shared shared-key" },
	{ "shared-key,-,m1;pin,-,m2;", "shared-key,-,m1;pin,-,m3;", 0, 1,
	    "samples.shared shared-key" },
	{ "token,-,m1;", "token,-,m2;", 1, -2, "samples.own 1, 1" },
	{ "", "", -2, -2, "" },
};

static int
good_of(const json_t *said)
{
	const json_t *good = json_object_get(said, "good");

	if (said == NULL)
		return -2;
	return json_is_null(good) ? -1 : json_is_true(good);
}

START_TEST(the_same_is_shared_and_own_is_only_what_was_read_of_both)
{
	json_t *a = sample("1", cases[_i].a), *b = sample("2", cases[_i].b);
	json_t *all = compare_secrets(a, b, false),
	       *typed = compare_secrets(a, b, true);

	ck_assert_int_eq(good_of(all), cases[_i].all);
	ck_assert_int_eq(good_of(typed), cases[_i].typed);
	if (all != NULL)
		ck_assert_str_eq(
		    json_string_value(json_object_get(all, "detail")),
		    cases[_i].detail);
	json_decref(all);
	json_decref(typed);
	json_decref(a);
	json_decref(b);
}
END_TEST

static const json_t *
row_of(const json_t *rows, const char *check)
{
	const json_t *one;
	size_t i;

	json_array_foreach (rows, i, one)
		if (strcmp(json_string_value(json_object_get(one, "check")),
			check) == 0)
			return one;
	return NULL;
}

START_TEST(a_comparison_of_samples_has_them_and_no_mark)
{
	json_t *a = sample("1", "password,admin,m1;"),
	       *b = sample("2", "password,admin,m1;"),
	       *rows = compare_samples(a, b);
	char *text = json_dumps(rows, 0);

	ck_assert(compare_samples_failed(rows));
	ck_assert_int_eq(good_of(row_of(rows, "secret.default")), 0);
	ck_assert_int_eq(good_of(row_of(rows, "secret.password")), 0);
	ck_assert_ptr_null(strstr(text, "m1"));
	free(text);
	json_decref(rows);
	json_decref(a);
	json_decref(b);
}
END_TEST

/* good: of the passwords; "-": nothing was said of them. */
static json_t *
sealed(const char *conclusion, const char *good)
{
	json_t *checks = json_object();

	if (good[0] != '-')
		json_object_set_new(checks, COMPARE_PASSWORDS,
		    json_pack("{s:o}", "good",
			json_loads(good, JSON_DECODE_ANY, NULL)));
	return json_pack("{s:s, s:o, s:i, s:i}", "conclusion", conclusion,
	    "checks", checks, "run", 7, "seq", 8);
}

START_TEST(a_shared_password_fails_its_own_check_and_nothing_passes)
{
	static const struct {
		const char *conclusion, *good;
		size_t n;
		enum verdict samples, passwords;
	} table[] = {
		{ "does-not-conform", "false", 4, VERDICT_FAIL, VERDICT_FAIL },
		{ "does-not-conform", "true", 4, VERDICT_FAIL, VERDICT_INCONC },
		{ "insufficient", "true", 4, VERDICT_INCONC, VERDICT_INCONC },
		{ "insufficient", "null", 4, VERDICT_INCONC, VERDICT_INCONC },
		{ "insufficient", "-", 2, VERDICT_INCONC, VERDICT_INCONC },
	};
	static const char *const samples[] = { "1", "2" };
	const struct compare_over over = { samples, NULL, 2, 0 };
	struct coverage_said said[2 * COMPARE_CHECKS];
	json_t *record = sealed(table[_i].conclusion, table[_i].good);
	size_t n = compare_said(record, &over, said), i;

	ck_assert_uint_eq(n, table[_i].n);
	for (i = 0; i < n; i++) {
		if (strcmp(said[i].check, COMPARE_CHECK) == 0)
			ck_assert_int_eq(said[i].verdict, table[_i].samples);
		else
			ck_assert_int_eq(said[i].verdict, table[_i].passwords);
	}
	ck_assert_uint_eq(compare_said(NULL, &over, said), 0);
	json_decref(record);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("compare_secrets");
	TCase *t = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(t,
	    the_same_is_shared_and_own_is_only_what_was_read_of_both, 0,
	    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(t, a_comparison_of_samples_has_them_and_no_mark);
	tcase_add_loop_test(
	    t, a_shared_password_fails_its_own_check_and_nothing_passes, 0, 5);
	suite_add_tcase(suite, t);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
