/*
 * tcp.ports against simulated devices: strong, weak, lossy, filtering, silent,
 * dying, lying.  Each verdict is shown both ways.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "protocols/packet.h"
#include "tests/unit/fake_job.h"

#include "probes/tcp_ports.c"
#include "probes/tcp_ports/judge.c"

#define SECOND 1000000000ull

struct device {
	struct assay_ports open;
	struct assay_ports drops; /* never answered */
	uint64_t rtt_ns;
	unsigned lose_percent; /* of what is sent to it */
	double limit_pps;      /* drops what comes faster; 0: none */
	double rst_pps;        /* RSTs sent per second; 0: any */
	double tokens, rst_tokens;
	uint64_t last_ns, rst_last_ns;
	uint32_t seed;
	uint64_t dies_after;    /* SYNs seen; 0: never */
	uint64_t back_after_ns; /* of dying; 0: never */
	uint64_t died_ns;
	bool lies; /* answers with a wrong acknowledgement */
	uint64_t seen;
};

static unsigned
roll(struct device *d)
{
	d->seed = d->seed * 1664525u + 1013904223u;
	return (d->seed >> 16) % 100;
}

static bool
passes(double *tokens, uint64_t *last, double rate, uint64_t now)
{
	*tokens += rate * (double)(now - *last) / 1e9;
	*last = now;
	if (*tokens > 5) /* the burst that nftables allows */
		*tokens = 5;
	if (*tokens < 1)
		return false;
	*tokens -= 1;
	return true;
}

static bool
is_dead(struct device *d, struct assay_job *job)
{
	uint64_t now = assay_now_ns(job);

	if (d->dies_after == 0 || d->seen < d->dies_after)
		return false;
	if (d->died_ns == 0)
		d->died_ns = now;
	return d->back_after_ns == 0 || now - d->died_ns < d->back_after_ns;
}

static void
answer(
    struct device *d, struct assay_job *job, const uint8_t *data, size_t size)
{
	uint8_t out[PACKET_BUILD_MAX];
	struct packet_ends e;
	struct packet p;
	bool open;
	size_t n;

	ck_assert_int_eq(packet_dissect(&p, data, size), 0);
	ck_assert(packet_checksums_are_good(&p));
	ck_assert_uint_eq(p.flags, TCP_SYN);
	open = assay_ports_has(&d->open, p.port_dst);
	if (!open && d->rst_pps > 0 &&
	    !passes(
		&d->rst_tokens, &d->rst_last_ns, d->rst_pps, assay_now_ns(job)))
		return;
	e.mac_src = p.mac_dst;
	e.mac_dst = p.mac_src;
	e.family = p.family;
	e.src = p.dst;
	e.dst = p.src;
	n = packet_build_tcp(out, &e, p.port_dst, p.port_src, 77,
	    p.seq + (d->lies ? 2 : 1),
	    open ? TCP_SYN | TCP_ACK : TCP_RST | TCP_ACK, 1000, NULL, 0);
	fake_job_feed(job, out, n, d->rtt_ns);
}

static int
on_send(void *arg, struct assay_job *job, const struct assay_buffer *frames,
    size_t n)
{
	struct device *d = arg;
	struct packet p;
	size_t i;

	for (i = 0; i < n; i++) {
		d->seen++;
		if (is_dead(d, job))
			continue;
		if (d->limit_pps > 0 &&
		    !passes(&d->tokens, &d->last_ns, d->limit_pps,
			assay_now_ns(job)))
			continue;
		if (d->lose_percent > 0 && roll(d) < d->lose_percent)
			continue;
		packet_dissect(&p, frames[i].data, frames[i].size);
		if (!assay_ports_has(&d->drops, p.port_dst))
			answer(d, job, frames[i].data, frames[i].size);
	}
	return (int)n;
}

static enum assay_tcp_result
on_try(void *arg, struct assay_job *job, struct fake_job_try *t)
{
	struct device *d = arg;

	t->took_ns = d->rtt_ns;
	if (is_dead(d, job) || assay_ports_has(&d->drops, t->port))
		return ASSAY_TCP_TIMEOUT;
	return assay_ports_has(&d->open, t->port) ? ASSAY_TCP_CONNECTED
						  : ASSAY_TCP_REFUSED;
}

static struct device device;
static struct assay_job *job;
static const struct assay_target *v4;

static void
declare(uint16_t first, uint16_t last, bool optional)
{
	struct assay_declared_port p = { .transport = ASSAY_TCP,
		.first = first,
		.last = last,
		.service = "",
		.optional = optional };

	fake_job_declare(job, &p);
}

static void
setup(void)
{
	memset(&device, 0, sizeof(device));
	device.rtt_ns = 200000;
	device.seed = 1;
	assay_ports_add(&device.open, 22, 22);
	assay_ports_add(&device.open, 443, 443);
	job = fake_job_new(&assay_probe);
	v4 = fake_job_add_target_text(job, "10.77.0.10");
	declare(22, 22, false);
	declare(443, 443, false);
	fake_job_on_send(job, on_send, &device);
	fake_job_on_tcp_try(job, on_try, &device);
}

static void
teardown(void)
{
	fake_job_free(job);
}

static const struct assay_verdict *
verdict(enum assay_kind kind)
{
	const struct assay_verdict *v =
	    fake_job_find_verdict(job, "NET-01", kind, v4);

	ck_assert_ptr_nonnull(v);
	return v;
}

static void
expect(enum assay_kind kind, enum assay_verdict_value value, const char *reason)
{
	const struct assay_verdict *v = verdict(kind);

	ck_assert_str_eq(v->reason, reason);
	ck_assert_int_eq(v->value, value);
}

static void
expect_pass(void)
{
	ck_assert(fake_job_all(job, 3600 * SECOND));
	expect(ASSAY_COMPLETENESS, ASSAY_PASS, "tcp.ports_as_declared");
	expect(ASSAY_SUFFICIENCY, ASSAY_PASS, "tcp.declared_answer");
	ck_assert_uint_ge(verdict(ASSAY_COMPLETENESS)->nobservations, 3);
	ck_assert_uint_eq(fake_job_control_count(job, ASSAY_AFTER, true), 1);
}

static void
drop_all_but_open(void)
{
	assay_ports_add(&device.drops, 1, 65535);
	assay_ports_subtract(&device.drops, &device.open);
}

START_TEST(strong_device_as_declared_passes)
{
	expect_pass();
	ck_assert_uint_ge(device.seen, 65535);
	ck_assert_uint_lt(device.seen, 70000);
}
END_TEST

START_TEST(undeclared_open_port_fails_and_is_named)
{
	const struct assay_value *ports;
	char text[64];

	assay_ports_add(&device.open, 2323, 2323);
	ck_assert(fake_job_all(job, 60 * SECOND));
	expect(ASSAY_COMPLETENESS, ASSAY_FAIL, "tcp.undeclared_open");
	expect(ASSAY_SUFFICIENCY, ASSAY_PASS, "tcp.declared_answer");
	ports = fake_job_verdict_value(verdict(ASSAY_COMPLETENESS), "ports");
	assay_ports_format(ports->ports, text, sizeof(text));
	ck_assert_str_eq(text, "2323");
}
END_TEST

START_TEST(highest_and_lowest_port_are_asked)
{
	assay_ports_add(&device.open, 1, 1);
	assay_ports_add(&device.open, 65535, 65535);
	ck_assert(fake_job_all(job, 60 * SECOND));
	expect(ASSAY_COMPLETENESS, ASSAY_FAIL, "tcp.undeclared_open");
	ck_assert_uint_eq(
	    fake_job_verdict_value(verdict(ASSAY_COMPLETENESS), "count")->u64,
	    2);
}
END_TEST

START_TEST(missing_declared_port_fails_sufficiency_alone)
{
	declare(8883, 8883, false);
	ck_assert(fake_job_all(job, 60 * SECOND));
	expect(ASSAY_COMPLETENESS, ASSAY_PASS, "tcp.ports_as_declared");
	expect(ASSAY_SUFFICIENCY, ASSAY_FAIL, "tcp.declared_missing");
}
END_TEST

START_TEST(optional_port_may_be_closed_or_open)
{
	declare(9000, 9010, true);
	assay_ports_add(&device.open, 9001, 9001);
	expect_pass();
}
END_TEST

START_TEST(nothing_declared_is_inconclusive)
{
	fake_job_free(job);
	job = fake_job_new(&assay_probe);
	v4 = fake_job_add_target_text(job, "10.77.0.10");
	fake_job_on_send(job, on_send, &device);
	fake_job_on_tcp_try(job, on_try, &device);
	ck_assert(fake_job_all(job, 60 * SECOND));
	expect(ASSAY_COMPLETENESS, ASSAY_INCONC, "tcp.nothing_declared");
}
END_TEST

START_TEST(silent_device_is_inconclusive)
{
	assay_ports_add(&device.drops, 1, 65535);
	ck_assert(fake_job_all(job, 600 * SECOND));
	expect(ASSAY_COMPLETENESS, ASSAY_INCONC, "tcp.no_responder");
	expect(ASSAY_SUFFICIENCY, ASSAY_INCONC, "tcp.control_bad");
	ck_assert_uint_eq(fake_job_control_count(job, ASSAY_AFTER, true), 0);
}
END_TEST

START_TEST(filtering_device_with_a_responder_passes)
{
	drop_all_but_open();
	expect_pass();
}
END_TEST

START_TEST(filtering_device_still_shows_an_undeclared_port)
{
	assay_ports_add(&device.open, 40000, 40000);
	drop_all_but_open();
	ck_assert(fake_job_all(job, 600 * SECOND));
	expect(ASSAY_COMPLETENESS, ASSAY_FAIL, "tcp.undeclared_open");
}
END_TEST

START_TEST(forged_answers_do_not_count)
{
	device.lies = true;
	ck_assert(fake_job_all(job, 600 * SECOND));
	expect(ASSAY_COMPLETENESS, ASSAY_INCONC, "tcp.no_responder");
}
END_TEST

/* _i: percent lost */
START_TEST(lossy_link_gives_the_strong_device_s_result)
{
	device.lose_percent = (unsigned)_i;
	assay_ports_add(&device.open, 2323, 2323);
	assay_ports_add(&device.open, 51234, 51234);
	ck_assert(fake_job_all(job, 3600 * SECOND));
	expect(ASSAY_COMPLETENESS, ASSAY_FAIL, "tcp.undeclared_open");
	ck_assert_uint_eq(
	    fake_job_verdict_value(verdict(ASSAY_COMPLETENESS), "count")->u64,
	    2);
}
END_TEST

START_TEST(lossy_link_alone_does_not_fail)
{
	device.lose_percent = 5;
	expect_pass();
}
END_TEST

START_TEST(lossy_and_filtering_device_hides_nothing)
{
	device.lose_percent = 5;
	assay_ports_add(&device.open, 2323, 2323);
	drop_all_but_open();
	ck_assert(fake_job_all(job, 3600 * SECOND));
	expect(ASSAY_COMPLETENESS, ASSAY_FAIL, "tcp.undeclared_open");
}
END_TEST

/* _i: packets a second it can take */
START_TEST(weak_device_gives_the_strong_device_s_result)
{
	device.limit_pps = _i;
	assay_ports_add(&device.open, 2323, 2323);
	assay_ports_add(&device.open, 60001, 60001);
	ck_assert(fake_job_all(job, 3600 * SECOND));
	expect(ASSAY_COMPLETENESS, ASSAY_FAIL, "tcp.undeclared_open");
	ck_assert_uint_eq(
	    fake_job_verdict_value(verdict(ASSAY_COMPLETENESS), "count")->u64,
	    2);
	ck_assert_uint_gt(fake_job_note(job, "pace.slowed")->u64, 0);
}
END_TEST

START_TEST(weak_device_as_declared_passes)
{
	device.limit_pps = 1000;
	expect_pass();
}
END_TEST

START_TEST(device_that_limits_rsts_passes)
{
	device.rst_pps = 200;
	expect_pass();
}
END_TEST

START_TEST(device_that_dies_midway_is_inconclusive)
{
	device.dies_after = 20000;
	ck_assert(fake_job_all(job, 600 * SECOND));
	expect(ASSAY_COMPLETENESS, ASSAY_INCONC, "tcp.device_gone");
	expect(ASSAY_SUFFICIENCY, ASSAY_INCONC, "tcp.control_bad");
}
END_TEST

START_TEST(device_that_hangs_for_two_seconds_passes)
{
	device.dies_after = 20000;
	device.back_after_ns = 2 * SECOND;
	expect_pass();
}
END_TEST

START_TEST(open_port_found_before_it_died_still_fails)
{
	assay_ports_add(&device.open, 23, 23);
	device.dies_after = 20000;
	ck_assert(fake_job_all(job, 600 * SECOND));
	expect(ASSAY_COMPLETENESS, ASSAY_FAIL, "tcp.undeclared_open");
}
END_TEST

START_TEST(changed_address_is_inconclusive)
{
	fake_job_health(job, ASSAY_ADDRESS_CHANGED, SECOND / 20);
	ck_assert(fake_job_all(job, 600 * SECOND));
	expect(ASSAY_COMPLETENESS, ASSAY_INCONC, "tcp.device_gone");
}
END_TEST

START_TEST(lost_link_is_inconclusive)
{
	fake_job_health(job, ASSAY_LINK_LOST, SECOND / 20);
	device.dies_after = 1000;
	ck_assert(fake_job_all(job, 600 * SECOND));
	expect(ASSAY_COMPLETENESS, ASSAY_INCONC, "tcp.device_gone");
}
END_TEST

START_TEST(part_of_the_ports_never_passes)
{
	fake_job_param(job, "ports", "1-1024");
	ck_assert(fake_job_all(job, 60 * SECOND));
	expect(ASSAY_COMPLETENESS, ASSAY_INCONC, "tcp.partial");
	ck_assert_uint_le(device.seen, 1100);
}
END_TEST

START_TEST(each_address_is_judged_on_its_own)
{
	const struct assay_target *v6 =
	    fake_job_add_target_text(job, "fd77::10");
	const struct assay_verdict *v;

	ck_assert(fake_job_all(job, 60 * SECOND));
	expect(ASSAY_COMPLETENESS, ASSAY_PASS, "tcp.ports_as_declared");
	v = fake_job_find_verdict(job, "NET-03", ASSAY_COMPLETENESS, v6);
	ck_assert_ptr_nonnull(v);
	ck_assert_int_eq(v->value, ASSAY_PASS);
	ck_assert_uint_eq(fake_job_verdict_count(job), 4);
}
END_TEST

START_TEST(a_family_without_an_address_is_not_reached)
{
	const struct assay_verdict *v;

	expect_pass();
	v = fake_job_find_verdict(job, "NET-03", ASSAY_COMPLETENESS, NULL);
	ck_assert_ptr_nonnull(v);
	ck_assert_int_eq(v->value, ASSAY_INCONC);
	ck_assert_str_eq(v->reason, "tcp.no_address");
}
END_TEST

START_TEST(only_the_family_asked_for_is_swept)
{
	fake_job_add_target_text(job, "fd77::10");
	fake_job_param(job, "addresses", "ipv4");
	ck_assert(fake_job_all(job, 60 * SECOND));
	ck_assert_uint_eq(fake_job_verdict_count(job), 2);
}
END_TEST

START_TEST(a_ceiling_on_the_pace_is_kept)
{
	fake_job_param(job, "max_pps", "2000");
	fake_job_param(job, "ports", "1-4000");
	ck_assert_int_eq(fake_job_start(job), 0);
	fake_job_advance(job, SECOND);
	ck_assert_uint_le(fake_job_sent(job), 2100);
	ck_assert(fake_job_run_until_finished(job, 60 * SECOND));
}
END_TEST

/* ---- going on from an earlier job ---- */

static uint8_t left[ASSAY_CHECKPOINT_MAX];
static size_t nleft;

/* A first job, broken off after so long (a restart; or, cancelled, its time
 * was over), and a second of the same device. */
static void
break_off(uint64_t after_ns, bool cancelled)
{
	ck_assert_int_eq(fake_job_start(job), 0);
	fake_job_advance(job, after_ns);
	ck_assert(!fake_job_is_finished(job));
	if (cancelled) {
		fake_job_cancel(job);
		fake_job_judge(job);
		expect(ASSAY_COMPLETENESS, ASSAY_INCONC, "tcp.partial");
		ck_assert_ptr_null(fake_job_find_verdict(
		    job, "NET-01", ASSAY_SUFFICIENCY, v4));
	}
	memcpy(left, fake_job_checkpoint(job, &nleft), sizeof(left));
	ck_assert_uint_gt(nleft, 0);
	if (!cancelled) /* a restart does not; a test gives all back */
		assay_probe.fini(job);
	fake_job_free(job);
	job = fake_job_new(&assay_probe);
	v4 = fake_job_add_target_text(job, "10.77.0.10");
	declare(22, 22, false);
	declare(443, 443, false);
	fake_job_on_send(job, on_send, &device);
	fake_job_on_tcp_try(job, on_try, &device);
	device.seen = 0;
}

static uint64_t
value_of(const char *name)
{
	const struct assay_value *v =
	    fake_job_verdict_value(verdict(ASSAY_COMPLETENESS), name);

	ck_assert_ptr_nonnull(v);
	return v->u64;
}

/* _i: whether the first was cancelled */
START_TEST(a_resumed_sweep_asks_the_rest_and_does_not_pass)
{
	device.limit_pps = 2000;
	break_off(10 * SECOND, _i == 1);
	fake_job_resume(job, 7, left, nleft);
	ck_assert(fake_job_all(job, 3600 * SECOND));
	expect(
	    ASSAY_COMPLETENESS, ASSAY_INCONC, "tcp.ports_as_declared_resumed");
	expect(ASSAY_SUFFICIENCY, ASSAY_PASS, "tcp.declared_answer");
	ck_assert_uint_eq(value_of("run"), 7);
	ck_assert_uint_gt(value_of("earlier"), 5000);
	ck_assert_uint_eq(value_of("earlier") + value_of("asked"), 65535);
	ck_assert_uint_eq(
	    fake_job_note(job, "resumed.asked")->u64, value_of("earlier"));
	/* The whole is done: the next begins anew. */
	(void)fake_job_checkpoint(job, &nleft);
	ck_assert_uint_eq(nleft, 0);
}
END_TEST

/* _i: where the undeclared port lies: whatever its turn */
START_TEST(a_resumed_sweep_finds_an_undeclared_port_wherever_it_lies)
{
	static const uint16_t ports[] = { 1, 23, 9999, 31337, 65535 };

	assay_ports_add(&device.open, ports[_i], ports[_i]);
	device.limit_pps = 2000;
	break_off(10 * SECOND, false);
	fake_job_resume(job, 7, left, nleft);
	ck_assert(fake_job_all(job, 3600 * SECOND));
	expect(ASSAY_COMPLETENESS, ASSAY_FAIL, "tcp.undeclared_open");
}
END_TEST

START_TEST(a_resumed_sweep_that_is_broken_off_states_what_both_have)
{
	device.limit_pps = 2000;
	break_off(8 * SECOND, false);
	fake_job_resume(job, 7, left, nleft);
	ck_assert_int_eq(fake_job_start(job), 0);
	fake_job_advance(job, 4 * SECOND);
	fake_job_cancel(job);
	fake_job_judge(job);
	expect(ASSAY_COMPLETENESS, ASSAY_INCONC, "tcp.partial_resumed");
	ck_assert_uint_gt(value_of("earlier"), 3000);
	ck_assert_uint_gt(value_of("asked"), 1000);
	ck_assert_uint_lt(value_of("asked") + value_of("earlier"), 65535);
}
END_TEST

START_TEST(a_resumed_sweep_of_a_silent_device_is_inconclusive)
{
	device.limit_pps = 2000;
	break_off(8 * SECOND, false);
	fake_job_resume(job, 7, left, nleft);
	assay_ports_add(&device.drops, 1, 65535);
	ck_assert(fake_job_all(job, 3600 * SECOND));
	expect(ASSAY_COMPLETENESS, ASSAY_INCONC, "tcp.no_responder");
}
END_TEST

/* _i: which byte is another; beyond: cut, of another address, or none */
START_TEST(a_damaged_checkpoint_is_as_none)
{
	device.limit_pps = 8000;
	break_off(4 * SECOND, false);
	if (_i < 12)
		left[(size_t)_i * (nleft - 1) / 11] ^= 0x10;
	else if (_i == 12)
		nleft--;
	else if (_i == 13)
		nleft = 3;
	device.limit_pps = 0;
	fake_job_resume(job, 7, left, nleft);
	expect_pass();
	ck_assert_uint_ge(device.seen, 65535);
	ck_assert_ptr_null(fake_job_note(job, "resumed.run"));
}
END_TEST

START_TEST(a_checkpoint_of_another_address_is_as_none)
{
	device.limit_pps = 8000;
	break_off(4 * SECOND, false);
	fake_job_free(job);
	job = fake_job_new(&assay_probe);
	v4 = fake_job_add_target_text(job, "10.77.0.11");
	declare(22, 22, false);
	declare(443, 443, false);
	fake_job_on_send(job, on_send, &device);
	fake_job_on_tcp_try(job, on_try, &device);
	device.limit_pps = 0;
	fake_job_resume(job, 7, left, nleft);
	expect_pass();
}
END_TEST

/* What the second address had is not forgotten while the first is asked. */
START_TEST(a_third_job_has_what_the_first_two_have)
{
	struct assay_ports a, b;
	size_t first;

	device.limit_pps = 2000;
	break_off(8 * SECOND, false);
	first = nleft;
	fake_job_resume(job, 7, left, nleft);
	ck_assert_ptr_nonnull(v4);
	(void)assay_resumed_ports(job, v4, &a);
	break_off(5 * SECOND, false);
	ck_assert_uint_gt(first, 0);
	fake_job_resume(job, 8, left, nleft);
	ck_assert_uint_eq(assay_resumed_ports(job, v4, &b), 8);
	ck_assert_uint_gt(assay_ports_count(&b), assay_ports_count(&a));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tcp.ports");
	TCase *t = tcase_create("devices");
	SRunner *r;
	int failed;

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, strong_device_as_declared_passes);
	tcase_add_test(t, undeclared_open_port_fails_and_is_named);
	tcase_add_test(t, highest_and_lowest_port_are_asked);
	tcase_add_test(t, missing_declared_port_fails_sufficiency_alone);
	tcase_add_test(t, optional_port_may_be_closed_or_open);
	tcase_add_test(t, nothing_declared_is_inconclusive);
	tcase_add_test(t, silent_device_is_inconclusive);
	tcase_add_test(t, filtering_device_with_a_responder_passes);
	tcase_add_test(t, filtering_device_still_shows_an_undeclared_port);
	tcase_add_test(t, forged_answers_do_not_count);
	tcase_add_loop_test(
	    t, lossy_link_gives_the_strong_device_s_result, 1, 8);
	tcase_add_test(t, lossy_link_alone_does_not_fail);
	tcase_add_test(t, lossy_and_filtering_device_hides_nothing);
	tcase_add_loop_test(
	    t, weak_device_gives_the_strong_device_s_result, 997, 1000);
	tcase_add_test(t, weak_device_as_declared_passes);
	tcase_add_test(t, device_that_limits_rsts_passes);
	tcase_add_test(t, device_that_dies_midway_is_inconclusive);
	tcase_add_test(t, device_that_hangs_for_two_seconds_passes);
	tcase_add_test(t, open_port_found_before_it_died_still_fails);
	tcase_add_test(t, changed_address_is_inconclusive);
	tcase_add_test(t, lost_link_is_inconclusive);
	tcase_add_test(t, part_of_the_ports_never_passes);
	tcase_add_test(t, each_address_is_judged_on_its_own);
	tcase_add_test(t, a_family_without_an_address_is_not_reached);
	tcase_add_test(t, only_the_family_asked_for_is_swept);
	tcase_add_test(t, a_ceiling_on_the_pace_is_kept);
	tcase_add_loop_test(
	    t, a_resumed_sweep_asks_the_rest_and_does_not_pass, 0, 2);
	tcase_add_loop_test(
	    t, a_resumed_sweep_finds_an_undeclared_port_wherever_it_lies, 0, 5);
	tcase_add_test(
	    t, a_resumed_sweep_that_is_broken_off_states_what_both_have);
	tcase_add_test(t, a_resumed_sweep_of_a_silent_device_is_inconclusive);
	tcase_add_loop_test(t, a_damaged_checkpoint_is_as_none, 0, 14);
	tcase_add_test(t, a_checkpoint_of_another_address_is_as_none);
	tcase_add_test(t, a_third_job_has_what_the_first_two_have);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
