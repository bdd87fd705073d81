/*
 * check_ip_probe: askings of IP protocols, and their answers told apart.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "protocols/bytes.h"
#include "protocols/ip_payload.h"
#include "protocols/ip_probe.h"

#define KEY 0x6b657931u

static const uint8_t us[6] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t device[6] = { 2, 0, 0, 0, 0, 0x10 };
static const struct ip_probe_ends inner = { true, true, { 10, 77, 0, 1 },
	{ 10, 77, 0, 10 }, { 0xfd, 0x77, [15] = 1 },
	{ 0xfd, 0x77, [15] = 0x10 } };

static void
init(struct ip_probe *p, uint8_t family)
{
	struct packet_ends e = { us, device, family, inner.src4, inner.dst4 };

	if (family == 6) {
		e.src = inner.src6;
		e.dst = inner.dst6;
	}
	ip_probe_init(p, &e, &inner, KEY);
}

static const struct packet_ends *
back(uint8_t family)
{
	static struct packet_ends e4 = { device, us, 4, inner.dst4,
		inner.src4 };
	static struct packet_ends e6 = { device, us, 6, inner.dst6,
		inner.src6 };

	return family == 4 ? &e4 : &e6;
}

/* An error about what lies in `about` from its IP header on. */
static size_t
error_about(uint8_t *out, uint8_t family, uint8_t type, uint8_t code,
    const uint8_t *about, size_t size)
{
	uint8_t t[256] = { type, code };
	const struct packet_ends *e = back(family);
	uint8_t proto = family == 4 ? 1 : 58;

	memcpy(t + 8, about, size);
	put_u16(t + 2,
	    packet_checksum(
		family == 4 ? 0 : 6, e->src, e->dst, proto, t, 8 + size));
	return packet_build_ip(out, e, proto, 64, t, 8 + size);
}

static enum ip_answer
read_back(const struct ip_probe *p, const uint8_t *frame, size_t size,
    struct ip_ask *ask, uint16_t *serial)
{
	struct packet k;

	memset(ask, 0xee, sizeof(*ask));
	ck_assert_int_eq(packet_dissect(&k, frame, size), 0);
	return ip_probe_read(p, frame, size, ask, serial);
}

START_TEST(every_number_is_asked_but_the_usual_ones)
{
	struct ip_ask asks[IP_PROBE_ASKS_MAX];
	bool seen[256] = { false };
	struct ip_probe p;
	size_t n, i;

	init(&p, 4);
	n = ip_probe_list(&p, asks);
	for (i = 0; i < n; i++)
		if (asks[i].form == IP_PLAIN)
			seen[asks[i].proto] = true;
	for (i = 0; i < 256; i++)
		ck_assert_int_eq(
		    seen[i], i != 1 && i != 6 && i != 17 && i != 58);
	ck_assert_uint_eq(n, 252 + 10);
	p.inner.has6 = false;
	ck_assert_uint_eq(ip_probe_list(&p, asks), 252 + 8);
	p.inner.has4 = false;
	ck_assert_uint_eq(ip_probe_list(&p, asks), 252);
}
END_TEST

START_TEST(every_asking_is_a_whole_packet_of_its_number)
{
	struct ip_ask asks[IP_PROBE_ASKS_MAX];
	uint8_t frame[PACKET_BUILD_MAX];
	const uint8_t families[] = { 4, 6 };
	size_t n, i, f, size;
	struct ip_probe p;
	struct packet k;

	for (f = 0; f < 2; f++) {
		init(&p, families[f]);
		n = ip_probe_list(&p, asks);
		for (i = 0; i < n; i++) {
			size = ip_probe_build(&p, &asks[i], 0x123, frame);
			ck_assert_uint_le(size, PACKET_BUILD_MAX);
			ck_assert_int_eq(packet_dissect(&k, frame, size), 0);
			if (families[f] == 4) {
				ck_assert_msg(k.whole, "%u", asks[i].proto);
				ck_assert_uint_eq(k.ip[9], asks[i].proto);
				ck_assert(packet_checksums_are_good(&k));
			} else {
				ck_assert_uint_eq(k.ip[6], asks[i].proto);
			}
			ck_assert_mem_eq(k.mac_dst, device, 6);
		}
	}
}
END_TEST

/* RFC 2784: no flags, the protocol type, and the packet inside. */
START_TEST(gre_carries_an_echo_to_the_device)
{
	static const uint8_t header[] = { 0, 0, 8, 0 };
	const struct ip_ask ask = { 47, IP_INNER4 };
	uint8_t frame[PACKET_BUILD_MAX], inside[PACKET_BUILD_MAX] = { 0 };
	struct ip_probe p;
	struct packet k;
	size_t size;

	init(&p, 4);
	size = ip_probe_build(&p, &ask, 7, frame);
	ck_assert_mem_eq(frame + 34, header, 4);
	memcpy(inside, frame, 14);
	memcpy(inside + 14, frame + 38, size - 38);
	ck_assert_int_eq(packet_dissect(&k, inside, size - 24), 0);
	ck_assert(k.whole && packet_checksums_are_good(&k));
	ck_assert_uint_eq(k.icmp_type, 8);
	ck_assert_mem_eq(k.dst, inner.dst4, 4);
}
END_TEST

/* RFC 9260 appendix A: CRC32c, its least significant byte first. */
START_TEST(sctp_has_its_checksum)
{
	static const uint8_t mark[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	uint8_t a[IP_PAYLOAD_MAX], b[IP_PAYLOAD_MAX];
	size_t n;

	n = ip_payload_put(4, 132, mark, a);
	ck_assert_uint_eq(n, 32);
	ck_assert_uint_eq(ip_payload_put(6, 132, mark, b), 32);
	ck_assert_mem_eq(a, b, 32);
	ck_assert_uint_eq(a[12], 1);
	/* By an implementation of its own. */
	ck_assert_uint_eq((uint32_t)a[8] << 24 | (uint32_t)a[9] << 16 |
		(uint32_t)a[10] << 8 | a[11],
	    0x17c48903u);
}
END_TEST

/* RFC 3828 section 3.1: coverage of all, and the checksum is good. */
START_TEST(udplite_is_well_formed)
{
	const struct ip_ask ask = { IP_PAYLOAD_UDPLITE, IP_PLAIN };
	const uint8_t families[] = { 4, 6 };
	uint8_t frame[PACKET_BUILD_MAX], *head;
	struct ip_probe p;
	size_t i, size, at;
	uint16_t sum;

	for (i = 0; i < 2; i++) {
		init(&p, families[i]);
		size = ip_probe_build(&p, &ask, 7, frame);
		at = families[i] == 4 ? 34 : 54;
		head = frame + at;
		ck_assert_uint_eq(head[4] | head[5], 0);
		sum = (uint16_t)(head[6] << 8 | head[7]);
		put_u16(head + 6, 0);
		ck_assert_uint_eq(sum,
		    packet_checksum(families[i], p.local[7 % p.nlocal],
			p.remote, 136, head, 16));
		ck_assert_uint_ne(sum, 0);
		ck_assert_uint_ge(size, at + 16);
	}
}
END_TEST

START_TEST(protocol_unreachable_is_told_from_other_errors)
{
	static const struct {
		uint8_t family, type, code;
		enum ip_answer answer;
	} cases[] = {
		{ 4, 3, 2, IP_UNREACHABLE },
		{ 4, 3, 3, IP_REFUSED },
		{ 4, 3, 13, IP_REFUSED },
		{ 4, 12, 0, IP_REFUSED },
		{ 6, 4, 1, IP_UNREACHABLE },
		{ 6, 4, 0, IP_REFUSED },
		{ 6, 1, 1, IP_REFUSED },
	};
	uint8_t frame[PACKET_BUILD_MAX], error[512];
	const struct ip_ask asked = { 47, IP_INNER4 };
	struct ip_probe p;
	struct ip_ask ask;
	uint16_t serial;
	size_t i, size;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		init(&p, cases[i].family);
		size = ip_probe_build(&p, &asked, 0xabc, frame);
		size = error_about(error, cases[i].family, cases[i].type,
		    cases[i].code, frame + 14, size - 14);
		ck_assert_int_eq(
		    read_back(&p, error, size, &ask, &serial), cases[i].answer);
		ck_assert_uint_eq(ask.proto, 47);
		ck_assert_uint_eq(ask.form, IP_INNER4);
		ck_assert_uint_eq(serial, 0xabc);
	}
}
END_TEST

/* RFC 792 quotes eight bytes behind the header, and no more is needed. */
START_TEST(short_quote_is_enough)
{
	uint8_t frame[PACKET_BUILD_MAX], error[512];
	const struct ip_ask asked = { 200, IP_PLAIN };
	struct ip_probe p;
	struct ip_ask ask;
	uint16_t serial;
	size_t size;

	init(&p, 4);
	ip_probe_build(&p, &asked, 5, frame);
	size = error_about(error, 4, 3, 2, frame + 14, 28);
	ck_assert_int_eq(
	    read_back(&p, error, size, &ask, &serial), IP_UNREACHABLE);
	ck_assert_uint_eq(ask.proto, 200);
	ck_assert_uint_eq(serial, 5);
}
END_TEST

/* Takes what is inside a tunnel's asking, and answers it. */
static size_t
answer_inside(const uint8_t *frame, size_t size, size_t at, uint8_t *out)
{
	uint8_t inside[PACKET_BUILD_MAX];
	struct packet_ends e;
	struct packet k;

	memcpy(inside, frame, 14);
	put_u16(inside + 12, frame[at] >> 4 == 6 ? 0x86dd : 0x0800);
	memcpy(inside + 14, frame + at, size - at);
	ck_assert_int_eq(packet_dissect(&k, inside, size - at + 14), 0);
	e = (struct packet_ends){ device, us, k.family, k.dst, k.src };
	size = packet_build_echo(out, &e, 1, 2, k.payload, k.payload_size);
	out[size - k.payload_size - 8] = k.family == 4 ? 0 : 129;
	return size;
}

START_TEST(answer_of_what_was_inside_shows_a_tunnel)
{
	static const struct {
		struct ip_ask ask;
		size_t at;
	} cases[] = {
		{ { 4, IP_INNER4 }, 34 },
		{ { 41, IP_INNER6 }, 34 },
		{ { 47, IP_INNER6 }, 38 },
		{ { 47, IP_BRIDGED4 }, 52 },
		{ { 97, IP_BRIDGED4 }, 50 },
		{ { 137, IP_INNER4 }, 38 },
	};
	uint8_t frame[PACKET_BUILD_MAX], out[512];
	struct ip_probe p;
	struct ip_ask ask;
	uint16_t serial;
	size_t i, size;

	init(&p, 4);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size = ip_probe_build(&p, &cases[i].ask, 99, frame);
		size = answer_inside(frame, size, cases[i].at, out);
		ck_assert_int_eq(
		    read_back(&p, out, size, &ask, &serial), IP_DECAPSULATED);
		ck_assert_uint_eq(ask.proto, cases[i].ask.proto);
		ck_assert_uint_eq(ask.form, cases[i].ask.form);
		ck_assert_uint_eq(serial, 99);
	}
}
END_TEST

/* Whoever says that the inner packet's time is exceeded has taken it out. */
START_TEST(error_about_what_was_inside_shows_a_tunnel)
{
	const struct ip_ask asked[] = { { 47, IP_INNER4 }, { 47, IP_RETURN4 } };
	uint8_t frame[PACKET_BUILD_MAX], error[512];
	struct ip_probe p;
	struct ip_ask ask;
	uint16_t serial;
	size_t i, size;

	init(&p, 4);
	for (i = 0; i < 2; i++) {
		ip_probe_build(&p, &asked[i], 0x321, frame);
		size = error_about(error, 4, 11, 0, frame + 38, 28);
		ck_assert_int_eq(
		    read_back(&p, error, size, &ask, &serial), IP_DECAPSULATED);
		ck_assert_uint_eq(ask.proto, 47);
		ck_assert_uint_eq(ask.form, asked[i].form);
		ck_assert_uint_eq(serial, 0x321);
	}
}
END_TEST

START_TEST(forwarded_packet_from_inside_shows_a_tunnel)
{
	const struct ip_ask asked = { 4, IP_RETURN4 };
	uint8_t frame[PACKET_BUILD_MAX], out[PACKET_BUILD_MAX];
	struct ip_probe p;
	struct ip_ask ask;
	uint16_t serial;
	size_t size;

	init(&p, 4);
	size = ip_probe_build(&p, &asked, 1, frame);
	memcpy(out, us, 6);
	memcpy(out + 6, device, 6);
	put_u16(out + 12, 0x0800);
	memcpy(out + 14, frame + 34, size - 34);
	ck_assert_int_eq(
	    read_back(&p, out, size - 20, &ask, &serial), IP_DECAPSULATED);
	ck_assert_uint_eq(ask.proto, 4);
	ck_assert_uint_eq(ask.form, IP_RETURN4);
}
END_TEST

START_TEST(protocol_that_answers_is_seen)
{
	static const uint8_t group[4] = { 224, 0, 0, 5 };
	static const uint8_t bytes[8] = { 1, 2, 3 };
	struct packet_ends to_group = *back(4);
	uint8_t out[PACKET_BUILD_MAX];
	struct ip_probe p;
	struct ip_ask ask;
	uint16_t serial;
	size_t size;

	init(&p, 4);
	size = packet_build_ip(out, back(4), 132, 64, bytes, 8);
	ck_assert_int_eq(read_back(&p, out, size, &ask, &serial), IP_ANSWERED);
	ck_assert_uint_eq(ask.proto, 132);
	ck_assert_uint_eq(ask.form, IP_PLAIN);
	ck_assert_uint_eq(serial, IP_PROBE_SERIALS);
	to_group.dst = group;
	size = packet_build_ip(out, &to_group, 89, 1, bytes, 8);
	ck_assert_int_eq(read_back(&p, out, size, &ask, &serial), IP_ANSWERED);
	/* A host's own membership reports are no answer. */
	size = packet_build_ip(out, &to_group, 2, 1, bytes, 8);
	ck_assert_int_eq(read_back(&p, out, size, &ask, &serial), IP_NO_ANSWER);
}
END_TEST

START_TEST(control_is_an_echo_and_its_answer)
{
	const struct ip_ask asked = { 1, IP_CONTROL };
	uint8_t frame[PACKET_BUILD_MAX], out[PACKET_BUILD_MAX];
	struct ip_probe p;
	struct ip_ask ask;
	uint16_t serial;
	size_t size;

	init(&p, 4);
	size = ip_probe_build(&p, &asked, 4095, frame);
	size = answer_inside(frame, size, 14, out);
	ck_assert_int_eq(read_back(&p, out, size, &ask, &serial), IP_ANSWERED);
	ck_assert_uint_eq(ask.form, IP_CONTROL);
	ck_assert_uint_eq(serial, 4095);
}
END_TEST

START_TEST(strangers_and_other_keys_are_no_answer)
{
	const struct ip_ask asked = { 47, IP_INNER4 };
	uint8_t frame[PACKET_BUILD_MAX], out[512];
	struct ip_probe p;
	struct ip_ask ask;
	uint16_t serial;
	size_t size, cut;

	init(&p, 4);
	size = ip_probe_build(&p, &asked, 9, frame);
	size = answer_inside(frame, size, 38, out);
	for (cut = 0; cut < size; cut++)
		ck_assert_int_eq(
		    ip_probe_read(&p, out, cut, &ask, &serial), IP_NO_ANSWER);
	p.key++;
	ck_assert_int_eq(read_back(&p, out, size, &ask, &serial), IP_NO_ANSWER);
	p.key--;
	out[11] ^= 1; /* another MAC */
	ck_assert_int_eq(read_back(&p, out, size, &ask, &serial), IP_NO_ANSWER);
}
END_TEST

START_TEST(tunnels_have_names)
{
	ck_assert_str_eq(ip_probe_name(47), "gre");
	ck_assert_ptr_null(ip_probe_name(200));
	ck_assert(ip_probe_is_tunnel(41));
	ck_assert(!ip_probe_is_tunnel(132));
	ck_assert(!ip_probe_is_tunnel(200));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ip_probe");
	TCase *tc = tcase_create("ip_probe");
	SRunner *r;
	int failed;

	tcase_add_test(tc, every_number_is_asked_but_the_usual_ones);
	tcase_add_test(tc, every_asking_is_a_whole_packet_of_its_number);
	tcase_add_test(tc, gre_carries_an_echo_to_the_device);
	tcase_add_test(tc, sctp_has_its_checksum);
	tcase_add_test(tc, udplite_is_well_formed);
	tcase_add_test(tc, protocol_unreachable_is_told_from_other_errors);
	tcase_add_test(tc, short_quote_is_enough);
	tcase_add_test(tc, answer_of_what_was_inside_shows_a_tunnel);
	tcase_add_test(tc, error_about_what_was_inside_shows_a_tunnel);
	tcase_add_test(tc, forwarded_packet_from_inside_shows_a_tunnel);
	tcase_add_test(tc, protocol_that_answers_is_seen);
	tcase_add_test(tc, control_is_an_echo_and_its_answer);
	tcase_add_test(tc, strangers_and_other_keys_are_no_answer);
	tcase_add_test(tc, tunnels_have_names);
	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
