/*
 * check_worker: the real assay-worker, started as the warden starts it, with
 * good and with broken probes.  A broken probe never looks like a good one.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <check.h>
#include <jansson.h>

#include "daemon/shared/wire.h"
#include "daemon/shared/worker_exit.h"
#include "probes/probe.h"
#include "tests/unit/worker_rig.h"

static bool is_root;
static struct rig rig;

static void
set_up(void)
{
	is_root = rig_enter_namespace();
}

static void
tear_down(void)
{
	if (is_root && rig.engine != 0)
		rig_free(&rig);
}

#define NEEDS_ROOT() \
	do { \
		if (!is_root) \
			return; \
	} while (0)

static int
exit_status(void)
{
	ck_assert(WIFEXITED(rig.status));
	return WEXITSTATUS(rig.status);
}

/* ---- broken probes ---- */

static const struct broken {
	const char *probe;
	int status;
	bool sandboxed; /* what makes it fail is the sandbox */
	bool done;
	const char *failed;     /* part of ENGINE_FAILED; NULL: none */
	const char *last_words; /* part of stderr; "" none at all */
	unsigned observations, verdicts;
} broken[] = {
	{ "bad_crash_run", 128 + SIGSEGV, false, false, NULL, "", 1, 0 },
	{ "bad_crash_constructor", 128 + SIGSEGV, false, false, NULL, "", 0,
	    0 },
	{ "bad_crash_judge", 128 + SIGSEGV, false, false, NULL, "", 1, 1 },
	{ "bad_abort", 128 + SIGABRT, false, false, NULL, "the world is flat\n",
	    0, 0 },
	{ "bad_silent_exit", 0, false, false, NULL, "", 0, 0 },
	{ "bad_exit_status", 3, false, false, NULL, "", 1, 1 },
	{ "bad_fork", WORKER_EXIT_FORBIDDEN, true, false, NULL,
	    "forbidden system call clone", 0, 0 },
	{ "bad_open_file", WORKER_EXIT_FORBIDDEN, true, false, NULL,
	    "forbidden system call open", 0, 0 },
	{ "bad_forbidden_call", WORKER_EXIT_FORBIDDEN, true, false, NULL,
	    "forbidden system call prctl (157)", 0, 0 },
	{ "bad_undeclared_need", WORKER_EXIT_FORBIDDEN, true, false, NULL,
	    "forbidden system call socket", 0, 0 },
	{ "bad_abi", WORKER_EXIT_REFUSED, false, false,
	    "made for abi 2, this is abi 1", "made for abi 2", 0, 0 },
	{ "bad_no_verdict", 0, false, true, NULL, "", 1, 0 },
	{ "bad_no_evidence", 0, false, true, NULL, "", 1, 1 },
	{ "bad_uncovered", 0, false, true, NULL, "", 1, 2 },
	{ "bad_foreign_evidence", 0, false, true, "there is no observation 7",
	    "", 1, 0 },
	{ "bad_undeclared_field", 0, false, true,
	    "surprise: field is not declared", "", 0, 0 },
	{ "bad_oversized", 0, false, true, "text: string over", "", 0, 0 },
	{ "bad_flood", 0, false, true, "over 4096 observations", "", 4096, 0 },
	{ "bad_impure", 0, false, true, "judge called assay_now_ns", "", 1, 0 },
	{ "bad_chatter", 0, false, true, NULL, "", 1, 1 },
};

START_TEST(broken_probe_is_told_from_a_good_one)
{
	const struct broken *b = &broken[_i];

	NEEDS_ROOT();
#if defined(ASSAY_SANITIZED) || defined(ASSAY_COVERAGE)
	if (b->sandboxed || b->status > WORKER_EXIT_SIGNAL) {
		printf("skipped: %s: no sandbox in this build\n", b->probe);
		return;
	}
#endif
	rig_start(&rig, b->probe, false);
	rig_go(&rig);
	rig_end(&rig);
	ck_assert_msg(exit_status() == b->status, "%s: status %d, said: %s",
	    b->probe, exit_status(), rig.last_words);
	ck_assert_msg(rig.done == b->done, "%s: done", b->probe);
	/* Else an engine would have lost the last words. */
	if (b->done || b->failed != NULL)
		ck_assert(!rig.was_reset);
	if (b->failed == NULL)
		ck_assert_str_eq(rig.failed, "");
	else
		ck_assert_msg(strstr(rig.failed, b->failed) != NULL,
		    "%s: failed with: %s", b->probe, rig.failed);
	if (*b->last_words == '\0')
		ck_assert_str_eq(rig.last_words, "");
	else
		ck_assert_msg(strstr(rig.last_words, b->last_words) != NULL,
		    "%s: last words: %s", b->probe, rig.last_words);
	ck_assert_uint_eq(rig.observations, b->observations);
	ck_assert_uint_eq(rig.nverdicts, b->verdicts);
}
END_TEST

START_TEST(verdict_without_evidence_is_passed_on_to_be_refused)
{
	NEEDS_ROOT();
	rig_start(&rig, "bad_no_evidence", false);
	rig_go(&rig);
	rig_end(&rig);
	ck_assert_uint_eq(rig.nverdicts, 1);
	ck_assert_uint_eq(rig.verdicts[0].nobservations, 0);
	ck_assert_uint_eq(rig.verdicts[0].value, ASSAY_PASS);
}
END_TEST

START_TEST(log_lines_are_bounded)
{
	NEEDS_ROOT();
	rig_start(&rig, "bad_chatter", false);
	rig_go(&rig);
	rig_end(&rig);
	ck_assert_uint_eq(rig.lines, 1001);
	ck_assert_str_eq(rig.last_line, "further lines are not shown");
	ck_assert(rig.done);
}
END_TEST

/* The probe does not come back to its loop while these arrive. */
START_TEST(what_is_left_unread_loses_no_word)
{
	int i;

	NEEDS_ROOT();
	rig_start(&rig, "bad_chatter", false);
	rig_go(&rig);
	for (i = 0; i < 50; i++) {
		msg_start(&rig.out, WORKER_HEALTH);
		msg_put_u8(&rig.out, ASSAY_UP);
		rig_send(&rig);
	}
	rig_end(&rig);
	ck_assert(!rig.was_reset);
	ck_assert(rig.done);
	ck_assert_uint_eq(rig.nverdicts, 1);
}
END_TEST

START_TEST(hanging_probe_dies_with_its_init)
{
	NEEDS_ROOT();
	rig_start(&rig, "bad_hang", false);
	rig_go(&rig);
	while (rig.observations == 0)
		ck_assert(rig_read(&rig));
	ck_assert_int_eq(kill(rig.pid, SIGKILL), 0);
	rig_end(&rig); /* its socket ends too, so nothing is left */
	ck_assert(WIFSIGNALED(rig.status));
	ck_assert_int_eq(WTERMSIG(rig.status), SIGKILL);
	ck_assert(!rig.done);
}
END_TEST

START_TEST(worker_leaves_when_the_engine_is_gone)
{
	NEEDS_ROOT();
	rig_start(&rig, "bad_idle", false);
	rig_go(&rig);
	while (rig.observations == 0)
		ck_assert(rig_read(&rig));
	ck_assert_int_eq(shutdown(rig.engine, SHUT_RDWR), 0);
	rig_end(&rig);
	ck_assert_int_eq(exit_status(), WORKER_EXIT_ENGINE_GONE);
}
END_TEST

START_TEST(cancelled_job_is_judged_on_what_it_saw)
{
	NEEDS_ROOT();
	rig_start(&rig, "bad_idle", false);
	rig_go(&rig);
	while (rig.observations == 0)
		ck_assert(rig_read(&rig));
	rig_cancel(&rig);
	rig_end(&rig);
	ck_assert_int_eq(exit_status(), 0);
	ck_assert(rig.run_over && rig.done);
	ck_assert_uint_eq(rig.nverdicts, 1);
	ck_assert_uint_eq(rig.verdicts[0].value, ASSAY_INCONC);
}
END_TEST

START_TEST(cancel_right_behind_the_start_is_heard)
{
	NEEDS_ROOT();
	rig_start(&rig, "bad_idle", false);
	rig_go(&rig);
	rig_cancel(&rig);
	rig_end(&rig);
	ck_assert_int_eq(exit_status(), 0);
	ck_assert(rig.run_over && rig.done);
	ck_assert_uint_eq(rig.observations, 1);
}
END_TEST

START_TEST(job_cancelled_before_it_began_says_so)
{
	NEEDS_ROOT();
	rig_start(&rig, "bad_idle", false);
	rig_cancel(&rig);
	rig_end(&rig);
	ck_assert_int_eq(exit_status(), 0);
	ck_assert_str_eq(rig.failed, "cancelled before it began");
	ck_assert(rig.done);
	ck_assert_uint_eq(rig.nverdicts, 0);
}
END_TEST

START_TEST(bad_parameter_fails_the_job)
{
	static const struct {
		const char *name, *value, *part;
	} rows[] = {
		{ "port", "0", "parameter port: port: expected 1 to 65535" },
		{ "port", "80x", "expected a whole number" },
		{ "limit", "fast", "expected a duration" },
		{ "nonsense", "1", "no such parameter" },
	};

	NEEDS_ROOT();
	rig_start(&rig, "sample_ok", false);
	rig_param(&rig, rows[_i].name, rows[_i].value);
	rig_target(&rig, false);
	rig_go(&rig);
	rig_end(&rig);
	ck_assert_msg(
	    strstr(rig.failed, rows[_i].part) != NULL, "%s", rig.failed);
	ck_assert(rig.done && !rig.run_over);
	ck_assert_uint_eq(rig.nverdicts, 0);
}
END_TEST

START_TEST(message_that_the_engine_never_sends_is_fatal)
{
	NEEDS_ROOT();
	rig_start(&rig, "sample_ok", false);
	msg_start(&rig.out, WORKER_TARGET);
	msg_put_u8(&rig.out, 5); /* no such family */
	rig_send(&rig);
	rig_end(&rig);
	ck_assert_int_eq(exit_status(), WORKER_EXIT_FATAL);
	ck_assert_ptr_nonnull(strstr(rig.last_words, "malformed message"));
}
END_TEST

/* ---- judging again, describing ---- */

static void
send_recorded(uint32_t id, const char *field, bool value)
{
	msg_start(&rig.out, WORKER_RECORDED);
	msg_put_u32(&rig.out, id);
	msg_put_string(&rig.out, field);
	msg_put_u8(&rig.out, 0);
	msg_put_bytes(&rig.out, NULL, 0);
	msg_put_u16(&rig.out, 0);
	msg_put_u8(&rig.out, ASSAY_TYPE_BOOL);
	msg_put_u8(&rig.out, value);
	msg_put_u8(&rig.out, 0);
	rig_send(&rig);
}

static void
send_recorded_control(uint8_t phase, bool good)
{
	msg_start(&rig.out, WORKER_RECORDED_CONTROL);
	msg_put_u8(&rig.out, phase);
	msg_put_u8(&rig.out, good);
	msg_put_u32(&rig.out, 1);
	rig_send(&rig);
}

/* _i: bit 0 the observations, bit 1 the control after. */
START_TEST(recorded_run_is_judged_again)
{
	const bool value = (_i & 1) != 0, good = (_i & 2) != 0;

	NEEDS_ROOT();
	rig_start(&rig, "sample_ok", false);
	rig_target(&rig, false);
	send_recorded(1, "answer", value);
	send_recorded(2, "answer", value);
	send_recorded_control(ASSAY_BEFORE, true);
	send_recorded_control(ASSAY_AFTER, good);
	msg_start(&rig.out, WORKER_JUDGE);
	rig_send(&rig);
	rig.run_over = true; /* there was none here */
	rig_end(&rig);
	ck_assert_int_eq(exit_status(), 0);
	ck_assert(rig.done);
	ck_assert_uint_eq(rig.nverdicts, 1);
	ck_assert_uint_eq(rig.verdicts[0].value,
	    !good       ? ASSAY_INCONC
		: value ? ASSAY_PASS
			: ASSAY_FAIL);
}
END_TEST

START_TEST(run_of_another_descriptor_cannot_be_judged_again)
{
	NEEDS_ROOT();
	rig_start(&rig, "sample_ok", false);
	send_recorded(1, "no.such.field", true);
	msg_start(&rig.out, WORKER_JUDGE);
	rig_send(&rig);
	rig_end(&rig);
	ck_assert_ptr_nonnull(strstr(rig.failed, "cannot be judged again"));
	ck_assert_uint_eq(rig.nverdicts, 0);
	ck_assert(rig.done);
}
END_TEST

START_TEST(probe_is_described_without_being_run)
{
	json_t *o;

	NEEDS_ROOT();
	rig_start(&rig, "sample_ok", false);
	msg_start(&rig.out, WORKER_DESCRIBE);
	rig_send(&rig);
	rig_end(&rig);
	ck_assert_int_eq(exit_status(), 0);
	ck_assert_ptr_nonnull(rig.description);
	o = json_loads(rig.description, 0, NULL);
	ck_assert_ptr_nonnull(o);
	ck_assert_str_eq(
	    json_string_value(json_object_get(o, "name")), "sample.ok");
	ck_assert_str_eq(
	    json_string_value(json_object_get(
		json_array_get(json_object_get(o, "claims"), 0), "kind")),
	    "behaviour");
	ck_assert_uint_eq(json_array_size(json_object_get(o, "params")), 2);
	ck_assert_str_eq(
	    json_string_value(json_array_get(json_object_get(o, "needs"), 0)),
	    "tcp");
	json_decref(o);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("worker");
	TCase *c = tcase_create("broken probes");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_set_timeout(c, 30);
	tcase_add_loop_test(c, broken_probe_is_told_from_a_good_one, 0,
	    sizeof(broken) / sizeof(broken[0]));
	tcase_add_test(c, verdict_without_evidence_is_passed_on_to_be_refused);
	tcase_add_test(c, log_lines_are_bounded);
	tcase_add_test(c, what_is_left_unread_loses_no_word);
	tcase_add_test(c, hanging_probe_dies_with_its_init);
	tcase_add_test(c, worker_leaves_when_the_engine_is_gone);
	tcase_add_test(c, cancelled_job_is_judged_on_what_it_saw);
	tcase_add_test(c, cancel_right_behind_the_start_is_heard);
	tcase_add_test(c, job_cancelled_before_it_began_says_so);
	tcase_add_loop_test(c, bad_parameter_fails_the_job, 0, 4);
	tcase_add_test(c, message_that_the_engine_never_sends_is_fatal);
	suite_add_tcase(s, c);
	c = tcase_create("judging again, describing");
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_loop_test(c, recorded_run_is_judged_again, 0, 4);
	tcase_add_test(c, run_of_another_descriptor_cannot_be_judged_again);
	tcase_add_test(c, probe_is_described_without_being_run);
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
