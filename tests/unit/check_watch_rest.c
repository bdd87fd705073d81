/*
 * check_watch_rest: a device at rest: each input carries its time.
 */
#include <string.h>

#include <check.h>

#include "daemon/watch/watch_rest.h"

#define S 1000000000ull
#define MS 1000000ull

static struct watch_rest r;
static struct watch_rested got;

static void
set_up(void)
{
	memset(&r, 0, sizeof(r));
}

static void
round_answered(uint64_t at_ns, uint64_t rtt_ns)
{
	watch_rest_on_round(&r, at_ns);
	watch_rest_on_answer(&r, at_ns + rtt_ns, rtt_ns);
}

START_TEST(nothing_counts_before_rest_begins)
{
	round_answered(S, MS);
	watch_rest_on_boot(&r, 2 * S);
	watch_rest_on_reconnect(&r, 2 * S);
	watch_rest_on_silence(&r, 2 * S);
	watch_rest_read(&r, 3 * S, &got);
	ck_assert_uint_eq(got.observed_ns, 0);
	ck_assert_uint_eq(got.first_ns, 0);
	ck_assert_uint_eq(got.rounds + got.answered + got.reboots, 0);
	ck_assert_uint_eq(got.reconnects + got.wakes, 0);
	ck_assert_uint_eq(got.median_ns + got.awake_ns + got.asleep_ns, 0);
}
END_TEST

START_TEST(time_at_rest_is_counted_over_all_its_spells)
{
	watch_rest_begin(&r, 10 * S);
	watch_rest_begin(&r, 12 * S); /* it has begun */
	watch_rest_read(&r, 15 * S, &got);
	ck_assert_uint_eq(got.observed_ns, 5 * S);
	watch_rest_pause(&r, 20 * S);
	watch_rest_read(&r, 100 * S, &got);
	ck_assert_uint_eq(got.observed_ns, 10 * S);
	/* What was done to it is not over at once. */
	watch_rest_begin(&r, 100 * S);
	watch_rest_read(&r, 105 * S, &got);
	ck_assert_uint_eq(got.observed_ns, 10 * S);
	watch_rest_read(&r, 113 * S, &got);
	ck_assert_uint_eq(got.observed_ns, 13 * S);
	ck_assert_uint_eq(got.first_ns, 10 * S);
	watch_rest_pause(&r, 105 * S); /* no time is taken back */
	watch_rest_read(&r, 105 * S, &got);
	ck_assert_uint_eq(got.observed_ns, 10 * S);
}
END_TEST

START_TEST(a_boot_counts_only_at_rest)
{
	watch_rest_begin(&r, 1 * S);
	watch_rest_on_boot(&r, 2 * S);
	watch_rest_pause(&r, 3 * S);
	watch_rest_on_boot(&r, 4 * S);
	watch_rest_begin(&r, 5 * S);
	watch_rest_on_boot(&r, 6 * S); /* the probe's doing, perhaps */
	watch_rest_read(&r, 6 * S, &got);
	ck_assert_uint_eq(got.reboots, 1);
	ck_assert_uint_eq(got.last_reboot_ns, 2 * S);
	watch_rest_on_boot(&r, 5 * S + WATCH_REST_SETTLE_NS);
	watch_rest_read(&r, 20 * S, &got);
	ck_assert_uint_eq(got.reboots, 2);
}
END_TEST

START_TEST(latency_is_the_median_and_the_95th_percentile)
{
	unsigned i;

	watch_rest_begin(&r, S);
	for (i = 1; i <= 100; i++)
		round_answered((1 + i) * S, i * MS);
	watch_rest_on_answer(&r, 200 * S, 0); /* not measured */
	watch_rest_read(&r, 200 * S, &got);
	ck_assert_uint_eq(got.median_ns, 50 * MS);
	ck_assert_uint_eq(got.p95_ns, 95 * MS);
	ck_assert_uint_eq(got.rounds, 100);
	ck_assert_uint_eq(got.answered, 100);
}
END_TEST

START_TEST(one_round_trip_is_median_and_percentile)
{
	watch_rest_begin(&r, S);
	round_answered(2 * S, 7 * MS);
	watch_rest_read(&r, 3 * S, &got);
	ck_assert_uint_eq(got.median_ns, 7 * MS);
	ck_assert_uint_eq(got.p95_ns, 7 * MS);
}
END_TEST

START_TEST(the_newest_round_trips_are_kept)
{
	unsigned i;

	watch_rest_begin(&r, S);
	for (i = 0; i < WATCH_REST_SAMPLES; i++)
		round_answered((2 + i) * S, MS);
	for (i = 0; i < WATCH_REST_SAMPLES; i++)
		round_answered((1000 + i) * S, 9 * MS);
	watch_rest_read(&r, 3000 * S, &got);
	ck_assert_uint_eq(got.median_ns, 9 * MS);
}
END_TEST

START_TEST(a_round_is_answered_once)
{
	watch_rest_begin(&r, S);
	watch_rest_on_round(&r, 2 * S);
	watch_rest_on_answer(&r, 2 * S + 1, 1);
	watch_rest_on_answer(&r, 2 * S + 2, 2);
	watch_rest_on_round(&r, 3 * S);
	watch_rest_read(&r, 4 * S, &got);
	ck_assert_uint_eq(got.rounds, 2);
	ck_assert_uint_eq(got.answered, 1);
}
END_TEST

START_TEST(a_sleeper_shows_when_it_is_awake)
{
	watch_rest_begin(&r, 1 * S);
	round_answered(2 * S, MS);
	round_answered(4 * S, MS);
	watch_rest_on_silence(&r, 8 * S);
	watch_rest_read(&r, 9 * S + MS, &got);
	ck_assert_uint_eq(got.awake_ns, 2 * S);
	ck_assert_uint_eq(got.asleep_ns, 5 * S);
	ck_assert_uint_eq(got.wakes, 0);
	round_answered(14 * S, MS);
	round_answered(15 * S, MS);
	watch_rest_on_silence(&r, 19 * S);
	watch_rest_on_silence(&r, 20 * S); /* it sleeps already */
	round_answered(21 * S, MS);
	watch_rest_read(&r, 22 * S, &got);
	ck_assert_uint_eq(got.wakes, 2);
	ck_assert_uint_eq(got.awake_ns, 3 * S);
	ck_assert_uint_eq(got.asleep_ns, 16 * S);
	ck_assert_uint_eq(got.asleep_max_ns, 10 * S);
}
END_TEST

START_TEST(what_lies_between_two_spells_is_neither_sleep_nor_waking)
{
	watch_rest_begin(&r, 1 * S);
	round_answered(2 * S, MS);
	watch_rest_pause(&r, 3 * S);
	watch_rest_begin(&r, 100 * S);
	round_answered(120 * S, MS);
	round_answered(121 * S, MS);
	watch_rest_read(&r, 122 * S, &got);
	ck_assert_uint_eq(got.wakes, 0);
	ck_assert_uint_eq(got.awake_ns, 1 * S);
	ck_assert_uint_eq(got.asleep_ns, 0);
}
END_TEST

START_TEST(reconnects_are_counted)
{
	watch_rest_begin(&r, 1 * S);
	watch_rest_on_reconnect(&r, 2 * S);
	watch_rest_on_reconnect(&r, 3 * S);
	watch_rest_read(&r, 4 * S, &got);
	ck_assert_uint_eq(got.reconnects, 2);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("watch_rest");
	TCase *t = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, nothing_counts_before_rest_begins);
	tcase_add_test(t, time_at_rest_is_counted_over_all_its_spells);
	tcase_add_test(t, a_boot_counts_only_at_rest);
	tcase_add_test(t, latency_is_the_median_and_the_95th_percentile);
	tcase_add_test(t, one_round_trip_is_median_and_percentile);
	tcase_add_test(t, the_newest_round_trips_are_kept);
	tcase_add_test(t, a_round_is_answered_once);
	tcase_add_test(t, a_sleeper_shows_when_it_is_awake);
	tcase_add_test(
	    t, what_lies_between_two_spells_is_neither_sleep_nor_waking);
	tcase_add_test(t, reconnects_are_counted);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
