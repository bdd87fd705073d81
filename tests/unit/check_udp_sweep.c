/*
 * check_udp_sweep: every port of a device is read as it is, whatever limits
 * the device puts on what it says; and what cannot be known is said not to be.
 */
#include <string.h>

#include <check.h>

#include "tests/unit/fake_job.h"
#include "tests/unit/udp_device.h"

#define MS UINT64_C(1000000)
#define SECOND UINT64_C(1000000000)

static struct udp_device device;
static struct assay_job *job;
static struct assay_udp_sweep *sweep;
static struct assay_udp_sweep_spec spec;
static struct assay_ports ports, first;
static struct assay_udp_swept got;
static unsigned ended;
static enum assay_sweep_end how;

/* ---- a probe that does nothing but sweep ---- */

static size_t
payload(struct assay_job *j, void *arg, uint16_t port, unsigned attempt,
    uint8_t *out)
{
	(void)j;
	(void)arg;
	(void)attempt;
	out[0] = (uint8_t)port;
	return 1;
}

static void
on_end(struct assay_job *j, void *arg, enum assay_sweep_end end)
{
	(void)arg;
	ended++;
	how = end;
	assay_finish(j);
}

static void
on_health(struct assay_job *j, enum assay_health health)
{
	(void)j;
	assay_udp_sweep_health(sweep, health);
}

static void
run(struct assay_job *j)
{
	assay_on_health(j, on_health);
	spec.target = assay_target_at(j, 0);
	sweep = assay_udp_sweep_new(j, &spec);
}

static void
on_frame(struct assay_job *j, const struct assay_frame *frame)
{
	(void)j;
	assay_udp_sweep_frame(sweep, frame);
}

static void
judge(struct assay_job *j)
{
	(void)j;
}

static const struct assay_claim claims[] = { { "NET-02", ASSAY_BEHAVIOUR },
	{ .check = NULL } };
static const struct assay_field fields[] = { { "x", ASSAY_TYPE_U64, "", "x" },
	{ .name = NULL } };
static const struct assay_reason reasons[] = { { "udp.x", "" },
	{ .code = NULL } };

static const struct assay_probe probe = {
	.abi = ASSAY_ABI,
	.size = sizeof(struct assay_probe),
	.name = "test.sweep",
	.title = "A sweep ends.",
	.method = 1,
	.claims = claims,
	.observations = fields,
	.reasons = reasons,
	.needs = ASSAY_NEED_LINK | ASSAY_NEED_SOURCES,
	.medium = ASSAY_MEDIUM_IP,
	.impact = ASSAY_ACTIVE,
	.timeout_ms = 1000,
	.state_size = 1,
	.filter = "udp or icmp or icmp6",
	.run = run,
	.on_frame = on_frame,
	.judge = judge,
};

static void
setup(void)
{
	udp_device_init(&device, 1);
	memset(&spec, 0, sizeof(spec));
	memset(&ports, 0, sizeof(ports));
	memset(&first, 0, sizeof(first));
	assay_ports_add(&ports, 1, 1000);
	spec.ports = &ports;
	spec.patience_ns = 10 * SECOND;
	spec.payload = payload;
	spec.on_end = on_end;
	ended = 0;
	job = fake_job_new(&probe);
	fake_job_on_send(job, udp_device_on_send, &device);
}

static void
teardown(void)
{
	assay_udp_sweep_free(sweep);
	sweep = NULL;
	fake_job_free(job);
}

static const char *text = "10.77.0.10";

/* To the end; how long it took, in job time. */
static uint64_t
go(uint64_t limit_ns)
{
	uint64_t began;

	fake_job_add_target_text(job, text);
	ck_assert_int_eq(fake_job_start(job), 0);
	began = assay_now_ns(job);
	ck_assert_msg(fake_job_run_until_finished(job, limit_ns),
	    "the sweep does not end");
	ck_assert_uint_eq(ended, 1);
	assay_udp_sweep_result(sweep, &got);
	return assay_now_ns(job) - began;
}

static void
nothing(struct assay_job *j, void *arg)
{
	(void)j;
	(void)arg;
}

/* Another device, and other dice: the fake job's are as old as its events. */
static void
seed(int n)
{
	int i;

	udp_device_init(&device, (uint64_t)n + 1);
	for (i = 0; i < n; i++)
		fake_job_at(job, 1000000 * SECOND, nothing, NULL);
}

/* Linux's defaults for IPv4. */
static void
limit_as_linux4(void)
{
	device.peer_pps = 1;
	device.peer_burst = 6;
	device.all_pps = 1000;
	device.all_burst = 50;
}

static void
limit_as_linux6(void)
{
	limit_as_linux4();
	device.peer_pps = 10;
}

static void
some_of_each(void)
{
	assay_ports_add(&device.open, 161, 161);
	assay_ports_add(&device.open, 683, 684);
	assay_ports_add(&device.elsewhere, 69, 69);
	assay_ports_add(&device.silent, 19, 20);
	assay_ports_add(&device.filtered, 500, 509);
}

static void
same_ports(
    const struct assay_ports *a, const struct assay_ports *b, const char *what)
{
	char x[400], y[400];

	assay_ports_format(a, x, sizeof(x));
	assay_ports_format(b, y, sizeof(y));
	ck_assert_msg(strcmp(x, y) == 0, "%s: expected %s, got %s", what, y, x);
}

/* Every port is what it is. */
static void
all_is_right(void)
{
	struct assay_ports open = device.open, closed = ports, none, silent;
	struct assay_ports filtered = device.filtered;

	memset(&none, 0, sizeof(none));
	assay_ports_unite(&open, &device.elsewhere);
	assay_ports_intersect(&open, &ports);
	silent = device.silent;
	assay_ports_intersect(&silent, &ports);
	assay_ports_intersect(&filtered, &ports);
	assay_ports_subtract(&closed, &open);
	assay_ports_subtract(&closed, &silent);
	assay_ports_subtract(&closed, &filtered);
	ck_assert_int_eq(how, ASSAY_SWEEP_COMPLETE);
	same_ports(&got.open, &open, "open");
	same_ports(&got.silent, &silent, "silent");
	same_ports(&got.filtered, &filtered, "filtered");
	same_ports(&got.unsettled, &none, "unsettled");
	same_ports(&got.closed, &closed, "closed");
}

START_TEST(a_strong_device_is_read_from_one_address_and_fast)
{
	uint64_t took;

	some_of_each();
	fake_job_sources(job, 240);
	took = go(60 * SECOND);
	all_is_right();
	ck_assert_uint_eq(got.sources, 1);
	ck_assert_uint_lt(took, 2 * SECOND);
	ck_assert_uint_eq(got.icmp_pps, 0);
}
END_TEST

START_TEST(begins_gently)
{
	fake_job_add_target_text(job, text);
	ck_assert_int_eq(fake_job_start(job), 0);
	fake_job_advance(job, 100 * MS);
	ck_assert_uint_gt(device.asked, 0);
	ck_assert_uint_lt(device.asked, 50);
}
END_TEST

/* _i: the seed.  1,000 ports behind Linux's limits, from 240 addresses. */
START_TEST(linux_ipv4_is_read_right)
{
	uint64_t took;

	seed(_i);
	limit_as_linux4();
	some_of_each();
	fake_job_sources(job, 240);
	took = go(120 * SECOND);
	all_is_right();
	ck_assert_uint_lt(took, 9 * SECOND);
}
END_TEST

START_TEST(linux_ipv6_is_read_right)
{
	uint64_t took;

	seed(_i);
	text = "fe80::10";
	limit_as_linux6();
	some_of_each();
	fake_job_sources(job, 240);
	took = go(120 * SECOND);
	all_is_right();
	ck_assert_uint_lt(took, 3 * SECOND);
}
END_TEST

START_TEST(all_ports_of_linux_ipv4)
{
	uint64_t took;

	limit_as_linux4();
	some_of_each();
	assay_ports_add(&ports, 1, 65535);
	fake_job_sources(job, 240);
	took = go(1000 * SECOND);
	all_is_right();
	ck_assert_uint_lt(took, 350 * SECOND);
}
END_TEST

START_TEST(all_ports_of_linux_ipv6)
{
	uint64_t took;

	text = "fe80::10";
	limit_as_linux6();
	some_of_each();
	assay_ports_add(&ports, 1, 65535);
	fake_job_sources(job, 240);
	took = go(1000 * SECOND);
	all_is_right();
	ck_assert_uint_lt(took, 88 * SECOND);
}
END_TEST

START_TEST(one_address_is_slow_and_right)
{
	limit_as_linux4();
	some_of_each();
	memset(&ports, 0, sizeof(ports));
	assay_ports_add(&ports, 1, 200);
	go(3000 * SECOND);
	all_is_right();
	ck_assert_uint_eq(got.sources, 1);
	ck_assert_uint_ge(got.icmp_pps, 1);
	ck_assert_uint_le(got.icmp_pps, 2);
}
END_TEST

/* _i: the seed */
START_TEST(loss_hides_nothing)
{
	seed(_i);
	limit_as_linux6();
	some_of_each();
	device.lose_percent = 20;
	fake_job_sources(job, 240);
	go(600 * SECOND);
	all_is_right();
}
END_TEST

START_TEST(a_weak_device_is_read_right)
{
	seed(_i);
	some_of_each();
	device.takes_pps = 200;
	fake_job_sources(job, 240);
	go(600 * SECOND);
	all_is_right();
	ck_assert_uint_gt(got.stats.slowed, 0);
}
END_TEST

START_TEST(few_neighbours_are_not_overrun)
{
	seed(_i);
	limit_as_linux6();
	some_of_each();
	device.neighbours = 10;
	fake_job_sources(job, 240);
	go(600 * SECOND);
	all_is_right();
}
END_TEST

START_TEST(a_filter_leaves_ports_silent_beside_an_open_one)
{
	assay_ports_add(&device.open, 683, 683);
	assay_ports_add(&device.silent, 1, 682);
	assay_ports_add(&device.silent, 684, 1000);
	assay_ports_add(&first, 683, 683);
	spec.first = &first;
	fake_job_sources(job, 240);
	go(600 * SECOND);
	all_is_right();
	ck_assert_uint_eq(got.responder, 683);
}
END_TEST

/* One service that no longer answers is not the line, nor the device. */
START_TEST(a_responder_that_tires_is_let_be)
{
	uint64_t took;

	assay_ports_add(&ports, 1, 20000);
	assay_ports_add(&device.open, 683, 684);
	assay_ports_add(&device.silent, 1, 682);
	assay_ports_add(&device.silent, 685, 20000);
	assay_ports_add(&first, 683, 684);
	spec.first = &first;
	device.tires = 684;
	took = go(600 * SECOND);
	all_is_right();
	ck_assert_uint_lt(device.times[684], 400);
	ck_assert_uint_lt(took, 60 * SECOND);
}
END_TEST

START_TEST(silence_without_a_responder_settles_nothing)
{
	assay_ports_add(&device.silent, 1, 1000);
	go(600 * SECOND);
	ck_assert_int_eq(how, ASSAY_SWEEP_UNSETTLED);
	ck_assert_uint_eq(assay_ports_count(&got.unsettled), 1000);
	ck_assert_uint_eq(assay_ports_count(&got.silent), 0);
	ck_assert_uint_eq(got.responder, 0);
	ck_assert_uint_eq(got.stats.asked, 1000);
}
END_TEST

START_TEST(errors_about_other_ports_count_for_nothing)
{
	device.lies = true;
	ck_assert_uint_eq(assay_ports_count(&ports), 1000);
	memset(&ports, 0, sizeof(ports));
	assay_ports_add(&ports, 1, 200); /* the lie is about port ^ 256 */
	go(600 * SECOND);
	ck_assert_int_eq(how, ASSAY_SWEEP_UNSETTLED);
	ck_assert_uint_eq(assay_ports_count(&got.closed), 0);
}
END_TEST

START_TEST(a_device_that_goes_is_gone)
{
	device.dies_ns = SECOND + 800 * MS;
	limit_as_linux6();
	fake_job_sources(job, 240);
	go(600 * SECOND);
	ck_assert_int_eq(how, ASSAY_SWEEP_GONE);
	ck_assert_uint_eq(assay_ports_count(&got.silent), 0);
}
END_TEST

START_TEST(a_device_that_comes_back_is_read_right)
{
	some_of_each();
	limit_as_linux6();
	device.dies_ns = SECOND + 800 * MS;
	device.back_ns = 7 * SECOND;
	fake_job_sources(job, 240);
	go(600 * SECOND);
	all_is_right();
}
END_TEST

/* ---- devices that sleep ---- */

static void
sleeps(uint64_t awake_ns, uint64_t asleep_ns)
{
	device.awake_ns = awake_ns;
	device.asleep_ns = asleep_ns;
}

/* _i: the seed */
START_TEST(a_sleeper_is_read_as_if_it_never_slept)
{
	uint64_t took;

	seed(_i);
	some_of_each();
	assay_ports_add(&ports, 1, 65535);
	sleeps(400 * MS, 800 * MS);
	fake_job_sources(job, 240);
	took = go(600 * SECOND);
	all_is_right();
	ck_assert_uint_lt(took, 60 * SECOND);
	ck_assert_uint_ge(got.stats.outages, 3);
	ck_assert_uint_gt(got.stats.asleep_ns, 700 * MS);
	ck_assert_uint_lt(got.stats.asleep_ns, 1100 * MS);
	/* What was asked of it asleep is no loss. */
	ck_assert_uint_lt(got.stats.checks_lost * 20, got.stats.checks);
}
END_TEST

/* Not in the next round: its turn would come minutes later. */
START_TEST(what_was_sent_into_a_nap_is_asked_anew_at_once)
{
	static uint16_t before[65536], asleep[65536];
	unsigned port, n = 0;

	assay_ports_add(&ports, 1, 65535);
	spec.max_pps = 1000;
	device.dies_ns = 3 * SECOND;
	device.back_ns = 3600 * MS;
	fake_job_add_target_text(job, text);
	ck_assert_int_eq(fake_job_start(job), 0);
	fake_job_advance(job, 2 * SECOND);
	memcpy(before, device.times, sizeof(before));
	fake_job_advance(job, 600 * MS);
	memcpy(asleep, device.times, sizeof(asleep));
	fake_job_advance(job, SECOND);
	for (port = 1; port <= 65535; port++) {
		if (before[port] != 0 || asleep[port] == 0)
			continue;
		n++;
		ck_assert_uint_gt(device.times[port], asleep[port]);
	}
	ck_assert_uint_gt(n, 50);
}
END_TEST

START_TEST(a_sleeper_with_limits_is_read_right)
{
	seed(_i);
	text = _i % 2 == 0 ? "10.77.0.10" : "fe80::10";
	limit_as_linux6();
	some_of_each();
	sleeps(SECOND, 2 * SECOND);
	fake_job_sources(job, 240);
	go(1000 * SECOND);
	all_is_right();
}
END_TEST

START_TEST(a_sleeper_on_a_line_that_loses_is_read_right)
{
	seed(_i);
	some_of_each();
	device.lose_percent = 10;
	sleeps(400 * MS, 800 * MS);
	go(1000 * SECOND);
	all_is_right();
}
END_TEST

/* Its open ports tell. */
START_TEST(a_sleeper_that_answers_no_echo_is_read_right)
{
	uint64_t took;

	seed(_i);
	some_of_each();
	device.no_echo = true;
	sleeps(400 * MS, 800 * MS);
	fake_job_sources(job, 240);
	took = go(2000 * SECOND);
	all_is_right();
	ck_assert_uint_lt(took, 60 * SECOND);
}
END_TEST

/* It cannot be told from one that keeps its errors back: slow, and what it is
 * asked asleep is not silent. */
START_TEST(a_sleeper_of_which_nothing_tells_has_no_silent_port)
{
	seed(_i);
	device.no_echo = true;
	sleeps(400 * MS, 800 * MS);
	go(5000 * SECOND);
	ck_assert_uint_eq(assay_ports_count(&got.silent), 0);
}
END_TEST

START_TEST(few_ports_are_not_all_asked_in_a_nap)
{
	seed(_i);
	some_of_each();
	memset(&ports, 0, sizeof(ports));
	assay_ports_add(&ports, 1, 200);
	/* The clock begins at one second: asleep. */
	sleeps(900 * MS, 3 * SECOND);
	go(600 * SECOND);
	all_is_right();
}
END_TEST

START_TEST(limits_are_not_taken_for_sleep)
{
	seed(_i);
	limit_as_linux4();
	some_of_each();
	memset(&ports, 0, sizeof(ports));
	assay_ports_add(&ports, 1, 60);
	go(1000 * SECOND);
	all_is_right();
	ck_assert_uint_eq(got.stats.outages, 0);
}
END_TEST

START_TEST(a_reboot_goes_on_more_gently)
{
	some_of_each();
	assay_ports_add(&ports, 1, 65535);
	device.dies_ns = 2 * SECOND;
	device.back_ns = 4 * SECOND;
	fake_job_health(job, ASSAY_REBOOTED, 4 * SECOND);
	go(600 * SECOND);
	all_is_right();
	ck_assert_uint_eq(got.stats.reboots, 1);
}
END_TEST

START_TEST(the_watch_says_down_and_nothing_is_asked)
{
	uint64_t asked;

	device.dies_ns = SECOND + 100 * MS;
	device.back_ns = SECOND + 3300 * MS;
	fake_job_add_target_text(job, text);
	ck_assert_int_eq(fake_job_start(job), 0);
	fake_job_health(job, ASSAY_DOWN, 100 * MS);
	fake_job_advance(job, 200 * MS);
	asked = device.asked;
	fake_job_advance(job, 3 * SECOND);
	ck_assert_uint_lt(device.asked, asked + 40);
	/* It is there, whatever the watch says: UP never comes. */
	ck_assert(fake_job_run_until_finished(job, 60 * SECOND));
	assay_udp_sweep_result(sweep, &got);
	all_is_right();
}
END_TEST

START_TEST(another_address_ends_it)
{
	fake_job_health(job, ASSAY_ADDRESS_CHANGED, 100 * MS);
	go(60 * SECOND);
	ck_assert_int_eq(how, ASSAY_SWEEP_GONE);
}
END_TEST

START_TEST(the_exchange_of_an_open_port_is_known)
{
	uint16_t local, remote;

	some_of_each();
	go(60 * SECOND);
	assay_udp_sweep_exchange(sweep, 161, &local, &remote);
	ck_assert_uint_ge(local, ASSAY_UDP_SWEEP_SOURCE_FIRST);
	ck_assert_uint_eq(remote, 161);
	assay_udp_sweep_exchange(sweep, 69, &local, &remote);
	ck_assert_uint_ge(remote, 40000);
}
END_TEST

START_TEST(ceiling_is_kept)
{
	spec.max_pps = 50;
	fake_job_add_target_text(job, text);
	ck_assert_int_eq(fake_job_start(job), 0);
	fake_job_advance(job, 4 * SECOND);
	ck_assert_uint_le(device.asked, 205);
	ck_assert_uint_ge(device.asked, 150);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("udp_sweep");
	TCase *tc = tcase_create("sweep");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, a_strong_device_is_read_from_one_address_and_fast);
	tcase_add_test(tc, begins_gently);
	tcase_add_loop_test(tc, linux_ipv4_is_read_right, 0, 20);
	tcase_add_loop_test(tc, linux_ipv6_is_read_right, 0, 20);
	tcase_add_test(tc, all_ports_of_linux_ipv4);
	tcase_add_test(tc, all_ports_of_linux_ipv6);
	tcase_add_test(tc, one_address_is_slow_and_right);
	tcase_add_loop_test(tc, loss_hides_nothing, 0, 20);
	tcase_add_loop_test(tc, a_weak_device_is_read_right, 0, 20);
	tcase_add_loop_test(tc, few_neighbours_are_not_overrun, 0, 20);
	tcase_add_test(tc, a_filter_leaves_ports_silent_beside_an_open_one);
	tcase_add_test(tc, a_responder_that_tires_is_let_be);
	tcase_add_test(tc, silence_without_a_responder_settles_nothing);
	tcase_add_test(tc, errors_about_other_ports_count_for_nothing);
	tcase_add_test(tc, a_device_that_goes_is_gone);
	tcase_add_test(tc, a_device_that_comes_back_is_read_right);
	tcase_add_loop_test(tc, a_sleeper_is_read_as_if_it_never_slept, 0, 20);
	tcase_add_test(tc, what_was_sent_into_a_nap_is_asked_anew_at_once);
	tcase_add_loop_test(tc, a_sleeper_with_limits_is_read_right, 0, 20);
	tcase_add_loop_test(
	    tc, a_sleeper_on_a_line_that_loses_is_read_right, 0, 20);
	tcase_add_loop_test(
	    tc, a_sleeper_that_answers_no_echo_is_read_right, 0, 5);
	tcase_add_loop_test(
	    tc, a_sleeper_of_which_nothing_tells_has_no_silent_port, 0, 5);
	tcase_add_loop_test(tc, few_ports_are_not_all_asked_in_a_nap, 0, 5);
	tcase_add_loop_test(tc, limits_are_not_taken_for_sleep, 0, 5);
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
