/*
 * NTP: the packet of RFC 5905 section 7.3, and what a server says.
 */
#include <check.h>
#include <string.h>

#include "daemon/services/services_ntp.h"
#include "protocols/ntp.h"

#define S 1000000000ull

/* A client's question as chrony sends it: version 4, only the transmit stamp
 * is set. */
static const uint8_t question[NTP_SIZE] = { 0x23, 0, 6, 0x20, [40] = 0xe9, 0xa1,
	0xb2, 0xc3, 0xd4, 0xe5, 0xf6, 0x07 };

START_TEST(a_question_is_read_and_written_again)
{
	uint8_t out[NTP_SIZE];
	struct ntp n;

	ck_assert_int_eq(ntp_parse(&n, question, sizeof(question)), 0);
	ck_assert_uint_eq(n.version, 4);
	ck_assert_uint_eq(n.mode, NTP_MODE_CLIENT);
	ck_assert_int_eq(n.poll, 6);
	ck_assert_int_eq(n.precision, 32);
	ck_assert(n.transmit == 0xe9a1b2c3d4e5f607ull);
	ntp_build(&n, out);
	ck_assert_mem_eq(out, question, NTP_SIZE);
}
END_TEST

START_TEST(what_is_short_or_of_no_version_is_no_packet)
{
	uint8_t bytes[NTP_SIZE];
	struct ntp n;

	memcpy(bytes, question, sizeof(bytes));
	ck_assert_int_eq(ntp_parse(&n, bytes, NTP_SIZE - 1), -1);
	ck_assert_int_eq(ntp_parse(&n, bytes, 0), -1);
	bytes[0] = 0x03; /* version 0 */
	ck_assert_int_eq(ntp_parse(&n, bytes, NTP_SIZE), -1);
	bytes[0] = 0x2b; /* version 5 */
	ck_assert_int_eq(ntp_parse(&n, bytes, NTP_SIZE), -1);
}
END_TEST

START_TEST(stamps_begin_in_1900_and_wrap_in_2036)
{
	ck_assert(ntp_stamp(0) == 2208988800ull << 32);
	ck_assert(ntp_stamp(S / 2) == (2208988800ull << 32 | 0x80000000ull));
	/* RFC 5905 figure 4: era 1 begins on 7 February 2036, 06:28:16. */
	ck_assert(ntp_stamp(2085978496ull * S) == 0);
}
END_TEST

START_TEST(a_client_gets_the_times_and_its_own_stamp_back)
{
	struct ntp n, a;
	struct ntp_clock clock;

	services_ntp_describe(true, 250000, 1000 * S + 7, &clock);
	ck_assert_int_eq(ntp_parse(&n, question, sizeof(question)), 0);
	ck_assert_int_eq(
	    ntp_answer(&n, &clock, 1000 * S, 1000 * S + S / 2, &a), 0);
	ck_assert_uint_eq(a.leap, 0);
	ck_assert_uint_eq(a.version, 4);
	ck_assert_uint_eq(a.mode, NTP_MODE_SERVER);
	ck_assert_uint_eq(a.stratum, 10);
	ck_assert_int_eq(a.poll, 6);
	ck_assert_uint_eq(a.root_dispersion, 0x4000); /* a quarter second */
	ck_assert_mem_eq(a.reference_id, "\177\177\1\1", 4);
	ck_assert(a.origin == n.transmit);
	ck_assert(a.reference == ntp_stamp(1000 * S));
	ck_assert(a.receive == ntp_stamp(1000 * S));
	ck_assert(a.transmit == ntp_stamp(1000 * S + S / 2));
}
END_TEST

START_TEST(a_clock_that_nothing_keeps_says_so)
{
	struct ntp_clock clock;

	services_ntp_describe(false, 16000000, 1000 * S, &clock);
	ck_assert_uint_eq(clock.stratum, 15);
	ck_assert_uint_eq(clock.dispersion_us, 0);
}
END_TEST

START_TEST(nobody_but_a_client_is_answered)
{
	struct ntp_clock clock;
	struct ntp n, a;
	uint8_t mode;

	services_ntp_describe(true, 0, S, &clock);
	for (mode = 0; mode < 8; mode++) {
		ck_assert_int_eq(ntp_parse(&n, question, sizeof(question)), 0);
		n.mode = mode;
		ck_assert_int_eq(ntp_answer(&n, &clock, S, S, &a),
		    mode == NTP_MODE_CLIENT ? 0 : -1);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ntp");
	TCase *c = tcase_create("ntp");
	SRunner *r;
	int failed;

	tcase_add_test(c, a_question_is_read_and_written_again);
	tcase_add_test(c, what_is_short_or_of_no_version_is_no_packet);
	tcase_add_test(c, stamps_begin_in_1900_and_wrap_in_2036);
	tcase_add_test(c, a_client_gets_the_times_and_its_own_stamp_back);
	tcase_add_test(c, a_clock_that_nothing_keeps_says_so);
	tcase_add_test(c, nobody_but_a_client_is_answered);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
