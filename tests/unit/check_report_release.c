/*
 * A report is authorised when two persons have signed what it says now, in this
 * order, and whatever else was said counts for nothing.
 */
#include "reports/report_release.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static json_t *report, *said;
static char digest[SHA256_HEX_SIZE];

static void
begin(void)
{
	report = json_pack("{s:s, s:{s:s}, s:I, s:[{s:i, s:s}], s:[{s:s, s:s}],"
			   " s:{s:s, s:s, s:s}}",
	    "bench", "b", "device", "name", "dut", "created", (json_int_t)1,
	    "verdicts", "seq", 5, "sha256", "aa", "requirements", "requirement",
	    "X:1", "result", "pass", "lab", "name", "Lab", "number", "R-1",
	    "decision_rule", "none");
	ck_assert_ptr_nonnull(report);
	said = json_array();
	report_release_digest(report, digest);
}

static void
end(void)
{
	json_decref(report);
	json_decref(said);
}

/* A statement on R-1, of the report as it is. */
static void
say(const char *what, const char *number, const char *by)
{
	json_array_append_new(said,
	    json_pack("{s:s, s:s, s:{s:s}, s:i, s:i, s:s, s:{s:{s:n, s:s}}}",
		"requirement", what, "clause", number, "by", "name", by, "time",
		7, "run", 9, "note", "why", "checks", RELEASE_CHECK, "good",
		"detail", digest));
}

static const json_t *
release(const char *number)
{
	report_release_set(report, said, number);
	return json_object_get(report, "release");
}

static void
expect(const char *number, const char *status)
{
	ck_assert_str_eq(
	    json_string_value(json_object_get(release(number), "status")),
	    status);
}

#define REVIEWED(by) say(RELEASE_REVIEWED, "R-1", by)
#define AUTHORISED(by) say(RELEASE_AUTHORISED, "R-1", by)

START_TEST(two_persons_one_after_the_other)
{
	expect("R-1", "draft");
	AUTHORISED("Bob"); /* before anybody has reviewed it */
	expect("R-1", "draft");
	REVIEWED("Ann");
	expect("R-1", "reviewed");
	AUTHORISED("Ann");
	expect("R-1", "reviewed");
	AUTHORISED("  aNN ");
	expect("R-1", "reviewed");
	AUTHORISED("Bob");
	expect("R-1", "authorised");
	expect("R-2", "draft");
	/* Who authorised it does not become its reviewer behind that. */
	REVIEWED("Bob");
	ck_assert_str_eq(
	    json_string_value(json_object_get(
		json_object_get(release("R-1"), "reviewed"), "by")),
	    "Ann");
}
END_TEST

static void
change_verdict(void)
{
	json_object_set_new(
	    json_array_get(json_object_get(report, "verdicts"), 0), "sha256",
	    json_string("bb"));
}

static void
change_result(void)
{
	json_object_set_new(
	    json_array_get(json_object_get(report, "requirements"), 0),
	    "result", json_string("fail"));
}

static void
change_rule(void)
{
	json_object_set_new(json_object_get(report, "lab"), "decision_rule",
	    json_string("other"));
}

START_TEST(whatever_changes_what_it_says_makes_a_draft_of_it)
{
	static void (*const changes[])(
	    void) = { change_verdict, change_result, change_rule };

	REVIEWED("Ann");
	AUTHORISED("Bob");
	changes[_i]();
	expect("R-1", "draft");
	ck_assert(json_is_true(
	    json_object_get(json_object_get(report, "release"), "outdated")));
}
END_TEST

START_TEST(when_it_is_written_changes_nothing)
{
	REVIEWED("Ann");
	AUTHORISED("Bob");
	json_object_set_new(report, "created", json_integer(2));
	json_object_set_new(json_object_get(report, "lab"), "issued",
	    json_string("2026-11-24"));
	expect("R-1", "authorised");
}
END_TEST

START_TEST(an_amendment_and_what_it_replaces_name_each_other)
{
	const json_t *o;

	say(RELEASE_AMENDS "R-1", "R-2", "Ann");
	o = release("R-1");
	ck_assert_str_eq(
	    json_string_value(json_object_get(o, "amended_by")), "R-2");
	ck_assert(json_is_null(json_object_get(o, "amends")));
	o = json_object_get(release("R-2"), "amends");
	ck_assert_str_eq(
	    json_string_value(json_object_get(o, "number")), "R-1");
	ck_assert_str_eq(
	    json_string_value(json_object_get(o, "reason")), "why");
	expect("R-2", "draft");
}
END_TEST

START_TEST(without_a_number_there_is_nothing_to_sign)
{
	REVIEWED("Ann");
	ck_assert(json_is_null(release("")));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("report_release");
	TCase *t = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, two_persons_one_after_the_other);
	tcase_add_loop_test(
	    t, whatever_changes_what_it_says_makes_a_draft_of_it, 0, 3);
	tcase_add_test(t, when_it_is_written_changes_nothing);
	tcase_add_test(t, an_amendment_and_what_it_replaces_name_each_other);
	tcase_add_test(t, without_a_number_there_is_nothing_to_sign);
	suite_add_tcase(suite, t);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
