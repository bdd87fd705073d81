/*
 * check_fake_job: the fake job keeps the contract that the worker keeps, shown
 * with the sample probe: what passes here passes there.
 */
#include <signal.h>
#include <stdlib.h>

#include <check.h>

#include "tests/probes/sample_ok.c"
#include "tests/unit/fake_job.h"

#define SECOND UINT64_C(1000000000)

struct device {
	enum assay_tcp_result answer;
	uint64_t took_ns;
	unsigned tries;
};

static enum assay_tcp_result
on_try(void *arg, struct assay_job *job, struct fake_job_try *t)
{
	struct device *d = arg;

	(void)job;
	ck_assert_uint_eq(t->port, 443);
	ck_assert_str_eq(t->target->text, "10.77.0.10");
	d->tries++;
	t->took_ns = d->took_ns;
	return d->answer;
}

static struct assay_job *
new_job(struct device *d)
{
	struct assay_job *job = fake_job_new(&assay_probe);

	fake_job_param(job, "port", "443");
	fake_job_add_target_text(job, "10.77.0.10");
	fake_job_on_tcp_try(job, on_try, d);
	return job;
}

START_TEST(sample_is_judged_by_what_the_device_answers)
{
	static const struct {
		enum assay_tcp_result answer;
		uint64_t took_ns;
		enum assay_verdict_value value;
		uint64_t clock_ns; /* at the end */
	} rows[] = {
		{ ASSAY_TCP_CONNECTED, SECOND / 4, ASSAY_PASS, SECOND / 2 },
		{ ASSAY_TCP_REFUSED, SECOND / 4, ASSAY_FAIL, SECOND / 2 },
		{ ASSAY_TCP_TIMEOUT, 0, ASSAY_INCONC, 4 * SECOND },
		/* later than the limit of 2 s is never */
		{ ASSAY_TCP_CONNECTED, 3 * SECOND, ASSAY_INCONC, 4 * SECOND },
	};
	struct device d = { rows[_i].answer, rows[_i].took_ns, 0 };
	struct assay_job *job = new_job(&d);
	const uint64_t began_ns = assay_now_ns(job);
	const struct assay_verdict *v;

	ck_assert(fake_job_all(job, 10 * SECOND));
	ck_assert_uint_eq(d.tries, 2);
	ck_assert_uint_eq(assay_now_ns(job) - began_ns, rows[_i].clock_ns);
	ck_assert_uint_eq(fake_job_verdict_count(job), 1);
	v = fake_job_find_verdict(job, "TEST-01", ASSAY_BEHAVIOUR, NULL);
	ck_assert_ptr_nonnull(v);
	ck_assert_int_eq(v->value, rows[_i].value);
	ck_assert_uint_eq(fake_job_verdict_value(v, "count")->u64, 2);
	ck_assert_uint_eq(
	    fake_job_find(job, "answer", NULL)->frames->ip_proto, 6);
	ck_assert_uint_eq(
	    assay_observation_at(job, 0)->nframes, 0); /* not for judge */
	ck_assert_ptr_nonnull(fake_job_note(job, "took"));
	fake_job_free(job);
}
END_TEST

START_TEST(bench_trouble_is_a_failed_job)
{
	struct device d = { ASSAY_TCP_LOCAL, 0, 0 };
	struct assay_job *job = new_job(&d);

	ck_assert(!fake_job_all(job, 10 * SECOND));
	ck_assert_str_eq(fake_job_failed(job), "the bench cannot connect");
	ck_assert_uint_eq(fake_job_verdict_count(job), 0);
	fake_job_free(job);
}
END_TEST

START_TEST(job_that_waits_for_nothing_does_not_finish)
{
	struct device d = { ASSAY_TCP_CONNECTED, SECOND, 0 };
	struct assay_job *job = new_job(&d);

	ck_assert_int_eq(fake_job_start(job), 0);
	ck_assert(!fake_job_run_until_finished(job, SECOND));
	ck_assert_uint_eq(d.tries, 2);
	ck_assert(fake_job_run_until_finished(job, SECOND));
	fake_job_free(job);
}
END_TEST

static void
append(struct assay_job *job, void *arg)
{
	char **at = arg;

	(void)job;
	*(*at)++ = 't';
}

static void
append_call(struct assay_job *job, void *arg)
{
	char **at = arg;

	(void)job;
	*(*at)++ = 'c';
}

START_TEST(events_come_in_the_order_of_their_time)
{
	struct device d = { ASSAY_TCP_CONNECTED, SECOND, 0 };
	struct assay_job *job = new_job(&d);
	char order[8] = "", *at = order;
	struct assay_timer *t = assay_timer_new(job, append, &at);
	struct assay_timer *never = assay_timer_new(job, append, &at);

	assay_timer_set(never, 10);
	assay_timer_stop(never);
	assay_timer_set(t, 200);
	fake_job_at(job, 300, append_call, &at);
	fake_job_at(job, 100, append_call, &at);
	fake_job_advance(job, 199);
	ck_assert_str_eq(order, "c");
	fake_job_advance(job, 1000);
	ck_assert_str_eq(order, "ctc");
	assay_timer_free(never);
	assay_timer_free(t);
	fake_job_free(job);
}
END_TEST

/* What the worker answers by ending the job. */
START_TEST(misuse_aborts)
{
	struct device d = { ASSAY_TCP_CONNECTED, 0, 0 };
	struct assay_job *job = new_job(&d);
	const struct assay_observation o = {
		.field = "surprise",
		.value = ASSAY_BOOL(true),
	};

	if (_i == 0)
		assay_observe(job, &o);
	else if (_i == 1)
		(void)assay_param_u64(job, "limit"); /* a duration */
	else if (_i == 2)
		assay_say(job, NULL); /* outside of judge */
	else if (_i == 3)
		assay_link_send(job, NULL, 0); /* not among its needs */
	else
		assay_control(job, ASSAY_BEFORE, true, 1); /* of nothing */
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("fake job");
	TCase *c = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
	    c, sample_is_judged_by_what_the_device_answers, 0, 4);
	tcase_add_test(c, bench_trouble_is_a_failed_job);
	tcase_add_test(c, job_that_waits_for_nothing_does_not_finish);
	tcase_add_test(c, events_come_in_the_order_of_their_time);
	tcase_add_loop_test_raise_signal(c, misuse_aborts, SIGABRT, 0, 5);
	suite_add_tcase(s, c);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
