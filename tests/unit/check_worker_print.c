/*
 * worker_print: which bytes would be printed, and who lets them.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "daemon/worker/worker_print.h"
#include "protocols/packet.h"

#define TODAY "2026-11-23"

static struct worker_facts facts;

static void
setup(void)
{
	memset(&facts, 0, sizeof(facts));
}

static void
teardown(void)
{
	worker_facts_free(&facts);
}

static void
consent(const char *hazard, const char *until)
{
	const char *const cells[] = { "hazard", hazard, "by", "J. Doe", "until",
		until };

	worker_facts_add_row(&facts, "consents", cells, 3);
}

START_TEST(print_ports_want_a_consent_to_prints)
{
	ck_assert(worker_print_may_write(&facts, 9099, TODAY));
	ck_assert(!worker_print_may_write(&facts, 9100, TODAY));
	ck_assert(!worker_print_may_write(&facts, 9107, TODAY));
	ck_assert(worker_print_may_write(&facts, 9108, TODAY));
	consent("unlocks", "");
	ck_assert(!worker_print_may_write(&facts, 9100, TODAY));
	ck_assert(!worker_print_may_write_now(&facts, 9100));
	consent("prints", "");
	ck_assert(worker_print_may_write(&facts, 9100, TODAY));
	ck_assert(worker_print_may_write_now(&facts, 9100));
}
END_TEST

START_TEST(a_consent_runs_out_after_its_day)
{
	consent("prints", TODAY);
	ck_assert(worker_print_may_write(&facts, 9103, "2026-11-22"));
	ck_assert(worker_print_may_write(&facts, 9103, TODAY));
	ck_assert(!worker_print_may_write(&facts, 9103, "2026-11-24"));
	ck_assert(!worker_print_may_write(&facts, 9103, "2027-01-01"));
}
END_TEST

START_TEST(days_are_those_of_the_calendar)
{
	static const struct {
		uint64_t seconds;
		const char *day;
	} cases[] = {
		{ 0, "1970-01-01" },
		{ 86399, "1970-01-01" },
		{ 951782400, "2000-02-29" },
		{ 1709164800, "2024-02-29" },
		{ 1709251200, "2024-03-01" },
		{ 1735689599, "2024-12-31" },
		{ 1735689600, "2025-01-01" },
		{ 4107542400, "2100-03-01" },
	};
	char day[11];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		worker_print_day(cases[i].seconds, day);
		ck_assert_str_eq(day, cases[i].day);
	}
}
END_TEST

START_TEST(only_bytes_of_tcp_to_a_print_port_are_written)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 };
	static const uint8_t addr[4] = { 10, 77, 0, 1 };
	const struct packet_ends e = { mac, mac, 4, addr, addr };
	uint8_t frame[PACKET_BUILD_MAX] = { 0 };
	size_t n;

	n = packet_build_tcp(
	    frame, &e, 1000, 9100, 1, 0, TCP_SYN, 100, NULL, 0);
	ck_assert(!worker_print_is_writing(frame, n));
	frame[17] = (uint8_t)(n - 14 + 4); /* four bytes more */
	ck_assert(worker_print_is_writing(frame, n + 4));
	frame[36] = 0;
	ck_assert(!worker_print_is_writing(frame, n + 4));
	ck_assert(!worker_print_is_writing(frame, 10));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("worker_print");
	TCase *t = tcase_create("worker_print");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, print_ports_want_a_consent_to_prints);
	tcase_add_test(t, a_consent_runs_out_after_its_day);
	tcase_add_test(t, days_are_those_of_the_calendar);
	tcase_add_test(t, only_bytes_of_tcp_to_a_print_port_are_written);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
