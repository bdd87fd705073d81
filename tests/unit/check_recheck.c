/*
 * check_recheck: a run's records judged again by the real worker and a sample
 * probe.  What was said agrees; whatever was changed, in the record or in the
 * probe, is found; what cannot be judged is never called agreed.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "judging/recheck.h"
#include "probes/probe.h"

#ifdef ASSAY_SANITIZED
#define CRASHED "null pointer"
#else
#define CRASHED "signal 11"
#endif

static const char profile[] = "version: 1\n"
			      "product: {name: Lock, model: L1, vendor: Ex}\n"
			      "mac: 02:00:00:00:00:10\n";

struct rig {
	json_t *records, *job, *observed, *verdict, *jobend;
	char *worker, *probes;
	const char *text; /* of the profile; NULL: not there */
	json_t *report;
};
static struct rig rig;

/* Tests lie in BUILD/tests/unit. */
static char *
build_path(const char *file)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	int up;

	ck_assert_int_gt(n, 0);
	exe[n] = '\0';
	for (up = 0; up < 3; up++)
		*strrchr(exe, '/') = '\0';
	return xasprintf("%s/%s", exe, file);
}

static char *
give_profile(void *arg, const char *sha256, size_t *size, struct err *e)
{
	struct rig *r = arg;

	ck_assert_uint_eq(strlen(sha256), 64);
	if (r->text == NULL) {
		err_set(e, "not in the bundle");
		return NULL;
	}
	*size = strlen(r->text);
	return xstrdup(r->text);
}

static json_t *
from_text(const char *s)
{
	json_error_t error;
	json_t *o = json_loads(s, JSON_DECODE_ANY, &error);

	ck_assert_msg(o != NULL, "%s", error.text);
	return o;
}

/* A job in which sample.ok saw its port open, twice, and said pass. */
static void
set_up(void)
{
	char sha256[SHA256_HEX_SIZE];
	json_t *run;

	memset(&rig, 0, sizeof(rig));
	rig.worker = build_path("assay-worker");
	rig.probes = build_path("tests/probes");
	rig.text = profile;
	sha256_hex(profile, strlen(profile), sha256);
	run = json_pack("{s:s,s:i,s:i,s:s,s:{s:s}}", "type", "run", "seq", 1,
	    "run", 1, "bench", "b", "profile", "sha256", sha256);
	rig.job = from_text(
	    "{\"type\":\"job\",\"seq\":2,\"job\":2,\"state\":\"operating\","
	    "\"probe\":\"sample.ok\",\"method\":1,\"params\":{\"port\":\"81\"},"
	    "\"targets\":[{\"addr\":\"10.77.0.10\","
	    "\"mac\":\"02:00:00:00:00:10\",\"source\":\"10.77.0.1\"}]}");
	json_object_set_new(rig.job, "abi", json_integer(ASSAY_ABI));
	rig.observed = from_text(
	    "{\"type\":\"observed\",\"seq\":3,\"job\":2,\"notes\":[],"
	    "\"observations\":["
	    "{\"id\":1,\"field\":\"answer\",\"value\":true,\"frames\":[],"
	    "\"subject\":{\"addr\":\"10.77.0.10\",\"port\":81}},"
	    "{\"id\":2,\"field\":\"answer\",\"value\":true,\"frames\":[],"
	    "\"subject\":{\"addr\":\"10.77.0.10\",\"port\":81}}],"
	    "\"controls\":[{\"phase\":1,\"good\":true,\"observation\":1},"
	    "{\"phase\":3,\"good\":true,\"observation\":2}]}");
	rig.verdict = from_text(
	    "{\"type\":\"verdict\",\"seq\":4,\"job\":2,\"check\":\"TEST-01\","
	    "\"claim\":\"behaviour\",\"verdict\":\"pass\",\"said\":null,"
	    "\"reason\":\"sample.good\",\"values\":{\"count\":2},"
	    "\"observations\":[1,2],"
	    "\"subject\":{\"addr\":\"10.77.0.10\",\"port\":81}}");
	rig.jobend = from_text(
	    "{\"type\":\"jobend\",\"seq\":5,\"job\":2,\"outcome\":\"done\","
	    "\"reason\":null,\"exit\":{\"how\":\"exit\",\"status\":0}}");
	rig.records = json_array();
	json_array_append_new(rig.records, run);
	json_array_append(rig.records, rig.job);
	json_array_append(rig.records, rig.observed);
	json_array_append(rig.records, rig.verdict);
	json_array_append(rig.records, rig.jobend);
}

static void
tear_down(void)
{
	json_decref(rig.records);
	json_decref(rig.job);
	json_decref(rig.observed);
	json_decref(rig.verdict);
	json_decref(rig.jobend);
	json_decref(rig.report);
	free(rig.worker);
	free(rig.probes);
}

static void
set(json_t *o, const char *key, const char *text)
{
	json_object_set_new(o, key, from_text(text));
}

static void
drop(const json_t *record)
{
	json_t *one;
	size_t i;

	json_array_foreach (rig.records, i, one) {
		if (one == record) {
			json_array_remove(rig.records, i);
			return;
		}
	}
}

static json_int_t
number(const char *key)
{
	return json_integer_value(json_object_get(rig.report, key));
}

/* The first verdict's entry. */
static const json_t *
first(void)
{
	return json_array_get(json_object_get(rig.report, "verdicts"), 0);
}

static const char *
text(const char *key)
{
	const char *s = json_string_value(json_object_get(first(), key));

	return s == NULL ? "" : s;
}

static void
recheck(int status)
{
	struct recheck r = { rig.records, give_profile, &rig, rig.worker,
		rig.probes };
	struct err e = { .text = "" };

	rig.report = recheck_run(&r, &e);
	ck_assert_msg(rig.report != NULL, "%s", e.text);
	ck_assert_int_eq(recheck_exit_status(rig.report), status);
}

START_TEST(what_the_probe_said_agrees)
{
	recheck(0);
	ck_assert_int_eq(number("agrees"), 1);
	ck_assert_int_eq(number("differs"), 0);
	ck_assert_int_eq(number("not_judged"), 0);
	ck_assert_int_eq(number("left_out"), 0);
	ck_assert_str_eq(text("outcome"), "agrees");
	ck_assert_uint_eq(recheck_broken_methods(rig.report), 0);
	ck_assert(json_is_string(json_object_get(rig.report, "sandbox")));
}
END_TEST

static const struct changed {
	const char *key, *value, *differs_in;
} changed[] = {
	{ "verdict", "\"fail\"", "verdict" },
	{ "verdict", "\"inconc\"", "verdict" },
	{ "reason", "\"sample.bad\"", "reason" },
	{ "values", "{\"count\":3}", "values" },
	{ "values", "{}", "values" },
	{ "observations", "[1]", "observations" },
	{ "observations", "[2,1]", "observations" },
};

START_TEST(any_change_of_a_verdict_is_found)
{
	const struct changed *c = &changed[_i];
	const json_t *list;

	set(rig.verdict, c->key, c->value);
	recheck(1);
	ck_assert_str_eq(text("outcome"), "differs");
	list = json_object_get(first(), "differs_in");
	ck_assert_uint_eq(json_array_size(list), 1);
	ck_assert_str_eq(
	    json_string_value(json_array_get(list, 0)), c->differs_in);
	ck_assert_uint_eq(recheck_broken_methods(rig.report), 1);
}
END_TEST

/* The pass was forged together with its observation's value. */
START_TEST(verdict_that_its_observations_do_not_show_differs)
{
	json_t *o =
	    json_array_get(json_object_get(rig.observed, "observations"), 1);

	set(o, "value", "false");
	recheck(1);
	ck_assert_str_eq(json_string_value(json_object_get(
			     json_object_get(first(), "now"), "verdict")),
	    "fail");
}
END_TEST

START_TEST(verdict_on_another_subject_is_another_one)
{
	set(rig.verdict, "subject", "{\"addr\":\"10.77.0.11\",\"port\":81}");
	recheck(1);
	/* The one that is gone, and the one that is new. */
	ck_assert_int_eq(number("differs"), 2);
}
END_TEST

START_TEST(difference_with_a_raised_method_breaks_no_word)
{
	const json_t *method;

	set(rig.job, "method", "7");
	set(rig.verdict, "verdict", "\"fail\"");
	recheck(1);
	method = json_object_get(first(), "method");
	ck_assert_int_eq(
	    json_integer_value(json_object_get(method, "then")), 7);
	ck_assert_int_eq(json_integer_value(json_object_get(method, "now")), 1);
	ck_assert_uint_eq(recheck_broken_methods(rig.report), 0);
}
END_TEST

/* What the bench made of a pass is not the probe's. */
START_TEST(lowered_verdict_is_held_against_what_was_said)
{
	set(rig.verdict, "verdict", "\"inconc\"");
	set(rig.verdict, "said", "\"pass\"");
	set(rig.verdict, "reason", "\"lost_frames\"");
	/* The bench's count took the place of the probe's. */
	set(rig.verdict, "values",
	    "{\"said_reason\":\"sample.good\",\"count\":99,\"text\":\"\"}");
	if (_i > 0)
		set(rig.verdict, "said_values",
		    _i == 1 ? "{\"count\":2}" : "{\"count\":3}");
	recheck(_i == 2 ? 1 : 0);
}
END_TEST

START_TEST(lowered_fail_does_not_agree_with_a_pass)
{
	set(rig.verdict, "verdict", "\"inconc\"");
	set(rig.verdict, "said", "\"fail\"");
	set(rig.verdict, "reason", "\"isolation_void\"");
	set(rig.verdict, "values", "{\"said_reason\":\"sample.good\"}");
	recheck(1);
}
END_TEST

START_TEST(verdict_of_the_bench_itself_is_left_out)
{
	set(rig.verdict, "verdict", "\"error\"");
	set(rig.verdict, "reason", "\"crashed\"");
	set(rig.verdict, "values", "{\"said_reason\":null}");
	set(rig.jobend, "exit", "{\"how\":\"signal\",\"status\":11}");
	recheck(2); /* nothing was judged, which is not to agree */
	ck_assert_int_eq(number("left_out"), 1);
	ck_assert_uint_eq(
	    json_array_size(json_object_get(rig.report, "verdicts")), 0);
}
END_TEST

START_TEST(verdict_that_was_not_there_differs_unless_the_job_was_cut_off)
{
	drop(rig.verdict);
	if (_i == 1)
		set(rig.jobend, "exit", "{\"how\":\"signal\",\"status\":9}");
	recheck(_i == 0 ? 1 : 2);
	ck_assert_int_eq(number("differs"), _i == 0 ? 1 : 0);
}
END_TEST

static void
make_hopeless(int how)
{
	json_t *o =
	    json_array_get(json_object_get(rig.observed, "observations"), 0);

	switch (how) {
	case 0:
		set(rig.job, "probe", "\"sample.none\"");
		break;
	case 1:
		set(rig.job, "probe", "\"../probes/sample_ok\"");
		break;
	case 2:
		set(rig.job, "abi", "0");
		break;
	case 3:
		set(rig.job, "probe", "\"bad.abi\"");
		break;
	case 4:
		rig.text = NULL;
		break;
	case 5:
		rig.text = "version: 1\nproduct: {name: Other}\n";
		break;
	case 6:
		set(o, "field", "\"gone\"");
		break;
	case 7:
		set(o, "value", "\"true\"");
		break;
	case 8:
		drop(rig.observed);
		break;
	case 9:
		drop(rig.observed);
		drop(rig.jobend);
		break;
	case 10:
		set(rig.job, "probe", "\"bad.crash_judge\"");
		set(rig.job, "params", "{}");
		break;
	case 11:
		set(rig.job, "params", "{\"nonsense\":\"1\"}");
		break;
	case 12:
		set(o, "id", "7");
		break;
	default:
		set(rig.job, "targets", "[{\"addr\":\"x\",\"mac\":\"y\"}]");
		break;
	}
}

START_TEST(what_cannot_be_judged_says_why_and_never_agrees)
{
	static const char *const why[] = { "no probe sample.none",
		"a probe's name is", "another abi", "abi", "not in the bundle",
		"another one", "no longer observes gone", "is no bool",
		"no observations", "cut off", CRASHED, "no such parameter",
		"worker", "is no address" };

	make_hopeless(_i);
	recheck(2);
	ck_assert_int_eq(number("agrees"), 0);
	ck_assert_int_eq(number("not_judged"), 1);
	ck_assert_msg(
	    strstr(text("why"), why[_i]) != NULL, "%d: %s", _i, text("why"));
}
END_TEST

START_TEST(what_is_no_run_is_refused)
{
	struct recheck r = { rig.records, give_profile, &rig, rig.worker,
		rig.probes };
	struct err e;

	json_array_remove(rig.records, 0);
	ck_assert_ptr_null(recheck_run(&r, &e));
	ck_assert_ptr_nonnull(strstr(e.text, "do not begin with a run"));
	json_array_clear(rig.records);
	ck_assert_ptr_null(recheck_run(&r, &e));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("recheck");
	TCase *c = tcase_create("recheck");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_set_timeout(c, 30);
	tcase_add_test(c, what_the_probe_said_agrees);
	tcase_add_loop_test(c, any_change_of_a_verdict_is_found, 0,
	    sizeof(changed) / sizeof(changed[0]));
	tcase_add_test(c, verdict_that_its_observations_do_not_show_differs);
	tcase_add_test(c, verdict_on_another_subject_is_another_one);
	tcase_add_test(c, difference_with_a_raised_method_breaks_no_word);
	tcase_add_loop_test(
	    c, lowered_verdict_is_held_against_what_was_said, 0, 3);
	tcase_add_test(c, lowered_fail_does_not_agree_with_a_pass);
	tcase_add_test(c, verdict_of_the_bench_itself_is_left_out);
	tcase_add_loop_test(c,
	    verdict_that_was_not_there_differs_unless_the_job_was_cut_off, 0,
	    2);
	tcase_add_loop_test(
	    c, what_cannot_be_judged_says_why_and_never_agrees, 0, 14);
	tcase_add_test(c, what_is_no_run_is_refused);
	suite_add_tcase(s, c);
	return s;
}

int
main(void)
{
	SRunner *runner = srunner_create(suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
