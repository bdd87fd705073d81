/*
 * How a job ends, as far as the engine decides it: by what its worker says,
 * how it says it, and how it dies.  After each of them a good job runs.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine_rig.h"

#define PROBE "  - probe: tcp.ports\n"
#define PROBE_SHORT "  - {probe: tcp.ports, timeout: 1s}\n"
#define OBSERVATIONS_MAX 4096

static struct engine_rig r;
static struct msg_out m;

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
next_run_passes(void)
{
	const json_t *manifest;

	r.job = NULL;
	r.at[AT_GO] = NULL;
	r.worker_stays = r.ignores_kill = r.exit_first = false;
	r.exit_how = 0;
	r.exit_status = 0;
	manifest = erig_run_to_end(&r, PROBE);
	ck_assert_int_eq(erig_number(manifest, "exit"), 0);
	ck_assert_int_eq(
	    erig_number(json_object_get(manifest, "verdicts"), "pass"), 1);
}

/* ---- what a worker may say ---- */

static void
say_verdict_of(struct engine_rig *rig, const char *check, const char *reason,
    uint32_t observation)
{
	struct erig_verdict v = { .check = check,
		.reason = reason,
		.kind = ASSAY_COMPLETENESS,
		.value = ASSAY_PASS,
		.observation = observation };

	erig_say_verdict(rig, &v);
}

static void
say_all(struct engine_rig *rig)
{
	erig_say_job(rig);
	erig_say_word(rig, ENGINE_DONE);
}

static void
say_no_verdict(struct engine_rig *rig)
{
	erig_say_observation(rig, 1, "port.open");
	erig_say_word(rig, ENGINE_RUN_OVER);
	erig_say_word(rig, ENGINE_DONE);
}

static void
say_failed(struct engine_rig *rig)
{
	erig_say_observation(rig, 1, "port.open");
	msg_start(&m, ENGINE_FAILED);
	msg_put_string(&m, "no room for \x1b[31msockets");
	erig_say(rig->worker, &m);
	erig_say_word(rig, ENGINE_DONE);
}

static void
say_unknown_type(struct engine_rig *rig)
{
	erig_say_job(rig);
	erig_say_word(rig, 0x9999);
}

static void
say_a_type_of_others(struct engine_rig *rig)
{
	erig_say_job(rig);
	msg_start(&m, ENGINE_WORKER_EXITED);
	msg_put_u32(&m, rig->worker_number);
	msg_put_u8(&m, 0);
	msg_put_u32(&m, 0);
	erig_say(rig->worker, &m);
}

static void
say_half_a_header(struct engine_rig *rig)
{
	erig_say_job(rig);
	(void)send(rig->worker, "\x05", 1, MSG_NOSIGNAL);
}

static void
say_half_a_verdict(struct engine_rig *rig)
{
	erig_say_job(rig);
	msg_start(&m, ENGINE_VERDICT);
	msg_put_string(&m, "NET-01");
	erig_say(rig->worker, &m);
}

static void
say_too_much_behind(struct engine_rig *rig)
{
	erig_say_job(rig);
	msg_start(&m, ENGINE_DONE);
	msg_put_u8(&m, 1);
	erig_say(rig->worker, &m);
}

static void
say_oversized(struct engine_rig *rig)
{
	static char huge[MSG_MAX + 100];
	int size = 1 << 20;

	erig_say_job(rig);
	setsockopt(rig->worker, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	ck_assert_int_eq(send(rig->worker, huge, sizeof(huge), MSG_NOSIGNAL),
	    (ssize_t)sizeof(huge));
}

static void
say_after_done(struct engine_rig *rig)
{
	say_all(rig);
	say_verdict_of(rig, "NET-03", "tcp.ports_as_declared", 1);
}

static void
say_foreign_evidence(struct engine_rig *rig)
{
	erig_say_job(rig);
	say_verdict_of(rig, "NET-03", "tcp.ports_as_declared", 2);
	erig_say_word(rig, ENGINE_DONE);
}

static void
say_uncovered_check(struct engine_rig *rig)
{
	erig_say_job(rig);
	say_verdict_of(rig, "TLS-S01", "tcp.ports_as_declared", 1);
	erig_say_word(rig, ENGINE_DONE);
}

static void
say_uncovered_kind(struct engine_rig *rig)
{
	struct erig_verdict v = { .check = "NET-03",
		.reason = "tcp.ports_as_declared",
		.kind = ASSAY_SUFFICIENCY,
		.value = ASSAY_PASS,
		.observation = 1 };

	erig_say_job(rig);
	erig_say_verdict(rig, &v);
	erig_say_word(rig, ENGINE_DONE);
}

static void
say_undeclared_reason(struct engine_rig *rig)
{
	erig_say_job(rig);
	say_verdict_of(rig, "NET-03", "tcp.made_up", 1);
}

static void
say_error_itself(struct engine_rig *rig)
{
	struct erig_verdict v = { .check = "NET-03",
		.reason = "tcp.ports_as_declared",
		.kind = ASSAY_COMPLETENESS,
		.value = ASSAY_FAIL + 1,
		.observation = 1 };

	erig_say_job(rig);
	erig_say_verdict(rig, &v);
}

static void
say_undeclared_field(struct engine_rig *rig)
{
	erig_say_observation(rig, 1, "port.open");
	erig_say_observation(rig, 2, "port.made_up");
}

static void
say_wrong_type(struct engine_rig *rig)
{
	erig_say_observation(rig, 1, "banner"); /* a text, given a number */
}

static void
say_id_twice(struct engine_rig *rig)
{
	erig_say_observation(rig, 1, "port.open");
	erig_say_observation(rig, 1, "port.open");
}

static void
say_observation_while_judging(struct engine_rig *rig)
{
	erig_say_job(rig);
	erig_say_observation(rig, 2, "port.open");
}

static void
say_flood(struct engine_rig *rig)
{
	uint32_t i;

	for (i = 1; i <= OBSERVATIONS_MAX + 1; i++)
		erig_say_observation(rig, i, "port.open");
}

static void
put_note(struct engine_rig *rig, const char *name, const char *text)
{
	msg_start(&m, ENGINE_NOTE);
	msg_put_string(&m, name);
	msg_put_u8(&m, ASSAY_TYPE_STRING);
	msg_put_string(&m, text);
	erig_say(rig->worker, &m);
}

static void
say_note_with_a_bad_name(struct engine_rig *rig)
{
	erig_say_job(rig);
	put_note(rig, "pace.\xff\xfe", "fast");
}

static void
say_notes_without_end(struct engine_rig *rig)
{
	static char text[4001];

	erig_say_job(rig);
	memset(text, 'x', sizeof(text) - 1);
	put_note(rig, "a", text);
	put_note(rig, "b", text);
	put_note(rig, "c", text);
}

static void
say_huge_sandbox(struct engine_rig *rig)
{
	static char text[40001];

	erig_say_job(rig);
	memset(text, 'x', sizeof(text) - 1);
	msg_start(&m, ENGINE_SANDBOX);
	msg_put_string(&m, text);
	erig_say(rig->worker, &m);
}

/* Sixteen thousand control bytes, each four when quoted. */
static void
say_huge_observation(struct engine_rig *rig)
{
	static const uint8_t addr[4] = { 10, 77, 0, 10 };
	static char text[16001];

	memset(text, '\x01', sizeof(text) - 1);
	msg_start(&m, ENGINE_OBSERVATION);
	msg_put_u32(&m, 1);
	msg_put_string(&m, "banner");
	msg_put_u8(&m, 4);
	msg_put_bytes(&m, addr, 4);
	msg_put_u16(&m, 80);
	msg_put_u8(&m, ASSAY_TYPE_STRING);
	msg_put_string(&m, text);
	msg_put_u8(&m, 0);
	erig_say(rig->worker, &m);
}

static void
say_huge_values(struct engine_rig *rig)
{
	static const uint8_t addr[4] = { 10, 77, 0, 10 };
	static char text[16001];
	unsigned i;

	erig_say_job(rig);
	memset(text, 'x', sizeof(text) - 1);
	msg_start(&m, ENGINE_VERDICT);
	msg_put_string(&m, "NET-03");
	msg_put_u8(&m, ASSAY_COMPLETENESS);
	msg_put_u8(&m, ASSAY_PASS);
	msg_put_u8(&m, 4);
	msg_put_bytes(&m, addr, 4);
	msg_put_u16(&m, 0);
	msg_put_string(&m, "tcp.ports_as_declared");
	msg_put_u8(&m, 3);
	for (i = 0; i < 3; i++) {
		msg_put_string(&m, i == 0 ? "a" : i == 1 ? "b" : "c");
		msg_put_u8(&m, ASSAY_TYPE_STRING);
		msg_put_string(&m, text);
	}
	msg_put_u16(&m, 0);
	erig_say(rig->worker, &m);
}

/* ---- the table ---- */

static const struct ending {
	erig_act *job;
	uint8_t how;
	uint32_t status;
	bool killed; /* the engine must have it killed */
	const char *reason;
	const char *verdict; /* on NET-01 */
} endings[] = {
	{ say_no_verdict, 0, 0, false, "said_nothing", "error" },
	{ say_all, 0, 7, false, "exit_status", "inconc" },
	{ erig_say_job, 0, 0, false, "exit_status", "inconc" },
	{ say_all, 1, 11, false, "crashed", "inconc" },
	{ say_all, 0, 128 + 11, false, "crashed", "inconc" },
	{ erig_say_job, 1, 6, false, "crashed", "inconc" },
	{ say_failed, 0, 0, false, "bench_failed", "error" },
	{ say_foreign_evidence, 0, 0, false, "foreign_evidence", "inconc" },
	{ say_uncovered_check, 0, 0, false, "uncovered_check", "inconc" },
	{ say_uncovered_kind, 0, 0, false, "uncovered_check", "inconc" },
	{ say_unknown_type, 0, 0, true, "malformed_message", "inconc" },
	{ say_a_type_of_others, 0, 0, true, "malformed_message", "inconc" },
	{ say_half_a_header, 0, 0, true, "malformed_message", "inconc" },
	{ say_half_a_verdict, 0, 0, true, "malformed_message", "inconc" },
	{ say_too_much_behind, 0, 0, true, "malformed_message", "inconc" },
	{ say_oversized, 0, 0, true, "malformed_message", "inconc" },
	{ say_after_done, 0, 0, true, "malformed_message", "inconc" },
	{ say_undeclared_reason, 0, 0, true, "malformed_message", "inconc" },
	{ say_error_itself, 0, 0, true, "malformed_message", "inconc" },
	{ say_undeclared_field, 0, 0, true, "malformed_message", "error" },
	{ say_wrong_type, 0, 0, true, "malformed_message", "error" },
	{ say_id_twice, 0, 0, true, "malformed_message", "error" },
	{ say_observation_while_judging, 0, 0, true, "malformed_message",
	    "inconc" },
	{ say_flood, 0, 0, true, "malformed_message", "error" },
	{ say_note_with_a_bad_name, 0, 0, true, "malformed_message", "inconc" },
	{ say_notes_without_end, 0, 0, true, "malformed_message", "inconc" },
	{ say_huge_sandbox, 0, 0, true, "malformed_message", "inconc" },
	{ say_huge_observation, 0, 0, true, "malformed_message", "error" },
	{ say_huge_values, 0, 0, true, "malformed_message", "inconc" },
};

static const json_t *
verdict_on(uint64_t run, const char *check)
{
	const json_t *v;
	size_t i;

	for (i = 0;; i++) {
		v = erig_record(&r, run, "verdict", i);
		if (v == NULL || strcmp(erig_text(v, "check"), check) == 0)
			return v;
	}
}

static void
check_exit(const json_t *end, const struct ending *want)
{
	const json_t *o = json_object_get(end, "exit");
	bool signalled = want->how == 1 || want->status > 128;

	ck_assert_str_eq(erig_text(o, "how"), signalled ? "signal" : "exit");
	ck_assert_int_eq(erig_number(o, "status"),
	    want->status > 128 ? want->status - 128 : want->status);
}

START_TEST(a_job_ends_as_the_table_says_and_the_next_one_is_good)
{
	const struct ending *want = &endings[_i];
	const json_t *end, *v;
	uint64_t run;

	r.job = want->job;
	r.exit_how = want->how;
	r.exit_status = want->status;
	r.worker_stays = want->killed;
	run = erig_run(&r, PROBE);
	ck_assert_int_eq(erig_number(erig_manifest(&r, run), "exit"), 3);
	end = erig_record(&r, run, "jobend", 0);
	ck_assert_str_eq(erig_text(end, "outcome"), "error");
	ck_assert_str_eq(erig_text(end, "reason"), want->reason);
	ck_assert_int_eq(r.killed != 0, want->killed);
	if (!want->killed)
		check_exit(end, want);
	v = verdict_on(run, "NET-01");
	ck_assert_ptr_nonnull(v);
	ck_assert_str_eq(erig_text(v, "verdict"), want->verdict);
	ck_assert_str_eq(erig_text(v, "reason"), want->reason);
	/* The claim that it did not come to is not missing in silence. */
	v = verdict_on(run, "NET-03");
	ck_assert_ptr_nonnull(v);
	ck_assert_str_eq(erig_text(v, "verdict"), "error");
	next_run_passes();
}
END_TEST

START_TEST(both_facts_end_a_job_in_either_order)
{
	const json_t *manifest;

	r.exit_first = _i == 1;
	manifest = erig_run_to_end(&r, PROBE);
	ck_assert_int_eq(erig_number(manifest, "exit"), 0);
	next_run_passes();
}
END_TEST

static bool
is_cancelled(const struct engine_rig *rig, const void *arg)
{
	(void)arg;
	return rig->cancelled;
}

static void
say_nothing(struct engine_rig *rig)
{
	(void)rig;
}

START_TEST(a_worker_over_its_time_is_asked_to_end_then_killed)
{
	const json_t *end;
	uint64_t run;

	r.job = say_nothing;
	r.worker_stays = true;
	run = erig_run(&r, PROBE_SHORT);
	erig_until(&r, is_cancelled, NULL);
	ck_assert_uint_eq(r.killed, 0);
	ck_assert_int_eq(erig_number(erig_manifest(&r, run), "exit"), 3);
	ck_assert_uint_eq(r.killed, r.worker_number);
	end = erig_record(&r, run, "jobend", 0);
	ck_assert_str_eq(erig_text(end, "reason"), "deadline");
	ck_assert_str_eq(
	    erig_text(verdict_on(run, "NET-01"), "verdict"), "error");
	next_run_passes();
}
END_TEST

START_TEST(over_time_a_pass_without_its_closing_control_is_inconclusive)
{
	const json_t *v;
	uint64_t run;

	r.job = erig_say_job;
	r.worker_stays = true;
	r.controls[1] = false;
	run = erig_run(&r, PROBE_SHORT);
	erig_manifest(&r, run);
	v = verdict_on(run, "NET-01");
	ck_assert_str_eq(erig_text(v, "verdict"), "inconc");
	ck_assert_str_eq(erig_text(v, "said"), "pass");
	r.controls[1] = true;
	next_run_passes();
}
END_TEST

static void
close_and_stay(struct engine_rig *rig)
{
	say_all(rig);
	close(rig->worker);
	rig->worker = -1;
}

START_TEST(a_worker_that_closes_its_socket_and_stays_is_killed)
{
	const json_t *end;
	uint64_t run;

	r.job = close_and_stay;
	r.worker_stays = true;
	run = erig_run(&r, PROBE_SHORT);
	erig_manifest(&r, run);
	ck_assert_uint_eq(r.killed, r.worker_number);
	end = erig_record(&r, run, "jobend", 0);
	ck_assert_str_eq(erig_text(end, "outcome"), "error");
	ck_assert_str_eq(erig_text(end, "reason"), "deadline");
	next_run_passes();
}
END_TEST

static void
die_with_an_open_socket(struct engine_rig *rig)
{
	say_all(rig);
	erig_say_exit(rig);
}

START_TEST(a_socket_that_outlives_its_worker_holds_nothing_up)
{
	const json_t *end;
	uint64_t run;

	r.job = die_with_an_open_socket;
	r.worker_stays = true;
	run = erig_run(&r, PROBE);
	erig_manifest(&r, run);
	end = erig_record(&r, run, "jobend", 0);
	ck_assert_str_eq(erig_text(end, "reason"), "malformed_message");
	ck_assert_str_eq(
	    erig_text(verdict_on(run, "NET-01"), "verdict"), "inconc");
	next_run_passes();
}
END_TEST

START_TEST(a_worker_that_the_warden_refuses_is_an_error)
{
	const json_t *end;
	uint64_t run;

	r.refuse_worker = "10.99.0.1 is outside the segment's subnets";
	run = erig_run(&r, PROBE);
	ck_assert_int_eq(erig_number(erig_manifest(&r, run), "exit"), 3);
	end = erig_record(&r, run, "jobend", 0);
	ck_assert_str_eq(erig_text(end, "reason"), "refused");
	ck_assert_str_eq(erig_text(end, "detail"), r.refuse_worker);
	ck_assert_str_eq(
	    erig_text(verdict_on(run, "NET-01"), "verdict"), "error");
	r.refuse_worker = NULL;
	next_run_passes();
}
END_TEST

START_TEST(the_last_words_of_a_worker_are_kept_and_quoted)
{
	static char words[1200];
	const json_t *end;
	const char *kept;
	uint64_t run;

	snprintf(words, sizeof(words), "%01150d\x1b[31mthe very end", 0);
	r.last_words = words;
	r.exit_how = 1;
	r.exit_status = 6;
	run = erig_run(&r, PROBE);
	erig_manifest(&r, run);
	end = erig_record(&r, run, "jobend", 0);
	kept = erig_text(end, "last_words");
	ck_assert_ptr_nonnull(strstr(kept, "\\x1b[31mthe very end"));
	ck_assert_ptr_null(strchr(kept, '\x1b'));
	ck_assert_uint_lt(strlen(kept), 700);
	r.last_words = NULL;
	next_run_passes();
}
END_TEST

static bool
heard_that_it_is_slow(const struct engine_rig *rig, const void *arg)
{
	(void)arg;
	return rig->health == ASSAY_SLOW;
}

START_TEST(what_happens_to_the_device_is_told_to_its_worker)
{
	uint64_t run;

	r.hold[AT_GO] = true;
	run = erig_run(&r, PROBE);
	erig_until_at(&r, AT_GO, 1);
	erig_say_health(&r, ASSAY_SLOW);
	erig_until(&r, heard_that_it_is_slow, NULL);
	erig_release(&r, AT_GO);
	erig_manifest(&r, run);
	/* Being slow is no flaw. */
	ck_assert_str_eq(
	    erig_text(verdict_on(run, "NET-01"), "verdict"), "pass");
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int
main(void)
{
	Suite *s = suite_create("engine_jobs");
	TCase *tc = tcase_create("jobs");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(tc, start, stop);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc,
	    a_job_ends_as_the_table_says_and_the_next_one_is_good, 0,
	    COUNT(endings));
	tcase_add_loop_test(tc, both_facts_end_a_job_in_either_order, 0, 2);
	tcase_add_test(tc, a_worker_over_its_time_is_asked_to_end_then_killed);
	tcase_add_test(
	    tc, over_time_a_pass_without_its_closing_control_is_inconclusive);
	tcase_add_test(tc, a_worker_that_closes_its_socket_and_stays_is_killed);
	tcase_add_test(tc, a_socket_that_outlives_its_worker_holds_nothing_up);
	tcase_add_test(tc, a_worker_that_the_warden_refuses_is_an_error);
	tcase_add_test(tc, the_last_words_of_a_worker_are_kept_and_quoted);
	tcase_add_test(tc, what_happens_to_the_device_is_told_to_its_worker);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
