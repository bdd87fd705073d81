/*
 * check_engine_captures: the manifest names the capture files of a run, all of
 * them, and says of none what nobody knows.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine_rig.h"

#define PROBE "  - probe: tcp.ports\n"

static struct engine_rig r;

static void
start(void)
{
	erig_start(&r);
}

static void
stop(void)
{
	erig_free(&r);
}

static const json_t *
captures(const json_t *manifest)
{
	return json_object_get(manifest, "captures");
}

static const json_t *
capture(const json_t *manifest, size_t i)
{
	return json_array_get(captures(manifest), i);
}

START_TEST(the_manifest_names_the_files_of_the_run_alone)
{
	const json_t *m, *one;

	r.capture_file = 4; /* what was captured before it is not the run's */
	m = erig_run_to_end(&r, PROBE);
	ck_assert_uint_eq(json_array_size(captures(m)), 1);
	one = capture(m, 0);
	ck_assert_str_eq(erig_text(one, "file"), "000005.pcapng");
	ck_assert_str_eq(erig_text(one, "segment"), "wired0");
	ck_assert_int_eq(erig_number(one, "size"), 1000);
	ck_assert_int_eq(erig_number(one, "frames"), 10);
	ck_assert_int_eq(erig_number(one, "dropped"), 3);
	ck_assert_uint_eq(strlen(erig_text(one, "sha256")), 64);
	ck_assert_ptr_null(json_object_get(one, "cut"));
	m = erig_run_to_end(&r, PROBE);
	ck_assert_uint_eq(json_array_size(captures(m)), 1);
	ck_assert_str_eq(erig_text(capture(m, 0), "file"), "000007.pcapng");
}
END_TEST

static void
rotate(struct engine_rig *rig)
{
	rig->capture_file += 2;
}

START_TEST(a_run_over_several_files_names_each)
{
	const json_t *m;

	r.at[AT_GO] = rotate;
	m = erig_run_to_end(&r, PROBE);
	ck_assert_uint_eq(json_array_size(captures(m)), 3);
	ck_assert_str_eq(erig_text(capture(m, 0), "file"), "000002.pcapng");
	ck_assert_str_eq(erig_text(capture(m, 2), "file"), "000004.pcapng");
}
END_TEST

START_TEST(what_a_cut_file_holds_is_not_claimed)
{
	const json_t *m;

	r.cut = true;
	m = erig_run_to_end(&r, PROBE);
	ck_assert(json_is_true(json_object_get(capture(m, 0), "cut")));
	ck_assert(json_is_null(json_object_get(capture(m, 0), "sha256")));
	ck_assert(json_is_null(json_object_get(capture(m, 0), "dropped")));
}
END_TEST

START_TEST(a_capture_that_cannot_tell_leaves_names_alone)
{
	const json_t *m;

	r.seal_error = "captures: Input/output error";
	m = erig_run_to_end(&r, PROBE);
	ck_assert_uint_eq(json_array_size(captures(m)), 1);
	ck_assert_str_eq(erig_text(capture(m, 0), "file"), "000002.pcapng");
	ck_assert(json_is_true(json_object_get(capture(m, 0), "cut")));
	ck_assert(json_is_null(json_object_get(capture(m, 0), "sha256")));
	ck_assert(json_is_null(json_object_get(capture(m, 0), "size")));
}
END_TEST

static void
lose_capture_at_the_end(struct engine_rig *rig)
{
	if (rig->seal_from == 0)
		return;
	rig->at[AT_SEAL] = NULL;
	rig->hold[AT_SEAL] = false;
	erig_replace(rig, ROLE_CAPTURE);
}

START_TEST(a_capture_that_dies_at_the_end_is_asked_again)
{
	const json_t *m;

	r.at[AT_SEAL] = lose_capture_at_the_end;
	m = erig_run_to_end(&r, PROBE);
	ck_assert_uint_ge(json_array_size(captures(m)), 1);
	ck_assert_str_eq(erig_text(capture(m, 0), "file"), "000002.pcapng");
	ck_assert_uint_eq(strlen(erig_text(capture(m, 0), "sha256")), 64);
	ck_assert_uint_ge(r.reached[AT_SEAL], 3);
}
END_TEST

START_TEST(more_files_than_a_record_holds_are_counted)
{
	const json_t *m;

	r.hold[AT_GO] = true;
	erig_run(&r, PROBE);
	erig_until_at(&r, AT_GO, 1);
	r.capture_file += 199;
	erig_release(&r, AT_GO);
	m = erig_manifest(
	    &r, (uint64_t)erig_number(erig_record(&r, 0, "run", 0), "seq"));
	ck_assert_uint_eq(json_array_size(captures(m)), 150);
	ck_assert_int_eq(erig_number(m, "captures_omitted"), 50);
}
END_TEST

START_TEST(an_engine_that_dies_in_mid_run_forgets_no_file)
{
	const json_t *m;
	uint64_t run;

	r.hold[AT_GO] = true;
	run = erig_run(&r, PROBE PROBE);
	erig_until_at(&r, AT_GO, 1);
	erig_kill_engine(&r);
	r.hold[AT_GO] = false;
	r.capture_file += 3;
	erig_start_engine(&r);
	erig_subscribe(&r, 1);
	m = erig_manifest(&r, run);
	ck_assert_str_eq(erig_text(capture(m, 0), "file"), "000002.pcapng");
	ck_assert_uint_ge(json_array_size(captures(m)), 4);
}
END_TEST

START_TEST(a_run_that_never_began_has_no_file)
{
	const json_t *m;
	uint64_t run;

	r.hold[AT_GO] = true;
	erig_run(&r, PROBE);
	run = erig_run(&r, PROBE);
	erig_until_at(&r, AT_GO, 1);
	erig_call(&r, "run.cancel", json_pack("{s:I}", "run", (json_int_t)run));
	m = erig_manifest(&r, run);
	ck_assert(json_is_array(captures(m)));
	ck_assert_uint_eq(json_array_size(captures(m)), 0);
	erig_release(&r, AT_GO);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("engine_captures");
	TCase *t = tcase_create("captures");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(t, start, stop);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, the_manifest_names_the_files_of_the_run_alone);
	tcase_add_test(t, a_run_over_several_files_names_each);
	tcase_add_test(t, what_a_cut_file_holds_is_not_claimed);
	tcase_add_test(t, a_capture_that_cannot_tell_leaves_names_alone);
	tcase_add_test(t, a_capture_that_dies_at_the_end_is_asked_again);
	tcase_add_test(t, more_files_than_a_record_holds_are_counted);
	tcase_add_test(t, an_engine_that_dies_in_mid_run_forgets_no_file);
	tcase_add_test(t, a_run_that_never_began_has_no_file);
	suite_add_tcase(s, t);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
