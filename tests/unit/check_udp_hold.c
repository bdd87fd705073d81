/*
 * check_udp_hold: a service that keeps something of everyone who asks (a
 * handshake begun) is left with one of a sweep.
 */
#include <check.h>

#include "tests/unit/udp_rig.h"

#define MS UINT64_C(1000000)
#define SECOND UINT64_C(1000000000)

/* A handshake begun is kept by the device, and it keeps few. */
static void
hold_684(void)
{
	assay_ports_add(&udp_rig.device.open, 684, 684);
	assay_ports_add(&udp_rig.first, 684, 684);
	assay_ports_add(&udp_rig.holding, 684, 684);
	udp_rig.spec.first = &udp_rig.first;
	udp_rig.spec.holding = &udp_rig.holding;
	udp_rig.device.holds = 684;
	udp_rig.device.holds_most = 1;
}

START_TEST(one_handshake_is_begun_and_it_is_no_responder)
{
	udp_rig_seed(_i);
	hold_684();
	udp_rig_limit4();
	udp_rig.device.lose_percent = _i % 2 == 0 ? 0 : 10;
	fake_job_sources(udp_rig.job, 240);
	udp_rig_go(600 * SECOND);
	udp_rig_is_right();
	ck_assert_uint_eq(udp_rig.device.nhandshakes, 1);
	/* Until it was heard; and at most once more, before any other was. */
	ck_assert_uint_le(udp_rig.device.times[684], 8);
	ck_assert_uint_ne(udp_rig.got.responder, 684);
}
END_TEST

/* Nobody else answers: it tells of all that is silent, from one port. */
START_TEST(one_handshake_is_enough_for_a_responder)
{
	udp_rig_seed(_i);
	hold_684();
	assay_ports_add(&udp_rig.device.silent, 1, 683);
	assay_ports_add(&udp_rig.device.silent, 685, 1000);
	udp_rig.device.lose_percent = _i % 2 == 0 ? 0 : 10;
	fake_job_sources(udp_rig.job, 240);
	udp_rig_go(600 * SECOND);
	udp_rig_is_right();
	ck_assert_uint_eq(udp_rig.device.nhandshakes, 1);
	ck_assert_uint_gt(udp_rig.device.times[684], 8);
	ck_assert_uint_eq(udp_rig.got.responder, 684);
}
END_TEST

/* The same, asleep in between: it may not be settled, but costs no more. */
START_TEST(a_sleeper_is_left_with_one_handshake)
{
	udp_rig_seed(_i);
	hold_684();
	assay_ports_add(&udp_rig.device.silent, 1, 683);
	assay_ports_add(&udp_rig.device.silent, 685, 1000);
	udp_rig.device.awake_ns = 400 * MS;
	udp_rig.device.asleep_ns = 800 * MS;
	udp_rig_go(2000 * SECOND);
	ck_assert(assay_ports_has(&udp_rig.got.open, 684));
	ck_assert_uint_eq(assay_ports_count(&udp_rig.got.open), 1);
	ck_assert_uint_eq(udp_rig.device.nhandshakes, 1);
}
END_TEST

/* Who keeps our own address out may still take another. */
START_TEST(one_that_holds_is_asked_from_elsewhere_when_it_is_silent)
{
	hold_684();
	udp_rig_limit4();
	udp_rig.device.shuns_first = true;
	udp_rig.device.holds_most = 10;
	fake_job_sources(udp_rig.job, 240);
	udp_rig_go(600 * SECOND);
	udp_rig_is_right();
	ck_assert_uint_le(udp_rig.device.nhandshakes, 10);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("udp_hold");
	TCase *tc = tcase_create("sweep");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, udp_rig_setup, udp_rig_teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(
	    tc, one_handshake_is_begun_and_it_is_no_responder, 0, 20);
	tcase_add_loop_test(tc, one_handshake_is_enough_for_a_responder, 0, 20);
	tcase_add_loop_test(tc, a_sleeper_is_left_with_one_handshake, 0, 5);
	tcase_add_test(
	    tc, one_that_holds_is_asked_from_elsewhere_when_it_is_silent);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
