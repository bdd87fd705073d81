/*
 * check_sweep_weak: devices that sleep, hang and reboot hide nothing.
 *
 * A question is a frame of six bytes: its number and its serial.  Whether the
 * device is there is a function of the time and of what came in; each test
 * runs over seeds, and the result must be the strong device's in all of them.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "protocols/bytes.h"
#include "tests/unit/fake_job.h"
#include "tests/unit/seeds.h"

#define MS UINT64_C(1000000)
#define SECOND UINT64_C(1000000000)
#define ALL 65535u
#define OPEN_EVERY 5461u /* twelve liked ones */
#define EACH SEEDS(20)

struct weak {
	bool filters; /* all but the liked ones drop */
	uint64_t awake_ns, asleep_ns;
	uint32_t hangs_at; /* a question; 0: none */
	bool hangs_always;
	uint64_t hang_ns, hung_until_ns;
	uint64_t reboot_pps; /* over a tenth of a second */
	uint64_t window_ns, window_came;
	uint64_t booting_until_ns;
	bool told;         /* the watch was */
	uint64_t link_pps; /* as much as its link carries; 0: any */
	unsigned reboots;
	unsigned relapses; /* it reboots again just after, whatever is asked */
	uint64_t relapse_ns;
	uint64_t queue_pps, queue_until_ns; /* serves so many, the rest waits */
	uint64_t came;
	uint32_t seed;
};

static struct weak weak;
static struct assay_job *job;
static struct assay_sweep *sweep;
static struct assay_sweep_spec spec;
static bool ended;
static enum assay_sweep_end how;

static size_t
build(
    struct assay_job *j, void *arg, uint32_t q, uint16_t serial, uint8_t *frame)
{
	(void)j;
	(void)arg;
	put_u32(frame, q);
	put_u16(frame + 4, serial);
	return 6;
}

static void
on_end(struct assay_job *j, void *arg, enum assay_sweep_end end)
{
	(void)arg;
	ended = true;
	how = end;
	assay_finish(j);
}

static void
run(struct assay_job *j)
{
	sweep = assay_sweep_new(j, &spec);
}

static bool
is_liked(uint32_t q)
{
	return q % OPEN_EVERY == 0;
}

static void
on_frame(struct assay_job *j, const struct assay_frame *frame)
{
	struct reader r = reader_over(frame->data, frame->size);
	uint32_t q = reader_u32(&r);
	uint16_t serial = reader_u16(&r);

	(void)j;
	assay_sweep_answer(sweep, q, serial, is_liked(q));
}

static void
judge(struct assay_job *j)
{
	(void)j;
}

static const struct assay_claim claims[] = { { "NET-01", ASSAY_BEHAVIOUR },
	{ .check = NULL } };
static const struct assay_field fields[] = { { "x", ASSAY_TYPE_U64, "", "x" },
	{ .name = NULL } };
static const struct assay_reason reasons[] = { { "tcp.x", "" },
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
	.needs = ASSAY_NEED_LINK,
	.medium = ASSAY_MEDIUM_IP,
	.impact = ASSAY_ACTIVE,
	.timeout_ms = 1000,
	.state_size = 1,
	.filter = "tcp",
	.run = run,
	.on_frame = on_frame,
	.judge = judge,
};

/* ---- the device ---- */

static bool
is_overloaded(uint64_t now)
{
	bool over = false;

	if (now - weak.window_ns >= 100 * MS) {
		over = weak.window_came * SECOND >
		    weak.reboot_pps * (now - weak.window_ns);
		weak.window_ns = now;
		weak.window_came = 0;
	}
	weak.window_came++;
	return weak.reboot_pps > 0 && over;
}

static bool
is_there(uint32_t q, uint64_t now)
{
	uint64_t turn = weak.awake_ns + weak.asleep_ns;

	if (turn > 0 && now % turn >= weak.awake_ns)
		return false;
	if (now < weak.hung_until_ns || now < weak.booting_until_ns)
		return false;
	if (weak.hangs_at != 0 && q == weak.hangs_at) {
		weak.hung_until_ns = now + weak.hang_ns;
		if (!weak.hangs_always)
			weak.hangs_at = 0;
		return false;
	}
	if (is_overloaded(now)) {
		weak.booting_until_ns = now + 2 * SECOND;
		weak.told = false;
		weak.reboots++;
		return false;
	}
	return true;
}

static uint64_t
rtt(uint64_t now)
{
	if (weak.queue_pps == 0)
		return MS / 5;
	if (weak.queue_until_ns < now)
		weak.queue_until_ns = now;
	weak.queue_until_ns += SECOND / weak.queue_pps;
	return weak.queue_until_ns - now;
}

static int
on_send(
    void *arg, struct assay_job *j, const struct assay_buffer *frames, size_t n)
{
	uint64_t now = assay_now_ns(j);
	size_t i;

	(void)arg;
	for (i = 0; i < n; i++) {
		struct reader r = reader_over(frames[i].data, frames[i].size);
		uint32_t q = reader_u32(&r);

		weak.came++;
		if (is_there(q, now) && (!weak.filters || is_liked(q)))
			fake_job_feed(
			    j, frames[i].data, frames[i].size, rtt(now));
	}
	return (int)n;
}

/* ---- a whole sweep ---- */

static void
begin(void)
{
	ended = false;
	memset(&spec, 0, sizeof(spec));
	spec.count = ALL;
	spec.serials = 4000;
	spec.patience_ns = 10 * SECOND;
	spec.max_pps = weak.link_pps;
	spec.build = build;
	spec.on_end = on_end;
	job = fake_job_new(&probe);
	fake_job_on_send(job, on_send, NULL);
	/* Another sweep, by the dice, in each run. */
	while (weak.seed-- > 0)
		assay_random(job);
	ck_assert_int_eq(fake_job_start(job), 0);
}

static void
relapse(void)
{
	if (weak.relapse_ns == 0 || assay_now_ns(job) < weak.relapse_ns)
		return;
	weak.relapse_ns = 0;
	weak.relapses--;
	weak.booting_until_ns = assay_now_ns(job) + SECOND;
	weak.told = false;
}

/* The watch tells of a lost link and a reboot, as it does. */
static void
go(uint64_t limit_ns)
{
	uint64_t end = assay_now_ns(job) + limit_ns;

	while (!ended && assay_now_ns(job) < end) {
		if (weak.booting_until_ns > assay_now_ns(job) && !weak.told) {
			weak.told = true;
			assay_sweep_health(sweep, ASSAY_LINK_LOST);
		}
		if (weak.told && weak.booting_until_ns != 0 &&
		    weak.booting_until_ns <= assay_now_ns(job)) {
			weak.booting_until_ns = 0;
			assay_sweep_health(sweep, ASSAY_REBOOTED);
			if (weak.relapses > 0)
				weak.relapse_ns = assay_now_ns(job) + 120 * MS;
		}
		relapse();
		fake_job_advance(job, 20 * MS);
	}
	ck_assert_msg(ended, "the sweep does not end");
}

static struct assay_sweep_stats
stats(void)
{
	struct assay_sweep_stats s;

	assay_sweep_stats(sweep, &s);
	return s;
}

static void
end(void)
{
	assay_sweep_free(sweep);
	sweep = NULL;
	fake_job_free(job);
}

/* What answers was found, and what is silent is silent. */
static void
is_as_strong(void)
{
	uint32_t q, answers;

	ck_assert_int_eq(how, ASSAY_SWEEP_COMPLETE);
	for (q = 0; q < ALL; q++) {
		answers = !weak.filters || is_liked(q);
		ck_assert_int_eq(assay_sweep_state(sweep, q),
		    answers ? ASSAY_SWEEP_ANSWERED : ASSAY_SWEEP_SILENT);
	}
}

/* _i: the seed, and whether it filters. */
static void
of_seed(int i)
{
	memset(&weak, 0, sizeof(weak));
	weak.seed = (uint32_t)(i / 2 + 1);
	weak.filters = i % 2 == 1;
}

START_TEST(sleeper_is_swept_over_its_windows)
{
	struct assay_sweep_stats st;

	of_seed(_i);
	weak.awake_ns = 300 * MS;
	weak.asleep_ns = 1700 * MS;
	begin();
	go(600 * SECOND);
	is_as_strong();
	st = stats();
	ck_assert_uint_eq(st.reboots, 0);
	if (st.outages >= 3) { /* learnt, to the interval of knocks */
		ck_assert_uint_ge(st.asleep_ns, 1500 * MS);
		ck_assert_uint_le(st.asleep_ns, 2200 * MS);
		ck_assert_uint_le(st.awake_ns, 350 * MS);
	}
	end();
}
END_TEST

START_TEST(hang_in_the_middle_hides_nothing)
{
	of_seed(_i);
	weak.hangs_at = 30000 + (uint32_t)_i;
	weak.hang_ns = 2 * SECOND;
	begin();
	go(600 * SECOND);
	is_as_strong();
	ck_assert_uint_ge(stats().outages, 1);
	end();
}
END_TEST

START_TEST(reboot_under_load_hides_nothing_and_is_not_repeated)
{
	struct assay_sweep_stats st;

	of_seed(_i);
	weak.reboot_pps = 5000;
	weak.link_pps = 100000; /* or it is over before the device notices */
	begin();
	go(900 * SECOND);
	is_as_strong();
	st = stats();
	ck_assert_uint_ge(st.reboots, 1);
	ck_assert_uint_le(weak.reboots, 4);
	ck_assert_uint_gt(st.reboot_pps, 2500);
	end();
}
END_TEST

/* It was hardly asked when it rebooted again: not for the pace, which is not to
 * sink to nothing for it. */
START_TEST(reboot_that_the_pace_did_not_cause_costs_little)
{
	of_seed(2 * _i + 1);
	weak.reboot_pps = 5000;
	weak.relapses = 6;
	begin();
	go(400 * SECOND);
	is_as_strong();
	ck_assert_uint_eq(stats().reboots, 6 + weak.reboots);
	end();
}
END_TEST

/* The question that always stops it is left to the end, and unsettled; the
 * others are not. */
START_TEST(question_that_always_hangs_it_keeps_no_other_from_being_asked)
{
	uint32_t q, bad = 30000, missed = 0;

	of_seed(_i);
	weak.hangs_at = bad;
	weak.hangs_always = true;
	weak.hang_ns = 500 * MS;
	begin();
	go(1800 * SECOND);
	ck_assert_int_eq(how, ASSAY_SWEEP_UNSETTLED);
	for (q = 0; q < ALL; q++)
		missed += q != bad &&
		    assay_sweep_state(sweep, q) != ASSAY_SWEEP_ANSWERED;
	ck_assert_uint_eq(missed, 0);
	ck_assert_int_eq(assay_sweep_state(sweep, bad), ASSAY_SWEEP_OPEN);
	end();
}
END_TEST

START_TEST(answers_that_come_later_and_later_slow_it_down)
{
	of_seed(_i);
	weak.queue_pps = 3000;
	begin();
	go(600 * SECOND);
	ck_assert_int_eq(how, ASSAY_SWEEP_COMPLETE);
	is_as_strong();
	ck_assert_uint_ge(stats().slowed, 1);
	end();
}
END_TEST

START_TEST(watch_s_word_that_it_is_slow_slows_it_down)
{
	uint32_t before;

	of_seed(0);
	begin();
	fake_job_advance(job, 50 * MS);
	before = stats().slowed;
	assay_sweep_health(sweep, ASSAY_SLOW);
	ck_assert_uint_eq(stats().slowed, before + 1);
	go(60 * SECOND);
	is_as_strong();
	end();
}
END_TEST

/* It sleeps longer than anybody waits. */
START_TEST(sleeper_beyond_the_patience_is_gone)
{
	of_seed(0);
	weak.hangs_at = 30000;
	weak.hang_ns = 60 * SECOND;
	begin();
	go(120 * SECOND);
	ck_assert_int_eq(how, ASSAY_SWEEP_GONE);
	end();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sweep_weak");
	TCase *tc = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, sleeper_is_swept_over_its_windows, 0, EACH);
	tcase_add_loop_test(tc, hang_in_the_middle_hides_nothing, 0, EACH);
	tcase_add_loop_test(
	    tc, reboot_under_load_hides_nothing_and_is_not_repeated, 0, EACH);
	tcase_add_loop_test(
	    tc, reboot_that_the_pace_did_not_cause_costs_little, 0, SEEDS(5));
	tcase_add_loop_test(tc,
	    question_that_always_hangs_it_keeps_no_other_from_being_asked, 0,
	    1);
	tcase_add_loop_test(
	    tc, answers_that_come_later_and_later_slow_it_down, 0, 1);
	tcase_add_test(tc, watch_s_word_that_it_is_slow_slows_it_down);
	tcase_add_test(tc, sleeper_beyond_the_patience_is_gone);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
