/*
 * check_tls_enumerate: servers of every kind, by table, are asked until all
 * that they take is known, in as few connections as that needs; and what they
 * hide behind silence is not taken for a refusal.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "protocols/bytes.h"
#include "protocols/tls_client_hello.h"
#include "protocols/tls_enumerate.h"
#include "protocols/tls_hello.h"
#include "protocols/tls_names.h"

#define OFFER_MAX 400

/* ---- a server by table ---- */

enum refuses {
	BY_ALERT,
	BY_VERSION_ALERT,
	BY_CLOSING,
	BY_SILENCE
};
struct server {
	uint16_t takes[TLS_ENUMERATE_VERSIONS][OFFER_MAX]; /* 0 ends; in its
							      order */
	bool clients_order;
	enum refuses refuses;
	size_t longest; /* chokes on more suites than these; 0: never */
	enum refuses choke;
	bool speaks_text;  /* no TLS at all */
	bool lies;         /* names what was not offered */
	uint32_t lose_one; /* of so many hellos; 0: none */
	bool has_ssl2;
	uint32_t hellos, largest;
};

static struct server server;
static struct tls_enumerate plan;
static uint8_t room[TLS_REPLY_ROOM];

static size_t
version_index(uint16_t version)
{
	return version == TLS_SSL2 ? 0 : (size_t)(version - TLS_SSL3) + 1;
}

static size_t
refuse(enum refuses how, uint8_t *out)
{
	static const uint8_t alert[] = { 21, 3, 1, 0, 2, 2, 40 };

	if (how == BY_CLOSING || how == BY_SILENCE)
		return 0;
	memcpy(out, alert, sizeof(alert));
	if (how == BY_VERSION_ALERT)
		out[6] = TLS_ALERT_PROTOCOL_VERSION;
	return sizeof(alert);
}

static size_t
choose(uint16_t version, uint16_t suite, uint8_t *out)
{
	static const uint8_t done[] = { 22, 3, 3, 0, 4, 14, 0, 0, 0 };
	size_t n = 5 + 4 + 38;

	memset(out, 0, 64);
	out[0] = TLS_HANDSHAKE;
	put_u16(out + 1, 0x0303);
	out[5] = TLS_SERVER_HELLO;
	put_u16(out + 9, version == TLS_13 ? TLS_12 : version);
	put_u16(out + 9 + 35, suite);
	if (version == TLS_13) { /* supported_versions */
		put_u16(out + n, 6);
		put_u16(out + n + 2, TLS_EXT_SUPPORTED_VERSIONS);
		put_u16(out + n + 4, 2);
		put_u16(out + n + 6, TLS_13);
		n += 8;
	}
	put_u16(out + 3, (uint16_t)(n - 5));
	out[8] = (uint8_t)(n - 9);
	memcpy(out + n, done, sizeof(done));
	return n + sizeof(done);
}

static uint16_t
pick(const struct server *s, const struct tls_client_hello *h, size_t v)
{
	size_t i, k;

	for (i = 0; s->clients_order && i < h->suites.n / 2; i++)
		for (k = 0; s->takes[v][k] != 0; k++)
			if (s->takes[v][k] == tls_list_at(h->suites, i))
				return s->takes[v][k];
	for (k = 0; s->takes[v][k] != 0; k++)
		if (tls_client_hello_offers(h, s->takes[v][k]))
			return s->takes[v][k];
	return 0;
}

static size_t
answer_ssl2(uint8_t *out)
{
	static const uint8_t hello[] = { 0x80, 0x11, 4, 0, 1, 0, 2, 0, 0, 0, 6,
		0, 0, 0x01, 0x00, 0x80, 0x07, 0x00, 0xc0 };

	memcpy(out, hello, sizeof(hello));
	return sizeof(hello);
}

/* What it says to a hello; *closed: and ends it. */
static size_t
serve(
    struct server *s, const uint8_t *say, size_t n, uint8_t *out, bool *closed)
{
	struct tls_client_hello h;
	uint16_t suite;

	s->hellos++;
	*closed = s->refuses != BY_SILENCE;
	if (s->speaks_text) {
		memcpy(out, "HTTP/1.1 400 Bad Request\r\n", 26);
		return 26;
	}
	if ((say[0] & 0x80) != 0)
		return s->has_ssl2 ? answer_ssl2(out) : refuse(s->refuses, out);
	ck_assert_int_eq(tls_client_hello_read(&h, say + 9, n - 9), 0);
	if (h.suites.n / 2 > s->largest)
		s->largest = (uint32_t)h.suites.n / 2;
	if (s->longest != 0 && h.suites.n / 2 > s->longest) {
		*closed = s->choke != BY_SILENCE;
		return refuse(s->choke, out);
	}
	if (s->lies)
		return choose(h.best_version, 0x0042, out);
	suite = pick(s, &h, version_index(h.best_version));
	if (suite == 0)
		return refuse(s->refuses, out);
	*closed = false;
	return choose(h.best_version, suite, out);
}

/* So many under way at a time, answered in the order they were asked. */
static void
enumerate(size_t at_once)
{
	static const uint8_t random[32] = { 7 };
	struct {
		uint32_t tag;
		uint8_t heard[256];
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
			queue[used].n = serve(&server, say, n,
			    queue[used].heard, &queue[used].closed);
			queue[used].lost = server.lose_one != 0 &&
			    server.hellos % server.lose_one == 0;
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

static void
take(uint16_t version, const uint16_t *suites, size_t n)
{
	memcpy(server.takes[version_index(version)], suites,
	    n * sizeof(suites[0]));
}

/* The first n suites of this version, last of the table first. */
static void
take_many(uint16_t version, size_t n)
{
	uint16_t *out = server.takes[version_index(version)];
	struct tls_suite s;
	size_t i, k = 0;

	for (i = tls_suite_count(); i > 0 && k < n; i--) {
		(void)tls_suite_of(tls_suite_id_at(i - 1), &s);
		if (s.is_13 == (version == TLS_13) &&
		    (version >= TLS_12 || s.mode != TLS_MODE_AEAD))
			out[k++] = s.id;
	}
	ck_assert_uint_eq(k, n);
}

static size_t
count(uint16_t version)
{
	const uint16_t *list = server.takes[version_index(version)];
	size_t n = 0;

	while (list[n] != 0)
		n++;
	return n;
}

/* All that it takes was found, and nothing else. */
static void
expect_all(void)
{
	const struct tls_version_taken *v;
	size_t i, k, m;

	for (i = 1; i < TLS_ENUMERATE_VERSIONS; i++) {
		v = &plan.versions[i];
		ck_assert_uint_eq(v->n, count(v->version));
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
	tls_enumerate_begin(&plan, false);
}

static const size_t at_once[] = { 1, 5, 12 };

/* Every one of 126 pairs, with fourteen connections to spare. */
START_TEST(all_pairs_are_found_in_140_connections)
{
	take_many(TLS_10, 23);
	take_many(TLS_11, 23);
	take_many(TLS_12, 77);
	take_many(TLS_13, 3);
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

START_TEST(a_server_of_two_suites_is_asked_a_few_times)
{
	static const uint16_t old[] = { 0x0004, 0xc02f };
	static const uint16_t new[] = { 0x1301 };

	take(TLS_12, old, 2);
	take(TLS_13, new, 1);
	server.refuses = (enum refuses)_i;
	enumerate(4);
	ck_assert_uint_eq(plan.versions[4].n, 2);
	ck_assert_uint_eq(plan.versions[5].n, 1);
	if (_i == BY_SILENCE) {
		ck_assert(plan.versions[4].incomplete);
		ck_assert_int_eq(plan.versions[2].taken, TLS_UNKNOWN);
	} else {
		expect_all();
	}
	ck_assert_int_eq(plan.versions[0].taken, TLS_NOT_TAKEN);
	ck_assert_uint_le(server.hellos, 20);
}
END_TEST

/* The one weak suite is in the middle of a list that it cannot stomach. */
START_TEST(a_server_that_chokes_on_long_lists_hides_nothing)
{
	static const uint16_t suites[] = { 0xc02f, 0x0005 };

	static const enum refuses chokes[] = { BY_ALERT, BY_CLOSING,
		BY_SILENCE };

	take(TLS_12, suites, 2);
	take(TLS_10, suites + 1, 1);
	server.longest = 100;
	server.choke = chokes[_i];
	server.refuses = BY_ALERT;
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

	server.refuses = server.choke = BY_SILENCE;
	enumerate(1);
	ck_assert(plan.is_mute && !plan.is_tls);
	ck_assert_uint_eq(server.hellos, 6);
	for (i = 0; i < TLS_ENUMERATE_VERSIONS; i++)
		ck_assert_int_ne(plan.versions[i].taken, TLS_NOT_TAKEN);
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
	take_many(TLS_12, 20);
	server.lose_one = 3;
	enumerate(1);
	ck_assert_uint_eq(plan.versions[4].n, 20);
	ck_assert(!plan.versions[4].incomplete);
}
END_TEST

START_TEST(who_loses_every_second_one_is_unknown)
{
	take_many(TLS_12, 20);
	server.lose_one = 1;
	enumerate(1);
	ck_assert(plan.is_mute);
	ck_assert_int_ne(plan.versions[4].taken, TLS_NOT_TAKEN);
}
END_TEST

START_TEST(versions_alone_need_one_suite_of_each)
{
	tls_enumerate_begin(&plan, true);
	take_many(TLS_10, 23);
	take_many(TLS_12, 77);
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

	take(TLS_SSL3, suite, 1);
	server.has_ssl2 = true;
	enumerate(2);
	ck_assert_int_eq(plan.versions[0].taken, TLS_TAKEN);
	ck_assert_uint_eq(plan.versions[0].nkinds, 2);
	ck_assert_uint_eq(plan.versions[0].kinds[1], 0x0700c0);
	ck_assert_int_eq(plan.versions[1].taken, TLS_TAKEN);
	ck_assert_uint_eq(plan.versions[1].suites[0], 0x0005);
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
	tcase_add_loop_test(
	    tc, a_server_of_two_suites_is_asked_a_few_times, 0, 4);
	tcase_add_loop_test(
	    tc, a_server_that_chokes_on_long_lists_hides_nothing, 0, 3);
	tcase_add_test(tc, another_protocol_is_asked_once);
	tcase_add_test(tc, a_mute_port_is_left_and_nothing_of_it_is_known);
	tcase_add_test(tc, a_suite_that_nobody_offered_is_no_finding);
	tcase_add_test(tc, a_lost_connection_is_made_again);
	tcase_add_test(tc, who_loses_every_second_one_is_unknown);
	tcase_add_test(tc, versions_alone_need_one_suite_of_each);
	tcase_add_test(tc, ssl2_names_its_kinds);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
