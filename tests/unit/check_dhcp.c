/*
 * check_dhcp: DHCPv4 messages.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "protocols/bytes.h"
#include "protocols/dhcp.h"

static uint8_t message[600];

/* A request of 02:…:09 with these options. Returns its size. */
static size_t
build(const uint8_t *options, size_t n)
{
	memset(message, 0, sizeof(message));
	message[0] = 1;
	message[1] = 1;
	message[2] = 6;
	put_u32(message + 4, 0xdeadbeef);
	message[19] = 5; /* yiaddr 0.0.0.5 */
	message[28] = 2;
	message[33] = 9;
	put_u32(message + 236, 0x63825363);
	memcpy(message + 240, options, n);
	return 240 + n;
}

static int
parse(struct dhcp *d, size_t size)
{
	static uint8_t *copy;

	free(copy);
	copy = malloc(size == 0 ? 1 : size);
	ck_assert_ptr_nonnull(copy);
	memcpy(copy, message, size);
	return dhcp_parse(d, copy, size);
}

static const uint8_t request[] = { 0, 53, 1, 3, 50, 4, 10, 0, 0, 9, 12, 3, 'c',
	'a', 'm', 54, 4, 10, 0, 0, 1, 60, 2, 'v', 'c', 61, 1, 7, 51, 4, 0, 0, 1,
	0, 255, 12, 1, 'x' };

START_TEST(a_request_is_read)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 9 };
	static const uint8_t wanted[4] = { 10, 0, 0, 9 };
	static const uint8_t server[4] = { 10, 0, 0, 1 };
	struct dhcp d;

	ck_assert_int_eq(parse(&d, build(request, sizeof(request))), 0);
	ck_assert_uint_eq(d.type, DHCP_REQUEST);
	ck_assert_uint_eq(d.xid, 0xdeadbeef);
	ck_assert_mem_eq(d.mac, mac, 6);
	ck_assert_uint_eq(d.yiaddr[3], 5);
	ck_assert_mem_eq(d.requested, wanted, 4);
	ck_assert_mem_eq(d.server, server, 4);
	ck_assert_uint_eq(d.lease_s, 256);
	/* What stands behind the end is not read. */
	ck_assert_uint_eq(d.host_name_size, 3);
	ck_assert_mem_eq(d.host_name, "cam", 3);
	ck_assert_uint_eq(d.vendor_class_size, 2);
	ck_assert_uint_eq(d.client_id_size, 1);
}
END_TEST

START_TEST(options_in_the_overloaded_fields_are_read)
{
	static const uint8_t options[] = { 52, 1, 3, 255 };
	static const uint8_t file[] = { 53, 1, 5, 255 };
	static const uint8_t sname[] = { 12, 2, 'a', 'b', 255 };
	struct dhcp d;
	size_t n;

	n = build(options, sizeof(options));
	memcpy(message + 108, file, sizeof(file));
	memcpy(message + 44, sname, sizeof(sname));
	ck_assert_int_eq(parse(&d, n), 0);
	ck_assert_uint_eq(d.type, DHCP_ACK);
	ck_assert_uint_eq(d.host_name_size, 2);
	message[242] = 0;
	ck_assert_int_eq(parse(&d, n), 0);
	ck_assert_uint_eq(d.type, 0);
}
END_TEST

START_TEST(overload_within_an_overloaded_field_is_not_followed)
{
	static const uint8_t options[] = { 52, 1, 1, 255 };
	static const uint8_t file[] = { 52, 1, 3, 53, 1, 1, 255 };
	struct dhcp d;
	size_t n;

	n = build(options, sizeof(options));
	memcpy(message + 108, file, sizeof(file));
	ck_assert_int_eq(parse(&d, n), 0);
	ck_assert_uint_eq(d.type, DHCP_DISCOVER);
}
END_TEST

START_TEST(an_address_option_of_another_size_is_none)
{
	static const uint8_t options[] = { 53, 1, 3, 50, 3, 1, 2, 3, 54, 5, 1,
		2, 3, 4, 5, 255 };
	struct dhcp d;

	ck_assert_int_eq(parse(&d, build(options, sizeof(options))), 0);
	ck_assert_ptr_null(d.requested);
	ck_assert_ptr_null(d.server);
}
END_TEST

START_TEST(hardware_that_is_not_ethernet_has_no_mac)
{
	struct dhcp d;
	size_t n = build(request, sizeof(request));

	message[2] = 16;
	ck_assert_int_eq(parse(&d, n), 0);
	ck_assert_ptr_null(d.mac);
}
END_TEST

START_TEST(a_message_without_its_cookie_is_none)
{
	struct dhcp d;
	size_t n = build(request, sizeof(request));

	message[239] ^= 1;
	ck_assert_int_eq(parse(&d, n), -1);
	message[239] ^= 1;
	message[0] = 3;
	ck_assert_int_eq(parse(&d, n), -1);
}
END_TEST

START_TEST(an_option_over_the_end_is_refused)
{
	static const uint8_t options[] = { 53, 1, 3, 12, 9, 'a' };
	struct dhcp d;

	ck_assert_int_eq(parse(&d, build(options, sizeof(options))), -1);
	ck_assert_int_eq(parse(&d, build(options, 4)), -1);
	ck_assert_int_eq(parse(&d, build(options, 3)), 0);
}
END_TEST

START_TEST(every_cut_message_is_read_within_its_bounds)
{
	struct dhcp d;
	size_t i, n = build(request, sizeof(request));

	for (i = 0; i < 240; i++)
		ck_assert_int_eq(parse(&d, i), -1);
	for (; i < n; i++)
		(void)parse(&d, i);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("dhcp");
	TCase *t = tcase_create("dhcp");
	SRunner *r;
	int failed;

	tcase_add_test(t, a_request_is_read);
	tcase_add_test(t, options_in_the_overloaded_fields_are_read);
	tcase_add_test(t, overload_within_an_overloaded_field_is_not_followed);
	tcase_add_test(t, an_address_option_of_another_size_is_none);
	tcase_add_test(t, hardware_that_is_not_ethernet_has_no_mac);
	tcase_add_test(t, a_message_without_its_cookie_is_none);
	tcase_add_test(t, an_option_over_the_end_is_refused);
	tcase_add_test(t, every_cut_message_is_read_within_its_bounds);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
