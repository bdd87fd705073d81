/*
 * check_engine_recorded: all that a judgement rests on is in the record, as it
 * was said, so that it can be made again.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine_rig.h"

#define PROBE "  - probe: tcp.ports\n"
#define CONTROLS 300

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

static void
say_the_end(struct engine_rig *rig)
{
	struct erig_verdict v = { .check = "NET-01",
		.kind = ASSAY_COMPLETENESS,
		.value = ASSAY_PASS,
		.reason = "tcp.ports_as_declared",
		.observation = 1 };

	erig_say_word(rig, ENGINE_RUN_OVER);
	erig_say_verdict(rig, &v);
	erig_say_word(rig, ENGINE_DONE);
}

static const json_t *
record_of_a_run(const char *type)
{
	uint64_t run = erig_run(&r, PROBE);
	const json_t *o;

	erig_manifest(&r, run);
	o = erig_record(&r, run, type, 0);
	ck_assert_ptr_nonnull(o);
	return o;
}

/* The first control before is bad, the last one is good; so, the other way
 * round, of those during. */
static void
say_many_controls(struct engine_rig *rig)
{
	unsigned i;

	erig_say_observation(rig, 1, "port.open");
	for (i = 0; i < CONTROLS; i++)
		erig_say_control(rig, ASSAY_BEFORE, i == CONTROLS - 1);
	for (i = 0; i < CONTROLS; i++)
		erig_say_control(rig, ASSAY_DURING, i != CONTROLS - 1);
	for (i = 0; i < CONTROLS; i++)
		erig_say_control(rig, ASSAY_AFTER, true);
	say_the_end(rig);
}

START_TEST(the_last_control_of_each_phase_is_kept)
{
	const json_t *observed, *controls, *c;
	bool good[4] = { true, true, true, false };
	json_int_t phase, before = 0;
	size_t i;

	r.job = say_many_controls;
	observed = record_of_a_run("observed");
	controls = json_object_get(observed, "controls");
	ck_assert_uint_le(json_array_size(controls), 103);
	json_array_foreach (controls, i, c) {
		phase = erig_number(c, "phase");
		ck_assert_int_ge(phase, before); /* in order */
		before = phase;
		good[phase] = json_is_true(json_object_get(c, "good"));
	}
	ck_assert(good[ASSAY_BEFORE]);
	ck_assert(!good[ASSAY_DURING]);
	ck_assert(good[ASSAY_AFTER]);
	c = json_array_get(json_object_get(observed, "notes"), 0);
	ck_assert_str_eq(erig_text(c, "name"), "controls.all");
	ck_assert_int_eq(erig_number(c, "value"), 3 * CONTROLS);
}
END_TEST

static void
lose_the_device(struct engine_rig *rig)
{
	erig_say_health(rig, ASSAY_DOWN);
}

START_TEST(a_lowered_verdict_keeps_the_values_that_were_said)
{
	const json_t *v;

	v = record_of_a_run("verdict");
	ck_assert_ptr_null(json_object_get(v, "said_values"));
	r.at[AT_GO] = lose_the_device;
	v = record_of_a_run("verdict");
	ck_assert_str_eq(erig_text(v, "said"), "pass");
	ck_assert(json_is_object(json_object_get(v, "said_values")));
	ck_assert_uint_eq(
	    json_object_size(json_object_get(v, "said_values")), 0);
	ck_assert_uint_gt(json_object_size(json_object_get(v, "values")), 0);
}
END_TEST

START_TEST(a_job_names_the_bench_s_own_address_beside_each_target)
{
	const json_t *job = record_of_a_run("job"), *target;

	target = json_array_get(json_object_get(job, "targets"), 0);
	ck_assert_str_eq(erig_text(target, "addr"), "10.77.0.10");
	ck_assert_str_eq(erig_text(target, "source"), "10.77.0.1");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("engine_recorded");
	TCase *t = tcase_create("recorded");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(t, start, stop);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, the_last_control_of_each_phase_is_kept);
	tcase_add_test(t, a_lowered_verdict_keeps_the_values_that_were_said);
	tcase_add_test(
	    t, a_job_names_the_bench_s_own_address_beside_each_target);
	suite_add_tcase(s, t);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
