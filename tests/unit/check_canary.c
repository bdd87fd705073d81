/*
 * check_canary: the frame that must not come in, as it is written and read.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "captures/frame.h"
#include "daemon/capture/capture_forward.h"
#include "daemon/shared/canary.h"

static const uint8_t from[6] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t nonce[CANARY_NONCE] = "0123456789abcde";

START_TEST(what_is_written_is_read)
{
	uint8_t frame[CANARY_FRAME];
	struct canary c;

	canary_write(frame, NULL, from, nonce, "a-name-too-long-for-it");
	ck_assert(canary_read(frame, sizeof(frame), &c));
	ck_assert_mem_eq(frame, "\xff\xff\xff\xff\xff\xff", 6);
	ck_assert_mem_eq(c.mac, from, 6);
	ck_assert_mem_eq(c.nonce, nonce, sizeof(nonce));
	ck_assert_str_eq(c.by, "a-name-too-long");
}
END_TEST

START_TEST(a_name_is_not_believed_to_be_one)
{
	uint8_t frame[CANARY_FRAME];
	struct canary c;

	canary_write(frame, from, from, nonce, "e\x1b[2Jth0\xff");
	ck_assert(canary_read(frame, sizeof(frame), &c));
	ck_assert_str_eq(c.by, "e??2Jth0?");
}
END_TEST

START_TEST(a_vlan_does_not_hide_it)
{
	static const uint8_t tag[4] = { 0x81, 0, 0, 7 };
	uint8_t frame[CANARY_FRAME + 4], plain[CANARY_FRAME];
	struct canary c;

	canary_write(plain, NULL, from, nonce, "eth0.7");
	memcpy(frame, plain, 12);
	memcpy(frame + 12, tag, sizeof(tag));
	memcpy(frame + 16, plain + 12, sizeof(plain) - 12);
	ck_assert(canary_read(frame, sizeof(frame), &c));
	ck_assert_mem_eq(c.nonce, nonce, sizeof(nonce));
	ck_assert_str_eq(c.by, "eth0.7");
	ck_assert(!canary_read(frame, CANARY_FRAME - 1, &c));
}
END_TEST

START_TEST(anything_else_is_none)
{
	uint8_t frame[CANARY_FRAME];
	struct canary c;
	size_t i;

	canary_write(frame, NULL, from, nonce, "eth0");
	for (i = 0; i < sizeof(frame); i++)
		ck_assert(!canary_read(frame, i, &c));
	for (i = 12; i < 30; i++) { /* its type, and its mark */
		frame[i] ^= 1;
		ck_assert(!canary_read(frame, sizeof(frame), &c));
		frame[i] ^= 1;
	}
}
END_TEST

START_TEST(the_watch_gets_to_see_it)
{
	uint8_t bytes[CANARY_FRAME];
	struct frame f;

	memset(&f, 0, sizeof(f));
	f.data = bytes;
	f.size = sizeof(bytes);
	canary_write(bytes, NULL, from, nonce, "eth0");
	ck_assert(capture_forward_wants(&f));
	bytes[14] ^= 1;
	ck_assert(!capture_forward_wants(&f));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("canary");
	TCase *t = tcase_create("canary");
	SRunner *r;
	int failed;

	tcase_add_test(t, what_is_written_is_read);
	tcase_add_test(t, a_name_is_not_believed_to_be_one);
	tcase_add_test(t, a_vlan_does_not_hide_it);
	tcase_add_test(t, anything_else_is_none);
	tcase_add_test(t, the_watch_gets_to_see_it);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
