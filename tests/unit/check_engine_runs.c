/*
 * Runs: their order, their end, what a person or a hook has to do in them.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

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
stop(void)
{
	erig_free(&r);
}

static int
exit_of(const json_t *manifest)
{
	return (int)erig_number(manifest, "exit");
}

/* State in the queue, or "". */
static const char *
state_of(uint64_t run)
{
	const json_t *queue, *o;
	size_t i;

	queue = json_object_get(erig_call(&r, "status", NULL), "queue");
	json_array_foreach (queue, i, o)
		if ((uint64_t)erig_number(o, "run") == run)
			return erig_text(o, "state");
	return "";
}

static json_t *
run_param(uint64_t run)
{
	return json_pack("{s:I}", "run", (json_int_t)run);
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

static void
next_run_passes(void)
{
	memset(r.at, 0, sizeof(r.at));
	ck_assert_int_eq(exit_of(erig_run_to_end(&r, PROBE)), 0);
}

/* ---- the queue ---- */

START_TEST(two_runs_on_one_segment_come_one_after_the_other)
{
	uint64_t first, second;

	r.hold[AT_GO] = true;
	first = erig_run(&r, PROBE);
	second = erig_run(&r, PROBE);
	erig_until_at(&r, AT_GO, 1);
	ck_assert_str_eq(state_of(first), "running");
	ck_assert_str_eq(state_of(second), "queued");
	ck_assert_uint_eq(r.reached[AT_CANARY], 1);
	erig_release(&r, AT_GO);
	ck_assert_int_eq(exit_of(erig_manifest(&r, second)), 0);
	ck_assert_int_eq(exit_of(erig_manifest(&r, first)), 0);
	ck_assert_int_lt(erig_number(erig_manifest(&r, first), "seq"),
	    erig_number(erig_record(&r, second, "canary", 0), "seq"));
}
END_TEST

START_TEST(a_queued_run_can_be_cancelled)
{
	uint64_t first, second;

	r.hold[AT_GO] = true;
	first = erig_run(&r, PROBE);
	second = erig_run(&r, PROBE);
	erig_until_at(&r, AT_GO, 1);
	erig_call(&r, "run.cancel", run_param(second));
	ck_assert_int_eq(exit_of(erig_manifest(&r, second)), 2);
	ck_assert_str_eq(
	    erig_text(erig_manifest(&r, second), "outcome"), "cancelled");
	ck_assert_ptr_null(erig_record(&r, second, "canary", 0));
	erig_release(&r, AT_GO);
	ck_assert_int_eq(exit_of(erig_manifest(&r, first)), 0);
	next_run_passes();
}
END_TEST

START_TEST(a_waiting_run_can_be_cancelled)
{
	uint64_t run;

	erig_lose(&r, ROLE_CAPTURE);
	run = erig_run(&r, PROBE);
	ck_assert_str_eq(state_of(run), "waiting");
	erig_call(&r, "run.cancel", run_param(run));
	ck_assert_int_eq(exit_of(erig_manifest(&r, run)), 2);
	ck_assert_uint_eq(r.reached[AT_CANARY], 0);
	erig_replace(&r, ROLE_CAPTURE);
	next_run_passes();
}
END_TEST

static bool
is_cancelled(const struct engine_rig *rig, const void *arg)
{
	(void)arg;
	return rig->cancelled;
}

START_TEST(a_running_run_can_be_cancelled)
{
	const json_t *v;
	uint64_t run;

	r.job = erig_say_job;
	r.worker_stays = true;
	run = erig_run(&r, PROBE PROBE);
	erig_until_at(&r, AT_GO, 1);
	erig_call(&r, "run.cancel", run_param(run));
	erig_until(&r, is_cancelled, NULL);
	erig_say_word(&r, ENGINE_DONE);
	erig_end_worker(&r);
	ck_assert_int_eq(exit_of(erig_manifest(&r, run)), 2);
	v = erig_record(&r, run, "verdict", 0);
	ck_assert_str_eq(erig_text(v, "verdict"), "inconc");
	ck_assert_str_eq(erig_text(v, "reason"), "cancelled");
	ck_assert_str_eq(erig_text(erig_record(&r, run, "jobend", 0), "reason"),
	    "cancelled");
	ck_assert_ptr_null(erig_record(&r, run, "job", 1));
	r.job = NULL;
	r.worker_stays = false;
	next_run_passes();
}
END_TEST

static const enum moment before_the_job[] = { AT_DISCOVER, AT_CANARY,
	AT_OPENING_CONTROL, AT_OPENING_BARRIER };

START_TEST(a_run_that_is_cancelled_early_starts_no_worker)
{
	enum moment m = before_the_job[_i];
	uint64_t run;

	r.hold[m] = true;
	run = erig_run(&r, PROBE);
	erig_until_at(&r, m, 1);
	erig_call(&r, "run.cancel", run_param(run));
	erig_release(&r, m);
	ck_assert_int_eq(exit_of(erig_manifest(&r, run)), 2);
	ck_assert_uint_eq(r.reached[AT_SPAWN], 0);
	next_run_passes();
}
END_TEST

START_TEST(what_has_ended_cannot_be_cancelled_or_confirmed)
{
	uint64_t run = erig_run(&r, PROBE);

	erig_manifest(&r, run);
	while (strcmp(state_of(run), "") != 0)
		continue;
	ck_assert_ptr_nonnull(
	    strstr(erig_refused(&r, "run.cancel", run_param(run)),
		"is not queued and not under way"));
	ck_assert_ptr_nonnull(strstr(
	    erig_refused(&r, "run.confirm",
		json_pack("{s:I,s:b}", "run", (json_int_t)run, "done", 1)),
	    "is not queued and not under way"));
}
END_TEST

/* ---- how a run ends ---- */

static const struct {
	uint8_t says;
	uint64_t frames;
	int exit;
} ends[] = { { ASSAY_PASS, 2, 0 }, { ASSAY_FAIL, 2, 1 }, { ASSAY_INFO, 2, 0 },
	{ ASSAY_INCONC, 2, 2 }, { ASSAY_PASS, 0, 3 } };

START_TEST(the_exit_status_follows_the_verdicts)
{
	const json_t *manifest;

	r.says = ends[_i].says;
	r.frames = ends[_i].frames;
	manifest = erig_run_to_end(&r, PROBE);
	ck_assert_int_eq(exit_of(manifest), ends[_i].exit);
	ck_assert_str_eq(erig_text(manifest, "outcome"), "complete");
}
END_TEST

static void
say_the_other(struct engine_rig *rig)
{
	rig->says = rig->reached[AT_GO] % 2 == 0 ? ASSAY_FAIL : ASSAY_PASS;
}

START_TEST(repeats_that_disagree_are_inconclusive)
{
	const json_t *manifest;

	r.at[AT_GO] = say_the_other;
	manifest = erig_run_to_end(&r, "  - {probe: tcp.ports, repeat: 2}\n");
	ck_assert_int_eq(exit_of(manifest), 2);
	ck_assert_int_eq(
	    erig_number(json_object_get(manifest, "verdicts"), "inconc"), 1);
	ck_assert_str_eq(
	    erig_text(erig_record(&r, 0, "verdict", 0), "verdict"), "pass");
	ck_assert_str_eq(
	    erig_text(erig_record(&r, 0, "verdict", 1), "verdict"), "fail");
	ck_assert_int_eq(
	    erig_number(erig_record(&r, 0, "verdict", 1), "repeat"), 2);
}
END_TEST

START_TEST(repeats_that_agree_are_one_verdict)
{
	const json_t *manifest =
	    erig_run_to_end(&r, "  - {probe: tcp.ports, repeat: 3}\n");

	ck_assert_int_eq(exit_of(manifest), 0);
	ck_assert_uint_eq(erig_count(&r, "verdict"), 3);
	ck_assert_int_eq(
	    erig_number(json_object_get(manifest, "verdicts"), "pass"), 1);
}
END_TEST

START_TEST(without_a_good_canary_nothing_is_tested)
{
	const json_t *manifest;

	r.canary = false;
	manifest = erig_run_to_end(&r, PROBE);
	ck_assert_int_eq(exit_of(manifest), 3);
	ck_assert_str_eq(erig_text(manifest, "outcome"), "failed");
	ck_assert_str_eq(erig_text(manifest, "reason"), "canary_bad");
	ck_assert_ptr_nonnull(
	    strstr(erig_text(manifest, "detail"), "via 10.0.0.1"));
	ck_assert_uint_eq(erig_count(&r, "job"), 0);
	r.canary = true;
	next_run_passes();
}
END_TEST

static const json_t *
fact_of(const char *name)
{
	const json_t *facts =
	    json_object_get(erig_record(&r, 0, "canary", 0), "facts");
	const json_t *fact;
	size_t i;

	json_array_foreach (facts, i, fact)
		if (strcmp(erig_text(fact, "name"), name) == 0)
			return fact;
	return NULL;
}

START_TEST(what_comes_in_is_asked_and_recorded)
{
	ck_assert_int_eq(exit_of(erig_run_to_end(&r, PROBE)), 0);
	ck_assert_uint_eq(r.canaries_sent, 1);
	ck_assert_ptr_nonnull(fact_of("default route"));
	ck_assert(json_is_true(json_object_get(fact_of("inward"), "good")));
}
END_TEST

START_TEST(when_something_comes_in_nothing_is_tested)
{
	const json_t *manifest;

	r.comes_in = true;
	manifest = erig_run_to_end(&r, PROBE);
	ck_assert_int_eq(exit_of(manifest), 3);
	ck_assert_str_eq(erig_text(manifest, "reason"), "canary_bad");
	ck_assert_ptr_nonnull(strstr(erig_text(manifest, "detail"), "by eth0"));
	ck_assert_uint_eq(erig_count(&r, "job"), 0);
	ck_assert(json_is_false(json_object_get(fact_of("inward"), "good")));
	r.comes_in = false;
	next_run_passes();
}
END_TEST

START_TEST(when_nothing_can_be_sent_inwards_nothing_is_tested)
{
	const json_t *manifest;

	r.refuse_canary = "eth0: No buffer space available";
	manifest = erig_run_to_end(&r, PROBE);
	ck_assert_int_eq(exit_of(manifest), 3);
	ck_assert_str_eq(erig_text(manifest, "reason"), "canary_bad");
	ck_assert_ptr_nonnull(
	    strstr(erig_text(manifest, "detail"), "No buffer space"));
	r.refuse_canary = NULL;
	next_run_passes();
}
END_TEST

static bool
was_sent_again(const struct engine_rig *rig, const void *arg)
{
	(void)arg;
	return rig->canaries_sent == 2;
}

START_TEST(a_link_that_comes_back_is_asked_again)
{
	uint64_t run;

	r.hold[AT_GO] = true;
	run = erig_run(&r, PROBE);
	erig_until_at(&r, AT_GO, 1);
	erig_say_link(&r, false);
	erig_say_link(&r, true);
	erig_until(&r, was_sent_again, NULL);
	erig_release(&r, AT_GO);
	erig_manifest(&r, run);
	ck_assert(has_event(run, "canary", "sent"));
}
END_TEST

static void
lose_watch(struct engine_rig *rig)
{
	erig_replace(rig, ROLE_WATCH);
}

START_TEST(a_canary_that_nobody_answers_is_a_bad_one)
{
	r.at[AT_CANARY] = lose_watch;
	ck_assert_int_eq(exit_of(erig_run_to_end(&r, PROBE)), 3);
	ck_assert_uint_eq(erig_count(&r, "job"), 0);
	next_run_passes();
}
END_TEST

START_TEST(a_probe_that_is_not_there_is_the_benchs_fault)
{
	const json_t *manifest =
	    erig_run_to_end(&r, "  - probe: no.such\n" PROBE);

	ck_assert_int_eq(exit_of(manifest), 3);
	ck_assert_str_eq(erig_text(manifest, "outcome"), "incomplete");
	ck_assert_uint_eq(erig_count(&r, "verdict"), 1);
}
END_TEST

/* ---- actions ---- */

static void
say_down(struct engine_rig *rig)
{
	erig_say_health(rig, ASSAY_DOWN);
	erig_say_health(rig, ASSAY_UP);
}

static const struct doing {
	const char *steps, *refuse;
	uint8_t how;
	uint32_t status;
	bool silent, answers, connects, goes_down;
	int exit;
	const char *reason; /* of the manifest, "" none */
} doings[] = {
	{ ACTION("power.cycle") PROBE, NULL, 0, 0, false, true, true, false, 0,
	    "" },
	{ ACTION("power.cycle") PROBE, NULL, 0, 5, false, true, true, false, 3,
	    "action_failed" },
	{ ACTION("power.cycle") PROBE, NULL, 1, 9, false, true, true, false, 3,
	    "action_failed" },
	{ ACTION("power.cycle") PROBE, NULL, 2, 0, false, true, true, false, 3,
	    "action_failed" },
	{ ACTION("power.cycle") PROBE, "no such hook", 0, 0, false, true, true,
	    false, 3, "refused" },
	{ ACTION("power.cycle") PROBE, NULL, 0, 0, true, true, true, false, 3,
	    "action_failed" },
	{ ACTION("power.cycle") PROBE, NULL, 0, 0, false, false, true, false, 3,
	    "action_failed" },
	{ ACTION("power.reboot") PROBE, NULL, 0, 0, false, true, true, true, 0,
	    "" },
	{ ACTION("power.reboot") PROBE, NULL, 0, 0, false, true, true, false, 3,
	    "action_failed" },
	{ ACTION("power.tcp") PROBE, NULL, 0, 0, false, true, true, false, 0,
	    "" },
	{ ACTION("power.tcp") PROBE, NULL, 0, 0, false, true, false, false, 3,
	    "action_failed" },
	{ ACTION("not.declared") PROBE, NULL, 0, 0, false, true, true, false, 3,
	    "action_failed" },
};

START_TEST(an_action_by_a_hook_counts_only_when_it_is_seen_to_have_worked)
{
	const struct doing *d = &doings[_i];
	const json_t *manifest;

	r.refuse_hook = d->refuse;
	r.hook_how = d->how;
	r.hook_status = d->status;
	r.hold[AT_HOOK] = d->silent;
	r.controls[0] = d->answers;
	r.connects = d->connects;
	r.at[AT_HOOK] = d->goes_down ? say_down : NULL;
	manifest = erig_run_to_end(&r, d->steps);
	ck_assert_int_eq(exit_of(manifest), d->exit);
	ck_assert_str_eq(erig_text(manifest, "reason"), d->reason);
	ck_assert_uint_eq(erig_count(&r, "job"), d->exit == 0 ? 1 : 0);
	if (strstr(d->steps, "power.tcp") != NULL)
		ck_assert_uint_eq(r.connect_port, 80);
	r.hold[AT_HOOK] = false;
	r.controls[0] = true;
	next_run_passes();
}
END_TEST

static bool
is_prompted(const struct engine_rig *rig, const void *arg)
{
	const json_t *word;
	size_t i;

	(void)arg;
	json_array_foreach (rig->words, i, word)
		if (strcmp(erig_text(word, "method"), "prompt") == 0 &&
		    strcmp(erig_text(json_object_get(word, "params"), "prompt"),
			"press it") == 0)
			return true;
	return false;
}

static json_t *
confirm_params(uint64_t run, int step, bool done)
{
	return json_pack("{s:I,s:i,s:b,s:s}", "run", (json_int_t)run, "step",
	    step, "done", (int)done, "note", "as asked");
}

START_TEST(an_action_by_a_person_goes_on_when_it_is_confirmed)
{
	uint64_t run = erig_run(&r, ACTION("onboard") PROBE);

	erig_until(&r, is_prompted, NULL);
	ck_assert_str_eq(
	    erig_refused(&r, "run.confirm", confirm_params(run, 2, true)),
	    "this run waits for nobody");
	erig_call(&r, "run.confirm", confirm_params(run, 1, true));
	ck_assert_int_eq(exit_of(erig_manifest(&r, run)), 0);
	ck_assert(has_event(run, "action", "prompt"));
	ck_assert(has_event(run, "confirm", "done"));
	ck_assert(has_event(run, "action", "done"));
	ck_assert_uint_eq(erig_count(&r, "verdict"), 1);
}
END_TEST

START_TEST(an_action_that_a_person_did_not_do_leaves_the_run_incomplete)
{
	uint64_t run = erig_run(&r, ACTION("onboard") PROBE);

	erig_until(&r, is_prompted, NULL);
	erig_call(&r, "run.confirm", confirm_params(run, 1, false));
	ck_assert_int_eq(exit_of(erig_manifest(&r, run)), 2);
	ck_assert(has_event(run, "confirm", "not_done"));
	ck_assert(has_event(run, "action", "not_confirmed"));
	ck_assert_uint_eq(erig_count(&r, "job"), 0);
	next_run_passes();
}
END_TEST

START_TEST(an_action_that_nobody_confirms_leaves_the_run_incomplete)
{
	uint64_t run = erig_run(&r, ACTION("onboard") PROBE);

	ck_assert_int_eq(exit_of(erig_manifest(&r, run)), 2);
	ck_assert(has_event(run, "action", "not_confirmed"));
	ck_assert_uint_eq(erig_count(&r, "job"), 0);
	next_run_passes();
}
END_TEST

START_TEST(a_run_can_be_cancelled_while_it_waits_for_a_person)
{
	uint64_t run = erig_run(&r, ACTION("onboard") PROBE);

	erig_until(&r, is_prompted, NULL);
	erig_call(&r, "run.cancel", run_param(run));
	ck_assert_int_eq(exit_of(erig_manifest(&r, run)), 2);
	ck_assert_str_eq(
	    erig_text(erig_manifest(&r, run), "outcome"), "cancelled");
	next_run_passes();
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

static TCase *
tcase(Suite *s, const char *name)
{
	TCase *tc = tcase_create(name);

	tcase_add_checked_fixture(tc, start, stop);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(s, tc);
	return tc;
}

static void
add_ends(TCase *tc)
{
	tcase_add_loop_test(
	    tc, the_exit_status_follows_the_verdicts, 0, COUNT(ends));
	tcase_add_test(tc, repeats_that_disagree_are_inconclusive);
	tcase_add_test(tc, repeats_that_agree_are_one_verdict);
	tcase_add_test(tc, without_a_good_canary_nothing_is_tested);
	tcase_add_test(tc, a_canary_that_nobody_answers_is_a_bad_one);
	tcase_add_test(tc, what_comes_in_is_asked_and_recorded);
	tcase_add_test(tc, when_something_comes_in_nothing_is_tested);
	tcase_add_test(tc, when_nothing_can_be_sent_inwards_nothing_is_tested);
	tcase_add_test(tc, a_link_that_comes_back_is_asked_again);
	tcase_add_test(tc, a_probe_that_is_not_there_is_the_benchs_fault);
}

static void
add_actions(TCase *tc)
{
	tcase_add_loop_test(tc,
	    an_action_by_a_hook_counts_only_when_it_is_seen_to_have_worked, 0,
	    COUNT(doings));
	tcase_add_test(tc, an_action_by_a_person_goes_on_when_it_is_confirmed);
	tcase_add_test(
	    tc, an_action_that_a_person_did_not_do_leaves_the_run_incomplete);
	tcase_add_test(
	    tc, an_action_that_nobody_confirms_leaves_the_run_incomplete);
	tcase_add_test(tc, a_run_can_be_cancelled_while_it_waits_for_a_person);
}

int
main(void)
{
	Suite *s = suite_create("engine_runs");
	TCase *tc = tcase(s, "queue");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_test(tc, two_runs_on_one_segment_come_one_after_the_other);
	tcase_add_test(tc, a_queued_run_can_be_cancelled);
	tcase_add_test(tc, a_waiting_run_can_be_cancelled);
	tcase_add_test(tc, a_running_run_can_be_cancelled);
	tcase_add_loop_test(tc, a_run_that_is_cancelled_early_starts_no_worker,
	    0, COUNT(before_the_job));
	tcase_add_test(tc, what_has_ended_cannot_be_cancelled_or_confirmed);
	add_ends(tcase(s, "ends"));
	add_actions(tcase(s, "actions"));
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
