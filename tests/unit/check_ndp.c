/*
 * check_ndp: Neighbour Discovery messages, and what must be discarded.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "protocols/bytes.h"
#include "protocols/ndp.h"

static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 9 };
static const uint8_t local[16] = { 0xfe, 0x80, [15] = 9 };
static const uint8_t all[16] = { 0xff, 2, [15] = 1 };
static const uint8_t nobody[16];
static const uint8_t target[16] = { 0xfd, [15] = 7 };

static uint8_t frame[512];

/* An ICMPv6 message in a frame. Returns the frame's size. */
static size_t
build(const uint8_t *src, const uint8_t *dst, const uint8_t *icmp, size_t size)
{
	uint8_t *t = frame + 54;

	memset(frame, 0, sizeof(frame));
	memcpy(frame + 6, mac, 6);
	put_u16(frame + 12, 0x86dd);
	put_u32(frame + 14, 0x60000000);
	put_u16(frame + 18, (uint16_t)size);
	frame[20] = 58;
	frame[21] = 255;
	memcpy(frame + 22, src, 16);
	memcpy(frame + 38, dst, 16);
	memcpy(t, icmp, size);
	put_u16(t + 2, 0);
	put_u16(t + 2, packet_checksum(6, src, dst, 58, t, size));
	return 54 + size;
}

static int
parse(struct ndp *n, size_t size)
{
	struct packet p;

	ck_assert_int_eq(packet_dissect(&p, frame, size), 0);
	return ndp_parse(n, &p);
}

static size_t
advertisement(uint8_t *icmp, uint8_t flags)
{
	static const uint8_t option[8] = { 2, 1, 2, 0, 0, 0, 0, 9 };

	memset(icmp, 0, 32);
	icmp[0] = 136;
	icmp[4] = flags;
	memcpy(icmp + 8, target, 16);
	memcpy(icmp + 24, option, 8);
	return 32;
}

START_TEST(an_advertisement_says_who_has_the_target)
{
	uint8_t icmp[32];
	struct ndp n;
	size_t size;

	size = build(target, local, icmp, advertisement(icmp, 0x60));
	ck_assert_int_eq(parse(&n, size), 0);
	ck_assert_int_eq(n.type, NDP_NEIGHBOUR_ADVERTISEMENT);
	ck_assert_mem_eq(n.target, target, 16);
	ck_assert_mem_eq(n.target_mac, mac, 6);
	ck_assert(!n.router);
	ck_assert(n.solicited);
	ck_assert(n.override);
	ck_assert_ptr_null(n.source_mac);
}
END_TEST

START_TEST(a_solicitation_from_nowhere_is_a_claim)
{
	struct ndp n;
	size_t size;

	size = packet_build_solicitation(frame, mac, NULL, nobody, target);
	ck_assert_int_eq(parse(&n, size), 0);
	ck_assert(n.claims);
	ck_assert_mem_eq(n.target, target, 16);
	size = packet_build_solicitation(frame, mac, NULL, local, target);
	ck_assert_int_eq(parse(&n, size), 0);
	ck_assert(!n.claims);
	ck_assert_mem_eq(n.source_mac, mac, 6);
}
END_TEST

START_TEST(a_router_advertisement_gives_its_prefixes)
{
	uint8_t icmp[16 + 32 + 8] = { 134, 0, 0, 0, 64, 0, 0x07, 0x08 };
	uint8_t *o = icmp + 16;
	struct ndp n;
	size_t size;

	o[0] = 3;
	o[1] = 4;
	o[2] = 64;
	o[3] = 0xc0;
	put_u32(o + 4, 3600);
	put_u32(o + 8, 1800);
	o[16] = 0xfd;
	o[32] = 200; /* an option nobody knows */
	o[33] = 1;
	size = build(local, all, icmp, sizeof(icmp));
	ck_assert_int_eq(parse(&n, size), 0);
	ck_assert_uint_eq(n.router_lifetime_s, 1800);
	ck_assert_uint_eq(n.nprefixes, 1);
	ck_assert_uint_eq(n.prefixes[0].bits, 64);
	ck_assert(n.prefixes[0].on_link);
	ck_assert(n.prefixes[0].autonomous);
	ck_assert_uint_eq(n.prefixes[0].valid_s, 3600);
	ck_assert_uint_eq(n.prefixes[0].preferred_s, 1800);
	ck_assert_uint_eq(n.prefixes[0].prefix[0], 0xfd);
}
END_TEST

START_TEST(more_prefixes_than_there_is_room_for_are_left)
{
	uint8_t icmp[16 + 32 * 12] = { 134 };
	struct ndp n;
	size_t i, size;

	for (i = 0; i < 12; i++) {
		icmp[16 + 32 * i] = 3;
		icmp[17 + 32 * i] = 4;
		icmp[18 + 32 * i] = (uint8_t)(i == 0 ? 129 : i);
	}
	size = build(local, all, icmp, sizeof(icmp));
	ck_assert_int_eq(parse(&n, size), 0);
	ck_assert_uint_eq(n.nprefixes, NDP_PREFIXES_MAX);
	ck_assert_uint_eq(n.prefixes[0].bits, 1); /* 129 is void */
}
END_TEST

/* One byte of a good advertisement changed: the checksum is mended, so that
 * only the rule in question can refuse it. */
static const struct {
	size_t at;
	uint8_t value;
} wrongs[] = {
	{ 21, 254 },  /* came over a router */
	{ 55, 1 },    /* code */
	{ 62, 0xff }, /* the target is a group */
	{ 79, 0 },    /* an option of no length */
	{ 79, 2 },    /* and of too much */
};

START_TEST(what_a_host_must_discard_is_discarded)
{
	uint8_t icmp[32], *t = frame + 54;
	struct ndp n;
	size_t size;

	size = build(target, local, icmp, advertisement(icmp, 0x60));
	frame[wrongs[_i].at] = wrongs[_i].value;
	put_u16(t + 2, 0);
	put_u16(t + 2, packet_checksum(6, target, local, 58, t, 32));
	ck_assert_int_eq(parse(&n, size), -1);
}
END_TEST

START_TEST(a_bad_checksum_is_discarded)
{
	uint8_t icmp[32];
	struct ndp n;
	size_t size;

	size = build(target, local, icmp, advertisement(icmp, 0x60));
	frame[56] ^= 1;
	ck_assert_int_eq(parse(&n, size), -1);
}
END_TEST

START_TEST(a_solicited_answer_to_everyone_is_discarded)
{
	uint8_t icmp[32];
	struct ndp n;
	size_t size;

	size = build(target, all, icmp, advertisement(icmp, 0x60));
	ck_assert_int_eq(parse(&n, size), -1);
	size = build(target, all, icmp, advertisement(icmp, 0x20));
	ck_assert_int_eq(parse(&n, size), 0);
}
END_TEST

START_TEST(a_router_speaks_from_a_link_local_address)
{
	static const uint8_t icmp[16] = { 134 };
	struct ndp n;
	size_t size;

	size = build(target, all, icmp, sizeof(icmp));
	ck_assert_int_eq(parse(&n, size), -1);
}
END_TEST

START_TEST(a_claim_goes_to_its_group_without_a_mac)
{
	uint8_t icmp[32] = { 135, [8] = 0xfd, [24] = 1, 1 };
	struct ndp n;
	size_t size;

	size = build(nobody, all, icmp, 24);
	ck_assert_int_eq(parse(&n, size), -1);
	icmp[23] = 7;
	(void)packet_build_solicitation(frame, mac, NULL, nobody, target);
	memcpy(icmp, frame + 54, 24);
	size = build(nobody, frame + 38, icmp, 32);
	ck_assert_int_eq(parse(&n, size), -1);
}
END_TEST

START_TEST(a_message_cut_anywhere_is_no_message)
{
	uint8_t icmp[32];
	struct ndp n;
	size_t i, size;

	advertisement(icmp, 0x60);
	for (i = 4; i < 32; i++) {
		if (i == 24)
			continue; /* no option: that is whole */
		size = build(target, local, icmp, i);
		ck_assert_msg(parse(&n, size) == -1, "%zu bytes", i);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ndp");
	TCase *t = tcase_create("ndp");
	SRunner *r;
	int failed;

	tcase_add_test(t, an_advertisement_says_who_has_the_target);
	tcase_add_test(t, a_solicitation_from_nowhere_is_a_claim);
	tcase_add_test(t, a_router_advertisement_gives_its_prefixes);
	tcase_add_test(t, more_prefixes_than_there_is_room_for_are_left);
	tcase_add_loop_test(t, what_a_host_must_discard_is_discarded, 0, 5);
	tcase_add_test(t, a_bad_checksum_is_discarded);
	tcase_add_test(t, a_solicited_answer_to_everyone_is_discarded);
	tcase_add_test(t, a_router_speaks_from_a_link_local_address);
	tcase_add_test(t, a_claim_goes_to_its_group_without_a_mac);
	tcase_add_test(t, a_message_cut_anywhere_is_no_message);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
