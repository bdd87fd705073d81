/*
 * check_udp_sweep: every port of a device is read as it is, whatever limits
 * the device puts on what it says; and what cannot be known is said not to be.
 */
#include <string.h>

#include <check.h>

#include "tests/unit/seeds.h"
#include "tests/unit/udp_rig.h"

#define MS UINT64_C(1000000)
#define SECOND UINT64_C(1000000000)

static void
limit_as_linux6(void)
{
	udp_rig_limit4();
	udp_rig.device.peer_pps = 10;
}

static void
some_of_each(void)
{
	assay_ports_add(&udp_rig.device.open, 161, 161);
	assay_ports_add(&udp_rig.device.open, 683, 684);
	assay_ports_add(&udp_rig.device.elsewhere, 69, 69);
	assay_ports_add(&udp_rig.device.silent, 19, 20);
	assay_ports_add(&udp_rig.device.filtered, 500, 509);
}

START_TEST(a_strong_device_is_read_from_one_address_and_fast)
{
	uint64_t took;

	some_of_each();
	fake_job_sources(udp_rig.job, 240);
	took = udp_rig_go(60 * SECOND);
	udp_rig_is_right();
	ck_assert_uint_eq(udp_rig.got.sources, 1);
	ck_assert_uint_lt(took, 2 * SECOND);
	ck_assert_uint_eq(udp_rig.got.icmp_pps, 0);
}
END_TEST

START_TEST(begins_gently)
{
	fake_job_add_target_text(udp_rig.job, udp_rig.text);
	ck_assert_int_eq(fake_job_start(udp_rig.job), 0);
	fake_job_advance(udp_rig.job, 100 * MS);
	ck_assert_uint_gt(udp_rig.device.asked, 0);
	ck_assert_uint_lt(udp_rig.device.asked, 50);
}
END_TEST

/* _i: the seed.  1,000 ports behind Linux's limits, from 240 addresses. */
START_TEST(linux_ipv4_is_read_right)
{
	uint64_t took;

	udp_rig_seed(_i);
	udp_rig_limit4();
	some_of_each();
	fake_job_sources(udp_rig.job, 240);
	took = udp_rig_go(120 * SECOND);
	udp_rig_is_right();
	ck_assert_uint_lt(took, 9 * SECOND);
}
END_TEST

START_TEST(linux_ipv6_is_read_right)
{
	uint64_t took;

	udp_rig_seed(_i);
	udp_rig.text = "fe80::10";
	limit_as_linux6();
	some_of_each();
	fake_job_sources(udp_rig.job, 240);
	took = udp_rig_go(120 * SECOND);
	udp_rig_is_right();
	ck_assert_uint_lt(took, 3 * SECOND);
}
END_TEST

START_TEST(all_ports_of_linux_ipv4)
{
	uint64_t took;

	udp_rig_limit4();
	some_of_each();
	assay_ports_add(&udp_rig.ports, 1, 65535);
	fake_job_sources(udp_rig.job, 240);
	took = udp_rig_go(1000 * SECOND);
	udp_rig_is_right();
	ck_assert_uint_lt(took, 350 * SECOND);
}
END_TEST

START_TEST(all_ports_of_linux_ipv6)
{
	uint64_t took;

	udp_rig.text = "fe80::10";
	limit_as_linux6();
	some_of_each();
	assay_ports_add(&udp_rig.ports, 1, 65535);
	fake_job_sources(udp_rig.job, 240);
	took = udp_rig_go(1000 * SECOND);
	udp_rig_is_right();
	ck_assert_uint_lt(took, 88 * SECOND);
}
END_TEST

START_TEST(one_address_is_slow_and_right)
{
	udp_rig_limit4();
	some_of_each();
	memset(&udp_rig.ports, 0, sizeof(udp_rig.ports));
	assay_ports_add(&udp_rig.ports, 1, 200);
	udp_rig_go(3000 * SECOND);
	udp_rig_is_right();
	ck_assert_uint_eq(udp_rig.got.sources, 1);
	ck_assert_uint_ge(udp_rig.got.icmp_pps, 1);
	ck_assert_uint_le(udp_rig.got.icmp_pps, 2);
}
END_TEST

/* _i: the seed */
START_TEST(loss_hides_nothing)
{
	udp_rig_seed(_i);
	limit_as_linux6();
	some_of_each();
	udp_rig.device.lose_percent = 20;
	fake_job_sources(udp_rig.job, 240);
	udp_rig_go(600 * SECOND);
	udp_rig_is_right();
}
END_TEST

START_TEST(a_weak_device_is_read_right)
{
	udp_rig_seed(_i);
	some_of_each();
	udp_rig.device.takes_pps = 200;
	fake_job_sources(udp_rig.job, 240);
	udp_rig_go(600 * SECOND);
	udp_rig_is_right();
	ck_assert_uint_gt(udp_rig.got.stats.slowed, 0);
}
END_TEST

START_TEST(few_neighbours_are_not_overrun)
{
	udp_rig_seed(_i);
	limit_as_linux6();
	some_of_each();
	udp_rig.device.neighbours = 10;
	fake_job_sources(udp_rig.job, 240);
	udp_rig_go(600 * SECOND);
	udp_rig_is_right();
}
END_TEST

START_TEST(a_filter_leaves_ports_silent_beside_an_open_one)
{
	assay_ports_add(&udp_rig.device.open, 683, 683);
	assay_ports_add(&udp_rig.device.silent, 1, 682);
	assay_ports_add(&udp_rig.device.silent, 684, 1000);
	assay_ports_add(&udp_rig.first, 683, 683);
	udp_rig.spec.first = &udp_rig.first;
	fake_job_sources(udp_rig.job, 240);
	udp_rig_go(600 * SECOND);
	udp_rig_is_right();
	ck_assert_uint_eq(udp_rig.got.responder, 683);
}
END_TEST

/* One service that no longer answers is not the line, nor the device. */
START_TEST(a_responder_that_tires_is_let_be)
{
	uint64_t took;

	assay_ports_add(&udp_rig.ports, 1, 20000);
	assay_ports_add(&udp_rig.device.open, 683, 684);
	assay_ports_add(&udp_rig.device.silent, 1, 682);
	assay_ports_add(&udp_rig.device.silent, 685, 20000);
	assay_ports_add(&udp_rig.first, 683, 684);
	udp_rig.spec.first = &udp_rig.first;
	udp_rig.device.tires = 684;
	udp_rig.device.tires_after = 100;
	took = udp_rig_go(600 * SECOND);
	udp_rig_is_right();
	ck_assert_uint_lt(udp_rig.device.times[684], 400);
	ck_assert_uint_lt(took, 60 * SECOND);
}
END_TEST

START_TEST(silence_without_a_responder_settles_nothing)
{
	assay_ports_add(&udp_rig.device.silent, 1, 1000);
	udp_rig_go(600 * SECOND);
	ck_assert_int_eq(udp_rig.how, ASSAY_SWEEP_UNSETTLED);
	ck_assert_uint_eq(assay_ports_count(&udp_rig.got.unsettled), 1000);
	ck_assert_uint_eq(assay_ports_count(&udp_rig.got.silent), 0);
	ck_assert_uint_eq(udp_rig.got.responder, 0);
	ck_assert_uint_eq(udp_rig.got.stats.asked, 1000);
}
END_TEST

START_TEST(errors_about_other_ports_count_for_nothing)
{
	udp_rig.device.lies = true;
	ck_assert_uint_eq(assay_ports_count(&udp_rig.ports), 1000);
	memset(&udp_rig.ports, 0, sizeof(udp_rig.ports));
	assay_ports_add(
	    &udp_rig.ports, 1, 200); /* the lie is about port ^ 256 */
	udp_rig_go(600 * SECOND);
	ck_assert_int_eq(udp_rig.how, ASSAY_SWEEP_UNSETTLED);
	ck_assert_uint_eq(assay_ports_count(&udp_rig.got.closed), 0);
}
END_TEST

START_TEST(a_device_that_goes_is_gone)
{
	udp_rig.device.dies_ns = SECOND + 800 * MS;
	limit_as_linux6();
	fake_job_sources(udp_rig.job, 240);
	udp_rig_go(600 * SECOND);
	ck_assert_int_eq(udp_rig.how, ASSAY_SWEEP_GONE);
	ck_assert_uint_eq(assay_ports_count(&udp_rig.got.silent), 0);
}
END_TEST

START_TEST(a_device_that_comes_back_is_read_right)
{
	some_of_each();
	limit_as_linux6();
	udp_rig.device.dies_ns = SECOND + 800 * MS;
	udp_rig.device.back_ns = 7 * SECOND;
	fake_job_sources(udp_rig.job, 240);
	udp_rig_go(600 * SECOND);
	udp_rig_is_right();
}
END_TEST

/* ---- devices that sleep ---- */

static void
sleeps(uint64_t awake_ns, uint64_t asleep_ns)
{
	udp_rig.device.awake_ns = awake_ns;
	udp_rig.device.asleep_ns = asleep_ns;
}

/* _i: the seed */
START_TEST(a_sleeper_is_read_as_if_it_never_slept)
{
	uint64_t took;

	udp_rig_seed(_i);
	some_of_each();
	assay_ports_add(&udp_rig.ports, 1, 65535);
	sleeps(400 * MS, 800 * MS);
	fake_job_sources(udp_rig.job, 240);
	took = udp_rig_go(600 * SECOND);
	udp_rig_is_right();
	ck_assert_uint_lt(took, 60 * SECOND);
	ck_assert_uint_ge(udp_rig.got.stats.outages, 3);
	ck_assert_uint_gt(udp_rig.got.stats.asleep_ns, 700 * MS);
	ck_assert_uint_lt(udp_rig.got.stats.asleep_ns, 1100 * MS);
	/* What was asked of it asleep is no loss. */
	ck_assert_uint_lt(
	    udp_rig.got.stats.checks_lost * 20, udp_rig.got.stats.checks);
}
END_TEST

/* Not in the next round: its turn would come minutes later. */
START_TEST(what_was_sent_into_a_nap_is_asked_anew_at_once)
{
	static uint16_t before[65536], asleep[65536];
	unsigned port, n = 0;

	assay_ports_add(&udp_rig.ports, 1, 65535);
	udp_rig.spec.max_pps = 1000;
	udp_rig.device.dies_ns = 3 * SECOND;
	udp_rig.device.back_ns = 3600 * MS;
	fake_job_add_target_text(udp_rig.job, udp_rig.text);
	ck_assert_int_eq(fake_job_start(udp_rig.job), 0);
	fake_job_advance(udp_rig.job, 2 * SECOND);
	memcpy(before, udp_rig.device.times, sizeof(before));
	fake_job_advance(udp_rig.job, 600 * MS);
	memcpy(asleep, udp_rig.device.times, sizeof(asleep));
	fake_job_advance(udp_rig.job, SECOND);
	for (port = 1; port <= 65535; port++) {
		if (before[port] != 0 || asleep[port] == 0)
			continue;
		n++;
		ck_assert_uint_gt(udp_rig.device.times[port], asleep[port]);
	}
	ck_assert_uint_gt(n, 50);
}
END_TEST

START_TEST(a_sleeper_with_limits_is_read_right)
{
	udp_rig_seed(_i);
	udp_rig.text = _i % 2 == 0 ? "10.77.0.10" : "fe80::10";
	limit_as_linux6();
	some_of_each();
	sleeps(SECOND, 2 * SECOND);
	fake_job_sources(udp_rig.job, 240);
	udp_rig_go(1000 * SECOND);
	udp_rig_is_right();
}
END_TEST

START_TEST(a_sleeper_on_a_line_that_loses_is_read_right)
{
	udp_rig_seed(_i);
	some_of_each();
	udp_rig.device.lose_percent = 10;
	sleeps(400 * MS, 800 * MS);
	udp_rig_go(1000 * SECOND);
	udp_rig_is_right();
}
END_TEST

/* Its open ports tell. */
START_TEST(a_sleeper_that_answers_no_echo_is_read_right)
{
	uint64_t took;

	udp_rig_seed(_i);
	some_of_each();
	udp_rig.device.no_echo = true;
	sleeps(400 * MS, 800 * MS);
	fake_job_sources(udp_rig.job, 240);
	took = udp_rig_go(2000 * SECOND);
	udp_rig_is_right();
	ck_assert_uint_lt(took, 60 * SECOND);
}
END_TEST

/* It cannot be told from one that keeps its errors back: slow, and what it is
 * asked asleep is not silent. */
START_TEST(a_sleeper_of_which_nothing_tells_has_no_silent_port)
{
	udp_rig_seed(_i);
	udp_rig.device.no_echo = true;
	sleeps(400 * MS, 800 * MS);
	udp_rig_go(5000 * SECOND);
	ck_assert_uint_eq(assay_ports_count(&udp_rig.got.silent), 0);
}
END_TEST

START_TEST(few_ports_are_not_all_asked_in_a_nap)
{
	udp_rig_seed(_i);
	some_of_each();
	memset(&udp_rig.ports, 0, sizeof(udp_rig.ports));
	assay_ports_add(&udp_rig.ports, 1, 200);
	/* The clock begins at one second: asleep. */
	sleeps(900 * MS, 3 * SECOND);
	udp_rig_go(600 * SECOND);
	udp_rig_is_right();
}
END_TEST

START_TEST(limits_are_not_taken_for_sleep)
{
	udp_rig_seed(_i);
	udp_rig_limit4();
	some_of_each();
	memset(&udp_rig.ports, 0, sizeof(udp_rig.ports));
	assay_ports_add(&udp_rig.ports, 1, 60);
	udp_rig_go(1000 * SECOND);
	udp_rig_is_right();
	ck_assert_uint_eq(udp_rig.got.stats.outages, 0);
}
END_TEST

START_TEST(a_reboot_goes_on_more_gently)
{
	some_of_each();
	assay_ports_add(&udp_rig.ports, 1, 65535);
	udp_rig.device.dies_ns = 2 * SECOND;
	udp_rig.device.back_ns = 4 * SECOND;
	fake_job_health(udp_rig.job, ASSAY_REBOOTED, 4 * SECOND);
	udp_rig_go(600 * SECOND);
	udp_rig_is_right();
	ck_assert_uint_eq(udp_rig.got.stats.reboots, 1);
}
END_TEST

START_TEST(the_watch_says_down_and_nothing_is_asked)
{
	uint64_t asked;

	udp_rig.device.dies_ns = SECOND + 100 * MS;
	udp_rig.device.back_ns = SECOND + 3300 * MS;
	fake_job_add_target_text(udp_rig.job, udp_rig.text);
	ck_assert_int_eq(fake_job_start(udp_rig.job), 0);
	fake_job_health(udp_rig.job, ASSAY_DOWN, 100 * MS);
	fake_job_advance(udp_rig.job, 200 * MS);
	asked = udp_rig.device.asked;
	fake_job_advance(udp_rig.job, 3 * SECOND);
	ck_assert_uint_lt(udp_rig.device.asked, asked + 40);
	/* It is there, whatever the watch says: UP never comes. */
	ck_assert(fake_job_run_until_finished(udp_rig.job, 60 * SECOND));
	assay_udp_sweep_result(udp_rig.sweep, &udp_rig.got);
	udp_rig_is_right();
}
END_TEST

START_TEST(another_address_ends_it)
{
	fake_job_health(udp_rig.job, ASSAY_ADDRESS_CHANGED, 100 * MS);
	udp_rig_go(60 * SECOND);
	ck_assert_int_eq(udp_rig.how, ASSAY_SWEEP_GONE);
}
END_TEST

START_TEST(the_exchange_of_an_open_port_is_known)
{
	uint16_t local, remote;

	some_of_each();
	udp_rig_go(60 * SECOND);
	assay_udp_sweep_exchange(udp_rig.sweep, 161, &local, &remote);
	ck_assert_uint_ge(local, ASSAY_UDP_SWEEP_SOURCE_FIRST);
	ck_assert_uint_eq(remote, 161);
	assay_udp_sweep_exchange(udp_rig.sweep, 69, &local, &remote);
	ck_assert_uint_ge(remote, 40000);
}
END_TEST

START_TEST(ceiling_is_kept)
{
	udp_rig.spec.max_pps = 50;
	fake_job_add_target_text(udp_rig.job, udp_rig.text);
	ck_assert_int_eq(fake_job_start(udp_rig.job), 0);
	fake_job_advance(udp_rig.job, 4 * SECOND);
	ck_assert_uint_le(udp_rig.device.asked, 205);
	ck_assert_uint_ge(udp_rig.device.asked, 150);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("udp_sweep");
	TCase *tc = tcase_create("sweep");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, udp_rig_setup, udp_rig_teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, a_strong_device_is_read_from_one_address_and_fast);
	tcase_add_test(tc, begins_gently);
	tcase_add_loop_test(tc, linux_ipv4_is_read_right, 0, SEEDS(20));
	tcase_add_loop_test(tc, linux_ipv6_is_read_right, 0, SEEDS(20));
	tcase_add_test(tc, all_ports_of_linux_ipv4);
	tcase_add_test(tc, all_ports_of_linux_ipv6);
	tcase_add_test(tc, one_address_is_slow_and_right);
	tcase_add_loop_test(tc, loss_hides_nothing, 0, SEEDS(20));
	tcase_add_loop_test(tc, a_weak_device_is_read_right, 0, SEEDS(20));
	tcase_add_loop_test(tc, few_neighbours_are_not_overrun, 0, SEEDS(20));
	tcase_add_test(tc, a_filter_leaves_ports_silent_beside_an_open_one);
	tcase_add_test(tc, a_responder_that_tires_is_let_be);
	tcase_add_test(tc, silence_without_a_responder_settles_nothing);
	tcase_add_test(tc, errors_about_other_ports_count_for_nothing);
	tcase_add_test(tc, a_device_that_goes_is_gone);
	tcase_add_test(tc, a_device_that_comes_back_is_read_right);
	tcase_add_loop_test(
	    tc, a_sleeper_is_read_as_if_it_never_slept, 0, SEEDS(20));
	tcase_add_test(tc, what_was_sent_into_a_nap_is_asked_anew_at_once);
	tcase_add_loop_test(
	    tc, a_sleeper_with_limits_is_read_right, 0, SEEDS(20));
	tcase_add_loop_test(
	    tc, a_sleeper_on_a_line_that_loses_is_read_right, 0, SEEDS(20));
	tcase_add_loop_test(
	    tc, a_sleeper_that_answers_no_echo_is_read_right, 0, SEEDS(5));
	tcase_add_loop_test(tc,
	    a_sleeper_of_which_nothing_tells_has_no_silent_port, 0, SEEDS(5));
	tcase_add_loop_test(
	    tc, few_ports_are_not_all_asked_in_a_nap, 0, SEEDS(5));
	tcase_add_loop_test(tc, limits_are_not_taken_for_sleep, 0, SEEDS(5));
	tcase_add_test(tc, a_reboot_goes_on_more_gently);
	tcase_add_test(tc, the_watch_says_down_and_nothing_is_asked);
	tcase_add_test(tc, another_address_ends_it);
	tcase_add_test(tc, the_exchange_of_an_open_port_is_known);
	tcase_add_test(tc, ceiling_is_kept);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
