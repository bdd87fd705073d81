/*
 * How many source addresses a sweep uses; and which ones a job has.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "daemon/worker/worker_facts.h"
#include "probes/probe.h"

START_TEST(a_sweep_begins_with_one_source_and_doubles)
{
	struct assay_growth g;

	ck_assert_uint_eq(assay_growth_begin(&g, 240), 1);
	ck_assert_uint_eq(assay_growth_round(&g, false), 2);
	ck_assert_uint_eq(assay_growth_round(&g, false), 4);
	while (!g.is_held)
		assay_growth_round(&g, false);
	ck_assert_uint_eq(g.used, 240);
	ck_assert_uint_eq(assay_growth_round(&g, false), 240);
}
END_TEST

START_TEST(growth_ends_for_good_when_answers_get_lost)
{
	struct assay_growth g;
	int i;

	assay_growth_begin(&g, 240);
	for (i = 0; i < 4; i++)
		assay_growth_round(&g, false);
	ck_assert_uint_eq(g.used, 16);
	ck_assert_uint_eq(assay_growth_round(&g, true), 8);
	for (i = 0; i < 4; i++)
		ck_assert_uint_eq(assay_growth_round(&g, false), 8);
	ck_assert_uint_eq(g.peak, 16);
	for (i = 0; i < 9; i++)
		assay_growth_round(&g, true);
	ck_assert_uint_eq(g.used, 1);
}
END_TEST

START_TEST(one_source_is_all_there_is_without_a_pool)
{
	struct assay_growth g;

	ck_assert_uint_eq(assay_growth_begin(&g, 0), 1);
	ck_assert_uint_eq(assay_growth_round(&g, false), 1);
}
END_TEST

START_TEST(each_target_has_its_own_sources)
{
	const struct assay_target v4 = { .family = 4,
		.addr = { 10, 77, 0, 10 },
		.source = { 10, 77, 0, 1 } };
	const struct assay_target v6 = { .family = 6,
		.addr = { 0xfd, 0x77, [15] = 0x10 },
		.source = { 0xfd, 0x77, [15] = 1 } };
	const uint8_t a[4] = { 10, 77, 0, 254 }, b[4] = { 10, 77, 0, 253 },
		      six[16] = { 0xfd, 0x77, [11] = 1 };
	const struct assay_target *t4, *t6;
	struct worker_facts f;

	memset(&f, 0, sizeof(f));
	t4 = worker_facts_add_target(&f, &v4);
	t6 = worker_facts_add_target(&f, &v6);
	ck_assert_uint_eq(worker_facts_source_count(&f, t4), 1);
	ck_assert_mem_eq(worker_facts_source_at(&f, t4, 0), v4.source, 4);
	worker_facts_add_source(&f, t4, a);
	worker_facts_add_source(&f, t4, b);
	worker_facts_add_source(&f, t6, six);
	ck_assert_uint_eq(worker_facts_source_count(&f, t4), 3);
	ck_assert_uint_eq(worker_facts_source_count(&f, t6), 2);
	ck_assert_mem_eq(worker_facts_source_at(&f, t4, 0), v4.source, 4);
	ck_assert_mem_eq(worker_facts_source_at(&f, t4, 2), b, 4);
	ck_assert_mem_eq(worker_facts_source_at(&f, t6, 1), six, 16);
	ck_assert_ptr_null(worker_facts_source_at(&f, t4, 3));
	ck_assert_ptr_nonnull(worker_facts_find_source(&f, t4, a));
	ck_assert_ptr_null(worker_facts_find_source(&f, t6, v6.addr));
	worker_facts_free(&f);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("growth");
	TCase *c = tcase_create("sources");
	SRunner *r;
	int failed;

	tcase_add_test(c, a_sweep_begins_with_one_source_and_doubles);
	tcase_add_test(c, growth_ends_for_good_when_answers_get_lost);
	tcase_add_test(c, one_source_is_all_there_is_without_a_pool);
	tcase_add_test(c, each_target_has_its_own_sources);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
