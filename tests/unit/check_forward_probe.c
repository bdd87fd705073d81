/*
 * check_forward_probe: packets for somebody else, and what became of them.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "protocols/bytes.h"
#include "protocols/forward_probe.h"

#define KEY 0x6b657931u

static const uint8_t us[6] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t device[6] = { 2, 0, 0, 0, 0, 0x10 };
static const uint8_t us4[4] = { 10, 77, 0, 1 }, more4[4] = { 10, 77, 0, 2 };
static const uint8_t dut4[4] = { 10, 77, 0, 10 };
static const uint8_t us6[16] = { 0xfd, 0x77, [15] = 1 };
static const uint8_t more6[16] = { 0xfd, 0x77, [15] = 2 };
static const uint8_t dut6[16] = { 0xfd, 0x77, [15] = 0x10 };

static struct forward_probe probe;
static uint8_t sent[PACKET_BUILD_MAX], out[512];
static size_t nsent;

static void
ask(uint8_t family, enum forward_kind kind)
{
	struct packet_ends e = { us, device, family, us4, dut4 };

	if (family == 6) {
		e.src = us6;
		e.dst = dut6;
	}
	forward_probe_init(&probe, &e, family == 4 ? more4 : more6, KEY);
	nsent = forward_probe_build(&probe, kind, 0x123, sent);
}

/* As a router does: MACs changed, one hop less. */
static size_t
pass_on(void)
{
	memcpy(out, sent, nsent);
	memcpy(out, us, 6);
	memcpy(out + 6, device, 6);
	if (probe.family == 4)
		out[22]--;
	else
		out[21]--;
	return nsent;
}

static size_t
error(uint8_t type, uint8_t code, size_t quoted)
{
	struct packet_ends e = { device, us, probe.family, dut4, us4 };
	uint8_t t[256] = { type, code };

	if (probe.family == 6) {
		e.src = dut6;
		e.dst = us6;
	}
	memcpy(t + 8, sent + 14, quoted);
	return packet_build_ip(
	    out, &e, probe.family == 4 ? 1 : 58, 64, t, 8 + quoted);
}

static enum forward_answer
read_out(size_t size, enum forward_kind *kind, uint16_t *serial)
{
	*kind = FORWARD_KINDS;
	return forward_probe_read(&probe, out, size, kind, serial);
}

START_TEST(packets_are_whole_and_for_somebody_else)
{
	const uint8_t family = _i < FORWARD_KINDS ? 4 : 6;
	const enum forward_kind kind = (enum forward_kind)(_i % FORWARD_KINDS);
	struct packet p;

	ask(family, kind);
	ck_assert_int_eq(packet_dissect(&p, sent, nsent), 0);
	ck_assert(p.whole && packet_checksums_are_good(&p));
	ck_assert_mem_eq(p.mac_dst, device, 6);
	ck_assert_mem_ne(
	    p.dst, family == 4 ? dut4 : dut6, family == 4 ? 4 : 16);
	ck_assert_uint_eq(p.ttl, kind == FORWARD_EXPIRING ? 1 : 64);
	ck_assert_uint_eq(p.port_src, 65001 + kind);
}
END_TEST

START_TEST(what_was_passed_on_is_known_again)
{
	const uint8_t family = _i < FORWARD_KINDS ? 4 : 6;
	const enum forward_kind asked = (enum forward_kind)(_i % FORWARD_KINDS);
	enum forward_kind kind;
	uint16_t serial;
	size_t n, cut;

	ask(family, asked);
	n = pass_on();
	ck_assert_int_eq(read_out(n, &kind, &serial), FORWARD_PASSED);
	ck_assert_int_eq(kind, asked);
	ck_assert_uint_eq(serial, 0x123);
	for (cut = 0; cut < n; cut++)
		ck_assert_int_eq(
		    read_out(cut, &kind, &serial), FORWARD_NOTHING);
	probe.key++;
	ck_assert_int_eq(read_out(n, &kind, &serial), FORWARD_NOTHING);
	probe.key--;
	out[11] ^= 1;
	ck_assert_int_eq(read_out(n, &kind, &serial), FORWARD_NOTHING);
}
END_TEST

static const struct {
	uint8_t family, type, code;
	enum forward_answer answer;
} errors[] = {
	{ 4, 3, 0, FORWARD_ROUTED },
	{ 4, 3, 1, FORWARD_ROUTED },
	{ 4, 3, 4, FORWARD_ROUTED },
	{ 4, 5, 1, FORWARD_ROUTED },
	{ 4, 11, 0, FORWARD_ROUTED },
	{ 4, 3, 3, FORWARD_REFUSED },
	{ 4, 3, 10, FORWARD_REFUSED },
	{ 4, 3, 13, FORWARD_REFUSED },
	{ 4, 12, 0, FORWARD_REFUSED },
	{ 6, 1, 0, FORWARD_REFUSED },
	{ 6, 1, 3, FORWARD_ROUTED },
	{ 6, 3, 0, FORWARD_ROUTED },
	{ 6, 1, 1, FORWARD_REFUSED },
	{ 6, 1, 4, FORWARD_REFUSED },
	{ 6, 1, 5, FORWARD_REFUSED },
	{ 6, 4, 1, FORWARD_REFUSED },
};
#define NERRORS (int)(sizeof(errors) / sizeof(errors[0]))

START_TEST(errors_of_routers_are_told_from_refusals)
{
	enum forward_kind kind;
	uint16_t serial;

	ask(errors[_i].family, FORWARD_AWAY);
	ck_assert_int_eq(read_out(error(errors[_i].type, errors[_i].code,
				      errors[_i].family == 4 ? 28 : 48),
			     &kind, &serial),
	    errors[_i].answer);
	ck_assert_int_eq(kind, FORWARD_AWAY);
	ck_assert_uint_eq(serial, 0x123);
}
END_TEST

START_TEST(error_about_another_packet_is_nothing)
{
	enum forward_kind kind;
	uint16_t serial;
	size_t n;

	ask(4, FORWARD_AWAY);
	sent[34] = 0; /* another port */
	n = error(11, 0, 28);
	ck_assert_int_eq(read_out(n, &kind, &serial), FORWARD_NOTHING);
	ask(4, FORWARD_AWAY);
	sent[30] ^= 1; /* another destination */
	n = error(11, 0, 28);
	ck_assert_int_eq(read_out(n, &kind, &serial), FORWARD_NOTHING);
}
END_TEST

START_TEST(redirect_of_ipv6_is_a_routers)
{
	struct packet_ends e = { device, us, 6, dut6, us6 };
	enum forward_kind kind;
	uint8_t t[40] = { 137 };
	uint16_t serial;
	size_t n;

	ask(6, FORWARD_NEIGHBOUR);
	memcpy(t + 8, more6, 16);
	memcpy(t + 24, more6, 16);
	n = packet_build_ip(out, &e, 58, 255, t, sizeof(t));
	ck_assert_int_eq(read_out(n, &kind, &serial), FORWARD_ROUTED);
	ck_assert_int_eq(kind, FORWARD_NEIGHBOUR);
	ck_assert_uint_eq(serial, FORWARD_PROBE_SERIALS);
	t[39] ^= 1; /* about somebody else */
	n = packet_build_ip(out, &e, 58, 255, t, sizeof(t));
	ck_assert_int_eq(read_out(n, &kind, &serial), FORWARD_NOTHING);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("forward_probe");
	TCase *t = tcase_create("forward_probe");
	SRunner *r;
	int failed;

	tcase_add_loop_test(
	    t, packets_are_whole_and_for_somebody_else, 0, 2 * FORWARD_KINDS);
	tcase_add_loop_test(
	    t, what_was_passed_on_is_known_again, 0, 2 * FORWARD_KINDS);
	tcase_add_loop_test(
	    t, errors_of_routers_are_told_from_refusals, 0, NERRORS);
	tcase_add_test(t, error_about_another_packet_is_nothing);
	tcase_add_test(t, redirect_of_ipv6_is_a_routers);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
