/*
 * check_selector: what belongs to an observation, and, beside each, what is
 * nearly the same and does not.
 */
#include <string.h>

#include <check.h>

#include "captures/selector.h"
#include "captures/selector_set.h"
#include "tests/unit/capture_ground.h"

static const uint8_t ip6_dut[16] = { 0xfe, 0x80, [15] = 0x10 };
static const uint8_t ip6_bench[16] = { 0xfe, 0x80, [15] = 1 };

static struct selector
tcp_to(uint16_t first, uint16_t last)
{
	struct selector s = {
		.proto = 6, .remote_first = first, .remote_last = last
	};

	return s;
}

/* As one of many it gets the answer that it gets alone, and so do they. */
static void
is_the_same_in_a_set(const struct selector *s, const struct selector_view *v)
{
	const struct selector all[] = { tcp_to(1, 65535), *s, { 0 },
		tcp_to(80, 80), *s, tcp_to(40000, 40063), tcp_to(79, 90),
		{ .proto = 17, .remote_first = 80, .remote_last = 80 },
		{ .proto = 1, .remote_first = 9, .remote_last = 9 } };
	const size_t count = sizeof(all) / sizeof(all[0]);
	struct selector_set *set = selector_set_new(all, count);
	size_t out[16], i, k, times, n = selector_set_match(set, v, out);

	for (i = 0; i < count; i++) {
		for (k = times = 0; k < n; k++)
			times += out[k] == i;
		ck_assert_uint_eq(times, selector_matches(&all[i], v) ? 1 : 0);
	}
	selector_set_free(set);
}

/* Nothing is passed over that one of them would match. */
static void
is_not_passed_over(
    const struct selector *s, bool is_matched, const uint8_t *frame, size_t n)
{
	const struct selector two[] = { *s, tcp_to(9, 9) };
	struct selector_set *set = selector_set_new(two, 2);

	if (is_matched)
		ck_assert(selector_set_may_match(set, frame, n));
	selector_set_free(set);
}

static bool
matches(const struct selector *s, const uint8_t *frame, size_t n)
{
	struct selector_view v;
	struct packet p;

	ck_assert_int_eq(packet_dissect(&p, frame, n), 0);
	if (!selector_view(&v, &p, ground_dut_mac))
		return false;
	is_the_same_in_a_set(s, &v);
	is_not_passed_over(s, selector_matches(s, &v), frame, n);
	return selector_matches(s, &v);
}

START_TEST(ports_are_the_duts_on_one_side_and_the_benchs_on_the_other)
{
	uint8_t bytes[128];
	struct selector s = tcp_to(80, 90);
	struct frame f;

	f = ground_syn(bytes, 40000, 80, 0);
	ck_assert(matches(&s, f.data, f.size));
	f = ground_rst(bytes, 40000, 90, 0);
	ck_assert(matches(&s, f.data, f.size));
	f = ground_syn(bytes, 40000, 79, 0);
	ck_assert(!matches(&s, f.data, f.size));
	f = ground_rst(bytes, 40000, 91, 0);
	ck_assert(!matches(&s, f.data, f.size));
	f = ground_syn(bytes, 80, 40000, 0); /* the sides swapped */
	ck_assert(!matches(&s, f.data, f.size));
	s.local_first = 40000;
	s.local_last = 40001;
	f = ground_syn(bytes, 40001, 80, 0);
	ck_assert(matches(&s, f.data, f.size));
	f = ground_syn(bytes, 40002, 80, 0);
	ck_assert(!matches(&s, f.data, f.size));
	s.proto = 17;
	f = ground_syn(bytes, 40001, 80, 0);
	ck_assert(!matches(&s, f.data, f.size));
	s.proto = 0;
	ck_assert(matches(&s, f.data, f.size));
}
END_TEST

START_TEST(an_address_is_the_duts)
{
	uint8_t bytes[128];
	struct selector s = { .family = 4, .has_addr = true };
	struct frame f = ground_syn(bytes, 40000, 80, 0);

	memcpy(s.addr, ground_dut_ip, 4);
	ck_assert(matches(&s, f.data, f.size));
	f = ground_rst(bytes, 40000, 80, 0);
	ck_assert(matches(&s, f.data, f.size));
	memcpy(s.addr, ground_bench_ip, 4);
	ck_assert(!matches(&s, f.data, f.size));
	s.has_addr = false;
	ck_assert(matches(&s, f.data, f.size));
	s.family = 6;
	ck_assert(!matches(&s, f.data, f.size));
}
END_TEST

/* Between bench and another, with the DUT's address: a lie, or another's. */
START_TEST(only_the_duts_mac_makes_a_frame_its_own)
{
	static const uint8_t all_nodes[6] = { 0x33, 0x33, 0, 0, 0, 1 };
	uint8_t bytes[128];
	struct selector any = { 0 };
	struct frame f = ground_syn(bytes, 40000, 80, 0);

	ck_assert(matches(&any, f.data, f.size));
	memcpy(bytes, ground_other_mac, 6);
	ck_assert(!matches(&any, f.data, f.size));
	/* To a group: from the DUT it counts, from others it does not. */
	memcpy(bytes, all_nodes, 6);
	ck_assert(!matches(&any, f.data, f.size));
	memcpy(bytes + 6, ground_dut_mac, 6);
	ck_assert(matches(&any, f.data, f.size));
}
END_TEST

START_TEST(arp_belongs_to_protocol_any_and_to_its_address)
{
	uint8_t bytes[128];
	static const uint8_t nobody[6] = { 0 };
	struct selector s = { 0 };
	size_t n = packet_build_arp(bytes, ground_dut_mac, 1, ground_bench_mac,
	    ground_bench_ip, nobody, ground_dut_ip);

	ck_assert(matches(&s, bytes, n));
	s.family = 4;
	s.has_addr = true;
	memcpy(s.addr, ground_dut_ip, 4);
	ck_assert(matches(&s, bytes, n));
	memcpy(s.addr, ground_bench_ip, 4);
	ck_assert(!matches(&s, bytes, n));
	memcpy(s.addr, ground_dut_ip, 4);
	n = packet_build_arp(bytes, ground_bench_mac, 2, ground_dut_mac,
	    ground_dut_ip, ground_bench_mac, ground_bench_ip);
	ck_assert(matches(&s, bytes, n));
	s.proto = 6;
	ck_assert(!matches(&s, bytes, n));
	s.proto = 0;
	s.remote_first = s.remote_last = 80; /* it has no ports */
	ck_assert(!matches(&s, bytes, n));
}
END_TEST

START_TEST(echoes_have_no_ports_to_ask_for)
{
	uint8_t bytes[160];
	struct packet_ends e = { ground_dut_mac, ground_bench_mac, 4,
		ground_dut_ip, ground_bench_ip };
	struct packet_ends e6 = { ground_dut_mac, ground_bench_mac, 6, ip6_dut,
		ip6_bench };
	struct selector s = { .proto = 1, .remote_first = 7, .remote_last = 7 };
	size_t n = packet_build_echo(bytes, &e, 1, 2, (const uint8_t *)"x", 1);

	ck_assert(matches(&s, bytes, n));
	s.proto = 58;
	ck_assert(!matches(&s, bytes, n));
	n = packet_build_echo(bytes, &e6, 1, 2, (const uint8_t *)"x", 1);
	ck_assert(matches(&s, bytes, n));
	s.family = 6;
	s.has_addr = true;
	memcpy(s.addr, ip6_dut, 16);
	ck_assert(matches(&s, bytes, n));
	s.addr[8] = 1;
	ck_assert(!matches(&s, bytes, n));
}
END_TEST

/* An ICMP unreachable from the DUT which quotes a SYN that the bench sent. */
static size_t
build_unreachable(uint8_t *out, uint16_t local, uint16_t remote)
{
	uint8_t quoted[128];
	struct frame f = ground_syn(quoted, local, remote, 0);
	struct packet_ends e = { ground_dut_mac, ground_bench_mac, 4,
		ground_dut_ip, ground_bench_ip };
	size_t n = packet_build_echo(out, &e, 0, 0, f.data + 14, 28);

	out[14 + 20] = 3;      /* type: unreachable */
	out[14 + 20 + 1] = 13; /* code: prohibited */
	return n;
}

START_TEST(an_icmp_error_belongs_to_what_it_quotes)
{
	uint8_t bytes[256];
	struct selector s = tcp_to(80, 80);
	size_t n = build_unreachable(bytes, 40000, 80);

	ck_assert(matches(&s, bytes, n));
	s.family = 4;
	s.has_addr = true;
	memcpy(s.addr, ground_dut_ip, 4);
	ck_assert(matches(&s, bytes, n));
	s.local_first = s.local_last = 40000;
	ck_assert(matches(&s, bytes, n));
	s.local_first = s.local_last = 40001;
	ck_assert(!matches(&s, bytes, n));
	s = tcp_to(81, 81);
	ck_assert(!matches(&s, bytes, n));
	s.proto = 17;
	s.remote_first = s.remote_last = 80;
	ck_assert(!matches(&s, bytes, n));
	s.proto = 1;
	ck_assert(matches(&s, bytes, n)); /* it is ICMP itself, too */
	/* An echo with the same bytes in it quotes nothing. */
	bytes[14 + 20] = 8;
	s = tcp_to(80, 80);
	ck_assert(!matches(&s, bytes, n));
}
END_TEST

START_TEST(plain_packets_of_other_ports_are_passed_over)
{
	struct packet_ends e6 = { ground_bench_mac, ground_dut_mac, 6,
		ip6_bench, ip6_dut };
	const struct selector two[] = { tcp_to(80, 81), tcp_to(443, 443) },
			      any = { 0 }, zero = tcp_to(0, 3);
	struct selector_set *set = selector_set_new(two, 2);
	uint8_t bytes[256];
	struct frame f;
	size_t n;

	f = ground_syn(bytes, 40000, 79, 0);
	ck_assert(!selector_set_may_match(set, f.data, f.size));
	f = ground_rst(bytes, 40000, 82, 0);
	ck_assert(!selector_set_may_match(set, f.data, f.size));
	f = ground_rst(bytes, 40000, 81, 0);
	ck_assert(selector_set_may_match(set, f.data, f.size));
	n = packet_build_tcp(
	    bytes, &e6, 40000, 442, 1, 0, TCP_SYN, 1024, NULL, 0);
	ck_assert(!selector_set_may_match(set, bytes, n));
	n = packet_build_tcp(
	    bytes, &e6, 40000, 443, 1, 0, TCP_SYN, 1024, NULL, 0);
	ck_assert(selector_set_may_match(set, bytes, n));
	n = build_unreachable(bytes, 40000, 79); /* no plain one: look */
	ck_assert(selector_set_may_match(set, bytes, n));
	selector_set_free(set);
	f = ground_syn(bytes, 40000, 79, 0);
	set = selector_set_new(&any, 1);
	ck_assert(selector_set_may_match(set, f.data, f.size));
	selector_set_free(set);
	set = selector_set_new(&zero, 1);
	ck_assert(selector_set_may_match(set, f.data, f.size));
	selector_set_free(set);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("selector");
	TCase *t = tcase_create("all");
	SRunner *r;
	int failed;

	tcase_add_test(
	    t, ports_are_the_duts_on_one_side_and_the_benchs_on_the_other);
	tcase_add_test(t, an_address_is_the_duts);
	tcase_add_test(t, only_the_duts_mac_makes_a_frame_its_own);
	tcase_add_test(t, arp_belongs_to_protocol_any_and_to_its_address);
	tcase_add_test(t, echoes_have_no_ports_to_ask_for);
	tcase_add_test(t, an_icmp_error_belongs_to_what_it_quotes);
	tcase_add_test(t, plain_packets_of_other_ports_are_passed_over);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
