/*
 * check_digest_many: each digest of a list is that of its bytes, however many
 * there are, and whether or not a thread helps.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/alloc.h"
#include "captures/digest_many.h"

#define MOST 5000
#define ROUNDS 20

START_TEST(each_is_the_digest_of_its_own_bytes)
{
	static const size_t counts[] = { 0, 1, 31, 32, 33, 255, 256, 257, 1000,
		MOST };
	struct digest_many *m = digest_many_new();
	struct digest_one *all = xcalloc(MOST, sizeof(*all));
	uint8_t *bytes = xcalloc(MOST, 2), want[SHA256_SIZE];
	size_t i, k, round;

	for (i = 0; i < 2 * MOST; i++)
		bytes[i] = (uint8_t)(i * 31 + i / 256);
	for (round = 0; round < ROUNDS; round++) {
		for (k = 0; k < sizeof(counts) / sizeof(counts[0]); k++) {
			for (i = 0; i < counts[k]; i++) {
				all[i].data = bytes + i;
				all[i].size = (i * 7 + round) % 200;
				memset(all[i].sha256, 0, SHA256_SIZE);
			}
			digest_many_do(m, all, counts[k]);
			for (i = 0; i < counts[k]; i++) {
				sha256(all[i].data, all[i].size, want);
				ck_assert_mem_eq(
				    all[i].sha256, want, SHA256_SIZE);
			}
		}
	}
	digest_many_free(m);
	digest_many_free(NULL);
	free(all);
	free(bytes);
}
END_TEST

START_TEST(one_that_was_asked_nothing_ends)
{
	digest_many_free(digest_many_new());
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("digest_many");
	TCase *c = tcase_create("digest_many");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(c, each_is_the_digest_of_its_own_bytes);
	tcase_add_test(c, one_that_was_asked_nothing_ends);
	suite_add_tcase(s, c);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
