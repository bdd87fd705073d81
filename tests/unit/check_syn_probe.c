/*
 * check_syn_probe: the SYNs byte for byte, and which answers are believed.
 *
 * The expected bytes come from an implementation of its own (RFC 9293, 791,
 * 8200 and the keyed hash), not from the code under test.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "protocols/bytes.h"
#include "protocols/syn_probe.h"

#define KEY UINT64_C(0x0123456789abcdef)
#define FIRST 61000
#define SERIALS 4000
#define PORT 443
#define SERIAL 7
#define ETHERNET 14

static const uint8_t bench_mac[6] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t dut_mac[6] = { 2, 0, 0, 0, 0, 0x10 };
static const uint8_t other_mac[6] = { 2, 0, 0, 0, 0, 0x11 };
static const uint8_t bench4[4] = { 10, 77, 0, 1 };
static const uint8_t dut4[4] = { 10, 77, 0, 10 };
static const uint8_t bench6[16] = { 0xfd, 0x77, [15] = 1 };
static const uint8_t dut6[16] = { 0xfd, 0x77, [15] = 0x10 };

static const struct packet_ends to_dut[2] = {
	{ bench_mac, dut_mac, 4, bench4, dut4 },
	{ bench_mac, dut_mac, 6, bench6, dut6 },
};
static const struct packet_ends from_dut[2] = {
	{ dut_mac, bench_mac, 4, dut4, bench4 },
	{ dut_mac, bench_mac, 6, dut6, bench6 },
};

static struct syn_probe probe;
static uint8_t syn[PACKET_BUILD_MAX]; /* to PORT, with SERIAL */
static size_t syn_size;
static struct packet asked;

/* family: 0 IPv4, 1 IPv6, as loop tests count. */
static void
begin(int family)
{
	syn_probe_init(&probe, &to_dut[family], KEY, FIRST, SERIALS);
	syn_size = syn_probe_build(&probe, PORT, SERIAL, syn);
	ck_assert_int_eq(packet_dissect(&asked, syn, syn_size), 0);
}

static uint16_t port, serial; /* what was read last */

/* Of a copy of exactly that size, so that a read behind it is seen by the
 * address sanitizer. */
static enum syn_answer
read_frame(const uint8_t *frame, size_t size)
{
	uint8_t *copy = malloc(size == 0 ? 1 : size);
	enum syn_answer answer;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, frame, size);
	answer = syn_probe_read(&probe, copy, size, &port, &serial);
	free(copy);
	return answer;
}

/* What the device answers to the SYN, off by `ack_off` in what it
 * acknowledges. */
static size_t
build_answer(
    uint8_t *out, const struct packet_ends *e, uint8_t flags, uint32_t ack_off)
{
	return packet_build_tcp(out, e, PORT, FIRST + SERIAL, 99,
	    asked.seq + 1 + ack_off, flags, 512, NULL, 0);
}

static enum syn_answer
read_answer(int family, uint8_t flags, uint32_t ack_off)
{
	uint8_t out[PACKET_BUILD_MAX];
	size_t n = build_answer(out, &from_dut[family], flags, ack_off);

	return read_frame(out, n);
}

/* ---- what is sent ---- */

START_TEST(a_syn_by_ipv4_is_built_byte_for_byte)
{
	static const uint8_t expected[] = { 2, 0, 0, 0, 0, 0x10, 2, 0, 0, 0, 0,
		1, 8, 0,
		/* IPv4 */
		0x45, 0, 0, 0x2c, 0, 0, 0x40, 0, 0x40, 6, 0x26, 0x28, 10, 77, 0,
		1, 10, 77, 0, 10,
		/* TCP: from 61007 to 443, MSS 1460 */
		0xee, 0x4f, 0x01, 0xbb, 0x9c, 0x8e, 0x8c, 0x65, 0, 0, 0, 0,
		0x60, 2, 4, 0, 0x66, 0x83, 0, 0, 2, 4, 5, 0xb4 };

	begin(0);
	ck_assert_uint_eq(syn_size, sizeof(expected));
	ck_assert_mem_eq(syn, expected, sizeof(expected));
}
END_TEST

START_TEST(a_syn_by_ipv6_is_built_byte_for_byte)
{
	static const uint8_t expected[] = { 2, 0, 0, 0, 0, 0x10, 2, 0, 0, 0, 0,
		1, 0x86, 0xdd,
		/* IPv6 */
		0x60, 0, 0, 0, 0, 0x18, 6, 0x40, 0xfd, 0x77, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 1, 0xfd, 0x77, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0x10,
		/* TCP: from 64999 to 65535 */
		0xfd, 0xe7, 0xff, 0xff, 0x9d, 0x42, 0x74, 0x23, 0, 0, 0, 0,
		0x60, 2, 4, 0, 0x89, 0xd8, 0, 0, 2, 4, 5, 0xb4 };

	begin(1);
	syn_size = syn_probe_build(&probe, 65535, SERIALS - 1, syn);
	ck_assert_uint_eq(syn_size, sizeof(expected));
	ck_assert_mem_eq(syn, expected, sizeof(expected));
}
END_TEST

/* Checksums are mended in place (RFC 1624): the corners are where that goes
 * wrong. */
START_TEST(the_syn_to_every_port_has_good_checksums)
{
	struct packet p;
	uint32_t to;
	size_t n;

	begin(_i);
	for (to = 1; to <= 65535; to++) {
		n = syn_probe_build(
		    &probe, (uint16_t)to, (uint16_t)(to % SERIALS), syn);
		ck_assert_int_eq(packet_dissect(&p, syn, n), 0);
		if (!packet_checksums_are_good(&p) || p.port_dst != to ||
		    p.port_src != FIRST + to % SERIALS)
			ck_abort_msg("the SYN to port %u is wrong", to);
	}
}
END_TEST

START_TEST(another_job_s_sequence_numbers_are_others)
{
	struct syn_probe other;
	uint8_t frame[PACKET_BUILD_MAX];
	struct packet p;

	begin(_i);
	syn_probe_init(&other, &to_dut[_i], KEY + 1, FIRST, SERIALS);
	ck_assert_int_eq(packet_dissect(&p, frame,
			     syn_probe_build(&other, PORT, SERIAL, frame)),
	    0);
	ck_assert_uint_ne(p.seq, asked.seq);
}
END_TEST

START_TEST(each_asking_has_a_sequence_number_of_its_own)
{
	uint8_t frame[PACKET_BUILD_MAX];
	struct packet p;

	begin(_i);
	packet_dissect(
	    &p, frame, syn_probe_build(&probe, PORT, SERIAL + 1, frame));
	ck_assert_uint_ne(p.seq, asked.seq);
	packet_dissect(
	    &p, frame, syn_probe_build(&probe, PORT + 1, SERIAL, frame));
	ck_assert_uint_ne(p.seq, asked.seq);
}
END_TEST

/* ---- what is believed ---- */

START_TEST(syn_ack_is_open)
{
	begin(_i);
	ck_assert_int_eq(read_answer(_i, TCP_SYN | TCP_ACK, 0), SYN_OPEN);
	ck_assert_uint_eq(port, PORT);
	ck_assert_uint_eq(serial, SERIAL);
}
END_TEST

START_TEST(rst_is_closed)
{
	begin(_i);
	ck_assert_int_eq(read_answer(_i, TCP_RST | TCP_ACK, 0), SYN_CLOSED);
	ck_assert_uint_eq(port, PORT);
	ck_assert_uint_eq(serial, SERIAL);
}
END_TEST

START_TEST(padding_behind_an_answer_does_not_matter)
{
	uint8_t out[PACKET_BUILD_MAX] = { 0 };
	size_t n;

	begin(0);
	n = build_answer(out, &from_dut[0], TCP_RST | TCP_ACK, 0);
	ck_assert_uint_lt(n, 60);
	memset(out + n, 0, 60 - n);
	ck_assert_int_eq(read_frame(out, 60), SYN_CLOSED);
}
END_TEST

START_TEST(first_and_last_serial_are_ours_their_neighbours_are_not)
{
	static const struct {
		uint16_t source;
		enum syn_answer answer;
	} cases[] = { { FIRST - 1, SYN_NO_ANSWER }, { FIRST, SYN_OPEN },
		{ FIRST + SERIALS - 1, SYN_OPEN },
		{ FIRST + SERIALS, SYN_NO_ANSWER } };
	uint8_t frame[PACKET_BUILD_MAX], out[PACKET_BUILD_MAX];
	struct packet p;
	size_t i, n;

	begin(0);
	for (i = 0; i < 4; i++) {
		/* The right acknowledgement, even to a port not of ours. */
		syn_probe_build(
		    &probe, PORT, (uint16_t)(cases[i].source - FIRST), frame);
		packet_dissect(&p, frame, syn_size);
		ck_assert_uint_eq(p.port_src, cases[i].source);
		n = packet_build_tcp(out, &from_dut[0], PORT, cases[i].source,
		    1, p.seq + 1, TCP_SYN | TCP_ACK, 512, NULL, 0);
		ck_assert_int_eq(read_frame(out, n), cases[i].answer);
	}
}
END_TEST

START_TEST(forged_acknowledgement_is_no_answer)
{
	begin(_i);
	ck_assert_int_eq(read_answer(_i, TCP_SYN | TCP_ACK, 1), SYN_NO_ANSWER);
	ck_assert_int_eq(
	    read_answer(_i, TCP_RST | TCP_ACK, 0xffffffff), SYN_NO_ANSWER);
	ck_assert_int_eq(
	    read_answer(_i, TCP_RST | TCP_ACK, 0x80000000), SYN_NO_ANSWER);
}
END_TEST

START_TEST(answer_to_one_port_does_not_count_for_another)
{
	uint8_t out[PACKET_BUILD_MAX];
	size_t n;

	begin(_i);
	n = packet_build_tcp(out, &from_dut[_i], PORT + 1, FIRST + SERIAL, 1,
	    asked.seq + 1, TCP_SYN | TCP_ACK, 512, NULL, 0);
	ck_assert_int_eq(read_frame(out, n), SYN_NO_ANSWER);
	n = packet_build_tcp(out, &from_dut[_i], PORT, FIRST + SERIAL + 1, 1,
	    asked.seq + 1, TCP_SYN | TCP_ACK, 512, NULL, 0);
	ck_assert_int_eq(read_frame(out, n), SYN_NO_ANSWER);
}
END_TEST

START_TEST(segments_that_answer_no_syn_are_no_answer)
{
	static const uint8_t flags[] = { TCP_SYN, TCP_RST, TCP_ACK,
		TCP_FIN | TCP_ACK, TCP_PSH | TCP_ACK, 0 };
	size_t i;

	begin(_i);
	for (i = 0; i < sizeof(flags); i++)
		ck_assert_int_eq(read_answer(_i, flags[i], 0), SYN_NO_ANSWER);
}
END_TEST

START_TEST(our_own_syn_is_no_answer)
{
	begin(_i);
	ck_assert_int_eq(read_frame(syn, syn_size), SYN_NO_ANSWER);
}
END_TEST

START_TEST(answer_from_another_mac_or_address_is_none)
{
	static const uint8_t stranger4[4] = { 10, 77, 0, 11 };
	static const uint8_t stranger6[16] = { 0xfd, 0x77, [15] = 0x11 };
	struct packet_ends e = from_dut[_i];
	uint8_t out[PACKET_BUILD_MAX];

	begin(_i);
	e.mac_src = other_mac;
	ck_assert_int_eq(
	    read_frame(out, build_answer(out, &e, TCP_SYN | TCP_ACK, 0)),
	    SYN_NO_ANSWER);
	e = from_dut[_i];
	e.src = _i == 0 ? stranger4 : stranger6;
	ck_assert_int_eq(
	    read_frame(out, build_answer(out, &e, TCP_SYN | TCP_ACK, 0)),
	    SYN_NO_ANSWER);
}
END_TEST

START_TEST(answer_of_the_other_family_is_none)
{
	uint8_t out[PACKET_BUILD_MAX];

	begin(_i);
	ck_assert_int_eq(
	    read_frame(out,
		build_answer(out, &from_dut[1 - _i], TCP_SYN | TCP_ACK, 0)),
	    SYN_NO_ANSWER);
}
END_TEST

/* A part of an answer is no answer, and nothing behind it is read. */
START_TEST(answer_cut_off_anywhere_is_none)
{
	uint8_t out[PACKET_BUILD_MAX];
	size_t n, size;

	begin(_i);
	n = build_answer(out, &from_dut[_i], TCP_SYN | TCP_ACK, 0);
	for (size = 0; size < n; size++)
		ck_assert_int_eq(read_frame(out, size), SYN_NO_ANSWER);
	ck_assert_int_eq(read_frame(out, n), SYN_OPEN);
}
END_TEST

/* The end of it was lost on the way: what is left cannot be trusted. */
START_TEST(answer_shorter_than_it_says_is_none)
{
	uint8_t out[PACKET_BUILD_MAX];
	size_t n, length = ETHERNET + (_i == 0 ? 2 : 4);

	begin(_i);
	n = build_answer(out, &from_dut[_i], TCP_SYN | TCP_ACK, 0);
	ck_assert_int_eq(read_frame(out, n), SYN_OPEN);
	put_u16(out + length, (uint16_t)(out[length + 1] + 10));
	ck_assert_int_eq(read_frame(out, n), SYN_NO_ANSWER);
}
END_TEST

/* ---- errors that quote the SYN ---- */

/* An ICMP or ICMPv6 error of the device about `quoted`, an IP packet (RFC 792,
 * RFC 4443 section 3). */
static size_t
build_error(
    uint8_t *out, int family, uint8_t type, const uint8_t *quoted, size_t size)
{
	const struct packet_ends *e = &from_dut[family];
	const uint8_t icmp = family == 0 ? 1 : 58;
	size_t header = ETHERNET + (family == 0 ? 20 : 40);
	uint8_t *ip = out + ETHERNET, *t = out + header;

	/* The headers of a TCP segment, with another protocol and length. */
	packet_build_tcp(out, e, 1, 1, 0, 0, 0, 0, NULL, 0);
	memset(t, 0, 8);
	t[0] = type;
	t[1] = family == 0 ? 13 : 1; /* forbidden by a filter */
	memcpy(t + 8, quoted, size);
	put_u16(t + 2,
	    packet_checksum(
		family == 0 ? 0 : 6, e->src, e->dst, icmp, t, 8 + size));
	if (family == 0) {
		put_u16(ip + 2, (uint16_t)(20 + 8 + size));
		ip[9] = icmp;
		put_u16(ip + 10, 0);
		put_u16(ip + 10, packet_checksum(0, NULL, NULL, 0, ip, 20));
	} else {
		put_u16(ip + 4, (uint16_t)(8 + size));
		ip[6] = icmp;
	}
	return header + 8 + size;
}

static enum syn_answer
read_error(int family, uint8_t type, const uint8_t *quoted, size_t size)
{
	static uint8_t out[512];

	return read_frame(out, build_error(out, family, type, quoted, size));
}

static const uint8_t unreachable[2] = { 3, 1 };

START_TEST(error_that_quotes_the_syn_is_unreachable)
{
	struct packet p;
	static uint8_t out[512];
	size_t n;

	begin(_i);
	n = build_error(
	    out, _i, unreachable[_i], syn + ETHERNET, syn_size - ETHERNET);
	ck_assert_int_eq(packet_dissect(&p, out, n), 0);
	ck_assert(packet_checksums_are_good(&p)); /* the test's own work */
	ck_assert_int_eq(read_frame(out, n), SYN_UNREACHABLE);
	ck_assert_uint_eq(port, PORT);
	ck_assert_uint_eq(serial, SERIAL);
}
END_TEST

/* RFC 792: the IP header and 64 bits are enough. */
START_TEST(error_that_quotes_the_least_is_unreachable)
{
	begin(0);
	ck_assert_int_eq(
	    read_error(0, 3, syn + ETHERNET, 20 + 8), SYN_UNREACHABLE);
	ck_assert_uint_eq(port, PORT);
	ck_assert_uint_eq(serial, SERIAL);
	ck_assert_int_eq(
	    read_error(0, 3, syn + ETHERNET, 20 + 3), SYN_NO_ANSWER);
	ck_assert_int_eq(read_error(0, 3, syn + ETHERNET, 12), SYN_NO_ANSWER);
}
END_TEST

START_TEST(error_of_another_type_is_no_answer)
{
	static const uint8_t types[2][3] = { { 0, 11, 4 }, { 2, 3, 128 } };
	size_t i;

	begin(_i);
	for (i = 0; i < 3; i++)
		ck_assert_int_eq(read_error(_i, types[_i][i], syn + ETHERNET,
				     syn_size - ETHERNET),
		    SYN_NO_ANSWER);
}
END_TEST

START_TEST(error_about_what_we_did_not_send_is_no_answer)
{
	uint8_t quoted[PACKET_BUILD_MAX];
	size_t size, address, proto;

	begin(_i);
	size = syn_size - ETHERNET;
	address = _i == 0 ? 19 : 39; /* last byte of the destination */
	proto = _i == 0 ? 9 : 6;
	memcpy(quoted, syn + ETHERNET, size);
	quoted[address] ^= 1;
	ck_assert_int_eq(
	    read_error(_i, unreachable[_i], quoted, size), SYN_NO_ANSWER);
	quoted[address] ^= 1;
	quoted[proto] = 17;
	ck_assert_int_eq(
	    read_error(_i, unreachable[_i], quoted, size), SYN_NO_ANSWER);
	quoted[proto] = 6;
	/* An earlier asking of the same port: another sequence number. */
	quoted[address + 5] ^= 1;
	ck_assert_int_eq(
	    read_error(_i, unreachable[_i], quoted, size), SYN_NO_ANSWER);
	quoted[address + 5] ^= 1;
	ck_assert_int_eq(
	    read_error(_i, unreachable[_i], quoted, size), SYN_UNREACHABLE);
	/* From a port that is not among the serials. */
	quoted[address + 1] = 0x10;
	ck_assert_int_eq(
	    read_error(_i, unreachable[_i], quoted, size), SYN_NO_ANSWER);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("syn_probe");
	TCase *t = tcase_create("all");
	SRunner *r;
	int failed;

	tcase_add_test(t, a_syn_by_ipv4_is_built_byte_for_byte);
	tcase_add_test(t, a_syn_by_ipv6_is_built_byte_for_byte);
	tcase_add_loop_test(t, the_syn_to_every_port_has_good_checksums, 0, 2);
	tcase_add_loop_test(t, another_job_s_sequence_numbers_are_others, 0, 2);
	tcase_add_loop_test(
	    t, each_asking_has_a_sequence_number_of_its_own, 0, 2);
	tcase_add_loop_test(t, syn_ack_is_open, 0, 2);
	tcase_add_loop_test(t, rst_is_closed, 0, 2);
	tcase_add_test(t, padding_behind_an_answer_does_not_matter);
	tcase_add_test(
	    t, first_and_last_serial_are_ours_their_neighbours_are_not);
	tcase_add_loop_test(t, forged_acknowledgement_is_no_answer, 0, 2);
	tcase_add_loop_test(
	    t, answer_to_one_port_does_not_count_for_another, 0, 2);
	tcase_add_loop_test(t, segments_that_answer_no_syn_are_no_answer, 0, 2);
	tcase_add_loop_test(t, our_own_syn_is_no_answer, 0, 2);
	tcase_add_loop_test(
	    t, answer_from_another_mac_or_address_is_none, 0, 2);
	tcase_add_loop_test(t, answer_of_the_other_family_is_none, 0, 2);
	tcase_add_loop_test(t, answer_cut_off_anywhere_is_none, 0, 2);
	tcase_add_loop_test(t, answer_shorter_than_it_says_is_none, 0, 2);
	tcase_add_loop_test(t, error_that_quotes_the_syn_is_unreachable, 0, 2);
	tcase_add_test(t, error_that_quotes_the_least_is_unreachable);
	tcase_add_loop_test(t, error_of_another_type_is_no_answer, 0, 2);
	tcase_add_loop_test(
	    t, error_about_what_we_did_not_send_is_no_answer, 0, 2);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
