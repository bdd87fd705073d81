/*
 * check_dhcpv6: DHCPv6 messages.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "protocols/bytes.h"
#include "protocols/dhcpv6.h"

/* A reply: client id (DUID-LL), server id (DUID-LLT), IA_NA of two addresses,
 * the second with no time left, and the client's name. */
static const uint8_t reply[] = { 7, 0x12, 0x34, 0x56,
	/* client id */
	0, 1, 0, 10, 0, 3, 0, 1, 2, 0, 0, 0, 0, 9,
	/* server id */
	0, 2, 0, 14, 0, 1, 0, 1, 1, 2, 3, 4, 2, 0, 0, 0, 0, 1,
	/* IA_NA, 12 + 2 * 28 */
	0, 3, 0, 68, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3,
	/* address, 24 */
	0, 5, 0, 24, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0,
	60, 0, 0, 0, 120,
	/* address, 24 */
	0, 5, 0, 24, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0,
	0, 0, 0, 0, 0,
	/* name */
	0, 39, 0, 5, 0, 3, 'c', 'a', 'm' };

static int
parse(struct dhcpv6 *d, const uint8_t *p, size_t size)
{
	static uint8_t *copy;

	free(copy);
	copy = malloc(size == 0 ? 1 : size);
	ck_assert_ptr_nonnull(copy);
	memcpy(copy, p, size);
	return dhcpv6_parse(d, copy, size);
}

START_TEST(a_reply_is_read)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 9 };
	struct dhcpv6 d;

	ck_assert_int_eq(parse(&d, reply, sizeof(reply)), 0);
	ck_assert_uint_eq(d.type, DHCPV6_REPLY);
	ck_assert_uint_eq(d.xid, 0x123456);
	ck_assert_uint_eq(d.client_id_size, 10);
	ck_assert_mem_eq(d.client_mac, mac, 6);
	ck_assert_uint_eq(d.server_id_size, 14);
	ck_assert_uint_eq(d.naddresses, 2);
	ck_assert_uint_eq(d.addresses_seen, 2);
	ck_assert_uint_eq(d.addresses[0].addr[15], 5);
	ck_assert_uint_eq(d.addresses[0].preferred_s, 60);
	ck_assert_uint_eq(d.addresses[0].valid_s, 120);
	ck_assert_uint_eq(d.addresses[1].valid_s, 0);
	ck_assert_uint_eq(d.name_size, 4);
}
END_TEST

START_TEST(a_duid_of_another_kind_has_no_mac)
{
	uint8_t copy[sizeof(reply)];
	struct dhcpv6 d;

	memcpy(copy, reply, sizeof(reply));
	copy[9] = 2; /* by enterprise number */
	ck_assert_int_eq(parse(&d, copy, sizeof(copy)), 0);
	ck_assert_ptr_null(d.client_mac);
	copy[9] = 1; /* with a time: then it is too short */
	ck_assert_int_eq(parse(&d, copy, sizeof(copy)), 0);
	ck_assert_ptr_null(d.client_mac);
	copy[9] = 3;
	copy[11] = 6; /* not Ethernet */
	ck_assert_int_eq(parse(&d, copy, sizeof(copy)), 0);
	ck_assert_ptr_null(d.client_mac);
}
END_TEST

START_TEST(a_temporary_address_is_read)
{
	static const uint8_t message[] = { 7, 0, 0, 1, 0, 4, 0, 32, 0, 0, 0, 1,
		0, 5, 0, 24, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7,
		0, 0, 0, 0, 0, 0, 0, 9 };
	struct dhcpv6 d;

	ck_assert_int_eq(parse(&d, message, sizeof(message)), 0);
	ck_assert_uint_eq(d.naddresses, 1);
	ck_assert_uint_eq(d.addresses[0].addr[15], 7);
}
END_TEST

START_TEST(more_addresses_than_there_is_room_for_are_counted)
{
	uint8_t message[4 + 16 + 28 * 20] = { 7, 0, 0, 1, 0, 3 };
	struct dhcpv6 d;
	size_t i;

	put_u16(message + 6, 12 + 28 * 20);
	for (i = 0; i < 20; i++) {
		message[20 + 28 * i + 1] = 5;
		message[20 + 28 * i + 3] = 24;
	}
	ck_assert_int_eq(parse(&d, message, sizeof(message)), 0);
	ck_assert_uint_eq(d.naddresses, DHCPV6_ADDRESSES_MAX);
	ck_assert_uint_eq(d.addresses_seen, 20);
}
END_TEST

START_TEST(a_relayed_message_gives_its_type_alone)
{
	static const uint8_t message[] = { 12, 0, 0xfd, 0, 1, 2, 3 };
	struct dhcpv6 d;

	ck_assert_int_eq(parse(&d, message, sizeof(message)), 0);
	ck_assert_uint_eq(d.type, DHCPV6_RELAY_FORWARD);
	ck_assert_uint_eq(d.xid, 0);
}
END_TEST

START_TEST(an_option_over_its_end_is_refused)
{
	/* Lengths that lie: of the last option; of the association, into the
	 * next option and cut within its address; of the address. */
	static const struct {
		size_t at;
		uint8_t value;
	} lies[] = { { 111, 6 }, { 39, 69 }, { 39, 13 }, { 55, 23 } };
	uint8_t copy[sizeof(reply)];
	struct dhcpv6 d;

	memcpy(copy, reply, sizeof(reply));
	copy[lies[_i].at] = lies[_i].value;
	ck_assert_int_eq(parse(&d, copy, sizeof(copy)), -1);
}
END_TEST

START_TEST(every_cut_message_is_read_within_its_bounds)
{
	struct dhcpv6 d;
	size_t i;

	for (i = 0; i < sizeof(reply); i++)
		/* Whole after the header and after each option. */
		ck_assert_int_eq(parse(&d, reply, i),
		    i == 4 || i == 18 || i == 36 || i == 108 ? 0 : -1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("dhcpv6");
	TCase *t = tcase_create("dhcpv6");
	SRunner *r;
	int failed;

	tcase_add_test(t, a_reply_is_read);
	tcase_add_test(t, a_duid_of_another_kind_has_no_mac);
	tcase_add_test(t, a_temporary_address_is_read);
	tcase_add_test(t, more_addresses_than_there_is_room_for_are_counted);
	tcase_add_test(t, a_relayed_message_gives_its_type_alone);
	tcase_add_loop_test(t, an_option_over_its_end_is_refused, 0, 4);
	tcase_add_test(t, every_cut_message_is_read_within_its_bounds);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
