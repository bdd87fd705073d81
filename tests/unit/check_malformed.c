/*
 * check_malformed: the loop of cases and controls over a fake job, against a
 * device that is told by which case it falls, for how long, and how often.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "tests/unit/fake_job.h"

#define MS UINT64_C(1000000)
#define SECOND (1000 * MS)
#define NEVER SIZE_MAX
#define CASES 100

static const struct assay_claim claims[] = {
	{ "TEST-01", ASSAY_BEHAVIOUR },
	{ .check = NULL },
};
static const struct assay_field fields[] = {
	{ "number", ASSAY_TYPE_U64, "", "a number" },
	{ .name = NULL },
};
static const struct assay_reason reasons[] = {
	{ "malformed.said", "" },
	{ .code = NULL },
};

static struct {
	struct assay_malformed *m;
	/* the device */
	size_t killer, other; /* cases; NEVER: none */
	unsigned deaths;      /* that killer still brings about */
	uint64_t down_ns;     /* for so long, by the killer or of itself */
	uint64_t back_ns;     /* when it answers again */
	uint64_t takes_ns;    /* an answer */
	bool all_kill;        /* from the killer on */
	bool only_seen;       /* it answers all along: the watch alone knows */
	size_t dies_before;   /* of itself, when this case would be asked */
	size_t reaches_not;   /* a case that gets no connection */
	bool is_ours;         /* the bench is down, not the device */
	bool is_deaf;         /* not one control is good */
	/* what was asked */
	unsigned asked[CASES], controls, since_control, most_between;
	size_t under_way; /* case; NEVER: a control */
	uint16_t port;
	/* what came of it */
	struct assay_malformed_offender offenders[8];
	size_t noffenders;
	struct assay_malformed_result result;
	bool has_ended;
} t;

static struct assay_job *job;

static void
fall(struct assay_job *j, uint64_t for_ns)
{
	if (t.only_seen)
		fake_job_health(j, ASSAY_REBOOTED, 0);
	else
		t.back_ns = assay_now_ns(j) + for_ns;
}

static void
on_told(struct assay_job *j, void *arg)
{
	const size_t which = t.under_way;
	const bool is_down = t.is_deaf || assay_now_ns(j) < t.back_ns;
	enum assay_malformed_went went = ASSAY_MALFORMED_FINE;

	(void)arg;
	if (is_down)
		went =
		    t.is_ours ? ASSAY_MALFORMED_OURS : ASSAY_MALFORMED_UNASKED;
	else if (which != NEVER && which == t.reaches_not)
		went = ASSAY_MALFORMED_UNASKED;
	else if (which != NEVER) {
		t.asked[which]++;
		t.since_control++;
		if ((which == t.killer || which == t.other ||
			(t.all_kill && which > t.killer)) &&
		    t.deaths > 0) {
			t.deaths--;
			fall(j, t.down_ns);
		}
	}
	if (which == NEVER) {
		t.controls++;
		t.since_control = 0;
	}
	if (t.since_control > t.most_between)
		t.most_between = t.since_control;
	assay_malformed_told(t.m, went, ++t.port);
}

static struct assay_timer *answers;

static void
ask(struct assay_job *j, void *arg, size_t which)
{
	(void)arg;
	ck_assert_uint_lt(which, CASES);
	if (which == t.dies_before) {
		t.dies_before = NEVER;
		fall(j, t.down_ns);
	}
	t.under_way = which;
	assay_timer_set(answers, t.takes_ns);
}

static void
control(struct assay_job *j, void *arg)
{
	(void)j;
	(void)arg;
	t.under_way = NEVER;
	assay_timer_set(answers, t.takes_ns);
}

static void
on_offender(
    struct assay_job *j, void *arg, const struct assay_malformed_offender *o)
{
	(void)j;
	(void)arg;
	t.offenders[t.noffenders++] = *o;
}

static void
on_end(struct assay_job *j, void *arg, const struct assay_malformed_result *r)
{
	(void)arg;
	t.result = *r;
	t.has_ended = true;
	assay_malformed_free(t.m);
	t.m = NULL;
	assay_finish(j);
}

static void
on_health(struct assay_job *j, enum assay_health health)
{
	(void)j;
	assay_malformed_health(t.m, health);
}

static void
run(struct assay_job *j)
{
	const struct assay_malformed_spec spec = { .n = CASES,
		.batch = 16,
		.patience_ns = 10 * SECOND,
		.pause_ns = 100 * MS,
		.ask = ask,
		.control = control,
		.on_offender = on_offender,
		.on_end = on_end };

	assay_on_health(j, on_health);
	answers = assay_timer_new(j, on_told, NULL);
	t.m = assay_malformed_start(j, &spec);
}

static void
judge(struct assay_job *j)
{
	(void)j;
	assay_timer_free(answers);
	assay_malformed_free(t.m);
}

static const struct assay_probe probe = {
	.abi = ASSAY_ABI,
	.size = sizeof(struct assay_probe),
	.name = "malformed",
	.title = "nothing is asked",
	.method = 1,
	.claims = claims,
	.observations = fields,
	.reasons = reasons,
	.medium = ASSAY_MEDIUM_IP,
	.timeout_ms = 1000,
	.run = run,
	.judge = judge,
};

static void
setup(void)
{
	memset(&t, 0, sizeof(t));
	t.killer = t.other = t.dies_before = t.reaches_not = NEVER;
	t.deaths = 1000;
	t.down_ns = SECOND;
	t.takes_ns = MS;
	job = fake_job_new(&probe);
	fake_job_add_target_text(job, "10.77.0.10");
}

static void
teardown(void)
{
	fake_job_free(job);
}

static void
go(enum assay_malformed_end end)
{
	ck_assert(fake_job_all(job, 600 * SECOND));
	ck_assert(t.has_ended);
	ck_assert_int_eq(t.result.end, end);
}

static void
all_were_asked(void)
{
	size_t i;

	for (i = 0; i < CASES; i++)
		ck_assert_uint_ge(t.asked[i], 1);
	ck_assert_uint_eq(t.result.settled, CASES);
}

START_TEST(a_good_device_is_asked_all_once)
{
	size_t i;

	go(ASSAY_MALFORMED_COMPLETE);
	for (i = 0; i < CASES; i++)
		ck_assert_uint_eq(t.asked[i], 1);
	ck_assert_uint_eq(t.most_between, 16);
	ck_assert_uint_eq(t.controls, 8); /* one before, one behind each */
	ck_assert_uint_eq(t.noffenders, 0);
	ck_assert_uint_eq(t.result.unexplained, 0);
	ck_assert_uint_eq(t.result.settled, CASES);
}
END_TEST

/* Wherever it is: in a batch, at its ends, first and last of all. */
START_TEST(the_offender_is_named)
{
	static const size_t at[] = { 0, 15, 16, 40, CASES - 1 };
	const struct assay_malformed_offender *o = &t.offenders[0];

	t.killer = at[_i];
	go(ASSAY_MALFORMED_COMPLETE);
	ck_assert_uint_eq(t.noffenders, 1);
	ck_assert_uint_eq(o->which, at[_i]);
	ck_assert_uint_eq(o->asked, 2);
	ck_assert_uint_eq(o->bad, 2);
	ck_assert_uint_ge(o->away_ns, 800 * MS);
	/* Its frames: the control before, it, and the one behind. */
	ck_assert_uint_lt(o->trials[0].before, o->trials[0].asked);
	ck_assert_uint_eq(o->trials[0].behind, o->trials[0].asked + 1);
	ck_assert_uint_gt(o->trials[1].before, o->trials[0].behind);
	ck_assert(o->trials[0].was_bad && o->trials[1].was_bad);
	all_were_asked();
	ck_assert_uint_eq(t.asked[at[_i]], 3);
	ck_assert_uint_eq(t.result.unexplained, 0);
	ck_assert_uint_eq(t.result.offenders, 1);
}
END_TEST

START_TEST(two_offenders_in_a_batch_are_told_apart)
{
	t.killer = 35;
	t.other = 38;
	go(ASSAY_MALFORMED_COMPLETE);
	ck_assert_uint_eq(t.noffenders, 2);
	ck_assert_uint_eq(t.offenders[0].which, 35);
	ck_assert_uint_eq(t.offenders[1].which, 38);
	all_were_asked();
}
END_TEST

START_TEST(what_the_watch_alone_sees_counts)
{
	t.killer = 40;
	t.only_seen = true;
	go(ASSAY_MALFORMED_COMPLETE);
	ck_assert_uint_eq(t.noffenders, 1);
	ck_assert_uint_eq(t.offenders[0].which, 40);
	ck_assert_uint_eq(t.offenders[0].away_ns, 0);
}
END_TEST

/* 1: in the batch alone; 2: once more alone; 3: twice alone, so that it is. */
START_TEST(what_is_not_so_again_names_nobody)
{
	t.killer = 40;
	t.deaths = (unsigned)_i;
	go(ASSAY_MALFORMED_COMPLETE);
	ck_assert_uint_eq(t.noffenders, _i == 3 ? 1 : 0);
	ck_assert_uint_eq(t.result.unexplained, _i == 3 ? 0 : 1);
	if (_i < 3) {
		ck_assert_uint_le(t.result.from, 40);
		ck_assert_uint_gt(t.result.to, 40);
		ck_assert_uint_eq(t.result.to - t.result.from,
		    _i == 1 ? t.result.to - 32 : 1);
	}
	if (_i == 2)
		ck_assert_uint_eq(t.asked[40], 4);
	all_were_asked();
}
END_TEST

START_TEST(who_does_not_come_back_is_gone)
{
	t.killer = 40;
	t.down_ns = 10000 * SECOND;
	go(ASSAY_MALFORMED_GONE);
	ck_assert_uint_eq(t.noffenders, 0);
	ck_assert_uint_eq(t.result.from, 32);
	ck_assert_uint_eq(t.result.to, 41);
	ck_assert_uint_eq(t.result.settled, 32);
	ck_assert_uint_ne(t.result.control, 0);
	ck_assert_uint_lt(t.controls, 200);
}
END_TEST

START_TEST(who_goes_away_by_itself_names_nobody)
{
	t.dies_before = 32;
	go(ASSAY_MALFORMED_COMPLETE);
	ck_assert_uint_eq(t.noffenders, 0);
	ck_assert_uint_eq(t.result.unexplained, 1);
	all_were_asked();
}
END_TEST

static void
fall_time_and_again(struct assay_job *j, void *arg)
{
	(void)arg;
	if (t.has_ended)
		return;
	fall(j, t.down_ns);
	fake_job_at(j, 3 * SECOND, fall_time_and_again, NULL);
}

START_TEST(who_falls_time_and_again_is_left)
{
	t.down_ns = 2500 * MS;
	t.takes_ns = 30 * MS;
	fake_job_at(job, 200 * MS, fall_time_and_again, NULL);
	go(ASSAY_MALFORMED_ENOUGH);
	ck_assert_uint_eq(t.noffenders, 0);
	ck_assert_uint_eq(t.result.unexplained, 4);
}
END_TEST

START_TEST(many_offenders_are_enough)
{
	t.killer = 10;
	t.all_kill = true;
	go(ASSAY_MALFORMED_ENOUGH);
	ck_assert_uint_eq(t.noffenders, 4);
	ck_assert_uint_eq(t.offenders[3].which, 13);
	ck_assert_uint_eq(t.result.settled, 14);
}
END_TEST

START_TEST(our_own_trouble_is_nobodys_fault)
{
	t.dies_before = 40;
	t.is_ours = true;
	if (_i == 1)
		t.down_ns = 10000 * SECOND;
	go(_i == 1 ? ASSAY_MALFORMED_BENCH : ASSAY_MALFORMED_COMPLETE);
	ck_assert_uint_eq(t.noffenders, 0);
	ck_assert_uint_eq(t.result.unexplained, 0);
	if (_i == 0)
		all_were_asked();
}
END_TEST

START_TEST(a_case_that_never_arrives_is_counted)
{
	static const size_t at[] = { 0, 40, CASES - 1 };

	t.reaches_not = at[_i];
	go(ASSAY_MALFORMED_COMPLETE);
	ck_assert_uint_eq(t.result.unasked, 1);
	ck_assert_uint_eq(t.asked[at[_i]], 0);
	ck_assert_uint_eq(t.result.unexplained, 0);
	ck_assert_uint_eq(t.result.settled, CASES);
}
END_TEST

START_TEST(without_a_good_control_nothing_is_asked)
{
	size_t i;

	t.is_deaf = true;
	go(ASSAY_MALFORMED_NO_CONTROL);
	for (i = 0; i < CASES; i++)
		ck_assert_uint_eq(t.asked[i], 0);
	ck_assert_uint_eq(t.controls, 3);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("malformed");
	TCase *tc = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, a_good_device_is_asked_all_once);
	tcase_add_loop_test(tc, the_offender_is_named, 0, 5);
	tcase_add_test(tc, two_offenders_in_a_batch_are_told_apart);
	tcase_add_test(tc, what_the_watch_alone_sees_counts);
	tcase_add_loop_test(tc, what_is_not_so_again_names_nobody, 1, 4);
	tcase_add_test(tc, who_does_not_come_back_is_gone);
	tcase_add_test(tc, who_goes_away_by_itself_names_nobody);
	tcase_add_test(tc, who_falls_time_and_again_is_left);
	tcase_add_test(tc, many_offenders_are_enough);
	tcase_add_loop_test(tc, our_own_trouble_is_nobodys_fault, 0, 2);
	tcase_add_loop_test(tc, a_case_that_never_arrives_is_counted, 0, 3);
	tcase_add_test(tc, without_a_good_control_nothing_is_asked);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
