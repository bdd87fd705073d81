/*
 * check_udp_probe: which frames answer a UDP port that was asked, and which
 * only look as if they did.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "protocols/bytes.h"
#include "protocols/udp_probe.h"

#define FIRST 61000
#define SERIALS 4000
#define SERIAL 7
#define PORT 161
#define ETHERNET 14

static const uint8_t bench_mac[6] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t dut_mac[6] = { 2, 0, 0, 0, 0, 0x10 };
static const uint8_t other_mac[6] = { 2, 0, 0, 0, 0, 0x11 };
static const uint8_t bench4[4] = { 10, 77, 0, 1 };
static const uint8_t dut4[4] = { 10, 77, 0, 10 };
static const uint8_t other4[4] = { 10, 77, 0, 11 };
static const uint8_t bench6[16] = { 0xfd, 0x77, [15] = 1 };
static const uint8_t dut6[16] = { 0xfd, 0x77, [15] = 0x10 };
static const uint8_t other6[16] = { 0xfd, 0x77, [15] = 0x11 };

/* family: 0 IPv4, 1 IPv6, as loop tests count. */
static const struct packet_ends to_dut[2] = {
	{ bench_mac, dut_mac, 4, bench4, dut4 },
	{ bench_mac, dut_mac, 6, bench6, dut6 },
};

static struct udp_probe probe;
static struct udp_heard heard;
static uint8_t asked[UDP_PROBE_FRAME_MAX], frame[UDP_PROBE_FRAME_MAX];
static size_t asked_size;

static void
begin(int family, uint16_t port, uint16_t source)
{
	udp_probe_init(&probe, &to_dut[family], FIRST, SERIALS);
	asked_size = packet_build_udp(
	    asked, &to_dut[family], source, port, (const uint8_t *)"ask", 3);
}

/* A copy of exactly that size, so that a read behind it is seen. */
static enum udp_answer
read_frame(size_t size)
{
	uint8_t *copy = malloc(size == 0 ? 1 : size);
	enum udp_answer answer;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, frame, size);
	answer = udp_probe_read(&probe, copy, size, &heard);
	free(copy);
	return answer;
}

static size_t
build_reply(int family, const uint8_t *mac, const uint8_t *src, uint16_t port)
{
	struct packet_ends e = { mac, bench_mac, to_dut[family].family, src,
		to_dut[family].src };

	return packet_build_udp(
	    frame, &e, port, FIRST + SERIAL, (const uint8_t *)"reply", 5);
}

/* RFC 792 and RFC 4443 section 3.1: what was asked, behind eight bytes. */
static size_t
build_error(int family, const uint8_t *mac, uint8_t type, uint8_t code)
{
	struct packet_ends e = { mac, bench_mac, to_dut[family].family,
		to_dut[family].dst, to_dut[family].src };
	const size_t header = family == 0 ? 20 : 40;
	uint8_t *t = frame + ETHERNET + header;
	size_t size;

	size = packet_build_echo(frame, &e, 0, 0, asked + ETHERNET, header + 8);
	t[0] = type;
	t[1] = code;
	return size;
}

START_TEST(the_question_is_a_whole_datagram)
{
	struct packet p;

	begin(_i, PORT, FIRST + SERIAL);
	ck_assert_int_eq(packet_dissect(&p, asked, asked_size), 0);
	ck_assert(p.whole);
	ck_assert(packet_checksums_are_good(&p));
	ck_assert_uint_eq(p.port_src, FIRST + SERIAL);
	ck_assert_uint_eq(p.port_dst, PORT);
	ck_assert_uint_eq(p.payload_size, 3);
	ck_assert_mem_eq(p.payload, "ask", 3);
}
END_TEST

START_TEST(a_datagram_is_an_open_port)
{
	size_t size;

	begin(_i, PORT, FIRST + SERIAL);
	size = build_reply(_i, dut_mac, to_dut[_i].dst, PORT);
	ck_assert_int_eq(udp_probe_read(&probe, frame, size, &heard), UDP_OPEN);
	ck_assert_uint_eq(heard.port, PORT);
	ck_assert_uint_eq(heard.serial, SERIAL);
	ck_assert_uint_eq(heard.datagram_size, 5);
	ck_assert_mem_eq(heard.payload, "reply", 5);
	ck_assert_mem_eq(heard.local, to_dut[_i].src, _i == 0 ? 4 : 16);
}
END_TEST

START_TEST(from_another_port_it_says_which)
{
	begin(_i, PORT, FIRST + SERIAL);
	ck_assert_int_eq(
	    read_frame(build_reply(_i, dut_mac, to_dut[_i].dst, 40000)),
	    UDP_OPEN);
	ck_assert_uint_eq(heard.port, 40000);
}
END_TEST

START_TEST(port_unreachable_is_a_closed_port)
{
	begin(_i, PORT, FIRST + SERIAL);
	ck_assert_int_eq(read_frame(build_error(
			     _i, dut_mac, _i == 0 ? 3 : 1, _i == 0 ? 3 : 4)),
	    UDP_CLOSED);
	ck_assert_uint_eq(heard.port, PORT);
	ck_assert_uint_eq(heard.serial, SERIAL);
}
END_TEST

START_TEST(any_other_unreachable_is_a_filter)
{
	uint8_t code;

	begin(_i, PORT, FIRST + SERIAL);
	for (code = 0; code < 16; code++) {
		enum udp_answer want =
		    code == (_i == 0 ? 3 : 4) ? UDP_CLOSED : UDP_FILTERED;

		ck_assert_int_eq(
		    read_frame(build_error(_i, dut_mac, _i == 0 ? 3 : 1, code)),
		    want);
		ck_assert_uint_eq(heard.icmp_code, code);
	}
}
END_TEST

START_TEST(other_errors_say_nothing)
{
	begin(_i, PORT, FIRST + SERIAL);
	ck_assert_int_eq(
	    read_frame(build_error(_i, dut_mac, _i == 0 ? 11 : 3, 0)),
	    UDP_NO_ANSWER);
	ck_assert_int_eq(
	    read_frame(build_error(_i, dut_mac, _i == 0 ? 0 : 129, 0)),
	    UDP_NO_ANSWER);
}
END_TEST

START_TEST(another_machine_is_not_heard)
{
	begin(_i, PORT, FIRST + SERIAL);
	ck_assert_int_eq(
	    read_frame(build_reply(_i, other_mac, to_dut[_i].dst, PORT)),
	    UDP_NO_ANSWER);
	ck_assert_int_eq(read_frame(build_reply(
			     _i, dut_mac, _i == 0 ? other4 : other6, PORT)),
	    UDP_NO_ANSWER);
	ck_assert_int_eq(read_frame(build_error(
			     _i, other_mac, _i == 0 ? 3 : 1, _i == 0 ? 3 : 4)),
	    UDP_NO_ANSWER);
}
END_TEST

START_TEST(an_error_about_what_we_did_not_ask_is_not_heard)
{
	const size_t header = _i == 0 ? 20 : 40;
	const size_t quoted = ETHERNET + header + 8;
	size_t size;

	/* not one of our source ports */
	begin(_i, PORT, FIRST - 1);
	size = build_error(_i, dut_mac, _i == 0 ? 3 : 1, _i == 0 ? 3 : 4);
	ck_assert_int_eq(read_frame(size), UDP_NO_ANSWER);
	begin(_i, PORT, FIRST + SERIALS);
	size = build_error(_i, dut_mac, _i == 0 ? 3 : 1, _i == 0 ? 3 : 4);
	ck_assert_int_eq(read_frame(size), UDP_NO_ANSWER);
	begin(_i, PORT, FIRST + SERIAL);
	/* to another address */
	size = build_error(_i, dut_mac, _i == 0 ? 3 : 1, _i == 0 ? 3 : 4);
	frame[quoted + header - 1] ^= 1;
	ck_assert_int_eq(read_frame(size), UDP_NO_ANSWER);
	/* by another protocol */
	size = build_error(_i, dut_mac, _i == 0 ? 3 : 1, _i == 0 ? 3 : 4);
	frame[quoted + (_i == 0 ? 9 : 6)] = 6;
	ck_assert_int_eq(read_frame(size), UDP_NO_ANSWER);
}
END_TEST

START_TEST(a_cut_frame_is_no_answer)
{
	size_t size, n;

	begin(_i, PORT, FIRST + SERIAL);
	size = build_reply(_i, dut_mac, to_dut[_i].dst, PORT);
	for (n = 0; n < size; n++)
		ck_assert_int_eq(read_frame(n), UDP_NO_ANSWER);
	size = build_error(_i, dut_mac, _i == 0 ? 3 : 1, _i == 0 ? 3 : 4);
	for (n = 0; n < size; n++)
		ck_assert_int_eq(read_frame(n), UDP_NO_ANSWER);
}
END_TEST

/* The first of several says how long the whole is. */
START_TEST(a_fragment_says_the_size_of_all)
{
	size_t size;

	begin(0, PORT, FIRST + SERIAL);
	size = build_reply(0, dut_mac, dut4, PORT);
	frame[ETHERNET + 6] = 0x20;
	put_u16(frame + ETHERNET + 24, 8 + 3000);
	ck_assert_int_eq(read_frame(size), UDP_OPEN);
	ck_assert_uint_eq(heard.datagram_size, 3000);
	ck_assert_uint_eq(heard.payload_size, 5);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("udp_probe");
	TCase *tc = tcase_create("frames");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, the_question_is_a_whole_datagram, 0, 2);
	tcase_add_loop_test(tc, a_datagram_is_an_open_port, 0, 2);
	tcase_add_loop_test(tc, from_another_port_it_says_which, 0, 2);
	tcase_add_loop_test(tc, port_unreachable_is_a_closed_port, 0, 2);
	tcase_add_loop_test(tc, any_other_unreachable_is_a_filter, 0, 2);
	tcase_add_loop_test(tc, other_errors_say_nothing, 0, 2);
	tcase_add_loop_test(tc, another_machine_is_not_heard, 0, 2);
	tcase_add_loop_test(
	    tc, an_error_about_what_we_did_not_ask_is_not_heard, 0, 2);
	tcase_add_loop_test(tc, a_cut_frame_is_no_answer, 0, 2);
	tcase_add_test(tc, a_fragment_says_the_size_of_all);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
