/*
 * An engine that dies in the middle of a run, and comes back: the chain stays
 * whole, and nothing that was shown is lost or changed.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "records/record.h"
#include "records/record_chain.h"
#include "engine_rig.h"

#define PROBE "  - probe: tcp.ports\n"
#define ACTION(name) "  - action: " name "\n"

static struct engine_rig r;

static void
start(void)
{
	erig_start(&r);
}

static void
start_scripted(void)
{
	erig_start_scripted_store(&r);
}

static void
stop(void)
{
	erig_free(&r);
}

static int
exit_of(const json_t *manifest)
{
	return (int)erig_number(manifest, "exit");
}

static bool
has_event(uint64_t run, const char *what, const char *code)
{
	const json_t *o;
	size_t i;

	for (i = 0;; i++) {
		o = erig_record(&r, run, "event", i);
		if (o == NULL)
			return false;
		if (strcmp(erig_text(o, "what"), what) == 0 &&
		    strcmp(erig_text(o, "code"), code) == 0)
			return true;
	}
}

static json_t *
confirm_params(uint64_t run, int step, bool done)
{
	return json_pack("{s:I,s:i,s:b,s:s}", "run", (json_int_t)run, "step",
	    step, "done", (int)done, "note", "as asked");
}

/* Every record of a run is there once, in order, unchanged, and hangs on the
 * one before it. */
static void
check_chain(uint64_t run)
{
	struct record_chain chain;
	struct record_row row;
	const json_t *o, *record;
	struct err e;
	char *bytes;
	size_t i;

	record_chain_start(&chain, run);
	json_array_foreach (r.records, i, o) {
		record = json_object_get(o, "record");
		if ((uint64_t)erig_number(record, "run") != run)
			continue;
		bytes = record_encode(record, &row.size, &e);
		ck_assert_ptr_nonnull(bytes);
		row.bytes = bytes;
		row.seq = (uint64_t)erig_number(o, "seq");
		row.sha256 = erig_text(o, "sha256");
		ck_assert_msg(
		    record_chain_add(&chain, &row, &e) == 0, "%s", e.text);
		free(bytes);
	}
	ck_assert(chain.ended);
}

static uint64_t
last_shown(void)
{
	size_t n = json_array_size(r.records);

	return n == 0
	    ? 0
	    : (uint64_t)erig_number(json_array_get(r.records, n - 1), "seq");
}

/* Dies, comes back, and the client goes on where it was. */
static void
restart_engine(void)
{
	erig_kill_engine(&r);
	memset(r.at, 0, sizeof(r.at));
	memset(r.hold, 0, sizeof(r.hold));
	erig_start_engine(&r);
	erig_subscribe(&r, last_shown() + 1);
}

/* All records from the first, read anew, are those that were shown. */
static void
check_shown(void)
{
	json_t *shown = json_deep_copy(r.records);
	size_t n = json_array_size(shown), i;
	uint64_t run;

	json_array_clear(r.records);
	erig_subscribe(&r, 1);
	run = erig_run(&r, PROBE);
	ck_assert_int_eq(exit_of(erig_manifest(&r, run)), 0);
	ck_assert_uint_gt(json_array_size(r.records), n);
	for (i = 0; i < n; i++)
		ck_assert(json_equal(
		    json_array_get(shown, i), json_array_get(r.records, i)));
	json_decref(shown);
}

/* Where it dies, in the second of three steps. */
static const enum moment deaths[] = { AT_OPENING_CONTROL, AT_OPENING_BARRIER,
	AT_SPAWN, AT_GO, AT_CLOSING_CONTROL, AT_CLOSING_BARRIER, AT_RESOLVE };

static bool
has_job(const struct engine_rig *rig, const void *arg)
{
	const size_t *n = arg;

	return erig_count(rig, "job") >= *n;
}

START_TEST(after_a_crash_the_run_goes_on_and_nothing_shown_is_lost)
{
	const json_t *end, *manifest;
	enum moment m = deaths[_i];
	bool cut = m != AT_OPENING_CONTROL && m != AT_OPENING_BARRIER;
	size_t jobs = cut ? 2 : 1;
	uint64_t run;

	run = erig_run(&r, PROBE PROBE PROBE);
	erig_until_at(&r, m, 1);
	r.hold[m] = true;
	erig_until_at(&r, m, 2);
	/* What was written before that moment has been shown. */
	erig_until(&r, has_job, &jobs);
	restart_engine();
	manifest = erig_manifest(&r, run);
	ck_assert(has_event(run, "run", "daemon_restarted"));
	end = erig_record(&r, run, "jobend", 1);
	ck_assert_str_eq(
	    erig_text(end, "reason"), cut ? "daemon_restarted" : "");
	ck_assert_int_eq(erig_number(end, "step"), 2);
	/* The cut job has no verdict; the next step is done. */
	ck_assert_uint_eq(erig_count(&r, "verdict"), cut ? 2 : 3);
	ck_assert_int_eq(
	    erig_number(erig_record(&r, run, "jobend", 2), "step"), 3);
	ck_assert_int_eq(exit_of(manifest), cut ? 3 : 0);
	check_chain(run);
	check_shown();
}
END_TEST

START_TEST(queued_runs_outlive_a_crash)
{
	uint64_t first, second;

	r.hold[AT_GO] = true;
	first = erig_run(&r, PROBE);
	second = erig_run(&r, PROBE);
	erig_until_at(&r, AT_GO, 1);
	restart_engine();
	ck_assert_int_eq(exit_of(erig_manifest(&r, first)), 3);
	ck_assert_int_eq(exit_of(erig_manifest(&r, second)), 0);
	check_chain(first);
	check_chain(second);
}
END_TEST

static bool
is_action_done(const struct engine_rig *rig, const void *arg)
{
	const uint64_t *run = arg;

	(void)rig;
	return has_event(*run, "action", "done");
}

static bool
is_refused(const struct engine_rig *rig, const void *arg)
{
	const uint64_t *run = arg;

	(void)rig;
	return has_event(*run, "action", "not_allowed.consent");
}

/* A person has been asked so often, in all lives of the engine. */
static bool
is_prompted(const struct engine_rig *rig, const void *arg)
{
	const json_t *o;
	const size_t *times = arg;
	size_t i, n = 0;

	for (i = 0;; i++) {
		o = erig_record(rig, 0, "event", i);
		if (o == NULL)
			return n == *times;
		n += strcmp(erig_text(o, "code"), "prompt") == 0;
	}
}

START_TEST(an_action_that_was_done_is_not_done_again_after_a_crash)
{
	uint64_t run;

	r.hold[AT_GO] = true;
	run = erig_run(&r, ACTION("power.cycle") PROBE);
	erig_until_at(&r, AT_GO, 1);
	restart_engine();
	ck_assert_int_eq(exit_of(erig_manifest(&r, run)), 3);
	ck_assert_uint_eq(r.reached[AT_HOOK], 1);

	r.hold[AT_OPENING_BARRIER] = true;
	run = erig_run(&r, ACTION("power.cycle") PROBE);
	erig_until_at(&r, AT_OPENING_BARRIER, 2);
	erig_until(&r, is_action_done, &run);
	restart_engine();
	ck_assert_int_eq(exit_of(erig_manifest(&r, run)), 0);
	ck_assert_uint_eq(r.reached[AT_HOOK], 2);
	check_chain(run);
}
END_TEST

#define BY_HAND "  - manual: press reset\n"

/* Cut off behind it, or while somebody was waited for. */
START_TEST(a_step_by_hand_is_asked_for_again_only_if_it_was_not_done)
{
	const bool is_done = _i == 1;
	size_t times = 1;
	uint64_t run;

	r.hold[AT_OPENING_BARRIER] = true;
	run = erig_run(&r, BY_HAND PROBE);
	erig_until(&r, is_prompted, &times);
	if (is_done) {
		erig_call(&r, "run.confirm", confirm_params(run, 1, true));
		erig_until_at(&r, AT_OPENING_BARRIER, 1);
	}
	restart_engine();
	if (!is_done) {
		times = 2;
		erig_until(&r, is_prompted, &times);
		erig_call(&r, "run.confirm", confirm_params(run, 1, true));
	}
	ck_assert_int_eq(exit_of(erig_manifest(&r, run)), 0);
	ck_assert(is_prompted(&r, &times));
	ck_assert(has_event(run, "manual", "done"));
	check_chain(run);
}
END_TEST

START_TEST(a_step_by_hand_that_was_not_done_is_not_forgotten_after_a_crash)
{
	size_t times = 1;
	uint64_t run;

	run = erig_run(&r, BY_HAND PROBE);
	erig_until(&r, is_prompted, &times);
	restart_engine();
	times = 2;
	erig_until(&r, is_prompted, &times);
	erig_call(&r, "run.confirm", confirm_params(run, 1, false));
	ck_assert_int_eq(exit_of(erig_manifest(&r, run)), 2);
	ck_assert_uint_eq(erig_count(&r, "job"), 0);
	check_chain(run);
}
END_TEST

static bool
is_waiting(const struct engine_rig *rig, const void *arg)
{
	const uint64_t *run = arg;

	(void)rig;
	return has_event(*run, "wait", "begin");
}

START_TEST(a_wait_that_was_cut_off_is_waited_anew)
{
	uint64_t run = erig_run(&r, "  - wait: 300ms\n" PROBE);

	erig_until(&r, is_waiting, &run);
	restart_engine();
	ck_assert_int_eq(exit_of(erig_manifest(&r, run)), 0);
	ck_assert(has_event(run, "wait", "done"));
	ck_assert_uint_eq(erig_count(&r, "verdict"), 1);
	check_chain(run);
}
END_TEST

static void
say_down(struct engine_rig *rig)
{
	erig_say_health(rig, ASSAY_DOWN);
	erig_say_health(rig, ASSAY_UP);
}

static void
allow(const char *limits)
{
	char text[600];

	snprintf(text, sizeof(text),
	    "version: 1\nproduct: {name: Lock}\nmac: " ERIG_MAC
	    "\nports: []\n%s\nactions:\n"
	    "  power.reboot: {by: hook, hook: relay, limit: 1s,"
	    " check: {kind: reboot}}\n"
	    "  open: {by: hook, hook: relay, limit: 1s, hazards: [moves],"
	    " check: {kind: up}}\n",
	    limits);
	erig_call(&r, "device.add",
	    json_pack("{s:s,s:s}", "name", "lock", "profile", text));
}

/* Else a run that left something out would end as if it had not. */
START_TEST(what_was_not_allowed_is_not_forgotten_after_a_crash)
{
	uint64_t run;

	allow("hazards: [moves]");
	r.hold[AT_OPENING_BARRIER] = true;
	run = erig_run(&r, ACTION("open") PROBE);
	erig_until_at(&r, AT_OPENING_BARRIER, 1);
	erig_until(&r, is_refused, &run);
	restart_engine();
	ck_assert_int_eq(exit_of(erig_manifest(&r, run)), 2);
	ck_assert_uint_eq(r.reached[AT_HOOK], 0);
	check_chain(run);
}
END_TEST

START_TEST(what_was_drawn_on_a_budget_outlives_a_crash)
{
	uint64_t run;

	allow("budgets: {restarts: 1}");
	r.at[AT_HOOK] = say_down;
	r.hold[AT_OPENING_BARRIER] = true;
	run = erig_run(&r, ACTION("power.reboot") PROBE ACTION("power.reboot"));
	erig_until_at(&r, AT_OPENING_BARRIER, 1);
	restart_engine();
	ck_assert_int_eq(exit_of(erig_manifest(&r, run)), 2);
	ck_assert_uint_eq(r.reached[AT_HOOK], 1);
	ck_assert(has_event(run, "action", "not_allowed.budget"));
	check_chain(run);
}
END_TEST

START_TEST(what_voided_the_isolation_outlives_a_crash)
{
	uint64_t run;

	r.at[AT_CANARY] = erig_say_foreign;
	r.hold[AT_OPENING_BARRIER] = true;
	run = erig_run(&r, PROBE);
	erig_until_at(&r, AT_OPENING_BARRIER, 1);
	ck_assert_uint_gt(erig_stored(&r, run, "event"), 0);
	ck_assert(has_event(run, "foreign", "isolation_void"));
	restart_engine();
	ck_assert_int_eq(exit_of(erig_manifest(&r, run)), 2);
	ck_assert_str_eq(
	    erig_text(erig_record(&r, run, "verdict", 0), "reason"),
	    "isolation_void");
}
END_TEST

START_TEST(a_device_that_did_not_answer_is_no_error_after_a_crash_either)
{
	size_t times = 1;
	uint64_t run;

	r.controls[0] = false;
	r.hold[AT_GO] = true;
	run = erig_run(&r, PROBE ACTION("onboard") PROBE);
	erig_until(&r, is_prompted, &times);
	r.controls[0] = true;
	erig_kill_engine(&r);
	memset(r.hold, 0, sizeof(r.hold));
	erig_start_engine(&r);
	erig_subscribe(&r, last_shown() + 1);
	times = 2;
	erig_until(&r, is_prompted, &times);
	erig_call(&r, "run.confirm", confirm_params(run, 2, true));
	ck_assert_int_eq(exit_of(erig_manifest(&r, run)), 2);
	check_chain(run);
}
END_TEST

/* ---- a store that does not answer at the start ---- */

static const char *const failing[] = { "last", "registered", "runs" };

START_TEST(a_store_that_fails_at_the_start_is_asked_again)
{
	erig_kill_engine(&r);
	r.fail_query = failing[_i];
	r.fail_times = 2;
	erig_start_engine(&r);
	erig_subscribe(&r, 1);
	ck_assert_uint_eq(r.fail_times, 0);
	erig_add_device(&r);
	ck_assert_int_eq(exit_of(erig_run_to_end(&r, PROBE)), 0);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int
main(void)
{
	Suite *s = suite_create("engine_crash");
	TCase *tc = tcase_create("crashes");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, start, stop);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(s, tc);
	tcase_add_loop_test(tc,
	    after_a_crash_the_run_goes_on_and_nothing_shown_is_lost, 0,
	    COUNT(deaths));
	tcase_add_test(tc, queued_runs_outlive_a_crash);
	tcase_add_test(
	    tc, an_action_that_was_done_is_not_done_again_after_a_crash);
	tcase_add_loop_test(tc,
	    a_step_by_hand_is_asked_for_again_only_if_it_was_not_done, 0, 2);
	tcase_add_test(tc,
	    a_step_by_hand_that_was_not_done_is_not_forgotten_after_a_crash);
	tcase_add_test(tc, a_wait_that_was_cut_off_is_waited_anew);
	tcase_add_test(tc, what_was_not_allowed_is_not_forgotten_after_a_crash);
	tcase_add_test(tc, what_was_drawn_on_a_budget_outlives_a_crash);
	tcase_add_test(tc, what_voided_the_isolation_outlives_a_crash);
	tcase_add_test(
	    tc, a_device_that_did_not_answer_is_no_error_after_a_crash_either);
	tc = tcase_create("beginnings");
	tcase_add_checked_fixture(tc, start_scripted, stop);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(s, tc);
	tcase_add_loop_test(tc, a_store_that_fails_at_the_start_is_asked_again,
	    0, COUNT(failing));
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
