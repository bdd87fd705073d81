/*
 * check_series: many exchanges with one port, over a fake job: as many at a
 * time as the device bears, each with its own tag, and an end.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "tests/unit/fake_job.h"

#define MS UINT64_C(1000000)

static const struct assay_claim claims[] = {
	{ "TEST-01", ASSAY_BEHAVIOUR },
	{ .check = NULL },
};
static const struct assay_field fields[] = {
	{ "number", ASSAY_TYPE_U64, "", "a number" },
	{ .name = NULL },
};
static const struct assay_reason reasons[] = {
	{ "series.said", "" },
	{ .code = NULL },
};

static struct {
	struct assay_series *series;
	uint32_t asked, most; /* questions */
	uint32_t answered, ends;
	unsigned under_way, peak;
	uint64_t alone_ns, each_ns; /* the device: so long, and for each more */
	enum assay_talk_end how;
	uint32_t stop_after; /* 0: never */
	uint32_t wait_at;    /* nothing to ask until this was answered */
	/* The device turns away so who comes beside another, or everybody. */
	enum assay_talk_end turns_away; /* 0: nobody */
	bool turns_all_away;
	uint64_t busy_until_ns;
	uint32_t turned_away;
} t;

static size_t
next(struct assay_job *job, void *arg, uint8_t *say, uint32_t *tag)
{
	(void)job;
	(void)arg;
	if (t.asked == t.most)
		return 0;
	if (t.wait_at != 0 && t.asked == t.wait_at && t.answered < t.wait_at)
		return 0;
	say[0] = (uint8_t)t.asked;
	*tag = t.asked++;
	return 1;
}

static void
on_talked(struct assay_job *job, void *arg, uint32_t tag,
    const struct assay_talked *talked)
{
	(void)job;
	(void)arg;
	if (t.turns_all_away) {
		ck_assert_uint_eq(talked->nheard, 0);
	} else {
		ck_assert_uint_eq(talked->heard[0], (uint8_t)tag);
		ck_assert_int_eq(talked->end, t.how);
	}
	t.under_way -= t.turns_all_away ? 0 : 1;
	t.answered++;
	if (t.answered == t.stop_after)
		assay_series_stop(t.series);
}

static void
on_end(struct assay_job *job, void *arg)
{
	(void)arg;
	t.ends++;
	ck_assert_uint_eq(t.under_way, 0);
	assay_finish(job);
}

static void
run(struct assay_job *job)
{
	const struct assay_series_spec spec = {
		.talk = { .target = assay_target_at(job, 0), .port = 443 },
		.most = 16,
		.next = next,
		.on_talked = on_talked,
		.on_end = on_end,
	};

	t.series = assay_series_start(job, &spec);
}

static void
judge(struct assay_job *job)
{
	(void)job;
}

static const struct assay_probe probe = {
	.abi = ASSAY_ABI,
	.size = sizeof(struct assay_probe),
	.name = "series",
	.title = "nothing is asked",
	.method = 1,
	.claims = claims,
	.observations = fields,
	.reasons = reasons,
	.needs = ASSAY_NEED_TCP,
	.medium = ASSAY_MEDIUM_IP,
	.timeout_ms = 1000,
	.run = run,
	.judge = judge,
};

static void
device(void *arg, struct assay_job *job, struct fake_job_talk *talk)
{
	const uint64_t now = assay_now_ns(job);

	(void)arg;
	if (t.turns_away != 0 && (t.turns_all_away || now < t.busy_until_ns)) {
		talk->end = t.turns_away;
		talk->took_ns = t.alone_ns / 2;
		t.turned_away++;
		return;
	}
	t.busy_until_ns = now + t.alone_ns;
	t.under_way++;
	if (t.under_way > t.peak)
		t.peak = t.under_way;
	talk->end = t.how;
	talk->heard[0] = *(const uint8_t *)talk->spec->say;
	talk->nheard = 1;
	talk->took_ns = t.alone_ns + t.each_ns * (t.under_way - 1);
}

static struct assay_job *job;

static void
setup(void)
{
	memset(&t, 0, sizeof(t));
	t.most = 200;
	t.alone_ns = MS / 5;
	t.how = ASSAY_TALK_ANSWERED;
	job = fake_job_new(&probe);
	fake_job_add_target_text(job, "10.77.0.10");
	fake_job_on_talk(job, device, NULL);
}

static void
teardown(void)
{
	assay_series_free(t.series);
	fake_job_free(job);
}

START_TEST(a_fast_device_is_asked_ever_more_at_a_time)
{
	struct assay_series_stats stats;

	ck_assert(fake_job_all(job, 10000 * MS));
	assay_series_stats(t.series, &stats);
	ck_assert_uint_eq(t.answered, 200);
	ck_assert_uint_eq(t.ends, 1);
	ck_assert_uint_eq(t.peak, 16);
	ck_assert_uint_eq(stats.peak, 16);
	ck_assert_uint_eq(stats.exchanges, 200);
	ck_assert_uint_eq(stats.slowed, 0);
	ck_assert_uint_eq(stats.fastest_ns, MS / 5);
}
END_TEST

/* Of one that does one thing after the other, more at a time is no faster. */
START_TEST(a_slow_device_is_asked_one_at_a_time)
{
	struct assay_series_stats stats;

	t.alone_ns = 500 * MS;
	t.each_ns = 600 * MS;
	t.most = 40;
	ck_assert(fake_job_all(job, 100000 * MS));
	assay_series_stats(t.series, &stats);
	ck_assert_uint_eq(t.answered, 40);
	ck_assert_uint_le(t.peak, 3); /* tried, and given up */
	ck_assert_uint_ge(stats.slowed, 1);
	ck_assert_uint_le(stats.slowed, 5); /* seldom tried again */
}
END_TEST

START_TEST(who_does_not_answer_is_asked_one_at_a_time)
{
	t.how = ASSAY_TALK_TIMEOUT;
	t.most = 20;
	ck_assert(fake_job_all(job, 100000 * MS));
	ck_assert_uint_eq(t.answered, 20);
	ck_assert_uint_eq(t.peak, 1);
}
END_TEST

/* That an end beside another says nothing of the question: each is answered. */
START_TEST(who_has_one_session_at_a_time_turns_no_question_away)
{
	struct assay_series_stats stats;

	t.turns_away = _i == 0 ? ASSAY_TALK_CLOSED : ASSAY_TALK_REFUSED;
	ck_assert(fake_job_all(job, 10000 * MS));
	assay_series_stats(t.series, &stats);
	ck_assert_uint_eq(t.answered, 200);
	ck_assert_uint_eq(t.asked, 200);
	ck_assert_uint_eq(t.ends, 1);
	ck_assert_uint_eq(t.peak, 1);
	ck_assert_uint_ge(t.turned_away, 1);
	ck_assert_uint_eq(stats.exchanges, 200 + t.turned_away);
	ck_assert_uint_lt(t.turned_away, 50); /* seldom tried again */
}
END_TEST

START_TEST(who_turns_everybody_away_is_asked_twice_at_most)
{
	t.turns_away = ASSAY_TALK_CLOSED;
	t.turns_all_away = true;
	ck_assert(fake_job_all(job, 10000 * MS));
	ck_assert_uint_eq(t.answered, 200);
	ck_assert_uint_eq(t.ends, 1);
	ck_assert_uint_lt(t.turned_away, 300);
}
END_TEST

START_TEST(a_stop_leaves_nobody_without_an_answer)
{
	t.turns_away = ASSAY_TALK_CLOSED;
	t.stop_after = 3;
	ck_assert(fake_job_all(job, 10000 * MS));
	ck_assert_uint_eq(t.answered, t.asked);
	ck_assert_uint_eq(t.ends, 1);
}
END_TEST

START_TEST(what_depends_on_an_answer_waits_for_it)
{
	t.wait_at = 30;
	ck_assert(fake_job_all(job, 10000 * MS));
	ck_assert_uint_eq(t.answered, 200);
	ck_assert_uint_eq(t.ends, 1);
}
END_TEST

START_TEST(a_stop_lets_what_is_under_way_end)
{
	t.stop_after = 50;
	ck_assert(fake_job_all(job, 10000 * MS));
	ck_assert_uint_eq(t.ends, 1);
	ck_assert_uint_eq(t.answered, t.asked);
	ck_assert_uint_lt(t.asked, 50 + 16);
}
END_TEST

START_TEST(nothing_to_ask_is_an_end)
{
	t.most = 0;
	ck_assert(fake_job_all(job, 1000 * MS));
	ck_assert_uint_eq(t.ends, 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("series");
	TCase *tc = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_fast_device_is_asked_ever_more_at_a_time);
	tcase_add_test(tc, a_slow_device_is_asked_one_at_a_time);
	tcase_add_test(tc, who_does_not_answer_is_asked_one_at_a_time);
	tcase_add_loop_test(
	    tc, who_has_one_session_at_a_time_turns_no_question_away, 0, 2);
	tcase_add_test(tc, who_turns_everybody_away_is_asked_twice_at_most);
	tcase_add_test(tc, a_stop_leaves_nobody_without_an_answer);
	tcase_add_test(tc, what_depends_on_an_answer_waits_for_it);
	tcase_add_test(tc, a_stop_lets_what_is_under_way_end);
	tcase_add_test(tc, nothing_to_ask_is_an_end);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
