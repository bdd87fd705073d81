/*
 * orders: customers' orders and the samples that came for them.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "daemon/engine/orders.h"

static struct orders *orders;
static struct err why;

static void
setup(void)
{
	orders = orders_new();
	memset(&why, 0, sizeof(why));
}

static void
teardown(void)
{
	orders_free(orders);
}

/* params as JSON, with ' for ". */
static json_t *
said(const char *text)
{
	char copy[1000];
	json_t *o;
	char *p;

	ck_assert_uint_lt(strlen(text), sizeof(copy));
	memcpy(copy, text, strlen(text) + 1);
	for (p = copy; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	o = json_loads(copy, 0, NULL);
	ck_assert_ptr_nonnull(o);
	return o;
}

static json_t *
make(const char *text)
{
	json_t *params = said(text), *row;

	row = orders_make(orders, params, &why);
	json_decref(params);
	return row;
}

static json_t *
make_sample(const char *text)
{
	json_t *params = said(text), *row;

	row = orders_make_sample(orders, params, &why);
	json_decref(params);
	return row;
}

static void
refused(json_t *row, const char *part)
{
	ck_assert_ptr_null(row);
	ck_assert_msg(strstr(why.text, part) != NULL, "said \"%s\"", why.text);
}

static void
keep_order(const char *name)
{
	json_t *params = json_pack("{s:s, s:s}", "name", name, "customer", "C");
	json_t *row = orders_make(orders, params, &why);

	ck_assert_msg(row != NULL, "%s", why.text);
	orders_set(orders, name, row);
	json_decref(row);
	json_decref(params);
}

static void
keep_sample(const char *name, const char *order, const char *serial)
{
	json_t *params = json_pack(
	    "{s:s, s:s, s:s}", "name", name, "order", order, "serial", serial);
	json_t *row = orders_make_sample(orders, params, &why);

	ck_assert_msg(row != NULL, "%s", why.text);
	orders_set_sample(orders, name, row);
	json_decref(row);
	json_decref(params);
}

START_TEST(an_order_keeps_what_was_said)
{
	json_t *row = make("{'name': 'A-7', 'customer': 'Locks Ltd',"
			   " 'schemes': 'USCTM,JC-STAR',"
			   " 'states': 'factory,operating',"
			   " 'target': '2026-12-24', 'exempt': 'UK PSTI',"
			   " 'basis': 'statement 12', 'by': 'Eve'}");

	ck_assert_msg(row != NULL, "%s", why.text);
	ck_assert_str_eq(
	    json_string_value(json_object_get(row, "status")), "open");
	ck_assert_str_eq(json_string_value(json_array_get(
			     json_object_get(row, "schemes"), 1)),
	    "JC-STAR");
	ck_assert_uint_eq(json_array_size(json_object_get(row, "states")), 2);
	json_decref(row);
}
END_TEST

static const struct {
	const char *params, *part;
} wrong[] = {
	{ "{'name': 'A/7', 'customer': 'C'}", "name is letters" },
	{ "{'name': 'A'}", "customer" },
	{ "{'name': 'A', 'customer': 'C', 'states': 'asleep'}", "states: of" },
	{ "{'name': 'A', 'customer': 'C', 'states': 'reset,'}", "comma" },
	{ "{'name': 'A', 'customer': 'C', 'states': 'reset,reset'}", "twice" },
	{ "{'name': 'A', 'customer': 'C', 'schemes': ',X'}", "between commas" },
	{ "{'name': 'A', 'customer': 'C', 'target': '2026-13-01'}", "a day" },
	{ "{'name': 'A', 'customer': 'C', 'target': '2026-02-29'}", "a day" },
	{ "{'name': 'A', 'customer': 'C', 'target': 'soon'}", "a day" },
	{ "{'name': 'A', 'customer': 'C\\u001b[1m'}", "control characters" },
	{ "{'name': 'A', 'customer': 'C', 'exempt': 'UK PSTI'}", "basis" },
	{ "{'name': 'A', 'customer': 'C', 'exempt': 'UK PSTI',"
	  " 'basis': 'statement 12'}",
	    "who decided" },
};

START_TEST(what_is_no_order_is_refused)
{
	refused(make(wrong[_i].params), wrong[_i].part);
}
END_TEST

START_TEST(a_name_is_one_order)
{
	keep_order("A");
	refused(make("{'name': 'A', 'customer': 'D'}"), "of that name");
}
END_TEST

START_TEST(a_leap_day_is_a_day)
{
	json_t *row =
	    make("{'name': 'A', 'customer': 'C', 'target': '2028-02-29'}");

	ck_assert_msg(row != NULL, "%s", why.text);
	json_decref(row);
}
END_TEST

START_TEST(nothing_runs_under_a_closed_order)
{
	json_t *closed;

	keep_order("A");
	ck_assert_int_eq(orders_allow(orders, "A", &why), 0);
	closed = orders_make_closed(orders, "A", "reported", "Eve", &why);
	ck_assert_ptr_nonnull(closed);
	/* On its way to the store, neither. */
	orders_hold(orders, "A");
	ck_assert_int_eq(orders_allow(orders, "A", &why), -1);
	orders_set(orders, "A", closed);
	orders_settle(orders, "A");
	ck_assert_int_eq(orders_allow(orders, "A", &why), -1);
	ck_assert_str_eq(why.text, "the order is closed");
	refused(orders_make_closed(orders, "A", "", "", &why), "is closed");
	refused(make_sample("{'name': 'S', 'order': 'A', 'serial': '1'}"),
	    "is closed");
	ck_assert_int_eq(orders_allow(orders, "another", &why), 0);
	json_decref(closed);
}
END_TEST

START_TEST(an_order_asks_for_the_schemes_that_it_names)
{
	json_t *row = make("{'name': 'B', 'customer': 'C',"
			   " 'schemes': 'JC-STAR,PSTI'}");

	keep_order("A"); /* names none */
	orders_set(orders, "B", row);
	ck_assert(orders_asks_for(orders, "A", "USCTM:DOC-1C"));
	ck_assert(!orders_asks_for(orders, "B", "USCTM:DOC-1C"));
	ck_assert(orders_asks_for(orders, "B", "PSTI:X"));
	ck_assert(!orders_asks_for(orders, "B", "PST:X"));
	ck_assert(!orders_asks_for(orders, "another", "USCTM:DOC-1C"));
	json_decref(row);
}
END_TEST

START_TEST(a_close_that_was_not_stored_is_none)
{
	keep_order("A");
	orders_hold(orders, "A");
	orders_settle(orders, "A");
	ck_assert_int_eq(orders_allow(orders, "A", &why), 0);
}
END_TEST

START_TEST(an_order_that_is_not_there_is_not_closed)
{
	refused(orders_make_closed(orders, "A", NULL, NULL, &why), "no order");
}
END_TEST

START_TEST(two_samples_have_two_serials)
{
	keep_order("A");
	keep_sample("S1", "A", "1001");
	refused(make_sample("{'name': 'S2', 'order': 'A', 'serial': '1001'}"),
	    "sample S1 has the same");
	keep_sample("S2", "A", "1002");
	ck_assert_uint_eq(json_object_size(orders_samples(orders)), 2);
}
END_TEST

START_TEST(a_sample_stays_what_it_is_but_for_its_condition)
{
	json_t *row;

	keep_order("A");
	keep_order("B");
	keep_sample("S1", "A", "1001");
	refused(make_sample("{'name': 'S1', 'order': 'B', 'serial': '1001'}"),
	    "another order");
	refused(make_sample("{'name': 'S1', 'order': 'A', 'serial': '7'}"),
	    "another order or serial");
	row = make_sample("{'name': 'S1', 'order': 'A', 'serial': '1001',"
			  " 'condition': 'cracked'}");
	ck_assert_msg(row != NULL, "%s", why.text);
	json_decref(row);
}
END_TEST

START_TEST(a_photograph_is_a_hash)
{
	keep_order("A");
	refused(make_sample("{'name': 'S1', 'order': 'A', 'serial': '1',"
			    " 'photo_sha256': 'ABC'}"),
	    "64 hexadecimal");
	refused(make_sample("{'name': 'S1', 'order': 'Z', 'serial': '1'}"),
	    "no order");
	refused(make_sample("{'name': 'S1', 'order': 'A'}"), "serial");
}
END_TEST

START_TEST(one_change_after_the_other)
{
	keep_order("A");
	orders_hold(orders, "S1");
	refused(make_sample("{'name': 'S2', 'order': 'A', 'serial': '1'}"),
	    "try again");
	orders_settle(orders, "S1");
	keep_sample("S2", "A", "1");
}
END_TEST

START_TEST(a_device_is_told_what_its_sample_is)
{
	const char *order = NULL;
	json_t *of;

	keep_order("A");
	keep_sample("S1", "A", "1001");
	of = orders_describe_sample(orders, "S1", &order, &why);
	ck_assert_ptr_nonnull(of);
	ck_assert_str_eq(order, "A");
	ck_assert_str_eq(
	    json_string_value(json_object_get(of, "serial")), "1001");
	ck_assert_str_eq(json_string_value(json_object_get(of, "name")), "S1");
	json_decref(of);
	refused(
	    orders_describe_sample(orders, "S2", &order, &why), "no sample");
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("orders");
	Suite *s = suite_create("orders");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, an_order_keeps_what_was_said);
	tcase_add_loop_test(t, what_is_no_order_is_refused, 0,
	    (int)(sizeof(wrong) / sizeof(wrong[0])));
	tcase_add_test(t, a_name_is_one_order);
	tcase_add_test(t, a_leap_day_is_a_day);
	tcase_add_test(t, nothing_runs_under_a_closed_order);
	tcase_add_test(t, an_order_asks_for_the_schemes_that_it_names);
	tcase_add_test(t, a_close_that_was_not_stored_is_none);
	tcase_add_test(t, an_order_that_is_not_there_is_not_closed);
	tcase_add_test(t, two_samples_have_two_serials);
	tcase_add_test(t, a_sample_stays_what_it_is_but_for_its_condition);
	tcase_add_test(t, a_photograph_is_a_hash);
	tcase_add_test(t, one_change_after_the_other);
	tcase_add_test(t, a_device_is_told_what_its_sample_is);
	suite_add_tcase(s, t);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
