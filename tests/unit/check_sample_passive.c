/*
 * check_sample_passive: a passive probe over a fake job's stored frames says
 * what it says in the worker (check_worker_frames).
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "tests/probes/sample_passive.c"
#include "tests/unit/fake_job.h"
#include "tests/unit/stored_frames.h"

static const struct stored_flow telnet = { true, 6, 23, 40000 };
static const struct stored_flow tls = { true, 6, 443, 40001 };
static const struct stored_flow udp = { true, 17, 23, 40000 };

static struct assay_job *
new_job(void)
{
	struct assay_job *job = fake_job_new(&assay_probe);

	fake_job_add_target_text(job, "10.77.0.10");
	ck_assert_int_eq(fake_job_replay(job, STORED_BEGIN), 0);
	return job;
}

static void
feed(struct assay_job *job, const struct stored_flow *flow, const char *text,
    uint64_t after_ns)
{
	uint8_t bytes[STORED_FRAME_MAX];
	struct assay_frame f = {
		.data = bytes,
		.stamp_ns = STORED_BEGIN + after_ns,
		.link_type = 1,
	};

	f.size = stored_frame(bytes, flow, text, strlen(text));
	f.wire_size = f.size;
	fake_job_replay_frame(job, &f);
}

START_TEST(login_fails_and_tls_does_not)
{
	struct assay_job *job = new_job();
	const struct assay_verdict *v;

	feed(job, &tls, "\x16\x03\x01\x01\x05login", 0);
	feed(job, &udp, "login:", 0);
	if (_i == 1)
		feed(job, &telnet, "login:", 0);
	fake_job_judge(job);
	v = fake_job_verdict(job, 0);
	ck_assert_int_eq(v->value, _i == 1 ? ASSAY_FAIL : ASSAY_PASS);
	ck_assert_uint_eq(fake_job_note(job, "frames")->u64, _i + 1);
	fake_job_free(job);
}
END_TEST

START_TEST(timers_fire_in_capture_time)
{
	struct assay_job *job = new_job();

	feed(job, &tls, "x", 90 * SECOND + 1);
	fake_job_judge(job);
	ck_assert_uint_eq(fake_job_find(job, "seconds", NULL)->value.u64, 90);
	ck_assert_uint_eq(
	    fake_job_note(job, "clock.span")->u64, 90 * SECOND + 1);
	fake_job_free(job);
}
END_TEST

START_TEST(live_it_refuses_to_begin)
{
	struct assay_job *job = fake_job_new(&assay_probe);

	ck_assert_int_eq(fake_job_start(job), -1);
	fake_job_free(job);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("sample_passive");
	TCase *t = tcase_create("sample_passive");

	tcase_add_loop_test(t, login_fails_and_tls_does_not, 0, 2);
	tcase_add_test(t, timers_fire_in_capture_time);
	tcase_add_test(t, live_it_refuses_to_begin);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
