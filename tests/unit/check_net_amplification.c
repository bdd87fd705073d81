/*
 * net.amplification against simulated devices, and its judge alone.
 */
#include <string.h>

#include <check.h>

#include "tests/unit/fake_job.h"
#include "tests/unit/udp_device.h"

#include "probes/net_amplification.c"

#define SECOND UINT64_C(1000000000)

static struct udp_device device;
static struct assay_job *job;
static const struct assay_target *v4;

static void
declare(uint16_t port, const char *service, bool optional)
{
	struct assay_declared_port p = { ASSAY_UDP, port, port, 0, service,
		optional };

	fake_job_declare(job, &p);
}

static void
setup(void)
{
	udp_device_init(&device, 1);
	job = fake_job_new(&assay_probe);
	v4 = fake_job_add_target_text(job, "10.77.0.10");
	fake_job_on_send(job, udp_device_on_send, &device);
}

static void
teardown(void)
{
	fake_job_free(job);
}

static const struct assay_verdict *
is(enum assay_verdict_value value, const char *reason)
{
	const struct assay_verdict *v =
	    fake_job_find_verdict(job, "AMP-01", ASSAY_BEHAVIOUR, NULL);

	ck_assert_ptr_nonnull(v);
	ck_assert_str_eq(v->reason, reason);
	ck_assert_int_eq(v->value, value);
	if (value == ASSAY_PASS || value == ASSAY_FAIL)
		ck_assert_uint_gt(v->nobservations, 0);
	return v;
}

static void
go(void)
{
	ck_assert(fake_job_all(job, 300 * SECOND));
}

static const char *
text_of(const struct assay_verdict *v, const char *name)
{
	return fake_job_verdict_value(v, name)->string;
}

START_TEST(small_answers_pass)
{
	assay_ports_add(&device.open, 5683, 5684);
	go();
	/* four bytes, also to a ping of four */
	ck_assert_str_eq(
	    text_of(is(ASSAY_PASS, "amp.within_limit"), "factor"), "1.0");
}
END_TEST

START_TEST(large_answers_fail)
{
	const struct assay_verdict *v;

	assay_ports_add(&device.open, 5684, 5684);
	device.answer_size = 1200;
	go();
	v = is(ASSAY_FAIL, "amp.amplifies");
	ck_assert_str_eq(
	    text_of(v, "services"), "dtls 5684: 137 to 1200 bytes (8.7)");
	ck_assert_str_eq(text_of(v, "factor"), "8.7");
	ck_assert_uint_eq(fake_job_find(job, "answered", v4)->nframes, 1);
}
END_TEST

/* Exactly three times is allowed, a byte more is not. */
START_TEST(three_times_is_the_limit)
{
	assay_ports_add(&device.open, 5684, 5684);
	device.answer_size = 3 * 137 + (size_t)_i;
	go();
	if (_i == 0)
		is(ASSAY_PASS, "amp.within_limit");
	else
		is(ASSAY_FAIL, "amp.amplifies");
}
END_TEST

START_TEST(every_datagram_counts)
{
	assay_ports_add(&device.open, 5684, 5684);
	device.answer_size = 137;
	device.answers = 4;
	go();
	is(ASSAY_FAIL, "amp.amplifies");
	ck_assert_uint_eq(
	    fake_job_find(job, "answer.datagrams", v4)->value.u64, 4);
}
END_TEST

START_TEST(an_answer_from_another_port_counts)
{
	assay_ports_add(&device.elsewhere, 69, 69);
	device.answer_size = 600;
	go();
	is(ASSAY_FAIL, "amp.amplifies");
}
END_TEST

START_TEST(more_ports_are_asked_when_told)
{
	fake_job_param(job, "ports", "7777");
	assay_ports_add(&device.open, 7777, 7777);
	device.answer_size = 100;
	go();
	is(ASSAY_FAIL, "amp.amplifies");
}
END_TEST

START_TEST(a_declared_service_is_asked_where_it_is)
{
	declare(7777, "snmp", false);
	assay_ports_add(&device.open, 7777, 7777);
	go();
	ck_assert_ptr_nonnull(
	    strstr(text_of(is(ASSAY_PASS, "amp.within_limit"), "services"),
		"snmp-bulk 7777: 40 to 4 bytes (0.1)"));
}
END_TEST

START_TEST(a_lossy_line_hides_little)
{
	device.lose_percent = 30;
	assay_ports_add(&device.open, 5684, 5684);
	device.answer_size = 1200;
	fake_job_param(job, "tries", "5");
	go();
	is(ASSAY_FAIL, "amp.amplifies");
}
END_TEST

/* The first answer is small and late, the one to the next try is large. */
static int
answer_late_at_first(void *arg, struct assay_job *to,
    const struct assay_buffer *frames, size_t n)
{
	const bool first = device.times[5684] == 0;

	device.answers = first ? 1 : 4;
	device.rtt_ns = first ? 5 * SECOND / 2 : SECOND;
	return udp_device_on_send(arg, to, frames, n);
}

START_TEST(answers_to_two_tries_that_cross_hide_nothing)
{
	assay_ports_add(&device.open, 5684, 5684);
	device.answer_size = 137;
	fake_job_on_send(job, answer_late_at_first, &device);
	go();
	is(ASSAY_FAIL, "amp.amplifies");
	ck_assert_uint_eq(
	    fake_job_find(job, "answer.datagrams", v4)->value.u64, 4);
}
END_TEST

/* They may have been answers. */
START_TEST(frames_that_were_not_read_are_no_pass)
{
	assay_ports_add(&device.open, 5684, 5684);
	device.answer_size = _i == 0 ? 137 : 1200;
	fake_job_set_lost(job, 1);
	go();
	if (_i == 0)
		is(ASSAY_INCONC, "amp.frames_lost");
	else
		is(ASSAY_FAIL, "amp.amplifies");
}
END_TEST

START_TEST(declared_and_silent_is_no_pass)
{
	assay_ports_add(&device.open, 5684, 5684);
	assay_ports_add(&device.silent, 123, 123);
	declare(123, "ntp", false);
	go();
	is(ASSAY_INCONC, "amp.declared_silent");
}
END_TEST

START_TEST(declared_optional_and_silent_is_no_hindrance)
{
	assay_ports_add(&device.open, 5684, 5684);
	assay_ports_add(&device.silent, 123, 123);
	declare(123, "ntp", true);
	go();
	is(ASSAY_PASS, "amp.within_limit");
}
END_TEST

START_TEST(a_mute_device_shows_nothing)
{
	assay_ports_add(&device.silent, 1, 65535);
	go();
	is(ASSAY_INCONC, "amp.none_answered");
}
END_TEST

START_TEST(a_device_without_services_has_none)
{
	go();
	is(ASSAY_INFO, "amp.no_service");
}
END_TEST

START_TEST(a_device_that_goes_is_no_pass)
{
	assay_ports_add(&device.open, 5684, 5684);
	device.dies_ns = 2 * SECOND;
	go();
	is(ASSAY_INCONC, "amp.control_bad");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("net_amplification");
	TCase *tc = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, small_answers_pass);
	tcase_add_test(tc, large_answers_fail);
	tcase_add_loop_test(tc, three_times_is_the_limit, 0, 2);
	tcase_add_test(tc, every_datagram_counts);
	tcase_add_test(tc, an_answer_from_another_port_counts);
	tcase_add_test(tc, more_ports_are_asked_when_told);
	tcase_add_test(tc, a_declared_service_is_asked_where_it_is);
	tcase_add_test(tc, a_lossy_line_hides_little);
	tcase_add_test(tc, answers_to_two_tries_that_cross_hide_nothing);
	tcase_add_loop_test(tc, frames_that_were_not_read_are_no_pass, 0, 2);
	tcase_add_test(tc, declared_and_silent_is_no_pass);
	tcase_add_test(tc, declared_optional_and_silent_is_no_hindrance);
	tcase_add_test(tc, a_mute_device_shows_nothing);
	tcase_add_test(tc, a_device_without_services_has_none);
	tcase_add_test(tc, a_device_that_goes_is_no_pass);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
