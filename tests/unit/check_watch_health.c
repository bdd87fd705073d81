/*
 * check_watch_health: the health of a device as a state machine: each input
 * carries its time, so nothing here waits.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "daemon/watch/watch_health.h"

#define S 1000000000ull
#define MS 1000000ull

static struct watch_health h;

static void
set_up(void)
{
	memset(&h, 0, sizeof(h));
}

/* A device that is up, with a median of 10 ms, after 16 seconds. */
static void
make_up(void)
{
	unsigned i;

	for (i = 0; i < WATCH_HEALTH_SAMPLES; i++) {
		(void)watch_health_on_round(&h, i * S);
		(void)watch_health_on_answer(&h, i * S + 10 * MS, 10 * MS);
	}
	ck_assert_int_eq(h.state, ASSAY_UP);
	ck_assert_uint_eq(h.median_ns, 10 * MS);
}

START_TEST(nothing_is_known_before_the_first_answer)
{
	ck_assert(!watch_health_on_round(&h, S));
	ck_assert_int_eq(h.state, 0);
	ck_assert(watch_health_on_answer(&h, S + 5, 5));
	ck_assert_int_eq(h.state, ASSAY_UP);
	ck_assert(!watch_health_on_answer(&h, S + 6, 6));
}
END_TEST

START_TEST(three_silent_seconds_are_down_and_not_two)
{
	ck_assert(!watch_health_on_round(&h, 1 * S));
	ck_assert(!watch_health_on_round(&h, 2 * S));
	ck_assert(!watch_health_on_round(&h, 3 * S));
	ck_assert_int_eq(h.state, 0);
	ck_assert(watch_health_on_round(&h, 4 * S));
	ck_assert_int_eq(h.state, ASSAY_DOWN);
	ck_assert(!watch_health_on_round(&h, 5 * S));
	ck_assert(watch_health_on_answer(&h, 5 * S + 1, 0));
	ck_assert_int_eq(h.state, ASSAY_UP);
}
END_TEST

START_TEST(an_answer_stamped_before_the_question_is_none)
{
	(void)watch_health_on_round(&h, 10 * S);
	ck_assert(!watch_health_on_answer(&h, 10 * S - 1, 1));
	ck_assert_int_eq(h.state, 0);
}
END_TEST

START_TEST(slow_is_four_times_the_median_and_over_50_ms)
{
	make_up();
	(void)watch_health_on_round(&h, 20 * S);
	ck_assert(!watch_health_on_answer(&h, 20 * S + 49 * MS, 49 * MS));
	ck_assert(watch_health_on_answer(&h, 20 * S + 51 * MS, 51 * MS));
	ck_assert_int_eq(h.state, ASSAY_SLOW);
}
END_TEST

START_TEST(a_device_that_was_always_slow_is_not_slow)
{
	unsigned i;

	for (i = 0; i < 20; i++) {
		(void)watch_health_on_round(&h, i * S);
		(void)watch_health_on_answer(&h, i * S + 300 * MS, 300 * MS);
	}
	ck_assert_int_eq(h.state, ASSAY_UP);
}
END_TEST

START_TEST(three_quick_answers_end_slow)
{
	make_up();
	(void)watch_health_on_answer(&h, 20 * S, 400 * MS);
	ck_assert_int_eq(h.state, ASSAY_SLOW);
	ck_assert(!watch_health_on_answer(&h, 21 * S, 10 * MS));
	ck_assert(!watch_health_on_answer(&h, 22 * S, 10 * MS));
	ck_assert(!watch_health_on_answer(&h, 22 * S, 0));
	ck_assert(watch_health_on_answer(&h, 23 * S, 10 * MS));
	ck_assert_int_eq(h.state, ASSAY_UP);
}
END_TEST

START_TEST(a_boot_counts_only_after_the_device_was_up_and_once)
{
	ck_assert(!watch_health_on_boot(&h, S));
	make_up();
	ck_assert(watch_health_on_boot(&h, 20 * S));
	ck_assert_int_eq(h.state, ASSAY_REBOOTED);
	ck_assert(watch_health_on_answer(&h, 21 * S, 0));
	ck_assert(!watch_health_on_boot(&h, 22 * S));
	ck_assert_int_eq(h.state, ASSAY_UP);
	/* One that boots for ever is told again. */
	ck_assert(watch_health_on_boot(&h, 30 * S));
}
END_TEST

START_TEST(a_lost_link_outlasts_silence_and_answers)
{
	make_up();
	ck_assert(watch_health_on_link(&h, false));
	ck_assert(!watch_health_on_link(&h, false));
	ck_assert(!watch_health_on_round(&h, 20 * S));
	ck_assert(!watch_health_on_round(&h, 21 * S));
	ck_assert(!watch_health_on_round(&h, 22 * S));
	ck_assert(!watch_health_on_round(&h, 23 * S));
	ck_assert(!watch_health_on_answer(&h, 23 * S, 1));
	ck_assert(!watch_health_on_boot(&h, 23 * S));
	ck_assert_int_eq(h.state, ASSAY_LINK_LOST);
	ck_assert(!watch_health_on_link(&h, true));
	/* The silence while the link was lost does not count. */
	ck_assert(!watch_health_on_round(&h, 24 * S));
	ck_assert(watch_health_on_answer(&h, 24 * S + 1, 1));
	ck_assert_int_eq(h.state, ASSAY_UP);
}
END_TEST

START_TEST(a_changed_address_lasts_until_the_next_answer)
{
	make_up();
	ck_assert(watch_health_on_address_changed(&h));
	ck_assert_int_eq(h.state, ASSAY_ADDRESS_CHANGED);
	ck_assert(watch_health_on_answer(&h, 20 * S, 0));
	ck_assert_int_eq(h.state, ASSAY_UP);
}
END_TEST

START_TEST(every_state_has_a_name)
{
	int i;

	ck_assert_str_eq(watch_health_name(0), "unknown");
	for (i = ASSAY_UP; i <= ASSAY_LINK_LOST; i++)
		ck_assert_str_ne(
		    watch_health_name((enum assay_health)i), "unknown");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("watch_health");
	TCase *t = tcase_create("watch_health");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, nothing_is_known_before_the_first_answer);
	tcase_add_test(t, three_silent_seconds_are_down_and_not_two);
	tcase_add_test(t, an_answer_stamped_before_the_question_is_none);
	tcase_add_test(t, slow_is_four_times_the_median_and_over_50_ms);
	tcase_add_test(t, a_device_that_was_always_slow_is_not_slow);
	tcase_add_test(t, three_quick_answers_end_slow);
	tcase_add_test(t, a_boot_counts_only_after_the_device_was_up_and_once);
	tcase_add_test(t, a_lost_link_outlasts_silence_and_answers);
	tcase_add_test(t, a_changed_address_lasts_until_the_next_answer);
	tcase_add_test(t, every_state_has_a_name);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
