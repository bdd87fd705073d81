/*
 * check_tls_enumerate: servers of every kind, by table, are asked until all
 * that they take is known, in as few connections as that needs; and what they
 * hide behind silence is not taken for a refusal.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "protocols/tls_enumerate.h"
#include "tests/unit/fake_tls.h"

static struct fake_tls server, other; /* behind one address */
static enum {
	ALONE = 0,
	IN_TURN,
	BY_CHANCE,
} balance;
static uint32_t chance;
static uint32_t lose_one; /* of so many hellos; 0: none */
static struct tls_enumerate plan;
static uint8_t room[TLS_REPLY_ROOM];

/* Whom the next connection meets. */
static struct fake_tls *
next_server(void)
{
	chance = balance == IN_TURN ? chance ^ UINT32_C(1) << 31
				    : chance * 1664525 + 1013904223;
	return balance == ALONE || chance >> 31 == 0 ? &server : &other;
}

/* So many under way at a time, answered in the order they were asked. */
static void
enumerate(size_t at_once)
{
	static const uint8_t random[32] = { 7 };
	struct {
		uint32_t tag;
		uint8_t heard[FAKE_TLS_HEARD_MAX];
		size_t n;
		bool closed, lost;
	} queue[16];
	uint8_t say[2048];
	struct tls_reply reply;
	size_t used = 0, n;
	uint32_t tag;

	while (!tls_enumerate_is_over(&plan)) {
		while (used < at_once &&
		    (n = tls_enumerate_next(
			 &plan, random, say, sizeof(say), &tag)) > 0) {
			queue[used].tag = tag;
			queue[used].n = fake_tls_serve(next_server(), say, n,
			    queue[used].heard, &queue[used].closed);
			queue[used].lost =
			    lose_one != 0 && server.hellos % lose_one == 0;
			used++;
		}
		ck_assert_uint_gt(used, 0);
		ck_assert_uint_lt(server.hellos, 1000);
		tls_reply_read(
		    &reply, queue[0].heard, queue[0].n, queue[0].closed, room);
		if (queue[0].lost)
			reply.outcome = TLS_LOST;
		tls_enumerate_hear(&plan, queue[0].tag, &reply);
		used--;
		memmove(&queue[0], &queue[1], used * sizeof(queue[0]));
	}
}

/* The same as a distant server has it: all that is asked is answered one round
 * trip later.  How many, until all is known. */
static unsigned
enumerate_in_rounds(size_t most)
{
	static const uint8_t random[32] = { 7 };
	static uint8_t heard[16][FAKE_TLS_HEARD_MAX];
	size_t sizes[16], used, n, i, at_once = 1;
	bool closed[16];
	uint32_t tags[16];
	struct tls_reply reply;
	uint8_t say[2048];
	unsigned rounds;

	for (rounds = 0; !tls_enumerate_is_over(&plan); rounds++) {
		for (used = 0; used < at_once; used++) {
			n = tls_enumerate_next(
			    &plan, random, say, sizeof(say), &tags[used]);
			if (n == 0)
				break;
			sizes[used] = fake_tls_serve(
			    &server, say, n, heard[used], &closed[used]);
		}
		ck_assert_uint_gt(used, 0);
		for (i = 0; i < used; i++) {
			tls_reply_read(
			    &reply, heard[i], sizes[i], closed[i], room);
			tls_enumerate_hear(&plan, tags[i], &reply);
			/* as worker_series does */
			at_once += at_once < most;
		}
	}
	return rounds;
}

/* All that it takes was found, and nothing else. */
static void
expect_all(void)
{
	const struct tls_version_taken *v;
	size_t i, k, m;

	ck_assert(!plan.differs);
	for (i = 1; i < TLS_ENUMERATE_VERSIONS; i++) {
		v = &plan.versions[i];
		ck_assert_uint_eq(v->n, fake_tls_count(&server, v->version));
		ck_assert(!v->incomplete);
		ck_assert_int_eq(
		    v->taken, v->n > 0 ? TLS_TAKEN : TLS_NOT_TAKEN);
		for (k = 0; k < v->n; k++) {
			for (m = 0; server.takes[i][m] != v->suites[k]; m++)
				ck_assert_uint_ne(server.takes[i][m], 0);
			for (m = 0; m < k; m++)
				ck_assert_uint_ne(v->suites[m], v->suites[k]);
		}
	}
}

static void
setup(void)
{
	memset(&server, 0, sizeof(server));
	memset(&other, 0, sizeof(other));
	balance = ALONE;
	chance = 0;
	lose_one = 0;
	tls_enumerate_begin(&plan, false);
	plan.wants_again = true;
}

static const size_t at_once[] = { 1, 5, 12 };

/* Every one of 126 pairs, with fourteen connections to spare. */
START_TEST(all_pairs_are_found_in_140_connections)
{
	fake_tls_take_many(&server, TLS_10, 23);
	fake_tls_take_many(&server, TLS_11, 23);
	fake_tls_take_many(&server, TLS_12, 77);
	fake_tls_take_many(&server, TLS_13, 3);
	server.clients_order = _i >= 3;
	enumerate(at_once[_i % 3]);
	expect_all();
	ck_assert_uint_le(server.hellos, 140);
	ck_assert_uint_eq(server.hellos, plan.asked);
	ck_assert_int_eq(plan.versions[4].order,
	    server.clients_order ? TLS_ORDER_CLIENT : TLS_ORDER_SERVER);
	ck_assert_int_eq(plan.versions[5].order,
	    server.clients_order ? TLS_ORDER_CLIENT : TLS_ORDER_SERVER);
	ck_assert_int_eq(plan.versions[0].taken, TLS_NOT_TAKEN);
}
END_TEST

/* nginx with all that OpenSSL 3.0 has. */
static const uint16_t of_openssl_10[] = { 0x0001, 0x0002, 0x002f, 0x0033,
	0x0034, 0x0035, 0x0039, 0x003a, 0x0041, 0x0045, 0x0046, 0x0084, 0x0088,
	0x0089, 0xc006, 0xc009, 0xc00a, 0xc010, 0xc013, 0xc014, 0xc015, 0xc018,
	0xc019 };
static const uint16_t of_openssl_12[] = { 0x0001, 0x0002, 0x002f, 0x0033,
	0x0034, 0x0035, 0x0039, 0x003a, 0x003b, 0x003c, 0x003d, 0x0041, 0x0045,
	0x0046, 0x0067, 0x006b, 0x006c, 0x006d, 0x0084, 0x0088, 0x0089, 0x009c,
	0x009d, 0x009e, 0x009f, 0x00a6, 0x00a7, 0x00ba, 0x00be, 0x00bf, 0x00c0,
	0x00c4, 0x00c5, 0xc006, 0xc009, 0xc00a, 0xc010, 0xc013, 0xc014, 0xc015,
	0xc018, 0xc019, 0xc023, 0xc024, 0xc027, 0xc028, 0xc02b, 0xc02c, 0xc02f,
	0xc030, 0xc050, 0xc051, 0xc052, 0xc053, 0xc05c, 0xc05d, 0xc060, 0xc061,
	0xc072, 0xc073, 0xc076, 0xc077, 0xc09c, 0xc09d, 0xc09e, 0xc09f, 0xc0a0,
	0xc0a1, 0xc0a2, 0xc0a3, 0xc0ac, 0xc0ad, 0xc0ae, 0xc0af, 0xcca8, 0xcca9,
	0xccaa };

/* In its own order from the strongest on, or in the client's. */
START_TEST(a_distant_server_is_asked_many_things_at_a_time)
{
	static const uint16_t of_13[] = { 0x1301, 0x1302, 0x1303 };
	uint16_t strong[77];
	const size_t n = sizeof(of_openssl_12) / sizeof(of_openssl_12[0]);
	unsigned rounds;
	size_t i;

	ck_assert_uint_eq(n, 77);
	for (i = 0; i < n; i++)
		strong[i] = of_openssl_12[n - 1 - i];
	fake_tls_take(&server, TLS_10, of_openssl_10, 23);
	fake_tls_take(&server, TLS_11, of_openssl_10, 23);
	fake_tls_take(&server, TLS_12, strong, n);
	fake_tls_take(&server, TLS_13, of_13, 3);
	server.clients_order = _i == 1;
	rounds = enumerate_in_rounds(12);
	expect_all();
	ck_assert_uint_le(server.hellos, 139); /* a control is one more */
	ck_assert_uint_le(rounds, 24);
	ck_assert_int_eq(plan.versions[4].order,
	    server.clients_order ? TLS_ORDER_CLIENT : TLS_ORDER_SERVER);
}
END_TEST

START_TEST(a_server_of_two_suites_is_asked_a_few_times)
{
	static const uint16_t old[] = { 0x0004, 0xc02f };
	static const uint16_t new[] = { 0x1301 };

	fake_tls_take(&server, TLS_12, old, 2);
	fake_tls_take(&server, TLS_13, new, 1);
	server.refuses = (enum fake_tls_refuses)_i;
	enumerate(4);
	ck_assert_uint_eq(plan.versions[4].n, 2);
	ck_assert_uint_eq(plan.versions[5].n, 1);
	if (_i == FAKE_TLS_BY_SILENCE) {
		ck_assert(plan.versions[4].incomplete);
		ck_assert_int_eq(plan.versions[2].taken, TLS_UNKNOWN);
	} else {
		expect_all();
	}
	ck_assert_int_eq(plan.versions[0].taken, TLS_NOT_TAKEN);
	/* Fourteen of these ask once more. */
	ck_assert_uint_le(server.hellos, 21 + 14);
}
END_TEST

/* Each exchange with a cipher of its own: what looks likely is not taken. */
START_TEST(a_wrong_guess_is_no_finding)
{
	static const uint16_t odd[] = { 0xc02f, 0x009d, 0xccaa, 0x003c };

	fake_tls_take(&server, TLS_12, odd, 4);
	server.clients_order = _i == 1;
	enumerate(12);
	expect_all();
	ck_assert_uint_gt(plan.wrong, 0);
	ck_assert_uint_eq(plan.guesses, 0);
	ck_assert_uint_le(server.hellos, 14 + 12);
}
END_TEST

/* What it took before it had enough stands; that there is no more does not. */
START_TEST(a_server_that_tires_of_us_has_not_shown_all)
{
	static const uint16_t suites[] = { 0xc02f, 0x0005, 0x000a };

	fake_tls_take(&server, TLS_12, suites, 3);
	server.tires_after = (uint32_t)_i + 1;
	enumerate(1);
	ck_assert_int_eq(plan.versions[4].taken, TLS_TAKEN);
	ck_assert_uint_ge(plan.versions[4].n, 1);
	ck_assert(plan.versions[4].n == 3 || plan.versions[4].incomplete);
	ck_assert_int_eq(plan.versions[2].taken, TLS_UNKNOWN);
	ck_assert_int_eq(plan.versions[0].taken, TLS_UNKNOWN);
}
END_TEST

/* The one weak suite is in the middle of a list that it cannot stomach. */
START_TEST(a_server_that_chokes_on_long_lists_hides_nothing)
{
	static const uint16_t suites[] = { 0xc02f, 0x0005 };

	static const enum fake_tls_refuses chokes[] = { FAKE_TLS_BY_ALERT,
		FAKE_TLS_BY_CLOSING, FAKE_TLS_BY_SILENCE };

	fake_tls_take(&server, TLS_12, suites, 2);
	fake_tls_take(&server, TLS_10, suites + 1, 1);
	server.longest = 100;
	server.choke = chokes[_i];
	server.refuses = FAKE_TLS_BY_ALERT;
	enumerate(4);
	ck_assert_uint_eq(plan.versions[4].n, 2);
	ck_assert_uint_eq(plan.versions[2].n, 1);
	ck_assert_uint_gt(server.largest, 100);
}
END_TEST

START_TEST(another_protocol_is_asked_once)
{
	server.speaks_text = true;
	enumerate(8);
	ck_assert(plan.is_strange && !plan.is_tls);
	ck_assert_uint_eq(server.hellos, 1);
}
END_TEST

START_TEST(a_mute_port_is_left_and_nothing_of_it_is_known)
{
	size_t i;

	server.refuses = server.choke = FAKE_TLS_BY_SILENCE;
	enumerate(1);
	ck_assert(plan.is_mute && !plan.is_tls);
	ck_assert_uint_eq(server.hellos, 6);
	for (i = 0; i < TLS_ENUMERATE_VERSIONS; i++)
		ck_assert_int_ne(plan.versions[i].taken, TLS_NOT_TAKEN);
}
END_TEST

/* A broker in clear text: each hello ends the connection. */
START_TEST(who_closes_at_every_hello_has_been_asked_for_all)
{
	size_t i;

	server.refuses = FAKE_TLS_BY_CLOSING;
	enumerate(4);
	ck_assert(!plan.is_mute && !plan.is_tls && !plan.is_strange);
	for (i = 0; i < TLS_ENUMERATE_VERSIONS; i++)
		ck_assert_int_eq(plan.versions[i].taken, TLS_NOT_TAKEN);
	ck_assert_uint_lt(server.hellos, 64);
}
END_TEST

START_TEST(a_suite_that_nobody_offered_is_no_finding)
{
	size_t i;

	server.lies = true;
	enumerate(3);
	for (i = 1; i < TLS_ENUMERATE_VERSIONS; i++)
		if (plan.versions[i].n > 0) /* 0x0042 is a suite after all */
			ck_assert_uint_eq(plan.versions[i].suites[0], 0x0042);
	ck_assert(plan.versions[4].incomplete);
	ck_assert_int_eq(plan.versions[5].taken, TLS_UNKNOWN);
}
END_TEST

START_TEST(a_lost_connection_is_made_again)
{
	fake_tls_take_many(&server, TLS_12, 20);
	lose_one = 3;
	enumerate(1);
	ck_assert_uint_eq(plan.versions[4].n, 20);
	ck_assert(!plan.versions[4].incomplete);
}
END_TEST

START_TEST(who_loses_every_second_one_is_unknown)
{
	fake_tls_take_many(&server, TLS_12, 20);
	lose_one = 1;
	enumerate(1);
	ck_assert(plan.is_mute);
	ck_assert_int_ne(plan.versions[4].taken, TLS_NOT_TAKEN);
}
END_TEST

START_TEST(versions_alone_need_one_suite_of_each)
{
	tls_enumerate_begin(&plan, true);
	fake_tls_take_many(&server, TLS_10, 23);
	fake_tls_take_many(&server, TLS_12, 77);
	enumerate(4);
	ck_assert_int_eq(plan.versions[1].taken, TLS_NOT_TAKEN);
	ck_assert_int_eq(plan.versions[2].taken, TLS_TAKEN);
	ck_assert_int_eq(plan.versions[3].taken, TLS_NOT_TAKEN);
	ck_assert_int_eq(plan.versions[4].taken, TLS_TAKEN);
	ck_assert_int_eq(plan.versions[5].taken, TLS_NOT_TAKEN);
	ck_assert_uint_eq(server.hellos, 6);
}
END_TEST

START_TEST(ssl2_names_its_kinds)
{
	static const uint16_t suite[] = { 0x0005 };

	fake_tls_take(&server, TLS_SSL3, suite, 1);
	server.has_ssl2 = true;
	enumerate(2);
	ck_assert_int_eq(plan.versions[0].taken, TLS_TAKEN);
	ck_assert_uint_eq(plan.versions[0].nkinds, 2);
	ck_assert_uint_eq(plan.versions[0].kinds[1], 0x0700c0);
	ck_assert_int_eq(plan.versions[1].taken, TLS_TAKEN);
	ck_assert_uint_eq(plan.versions[1].suites[0], 0x0005);
}
END_TEST

static const uint16_t common[] = { 0xc02f, 0xc030 }, weak[] = { 0x0005 },
		      swapped[] = { 0xc030, 0xc02f }, of_13[] = { 0x1301 };

/* One of two servers takes what the other refuses: a version, or a suite. */
START_TEST(servers_that_take_turns_hide_nothing)
{
	static const uint16_t with_weak[] = { 0xc02f, 0xc030, 0x0005 };
	const bool versions_only = _i % 2 == 0;

	balance = IN_TURN;
	chance = _i % 4 < 2 ? 0 : UINT32_C(1) << 31;
	tls_enumerate_begin(&plan, versions_only);
	plan.wants_again = true;
	fake_tls_take(&server, TLS_12, common, 2);
	fake_tls_take(&server, TLS_13, of_13, 1);
	fake_tls_take(&other, TLS_12, with_weak, 3);
	fake_tls_take(&other, TLS_13, of_13, 1);
	fake_tls_take(&other, TLS_10, weak, 1);
	enumerate(at_once[_i / 4]);
	ck_assert_int_eq(plan.versions[2].taken, TLS_TAKEN);
	ck_assert(plan.differs);
	if (versions_only)
		return;
	ck_assert(plan.versions[4].n == 3 || plan.versions[4].incomplete);
	ck_assert_int_eq(plan.versions[1].taken, TLS_UNKNOWN);
}
END_TEST

/* Both take the same, but like something else better. */
START_TEST(servers_that_choose_differently_leave_all_unknown)
{
	balance = IN_TURN;
	fake_tls_take(&server, TLS_12, common, 2);
	fake_tls_take(&other, TLS_12, swapped, 2);
	enumerate(at_once[_i]);
	ck_assert(plan.differs);
	ck_assert_int_eq(plan.versions[4].taken, TLS_TAKEN);
	ck_assert(plan.versions[4].incomplete);
	ck_assert_int_eq(plan.versions[2].taken, TLS_UNKNOWN);
}
END_TEST

/* An old version is asked four times: one in sixteen never meets who takes it.
 * probes/README.md says so. */
START_TEST(by_chance_one_in_sixteen_is_missed)
{
	uint32_t seed, missed = 0;

	for (seed = 0; seed < 1000; seed++) {
		setup();
		balance = BY_CHANCE;
		chance = seed * UINT32_C(2654435761);
		tls_enumerate_begin(&plan, true);
		plan.wants_again = true;
		fake_tls_take(&server, TLS_12, common, 2);
		fake_tls_take(&other, TLS_12, common, 2);
		fake_tls_take(&other, TLS_10, weak, 1);
		enumerate(4);
		missed += plan.versions[2].taken == TLS_NOT_TAKEN;
	}
	ck_assert_uint_gt(missed, 30);
	ck_assert_uint_lt(missed, 100);
}
END_TEST

/* It is asked once, unless that is wanted. */
START_TEST(nobody_asks_again_unasked)
{
	plan.wants_again = false;
	fake_tls_take(&server, TLS_12, common, 2);
	enumerate(1);
	ck_assert(!plan.has_again);
	ck_assert_uint_le(server.hellos, 10);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("tls_enumerate");
	TCase *tc = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, all_pairs_are_found_in_140_connections, 0, 6);
	tcase_add_loop_test(tc, a_wrong_guess_is_no_finding, 0, 2);
	tcase_add_loop_test(
	    tc, a_distant_server_is_asked_many_things_at_a_time, 0, 2);
	tcase_add_loop_test(
	    tc, a_server_of_two_suites_is_asked_a_few_times, 0, 4);
	tcase_add_loop_test(
	    tc, a_server_that_chokes_on_long_lists_hides_nothing, 0, 3);
	tcase_add_loop_test(
	    tc, a_server_that_tires_of_us_has_not_shown_all, 0, 4);
	tcase_add_test(tc, another_protocol_is_asked_once);
	tcase_add_test(tc, a_mute_port_is_left_and_nothing_of_it_is_known);
	tcase_add_test(tc, who_closes_at_every_hello_has_been_asked_for_all);
	tcase_add_test(tc, a_suite_that_nobody_offered_is_no_finding);
	tcase_add_test(tc, a_lost_connection_is_made_again);
	tcase_add_test(tc, who_loses_every_second_one_is_unknown);
	tcase_add_test(tc, versions_alone_need_one_suite_of_each);
	tcase_add_test(tc, ssl2_names_its_kinds);
	tcase_add_loop_test(tc, servers_that_take_turns_hide_nothing, 0, 12);
	tcase_add_loop_test(
	    tc, servers_that_choose_differently_leave_all_unknown, 0, 3);
	tcase_add_test(tc, by_chance_one_in_sixteen_is_missed);
	tcase_add_test(tc, nobody_asks_again_unasked);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
