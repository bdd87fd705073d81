/*
 * The one table of verdicts, every row and every combination.
 */
#include <string.h>

#include <check.h>

#include "records/verdict_algebra.h"

/* ---- the end of a job ---- */

static const struct {
	struct verdict_job job;
	bool error;
	const char *reason;
	enum verdict_effect effect;
} ends[] = {
	{ { .done = true, .verdicts = 1 }, false, "", VERDICT_EFFECT_KEEP },
	{ { .done = true, .verdicts = 0 }, true, "said_nothing",
	    VERDICT_EFFECT_KEEP },
	{ { .done = true, .status = 1, .verdicts = 2 }, true, "exit_status",
	    VERDICT_EFFECT_LOWER_PASSES },
	{ { .done = true, .signalled = true, .status = 11, .verdicts = 2 },
	    true, "crashed", VERDICT_EFFECT_LOWER_PASSES },
	{ { .signalled = true, .status = 9, .verdicts = 1 }, true, "crashed",
	    VERDICT_EFFECT_LOWER_PASSES },
	{ { .done = false, .status = 0, .verdicts = 1 }, true, "exit_status",
	    VERDICT_EFFECT_LOWER_PASSES },
	{ { .deadline = true, .signalled = true, .status = 9, .verdicts = 1 },
	    true, "deadline", VERDICT_EFFECT_LOWER_UNCONTROLLED },
	{ { .restarted = true, .deadline = true, .done = true, .verdicts = 1 },
	    true, "daemon_restarted", VERDICT_EFFECT_LOWER_PASSES },
	{ { .cancelled = true, .signalled = true, .status = 9 }, true,
	    "cancelled", VERDICT_EFFECT_LOWER_PASSES },
	{ { .malformed = true, .done = true, .verdicts = 1 }, true,
	    "malformed_message", VERDICT_EFFECT_LOWER_PASSES },
	{ { .bench_failed = true, .done = true, .verdicts = 1 }, true,
	    "bench_failed", VERDICT_EFFECT_LOWER_PASSES },
};

#define NENDS ((int)(sizeof(ends) / sizeof(ends[0])))

START_TEST(a_jobs_end_is_judged_by_the_table)
{
	struct verdict_job_end end = verdict_judge_job(&ends[_i].job);

	ck_assert_int_eq(end.error, ends[_i].error);
	ck_assert_str_eq(end.reason, ends[_i].reason);
	ck_assert_int_eq(end.effect, ends[_i].effect);
}
END_TEST

static struct verdict_job
job_of_bits(unsigned bits)
{
	struct verdict_job job = { .restarted = bits & 1,
		.cancelled = bits & 2,
		.deadline = bits & 4,
		.malformed = bits & 8,
		.bench_failed = bits & 16,
		.done = bits & 32,
		.signalled = bits & 64,
		.status = bits & 128 ? 3 : 0,
		.verdicts = bits & 256 ? 1 : 0 };

	return job;
}

START_TEST(only_a_job_that_nothing_speaks_against_keeps_its_passes)
{
	unsigned bits, clean = 0;

	for (bits = 0; bits < 512; bits++) {
		struct verdict_job job = job_of_bits(bits);
		struct verdict_job_end end = verdict_judge_job(&job);
		/* done, and nothing else but perhaps verdicts */
		bool good = (bits & 255) == 32;

		ck_assert_int_eq(end.effect == VERDICT_EFFECT_KEEP, good);
		ck_assert_int_eq(end.error, !(good && job.verdicts == 1));
		ck_assert_int_eq(end.reason[0] != '\0', end.error);
		clean += !end.error;
	}
	ck_assert_uint_eq(clean, 1);
}
END_TEST

/* ---- one verdict at its sealing ---- */

/* The rule said another way: worst wins. */
static enum verdict
expected(enum verdict said, unsigned flaws)
{
	bool judged = said == VERDICT_PASS || said == VERDICT_FAIL;
	unsigned both = VERDICT_FLAW_UNCONTROLLED |
	    VERDICT_FLAW_ISOLATION_VOID | VERDICT_FLAW_CANARY |
	    VERDICT_FLAW_FIRMWARE;

	if (said == VERDICT_NONE || said == VERDICT_NA || said == VERDICT_ERROR)
		return VERDICT_ERROR;
	if (flaws & VERDICT_FLAW_FOREIGN_EVIDENCE ||
	    flaws & VERDICT_FLAW_UNCOVERED_CHECK)
		return VERDICT_ERROR;
	if (judged && flaws & VERDICT_FLAW_NO_EVIDENCE)
		return VERDICT_ERROR;
	if (said == VERDICT_PASS)
		return flaws == 0 ? VERDICT_PASS : VERDICT_INCONC;
	if (said == VERDICT_FAIL)
		return (flaws & both) == 0 ? VERDICT_FAIL : VERDICT_INCONC;
	return said;
}

START_TEST(every_verdict_with_every_set_of_flaws_is_sealed_by_the_rule)
{
	enum verdict said = (enum verdict)_i;
	unsigned flaws;

	for (flaws = 0; flaws <= VERDICT_FLAW_ALL; flaws++)
		ck_assert_msg(
		    verdict_seal(said, flaws) == expected(said, flaws),
		    "%s with %#x: %s", verdict_name(said), flaws,
		    verdict_name(verdict_seal(said, flaws)));
}
END_TEST

START_TEST(a_pass_is_sealed_only_without_any_flaw)
{
	unsigned flaws;
	int said;

	for (said = 0; said < VERDICT_COUNT; said++)
		for (flaws = 0; flaws <= VERDICT_FLAW_ALL; flaws++)
			if (verdict_seal((enum verdict)said, flaws) ==
			    VERDICT_PASS) {
				ck_assert_int_eq(said, VERDICT_PASS);
				ck_assert_uint_eq(flaws, 0);
			}
}
END_TEST

START_TEST(a_fail_stands_on_its_frames_however_lossy_the_capture)
{
	ck_assert_int_eq(
	    verdict_seal(VERDICT_FAIL,
		VERDICT_FLAW_LOST_FRAMES | VERDICT_FLAW_CAPTURE_DIED |
		    VERDICT_FLAW_JOB_ERROR | VERDICT_FLAW_CLOSING_CONTROL),
	    VERDICT_FAIL);
}
END_TEST

START_TEST(every_flaw_has_a_code_of_its_own)
{
	unsigned a, b;

	for (a = 1; a <= VERDICT_FLAW_CANARY; a <<= 1) {
		const char *code = verdict_flaw_code((enum verdict_flaw)a);

		if (a == VERDICT_FLAW_JOB_ERROR) {
			ck_assert_str_eq(code, "");
			continue;
		}
		ck_assert_str_ne(code, "");
		for (b = 1; b < a; b <<= 1)
			ck_assert_str_ne(
			    code, verdict_flaw_code((enum verdict_flaw)b));
	}
}
END_TEST

/* ---- repeats ---- */

START_TEST(no_repeats_say_none)
{
	size_t counts[VERDICT_COUNT];

	ck_assert_int_eq(verdict_over_repeats(NULL, 0, counts), VERDICT_NONE);
	ck_assert_uint_eq(counts[VERDICT_PASS], 0);
}
END_TEST

/* Every three repeats there can be. */
START_TEST(repeats_that_disagree_are_inconclusive_with_the_count)
{
	enum verdict r[3];
	size_t counts[VERDICT_COUNT], i, sum;
	enum verdict v;
	int n;

	for (n = 0; n < VERDICT_COUNT * VERDICT_COUNT * VERDICT_COUNT; n++) {
		r[0] = (enum verdict)(n % VERDICT_COUNT);
		r[1] = (enum verdict)(n / VERDICT_COUNT % VERDICT_COUNT);
		r[2] = (enum verdict)(n / VERDICT_COUNT / VERDICT_COUNT);
		v = verdict_over_repeats(r, 3, counts);
		if (r[0] == r[1] && r[1] == r[2])
			ck_assert_int_eq(v, r[0]);
		else
			ck_assert_int_eq(v, VERDICT_INCONC);
		for (i = sum = 0; i < VERDICT_COUNT; i++)
			sum += counts[i];
		ck_assert_uint_eq(sum, 3);
		ck_assert_uint_ge(counts[r[0]], 1);
		ck_assert_uint_ge(counts[r[2]], 1);
	}
}
END_TEST

/* ---- exit status ---- */

static struct verdict_run
run_of_bits(unsigned bits)
{
	struct verdict_run run = { .complete = (bits & 128) != 0,
		.bench_failed = (bits & 256) != 0 };
	unsigned i;

	for (i = 0; i < VERDICT_COUNT; i++)
		run.counts[i] = bits >> i & 1;
	return run;
}

START_TEST(the_exit_status_is_the_first_that_holds)
{
	unsigned bits, zeros = 0;

	for (bits = 0; bits < 512; bits++) {
		struct verdict_run run = run_of_bits(bits);
		int want = 0;

		if (run.counts[VERDICT_INCONC] || run.counts[VERDICT_NONE] ||
		    !run.complete)
			want = 2;
		if (run.counts[VERDICT_ERROR] || run.bench_failed)
			want = 3;
		if (run.counts[VERDICT_FAIL])
			want = 1;
		ck_assert_int_eq(verdict_exit_status(&run), want);
		zeros += want == 0;
	}
	/* complete, with any of na, info, pass and nothing else */
	ck_assert_uint_eq(zeros, 8);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("verdict_algebra");
	TCase *c = tcase_create("table");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_loop_test(c, a_jobs_end_is_judged_by_the_table, 0, NENDS);
	tcase_add_test(
	    c, only_a_job_that_nothing_speaks_against_keeps_its_passes);
	tcase_add_loop_test(c,
	    every_verdict_with_every_set_of_flaws_is_sealed_by_the_rule, 0,
	    VERDICT_COUNT);
	tcase_add_test(c, a_pass_is_sealed_only_without_any_flaw);
	tcase_add_test(
	    c, a_fail_stands_on_its_frames_however_lossy_the_capture);
	tcase_add_test(c, every_flaw_has_a_code_of_its_own);
	tcase_add_test(c, no_repeats_say_none);
	tcase_add_test(
	    c, repeats_that_disagree_are_inconclusive_with_the_count);
	tcase_add_test(c, the_exit_status_is_the_first_that_holds);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
