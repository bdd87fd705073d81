/*
 * The control socket's subscriptions: every record once, in order, whoever is
 * slow.
 */
#include "daemon/control/control.h"
#include <check.h>
#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <event2/event.h>
#include "base/alloc.h"
#include "base/log.h"
#include "daemon/control/control_internal.h"
#include "tests/unit/control_rig.h"

/* ---- subscriptions ---- */

START_TEST(a_subscriber_from_now_gets_what_comes)
{
	int fd;

	control_rig.stored = 5;
	control_set_newest(control_rig.control, 5);
	fd = control_rig_subscribe(0, 0);
	control_rig_expect_from(fd, 6);
	control_rig_publish();
	control_rig_publish();
	control_rig_expect_record(fd, 6);
	control_rig_expect_record(fd, 7);
	ck_assert_uint_eq(control_rig.replays, 0);
	close(fd);
}
END_TEST

START_TEST(a_subscriber_from_1_gets_all_then_what_comes)
{
	uint64_t seq;
	int fd;

	control_rig.stored = 1000;
	if (_i == 0) /* the daemon knows how many there are, or does not */
		control_set_newest(control_rig.control, 1000);
	fd = control_rig_subscribe(1, 0);
	control_rig_expect_from(fd, 1);
	for (seq = 1; seq <= 1000; seq++)
		control_rig_expect_record(fd, seq);
	control_rig_publish();
	control_rig_expect_record(fd, 1001);
	ck_assert(control_rig_is_silent(fd));
	close(fd);
}
END_TEST

START_TEST(records_that_come_during_a_catch_up_wait_in_line)
{
	uint64_t seq;
	int fd;

	control_rig.stored = 10;
	if (_i == 0)
		control_set_newest(control_rig.control, 10);
	control_rig.is_late = true;
	fd = control_rig_subscribe(4, 0);
	control_rig_expect_from(fd, 4);
	control_rig_turn();
	ck_assert_ptr_nonnull(control_rig.replay);
	control_rig_publish(); /* 11, after the store was asked */
	ck_assert(control_rig_is_silent(fd));
	control_rig_answer_replay();
	control_rig_turn();
	control_rig_publish(); /* 12, before the rest is answered */
	while (control_rig.replay != NULL) {
		control_rig_answer_replay();
		control_rig_turn();
	}
	control_rig_publish();
	for (seq = 4; seq <= 13; seq++)
		control_rig_expect_record(fd, seq);
	ck_assert(control_rig_is_silent(fd));
	close(fd);
}
END_TEST

START_TEST(a_subscriber_to_one_run_gets_only_its_records)
{
	int fd;

	control_rig.stored = 6;
	control_set_newest(control_rig.control, 6);
	fd = control_rig_subscribe(1, 2);
	control_rig_expect_from(fd, 1);
	control_rig_expect_record(fd, 2);
	control_rig_expect_record(fd, 4);
	control_rig_expect_record(fd, 6);
	control_rig_publish();
	control_rig_publish();
	control_rig_expect_record(fd, 8);
	ck_assert(control_rig_is_silent(fd));
	close(fd);
}
END_TEST

START_TEST(a_subscriber_from_the_future_waits_for_it)
{
	int fd;

	control_rig.stored = 3;
	if (_i == 0)
		control_set_newest(control_rig.control, 3);
	fd = control_rig_subscribe(6, 0);
	control_rig_expect_from(fd, 6);
	control_rig_turn();
	control_rig_publish();
	control_rig_publish();
	ck_assert(control_rig_is_silent(fd));
	control_rig_publish();
	control_rig_expect_record(fd, 6);
	close(fd);
}
END_TEST

START_TEST(a_slow_reader_loses_nothing_and_costs_little)
{
	uint64_t seq;
	size_t most = 0, waiting;
	int fd;

	control_rig.pad = 8000;
	control_rig.stored = 1500; /* 12 MB */
	if (_i == 0)
		control_set_newest(control_rig.control, 1500);
	fd = control_rig_subscribe(1, 0);
	control_rig_expect_from(fd, 1);
	for (seq = 1; seq <= 2000; seq++) {
		if (seq <= 500)
			control_rig_publish(); /* 4 MB more, faster than it
						  reads */
		waiting = control_conn_waiting(
		    TAILQ_FIRST(&control_rig.control->clients)->conn);
		if (waiting > most)
			most = waiting;
		control_rig_expect_record(fd, seq);
	}
	ck_assert_uint_lt(most, CONTROL_PILE_MAX);
	ck_assert(control_rig_is_silent(fd));
	control_rig_publish();
	control_rig_expect_record(fd, 2001);
	close(fd);
}
END_TEST

START_TEST(a_live_subscriber_that_falls_behind_catches_up)
{
	uint64_t seq;
	int fd;

	control_rig.pad = 40000;
	control_rig.stored = 1;
	control_set_newest(control_rig.control, 1);
	fd = control_rig_subscribe(0, 0);
	control_rig_expect_from(fd, 2);
	for (seq = 2; seq <= 400; seq++)
		control_rig_publish(); /* 16 MB, unread */
	for (seq = 2; seq <= 400; seq++)
		control_rig_expect_record(fd, seq);
	ck_assert_uint_gt(control_rig.replays, 0);
	close(fd);
}
END_TEST

START_TEST(a_subscriber_that_leaves_in_mid_catch_up_is_forgotten)
{
	int fd;

	control_rig.stored = 10;
	control_set_newest(control_rig.control, 10);
	control_rig.is_late = true;
	fd = control_rig_subscribe(1, 0);
	control_rig_expect_from(fd, 1);
	control_rig_turn();
	ck_assert_ptr_nonnull(control_rig.replay);
	close(fd);
	control_rig_turn();
	ck_assert_uint_eq(control_rig.control->nclients, 0);
	control_rig_answer_replay();
	control_rig_publish();
}
END_TEST

START_TEST(a_store_that_cannot_read_ends_the_subscription_with_a_word)
{
	int fd;

	control_rig.stored = 3;
	control_set_newest(control_rig.control, 5);
	control_rig.replay_error = "disk I/O error";
	fd = control_rig_subscribe(1, 0);
	control_rig_expect_from(fd, 1);
	control_rig_expect_record(fd, 1);
	control_rig_expect_record(fd, 2);
	control_rig_expect_record(fd, 3);
	control_rig_expect_error(fd, -32000, "disk I/O error");
	control_rig_expect_end(fd);
	close(fd);
}
END_TEST

START_TEST(words_go_to_those_they_concern_and_only_records_wait_for_the_slow)
{
	int fd, other, i;
	json_t *word = json_pack("{s:s}", "what", "x"), *o;
	uint64_t seq;

	control_rig.pad = 40000;
	control_rig.stored = 2;
	control_set_newest(control_rig.control, 2);
	fd = control_rig_subscribe(0, 1);
	other = control_rig_subscribe(0, 2);
	control_rig_expect_from(fd, 3);
	control_rig_expect_from(other, 3);
	control_publish_word(control_rig.control, "progress", 1, word);
	o = control_rig_take(fd);
	ck_assert_str_eq(
	    json_string_value(json_object_get(o, "method")), "progress");
	json_decref(o);
	ck_assert(control_rig_is_silent(other));
	for (i = 0; i < 60; i++) {
		control_rig_publish();
		control_publish_word(control_rig.control, "progress", 1, word);
	}
	for (seq = 3; seq <= 61; seq += 2) {
		o = control_rig_take(fd);
		while (strcmp(json_string_value(json_object_get(o, "method")),
			   "progress") == 0) {
			json_decref(o);
			o = control_rig_take(fd);
		}
		ck_assert_uint_eq(
		    control_rig_number(json_object_get(o, "params"), "seq"),
		    seq);
		json_decref(o);
	}
	json_decref(word);
	close(fd);
	close(other);
}
END_TEST

START_TEST(a_second_subscription_on_one_connection_is_refused)
{
	int fd = control_rig_subscribe(0, 0);

	control_rig_expect_from(fd, 0); /* from now; the newest is not known */
	control_rig_say(fd, REQUEST("subscribe", "{}"));
	control_rig_expect_error(fd, -32000, "already");
	control_rig_publish();
	control_rig_expect_record(fd, 1);
	ck_assert(control_rig_is_silent(fd));
	close(fd);
}
END_TEST

static Suite *
control_subscribe_suite(void)
{
	Suite *s = suite_create("control_subscribe");
	TCase *c = tcase_create("subscriptions");

	tcase_add_checked_fixture(c, control_rig_set_up, control_rig_tear_down);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, a_subscriber_from_now_gets_what_comes);
	tcase_add_loop_test(
	    c, a_subscriber_from_1_gets_all_then_what_comes, 0, 2);
	tcase_add_loop_test(
	    c, records_that_come_during_a_catch_up_wait_in_line, 0, 2);
	tcase_add_test(c, a_subscriber_to_one_run_gets_only_its_records);
	tcase_add_loop_test(c, a_subscriber_from_the_future_waits_for_it, 0, 2);
	tcase_add_loop_test(
	    c, a_slow_reader_loses_nothing_and_costs_little, 0, 2);
	tcase_add_test(c, a_live_subscriber_that_falls_behind_catches_up);
	tcase_add_test(
	    c, a_subscriber_that_leaves_in_mid_catch_up_is_forgotten);
	tcase_add_test(
	    c, a_store_that_cannot_read_ends_the_subscription_with_a_word);
	tcase_add_test(c,
	    words_go_to_those_they_concern_and_only_records_wait_for_the_slow);
	tcase_add_test(c, a_second_subscription_on_one_connection_is_refused);
	suite_add_tcase(s, c);
	return s;
}

int
main(void)
{
	SRunner *r = srunner_create(control_subscribe_suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
