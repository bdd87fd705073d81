/*
 * check_watch_canary: each fact of a sealed segment, good and gone bad, as the
 * real kernel tells it in a namespace of this test's own (root).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <check.h>

#include "daemon/watch/watch_canary.h"
#include "tests/unit/watch_ground.h"

static struct watch_ground *g;
static struct watch_netlink netlink;
static struct watch_link segment;
static struct watch_canary canary;

static void
add_own(const char *text, uint8_t prefix, bool borrowed)
{
	bool six = strchr(text, ':') != NULL;
	uint8_t addr[16];

	inet_pton(six ? AF_INET6 : AF_INET, text, addr);
	watch_link_add(&segment, six ? 6 : 4, addr, prefix, borrowed);
}

static void
set_up(void)
{
	g = calloc(1, sizeof(*g));
	ck_assert_ptr_nonnull(g);
	watch_ground_make(g);
	memset(&segment, 0, sizeof(segment));
	snprintf(segment.interface, sizeof(segment.interface), "%s",
	    GROUND_INTERFACE);
	segment.ifindex = g->ifindex;
	add_own("10.66.0.2", 24, false);
	add_own("fd66::2", 64, false);
	add_own("10.66.0.1", 24, true);
	add_own("fd66::1", 64, true);
	ck_assert_int_eq(watch_netlink_open(&netlink), 0);
}

static void
tear_down(void)
{
	watch_netlink_close(&netlink);
	watch_ground_end(g);
	free(g);
}

static const struct watch_fact *
fact(const char *name)
{
	size_t i;

	for (i = 0; i < canary.n; i++)
		if (strcmp(canary.facts[i].name, name) == 0)
			return &canary.facts[i];
	ck_abort_msg("no fact %s", name);
	return NULL;
}

static void
print_facts(void)
{
	size_t i;

	for (i = 0; i < canary.n; i++)
		printf("  %-16s %-4s %s\n", canary.facts[i].name,
		    canary.facts[i].good ? "good" : "BAD",
		    canary.facts[i].value);
}

START_TEST(a_sealed_segment_is_good)
{
	size_t i;

	watch_canary_take(&canary, &netlink, &segment, WATCH_FENCE_SHUT);
	print_facts();
	ck_assert_uint_eq(canary.n, 9);
	for (i = 0; i < canary.n; i++)
		ck_assert_msg(canary.facts[i].good, "%s: %s",
		    canary.facts[i].name, canary.facts[i].value);
	ck_assert(canary.good);
}
END_TEST

/* What is changed, and the facts that must then be bad; every other one stays
 * good. */
static const struct breach {
	const char *command;
	const char *bad[4];
} breaches[] = {
	{ "ip link add other0 type veth peer name other1", { "interfaces" } },
	{ "ip route add default via 10.66.0.9",
	    { "routes.ipv4", "connect.ipv4" } },
	{ "ip -6 route add default via fd66::9",
	    { "routes.ipv6", "connect.ipv6", "transit.ipv6" } },
	{ "ip route add default dev " GROUND_INTERFACE,
	    { "routes.ipv4", "connect.ipv4" } },
	{ "ip route add 0.0.0.0/1 via 10.66.0.9; "
	  "ip route add 128.0.0.0/1 via 10.66.0.9",
	    { "routes.ipv4", "connect.ipv4" } },
	{ "ip route add default via 10.66.0.9 table 77; "
	  "ip rule add iif lo table 77",
	    { "routes.ipv4", "connect.ipv4" } },
	{ "ip route add 198.51.100.0/24 via 10.66.0.9 table 99",
	    { "routes.ipv4" } },
	{ "ip -6 route add 2000::/3 via fd66::9 table 99", { "routes.ipv6" } },
	{ "echo 1 >/proc/sys/net/ipv4/ip_forward", { "forwarding.ipv4" } },
	{ "echo 1 >/proc/sys/net/ipv4/conf/" GROUND_INTERFACE "/forwarding",
	    { "forwarding.ipv4" } },
	{ "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding",
	    { "forwarding.ipv6" } },
	{ "echo 1 >/proc/sys/net/ipv4/ip_forward; "
	  "ip route add default via 10.66.0.9",
	    { "routes.ipv4", "forwarding.ipv4", "connect.ipv4",
		"transit.ipv4" } },
};

START_TEST(each_breach_is_seen)
{
	const struct breach *b = &breaches[_i];
	const struct watch_fact *f;
	size_t i, j;
	bool expected;

	watch_ground_run(b->command);
	watch_canary_take(&canary, &netlink, &segment, WATCH_FENCE_SHUT);
	ck_assert(!canary.good);
	for (i = 0; i < canary.n; i++) {
		f = &canary.facts[i];
		expected = false;
		for (j = 0; j < 4 && b->bad[j] != NULL; j++)
			if (strcmp(f->name, b->bad[j]) == 0)
				expected = true;
		ck_assert_msg(f->good == !expected, "%s: %s is %s: %s",
		    b->command, f->name, f->good ? "good" : "bad", f->value);
	}
}
END_TEST

START_TEST(an_unreachable_default_route_is_no_way_out)
{
	watch_ground_run("ip route add unreachable default metric 9999; "
			 "ip -6 route add unreachable default metric 9999");
	watch_canary_take(&canary, &netlink, &segment, WATCH_FENCE_SHUT);
	print_facts();
	ck_assert(fact("routes.ipv4")->good);
	ck_assert(fact("routes.ipv6")->good);
	ck_assert(fact("transit.ipv4")->good);
	ck_assert(fact("transit.ipv6")->good);
	ck_assert(canary.good);
}
END_TEST

START_TEST(a_segment_interface_that_is_gone_is_bad)
{
	watch_ground_run("ip link del " GROUND_INTERFACE);
	watch_canary_take(&canary, &netlink, &segment, WATCH_FENCE_SHUT);
	ck_assert(!fact("interfaces")->good);
	ck_assert(!fact("forwarding.ipv4")->good);
	ck_assert(!canary.good);
}
END_TEST

START_TEST(a_segment_of_documentation_addresses_is_good)
{
	watch_ground_run(
	    "ip addr add 192.0.2.1/24 dev " GROUND_INTERFACE
	    "; ip addr add 2001:db8:ffff::1/32 dev " GROUND_INTERFACE);
	add_own("192.0.2.1", 24, false);
	add_own("2001:db8:ffff::1", 32, false);
	watch_canary_take(&canary, &netlink, &segment, WATCH_FENCE_SHUT);
	print_facts();
	ck_assert(canary.good);
}
END_TEST

START_TEST(a_kernel_that_cannot_be_asked_proves_nothing)
{
	struct watch_netlink shut = { -1, -1, 0 };

	watch_canary_take(&canary, &shut, &segment, WATCH_FENCE_SHUT);
	ck_assert(!fact("interfaces")->good);
	ck_assert(!fact("routes.ipv4")->good);
	ck_assert(!fact("routes.ipv6")->good);
	ck_assert(!fact("forwarding.ipv4")->good);
	ck_assert(!fact("forwarding.ipv6")->good);
	ck_assert(!fact("transit.ipv4")->good);
	ck_assert(!fact("transit.ipv6")->good);
	ck_assert(!canary.good);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("watch_canary");
	TCase *t = tcase_create("canary");
	SRunner *r;
	int failed;

	if (!watch_ground_is_possible())
		return EXIT_SUCCESS;
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, a_sealed_segment_is_good);
	tcase_add_loop_test(t, each_breach_is_seen, 0,
	    (int)(sizeof(breaches) / sizeof(breaches[0])));
	tcase_add_test(t, an_unreachable_default_route_is_no_way_out);
	tcase_add_test(t, a_segment_interface_that_is_gone_is_bad);
	tcase_add_test(t, a_segment_of_documentation_addresses_is_good);
	tcase_add_test(t, a_kernel_that_cannot_be_asked_proves_nothing);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
