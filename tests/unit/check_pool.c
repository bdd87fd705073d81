/*
 * Which addresses of a segment are lent to jobs.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "daemon/shared/pool.h"

static char none[] = "", from4[] = "10.77.0.100", to4[] = "10.77.0.199",
	    from6[] = "fd77::10", to6[] = "fd77::ef";
static struct conf_segment conf;
static struct conf_address list[POOL_MAX];
static size_t n;

static void
own(const char *text, uint8_t prefix)
{
	struct conf_address *a = &conf.addresses[conf.naddresses++];

	a->family = strchr(text, ':') == NULL ? 4 : 6;
	a->prefix = prefix;
	ck_assert_int_eq(
	    inet_pton(a->family == 4 ? AF_INET : AF_INET6, text, a->addr), 1);
}

static void
setup(void)
{
	memset(&conf, 0, sizeof(conf));
	conf.dhcp_from = none;
	conf.dhcp_to = none;
	conf.dhcpv6_from = none;
	conf.dhcpv6_to = none;
	conf.pool_ipv4 = CONF_POOL_MAX;
	conf.pool_ipv6 = CONF_POOL_MAX;
}

static size_t
count(uint8_t family)
{
	size_t i, found = 0;

	n = pool_list(&conf, list);
	for (i = 0; i < n; i++)
		found += list[i].family == family;
	return found;
}

static bool
has(const char *text)
{
	uint8_t addr[16] = { 0 }, family = strchr(text, ':') == NULL ? 4 : 6;
	size_t i;

	inet_pton(family == 4 ? AF_INET : AF_INET6, text, addr);
	for (i = 0; i < n; i++)
		if (list[i].family == family &&
		    memcmp(list[i].addr, addr, 16) == 0)
			return true;
	return false;
}

START_TEST(a_subnet_lends_what_nobody_has)
{
	own("10.77.0.1", 24);
	conf.dhcp_from = from4;
	conf.dhcp_to = to4;
	ck_assert_uint_eq(count(4), 254 - 100 - 2);
	ck_assert(!has("10.77.0.0") && !has("10.77.0.255"));
	ck_assert(!has("10.77.0.1") && !has("10.77.0.2"));
	ck_assert(!has("10.77.0.100") && !has("10.77.0.199"));
	ck_assert(has("10.77.0.3") && has("10.77.0.99"));
	ck_assert(has("10.77.0.200") && has("10.77.0.254"));
}
END_TEST

START_TEST(a_pool_is_as_large_as_it_is_said_to_be)
{
	own("10.0.0.1", 8);
	ck_assert_uint_eq(count(4), 512);
	conf.pool_ipv4 = 3;
	ck_assert_uint_eq(count(4), 3);
	ck_assert(has("10.255.255.254") && has("10.255.255.252"));
	conf.pool_ipv4 = 0;
	conf.pool_ipv6 = 0;
	ck_assert_uint_eq(count(4), 0);
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(the_smallest_subnet_has_little)
{
	own("10.77.0.9", 29); /* .8 to .15, of which .9 and .10 are ours */
	ck_assert_uint_eq(count(4), 4);
	ck_assert(has("10.77.0.11") && has("10.77.0.14"));
	own("fd77::1", 125);
	conf.pool_ipv6 = 8;
	ck_assert_uint_eq(count(6), 8);
	ck_assert(has("fd77::3") && has("fd77::6"));
	ck_assert(!has("fd77::") && !has("fd77::1") && !has("fd77::2") &&
	    !has("fd77::7"));
}
END_TEST

START_TEST(ipv6_addresses_share_one_solicited_node_group)
{
	size_t i, first;

	own("fd77::1", 64);
	own("2001:db8:77::1", 64);
	ck_assert_uint_eq(count(6), 512);
	first = n - 512;
	for (i = first; i < n; i++)
		ck_assert_mem_eq(list[i].addr + 13, list[first].addr + 13, 3);
	/* And each subnet has its share, the link-local one, too. */
	ck_assert(has("fd77::1:0:a55a") && has("fd77::aa:0:a55a"));
	ck_assert(has("2001:db8:77::1:0:a55a"));
	ck_assert(has("fe80::1:0:a55a") && has("fe80::aa:0:a55a"));
	ck_assert(!has("fe80::ab:0:a55a"));
}
END_TEST

START_TEST(what_dhcpv6_lends_is_left_alone)
{
	own("fd77::1", 120);
	conf.dhcpv6_from = from6;
	conf.dhcpv6_to = to6;
	conf.pool_ipv6 = CONF_POOL_MAX;
	(void)count(6);
	ck_assert(has("fd77::f") && has("fd77::f0"));
	ck_assert(!has("fd77::10") && !has("fd77::ef"));
}
END_TEST

START_TEST(no_address_is_there_twice)
{
	size_t i, j;

	own("10.77.0.1", 24);
	own("10.78.0.1", 16);
	own("fd77::1", 64);
	ck_assert_uint_eq(count(4), 512);
	for (i = 0; i < n; i++)
		for (j = 0; j < i; j++)
			ck_assert(list[i].family != list[j].family ||
			    memcmp(list[i].addr, list[j].addr, 16) != 0);
}
END_TEST

START_TEST(a_subnet_is_told_from_another)
{
	struct conf_address s = {
		.family = 4, .addr = { 10, 77, 3, 1 }, .prefix = 22
	};
	const uint8_t in[4] = { 10, 77, 0, 9 }, out[4] = { 10, 77, 4, 9 };

	ck_assert(pool_shares_subnet(&s, 4, in));
	ck_assert(!pool_shares_subnet(&s, 4, out));
	ck_assert(!pool_shares_subnet(&s, 6, in));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pool");
	TCase *c = tcase_create("list");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(c, setup, NULL);
	tcase_add_test(c, a_subnet_lends_what_nobody_has);
	tcase_add_test(c, a_pool_is_as_large_as_it_is_said_to_be);
	tcase_add_test(c, the_smallest_subnet_has_little);
	tcase_add_test(c, ipv6_addresses_share_one_solicited_node_group);
	tcase_add_test(c, what_dhcpv6_lends_is_left_alone);
	tcase_add_test(c, no_address_is_there_twice);
	tcase_add_test(c, a_subnet_is_told_from_another);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
