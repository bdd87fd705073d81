/*
 * check_udp_asks: each port is asked in the words of its service, and no two
 * questions are the same to it.
 */
#include <string.h>

#include <check.h>

#include "protocols/dns.h"
#include "protocols/udp_asks.h"

static uint8_t out[2][UDP_ASKS_SIZE_MAX];

static const char *
way(uint16_t port, const char *service, unsigned n)
{
	return udp_asks_for(port, service, n)->name;
}

/* _i: the ask */
START_TEST(each_fits_and_has_its_nonce_inside)
{
	const struct udp_ask *a = udp_asks_at((size_t)_i);
	size_t size = udp_asks_build(a, UINT64_C(0x1122334455667788), out[0]);

	ck_assert_uint_gt(size, 0);
	ck_assert_uint_le(size, UDP_ASKS_SIZE_MAX);
	ck_assert_uint_eq(size, a->pad_to > a->size ? a->pad_to : a->size);
	ck_assert_uint_le((size_t)a->nonce_at + a->nonce_size, a->size);
	ck_assert_uint_le(a->nonce_size, 8);
	ck_assert_uint_ne(a->ports[0], 0);
	udp_asks_build(a, UINT64_C(0x8877665544332211), out[1]);
	ck_assert_int_eq(memcmp(out[0], out[1], size) != 0, a->nonce_size > 0);
	/* All around the nonce is as the table has it. */
	ck_assert_mem_eq(out[0], a->bytes, a->nonce_at);
	ck_assert_mem_eq(out[0] + a->nonce_at + a->nonce_size,
	    a->bytes + a->nonce_at + a->nonce_size,
	    (size_t)a->size - a->nonce_at - a->nonce_size);
}
END_TEST

START_TEST(a_port_is_asked_by_its_number)
{
	ck_assert_str_eq(way(53, "", 0), "dns");
	ck_assert_str_eq(way(53, NULL, 5), "dns");
	ck_assert_str_eq(way(443, NULL, 0), "quic");
	ck_assert_str_eq(way(5684, NULL, 0), "dtls");
	ck_assert_str_eq(way(40000, NULL, 0), "neutral");
}
END_TEST

START_TEST(a_declared_service_is_asked_wherever_it_is)
{
	ck_assert_str_eq(way(40000, "coap", 0), "coap");
	ck_assert_str_eq(way(40000, "coaps", 0), "dtls");
	/* The port says more than a name that nobody knows. */
	ck_assert_str_eq(way(53, "our-own-thing", 0), "dns");
	ck_assert_str_eq(way(40000, "coa", 0), "neutral");
}
END_TEST

START_TEST(ways_take_turns_and_none_only_amplifies)
{
	unsigned n;

	ck_assert_str_eq(way(161, NULL, 0), "snmp3");
	ck_assert_str_eq(way(161, NULL, 1), "snmp2c");
	ck_assert_str_eq(way(161, NULL, 2), "snmp1");
	ck_assert_str_eq(way(161, NULL, 3), "snmp3");
	for (n = 0; n < 10; n++) {
		ck_assert_str_eq(way(11211, NULL, n), "memcached");
		ck_assert_str_eq(way(123, "ntp", n), "ntp");
	}
}
END_TEST

START_TEST(printers_print_nothing)
{
	uint16_t port;

	for (port = 9100; port <= 9107; port++)
		ck_assert_uint_eq(
		    udp_asks_build(udp_asks_for(port, NULL, 0), 1, out[0]), 0);
}
END_TEST

START_TEST(only_some_services_must_answer)
{
	ck_assert(udp_asks_must_answer("coap"));
	ck_assert(udp_asks_must_answer("coaps"));
	ck_assert(udp_asks_must_answer("dns"));
	ck_assert(udp_asks_must_answer("ntp"));
	/* With another community an agent says nothing. */
	ck_assert(!udp_asks_must_answer("snmp"));
	ck_assert(!udp_asks_must_answer("syslog"));
	ck_assert(!udp_asks_must_answer(""));
	ck_assert(!udp_asks_must_answer(NULL));
}
END_TEST

START_TEST(dns_is_a_dns_query)
{
	struct dns d;
	size_t size =
	    udp_asks_build(udp_asks_for(5353, NULL, 0), 0x0102, out[0]);

	ck_assert_int_eq(dns_parse(&d, out[0], size), 0);
}
END_TEST

/* RFC 9000 section 14.1: less is not answered. */
START_TEST(quic_is_large_enough)
{
	ck_assert_uint_ge(
	    udp_asks_build(udp_asks_for(443, NULL, 0), 1, out[0]), 1200);
}
END_TEST

/* X.690 section 8.3.2: no needless zero, and not negative. */
START_TEST(snmp_numbers_are_positive)
{
	const struct udp_ask *a = udp_asks_for(161, NULL, 0);

	udp_asks_build(a, 0, out[0]);
	ck_assert_uint_ge(out[0][a->nonce_at], 0x40);
	udp_asks_build(a, UINT64_MAX, out[0]);
	ck_assert_uint_lt(out[0][a->nonce_at], 0x80);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("udp_asks");
	TCase *tc = tcase_create("table");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
	    tc, each_fits_and_has_its_nonce_inside, 0, (int)udp_asks_count());
	tcase_add_test(tc, a_port_is_asked_by_its_number);
	tcase_add_test(tc, a_declared_service_is_asked_wherever_it_is);
	tcase_add_test(tc, ways_take_turns_and_none_only_amplifies);
	tcase_add_test(tc, printers_print_nothing);
	tcase_add_test(tc, only_some_services_must_answer);
	tcase_add_test(tc, dns_is_a_dns_query);
	tcase_add_test(tc, quic_is_large_enough);
	tcase_add_test(tc, snmp_numbers_are_positive);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
