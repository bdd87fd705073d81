/*
 * What of an order is still to be run, and when.
 */
#include "catalogue/order_plan.h"

#include <check.h>
#include <stdlib.h>

static struct catalogue *catalogue;
static const char *const probed[] = { "NET-01", "NET-08", NULL };
static const char *ports[] = { "NET-01", NULL };
static const char *isn[] = { "NET-08", NULL };
static struct order_plan_probe probes[2];

static void
setup(void)
{
	struct err e;

	catalogue = catalogue_load("etc/catalogue", NULL, &e);
	ck_assert_ptr_nonnull(catalogue);
	probes[0] = (struct order_plan_probe){ "tcp.ports", ports,
		CATALOGUE_LOAD, 1000 };
	probes[1] =
	    (struct order_plan_probe){ "tcp.isn", isn, CATALOGUE_ACTIVE, 1000 };
}

static void
teardown(void)
{
	catalogue_free(catalogue);
}

/* The steps when `verdict` was said of NET-01; NONE: nothing was. */
static struct order_plan_step *
plan(enum verdict verdict, const char *scheme, bool needs_hand, size_t *n)
{
	const struct coverage_said said = { .sample = "a",
		.state = "operating",
		.check = "NET-01",
		.verdict = verdict,
		.reason = "",
		.run = 1,
		.seq = 7 };
	const struct coverage_given given = { .catalogue = catalogue,
		.media = 1u << CATALOGUE_MEDIUM_IP,
		.probed = probed,
		.said = &said,
		.nsaid = verdict != VERDICT_NONE };
	struct coverage *c = coverage_make(&given);
	const struct order_plan_given of = { c, probes, 2, &scheme,
		scheme != NULL, needs_hand };
	struct order_plan_step *steps = order_plan(&of, n);

	coverage_free(c);
	return steps;
}

START_TEST(what_loads_the_device_comes_last)
{
	size_t n;
	struct order_plan_step *s = plan(VERDICT_NONE, NULL, false, &n);

	ck_assert_uint_eq(n, 2);
	ck_assert_ptr_eq(s[0].probe, &probes[1]);
	ck_assert_int_eq(s[0].when, ORDER_PLAN_ALONE);
	ck_assert_ptr_eq(s[1].probe, &probes[0]);
	ck_assert_int_eq(s[1].when, ORDER_PLAN_LAST);
	ck_assert(!s[1].needs_person);
	free(s);
	s = plan(VERDICT_NONE, NULL, true, &n); /* put there by hand */
	ck_assert_int_eq(s[0].when, ORDER_PLAN_PERSON);
	ck_assert_int_eq(s[1].when, ORDER_PLAN_LAST);
	ck_assert(s[1].needs_person);
	free(s);
}
END_TEST

START_TEST(what_is_decided_is_not_asked_anew)
{
	static const enum verdict decided[] = { VERDICT_PASS, VERDICT_FAIL },
				  open[] = { VERDICT_INCONC, VERDICT_ERROR };
	size_t i, n;

	for (i = 0; i < 2; i++) {
		free(plan(decided[i], NULL, false, &n));
		ck_assert_uint_eq(n, 1);
		free(plan(open[i], NULL, false, &n));
		ck_assert_uint_eq(n, 2);
	}
}
END_TEST

START_TEST(only_what_the_order_asks_for_is_planned)
{
	struct order_plan_step *s;
	size_t n;

	/* NET-08 speaks to no requirement of this one. */
	s = plan(VERDICT_NONE, "JC-STAR", false, &n);
	ck_assert_uint_eq(n, 1);
	ck_assert_ptr_eq(s[0].probe, &probes[0]);
	free(s);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("order_plan");
	Suite *s = suite_create("order_plan");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_loads_the_device_comes_last);
	tcase_add_test(t, what_is_decided_is_not_asked_anew);
	tcase_add_test(t, only_what_the_order_asks_for_is_planned);
	suite_add_tcase(s, t);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
