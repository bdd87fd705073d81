/*
 * check_frame_cut: of each kind of frame the headers are kept, byte for byte,
 * and of its payload nothing, however much of it was captured.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "captures/frame_cut.h"
#include "protocols/packet.h"

#define CANARY "nightingale"
#define CANARY_SIZE (sizeof(CANARY) - 1)
#define ROOM 512

static const uint8_t lldp[2] = { 0x88, 0xcc };
static const uint8_t mac_a[6] = { 2, 0, 0, 0, 0, 0xa };
static const uint8_t mac_b[6] = { 2, 0, 0, 0, 0, 0xb };
static const uint8_t four_a[4] = { 10, 0, 0, 1 };
static const uint8_t four_b[4] = { 10, 0, 0, 2 };
static const uint8_t six_a[16] = { 0xfd, [15] = 1 };
static const uint8_t six_b[16] = { 0xfd, [15] = 2 };
static const struct packet_ends ends4 = { mac_a, mac_b, 4, four_a, four_b };
static const struct packet_ends ends6 = { mac_a, mac_b, 6, six_a, six_b };

/* size bytes behind the link header, and the canary behind them as padding. */
static size_t
padded(uint8_t *frame, size_t size)
{
	memcpy(frame + size, CANARY, CANARY_SIZE);
	return size + CANARY_SIZE;
}

static size_t
ip(uint8_t *frame, const struct packet_ends *e, uint8_t proto,
    const uint8_t *head, size_t n)
{
	uint8_t bytes[ROOM];

	if (n > 0)
		memcpy(bytes, head, n);
	memcpy(bytes + n, CANARY, CANARY_SIZE);
	return packet_build_ip(frame, e, proto, 64, bytes, n + CANARY_SIZE);
}

static size_t
udp(uint8_t *frame, const struct packet_ends *e, uint16_t from, uint16_t to)
{
	return packet_build_udp(
	    frame, e, from, to, (const uint8_t *)CANARY, CANARY_SIZE);
}

/* What is kept of size bytes is this many; of any fewer of them, no more than
 * that, nor than there are. */
static void
keeps(const uint8_t *frame, size_t size, size_t expected)
{
	size_t n, kept;
	uint8_t *copy;

	ck_assert_uint_eq(frame_cut_size(frame, size), expected);
	for (n = 0; n < size; n++) {
		copy = malloc(n + 1); /* a read behind it is seen */
		ck_assert_ptr_nonnull(copy);
		memcpy(copy, frame, n);
		kept = frame_cut_size(copy, n);
		free(copy);
		ck_assert_uint_le(kept, n);
		ck_assert_uint_le(kept, expected);
	}
}

START_TEST(of_tcp_the_header_is_kept_with_its_options)
{
	static const uint8_t bare[20] = { 0x30, 0x39, 1,
		0xbb, [12] = 0x50, [13] = TCP_ACK | TCP_PSH };
	static const uint8_t stamps[32] = { 0x30, 0x39, 1,
		0xbb, [12] = 0x80, [13] = TCP_ACK | TCP_PSH, [20] = 1, 1, 8,
		10 };
	static const uint8_t broken[20] = { 0x30, 0x39, 1, 0xbb, [12] = 0xf0 };
	uint8_t f[ROOM];

	keeps(f, ip(f, &ends4, 6, bare, sizeof(bare)), 14 + 20 + 20);
	keeps(f, ip(f, &ends4, 6, stamps, sizeof(stamps)), 14 + 20 + 32);
	keeps(f, ip(f, &ends6, 6, stamps, sizeof(stamps)), 14 + 40 + 32);
	keeps(f, ip(f, &ends4, 6, broken, sizeof(broken)), 14 + 20 + 20);
}
END_TEST

START_TEST(of_udp_the_header_is_kept_and_dns_and_dhcp_whole)
{
	static const uint16_t read[] = { 53, 67, 68, 546, 547 };
	uint8_t f[ROOM];
	size_t i, n;

	keeps(f, udp(f, &ends4, 40000, 5000), 14 + 20 + 8);
	keeps(f, udp(f, &ends6, 5353, 5353), 14 + 40 + 8);
	keeps(f, udp(f, &ends4, 123, 123), 14 + 20 + 8);
	for (i = 0; i < sizeof(read) / sizeof(read[0]); i++) {
		n = udp(f, &ends4, 40000, read[i]);
		keeps(f, padded(f, n), n);
		n = udp(f, &ends6, read[i], 40000);
		keeps(f, padded(f, n), n);
	}
}
END_TEST

START_TEST(of_icmp_the_header_is_kept_and_neighbour_discovery_whole)
{
	static const uint8_t error[8] = { 3, 3 }, error6[8] = { 1, 4 };
	uint8_t f[ROOM];
	size_t n;

	n = packet_build_echo(
	    f, &ends4, 1, 2, (const uint8_t *)CANARY, CANARY_SIZE);
	keeps(f, n, 14 + 20 + 8);
	n = packet_build_echo(
	    f, &ends6, 1, 2, (const uint8_t *)CANARY, CANARY_SIZE);
	keeps(f, n, 14 + 40 + 8);
	keeps(f, ip(f, &ends4, 1, error, sizeof(error)), 14 + 20 + 8);
	keeps(f, ip(f, &ends6, 58, error6, sizeof(error6)), 14 + 40 + 8);
	n = packet_build_solicitation(f, mac_a, NULL, six_a, six_b);
	keeps(f, padded(f, n), n);
}
END_TEST

START_TEST(of_a_fragment_the_headers_are_kept)
{
	/* Hop-by-hop of 8 bytes, then a fragment header; and UDP. */
	static const uint8_t later[16] = { 44, 0, 1,
		4, [8] = 17, [10] = 1, [11] = 0x41 };
	static const uint8_t first[24] = { 44, 0, 1,
		4, [8] = 17, [11] = 1, [16] = 0x9c, 0x40, 0x13, 0x88, 1, 0 };
	static const uint8_t udp_head[8] = { 0x9c, 0x40, 0x13, 0x88, 1, 0 };
	uint8_t f[ROOM];
	size_t n;

	n = ip(f, &ends6, 0, later, sizeof(later));
	keeps(f, n, 14 + 40 + 16);
	n = ip(f, &ends6, 0, first, sizeof(first));
	keeps(f, n, 14 + 40 + 16 + 8);
	n = ip(f, &ends4, 17, NULL, 0);
	f[14 + 7] = 100; /* offset */
	keeps(f, n, 14 + 20);
	n = ip(f, &ends4, 17, udp_head, sizeof(udp_head));
	f[14 + 6] = 0x20; /* more follow */
	keeps(f, n, 14 + 20 + 8);
}
END_TEST

START_TEST(of_what_is_not_understood_the_last_header_that_was_is_kept)
{
	static const uint8_t beyond[8] = { 6, 200 }; /* longer than the frame */
	uint8_t f[ROOM];
	size_t n;

	n = ip(f, &ends4, 99, NULL, 0);
	keeps(f, n, 14 + 20);
	f[14] = 0x4f; /* options where the canary is */
	keeps(f, n, 14 + 20);
	n = ip(f, &ends6, 60, beyond, sizeof(beyond));
	keeps(f, n, 14 + 40);
	f[14] = 0x50; /* no version of IP */
	keeps(f, n, 14);
	n = ip(f, &ends4, 6, NULL, 0);
	memcpy(f + 12, lldp, 2);
	keeps(f, n, 14);
}
END_TEST

START_TEST(behind_vlan_tags_it_is_the_same)
{
	static const uint8_t tags[8] = { 0x88, 0xa8, 0, 1, 0x81, 0, 0, 2 };
	uint8_t f[ROOM], tagged[ROOM];
	size_t n = udp(f, &ends4, 40000, 5000);

	memcpy(tagged, f, 12);
	memcpy(tagged + 12, tags, 8);
	memcpy(tagged + 20, f + 12, n - 12);
	keeps(tagged, n + 8, 14 + 8 + 20 + 8);
	memcpy(tagged + 20, lldp, 2);
	keeps(tagged, n + 8, 14 + 8);
}
END_TEST

START_TEST(arp_is_kept_without_its_padding)
{
	uint8_t f[ROOM];
	size_t n = packet_build_arp(f, NULL, 1, mac_a, four_a, NULL, four_b);

	keeps(f, padded(f, n), 14 + 28);
	f[14] = 9; /* of another kind of link */
	keeps(f, padded(f, n), 14);
}
END_TEST

START_TEST(the_note_says_how_long_it_was_and_its_digest)
{
	char out[FRAME_CUT_NOTE_SIZE];
	uint8_t sum[SHA256_SIZE];

	sha256("abc", 3, sum);
	ck_assert_str_eq(frame_cut_note(out, 65280, sum),
	    "whole: 65280 bytes, sha256 ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("frame_cut");
	TCase *t = tcase_create("all");
	SRunner *r;
	int failed;

	tcase_add_test(t, of_tcp_the_header_is_kept_with_its_options);
	tcase_add_test(t, of_udp_the_header_is_kept_and_dns_and_dhcp_whole);
	tcase_add_test(
	    t, of_icmp_the_header_is_kept_and_neighbour_discovery_whole);
	tcase_add_test(t, of_a_fragment_the_headers_are_kept);
	tcase_add_test(
	    t, of_what_is_not_understood_the_last_header_that_was_is_kept);
	tcase_add_test(t, behind_vlan_tags_it_is_the_same);
	tcase_add_test(t, arp_is_kept_without_its_padding);
	tcase_add_test(t, the_note_says_how_long_it_was_and_its_digest);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
