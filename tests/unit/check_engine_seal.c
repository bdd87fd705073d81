/*
 * What a worker said becomes a record only behind all that speaks for it, and
 * nobody is shown it before.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine_rig.h"

#define PROBE "  - probe: tcp.ports\n"

static struct engine_rig r;

static void
stop(void)
{
	erig_free(&r);
}

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

static bool
has_reason(const json_t *verdict, const char *code)
{
	const json_t *codes = json_object_get(verdict, "lowered"), *c;
	size_t i;

	json_array_foreach (codes, i, c)
		if (strcmp(json_string_value(c), code) == 0)
			return true;
	return false;
}

/* The one verdict of a run of one step, when it has ended. */
static const json_t *
verdict_of_a_run(void)
{
	uint64_t run = erig_run(&r, PROBE);
	const json_t *v;

	erig_manifest(&r, run);
	v = erig_record(&r, run, "verdict", 0);
	ck_assert_ptr_nonnull(v);
	return v;
}

/* And once more, with nothing in its way. */
static void
next_run_passes(void)
{
	memset(r.at, 0, sizeof(r.at));
	ck_assert_str_eq(erig_text(verdict_of_a_run(), "verdict"), "pass");
}

static void
is_each_once(const json_t *codes)
{
	size_t i, k;

	for (i = 0; i < json_array_size(codes); i++)
		for (k = 0; k < i; k++)
			ck_assert(!json_equal(json_array_get(codes, i),
			    json_array_get(codes, k)));
}

static void
is_lowered(const json_t *v, const char *code)
{
	ck_assert_str_eq(erig_text(v, "verdict"), "inconc");
	ck_assert_str_eq(erig_text(v, "said"), "pass");
	ck_assert_msg(has_reason(v, code), "not lowered by %s but by %s", code,
	    erig_text(v, "reason"));
	is_each_once(json_object_get(v, "lowered"));
}

/* ---- nothing before its time ---- */

static const enum moment withheld[] = { AT_CLOSING_CONTROL, AT_CLOSING_BARRIER,
	AT_RESOLVE };

START_TEST(no_verdict_before_control_barrier_and_frames)
{
	enum moment m = withheld[_i];
	uint64_t run;

	r.hold[m] = true;
	run = erig_run(&r, PROBE);
	erig_until_at(&r, m, 1);
	ck_assert_uint_eq(erig_stored(&r, run, "job"), 1);
	ck_assert_uint_eq(erig_stored(&r, run, "verdict"), 0);
	ck_assert_uint_eq(erig_count(&r, "verdict"), 0);
	erig_release(&r, m);
	ck_assert_int_eq(erig_number(erig_manifest(&r, run), "exit"), 0);
	ck_assert_uint_eq(erig_count(&r, "verdict"), 1);
	ck_assert_str_eq(
	    erig_text(erig_record(&r, run, "verdict", 0), "verdict"), "pass");
}
END_TEST

START_TEST(no_verdict_before_it_is_durable)
{
	uint64_t run;
	const json_t *o;

	r.hold[AT_APPEND] = true;
	run = erig_run(&r, PROBE);
	erig_until_at(&r, AT_APPEND, 1);
	o = json_object_get(erig_call(&r, "status", NULL), "store");
	ck_assert_int_gt(erig_number(o, "pending"), 0);
	ck_assert_uint_eq(erig_count(&r, "job"), 1);
	ck_assert_uint_eq(erig_count(&r, "verdict"), 0);
	erig_release(&r, AT_APPEND);
	erig_manifest(&r, run);
	ck_assert_uint_eq(erig_count(&r, "verdict"), 1);
}
END_TEST

static bool
was_told_of_refusal(const struct engine_rig *rig, const void *arg)
{
	const json_t *word, *params;
	size_t i;

	(void)arg;
	json_array_foreach (rig->words, i, word) {
		params = json_object_get(word, "params");
		if (strcmp(erig_text(word, "method"), "failed") == 0 &&
		    strcmp(erig_text(params, "code"), "store_refused") == 0)
			return true;
	}
	return false;
}

static bool
queue_is_empty(void)
{
	return json_array_size(json_object_get(
		   erig_call(&r, "status", NULL), "queue")) == 0;
}

/* By the clock: how often it can be asked depends on the machine. */
static void
until_queue_is_empty(void)
{
	time_t end = time(NULL) + 20;

	while (!queue_is_empty())
		ck_assert_msg(time(NULL) < end, "the run does not end");
}

START_TEST(a_record_that_the_store_refuses_is_not_shown_and_ends_the_run)
{
	size_t shown;

	r.store_refuses = "verdict";
	erig_run(&r, PROBE PROBE);
	erig_until(&r, was_told_of_refusal, NULL);
	until_queue_is_empty();
	ck_assert_uint_eq(erig_count(&r, "verdict"), 0);
	ck_assert_uint_eq(erig_count(&r, "manifest"), 0);
	ck_assert_uint_eq(erig_count(&r, "job"), 1);
	shown = json_array_size(r.records);
	r.store_refuses = NULL;
	next_run_passes();
	ck_assert_uint_gt(json_array_size(r.records), shown);
}
END_TEST

START_TEST(a_run_whose_first_record_is_refused_tests_nothing)
{
	r.store_refuses = "run";
	erig_run(&r, PROBE);
	erig_until(&r, was_told_of_refusal, NULL);
	until_queue_is_empty();
	ck_assert_uint_eq(json_array_size(r.records), 0);
	r.store_refuses = NULL;
	next_run_passes();
}
END_TEST

START_TEST(a_client_that_comes_late_is_told_of_the_refusal_too)
{
	uint64_t run;

	r.store_refuses = "run";
	run = erig_run(&r, PROBE);
	erig_until(&r, was_told_of_refusal, NULL);
	json_array_clear(r.words);
	erig_subscribe_to(&r, run, run);
	erig_until(&r, was_told_of_refusal, NULL);
}
END_TEST

/* ---- what turns a pass into inconclusive ---- */

START_TEST(a_pass_that_nothing_speaks_against_stays_one)
{
	const json_t *v = verdict_of_a_run(), *slice;

	ck_assert_str_eq(erig_text(v, "verdict"), "pass");
	ck_assert(json_is_null(json_object_get(v, "said")));
	ck_assert_uint_eq(json_array_size(json_object_get(v, "lowered")), 0);
	ck_assert_int_eq(erig_number(v, "frames"), 2);
	ck_assert_uint_eq(json_array_size(json_object_get(v, "evidence")), 1);
	slice = json_object_get(v, "slice");
	ck_assert_str_eq(erig_text(slice, "file"), "1/2-1.pcapng");
	ck_assert_int_eq(erig_number(json_object_get(v, "span"), "dropped"), 0);
}
END_TEST

static void
lose_link(struct engine_rig *rig)
{
	erig_say_link(rig, false);
}

static void
blink_link(struct engine_rig *rig)
{
	erig_say_link(rig, false);
	erig_say_link(rig, true);
}

static void
say_link_lost(struct engine_rig *rig)
{
	erig_say_health(rig, ASSAY_LINK_LOST);
}

static void
say_down(struct engine_rig *rig)
{
	erig_say_health(rig, ASSAY_DOWN);
}

static void
say_rebooted(struct engine_rig *rig)
{
	erig_say_health(rig, ASSAY_REBOOTED);
}

static void
say_address_changed(struct engine_rig *rig)
{
	erig_say_health(rig, ASSAY_ADDRESS_CHANGED);
}

static void
replace_capture(struct engine_rig *rig)
{
	erig_replace(rig, ROLE_CAPTURE);
}

static void
replace_watch(struct engine_rig *rig)
{
	erig_replace(rig, ROLE_WATCH);
}

static void
say_disk(struct engine_rig *rig)
{
	erig_say_capture_event(rig, CAPTURE_DISK, 0);
}

static void
say_capture_link_down(struct engine_rig *rig)
{
	erig_say_capture_event(rig, CAPTURE_LINK_DOWN, 0);
}

/* What happens, when, and the code of it. */
static const struct {
	enum moment moment;
	erig_act *act;
	const char *code;
} befalling[] = {
	{ AT_GO, say_link_lost, "link_lost" },
	{ AT_GO, blink_link, "link_lost" },
	{ AT_CLOSING_CONTROL, blink_link, "link_lost" },
	{ AT_CLOSING_BARRIER, blink_link, "link_lost" },
	{ AT_GO, say_capture_link_down, "link_lost" },
	{ AT_GO, say_address_changed, "address_lost" },
	{ AT_CLOSING_CONTROL, erig_say_address_gone, "address_lost" },
	{ AT_GO, say_down, "device_down" },
	{ AT_GO, say_rebooted, "device_down" },
	{ AT_GO, replace_watch, "closing_control_bad" },
	{ AT_CLOSING_CONTROL, replace_watch, "closing_control_bad" },
	{ AT_GO, say_disk, "lost_frames" },
	{ AT_GO, replace_capture, "capture_died" },
	{ AT_CLOSING_CONTROL, replace_capture, "capture_died" },
	{ AT_CLOSING_BARRIER, replace_capture, "capture_died" },
	{ AT_RESOLVE, replace_capture, "capture_died" },
	{ AT_OPENING_CONTROL, say_link_lost, "link_lost" },
	{ AT_OPENING_BARRIER, say_down, "device_down" },
};

START_TEST(what_befalls_the_test_makes_its_pass_inconclusive)
{
	r.at[befalling[_i].moment] = befalling[_i].act;
	is_lowered(verdict_of_a_run(), befalling[_i].code);
	ck_assert_int_eq(
	    erig_number(erig_record(&r, 0, "manifest", 0), "exit"), 2);
	next_run_passes();
}
END_TEST

static void
step_clock_back(struct engine_rig *rig)
{
	erig_say_capture_event(
	    rig, CAPTURE_CLOCK_STEP, (uint64_t)-INT64_C(3600000000000));
}

START_TEST(a_clock_that_was_set_in_the_span_is_a_deviation_of_the_verdict)
{
	const json_t *v, *list, *event = NULL;
	size_t i;

	r.at[AT_GO] = step_clock_back;
	v = verdict_of_a_run();
	ck_assert_str_eq(erig_text(v, "verdict"), "pass");
	list = json_object_get(v, "deviations");
	ck_assert_uint_eq(json_array_size(list), 1);
	ck_assert_str_eq(
	    erig_text(json_array_get(list, 0), "name"), "bench.clock_step_ns");
	ck_assert_int_eq(erig_number(json_array_get(list, 0), "value"),
	    -INT64_C(3600000000000));
	for (i = 0; event == NULL ||
	     strcmp(erig_text(event, "code"), "clock_step") != 0;
	     i++) {
		event = erig_record(&r, 0, "event", i);
		ck_assert_ptr_nonnull(event);
	}
	ck_assert_int_eq(erig_number(json_object_get(event, "values"), "value"),
	    -INT64_C(3600000000000));
	next_run_passes();
	v = erig_record(
	    &r, erig_number(erig_record(&r, 0, "run", 1), "seq"), "verdict", 0);
	ck_assert_uint_eq(json_array_size(json_object_get(v, "deviations")), 0);
}
END_TEST

/* A job that was not begun says so for each of its probe's claims. */
static void
every_claim_is_inconclusive(const char *code)
{
	uint64_t run = erig_run(&r, PROBE);
	const json_t *v;
	size_t i;

	ck_assert_int_eq(erig_number(erig_manifest(&r, run), "exit"), 2);
	for (i = 0; i < 2; i++) {
		v = erig_record(&r, run, "verdict", i);
		ck_assert_ptr_nonnull(v);
		ck_assert_str_eq(
		    erig_text(v, "check"), i == 0 ? "NET-01" : "NET-03");
		ck_assert_str_eq(erig_text(v, "verdict"), "inconc");
		ck_assert_str_eq(erig_text(v, "reason"), code);
	}
	ck_assert_ptr_null(erig_record(&r, run, "verdict", 2));
	ck_assert_uint_eq(r.reached[AT_SPAWN], 0);
}

START_TEST(a_link_that_is_down_before_the_test_is_inconclusive)
{
	r.at[AT_CANARY] = lose_link;
	every_claim_is_inconclusive("link_lost");
	erig_say_link(&r, true);
	next_run_passes();
}
END_TEST

START_TEST(a_device_that_does_not_answer_before_the_test_is_inconclusive)
{
	r.controls[0] = false;
	every_claim_is_inconclusive("opening_control_bad");
	r.controls[0] = true;
	next_run_passes();
}
END_TEST

START_TEST(a_device_without_an_address_is_inconclusive)
{
	r.no_address = true;
	every_claim_is_inconclusive("no_address");
	r.no_address = false;
	next_run_passes();
}
END_TEST

START_TEST(a_link_that_is_down_after_the_test_is_inconclusive)
{
	r.at[AT_CLOSING_CONTROL] = lose_link;
	is_lowered(verdict_of_a_run(), "link_lost");
	erig_say_link(&r, true);
	next_run_passes();
}
END_TEST

START_TEST(a_device_that_does_not_answer_after_the_test_is_inconclusive)
{
	r.controls[1] = false;
	is_lowered(verdict_of_a_run(), "closing_control_bad");
	r.controls[1] = true;
	next_run_passes();
}
END_TEST

START_TEST(a_bad_last_control_of_the_probe_is_inconclusive)
{
	r.after_control = false;
	is_lowered(verdict_of_a_run(), "closing_control_bad");
	r.after_control = true;
	next_run_passes();
}
END_TEST

START_TEST(frames_lost_in_the_span_are_inconclusive_and_counted)
{
	const json_t *v;

	r.dropped[0] = 3;
	r.dropped[1] = 8;
	v = verdict_of_a_run();
	is_lowered(v, "lost_frames");
	ck_assert_int_eq(erig_number(json_object_get(v, "span"), "dropped"), 5);
	ck_assert_int_eq(erig_number(json_object_get(v, "values"), "count"), 5);
	r.dropped[0] = 8; /* lost before: not this test's */
	next_run_passes();
}
END_TEST

START_TEST(a_fail_stands_in_spite_of_lost_frames)
{
	const json_t *v;

	r.says = ASSAY_FAIL;
	r.dropped[1] = 5;
	v = verdict_of_a_run();
	ck_assert_str_eq(erig_text(v, "verdict"), "fail");
	ck_assert_str_eq(erig_text(v, "reason"), "tcp.undeclared_open");
	ck_assert_int_eq(
	    erig_number(erig_record(&r, 0, "manifest", 0), "exit"), 1);
}
END_TEST

static const uint8_t claims[] = { ASSAY_PASS, ASSAY_FAIL };

START_TEST(a_verdict_that_no_frame_shows_is_refused)
{
	const json_t *v;

	r.says = claims[_i];
	r.frames = 0;
	v = verdict_of_a_run();
	ck_assert_str_eq(erig_text(v, "verdict"), "error");
	ck_assert_str_eq(erig_text(v, "reason"), "no_evidence");
	ck_assert_int_eq(
	    erig_number(erig_record(&r, 0, "manifest", 0), "exit"), 3);
	r.frames = 2;
	r.says = ASSAY_PASS;
	next_run_passes();
}
END_TEST

START_TEST(a_verdict_whose_slice_cannot_be_written_is_refused)
{
	const json_t *v;

	r.says = claims[_i];
	r.slice_error = "no space left on device";
	v = verdict_of_a_run();
	ck_assert_str_eq(erig_text(v, "verdict"), "error");
	ck_assert_str_eq(
	    erig_text(v, "slice_error"), "no space left on device");
	ck_assert(json_is_null(json_object_get(v, "slice")));
	r.slice_error = NULL;
	r.says = ASSAY_PASS;
	next_run_passes();
}
END_TEST

START_TEST(without_a_capture_nothing_stands)
{
	r.says = ASSAY_FAIL;
	r.at[AT_RESOLVE] = replace_capture;
	ck_assert_str_eq(erig_text(verdict_of_a_run(), "verdict"), "inconc");
}
END_TEST

static const enum moment any_time[] = { AT_DISCOVER, AT_CANARY, AT_GO,
	AT_CLOSING_CONTROL };

START_TEST(a_foreign_server_voids_the_isolation_of_the_whole_run)
{
	const json_t *v;

	r.at[any_time[_i]] = erig_say_foreign;
	v = verdict_of_a_run();
	is_lowered(v, "isolation_void");
	ck_assert_str_eq(
	    erig_text(json_object_get(v, "values"), "what"), "dhcp server");
	ck_assert_int_eq(
	    erig_number(erig_record(&r, 0, "manifest", 0), "exit"), 2);
}
END_TEST

START_TEST(a_foreign_server_of_just_before_is_still_there)
{
	erig_say_foreign(&r);
	is_lowered(verdict_of_a_run(), "isolation_void");
}
END_TEST

/* A device that makes thousands of events must not buy itself silence. */
static void
flap_and_lose_link(struct engine_rig *rig)
{
	unsigned i;

	for (i = 0; i < 2100; i++)
		erig_say_health(rig, i % 2 == 0 ? ASSAY_SLOW : ASSAY_UP);
	erig_say_health(rig, ASSAY_LINK_LOST);
}

START_TEST(after_thousands_of_events_the_next_one_still_counts)
{
	r.at[AT_GO] = flap_and_lose_link;
	r.hold[AT_GO] = true;
	erig_run(&r, PROBE);
	erig_until_at(&r, AT_GO, 1);
	erig_release(&r, AT_GO);
	erig_manifest(&r, 1);
	is_lowered(erig_record(&r, 1, "verdict", 0), "link_lost");
	ck_assert_uint_lt(erig_count(&r, "event"), 2100);
	next_run_passes();
}
END_TEST

/* The address it speaks of is not one of the device's. */
static void
speak_of_another(struct engine_rig *rig)
{
	static struct msg_out m;
	static const uint8_t addr[4] = { 10, 77, 0, 99 };

	erig_say_observation(rig, 1, "port.open");
	erig_say_control(rig, ASSAY_AFTER, true);
	erig_say_word(rig, ENGINE_RUN_OVER);
	msg_start(&m, ENGINE_VERDICT);
	msg_put_string(&m, "NET-01");
	msg_put_u8(&m, ASSAY_COMPLETENESS);
	msg_put_u8(&m, ASSAY_PASS);
	msg_put_u8(&m, 4);
	msg_put_bytes(&m, addr, 4);
	msg_put_u16(&m, 0);
	msg_put_string(&m, "tcp.ports_as_declared");
	msg_put_u8(&m, 0);
	msg_put_u16(&m, 1);
	msg_put_u32(&m, 1);
	erig_say(rig->worker, &m);
	erig_say_word(rig, ENGINE_DONE);
}

START_TEST(a_pass_about_an_address_that_was_not_controlled_is_none)
{
	r.job = speak_of_another;
	is_lowered(verdict_of_a_run(), "opening_control_bad");
	r.job = NULL;
	next_run_passes();
}
END_TEST

static TCase *
tcase(Suite *s, const char *name, SFun setup)
{
	TCase *tc = tcase_create(name);

	tcase_add_checked_fixture(tc, setup, stop);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(s, tc);
	return tc;
}

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int
main(void)
{
	Suite *s = suite_create("engine_seal");
	TCase *tc = tcase(s, "with a real store", start);
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_loop_test(tc, no_verdict_before_control_barrier_and_frames, 0,
	    COUNT(withheld));
	tcase_add_test(tc, a_pass_that_nothing_speaks_against_stays_one);
	tcase_add_loop_test(tc,
	    what_befalls_the_test_makes_its_pass_inconclusive, 0,
	    COUNT(befalling));
	tcase_add_test(
	    tc, a_clock_that_was_set_in_the_span_is_a_deviation_of_the_verdict);
	tcase_add_test(tc, a_link_that_is_down_before_the_test_is_inconclusive);
	tcase_add_test(
	    tc, a_device_that_does_not_answer_before_the_test_is_inconclusive);
	tcase_add_test(tc, a_device_without_an_address_is_inconclusive);
	tcase_add_test(tc, a_link_that_is_down_after_the_test_is_inconclusive);
	tcase_add_test(
	    tc, a_device_that_does_not_answer_after_the_test_is_inconclusive);
	tcase_add_test(tc, a_bad_last_control_of_the_probe_is_inconclusive);
	tcase_add_test(
	    tc, frames_lost_in_the_span_are_inconclusive_and_counted);
	tcase_add_test(tc, a_fail_stands_in_spite_of_lost_frames);
	tcase_add_loop_test(
	    tc, a_verdict_that_no_frame_shows_is_refused, 0, COUNT(claims));
	tcase_add_loop_test(tc,
	    a_verdict_whose_slice_cannot_be_written_is_refused, 0,
	    COUNT(claims));
	tcase_add_test(tc, without_a_capture_nothing_stands);
	tcase_add_loop_test(tc,
	    a_foreign_server_voids_the_isolation_of_the_whole_run, 0,
	    COUNT(any_time));
	tcase_add_test(tc, a_foreign_server_of_just_before_is_still_there);
	tcase_add_test(tc, after_thousands_of_events_the_next_one_still_counts);
	tcase_add_test(
	    tc, a_pass_about_an_address_that_was_not_controlled_is_none);
	tc = tcase(s, "with a scripted store", start_scripted);
	tcase_add_test(tc, no_verdict_before_it_is_durable);
	tcase_add_test(
	    tc, a_record_that_the_store_refuses_is_not_shown_and_ends_the_run);
	tcase_add_test(tc, a_run_whose_first_record_is_refused_tests_nothing);
	tcase_add_test(tc, a_client_that_comes_late_is_told_of_the_refusal_too);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
