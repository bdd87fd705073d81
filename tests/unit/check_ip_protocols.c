/*
 * ip.protocols against simulated devices: silent, refusing, rate-limited,
 * tunnelling, answering, deaf to echoes, dying.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "tests/unit/fake_device.h"
#include "tests/unit/fake_job.h"

#include "probes/ip_protocols.c"
#include "probes/ip_protocols/judge.c"
#include "protocols/bytes.h"

#define SECOND 1000000000ull
#define DELAY 1000000

struct device {
	uint8_t tunnel;   /* lets in what comes through this; 0: none */
	uint8_t speaks;   /* answers by this protocol; 0: none */
	bool unreachable; /* says so of every other protocol */
	unsigned burst;   /* of those, at most, ever; 0: any */
	bool no_echo, no_echo6, no_tcp;
	uint64_t dies_after;
	unsigned lose_percent;
	uint32_t seed;
	uint64_t seen, errors;
};

static struct device device;
static struct assay_job *job;

static void
feed(const uint8_t *frame, size_t size)
{
	fake_job_feed(job, frame, size, DELAY);
}

static void
answer_echo(const struct packet *p)
{
	if (!device.no_echo && !(device.no_echo6 && p->family == 6))
		fake_device_answer_echo(job, p, DELAY);
}

static void
answer_tcp(const struct packet *p)
{
	if (!device.no_tcp)
		fake_device_answer_syn(job, p, true, DELAY);
}

static void
refuse(const struct packet *p, size_t size)
{
	uint8_t out[512], t[256] = { 3, 2 };
	struct packet_ends e = fake_device_back(p);

	if (device.burst > 0 && device.errors >= device.burst)
		return;
	device.errors++;
	if (p->family == 6) {
		t[0] = 4;
		t[1] = 1;
	}
	memcpy(t + 8, p->ip, size);
	feed(out,
	    packet_build_ip(out, &e, p->family == 4 ? 1 : 58, 64, t, 8 + size));
}

/* A tunnel with no header of its own, or GRE with an IP packet inside. */
static void
let_in(const struct packet *p, const uint8_t *frame, size_t size)
{
	uint8_t inside[PACKET_BUILD_MAX];
	size_t at = (size_t)(p->ip - frame) + (p->family == 4 ? 20 : 40);
	struct packet k;

	if (device.tunnel == 47)
		at += 4;
	if (size <= at)
		return;
	memcpy(inside, frame, 14);
	put_u16(inside + 12, frame[at] >> 4 == 6 ? 0x86dd : 0x0800);
	memcpy(inside + 14, frame + at, size - at);
	if (packet_dissect(&k, inside, size - at + 14) == 0 && k.whole &&
	    (k.icmp_type == 8 || k.icmp_type == 128))
		answer_echo(&k);
}

static void
answer(const uint8_t *frame, size_t size)
{
	static const uint8_t words[4] = { 1, 2, 3, 4 };
	uint8_t out[PACKET_BUILD_MAX], proto;
	struct packet_ends e;
	struct packet p;

	ck_assert_int_eq(packet_dissect(&p, frame, size), 0);
	proto = p.family == 4 ? p.ip[9] : p.ip[6];
	e = fake_device_back(&p);
	if (proto == 1 || proto == 58)
		answer_echo(&p);
	else if (proto == 6)
		answer_tcp(&p);
	else if (device.tunnel != 0 && proto == device.tunnel)
		let_in(&p, frame, size);
	else if (device.speaks != 0 && proto == device.speaks)
		feed(out, packet_build_ip(out, &e, proto, 64, words, 4));
	else if (device.unreachable)
		refuse(&p, size - 14);
}

static int
on_send(
    void *arg, struct assay_job *j, const struct assay_buffer *frames, size_t n)
{
	bool lost;
	size_t i;

	(void)arg;
	(void)j;
	for (i = 0; i < n; i++) {
		device.seen++;
		lost = fake_device_percent(&device.seed) < device.lose_percent;
		if (!lost &&
		    (device.dies_after == 0 ||
			device.seen <= device.dies_after))
			answer(frames[i].data, frames[i].size);
	}
	return (int)n;
}

static void
setup(void)
{
	memset(&device, 0, sizeof(device));
	job = fake_job_new(&assay_probe);
	fake_job_on_send(job, on_send, NULL);
}

static void
teardown(void)
{
	fake_job_free(job);
}

static void
declare(const char *protocol)
{
	const char *const cells[] = { "protocol", protocol, NULL };

	fake_job_declare_row(job, "protocols", cells);
}

static const struct assay_verdict *
verdict_on(const struct assay_target *t)
{
	return fake_job_find_verdict(job, "NET-04", ASSAY_COMPLETENESS, t);
}

static void
expect(const struct assay_target *t, enum assay_verdict_value value,
    const char *reason)
{
	const struct assay_verdict *v = verdict_on(t);

	ck_assert_ptr_nonnull(v);
	ck_assert_str_eq(v->reason, reason);
	ck_assert_int_eq(v->value, value);
	ck_assert(value == ASSAY_INCONC || v->nobservations > 0);
}

static const char *
protocols(const struct assay_target *t)
{
	return fake_job_verdict_value(verdict_on(t), "protocols")->string;
}

START_TEST(silent_device_passes_beside_echoes)
{
	const struct assay_target *t =
	    fake_job_add_target_text(job, "10.77.0.10");

	ck_assert(fake_job_all(job, 120 * SECOND));
	expect(t, ASSAY_PASS, "ip.as_declared");
	ck_assert_uint_eq(
	    fake_job_verdict_value(verdict_on(t), "silent")->u64, 252 + 8);
}
END_TEST

START_TEST(refusing_device_passes_on_both_families)
{
	const struct assay_target *t4 =
	    fake_job_add_target_text(job, "10.77.0.10");
	const struct assay_target *t6 =
	    fake_job_add_target_text(job, "fd77::10");

	device.unreachable = true;
	ck_assert(fake_job_all(job, 120 * SECOND));
	expect(t4, ASSAY_PASS, "ip.as_declared");
	expect(t6, ASSAY_PASS, "ip.as_declared");
	ck_assert_uint_eq(
	    fake_job_verdict_value(verdict_on(t6), "unreachable")->u64,
	    252 + 10);
}
END_TEST

/* RFC 1812 section 4.3.2.8: most stop after a few errors a second. */
START_TEST(limited_errors_and_loss_change_nothing)
{
	const struct assay_target *t =
	    fake_job_add_target_text(job, "10.77.0.10");

	device.unreachable = true;
	device.burst = 6;
	device.lose_percent = 5;
	device.seed = 7;
	ck_assert(fake_job_all(job, 120 * SECOND));
	expect(t, ASSAY_PASS, "ip.as_declared");
	ck_assert_uint_eq(
	    fake_job_verdict_value(verdict_on(t), "unreachable")->u64, 6);
}
END_TEST

static const uint8_t tunnels[] = { 4, 41, 47 };

START_TEST(tunnel_fails_and_passes_when_declared)
{
	static const char *const names[] = { "4 (ipip)", "41 (ipv6)",
		"47 (gre)" };
	const struct assay_target *t =
	    fake_job_add_target_text(job, "10.77.0.10");

	fake_job_add_target_text(job, "fd77::10");
	device.tunnel = tunnels[_i / 2];
	if (_i % 2 == 1)
		declare(ip_probe_name(device.tunnel));
	ck_assert(fake_job_all(job, 120 * SECOND));
	if (_i % 2 == 1) {
		expect(t, ASSAY_PASS, "ip.as_declared");
		return;
	}
	expect(t, ASSAY_FAIL, "ip.tunnel_accepted");
	ck_assert_str_eq(protocols(t), names[_i / 2]);
	ck_assert_uint_eq(
	    fake_job_verdict_value(verdict_on(t), "count")->u64, 1);
}
END_TEST

START_TEST(protocol_that_answers_fails_where_others_are_declared)
{
	const struct assay_target *t =
	    fake_job_add_target_text(job, "10.77.0.10");

	device.speaks = 132;
	fake_job_declares_table(job, "protocols");
	ck_assert(fake_job_all(job, 120 * SECOND));
	expect(t, ASSAY_FAIL, "ip.undeclared_answers");
	ck_assert_str_eq(protocols(t), "132 (sctp)");
}
END_TEST

START_TEST(protocol_declared_by_number_passes)
{
	const struct assay_target *t =
	    fake_job_add_target_text(job, "10.77.0.10");

	device.speaks = 200;
	declare("200");
	ck_assert(fake_job_all(job, 120 * SECOND));
	expect(t, ASSAY_PASS, "ip.as_declared");
}
END_TEST

START_TEST(protocol_that_answers_with_nothing_declared_is_open)
{
	const struct assay_target *t =
	    fake_job_add_target_text(job, "10.77.0.10");

	device.speaks = 200;
	ck_assert(fake_job_all(job, 120 * SECOND));
	expect(t, ASSAY_INCONC, "ip.nothing_declared");
	ck_assert_str_eq(protocols(t), "200");
}
END_TEST

/* HIP is a header to be walked over for RFC 8200, and a protocol here. */
START_TEST(ipv6_header_that_answers_is_named)
{
	const struct assay_target *t =
	    fake_job_add_target_text(job, "fd77::10");

	device.speaks = 200;
	declare("hip");
	ck_assert(fake_job_all(job, 120 * SECOND));
	expect(t, ASSAY_FAIL, "ip.undeclared_answers");
	ck_assert_str_eq(protocols(t), "200");
}
END_TEST

START_TEST(device_that_answers_nothing_is_inconclusive)
{
	const struct assay_target *t =
	    fake_job_add_target_text(job, "10.77.0.10");

	device.no_echo = true;
	device.no_tcp = true;
	ck_assert(fake_job_all(job, 120 * SECOND));
	expect(t, ASSAY_INCONC, "ip.no_responder");
}
END_TEST

/* TCP answers, so silence is believed; but a tunnel would be silent, too. */
START_TEST(device_without_echo_is_inconclusive)
{
	const struct assay_target *t =
	    fake_job_add_target_text(job, "10.77.0.10");

	device.no_echo = true;
	ck_assert(fake_job_all(job, 120 * SECOND));
	expect(t, ASSAY_INCONC, "ip.no_echo");
}
END_TEST

START_TEST(no_echo_by_the_family_inside_is_inconclusive)
{
	const struct assay_target *t =
	    fake_job_add_target_text(job, "10.77.0.10");

	fake_job_add_target_text(job, "fd77::10");
	device.no_echo6 = true;
	ck_assert(fake_job_all(job, 120 * SECOND));
	expect(t, ASSAY_INCONC, "ip.no_echo");
}
END_TEST

START_TEST(device_that_dies_is_inconclusive)
{
	const struct assay_target *t =
	    fake_job_add_target_text(job, "10.77.0.10");

	device.dies_after = 100;
	ck_assert(fake_job_all(job, 120 * SECOND));
	expect(t, ASSAY_INCONC, "ip.device_gone");
}
END_TEST

START_TEST(no_address_of_the_family_is_said)
{
	fake_job_param(job, "addresses", "ipv6");
	fake_job_add_target_text(job, "10.77.0.10");
	ck_assert(fake_job_all(job, 120 * SECOND));
	expect(NULL, ASSAY_INCONC, "ip.no_address");
}
END_TEST

/* ---- judge alone ---- */

struct left {
	const char *end;
	bool echo, other, before, after;
	uint64_t unsettled;
};

static void
leave(const struct assay_target *t, const char *field, struct assay_value v)
{
	const struct assay_observation o = {
		.field = field, .target = t, .value = v
	};

	fake_job_add_observation(job, &o);
}

static const struct assay_target *
judge_left(const struct left *l)
{
	const struct assay_target *t =
	    fake_job_add_target_text(job, "10.77.0.10");

	leave(t, "sweep.end", ASSAY_STRING(l->end));
	leave(t, "asked", ASSAY_U64(260));
	leave(t, "unsettled", ASSAY_U64(l->unsettled));
	leave(t, "echo", ASSAY_BOOL(l->echo));
	leave(t, "echo.other", ASSAY_BOOL(l->other));
	leave(t, "control", ASSAY_BOOL(l->before));
	leave(t, "control", ASSAY_BOOL(l->after));
	fake_job_judge(job);
	return t;
}

START_TEST(each_doubt_keeps_it_from_passing)
{
	static const struct {
		struct left left;
		const char *reason;
	} cases[] = {
		{ { "complete", true, true, true, true, 0 }, "ip.as_declared" },
		{ { "unsettled", true, true, true, true, 0 }, "ip.unsettled" },
		{ { "complete", true, true, true, true, 1 }, "ip.unsettled" },
		{ { "gone", true, true, true, true, 0 }, "ip.device_gone" },
		{ { "complete", false, true, true, true, 0 }, "ip.no_echo" },
		{ { "complete", true, false, true, true, 0 }, "ip.no_echo" },
		{ { "complete", true, true, true, false, 0 },
		    "ip.control_bad" },
		{ { "complete", true, true, false, false, 0 },
		    "ip.no_responder" },
	};

	expect(judge_left(&cases[_i].left), _i == 0 ? ASSAY_PASS : ASSAY_INCONC,
	    cases[_i].reason);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ip_protocols");
	TCase *t = tcase_create("ip_protocols");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, silent_device_passes_beside_echoes);
	tcase_add_test(t, refusing_device_passes_on_both_families);
	tcase_add_test(t, limited_errors_and_loss_change_nothing);
	tcase_add_loop_test(t, tunnel_fails_and_passes_when_declared, 0, 6);
	tcase_add_test(
	    t, protocol_that_answers_fails_where_others_are_declared);
	tcase_add_test(t, protocol_declared_by_number_passes);
	tcase_add_test(t, protocol_that_answers_with_nothing_declared_is_open);
	tcase_add_test(t, ipv6_header_that_answers_is_named);
	tcase_add_test(t, device_that_answers_nothing_is_inconclusive);
	tcase_add_test(t, device_without_echo_is_inconclusive);
	tcase_add_test(t, no_echo_by_the_family_inside_is_inconclusive);
	tcase_add_test(t, device_that_dies_is_inconclusive);
	tcase_add_test(t, no_address_of_the_family_is_said);
	tcase_add_loop_test(t, each_doubt_keeps_it_from_passing, 0, 8);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
