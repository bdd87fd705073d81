/*
 * Each question ends exactly once.
 */
#include "daemon/engine/requests.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

struct answers {
	unsigned times;
	bool had_message;
	int fd;
	char why[64];
	/* done from inside the callback */
	struct requests *ask_again, *forget_me;
	uint32_t asked;
};

static struct event_base *base;
static struct requests *r;

static void
setup(void)
{
	base = event_base_new();
	r = requests_new(base);
}

static void
teardown(void)
{
	requests_free(r);
	event_base_free(base);
}

static void
on_answer(void *arg, struct msg_in *m, int fd, const char *why)
{
	struct answers *a = arg;

	a->times++;
	a->had_message = m != NULL;
	a->fd = fd;
	strncat(a->why, why == NULL ? "" : why,
	    sizeof(a->why) - strlen(a->why) - 1);
	if (a->forget_me != NULL)
		requests_forget(a->forget_me, a);
	if (a->ask_again != NULL)
		a->asked = requests_add(a->ask_again, 1, 60000, on_answer, arg);
}

static struct msg_in
a_message(void)
{
	static const uint8_t datagram[4] = { 0x07, 0, 0, 0 };
	struct msg_in m;

	ck_assert_int_eq(msg_read(&m, datagram, sizeof(datagram)), 0);
	return m;
}

START_TEST(an_answer_ends_its_question_and_no_other)
{
	struct answers a = { .fd = -1 }, b = { .fd = -1 };
	struct msg_in m = a_message();
	uint32_t first = requests_add(r, 1, 60000, on_answer, &a),
		 second = requests_add(r, 1, 60000, on_answer, &b);

	ck_assert_uint_ne(first, second);
	ck_assert_int_eq(requests_answer(r, first, &m, 7, true), 0);
	ck_assert_uint_eq(a.times, 1);
	ck_assert(a.had_message);
	ck_assert_int_eq(a.fd, 7);
	ck_assert_uint_eq(b.times, 0);
	ck_assert_int_eq(requests_answer(r, first, &m, -1, true), -1);
	ck_assert_uint_eq(a.times, 1);
}
END_TEST

START_TEST(an_answer_to_nobody_is_said_to_be_one)
{
	struct msg_in m = a_message();

	ck_assert_int_eq(requests_answer(r, 0, &m, -1, true), -1);
	ck_assert_int_eq(requests_answer(r, 77, &m, -1, true), -1);
}
END_TEST

START_TEST(a_question_may_have_several_answers_until_the_last)
{
	struct answers a = { .fd = -1 };
	struct msg_in m = a_message();
	uint32_t id = requests_add(r, 1, 60000, on_answer, &a);

	ck_assert_int_eq(requests_answer(r, id, &m, -1, false), 0);
	ck_assert_int_eq(requests_answer(r, id, &m, -1, false), 0);
	ck_assert_int_eq(requests_answer(r, id, &m, -1, true), 0);
	ck_assert_int_eq(requests_answer(r, id, &m, -1, true), -1);
	ck_assert_uint_eq(a.times, 3);
}
END_TEST

START_TEST(a_question_without_an_answer_ends_with_its_time)
{
	struct answers a = { .fd = -1 }, b = { .fd = -1 };
	struct msg_in m = a_message();
	uint32_t id = requests_add(r, 1, 1, on_answer, &a);

	requests_add(r, 1, 60000, on_answer, &b);
	while (a.times == 0)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert(!a.had_message);
	ck_assert_int_eq(a.fd, -1);
	ck_assert_str_eq(a.why, "no answer in time");
	ck_assert_uint_eq(b.times, 0);
	ck_assert_int_eq(requests_answer(r, id, &m, -1, true), -1);
}
END_TEST

START_TEST(a_process_that_is_gone_ends_what_it_was_asked_and_only_that)
{
	struct answers a = { .fd = -1 }, b = { .fd = -1 }, c = { .fd = -1 };

	requests_add(r, 1, 60000, on_answer, &a);
	requests_add(r, 2, 60000, on_answer, &b);
	requests_add(r, 1, 60000, on_answer, &c);
	requests_fail_group(r, 1, "it died");
	ck_assert_uint_eq(a.times, 1);
	ck_assert_str_eq(a.why, "it died");
	ck_assert_uint_eq(c.times, 1);
	ck_assert_uint_eq(b.times, 0);
	requests_fail_group(r, 1, "again");
	ck_assert_uint_eq(a.times, 1);
}
END_TEST

START_TEST(what_is_asked_anew_while_a_group_fails_stays_open)
{
	struct answers a = { .fd = -1, .ask_again = r };
	struct msg_in m = a_message();

	requests_add(r, 1, 60000, on_answer, &a);
	requests_fail_group(r, 1, "it died");
	ck_assert_uint_eq(a.times, 1);
	a.ask_again = NULL;
	ck_assert_int_eq(requests_answer(r, a.asked, &m, -1, true), 0);
	ck_assert_uint_eq(a.times, 2);
}
END_TEST

START_TEST(what_is_forgotten_is_never_called)
{
	struct answers a = { .fd = -1 }, b = { .fd = -1 };
	struct msg_in m = a_message();
	uint32_t id = requests_add(r, 1, 60000, on_answer, &a);

	requests_add(r, 1, 60000, on_answer, &a);
	requests_add(r, 1, 60000, on_answer, &b);
	requests_forget(r, &a);
	ck_assert_int_eq(requests_answer(r, id, &m, -1, true), -1);
	requests_fail_group(r, 1, "it died");
	ck_assert_uint_eq(a.times, 0);
	ck_assert_uint_eq(b.times, 1);
}
END_TEST

START_TEST(a_callback_may_forget_all_that_it_asked)
{
	struct answers a = { .fd = -1, .forget_me = r };
	struct msg_in m = a_message();
	uint32_t id = requests_add(r, 1, 60000, on_answer, &a);

	requests_add(r, 1, 60000, on_answer, &a);
	/* Not the last answer, so its own question is among them. */
	ck_assert_int_eq(requests_answer(r, id, &m, -1, false), 0);
	requests_fail_group(r, 1, "it died");
	ck_assert_uint_eq(a.times, 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("requests");
	TCase *tc = tcase_create("requests");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, an_answer_ends_its_question_and_no_other);
	tcase_add_test(tc, an_answer_to_nobody_is_said_to_be_one);
	tcase_add_test(tc, a_question_may_have_several_answers_until_the_last);
	tcase_add_test(tc, a_question_without_an_answer_ends_with_its_time);
	tcase_add_test(
	    tc, a_process_that_is_gone_ends_what_it_was_asked_and_only_that);
	tcase_add_test(tc, what_is_asked_anew_while_a_group_fails_stays_open);
	tcase_add_test(tc, what_is_forgotten_is_never_called);
	tcase_add_test(tc, a_callback_may_forget_all_that_it_asked);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
