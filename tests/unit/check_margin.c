/*
 * check_margin: a measured value is value plus or minus bound.
 */
#include <stdlib.h>

#include <check.h>

#include "probes/probe.h"

static const struct {
	uint64_t value, bound, limit;
	enum assay_compared is;
} cases[] = {
	{ 10, 0, 11, ASSAY_BELOW },
	{ 11, 0, 11, ASSAY_WITHIN },
	{ 12, 0, 11, ASSAY_ABOVE },
	{ 90, 9, 100, ASSAY_BELOW },
	{ 90, 10, 100, ASSAY_WITHIN },
	{ 110, 10, 100, ASSAY_WITHIN },
	{ 111, 10, 100, ASSAY_ABOVE },
	/* No sum or difference of them runs over. */
	{ UINT64_MAX, 1, 0, ASSAY_ABOVE },
	{ UINT64_MAX, UINT64_MAX, 0, ASSAY_WITHIN },
	{ 0, UINT64_MAX, UINT64_MAX, ASSAY_WITHIN },
	{ 0, UINT64_MAX - 1, UINT64_MAX, ASSAY_BELOW },
	{ 0, 0, 0, ASSAY_WITHIN },
	{ 5, UINT64_MAX, 7, ASSAY_WITHIN },
};

START_TEST(inside_the_margin_of_a_limit_nothing_is_decided)
{
	ck_assert_int_eq(
	    assay_compare(cases[_i].value, cases[_i].bound, cases[_i].limit),
	    cases[_i].is);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("margin");
	TCase *t = tcase_create("margin");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, inside_the_margin_of_a_limit_nothing_is_decided,
	    0, (int)(sizeof(cases) / sizeof(cases[0])));
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
