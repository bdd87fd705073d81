/*
 * tcp.isn against simulated stacks: good and bad numbers, lossy, silent, shut,
 * dying devices.  Each reason of judge is shown.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "tests/unit/fake_device.h"
#include "tests/unit/fake_job.h"

#include "probes/tcp_isn.c"
#include "probes/tcp_isn/earlier.c"
#include "probes/tcp_isn/judge.c"
#include "probes/tcp_isn/ports.c"

#define SECOND 1000000000ull

struct device {
	uint32_t (*number)(uint64_t now, uint32_t tuple);
	struct assay_ports open;
	bool mute; /* drops every SYN of raw frames */
	unsigned lose_percent;
	uint64_t rtt_ns;
	uint32_t dies_after, shuts_after; /* SYNs; 0: never */
	bool control_refused;
	uint32_t seen, tries;
	uint64_t seed;
	bool resends; /* the last SYN-ACK before each */
};

static struct device device;
static struct assay_job *job;
static uint32_t last;
static uint64_t rolls;

static uint32_t
roll(void)
{
	return fake_device_number(&rolls);
}

static uint32_t
hash(uint32_t tuple)
{
	uint64_t kept = rolls;
	uint32_t h;

	rolls = UINT64_C(0x100000001) * tuple;
	h = roll();
	rolls = kept;
	return h;
}

/* RFC 6528, with Linux's clock. */
static uint32_t
rfc6528(uint64_t now, uint32_t tuple)
{
	return hash(tuple) + (uint32_t)(now >> 6);
}

static uint32_t
by_chance(uint64_t now, uint32_t tuple)
{
	(void)now;
	(void)tuple;
	return roll();
}

static uint32_t
constant(uint64_t now, uint32_t tuple)
{
	(void)now;
	(void)tuple;
	return 42;
}

static uint32_t
hash_without_clock(uint64_t now, uint32_t tuple)
{
	(void)now;
	return hash(tuple);
}

static uint32_t
constant_step(uint64_t now, uint32_t tuple)
{
	(void)now;
	(void)tuple;
	return last += 64000;
}

static uint32_t
global_clock(uint64_t now, uint32_t tuple)
{
	(void)tuple;
	return (uint32_t)(now / 4000);
}

static uint32_t
narrow(uint64_t now, uint32_t tuple)
{
	(void)now;
	(void)tuple;
	return last += 1 + roll() % 60000;
}

static uint32_t
sixteen_bits(uint64_t now, uint32_t tuple)
{
	(void)now;
	(void)tuple;
	return roll() << 16;
}

static uint32_t
few_steps(uint64_t now, uint32_t tuple)
{
	(void)now;
	(void)tuple;
	return last += hash(roll() % 512);
}

static uint32_t
linear(uint64_t now, uint32_t tuple)
{
	(void)now;
	(void)tuple;
	return last = last * 1664525 + 1013904223;
}

static uint32_t
weak(uint64_t now, uint32_t tuple)
{
	return (hash(tuple) >> 8) + (uint32_t)(now / 4000);
}

/* ---- the device ---- */

static void
answer(const struct packet *p, uint32_t seq, uint32_t ack, uint8_t flags)
{
	struct packet_ends e = fake_device_back(p);
	uint8_t out[PACKET_BUILD_MAX];
	size_t n;

	n = packet_build_tcp(
	    out, &e, p->port_dst, p->port_src, seq, ack, flags, 1000, NULL, 0);
	fake_job_feed(job, out, n, device.rtt_ns + roll() % 50000);
}

static void
hear(const struct packet *p)
{
	uint32_t tuple = (uint32_t)p->port_src << 16 | p->port_dst, number;

	if (p->flags != TCP_SYN)
		return;
	device.seen++;
	if (device.mute ||
	    (device.dies_after != 0 && device.seen > device.dies_after) ||
	    roll() % 100 < device.lose_percent)
		return;
	if (!assay_ports_has(&device.open, p->port_dst) ||
	    (device.shuts_after != 0 && device.seen > device.shuts_after)) {
		answer(p, 0, p->seq + 1, TCP_RST | TCP_ACK);
		return;
	}
	number = device.number(assay_now_ns(job), tuple);
	if (device.resends) /* of another asking: its number counts not */
		answer(p, 77, p->seq - 1, TCP_SYN | TCP_ACK);
	answer(p, number, p->seq + 1, TCP_SYN | TCP_ACK);
	if (device.resends)
		answer(p, number, p->seq + 1, TCP_SYN | TCP_ACK);
}

static int
on_send(
    void *arg, struct assay_job *j, const struct assay_buffer *frames, size_t n)
{
	struct packet p;
	size_t i;

	(void)arg;
	(void)j;
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(
		    packet_dissect(&p, frames[i].data, frames[i].size), 0);
		ck_assert(packet_checksums_are_good(&p));
		hear(&p);
	}
	return (int)n;
}

static enum assay_tcp_result
on_tcp(void *arg, struct assay_job *j, struct fake_job_try *t)
{
	(void)arg;
	(void)j;
	if (device.seen > 0 && device.control_refused)
		return ASSAY_TCP_REFUSED;
	device.tries++;
	if (device.dies_after != 0 && device.seen > device.dies_after)
		return ASSAY_TCP_TIMEOUT;
	return assay_ports_has(&device.open, t->port) ? ASSAY_TCP_CONNECTED
						      : ASSAY_TCP_REFUSED;
}

static void
setup(void)
{
	static const struct assay_declared_port http = {
		.transport = ASSAY_TCP, .first = 80, .last = 80, .service = ""
	};

	memset(&device, 0, sizeof(device));
	device.number = rfc6528;
	device.rtt_ns = 300000;
	assay_ports_add(&device.open, 80, 80);
	last = 7;
	rolls = 1;
	job = fake_job_new(&assay_probe);
	fake_job_on_send(job, on_send, NULL);
	fake_job_on_tcp_try(job, on_tcp, NULL);
	fake_job_declare(job, &http);
	fake_job_add_target_text(job, "10.77.0.10");
}

static void
teardown(void)
{
	fake_job_free(job);
}

static void
expect(enum assay_verdict_value value, const char *reason)
{
	const struct assay_verdict *v;

	ck_assert(fake_job_all(job, 1000 * SECOND));
	ck_assert_uint_eq(fake_job_verdict_count(job), 1);
	v = fake_job_verdict(job, 0);
	ck_assert_str_eq(v->reason, reason);
	ck_assert_int_eq(v->value, value);
	if (value == ASSAY_PASS || value == ASSAY_FAIL)
		ck_assert_uint_gt(v->nobservations, 0);
}

static const struct {
	uint32_t (*number)(uint64_t now, uint32_t tuple);
	enum assay_verdict_value value;
	const char *reason;
} stacks[] = {
	{ rfc6528, ASSAY_PASS, "isn.unpredictable" },
	{ by_chance, ASSAY_PASS, "isn.unpredictable" },
	{ constant, ASSAY_FAIL, "isn.constant" },
	{ hash_without_clock, ASSAY_FAIL, "isn.one_constant" },
	{ constant_step, ASSAY_FAIL, "isn.constant_step" },
	{ narrow, ASSAY_FAIL, "isn.narrow" },
	{ sixteen_bits, ASSAY_FAIL, "isn.repeats" },
	{ few_steps, ASSAY_FAIL, "isn.few_steps" },
	{ linear, ASSAY_FAIL, "isn.linear" },
	{ weak, ASSAY_INCONC, "isn.weak" },
};

START_TEST(each_stack_gets_its_verdict)
{
	device.number = stacks[_i].number;
	expect(stacks[_i].value, stacks[_i].reason);
}
END_TEST

START_TEST(each_stack_gets_its_verdict_from_a_lossy_line)
{
	device.number = stacks[_i].number;
	device.lose_percent = 10;
	device.resends = true;
	expect(stacks[_i].value, stacks[_i].reason);
}
END_TEST

START_TEST(one_clock_for_all_fails)
{
	const struct assay_verdict *v;

	device.number = global_clock;
	ck_assert(fake_job_all(job, 1000 * SECOND));
	v = fake_job_verdict(job, 0);
	ck_assert_int_eq(v->value, ASSAY_FAIL);
	ck_assert(strcmp(v->reason, "isn.clock") == 0 ||
	    strcmp(v->reason, "isn.narrow") == 0);
}
END_TEST

/* What a run would leave of a clock fast enough that its steps alone do not
 * give it away. */
START_TEST(a_fast_clock_fails_by_its_rate)
{
	static const struct {
		const char *field;
		uint64_t value;
	} left[] = {
		{ "one.samples", 2048 },
		{ "varied.samples", 2048 },
		{ "one.distinct", 2048 },
		{ "varied.distinct", 2048 },
		{ "varied.narrow", 24000 },
		{ "varied.clock_off", 15000 },
		{ "varied.clock", 1000000000 },
	};
	const struct assay_target *t = assay_target_at(job, 0);
	struct assay_observation o = { .field = "isn.end",
		.target = t,
		.port = 80,
		.value = ASSAY_STRING("complete") };
	const struct assay_verdict *v;
	size_t i;

	fake_job_add_observation(job, &o);
	for (i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
		o.field = left[i].field;
		o.value = ASSAY_U64(left[i].value);
		fake_job_add_observation(job, &o);
	}
	fake_job_judge(job);
	v = fake_job_verdict(job, 0);
	ck_assert_int_eq(v->value, ASSAY_FAIL);
	ck_assert_str_eq(v->reason, "isn.clock");
}
END_TEST

START_TEST(statistics_stand_in_the_verdict)
{
	const struct assay_verdict *v;

	ck_assert(fake_job_all(job, 1000 * SECOND));
	v = fake_job_verdict(job, 0);
	ck_assert_uint_eq(fake_job_verdict_value(v, "samples")->u64, 4096);
	ck_assert_uint_ge(fake_job_verdict_value(v, "bits")->u64, 28);
	ck_assert_uint_lt(fake_job_verdict_value(v, "one_bits")->u64, 20);
	ck_assert_uint_eq(v->port, 80);
	ck_assert_str_eq(fake_job_note(job, "isn.reboot")->string, "not asked");
}
END_TEST

START_TEST(it_keeps_to_its_pace)
{
	uint64_t began = assay_now_ns(job);

	device.rtt_ns = 1000;
	fake_job_param(job, "max_pps", "500");
	expect(ASSAY_PASS, "isn.unpredictable");
	ck_assert_uint_ge(assay_now_ns(job) - began, 8 * SECOND);
}
END_TEST

START_TEST(a_mute_device_is_inconclusive)
{
	device.mute = true;
	expect(ASSAY_INCONC, "isn.device_gone");
}
END_TEST

START_TEST(a_device_that_dies_is_inconclusive)
{
	device.dies_after = 3500;
	expect(ASSAY_INCONC, "isn.device_gone");
}
END_TEST

START_TEST(bad_numbers_fail_although_the_device_died)
{
	device.dies_after = 3500;
	device.number = constant_step;
	expect(ASSAY_FAIL, "isn.constant_step");
}
END_TEST

START_TEST(a_port_that_shuts_is_inconclusive)
{
	device.shuts_after = 300;
	expect(ASSAY_INCONC, "isn.device_gone");
}
END_TEST

START_TEST(few_numbers_never_pass)
{
	fake_job_param(job, "samples", "3000");
	expect(ASSAY_INCONC, "isn.few");
}
END_TEST

START_TEST(few_numbers_fail_when_they_are_bad)
{
	fake_job_param(job, "samples", "200");
	device.number = constant;
	expect(ASSAY_FAIL, "isn.constant");
}
END_TEST

START_TEST(few_numbers_without_a_clock_are_no_fault)
{
	fake_job_param(job, "samples", "200");
	device.number = hash_without_clock;
	expect(ASSAY_INCONC, "isn.few");
}
END_TEST

START_TEST(no_open_port_is_inconclusive)
{
	memset(&device.open, 0, sizeof(device.open));
	expect(ASSAY_INCONC, "isn.no_port");
}
END_TEST

START_TEST(an_undeclared_port_is_found)
{
	memset(&device.open, 0, sizeof(device.open));
	assay_ports_add(&device.open, 4711, 4711);
	expect(ASSAY_PASS, "isn.unpredictable");
	ck_assert_uint_eq(fake_job_verdict(job, 0)->port, 4711);
}
END_TEST

START_TEST(a_print_port_is_the_last_choice)
{
	fake_job_param(job, "ports", "80,9100");
	memset(&device.open, 0, sizeof(device.open));
	assay_ports_add(&device.open, 9100, 9100);
	expect(ASSAY_PASS, "isn.unpredictable");
	ck_assert_uint_eq(fake_job_verdict(job, 0)->port, 9100);
}
END_TEST

START_TEST(without_its_closing_control_nothing_passes)
{
	device.control_refused = true;
	expect(ASSAY_INCONC, "isn.control_bad");
}
END_TEST

START_TEST(one_address_of_each_family_is_asked)
{
	fake_job_add_target_text(job, "10.77.0.11");
	fake_job_add_target_text(job, "fe80::10");
	fake_job_add_target_text(job, "fd77::10");
	ck_assert(fake_job_all(job, 1000 * SECOND));
	ck_assert_uint_eq(fake_job_verdict_count(job), 2);
	ck_assert_str_eq(fake_job_verdict(job, 0)->target->text, "10.77.0.10");
	ck_assert_str_eq(fake_job_verdict(job, 1)->target->text, "fe80::10");
	ck_assert_int_eq(fake_job_verdict(job, 1)->value, ASSAY_PASS);
}
END_TEST

START_TEST(a_family_without_address_is_inconclusive)
{
	fake_job_param(job, "addresses", "ipv6");
	expect(ASSAY_INCONC, "isn.no_address");
}
END_TEST

START_TEST(cancelled_midway_is_inconclusive)
{
	ck_assert_int_eq(fake_job_start(job), 0);
	fake_job_advance(job, SECOND / 2);
	fake_job_cancel(job);
	ck_assert(fake_job_run_until_finished(job, 100 * SECOND));
	fake_job_judge(job);
	ck_assert_int_eq(fake_job_verdict(job, 0)->value, ASSAY_INCONC);
	ck_assert_str_eq(fake_job_verdict(job, 0)->reason, "isn.device_gone");
}
END_TEST

/* splitmix64 from the same seed at each boot. */
static uint32_t
seeded(uint64_t now, uint32_t tuple)
{
	uint64_t x = device.seed += UINT64_C(0x9e3779b97f4a7c15);

	(void)now;
	(void)tuple;
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)(x >> 32);
}

/* A job after one whose device had that seed; the device is the same. */
static void
run_again(uint32_t (*number)(uint64_t now, uint32_t tuple), uint64_t seed)
{
	uint8_t left[ASSAY_CHECKPOINT_MAX];
	const uint8_t *p;
	size_t size;

	device.number = number;
	device.seed = seed;
	ck_assert(fake_job_all(job, 1000 * SECOND));
	ck_assert_int_eq(fake_job_verdict(job, 0)->value, ASSAY_PASS);
	ck_assert_str_eq(fake_job_note(job, "isn.reboot")->string, "not asked");
	p = fake_job_checkpoint(job, &size);
	ck_assert_uint_gt(size, 1000);
	memcpy(left, p, size);
	teardown();
	setup();
	device.number = number;
	fake_job_resume(job, 7, left, size);
}

START_TEST(numbers_that_come_again_after_a_boot_fail)
{
	const struct assay_verdict *v;
	unsigned i;

	run_again(seeded, 42);
	device.seed = 42;
	for (i = 0; i < 10; i++) /* to others, who came first */
		(void)seeded(0, 0);
	expect(ASSAY_FAIL, "isn.repeats_earlier");
	v = fake_job_verdict(job, 0);
	ck_assert_uint_eq(fake_job_verdict_value(v, "run")->u64, 7);
	ck_assert_uint_eq(fake_job_verdict_value(v, "earlier")->u64, 1500);
	ck_assert_uint_gt(fake_job_verdict_value(v, "again")->u64, 1400);
}
END_TEST

START_TEST(numbers_from_another_seed_pass)
{
	run_again(seeded, 42);
	device.seed = 43;
	expect(ASSAY_PASS, "isn.unpredictable");
	ck_assert_uint_eq(fake_job_note(job, "isn.earlier_run")->u64, 7);
}
END_TEST

/* With the secret of before and its clock come round, as in 4.8 hours. */
START_TEST(the_same_number_for_the_same_port_is_no_fault)
{
	run_again(rfc6528, 0);
	expect(ASSAY_PASS, "isn.unpredictable");
}
END_TEST

START_TEST(what_an_earlier_job_left_is_read_whole_or_not_at_all)
{
	static struct isn_given given[ISN_LEFT_MAX + 1], out[ISN_LEFT_MAX];
	static struct isn_left left;
	size_t i;

	for (i = 0; i <= ISN_LEFT_MAX; i++)
		given[i] = (struct isn_given){ (uint16_t)i, (uint32_t)~i };
	memset(&left, 0, sizeof(left));
	isn_leave(&left, 4, given, 3);
	isn_leave(&left, 6, given, ISN_LEFT_MAX + 1);
	ck_assert_uint_eq(isn_read_left(left.bytes, left.size, 4, out), 3);
	ck_assert_uint_eq(
	    isn_read_left(left.bytes, left.size, 6, out), ISN_LEFT_MAX);
	ck_assert_uint_eq(out[1499].port, 1499);
	ck_assert_uint_eq(out[1499].number, (uint32_t)~1499);
	for (i = 0; i < left.size; i += 97)
		ck_assert_uint_eq(isn_read_left(left.bytes, i, 4, out), 0);
	for (i = 0; i < 64; i++) {
		left.bytes[i] ^= 1;
		ck_assert_uint_eq(
		    isn_read_left(left.bytes, left.size, 4, out), 0);
		left.bytes[i] ^= 1;
	}
}
END_TEST

START_TEST(another_address_ends_it)
{
	fake_job_health(job, ASSAY_ADDRESS_CHANGED, SECOND / 2);
	expect(ASSAY_INCONC, "isn.device_gone");
}
END_TEST

int
main(void)
{
	const int n = sizeof(stacks) / sizeof(stacks[0]);
	Suite *s = suite_create("tcp_isn");
	TCase *c = tcase_create("tcp_isn");
	SRunner *r;
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_loop_test(c, each_stack_gets_its_verdict, 0, n);
	tcase_add_loop_test(
	    c, each_stack_gets_its_verdict_from_a_lossy_line, 0, n);
	tcase_add_test(c, one_clock_for_all_fails);
	tcase_add_test(c, a_fast_clock_fails_by_its_rate);
	tcase_add_test(c, statistics_stand_in_the_verdict);
	tcase_add_test(c, it_keeps_to_its_pace);
	tcase_add_test(c, a_mute_device_is_inconclusive);
	tcase_add_test(c, a_device_that_dies_is_inconclusive);
	tcase_add_test(c, bad_numbers_fail_although_the_device_died);
	tcase_add_test(c, a_port_that_shuts_is_inconclusive);
	tcase_add_test(c, few_numbers_never_pass);
	tcase_add_test(c, few_numbers_fail_when_they_are_bad);
	tcase_add_test(c, few_numbers_without_a_clock_are_no_fault);
	tcase_add_test(c, no_open_port_is_inconclusive);
	tcase_add_test(c, an_undeclared_port_is_found);
	tcase_add_test(c, a_print_port_is_the_last_choice);
	tcase_add_test(c, without_its_closing_control_nothing_passes);
	tcase_add_test(c, one_address_of_each_family_is_asked);
	tcase_add_test(c, a_family_without_address_is_inconclusive);
	tcase_add_test(c, cancelled_midway_is_inconclusive);
	tcase_add_test(c, numbers_that_come_again_after_a_boot_fail);
	tcase_add_test(c, numbers_from_another_seed_pass);
	tcase_add_test(c, the_same_number_for_the_same_port_is_no_fault);
	tcase_add_test(c, what_an_earlier_job_left_is_read_whole_or_not_at_all);
	tcase_add_test(c, another_address_ends_it);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
