/*
 * What is asked of an SSH server is after RFC 4253, and its host key is read
 * from what it says, whole or not at all.
 */
#include "protocols/ssh.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "protocols/bytes.h"

#define KEY_SIZE 51

/* "SSH-2.0-x", a packet of KEXINIT, one with the key; returns its size. */
static size_t
answer(uint8_t *out, uint8_t message, uint32_t key_size)
{
	static const char hello[] = "welcome\r\nSSH-2.0-x\r\n";
	static const uint8_t first[] = { 0, 0, 0, 12, 4, 20, 1, 2, 3, 4, 5, 6,
		0, 0, 0, 0 };
	size_t n = sizeof(hello) - 1, i;

	memcpy(out, hello, n);
	memcpy(out + n, first, sizeof(first));
	n += sizeof(first);
	put_u32(out + n, 1 + 1 + 4 + KEY_SIZE + 4);
	out[n + 4] = 4;
	out[n + 5] = message;
	put_u32(out + n + 6, key_size);
	for (i = 0; i < KEY_SIZE; i++)
		out[n + 10 + i] = (uint8_t)i;
	memset(out + n + 10 + KEY_SIZE, 0, 4);
	return n + 10 + KEY_SIZE + 4;
}

START_TEST(a_host_key_is_read_whole_or_not_at_all)
{
	uint8_t said[256];
	struct ssh_host_key key;
	size_t size = answer(said, 31, KEY_SIZE), n;

	for (n = 0; n < size; n++)
		ck_assert(!ssh_host_key(said, n, &key));
	ck_assert(ssh_host_key(said, size, &key));
	ck_assert_uint_eq(key.n, KEY_SIZE);
	ck_assert_uint_eq(key.p[50], 50);
}
END_TEST

START_TEST(what_is_no_key_is_none)
{
	uint8_t said[256];
	struct ssh_host_key key;
	size_t size = answer(said, 30, KEY_SIZE);

	ck_assert(!ssh_host_key(said, size, &key));
	size = answer(said, 31, KEY_SIZE + 5);
	ck_assert(!ssh_host_key(said, size, &key));
	size = answer(said, 31, 0xffffffff);
	ck_assert(!ssh_host_key(said, size, &key));
	size = answer(said, 31, 4);
	ck_assert(!ssh_host_key(said, size, &key));
	size = answer(said, 31, KEY_SIZE);
	ck_assert(!ssh_host_key(said + 9 + 4, size - 9 - 4, &key));
	ck_assert(!ssh_host_key(NULL, 0, &key));
}
END_TEST

START_TEST(what_is_asked_is_whole_packets_of_a_client)
{
	uint8_t out[SSH_ASK_MAX];
	size_t n = ssh_ask_host_key(7, out);
	const uint8_t *end = memchr(out, '\n', n);
	struct reader r;
	uint32_t size;
	uint8_t padding;
	int i;

	ck_assert_ptr_nonnull(end);
	ck_assert_int_eq(memcmp(out, "SSH-2.0-", 8), 0);
	r = reader_over(end + 1, n - (size_t)(end + 1 - out));
	for (i = 0; i < 2; i++) {
		size = reader_u32(&r);
		ck_assert_uint_eq((size + 4) % 8, 0);
		padding = reader_u8(&r);
		ck_assert_uint_ge(padding, 4);
		ck_assert_uint_eq(reader_u8(&r), i == 0 ? 20 : 30);
		ck_assert_ptr_nonnull(reader_take(&r, size - 2));
	}
	ck_assert(!r.bad);
	ck_assert_uint_eq(reader_left(&r), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("ssh");
	TCase *t = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_test(t, a_host_key_is_read_whole_or_not_at_all);
	tcase_add_test(t, what_is_no_key_is_none);
	tcase_add_test(t, what_is_asked_is_whole_packets_of_a_client);
	suite_add_tcase(suite, t);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
