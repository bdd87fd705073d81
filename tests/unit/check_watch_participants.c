/*
 * check_watch_participants: who holds which address, and for how long.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "daemon/watch/watch_participants.h"

#define S 1000000000ull

static const uint8_t own[6] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t mac_a[6] = { 2, 0, 0, 0, 0, 0xa };
static const uint8_t mac_b[6] = { 2, 0, 0, 0, 0, 0xb };
static const uint8_t addr_9[4] = { 10, 0, 0, 9 };

static struct watch_participants *table;
static unsigned nseen, ngone;
static uint8_t gone_mac[6], gone_addr[16], seen_mac[6];
static char gone_why[80], seen_name[80];
static bool deaf;

static bool
on_seen(void *arg, const uint8_t *mac, const struct watch_held *held,
    const char *name)
{
	(void)arg;
	(void)held;
	if (deaf)
		return false;
	nseen++;
	memcpy(seen_mac, mac, 6);
	snprintf(seen_name, sizeof(seen_name), "%s", name);
	return true;
}

static void
on_gone(void *arg, const uint8_t *mac, uint8_t family, const uint8_t *addr,
    const char *why)
{
	(void)arg;
	ngone++;
	memcpy(gone_mac, mac, 6);
	memcpy(gone_addr, addr, family == 4 ? 4 : 16);
	snprintf(gone_why, sizeof(gone_why), "%s", why);
}

static void
set_up(void)
{
	static const struct watch_participants_hooks hooks = { on_seen,
		on_gone };

	nseen = ngone = 0;
	deaf = false;
	table = watch_participants_new(own, &hooks, NULL);
}

static void
tear_down(void)
{
	watch_participants_free(table);
}

START_TEST(a_new_pair_is_told_once_and_again_after_a_minute)
{
	ck_assert(watch_participants_hold(table, mac_a, 4, addr_9, "arp", S));
	ck_assert_uint_eq(nseen, 1);
	ck_assert(
	    !watch_participants_hold(table, mac_a, 4, addr_9, "arp", 60 * S));
	ck_assert_uint_eq(nseen, 1);
	ck_assert(
	    !watch_participants_hold(table, mac_a, 4, addr_9, "arp", 61 * S));
	ck_assert_uint_eq(nseen, 2);
	ck_assert(
	    !watch_participants_hold(table, mac_a, 4, addr_9, "arp", 62 * S));
	ck_assert_uint_eq(nseen, 2);
}
END_TEST

START_TEST(what_could_not_be_told_is_told_at_the_next_sight)
{
	deaf = true;
	watch_participants_hold(table, mac_a, 4, addr_9, "arp", S);
	deaf = false;
	watch_participants_hold(table, mac_a, 4, addr_9, "arp", S + 1);
	ck_assert_uint_eq(nseen, 1);
}
END_TEST

START_TEST(an_address_that_moves_is_gone_from_its_first_holder)
{
	watch_participants_hold(table, mac_a, 4, addr_9, "arp", S);
	ck_assert(
	    watch_participants_hold(table, mac_b, 4, addr_9, "arp", 2 * S));
	ck_assert_uint_eq(ngone, 1);
	ck_assert_mem_eq(gone_mac, mac_a, 6);
	ck_assert_mem_eq(gone_addr, addr_9, 4);
	ck_assert_str_eq(gone_why, "moved to 02:00:00:00:00:0b (arp)");
	ck_assert(!watch_participants_holds(table, mac_a, 4, addr_9));
	ck_assert(watch_participants_holds(table, mac_b, 4, addr_9));
}
END_TEST

START_TEST(a_claim_takes_nothing_from_its_holder)
{
	watch_participants_hold(table, mac_a, 4, addr_9, "arp", S);
	ck_assert(
	    !watch_participants_use(table, mac_b, 4, addr_9, "arp", 2 * S));
	ck_assert_uint_eq(ngone, 0);
	ck_assert(watch_participants_holds(table, mac_a, 4, addr_9));
	ck_assert(!watch_participants_holds(table, mac_b, 4, addr_9));
}
END_TEST

START_TEST(a_claim_on_a_free_address_is_a_holder)
{
	ck_assert(watch_participants_use(table, mac_b, 4, addr_9, "nd", S));
	ck_assert_uint_eq(nseen, 1);
}
END_TEST

START_TEST(the_bench_and_groups_are_no_participants)
{
	static const uint8_t group[6] = { 0x33, 0x33, 0, 0, 0, 1 };
	static const uint8_t zero[6];

	ck_assert(!watch_participants_hold(table, own, 4, addr_9, "arp", S));
	ck_assert(!watch_participants_hold(table, group, 4, addr_9, "arp", S));
	ck_assert(!watch_participants_hold(table, zero, 4, addr_9, "arp", S));
	ck_assert_uint_eq(nseen, 0);
}
END_TEST

/* Addresses that no one host can have. */
static const struct {
	uint8_t family;
	uint8_t addr[16];
} nobodys[] = {
	{ 4, { 0, 0, 0, 0 } },
	{ 4, { 127, 0, 0, 1 } },
	{ 4, { 224, 0, 0, 1 } },
	{ 4, { 255, 255, 255, 255 } },
	{ 6, { 0 } },
	{ 6, { [15] = 1 } },
	{ 6, { 0xff, 2, [15] = 1 } },
	{ 6, { [10] = 0xff, 0xff, 10, 0, 0, 1 } },
};

START_TEST(what_no_host_can_hold_is_not_held)
{
	ck_assert(!watch_participants_hold(
	    table, mac_a, nobodys[_i].family, nobodys[_i].addr, "arp", S));
	ck_assert(!watch_participants_use(
	    table, mac_a, nobodys[_i].family, nobodys[_i].addr, "arp", S));
	ck_assert_uint_eq(nseen, 0);
}
END_TEST

static void
flood(unsigned n, uint64_t from_ns)
{
	uint8_t mac[6] = { 2, 1 }, addr[4] = { 10, 1 };
	unsigned i;

	for (i = 0; i < n; i++) {
		mac[4] = addr[2] = (uint8_t)(i >> 8);
		mac[5] = addr[3] = (uint8_t)i;
		watch_participants_hold(
		    table, mac, 4, addr, "arp", from_ns + i);
	}
}

START_TEST(a_flood_of_macs_never_pushes_out_a_pinned_one)
{
	watch_participants_hold(table, mac_a, 4, addr_9, "arp", S);
	watch_participants_pin(table, mac_a, true);
	watch_participants_pin(table, mac_b, true);
	watch_participants_hold(
	    table, mac_b, 4, (const uint8_t[]){ 10, 0, 0, 8 }, "arp", 2);
	flood(1000, 2 * S);
	ck_assert(watch_participants_holds(table, mac_a, 4, addr_9));
	ck_assert_uint_eq(ngone, 1000 - (WATCH_PARTICIPANTS_MAX - 2));
	watch_participants_pin(table, mac_a, false);
	flood(1000, 3 * S);
	ck_assert(!watch_participants_holds(table, mac_a, 4, addr_9));
}
END_TEST

START_TEST(a_flood_of_addresses_keeps_the_latest_and_says_so)
{
	uint8_t addr[4] = { 10, 0, 1, 0 };
	const struct watch_held *held;
	size_t n;

	for (addr[3] = 1; addr[3] <= 20; addr[3]++)
		watch_participants_hold(
		    table, mac_a, 4, addr, "arp", addr[3] * S);
	held = watch_participants_of(table, mac_a, &n);
	ck_assert_uint_eq(n, WATCH_PARTICIPANT_ADDRESSES_MAX);
	ck_assert_uint_eq(held[0].addr[3], 5);
	ck_assert_uint_eq(ngone, 4);
	ck_assert_uint_eq(gone_addr[3], 4);
	ck_assert_str_eq(gone_why, "too many addresses");
}
END_TEST

START_TEST(a_name_is_kept_as_sent_and_bounded)
{
	uint8_t name[200];

	memset(name, 0x1b, sizeof(name));
	watch_participants_name(table, mac_a, name, sizeof(name));
	watch_participants_hold(table, mac_a, 4, addr_9, "dhcp", S);
	ck_assert_uint_eq(strlen(seen_name), WATCH_PARTICIPANT_NAME_MAX);
	ck_assert_int_eq(seen_name[0], 0x1b);
	watch_participants_name(table, mac_a, (const uint8_t *)"ab\0cd", 5);
	watch_participants_tell_all(table);
	ck_assert_str_eq(seen_name, "ab");
	ck_assert_uint_eq(nseen, 2);
}
END_TEST

START_TEST(an_address_given_back_is_gone_once)
{
	watch_participants_hold(table, mac_a, 4, addr_9, "dhcp", S);
	ck_assert(!watch_participants_drop(table, mac_b, 4, addr_9, "x"));
	ck_assert(
	    watch_participants_drop(table, mac_a, 4, addr_9, "given back"));
	ck_assert(!watch_participants_drop(table, mac_a, 4, addr_9, "x"));
	ck_assert_uint_eq(ngone, 1);
	ck_assert_str_eq(gone_why, "given back");
}
END_TEST

START_TEST(a_clock_set_back_tells_nothing_twice)
{
	watch_participants_hold(table, mac_a, 4, addr_9, "arp", 100 * S);
	watch_participants_hold(table, mac_a, 4, addr_9, "arp", 10 * S);
	ck_assert_uint_eq(nseen, 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("watch_participants");
	TCase *t = tcase_create("watch_participants");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_new_pair_is_told_once_and_again_after_a_minute);
	tcase_add_test(t, what_could_not_be_told_is_told_at_the_next_sight);
	tcase_add_test(t, an_address_that_moves_is_gone_from_its_first_holder);
	tcase_add_test(t, a_claim_takes_nothing_from_its_holder);
	tcase_add_test(t, a_claim_on_a_free_address_is_a_holder);
	tcase_add_test(t, the_bench_and_groups_are_no_participants);
	tcase_add_loop_test(t, what_no_host_can_hold_is_not_held, 0, 8);
	tcase_add_test(t, a_flood_of_macs_never_pushes_out_a_pinned_one);
	tcase_add_test(t, a_flood_of_addresses_keeps_the_latest_and_says_so);
	tcase_add_test(t, a_name_is_kept_as_sent_and_bounded);
	tcase_add_test(t, an_address_given_back_is_gone_once);
	tcase_add_test(t, a_clock_set_back_tells_nothing_twice);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
