/*
 * check_worker_chance: how many silences are enough.
 */
#include <stdlib.h>

#include <check.h>

#include "daemon/worker/worker_chance.h"

START_TEST(few_checks_show_little)
{
	ck_assert_double_eq(worker_chance_loss(0, 0), 0.5);
	ck_assert_double_eq(worker_chance_loss(0, 998), 0.001);
	ck_assert_double_eq(worker_chance_loss(4, 8), 0.5);
}
END_TEST

START_TEST(loss_to_the_tries_is_below_one_in_a_million)
{
	static const struct {
		double loss;
		uint32_t tries;
	} cases[] = { { 0, 2 }, { 0.00099, 2 }, { 0.00101, 3 }, { 0.0099, 3 },
		{ 0.0101, 4 }, { 0.099, 6 }, { 0.101, 7 }, { 0.37, 14 } };
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_uint_eq(
		    worker_chance_tries(cases[i].loss), cases[i].tries);
}
END_TEST

START_TEST(too_much_loss_is_said_to_be_too_much)
{
	ck_assert_uint_gt(worker_chance_tries(0.38), WORKER_CHANCE_TRIES_MOST);
	ck_assert_uint_gt(worker_chance_tries(1), WORKER_CHANCE_TRIES_MOST);
}
END_TEST

START_TEST(dice_show_every_number_and_no_other)
{
	uint64_t dice = 1;
	unsigned seen[6] = { 0 }, i;
	uint32_t n;

	for (i = 0; i < 6000; i++) {
		n = worker_chance_roll(&dice, 6);
		ck_assert_uint_lt(n, 6);
		seen[n]++;
	}
	for (i = 0; i < 6; i++) {
		ck_assert_uint_gt(seen[i], 850);
		ck_assert_uint_lt(seen[i], 1150);
	}
	ck_assert_uint_eq(worker_chance_roll(&dice, 1), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("worker_chance");
	TCase *t = tcase_create("all");
	SRunner *r;
	int failed;

	tcase_add_test(t, few_checks_show_little);
	tcase_add_test(t, loss_to_the_tries_is_below_one_in_a_million);
	tcase_add_test(t, too_much_loss_is_said_to_be_too_much);
	tcase_add_test(t, dice_show_every_number_and_no_other);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
