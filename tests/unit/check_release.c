/*
 * What may be said of a report: two persons, one after the other, of what it
 * says now; each refusal with its reason.
 */
#include "records/release.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define NOW "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define OLD "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static struct release release;

static void
begin(void)
{
	release = (struct release){ .number = "R-1", .digest = NOW };
}

static void
said(const char *what, const char *number, const char *digest, const char *by)
{
	json_t *o = json_pack("{s:s, s:s, s:{s:s}, s:{s:{s:n, s:s}}}",
	    "requirement", what, "clause", number, "by", "name", by, "checks",
	    RELEASE_CHECK, "good", "detail", digest);

	ck_assert_ptr_nonnull(o);
	release_take(&release, o);
	json_decref(o);
}

/* why NULL: it may be said. */
static void
expect(const char *what, const char *by, const char *why)
{
	struct err e = { .text = "" };

	ck_assert_int_eq(
	    release_allows(&release, what, by, &e), why == NULL ? 0 : -1);
	if (why != NULL)
		ck_assert_str_eq(e.text, why);
}

START_TEST(nobody_authorises_before_a_review_or_what_he_reviewed)
{
	expect(RELEASE_AUTHORISED, "Bob",
	    "nobody has reviewed report R-1 as it is");
	said(RELEASE_REVIEWED, "R-2", NOW, "Ann"); /* another report */
	expect(RELEASE_AUTHORISED, "Bob",
	    "nobody has reviewed report R-1 as it is");
	said(RELEASE_REVIEWED, "R-1", OLD, "Ann");
	expect(RELEASE_AUTHORISED, "Bob",
	    "report R-1 says something else than what was reviewed: it is a "
	    "draft again");
	expect(RELEASE_REVIEWED, "Ann", NULL);
	said(RELEASE_REVIEWED, "R-1", NOW, "Ann Lee");
	expect(RELEASE_AUTHORISED, "  ann   LEE ",
	    "the reviewer of report R-1 cannot authorise it: that takes "
	    "another person");
	expect(RELEASE_AUTHORISED, "Annlee", NULL);
	expect(RELEASE_AUTHORISED, "Bob", NULL);
	/* The newest review counts. */
	said(RELEASE_REVIEWED, "R-1", NOW, "Bob");
	expect(RELEASE_AUTHORISED, "Ann Lee", NULL);
	expect(RELEASE_AUTHORISED, "Bob",
	    "the reviewer of report R-1 cannot authorise it: that takes "
	    "another person");
}
END_TEST

START_TEST(what_is_authorised_is_signed_no_more)
{
	said(RELEASE_AUTHORISED, "R-1", NOW, "Bob"); /* of no account */
	said(RELEASE_REVIEWED, "R-1", NOW, "Ann");
	said(RELEASE_AUTHORISED, "R-1", NOW, "ANN"); /* nor this */
	expect(RELEASE_REVIEWED, "Ann", NULL);
	said(RELEASE_AUTHORISED, "R-1", NOW, "Bob");
	expect(RELEASE_REVIEWED, "Cid", "report R-1 is authorised already");
	expect(RELEASE_AUTHORISED, "Cid", "report R-1 is authorised already");
}
END_TEST

START_TEST(only_what_was_authorised_is_replaced_and_then_for_good)
{
	release.amends = "R-0";
	expect(RELEASE_AMENDS "R-0", "Ann",
	    "no other report R-0 was ever authorised");
	said(RELEASE_AUTHORISED, "R-0", OLD, "Ann");
	expect(RELEASE_AMENDS "R-0", "Ann", NULL);
	release.amends = NULL;
	said(RELEASE_AMENDS "R-1", "R-2", NOW, "Ann");
	expect(
	    RELEASE_REVIEWED, "Ann", "report R-1 is replaced by another one");
}
END_TEST

START_TEST(a_statement_names_a_report_and_its_content_and_is_of_the_three)
{
	static const char why[] =
	    "a statement on a report names it (clause) and the SHA-256 of what "
	    "it says (the check report.content)";

	expect("REPORT:praised", "Ann",
	    "of a report: REPORT:reviewed, REPORT:authorised or "
	    "REPORT:amends:NUMBER");
	release.digest = "";
	expect(RELEASE_REVIEWED, "Ann", why);
	begin();
	release.number = "";
	expect(RELEASE_REVIEWED, "Ann", why);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("release");
	TCase *tc = tcase_create("release");
	SRunner *sr = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, begin, NULL);
	tcase_add_test(
	    tc, nobody_authorises_before_a_review_or_what_he_reviewed);
	tcase_add_test(tc, what_is_authorised_is_signed_no_more);
	tcase_add_test(
	    tc, only_what_was_authorised_is_replaced_and_then_for_good);
	tcase_add_test(
	    tc, a_statement_names_a_report_and_its_content_and_is_of_the_three);
	suite_add_tcase(suite, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
