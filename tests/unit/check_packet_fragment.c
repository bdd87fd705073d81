/*
 * packet_fragment: fragments that are put together again are the packet, and
 * the identification is read where it is.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "protocols/packet_fragment.h"

#define PAYLOAD 1600
#define HEAD 54

static const uint8_t mac_a[6] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t mac_b[6] = { 2, 0, 0, 0, 0, 2 };
static const uint8_t a6[16] = { 0xfd, 0x77, [15] = 1 };
static const uint8_t b6[16] = { 0xfd, 0x77, [15] = 2 };
static const uint8_t a4[4] = { 10, 77, 0, 1 };
static const uint8_t b4[4] = { 10, 77, 0, 2 };
static const struct packet_ends ends6 = { mac_a, mac_b, 6, a6, b6 };
static const struct packet_ends ends4 = { mac_a, mac_b, 4, a4, b4 };

START_TEST(fragments_make_up_the_packet)
{
	uint8_t frame[PACKET_BUILD_MAX + PAYLOAD],
	    out[62 + PACKET_FRAGMENT_SIZE];
	uint8_t again[PACKET_BUILD_MAX + PAYLOAD], payload[PAYLOAD];
	size_t size, n, offset = 0, before = 0, count = 0;
	struct packet_id id;
	struct packet p;

	for (n = 0; n < PAYLOAD; n++)
		payload[n] = (uint8_t)(n * 7);
	size = packet_build_echo(frame, &ends6, 1, 2, payload, PAYLOAD);
	for (;; before = offset, count++) {
		n = packet_build_fragment6(
		    out, frame, size, 0x12345678, &offset);
		if (n == 0)
			break;
		ck_assert_int_eq(packet_dissect(&p, out, n), 0);
		ck_assert(p.whole);
		ck_assert_uint_eq(n - 62, offset - before);
		/* RFC 8200 section 4.5: next header, reserved, offset, M, id */
		ck_assert_uint_eq(out[20], 44);
		ck_assert_uint_eq(out[54], 58);
		ck_assert_uint_eq(out[55], 0);
		ck_assert_uint_eq(
		    out[56] << 8 | out[57], before | (offset < size - HEAD));
		ck_assert_int_eq(memcmp(out + 58, "\x12\x34\x56\x78", 4), 0);
		memcpy(again + HEAD + before, out + 62, n - 62);
		if (count == 0) {
			ck_assert_int_eq(packet_id(&p, &id), 0);
			ck_assert_uint_eq(id.id, 0x12345678);
		} else
			ck_assert_int_eq(packet_id(&p, &id), -1);
	}
	ck_assert_uint_eq(count, 2);
	ck_assert_uint_eq(offset, size - HEAD);
	ck_assert_int_eq(memcmp(again + HEAD, frame + HEAD, size - HEAD), 0);
}
END_TEST

START_TEST(nothing_is_made_of_what_is_no_packet)
{
	uint8_t frame[HEAD] = { 0 }, out[62 + PACKET_FRAGMENT_SIZE];
	size_t offset = 0;

	ck_assert_uint_eq(
	    packet_build_fragment6(out, frame, 53, 1, &offset), 0);
	ck_assert_uint_eq(
	    packet_build_fragment6(out, frame, 54, 1, &offset), 0);
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
	Suite *s = suite_create("packet_fragment");
	TCase *c = tcase_create("packet_fragment");
	SRunner *r;
	int failed;

	tcase_add_test(c, fragments_make_up_the_packet);
	tcase_add_test(c, nothing_is_made_of_what_is_no_packet);
	tcase_add_test(c, an_ipv4_packet_has_an_identification);
	tcase_add_test(c, a_whole_ipv6_packet_and_a_cut_one_have_none);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
