/*
 * The quiet baseline: how long a run waits for it, what it leaves in the
 * record, and what a reboot is called.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine_rig.h"

#define S 1000000000ull
#define PROBE "  - probe: tcp.ports\n"

static struct engine_rig r;

static void
start(void)
{
	erig_start(&r);
	r.rested_ns = 5 * S;
}

static void
stop(void)
{
	erig_free(&r);
}

static uint64_t
run_of(const char *head, const char *order, const char *quiet)
{
	char text[256];
	json_t *params;

	snprintf(text, sizeof(text), "version: 1\nname: t\n%ssteps:\n%s", head,
	    PROBE);
	params = json_pack("{s:s,s:s}", "device", "lock", "scenario", text);
	if (order != NULL)
		json_object_set_new(params, "order", json_string(order));
	if (quiet != NULL)
		json_object_set_new(params, "quiet", json_string(quiet));
	return (uint64_t)json_integer_value(
	    json_object_get(erig_call(&r, "run.start", params), "run"));
}

/* JC-STAR has no gate. */
static void
open_order(const char *name)
{
	erig_call(&r, "order.new",
	    json_pack("{s:s,s:s,s:s}", "name", name, "customer", "C", "schemes",
		"JC-STAR"));
}

static const json_t *
baseline(uint64_t run, const char *code)
{
	const json_t *o;
	size_t i;

	for (i = 0;; i++) {
		o = erig_record(&r, run, "event", i);
		if (o == NULL ||
		    (strcmp(erig_text(o, "what"), "baseline") == 0 &&
			strcmp(erig_text(o, "code"), code) == 0))
			return o;
	}
}

static json_int_t
value_of(const json_t *event, const char *name)
{
	return json_integer_value(
	    json_object_get(json_object_get(event, "values"), name));
}

static json_int_t
wanted_of(uint64_t run)
{
	const json_t *first = erig_record(&r, run, "run", 0);

	return erig_number(first, "quiet_ns");
}

START_TEST(what_was_seen_at_rest_is_in_the_record)
{
	uint64_t run = run_of("", NULL, NULL);
	const json_t *manifest = erig_manifest(&r, run), *rest, *o;

	ck_assert_int_eq(erig_number(manifest, "exit"), 0);
	rest = json_object_get(manifest, "rest");
	ck_assert_int_eq(erig_number(rest, "observed_ns"), 5 * S);
	ck_assert_int_eq(erig_number(rest, "rebooted"), 0);
	o = baseline(run, "rest");
	ck_assert_ptr_nonnull(o);
	ck_assert_int_eq(value_of(o, "observed_ns"), 5 * S);
	ck_assert_int_eq(value_of(o, "rounds"), 10);
	ck_assert_int_eq(value_of(o, "rtt_p95_ns"), 13);
	ck_assert_int_eq(value_of(o, "wanted_ns"), 0);
	/* Before anything was done, which the watch was told of. */
	ck_assert_int_lt(erig_number(o, "seq"),
	    erig_number(erig_record(&r, run, "job", 0), "seq"));
	ck_assert(!r.busy);
}
END_TEST

static void
is_it_busy(struct engine_rig *rig)
{
	ck_assert(rig->busy);
}

static void
is_it_quiet(struct engine_rig *rig)
{
	ck_assert(!rig->busy);
}

START_TEST(the_watch_is_told_when_something_is_done)
{
	r.at[AT_BASELINE] = is_it_quiet;
	r.at[AT_OPENING_CONTROL] = r.at[AT_GO] = is_it_busy;
	ck_assert_int_eq(
	    erig_number(erig_manifest(&r, run_of("", NULL, NULL)), "exit"), 0);
	r.rested_ns = 5 * S;
	ck_assert_int_eq(
	    erig_number(erig_manifest(&r, run_of("", NULL, NULL)), "exit"), 0);
}
END_TEST

START_TEST(a_scenario_says_how_long_and_a_call_overrules_it)
{
	uint64_t run;

	run = run_of("quiet: 4s\n", NULL, NULL);
	ck_assert_int_eq(erig_number(erig_manifest(&r, run), "exit"), 0);
	ck_assert_int_eq(wanted_of(run), 4 * S);
	open_order("x");
	run = run_of("quiet: 4s\n", "x", "1s");
	ck_assert_int_eq(erig_number(erig_manifest(&r, run), "exit"), 0);
	ck_assert_int_eq(wanted_of(run), 1 * S);
	run = run_of("quiet: 0s\n", "x", NULL);
	ck_assert_int_eq(erig_number(erig_manifest(&r, run), "exit"), 0);
	ck_assert_int_eq(wanted_of(run), 0);
}
END_TEST

START_TEST(an_order_wants_half_an_hour)
{
	uint64_t run;

	ck_assert_ptr_nonnull(strstr(
	    erig_refused(&r, "run.start",
		json_pack("{s:s,s:s,s:s}", "device", "lock", "scenario",
		    "version: 1\nname: t\nsteps:\n" PROBE, "order", "ACME-1")),
	    "order new"));
	open_order("ACME-1");
	run = run_of("", "ACME-1", NULL);

	erig_until_at(&r, AT_BASELINE, 1);
	erig_call(&r, "run.cancel", json_pack("{s:I}", "run", (json_int_t)run));
	ck_assert_str_eq(
	    erig_text(erig_manifest(&r, run), "outcome"), "cancelled");
	ck_assert_int_eq(wanted_of(run), 1800 * S);
	ck_assert_ptr_null(erig_record(&r, run, "job", 0));
}
END_TEST

START_TEST(a_run_waits_until_it_was_observed_for_long_enough)
{
	uint64_t run;

	r.rested_ns = 2 * S;
	run = run_of("quiet: 3s\n", NULL, NULL);
	erig_until_at(&r, AT_BASELINE, 1);
	ck_assert_ptr_null(erig_record(&r, run, "job", 0));
	r.rested_ns = 3 * S;
	ck_assert_int_eq(erig_number(erig_manifest(&r, run), "exit"), 0);
	ck_assert_uint_eq(r.reached[AT_BASELINE], 2);
	ck_assert_int_eq(value_of(baseline(run, "rest"), "observed_ns"), 3 * S);
}
END_TEST

START_TEST(a_bad_duration_is_refused)
{
	ck_assert_ptr_nonnull(strstr(
	    erig_refused(&r, "run.start",
		json_pack("{s:s,s:s,s:s}", "device", "lock", "scenario",
		    "version: 1\nname: t\nsteps:\n" PROBE, "quiet", "soon")),
	    "quiet: a duration"));
}
END_TEST

static void
reboot(struct engine_rig *rig)
{
	erig_say_health(rig, ASSAY_REBOOTED);
}

START_TEST(a_reboot_at_rest_is_a_finding_of_its_own)
{
	const json_t *manifest;
	uint64_t run;

	r.at[AT_BASELINE] = reboot;
	run = run_of("", NULL, NULL);
	manifest = erig_manifest(&r, run);
	ck_assert_str_eq(
	    erig_text(baseline(run, "dut_rebooted"), "detail"), "at rest");
	/* No probe did it, so no verdict is lowered; the run is not clean. */
	ck_assert_str_eq(
	    erig_text(erig_record(&r, run, "verdict", 0), "verdict"), "pass");
	ck_assert_int_eq(erig_number(manifest, "exit"), 2);
	ck_assert_int_eq(
	    erig_number(json_object_get(manifest, "rest"), "rebooted"), 1);
}
END_TEST

START_TEST(a_reboot_in_a_job_with_a_precedent_is_said_to_have_one)
{
	const json_t *v, *deviation;
	uint64_t run;

	r.rest_reboots = 3;
	r.at[AT_GO] = reboot;
	run = run_of("", NULL, NULL);
	ck_assert_int_eq(erig_number(erig_manifest(&r, run), "exit"), 2);
	ck_assert_int_eq(value_of(baseline(run, "precedent"), "reboots"), 3);
	ck_assert_ptr_null(baseline(run, "dut_rebooted"));
	v = erig_record(&r, run, "verdict", 0);
	ck_assert_str_eq(erig_text(v, "reason"), "device_down");
	deviation = json_array_get(json_object_get(v, "deviations"), 0);
	ck_assert_str_eq(erig_text(deviation, "name"), "rest.reboots");
	ck_assert_int_eq(erig_number(deviation, "value"), 3);
}
END_TEST

START_TEST(a_reboot_in_a_job_without_one_is_not)
{
	uint64_t run;

	r.at[AT_GO] = reboot;
	run = run_of("", NULL, NULL);
	ck_assert_int_eq(erig_number(erig_manifest(&r, run), "exit"), 2);
	ck_assert_ptr_null(baseline(run, "precedent"));
	ck_assert_ptr_null(baseline(run, "dut_rebooted"));
}
END_TEST

START_TEST(a_new_life_of_the_engine_does_not_wait_again)
{
	uint64_t run;

	r.hold[AT_GO] = true;
	r.at[AT_BASELINE] = reboot;
	run = run_of("quiet: 4s\n", NULL, NULL);
	erig_until_at(&r, AT_GO, 1);
	ck_assert_uint_eq(r.reached[AT_BASELINE], 1);
	erig_kill_engine(&r);
	r.hold[AT_GO] = false;
	erig_start_engine(&r);
	erig_subscribe(&r, 1);
	ck_assert_int_eq(
	    erig_number(
		json_object_get(erig_manifest(&r, run), "rest"), "rebooted"),
	    1);
	ck_assert_uint_eq(r.reached[AT_BASELINE], 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("engine_rest");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, start, stop);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, what_was_seen_at_rest_is_in_the_record);
	tcase_add_test(t, the_watch_is_told_when_something_is_done);
	tcase_add_test(t, a_scenario_says_how_long_and_a_call_overrules_it);
	tcase_add_test(t, an_order_wants_half_an_hour);
	tcase_add_test(t, a_run_waits_until_it_was_observed_for_long_enough);
	tcase_add_test(t, a_bad_duration_is_refused);
	tcase_add_test(t, a_reboot_at_rest_is_a_finding_of_its_own);
	tcase_add_test(
	    t, a_reboot_in_a_job_with_a_precedent_is_said_to_have_one);
	tcase_add_test(t, a_reboot_in_a_job_without_one_is_not);
	tcase_add_test(t, a_new_life_of_the_engine_does_not_wait_again);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
