/*
 * packet_id: the identification is read where it is, an error quotes what fits.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "protocols/packet_id.h"

#define HEAD 54

static const uint8_t mac_a[6] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t mac_b[6] = { 2, 0, 0, 0, 0, 2 };
static const uint8_t a6[16] = { 0xfd, 0x77, [15] = 1 };
static const uint8_t b6[16] = { 0xfd, 0x77, [15] = 2 };
static const uint8_t a4[4] = { 10, 77, 0, 1 };
static const uint8_t b4[4] = { 10, 77, 0, 2 };
static const struct packet_ends ends6 = { mac_a, mac_b, 6, a6, b6 };
static const struct packet_ends ends4 = { mac_a, mac_b, 4, a4, b4 };

START_TEST(the_first_fragment_has_an_identification)
{
	uint8_t frame[PACKET_BUILD_MAX], out[PACKET_BUILD_MAX];
	size_t n = packet_build_echo(frame, &ends6, 1, 2, NULL, 0);
	struct packet_id id;
	struct packet p;

	memcpy(out, frame, HEAD);
	out[19] = 16;
	out[20] = 44;
	memcpy(out + HEAD,
	    (const uint8_t[]){ 0x3a, 0, 0, 1, 0x12, 0x34, 0x56, 0x78 }, 8);
	memcpy(out + HEAD + 8, frame + HEAD, n - HEAD);
	ck_assert_int_eq(packet_dissect(&p, out, n + 8), 0);
	ck_assert_int_eq(packet_id(&p, &id), 0);
	ck_assert_uint_eq(id.id, 0x12345678);
	out[57] = 9; /* not the first */
	ck_assert_int_eq(packet_dissect(&p, out, n + 8), 0);
	ck_assert_int_eq(packet_id(&p, &id), -1);
}
END_TEST

START_TEST(too_big_quotes_what_fits)
{
	static const size_t sizes[] = { 60, 1232, 1448 };
	uint8_t ip[1448], out[62 + PACKET_TOO_BIG_QUOTES];
	struct packet p;
	size_t n, i;

	memset(ip, 0x5a, sizeof(ip));
	for (i = 0; i < 3; i++) {
		n = packet_build_too_big(out, &ends6, 1280, ip, sizes[i]);
		ck_assert_uint_eq(
		    n, HEAD + 8 + (sizes[i] < 1232 ? sizes[i] : 1232));
		ck_assert_int_eq(packet_dissect(&p, out, n), 0);
		ck_assert(packet_checksums_are_good(&p));
		ck_assert_uint_eq(p.icmp_type, 2);
		ck_assert_uint_eq(p.icmp_code, 0);
		ck_assert_int_eq(memcmp(p.transport + 4, "\0\0\5\0\x5a", 5), 0);
		ck_assert_int_eq(memcmp(p.src, a6, 16), 0);
		ck_assert_int_eq(memcmp(p.dst, b6, 16), 0);
	}
}
END_TEST

START_TEST(an_ipv4_packet_has_an_identification)
{
	uint8_t frame[PACKET_BUILD_MAX];
	struct packet_id id;
	struct packet p;
	size_t n = packet_build_echo(frame, &ends4, 1, 2, NULL, 0);

	frame[18] = 0xab;
	frame[19] = 0xcd;
	frame[20] = 0x40;
	ck_assert_int_eq(packet_dissect(&p, frame, n), 0);
	ck_assert_int_eq(packet_id(&p, &id), 0);
	ck_assert_uint_eq(id.id, 0xabcd);
	ck_assert(id.dont_fragment);
	frame[20] = 0;
	ck_assert_int_eq(packet_id(&p, &id), 0);
	ck_assert(!id.dont_fragment);
}
END_TEST

START_TEST(a_whole_ipv6_packet_and_a_cut_one_have_none)
{
	uint8_t frame[PACKET_BUILD_MAX];
	struct packet_id id;
	struct packet p;
	size_t n = packet_build_echo(frame, &ends6, 1, 2, NULL, 0);

	ck_assert_int_eq(packet_dissect(&p, frame, n), 0);
	ck_assert_int_eq(packet_id(&p, &id), -1);
	n = packet_build_echo(frame, &ends4, 1, 2, NULL, 0);
	ck_assert_int_eq(packet_dissect(&p, frame, n - 1), 0);
	ck_assert_int_eq(packet_id(&p, &id), -1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("packet_id");
	TCase *c = tcase_create("packet_id");
	SRunner *r;
	int failed;

	tcase_add_test(c, the_first_fragment_has_an_identification);
	tcase_add_test(c, too_big_quotes_what_fits);
	tcase_add_test(c, an_ipv4_packet_has_an_identification);
	tcase_add_test(c, a_whole_ipv6_packet_and_a_cut_one_have_none);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
