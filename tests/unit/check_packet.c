/*
 * check_packet: frames taken apart and built, byte for byte.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "protocols/bytes.h"
#include "protocols/packet.h"

static const uint8_t mac_a[6] = { 2, 0, 0, 0, 0, 0xa };
static const uint8_t mac_b[6] = { 2, 0, 0, 0, 0, 0xb };
static const uint8_t four_a[4] = { 10, 0, 0, 1 };
static const uint8_t four_b[4] = { 10, 0, 0, 2 };
static const uint8_t six_a[16] = { 0xfd, [15] = 1 };
static const uint8_t six_b[16] = { 0xfd, [13] = 0x12, 0x34, 0x56 };

static const struct packet_ends ends4 = { mac_a, mac_b, 4, four_a, four_b };
static const struct packet_ends ends6 = { mac_a, mac_b, 6, six_a, six_b };

/* Dissects a copy of exactly size bytes, so that a read behind them is seen by
 * the address sanitizer. The copy stays until the next call. */
static struct packet
dissect(const uint8_t *frame, size_t size)
{
	static uint8_t *copy;
	struct packet p;

	free(copy);
	copy = malloc(size == 0 ? 1 : size);
	ck_assert_ptr_nonnull(copy);
	memcpy(copy, frame, size);
	ck_assert_int_eq(packet_dissect(&p, copy, size), size < 14 ? -1 : 0);
	return p;
}

START_TEST(a_syn_is_built_byte_for_byte)
{
	static const uint8_t expected[] = { 2, 0, 0, 0, 0, 0xb, 2, 0, 0, 0, 0,
		0xa, 8, 0,
		/* IPv4 */
		0x45, 0, 0, 44, 0, 0, 0x40, 0, 64, 6, 0x26, 0xca, 10, 0, 0, 1,
		10, 0, 0, 2,
		/* TCP */
		0x30, 0x39, 0, 80, 0x11, 0x22, 0x33, 0x44, 0, 0, 0, 0, 0x60, 2,
		4, 0, 0x0b, 0x35, 0, 0, 2, 4, 5, 0xb4 };
	static const uint8_t mss[4] = { 2, 4, 5, 0xb4 };
	uint8_t frame[PACKET_BUILD_MAX];
	size_t n;

	n = packet_build_tcp(frame, &ends4, 12345, 80, 0x11223344, 0, TCP_SYN,
	    1024, mss, sizeof(mss));
	ck_assert_uint_eq(n, sizeof(expected));
	ck_assert_mem_eq(frame, expected, n);
}
END_TEST

START_TEST(what_is_built_is_read_back)
{
	uint8_t frame[PACKET_BUILD_MAX];
	struct packet p;
	size_t n;

	n = packet_build_tcp(frame, _i == 0 ? &ends4 : &ends6, 1, 65535,
	    0xfffffffe, 7, TCP_RST | TCP_ACK, 9, NULL, 0);
	p = dissect(frame, n);
	ck_assert(p.whole);
	ck_assert_uint_eq(p.layers,
	    PACKET_ETHERNET | PACKET_TCP |
		(unsigned)(_i == 0 ? PACKET_IPV4 : PACKET_IPV6));
	ck_assert(packet_checksums_are_good(&p));
	ck_assert_mem_eq(p.mac_src, mac_a, 6);
	ck_assert_mem_eq(p.mac_dst, mac_b, 6);
	ck_assert_uint_eq(p.port_src, 1);
	ck_assert_uint_eq(p.port_dst, 65535);
	ck_assert_uint_eq(p.seq, 0xfffffffe);
	ck_assert_uint_eq(p.ack, 7);
	ck_assert_uint_eq(p.flags, TCP_RST | TCP_ACK);
	ck_assert_uint_eq(p.window, 9);
	ck_assert_uint_eq(p.payload_size, 0);
	ck_assert_mem_eq(p.src, _i == 0 ? four_a : six_a, _i == 0 ? 4 : 16);
	ck_assert_mem_eq(p.dst, _i == 0 ? four_b : six_b, _i == 0 ? 4 : 16);
}
END_TEST

START_TEST(options_that_do_not_fit_are_refused)
{
	static const uint8_t options[44];
	uint8_t frame[PACKET_BUILD_MAX];

	ck_assert_uint_eq(packet_build_tcp(frame, &ends6, 1, 2, 3, 4, TCP_SYN,
			      5, options, 40),
	    14 + 40 + 60);
	ck_assert_uint_eq(packet_build_tcp(frame, &ends6, 1, 2, 3, 4, TCP_SYN,
			      5, options, 44),
	    0);
	ck_assert_uint_eq(
	    packet_build_tcp(frame, &ends6, 1, 2, 3, 4, TCP_SYN, 5, options, 3),
	    0);
}
END_TEST

START_TEST(a_retargeted_frame_is_as_if_built_anew)
{
	static const uint8_t mss[4] = { 2, 4, 5, 0xb4 };
	const struct packet_ends *e = _i == 0 ? &ends4 : &ends6;
	uint8_t mended[PACKET_BUILD_MAX], built[PACKET_BUILD_MAX];
	uint32_t seq = 1;
	uint16_t src = 40000;
	unsigned port;
	size_t n;

	n = packet_build_tcp(mended, e, src, 1, seq, 0, TCP_SYN, 1024, mss, 4);
	for (port = 0; port <= 65535; port++) {
		/* Any numbers will do, all different. */
		seq = seq * 1664525 + 1013904223;
		src = (uint16_t)(seq >> 7);
		packet_retarget_tcp(
		    mended, e->family, src, (uint16_t)port, seq);
		packet_build_tcp(built, e, src, (uint16_t)port, seq, 0, TCP_SYN,
		    1024, mss, 4);
		ck_assert_msg(memcmp(mended, built, n) == 0, "port %u", port);
	}
}
END_TEST

START_TEST(an_echo_is_built_with_its_payload)
{
	static const uint8_t payload[5] = "hallo";
	uint8_t frame[PACKET_BUILD_MAX + 5];
	struct packet p;
	size_t n;

	n = packet_build_echo(frame, _i == 0 ? &ends4 : &ends6, 0x1234, 7,
	    payload, sizeof(payload));
	p = dissect(frame, n);
	ck_assert(p.whole);
	ck_assert(packet_checksums_are_good(&p));
	ck_assert_uint_eq(p.icmp_type, _i == 0 ? 8 : 128);
	ck_assert_uint_eq(p.payload_size, 5);
	ck_assert_mem_eq(p.payload, payload, 5);
	ck_assert_uint_eq(p.transport[4] << 8 | p.transport[5], 0x1234);
	ck_assert_uint_eq(p.transport[6] << 8 | p.transport[7], 7);
}
END_TEST

START_TEST(an_arp_request_is_built_byte_for_byte)
{
	static const uint8_t expected[42] = { 255, 255, 255, 255, 255, 255, 2,
		0, 0, 0, 0, 0xa, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0,
		0xa, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2 };
	uint8_t frame[PACKET_BUILD_MAX];
	struct packet p;

	ck_assert_uint_eq(
	    packet_build_arp(frame, NULL, 1, mac_a, four_a, NULL, four_b), 42);
	ck_assert_mem_eq(frame, expected, 42);
	p = dissect(frame, 42);
	ck_assert(p.whole);
	ck_assert_uint_eq(p.layers, PACKET_ETHERNET | PACKET_ARP);
	ck_assert_mem_eq(p.arp + 14, four_a, 4);
}
END_TEST

START_TEST(a_solicitation_goes_to_the_group_of_its_target)
{
	static const uint8_t group_mac[6] = { 0x33, 0x33, 0xff, 0x12, 0x34,
		0x56 };
	static const uint8_t group[16] = { 0xff, 2, [11] = 1, 0xff, 0x12, 0x34,
		0x56 };
	static const uint8_t option[8] = { 1, 1, 2, 0, 0, 0, 0, 0xa };
	uint8_t frame[PACKET_BUILD_MAX];
	struct packet p;
	size_t n;

	n = packet_build_solicitation(frame, mac_a, NULL, six_a, six_b);
	p = dissect(frame, n);
	ck_assert_uint_eq(n, 14 + 40 + 32);
	ck_assert(p.whole);
	ck_assert(packet_checksums_are_good(&p));
	ck_assert_uint_eq(p.ttl, 255);
	ck_assert_mem_eq(p.mac_dst, group_mac, 6);
	ck_assert_mem_eq(p.dst, group, 16);
	ck_assert_uint_eq(p.icmp_type, 135);
	ck_assert_mem_eq(p.transport + 8, six_b, 16);
	ck_assert_mem_eq(p.transport + 24, option, 8);
	n = packet_build_solicitation(frame, mac_a, mac_b, six_a, six_b);
	p = dissect(frame, n);
	ck_assert_mem_eq(p.mac_dst, mac_b, 6);
	ck_assert_mem_eq(p.dst, six_b, 16);
	ck_assert(packet_checksums_are_good(&p));
}
END_TEST

START_TEST(a_claim_carries_no_link_layer_address)
{
	static const uint8_t nobody[16];
	uint8_t frame[PACKET_BUILD_MAX];
	struct packet p;

	ck_assert_uint_eq(
	    packet_build_solicitation(frame, mac_a, NULL, nobody, six_b),
	    14 + 40 + 24);
	p = dissect(frame, 14 + 40 + 24);
	ck_assert(packet_checksums_are_good(&p));
}
END_TEST

START_TEST(every_cut_frame_is_read_within_its_bounds)
{
	static const uint8_t options[40];
	uint8_t frame[PACKET_BUILD_MAX];
	struct packet_quoted q;
	struct packet p;
	size_t n, i;

	n = packet_build_tcp(frame, _i == 0 ? &ends4 : &ends6, 1, 2, 3, 4,
	    TCP_SYN, 5, options, 40);
	for (i = 0; i < n; i++) {
		p = dissect(frame, i);
		if (i < 14)
			continue;
		ck_assert_msg(!p.whole, "%zu of %zu bytes", i, n);
		ck_assert(!packet_checksums_are_good(&p));
		ck_assert_int_eq(packet_quoted(&p, &q), -1);
	}
}
END_TEST

START_TEST(each_changed_byte_breaks_a_checksum)
{
	uint8_t frame[PACKET_BUILD_MAX];
	struct packet p;
	size_t n, i;

	n = packet_build_tcp(frame, &ends4, 1, 2, 3, 4, TCP_SYN, 5, NULL, 0);
	for (i = 14; i < n; i++) {
		frame[i] ^= 0x10;
		p = dissect(frame, n);
		/* Not when it is no TCP or no IPv4 any more: then nothing is
		 * left that could be checked, but the IPv4 header. */
		ck_assert_msg(!packet_checksums_are_good(&p), "byte %zu", i);
		frame[i] ^= 0x10;
	}
}
END_TEST

START_TEST(padding_behind_the_packet_is_no_payload)
{
	uint8_t frame[60] = { 0 };
	struct packet p;

	packet_build_tcp(frame, &ends4, 1, 2, 3, 4, TCP_SYN, 5, NULL, 0);
	p = dissect(frame, sizeof(frame));
	ck_assert(p.whole);
	ck_assert_uint_eq(p.transport_size, 20);
	ck_assert_uint_eq(p.payload_size, 0);
	ck_assert(packet_checksums_are_good(&p));
}
END_TEST

START_TEST(vlan_tags_are_looked_behind)
{
	static const uint8_t tags[8] = { 0x88, 0xa8, 0, 5, 0x81, 0, 0, 6 };
	uint8_t plain[PACKET_BUILD_MAX], frame[PACKET_BUILD_MAX + 8];
	struct packet p;
	size_t n;

	n = packet_build_tcp(plain, &ends4, 1, 2, 3, 4, TCP_SYN, 5, NULL, 0);
	memcpy(frame, plain, 12);
	memcpy(frame + 12, tags, 8);
	memcpy(frame + 20, plain + 12, n - 12);
	p = dissect(frame, n + 8);
	ck_assert(p.whole);
	ck_assert_uint_eq(p.ethertype, 0x0800);
	ck_assert_uint_eq(p.port_dst, 2);
	p = dissect(frame, 17);
	ck_assert(!p.whole);
}
END_TEST

/* An IPv6 UDP datagram behind the given extension headers. */
static size_t
build_extended(
    uint8_t *frame, uint8_t first, const uint8_t *extension, size_t size)
{
	uint8_t *udp = frame + 54 + size;

	packet_build_echo(frame, &ends6, 0, 0, NULL, 0);
	put_u16(frame + 18, (uint16_t)(size + 12));
	frame[20] = first;
	memcpy(frame + 54, extension, size);
	put_u16(udp, 1000);
	put_u16(udp + 2, 2000);
	put_u16(udp + 4, 12);
	put_u16(udp + 6, 0);
	put_u32(udp + 8, 0x64617461);
	put_u16(udp + 6, packet_checksum(6, six_a, six_b, 17, udp, 12));
	return 54 + size + 12;
}

START_TEST(extension_headers_are_walked)
{
	/* hop-by-hop, destination (16 bytes), routing, AH (4 * 6), UDP */
	static const uint8_t chain[56] = {
		[0] = 60, [8] = 43, [9] = 1, [24] = 51, [32] = 17, [33] = 4
	};
	uint8_t frame[160];
	struct packet p;
	size_t n;

	n = build_extended(frame, 0, chain, sizeof(chain));
	p = dissect(frame, n);
	ck_assert(p.whole);
	ck_assert_uint_eq(p.proto, 17);
	ck_assert_uint_eq(p.port_dst, 2000);
	ck_assert_uint_eq(p.payload_size, 4);
	ck_assert(packet_checksums_are_good(&p));
}
END_TEST

START_TEST(an_extension_header_longer_than_the_packet_is_not_followed)
{
	static const uint8_t chain[8] = { 17, 200 };
	uint8_t frame[160];
	struct packet p;
	size_t n;

	n = build_extended(frame, 0, chain, sizeof(chain));
	p = dissect(frame, n);
	ck_assert(!p.whole);
	ck_assert_ptr_null(p.transport);
}
END_TEST

START_TEST(a_later_fragment_has_no_transport)
{
	static const uint8_t later[8] = { 17, 0, 0, 0x09 };
	static const uint8_t first[8] = { 17, 0, 0, 0x01 };
	static const uint8_t atomic[8] = { 17, 0, 0, 0 };
	uint8_t frame[160];
	struct packet p;
	size_t n;

	n = build_extended(frame, 44, later, 8);
	p = dissect(frame, n);
	ck_assert(p.whole);
	ck_assert_uint_eq(
	    p.layers, PACKET_ETHERNET | PACKET_IPV6 | PACKET_FRAGMENT);
	ck_assert_ptr_null(p.transport);
	n = build_extended(frame, 44, first, 8);
	p = dissect(frame, n);
	ck_assert((p.layers & PACKET_FIRST_FRAGMENT) != 0);
	ck_assert_uint_eq(p.port_dst, 2000);
	n = build_extended(frame, 44, atomic, 8); /* RFC 6946 */
	p = dissect(frame, n);
	ck_assert_uint_eq(p.layers, PACKET_ETHERNET | PACKET_IPV6 | PACKET_UDP);
	ck_assert(packet_checksums_are_good(&p));
}
END_TEST

START_TEST(an_ipv4_fragment_is_told)
{
	uint8_t frame[PACKET_BUILD_MAX];
	struct packet p;
	size_t n;

	n = packet_build_tcp(frame, &ends4, 1, 2, 3, 4, TCP_SYN, 5, NULL, 0);
	put_u16(frame + 20, 0x2000);
	p = dissect(frame, n);
	ck_assert((p.layers & PACKET_FIRST_FRAGMENT) != 0);
	ck_assert((p.layers & PACKET_TCP) != 0);
	put_u16(frame + 20, 0x0001);
	p = dissect(frame, n);
	ck_assert((p.layers & PACKET_FRAGMENT) != 0);
	ck_assert((p.layers & PACKET_TCP) == 0);
	ck_assert_ptr_null(p.transport);
}
END_TEST

START_TEST(a_udp_checksum_of_zero_is_good_on_ipv4_alone)
{
	uint8_t frame[PACKET_BUILD_MAX], *udp;
	struct packet p;
	size_t n;

	n = packet_build_echo(frame, _i == 0 ? &ends4 : &ends6, 0, 0, NULL, 0);
	udp = frame + n - 8;
	memset(udp, 0, 8);
	put_u16(udp + 4, 8);
	frame[_i == 0 ? 23 : 20] = 17;
	if (_i == 0) {
		put_u16(frame + 24, 0);
		put_u16(frame + 24,
		    packet_checksum(0, NULL, NULL, 0, frame + 14, 20));
	}
	p = dissect(frame, n);
	ck_assert(p.whole);
	ck_assert((p.layers & PACKET_UDP) != 0);
	ck_assert_int_eq(packet_checksums_are_good(&p), _i == 0);
}
END_TEST

START_TEST(a_computed_udp_checksum_of_zero_is_sent_as_ones)
{
	static const uint8_t none[4];
	uint8_t udp[8] = { 0xff, 0xff - 17 - 8, [4] = 0, 0 };

	/* Pseudo header 17 + 8, data 0xffe6: together all ones. */
	ck_assert_uint_eq(packet_checksum(4, none, none, 17, udp, 8), 0xffff);
	ck_assert_uint_eq(udp[1], 0xe6);
}
END_TEST

START_TEST(the_packet_within_an_error_is_found)
{
	bool four = _i == 0;
	uint8_t inner[PACKET_BUILD_MAX], frame[2 * PACKET_BUILD_MAX];
	struct packet_quoted q;
	struct packet p;
	size_t n, keep;

	packet_build_tcp(
	    inner, four ? &ends4 : &ends6, 4444, 23, 3, 4, TCP_SYN, 5, NULL, 0);
	/* RFC 792: the header and eight bytes more. */
	keep = (four ? 20u : 40u) + 8;
	n = packet_build_echo(
	    frame, four ? &ends4 : &ends6, 0, 0, inner + 14, keep);
	frame[four ? 34 : 54] = four ? 3 : 1;
	p = dissect(frame, n);
	ck_assert_int_eq(packet_quoted(&p, &q), 0);
	ck_assert_uint_eq(q.family, four ? 4 : 6);
	ck_assert_uint_eq(q.proto, 6);
	ck_assert_uint_eq(q.port_src, 4444);
	ck_assert_uint_eq(q.port_dst, 23);
	ck_assert_mem_eq(q.dst, four ? four_b : six_b, four ? 4 : 16);
	/* An echo quotes nobody. */
	frame[four ? 34 : 54] = four ? 8 : 128;
	p = dissect(frame, n);
	ck_assert_int_eq(packet_quoted(&p, &q), -1);
}
END_TEST

START_TEST(a_quotation_cut_before_the_ports_has_none)
{
	uint8_t inner[PACKET_BUILD_MAX], frame[2 * PACKET_BUILD_MAX];
	struct packet_quoted q;
	struct packet p;
	size_t n;

	packet_build_tcp(inner, &ends4, 4444, 23, 3, 4, TCP_SYN, 5, NULL, 0);
	n = packet_build_echo(frame, &ends4, 0, 0, inner + 14, 22);
	frame[34] = 3;
	p = dissect(frame, n);
	ck_assert_int_eq(packet_quoted(&p, &q), 0);
	ck_assert_uint_eq(q.port_dst, 0);
	n = packet_build_echo(frame, &ends4, 0, 0, inner + 14, 19);
	frame[34] = 3;
	p = dissect(frame, n);
	ck_assert_int_eq(packet_quoted(&p, &q), -1);
}
END_TEST

START_TEST(lengths_that_lie_are_not_believed)
{
	static const struct {
		size_t at;
		uint8_t value;
	} lies[] = {
		{ 14, 0x44 }, /* IPv4 header of 16 bytes */
		{ 14, 0x4f }, /* of 60 */
		{ 14, 0x65 }, /* version 6 */
		{ 17, 10 },   /* total length below the header's */
		{ 17, 200 },  /* beyond the frame */
		{ 46, 0x40 }, /* TCP header of 16 bytes */
		{ 46, 0xf0 }, /* of 60 */
	};
	uint8_t frame[PACKET_BUILD_MAX];
	struct packet p;
	size_t n;

	n = packet_build_tcp(frame, &ends4, 1, 2, 3, 4, TCP_SYN, 5, NULL, 0);
	frame[lies[_i].at] = lies[_i].value;
	p = dissect(frame, n);
	ck_assert(!p.whole);
	ck_assert(!packet_checksums_are_good(&p));
	ck_assert_uint_eq(p.payload_size, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("packet");
	TCase *t = tcase_create("packet");
	SRunner *r;
	int failed;

	tcase_add_test(t, a_syn_is_built_byte_for_byte);
	tcase_add_loop_test(t, what_is_built_is_read_back, 0, 2);
	tcase_add_test(t, options_that_do_not_fit_are_refused);
	tcase_add_loop_test(t, a_retargeted_frame_is_as_if_built_anew, 0, 2);
	tcase_add_loop_test(t, an_echo_is_built_with_its_payload, 0, 2);
	tcase_add_test(t, an_arp_request_is_built_byte_for_byte);
	tcase_add_test(t, a_solicitation_goes_to_the_group_of_its_target);
	tcase_add_test(t, a_claim_carries_no_link_layer_address);
	tcase_add_loop_test(t, every_cut_frame_is_read_within_its_bounds, 0, 2);
	tcase_add_test(t, each_changed_byte_breaks_a_checksum);
	tcase_add_test(t, padding_behind_the_packet_is_no_payload);
	tcase_add_test(t, vlan_tags_are_looked_behind);
	tcase_add_test(t, extension_headers_are_walked);
	tcase_add_test(
	    t, an_extension_header_longer_than_the_packet_is_not_followed);
	tcase_add_test(t, a_later_fragment_has_no_transport);
	tcase_add_test(t, an_ipv4_fragment_is_told);
	tcase_add_loop_test(
	    t, a_udp_checksum_of_zero_is_good_on_ipv4_alone, 0, 2);
	tcase_add_test(t, a_computed_udp_checksum_of_zero_is_sent_as_ones);
	tcase_add_loop_test(t, the_packet_within_an_error_is_found, 0, 2);
	tcase_add_test(t, a_quotation_cut_before_the_ports_has_none);
	tcase_add_loop_test(t, lengths_that_lie_are_not_believed, 0, 7);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
