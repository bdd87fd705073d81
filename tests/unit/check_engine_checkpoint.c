/*
 * What a job has settled: kept, given to the next one of its key that asks for
 * it, and to no other.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "engine_rig.h"

#define PROBE "  - probe: tcp.ports\n"
#define RESUMED PROBE "    resume: true\n"

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
say_checkpoint(struct engine_rig *rig, const char *text)
{
	static struct msg_out m;

	msg_start(&m, ENGINE_CHECKPOINT);
	msg_put_string(&m, text);
	erig_say(rig->worker, &m);
}

/* Broken off: not everything was settled. */
static void
say_partly(struct engine_rig *rig)
{
	say_checkpoint(rig, "first");
	say_checkpoint(rig, "newest");
	erig_say_job(rig);
	erig_say_word(rig, ENGINE_DONE);
}

static void
say_all(struct engine_rig *rig)
{
	say_checkpoint(rig, "");
	erig_say_job(rig);
	erig_say_word(rig, ENGINE_DONE);
}

/* All was settled, and then it died before it could say what. */
static void
say_all_and_die(struct engine_rig *rig)
{
	say_checkpoint(rig, "");
	rig->exit_how = 1;
	rig->exit_status = 9;
}

static void
say_too_much(struct engine_rig *rig)
{
	static uint8_t bytes[ASSAY_CHECKPOINT_MAX + 1];
	static struct msg_out m;

	msg_start(&m, ENGINE_CHECKPOINT);
	msg_put_bytes(&m, bytes, sizeof(bytes));
	erig_say(rig->worker, &m);
}

/* Runs it; its number. */
static uint64_t
run(const char *steps, erig_act *job)
{
	r.job = job;
	r.resumed_run = 0;
	r.resumed[0] = '\0';
	return (uint64_t)erig_number(erig_run_to_end(&r, steps), "run");
}

static void
expect_resumed(uint64_t self, uint64_t from, const char *text)
{
	const json_t *job = erig_record(&r, self, "job", 0), *o;

	o = json_object_get(job, "resumed");
	ck_assert_uint_eq(r.resumed_run, from);
	ck_assert_str_eq(r.resumed, text);
	if (from == 0)
		ck_assert_ptr_null(o);
	else
		ck_assert_int_eq(erig_number(o, "run"), (json_int_t)from);
}

START_TEST(the_next_job_that_wants_it_gets_the_newest)
{
	uint64_t first = run(RESUMED, say_partly), second;

	expect_resumed(first, 0, "");
	second = run(RESUMED, say_partly);
	expect_resumed(second, first, "newest");
	expect_resumed(run(RESUMED, NULL), second, "newest");
}
END_TEST

START_TEST(a_job_that_does_not_want_it_begins_anew)
{
	run(PROBE, say_partly);
	expect_resumed(run(PROBE, say_partly), 0, "");
}
END_TEST

START_TEST(what_is_done_is_not_gone_on_from)
{
	run(PROBE, say_partly);
	run(PROBE, say_all);
	expect_resumed(run(RESUMED, NULL), 0, "");
}
END_TEST

START_TEST(a_job_that_ends_badly_takes_nothing_away)
{
	uint64_t first = run(PROBE, say_partly);

	run(PROBE, say_all_and_die);
	r.exit_how = 0;
	r.exit_status = 0;
	expect_resumed(run(RESUMED, NULL), first, "newest");
}
END_TEST

START_TEST(other_parameters_are_another_key)
{
	run(PROBE, say_partly);
	expect_resumed(
	    run(RESUMED "    with: {ports: \"1-5\"}\n", NULL), 0, "");
}
END_TEST

START_TEST(another_state_is_another_key)
{
	run(PROBE, say_partly);
	expect_resumed(run(RESUMED "state: outage\n", NULL), 0, "");
}
END_TEST

/* A worker that says more than there may be is malformed. */
START_TEST(a_checkpoint_too_large_is_refused)
{
	uint64_t self = run(PROBE, say_too_much);

	ck_assert_str_eq(
	    erig_text(erig_record(&r, self, "jobend", 0), "reason"),
	    "malformed_message");
	expect_resumed(run(RESUMED, NULL), 0, "");
}
END_TEST

static void
say_and_wait(struct engine_rig *rig)
{
	say_checkpoint(rig, "cut");
}

static bool
is_answered(const struct engine_rig *rig, const void *arg)
{
	const size_t *n = arg;

	return erig_count(rig, "job") >= *n;
}

/* The engine dies while the worker is at it. */
START_TEST(it_outlives_a_crash)
{
	const size_t one = 1;
	uint64_t first;

	r.job = say_and_wait;
	r.worker_stays = true;
	first = erig_run(&r, PROBE);
	erig_until_at(&r, AT_GO, 1);
	erig_until(&r, is_answered, &one);
	/* The call goes through the engine and the store, behind it. */
	(void)erig_stored(&r, first, "job");
	(void)erig_stored(&r, first, "job");
	erig_kill_engine(&r);
	r.worker_stays = false;
	r.job = NULL;
	erig_start_engine(&r);
	erig_subscribe(&r, 1);
	(void)erig_manifest(&r, first);
	expect_resumed(run(RESUMED, NULL), first, "cut");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("engine checkpoint");
	TCase *c = tcase_create("engine checkpoint");
	SRunner *runner;
	int failed;

	tcase_set_timeout(c, 120);
	tcase_add_checked_fixture(c, start, stop);
	tcase_add_test(c, the_next_job_that_wants_it_gets_the_newest);
	tcase_add_test(c, a_job_that_does_not_want_it_begins_anew);
	tcase_add_test(c, what_is_done_is_not_gone_on_from);
	tcase_add_test(c, a_job_that_ends_badly_takes_nothing_away);
	tcase_add_test(c, other_parameters_are_another_key);
	tcase_add_test(c, another_state_is_another_key);
	tcase_add_test(c, a_checkpoint_too_large_is_refused);
	tcase_add_test(c, it_outlives_a_crash);
	suite_add_tcase(s, c);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
