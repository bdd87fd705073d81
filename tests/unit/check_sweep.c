/*
 * check_sweep: the pace follows the answers, and silence is believed only
 * beside responders.
 *
 * A question is a frame of six bytes: its number and its serial.  The device
 * of the test answers with the same six bytes, or does not.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "protocols/bytes.h"
#include "tests/unit/fake_job.h"

#define MS UINT64_C(1000000)
#define SECOND UINT64_C(1000000000)
#define ALL 65535u

enum manner {
	DROPS = 0,
	ANSWERS,
	LIKED, /* as an open port */
};

struct device {
	uint8_t manner[65536];
	uint16_t asked[65536]; /* how often */
	uint64_t rtt_ns;
	uint32_t slow; /* this one answers late; 0: none does */
	uint64_t slow_ns;
	unsigned lose_percent;
	double limit_pps; /* drops what comes faster; 0: none */
	double tokens;
	uint64_t last_ns;
	uint32_t seed;
	bool dead;
	unsigned takes; /* of 100 frames the link takes so many, if not 0 */
	uint32_t full;  /* so often it takes none at all */
	bool link_gone;
	uint32_t order[256], nasked; /* in which they were first asked */
	uint64_t sent;
};

static struct device device;
static struct assay_job *job;
static struct assay_sweep *sweep;
static struct assay_sweep_spec spec;
static unsigned ended;
static enum assay_sweep_end how;

/* ---- a probe that does nothing but sweep ---- */

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
	ended++;
	how = end;
	assay_finish(j);
}

static void
run(struct assay_job *j)
{
	sweep = assay_sweep_new(j, &spec);
}

static void
on_frame(struct assay_job *j, const struct assay_frame *frame)
{
	struct reader r = reader_over(frame->data, frame->size);
	uint32_t q = reader_u32(&r);
	uint16_t serial = reader_u16(&r);

	(void)j;
	assay_sweep_answer(sweep, q, serial, device.manner[q] == LIKED);
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
is_lost(void)
{
	uint64_t now = assay_now_ns(job);

	if (device.limit_pps > 0) {
		device.tokens += device.limit_pps *
		    (double)(now - device.last_ns) / (double)SECOND;
		device.last_ns = now;
		if (device.tokens > 5)
			device.tokens = 5;
		if (device.tokens < 1)
			return true;
		device.tokens--;
	}
	device.seed = device.seed * 1664525u + 1013904223u;
	return (device.seed >> 16) % 100 < device.lose_percent;
}

static void
receive(const struct assay_buffer *frame)
{
	struct reader r = reader_over(frame->data, frame->size);
	uint32_t q = reader_u32(&r);

	ck_assert_uint_lt(q, spec.count);
	device.sent++;
	if (device.asked[q]++ == 0 && device.nasked < 256)
		device.order[device.nasked++] = q;
	if (device.dead || is_lost() || device.manner[q] == DROPS)
		return;
	fake_job_feed(job, frame->data, frame->size,
	    device.slow != 0 && q == device.slow ? device.slow_ns
						 : device.rtt_ns);
}

static int
on_send(
    void *arg, struct assay_job *j, const struct assay_buffer *frames, size_t n)
{
	size_t i;

	(void)arg;
	(void)j;
	if (device.link_gone)
		return -1;
	if (device.full > 0) {
		device.full--;
		return 0;
	}
	if (device.takes != 0)
		n = (n * device.takes + 99) / 100;
	for (i = 0; i < n; i++)
		receive(&frames[i]);
	return (int)n;
}

static void
all_are(enum manner m)
{
	memset(device.manner, (int)m, sizeof(device.manner));
}

static void
setup(void)
{
	memset(&device, 0, sizeof(device));
	device.rtt_ns = MS / 5;
	device.seed = 1;
	all_are(ANSWERS);
	memset(&spec, 0, sizeof(spec));
	spec.count = ALL;
	spec.serials = 4000;
	spec.patience_ns = 5 * SECOND;
	spec.build = build;
	spec.on_end = on_end;
	ended = 0;
	job = fake_job_new(&probe);
	fake_job_on_send(job, on_send, NULL);
}

static void
teardown(void)
{
	assay_sweep_free(sweep);
	sweep = NULL;
	fake_job_free(job);
}

static void
start(void)
{
	ck_assert_int_eq(fake_job_start(job), 0);
}

static struct assay_sweep_stats
stats(void)
{
	struct assay_sweep_stats s;

	assay_sweep_stats(sweep, &s);
	return s;
}

/* To the end; how long it took, in job time. */
static uint64_t
go(uint64_t limit_ns)
{
	uint64_t began;

	if (sweep == NULL)
		start();
	began = assay_now_ns(job);
	ck_assert_msg(fake_job_run_until_finished(job, limit_ns),
	    "the sweep does not end");
	ck_assert_uint_eq(ended, 1);
	return assay_now_ns(job) - began;
}

static uint32_t
count_in(enum assay_sweep_state state)
{
	uint32_t q, n = 0;

	for (q = 0; q < spec.count; q++)
		n += assay_sweep_state(sweep, q) == state;
	return n;
}

/* ---- pace ---- */

START_TEST(begins_gently)
{
	start();
	fake_job_advance(job, 5 * MS);
	ck_assert_uint_gt(device.sent, 0);
	ck_assert_uint_lt(device.sent, 50);
}
END_TEST

/* A device that answers at once is no slower for being asked four times as
 * often; one whose answers take their time may be. */
START_TEST(grows_faster_where_answers_come_at_once)
{
	uint64_t near_sent;

	start();
	fake_job_advance(job, 12 * MS);
	near_sent = device.sent;
	ck_assert_uint_gt(near_sent, 400);
	teardown();
	setup();
	device.rtt_ns = 2 * MS;
	start();
	fake_job_advance(job, 12 * MS);
	ck_assert_uint_gt(device.sent, 0);
	ck_assert_uint_lt(device.sent, near_sent / 4);
}
END_TEST

START_TEST(grows_as_long_as_all_is_answered)
{
	uint64_t took = go(60 * SECOND);

	ck_assert_int_eq(how, ASSAY_SWEEP_COMPLETE);
	ck_assert_uint_eq(stats().answered, ALL);
	ck_assert_uint_eq(stats().slowed, 0);
	ck_assert_uint_gt(stats().max_pps, 100000);
	ck_assert_uint_lt(took, SECOND / 2);
	/* Each question once, and a check for each sixty or so. */
	ck_assert_uint_lt(device.sent, ALL + ALL / 20);
}
END_TEST

/* _i: the packets a second it can take, in hundreds */
START_TEST(slows_to_what_the_device_can_take)
{
	uint64_t took;

	spec.count = 5000;
	device.limit_pps = _i * 100;
	took = go(600 * SECOND);
	ck_assert_int_eq(how, ASSAY_SWEEP_COMPLETE);
	ck_assert_uint_eq(stats().answered, spec.count);
	ck_assert_uint_gt(stats().slowed, 0);
	/* Nor does it crawl: a third of the device's own pace. */
	ck_assert_uint_lt(took, 3 * spec.count * SECOND / ((uint64_t)_i * 100));
}
END_TEST

START_TEST(ceiling_is_kept)
{
	int second;

	spec.max_pps = 500;
	start();
	for (second = 1; second <= 3; second++) {
		fake_job_advance(job, SECOND);
		ck_assert_uint_le(device.sent, 505u * (unsigned)second);
		ck_assert_uint_ge(device.sent, 400u * (unsigned)second);
	}
}
END_TEST

START_TEST(stays_slow_as_long_as_nobody_has_answered)
{
	all_are(DROPS);
	start();
	fake_job_advance(job, SECOND);
	ck_assert_uint_gt(device.sent, 1000);
	ck_assert_uint_lt(device.sent, 8200);
}
END_TEST

START_TEST(the_long_way_there_and_back_is_waited_for)
{
	spec.count = 3000;
	device.rtt_ns = 150 * MS;
	go(60 * SECOND);
	ck_assert_int_eq(how, ASSAY_SWEEP_COMPLETE);
	ck_assert_uint_eq(stats().answered, spec.count);
	ck_assert_uint_eq(stats().slowed, 0);
	ck_assert_uint_gt(stats().rtt_ns, 140 * MS);
}
END_TEST

/* ---- order and checks ---- */

START_TEST(what_comes_first_is_asked_first_and_each_once)
{
	static const uint32_t first[] = { 60000, 7, 60000, ALL, ALL + 7, 3 };
	uint32_t q;

	spec.first = first;
	spec.nfirst = sizeof(first) / sizeof(first[0]);
	start();
	fake_job_advance(job, 20 * MS);
	ck_assert_uint_eq(device.order[0], 60000);
	ck_assert_uint_eq(device.order[1], 7);
	ck_assert_uint_eq(device.order[2], 3);
	ck_assert_uint_eq(device.order[3], 0);
	go(60 * SECOND);
	for (q = 0; q < ALL; q++)
		ck_assert_uint_ge(device.asked[q], 1);
}
END_TEST

START_TEST(checks_ask_those_that_are_liked)
{
	uint32_t q, others = 0;

	device.manner[100] = LIKED;
	device.manner[200] = LIKED;
	go(60 * SECOND);
	ck_assert_uint_gt(device.asked[100] + device.asked[200], 500);
	for (q = 1000; q < ALL; q++)
		others += device.asked[q] - 1u;
	ck_assert_uint_eq(others, 0);
	ck_assert_uint_eq(stats().checks_lost, 0);
}
END_TEST

/* ---- silence ---- */

START_TEST(silence_without_a_responder_settles_nothing)
{
	all_are(DROPS);
	spec.count = 5000;
	go(600 * SECOND);
	ck_assert_int_eq(how, ASSAY_SWEEP_UNSETTLED);
	ck_assert_uint_eq(count_in(ASSAY_SWEEP_SILENT), 0);
	ck_assert_uint_eq(count_in(ASSAY_SWEEP_OPEN), 5000);
	ck_assert_uint_eq(stats().asked, 5000);
	ck_assert_uint_eq(stats().silent, 0);
}
END_TEST

START_TEST(silence_beside_one_responder_settles)
{
	uint32_t q;

	all_are(DROPS);
	device.manner[4321] = LIKED;
	go(600 * SECOND);
	ck_assert_int_eq(how, ASSAY_SWEEP_COMPLETE);
	ck_assert_uint_eq(count_in(ASSAY_SWEEP_SILENT), ALL - 1);
	ck_assert_int_eq(assay_sweep_state(sweep, 4321), ASSAY_SWEEP_ANSWERED);
	ck_assert_uint_eq(stats().silent, ALL - 1);
	for (q = 0; q < ALL; q++)
		ck_assert_uint_ge(device.asked[q], 2);
}
END_TEST

/* _i: percent lost.  What the loss hides is asked until it comes through. */
START_TEST(loss_is_never_taken_for_silence)
{
	uint32_t q;

	spec.count = 8000;
	device.lose_percent = (unsigned)_i;
	for (q = 0; q < spec.count; q++)
		device.manner[q] = q % 4 == 0 ? ANSWERS : DROPS;
	go(3600 * SECOND);
	ck_assert_int_eq(how, ASSAY_SWEEP_COMPLETE);
	for (q = 0; q < spec.count; q++)
		ck_assert_int_eq(assay_sweep_state(sweep, q),
		    q % 4 == 0 ? ASSAY_SWEEP_ANSWERED : ASSAY_SWEEP_SILENT);
	ck_assert_uint_gt(stats().tries, 2);
	ck_assert_uint_gt(stats().checks_lost, 0);
}
END_TEST

START_TEST(too_much_loss_to_tell_is_unsettled)
{
	uint32_t q;

	spec.count = 500;
	device.lose_percent = 60;
	for (q = 0; q < spec.count; q++)
		device.manner[q] = q % 4 == 0 ? ANSWERS : DROPS;
	go(36000 * SECOND);
	ck_assert_int_ne(how, ASSAY_SWEEP_COMPLETE);
	ck_assert_uint_eq(count_in(ASSAY_SWEEP_SILENT), 0);
}
END_TEST

/* ---- answers that come late, twice, or to nothing ---- */

/* Long after its serial was given to others. */
START_TEST(late_answer_counts_though_its_serial_was_reused)
{
	spec.count = 3000;
	spec.serials = 64;
	device.manner[5] = DROPS;
	device.slow = 4;
	device.slow_ns = 400 * MS;
	go(60 * SECOND);
	ck_assert_int_eq(how, ASSAY_SWEEP_COMPLETE);
	ck_assert_int_eq(assay_sweep_state(sweep, 4), ASSAY_SWEEP_ANSWERED);
	ck_assert_int_eq(assay_sweep_state(sweep, 5), ASSAY_SWEEP_SILENT);
	ck_assert_uint_eq(stats().answered, 2999);
	ck_assert_uint_eq(stats().silent, 1);
	/* It is not taken for the answer to who has the serial now. */
	ck_assert_uint_le(stats().rtt_ns, device.slow_ns);
}
END_TEST

START_TEST(second_answer_changes_nothing)
{
	struct assay_sweep_stats before;

	spec.count = 3000;
	start();
	fake_job_advance(job, 20 * MS);
	before = stats();
	ck_assert_uint_gt(before.answered, 0);
	assay_sweep_answer(sweep, 0, 1, false);
	ck_assert_uint_eq(stats().answered, before.answered);
	go(60 * SECOND);
	ck_assert_uint_eq(stats().answered, 3000);
}
END_TEST

START_TEST(answer_to_what_was_not_asked_is_none)
{
	struct assay_sweep_stats before;

	start();
	fake_job_advance(job, 5 * MS);
	before = stats();
	assay_sweep_answer(sweep, 60000, 0, true);
	assay_sweep_answer(sweep, ALL, 0, true);
	assay_sweep_answer(sweep, 0xffffffff, 0, true);
	assay_sweep_answer(sweep, 0, 4000, true);
	ck_assert_int_eq(assay_sweep_state(sweep, 60000), ASSAY_SWEEP_UNASKED);
	ck_assert_uint_eq(stats().answered, before.answered);
}
END_TEST

START_TEST(answer_to_one_settled_silent_takes_it_back)
{
	uint32_t q;

	/* 9 falls silent for good, as far as the first rounds can tell; what
	 * is lost keeps the sweep going meanwhile. */
	spec.count = 400;
	device.slow = 9;
	device.slow_ns = 3 * SECOND;
	device.lose_percent = 0;
	for (q = 0; q < spec.count; q++)
		device.manner[q] = ANSWERS;
	spec.max_pps = 100;
	go(60 * SECOND);
	ck_assert_int_eq(how, ASSAY_SWEEP_COMPLETE);
	ck_assert_uint_eq(stats().answered + stats().silent, spec.count);
	ck_assert_uint_eq(stats().answered, count_in(ASSAY_SWEEP_ANSWERED));
	ck_assert_uint_eq(stats().silent, count_in(ASSAY_SWEEP_SILENT));
}
END_TEST

/* ---- a link that takes less than it is given ---- */

START_TEST(what_the_link_did_not_take_is_asked_again)
{
	uint32_t q;

	device.takes = 40;
	go(60 * SECOND);
	ck_assert_int_eq(how, ASSAY_SWEEP_COMPLETE);
	ck_assert_uint_eq(stats().answered, ALL);
	ck_assert_uint_eq(stats().sent, device.sent);
	ck_assert_uint_eq(stats().checks_lost, 0);
	for (q = 0; q < ALL; q++)
		ck_assert_uint_ge(device.asked[q], 1);
}
END_TEST

START_TEST(full_queue_is_tried_again_later)
{
	spec.count = 3000;
	device.full = 50;
	ck_assert_uint_gt(go(60 * SECOND), 50 * MS / 5);
	ck_assert_int_eq(how, ASSAY_SWEEP_COMPLETE);
	ck_assert_uint_eq(device.full, 0);
	ck_assert_uint_eq(stats().answered, 3000);
}
END_TEST

START_TEST(link_that_is_gone_ends_it)
{
	start();
	fake_job_advance(job, 10 * MS);
	device.link_gone = true;
	go(SECOND);
	ck_assert_int_eq(how, ASSAY_SWEEP_GONE);
}
END_TEST

/* ---- a device that falls silent ---- */

START_TEST(dead_device_is_given_patience_then_gone)
{
	uint64_t before, took;

	start();
	fake_job_advance(job, 30 * MS);
	device.dead = true;
	before = device.sent;
	took = go(60 * SECOND);
	ck_assert_int_eq(how, ASSAY_SWEEP_GONE);
	ck_assert_uint_ge(took, spec.patience_ns);
	ck_assert_uint_lt(took, spec.patience_ns + 3 * SECOND);
	/* The group under way, then little more than knocking. */
	ck_assert_uint_lt(device.sent - before, 5000);
	ck_assert_uint_eq(count_in(ASSAY_SWEEP_SILENT), 0);
}
END_TEST

START_TEST(device_that_comes_back_loses_nothing)
{
	start();
	fake_job_advance(job, 30 * MS);
	device.dead = true;
	fake_job_advance(job, 2 * SECOND);
	ck_assert_uint_eq(ended, 0);
	device.dead = false;
	go(60 * SECOND);
	ck_assert_int_eq(how, ASSAY_SWEEP_COMPLETE);
	ck_assert_uint_eq(stats().answered, ALL);
	ck_assert_uint_eq(stats().silent, 0);
}
END_TEST

/* _i: an enum assay_health that means it is away */
START_TEST(asking_pauses_while_the_watch_says_it_is_away)
{
	uint64_t before;

	start();
	fake_job_advance(job, 50 * MS);
	device.dead = true;
	assay_sweep_health(sweep, _i == 0 ? ASSAY_DOWN : ASSAY_LINK_LOST);
	fake_job_advance(job, SECOND);
	before = device.sent;
	fake_job_advance(job, 2 * SECOND);
	ck_assert_uint_le(device.sent - before, 15);
	ck_assert_uint_eq(ended, 0);
	device.dead = false;
	assay_sweep_health(sweep, _i == 0 ? ASSAY_UP : ASSAY_SLOW);
	go(60 * SECOND);
	ck_assert_int_eq(how, ASSAY_SWEEP_COMPLETE);
	ck_assert_uint_eq(stats().answered, ALL);
}
END_TEST

START_TEST(away_for_longer_than_the_patience_is_gone)
{
	start();
	fake_job_advance(job, 50 * MS);
	device.dead = true;
	assay_sweep_health(sweep, ASSAY_LINK_LOST);
	go(30 * SECOND);
	ck_assert_int_eq(how, ASSAY_SWEEP_GONE);
}
END_TEST

START_TEST(stop_ends_it_once_and_answers_no_longer_count)
{
	uint32_t answered;

	start();
	fake_job_advance(job, 20 * MS);
	assay_sweep_stop(sweep);
	ck_assert_uint_eq(ended, 0); /* from the loop, not from here */
	assay_sweep_stop(sweep);
	answered = stats().answered;
	assay_sweep_answer(sweep, answered + 1, 0, true);
	ck_assert_uint_eq(go(SECOND), 0);
	ck_assert_int_eq(how, ASSAY_SWEEP_GONE);
	ck_assert_uint_eq(stats().answered, answered);
	ck_assert_uint_gt(count_in(ASSAY_SWEEP_UNASKED), 0);
	assay_sweep_free(NULL);
}
END_TEST

static void
add_tests(TCase *t)
{
	tcase_add_test(t, begins_gently);
	tcase_add_test(t, grows_faster_where_answers_come_at_once);
	tcase_add_test(t, grows_as_long_as_all_is_answered);
	tcase_add_loop_test(t, slows_to_what_the_device_can_take, 3, 6);
	tcase_add_test(t, ceiling_is_kept);
	tcase_add_test(t, stays_slow_as_long_as_nobody_has_answered);
	tcase_add_test(t, the_long_way_there_and_back_is_waited_for);
	tcase_add_test(t, what_comes_first_is_asked_first_and_each_once);
	tcase_add_test(t, checks_ask_those_that_are_liked);
	tcase_add_test(t, silence_without_a_responder_settles_nothing);
	tcase_add_test(t, silence_beside_one_responder_settles);
	tcase_add_loop_test(t, loss_is_never_taken_for_silence, 2, 9);
	tcase_add_test(t, too_much_loss_to_tell_is_unsettled);
	tcase_add_test(t, late_answer_counts_though_its_serial_was_reused);
	tcase_add_test(t, second_answer_changes_nothing);
	tcase_add_test(t, answer_to_what_was_not_asked_is_none);
	tcase_add_test(t, answer_to_one_settled_silent_takes_it_back);
	tcase_add_test(t, what_the_link_did_not_take_is_asked_again);
	tcase_add_test(t, full_queue_is_tried_again_later);
	tcase_add_test(t, link_that_is_gone_ends_it);
	tcase_add_test(t, dead_device_is_given_patience_then_gone);
	tcase_add_test(t, device_that_comes_back_loses_nothing);
	tcase_add_loop_test(
	    t, asking_pauses_while_the_watch_says_it_is_away, 0, 2);
	tcase_add_test(t, away_for_longer_than_the_patience_is_gone);
	tcase_add_test(t, stop_ends_it_once_and_answers_no_longer_count);
}

int
main(void)
{
	Suite *s = suite_create("sweep");
	TCase *t = tcase_create("all");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	add_tests(t);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
