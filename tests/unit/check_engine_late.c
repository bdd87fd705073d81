/*
 * A bench that was late: what its worker says of its timers, and what that
 * makes of a pass.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine_rig.h"

#define MS 1000000ull
#define PROBE "  - probe: tcp.ports\n"

static struct engine_rig r;
static uint64_t late_ns;

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

static void
say_late_job(struct engine_rig *rig)
{
	static struct msg_out m;

	msg_start(&m, ENGINE_NOTE);
	msg_put_string(&m, WIRE_NOTE_LATE);
	msg_put_u8(&m, ASSAY_TYPE_DURATION);
	msg_put_u64(&m, late_ns);
	erig_say(rig->worker, &m);
	erig_say_job(rig);
	erig_say_word(rig, ENGINE_DONE);
}

static const json_t *
verdict_of_late(uint64_t ns)
{
	const json_t *manifest;

	late_ns = ns;
	r.job = say_late_job;
	manifest = erig_run_to_end(&r, PROBE);
	return erig_record(
	    &r, (uint64_t)erig_number(manifest, "run"), "verdict", 0);
}

START_TEST(a_late_timer_makes_a_pass_inconclusive)
{
	const json_t *v = verdict_of_late(1001 * MS), *values;

	ck_assert_str_eq(erig_text(v, "verdict"), "inconc");
	ck_assert_str_eq(erig_text(v, "reason"), "bench_late");
	values = json_object_get(v, "values");
	ck_assert_int_eq(erig_number(values, "late"), 1001 * MS);
	ck_assert_int_eq(erig_number(values, "bound"), 1000 * MS);
	ck_assert_int_eq(
	    erig_number(
		json_object_get(erig_record(&r, 0, "jobend", 0), "late"),
		"worker_ns"),
	    1001 * MS);
}
END_TEST

START_TEST(a_timer_within_the_bound_changes_nothing)
{
	ck_assert_str_eq(
	    erig_text(verdict_of_late(1000 * MS), "verdict"), "pass");
}
END_TEST

START_TEST(a_fail_stands_however_late_the_bench_was)
{
	r.says = ASSAY_FAIL;
	ck_assert_str_eq(
	    erig_text(verdict_of_late(60000 * MS), "verdict"), "fail");
}
END_TEST

START_TEST(every_run_says_what_keeps_its_clock)
{
	const json_t *manifest = erig_run_to_end(&r, PROBE), *clock;
	const char *source;

	clock = json_object_get(manifest, "clock");
	source = erig_text(clock, "source");
	ck_assert(strcmp(source, "synchronised") == 0 ||
	    strcmp(source, "unsynchronised") == 0);
	ck_assert(strcmp(source, "synchronised") == 0
		? json_is_integer(json_object_get(clock, "bound_ns"))
		: json_is_null(json_object_get(clock, "bound_ns")));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("engine_late");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, start, stop);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_late_timer_makes_a_pass_inconclusive);
	tcase_add_test(t, a_timer_within_the_bound_changes_nothing);
	tcase_add_test(t, a_fail_stands_however_late_the_bench_was);
	tcase_add_test(t, every_run_says_what_keeps_its_clock);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
