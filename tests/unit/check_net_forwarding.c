/*
 * net.forwarding against simulated devices: a host, a router, one that tries,
 * one that refuses, deaf, lossy and dying ones.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "tests/unit/fake_device.h"
#include "tests/unit/fake_job.h"

#include "probes/net_forwarding.c"
#include "protocols/bytes.h"

#define SECOND 1000000000ull
#define DELAY 1000000

struct device {
	bool passes_on;     /* all of them, one hop less */
	bool returns_only;  /* only what is for us */
	bool time_exceeded; /* an error, and nothing more */
	bool prohibited;    /* by a filter */
	bool deaf;          /* no echo, no TCP */
	bool no_echo;
	uint64_t dies_after;
	unsigned lose_percent;
	uint32_t seed;
	uint64_t seen;
};

static struct device device;
static struct assay_job *job;
static const struct assay_target *v4;

static void
feed(const uint8_t *frame, size_t size)
{
	fake_job_feed(job, frame, size, DELAY);
}

static void
pass_on(const struct packet *p, const uint8_t *frame, size_t size)
{
	uint8_t out[256];

	if (p->ttl == 1)
		return;
	memcpy(out, frame, size);
	memcpy(out, p->mac_src, 6);
	memcpy(out + 6, p->mac_dst, 6);
	out[p->family == 4 ? 22 : 21]--;
	feed(out, size);
}

static void
complain(const struct packet *p, size_t size, uint8_t type, uint8_t code)
{
	const uint8_t *own = v4->addr;
	uint8_t out[512], t[256] = { type, code };
	struct packet_ends e = { p->mac_dst, p->mac_src, 4, own, p->src };

	memcpy(t + 8, p->ip, size - 14);
	feed(out, packet_build_ip(out, &e, 1, 64, t, size - 6));
}

static void
answer_control(const struct packet *p)
{
	if (device.deaf)
		return;
	if (p->proto == 6)
		fake_device_answer_syn(job, p, false, DELAY);
	else if (!device.no_echo)
		fake_device_answer_echo(job, p, DELAY);
}

static void
answer(const uint8_t *frame, size_t size)
{
	struct packet p;

	ck_assert_int_eq(packet_dissect(&p, frame, size), 0);
	ck_assert(packet_checksums_are_good(&p));
	if (p.proto != ASSAY_UDP)
		answer_control(&p);
	else if (device.passes_on ||
	    (device.returns_only &&
		p.port_dst == FORWARD_PROBE_PORT + FORWARD_RETURN))
		pass_on(&p, frame, size);
	else if (device.time_exceeded && p.ttl == 1)
		complain(&p, size, 11, 0);
	else if (device.prohibited)
		complain(&p, size, 3, 13);
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
	v4 = fake_job_add_target_text(job, "10.77.0.10");
}

static void
teardown(void)
{
	fake_job_free(job);
}

static void
expect(const struct assay_target *t, enum assay_verdict_value value,
    const char *reason)
{
	const struct assay_verdict *v =
	    fake_job_find_verdict(job, "NET-34", ASSAY_BEHAVIOUR, t);

	ck_assert_ptr_nonnull(v);
	ck_assert_str_eq(v->reason, reason);
	ck_assert_int_eq(v->value, value);
	ck_assert(value == ASSAY_INCONC || v->nobservations > 0);
}

static const char *
how(void)
{
	return fake_job_verdict_value(
	    fake_job_find_verdict(job, "NET-34", ASSAY_BEHAVIOUR, v4), "how")
	    ->string;
}

START_TEST(host_passes_on_both_families)
{
	const struct assay_target *v6 =
	    fake_job_add_target_text(job, "fd77::10");

	ck_assert(fake_job_all(job, 120 * SECOND));
	expect(v4, ASSAY_PASS, "forwarding.nothing_passed_on");
	expect(v6, ASSAY_PASS, "forwarding.nothing_passed_on");
	ck_assert_uint_eq(fake_job_verdict_count(job), 2);
}
END_TEST

START_TEST(router_fails_on_both_families)
{
	const struct assay_target *v6 =
	    fake_job_add_target_text(job, "fd77::10");

	device.passes_on = true;
	ck_assert(fake_job_all(job, 120 * SECOND));
	expect(v4, ASSAY_FAIL, "forwarding.passed_on");
	expect(v6, ASSAY_FAIL, "forwarding.passed_on");
}
END_TEST

START_TEST(one_kind_passed_on_is_enough)
{
	device.returns_only = true;
	device.lose_percent = 10;
	device.seed = 3;
	ck_assert(fake_job_all(job, 120 * SECOND));
	expect(v4, ASSAY_FAIL, "forwarding.passed_on");
	ck_assert_str_eq(how(), kind_names[FORWARD_RETURN]);
}
END_TEST

START_TEST(time_exceeded_shows_a_router)
{
	device.time_exceeded = true;
	ck_assert(fake_job_all(job, 120 * SECOND));
	expect(v4, ASSAY_FAIL, "forwarding.routes");
	ck_assert_str_eq(how(), kind_names[FORWARD_EXPIRING]);
}
END_TEST

/* RFC 1812 section 5.2.7.1: a filter's word is a refusal. */
START_TEST(refusal_passes)
{
	device.prohibited = true;
	ck_assert(fake_job_all(job, 120 * SECOND));
	expect(v4, ASSAY_PASS, "forwarding.nothing_passed_on");
}
END_TEST

START_TEST(host_without_echo_is_heard_by_tcp)
{
	device.no_echo = true;
	ck_assert(fake_job_all(job, 120 * SECOND));
	expect(v4, ASSAY_PASS, "forwarding.nothing_passed_on");
}
END_TEST

START_TEST(deaf_device_is_inconclusive)
{
	device.deaf = true;
	ck_assert(fake_job_all(job, 120 * SECOND));
	expect(v4, ASSAY_INCONC, "forwarding.no_responder");
}
END_TEST

START_TEST(device_that_dies_is_inconclusive)
{
	device.dies_after = 8;
	ck_assert(fake_job_all(job, 120 * SECOND));
	expect(v4, ASSAY_INCONC, "forwarding.device_gone");
}
END_TEST

START_TEST(link_local_address_alone_is_not_asked)
{
	fake_job_add_target_text(job, "fe80::10");
	ck_assert(fake_job_all(job, 120 * SECOND));
	expect(v4, ASSAY_PASS, "forwarding.nothing_passed_on");
	expect(NULL, ASSAY_PASS, "forwarding.nothing_passed_on");
	ck_assert_uint_eq(fake_job_verdict_count(job), 2);
	ck_assert_str_eq(
	    fake_job_verdict(job, 1)->reason, "forwarding.no_address");
	ck_assert_int_eq(fake_job_verdict(job, 1)->value, ASSAY_INCONC);
}
END_TEST

START_TEST(family_that_was_asked_for_and_is_not_there_is_said)
{
	fake_job_param(job, "addresses", "ipv6");
	ck_assert(fake_job_all(job, 120 * SECOND));
	expect(NULL, ASSAY_INCONC, "forwarding.no_address");
}
END_TEST

/* ---- judge alone ---- */

struct left {
	const char *end;
	bool before, after;
	uint64_t unsettled;
};

static void
leave(const char *field, struct assay_value v)
{
	const struct assay_observation o = {
		.field = field, .target = v4, .value = v
	};

	fake_job_add_observation(job, &o);
}

START_TEST(each_doubt_keeps_it_from_passing)
{
	static const struct {
		struct left left;
		const char *reason;
	} cases[] = {
		{ { "complete", true, true, 0 },
		    "forwarding.nothing_passed_on" },
		{ { "unsettled", true, true, 0 }, "forwarding.unsettled" },
		{ { "complete", true, true, 1 }, "forwarding.unsettled" },
		{ { "gone", true, true, 0 }, "forwarding.device_gone" },
		{ { "complete", true, false, 0 }, "forwarding.control_bad" },
		{ { "complete", false, false, 0 }, "forwarding.no_responder" },
	};
	const struct left *l = &cases[_i].left;

	leave("sweep.end", ASSAY_STRING(l->end));
	leave("asked", ASSAY_U64(3));
	leave("unsettled", ASSAY_U64(l->unsettled));
	leave("control", ASSAY_BOOL(l->before));
	leave("control", ASSAY_BOOL(l->after));
	fake_job_judge(job);
	expect(v4, _i == 0 ? ASSAY_PASS : ASSAY_INCONC, cases[_i].reason);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("net_forwarding");
	TCase *t = tcase_create("net_forwarding");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, host_passes_on_both_families);
	tcase_add_test(t, router_fails_on_both_families);
	tcase_add_test(t, one_kind_passed_on_is_enough);
	tcase_add_test(t, time_exceeded_shows_a_router);
	tcase_add_test(t, refusal_passes);
	tcase_add_test(t, host_without_echo_is_heard_by_tcp);
	tcase_add_test(t, deaf_device_is_inconclusive);
	tcase_add_test(t, device_that_dies_is_inconclusive);
	tcase_add_test(t, link_local_address_alone_is_not_asked);
	tcase_add_test(t, family_that_was_asked_for_and_is_not_there_is_said);
	tcase_add_loop_test(t, each_doubt_keeps_it_from_passing, 0, 6);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
