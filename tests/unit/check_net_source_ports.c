/*
 * net.source_ports over simulated traffic of each kind of stack and resolver:
 * 200 seeds of each, none misjudged.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "protocols/bytes.h"
#include "tests/unit/fake_device.h"
#include "tests/unit/fake_job.h"
#include "tests/unit/seeds.h"

#include "probes/net_source_ports.c"
#include "probes/net_source_ports/judge.c"

#define SECOND 1000000000ull
#define TRIED SEEDS(200)

static const uint8_t dut_mac[6] = { 2, 0, 0, 0, 0, 0x10 };
static const uint8_t bench_mac[6] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t dut[4] = { 10, 77, 0, 10 };

static struct assay_job *job;
static uint64_t rolls, now;
static uint16_t last, each[4];

static uint32_t
roll(void)
{
	return fake_device_number(&rolls);
}

/* A number for the i-th call, to this destination. */
typedef uint16_t number(size_t i, size_t to);

static uint16_t
by_chance(size_t i, size_t to)
{
	(void)i;
	(void)to;
	return (uint16_t)(32768 + roll() % 28232);
}

static uint16_t
counting(size_t i, size_t to)
{
	(void)i;
	(void)to;
	return ++last;
}

static uint16_t
counting_down(size_t i, size_t to)
{
	(void)i;
	(void)to;
	return last -= 3;
}

/* RFC 6056 section 3.3.3; Linux takes a few more each time. */
static uint16_t
counting_for_each(size_t i, size_t to)
{
	(void)i;
	if (each[to] == 0)
		each[to] = (uint16_t)(32768 + 7000 * to + roll() % 4000);
	return each[to] = (uint16_t)(each[to] + 2 + roll() % 8);
}

static uint16_t
fixed(size_t i, size_t to)
{
	(void)i;
	(void)to;
	return 4321;
}

static uint16_t
of_a_few(size_t i, size_t to)
{
	(void)i;
	(void)to;
	return (uint16_t)(40000 + roll() % 300);
}

/* Every other one follows from the one before. */
static uint16_t
now_and_then(size_t i, size_t to)
{
	(void)to;
	return i % 2 == 0 ? (last = (uint16_t)(1024 + roll() % 60000))
			  : (last = (uint16_t)(last + 1));
}

/* ---- its traffic ---- */

static void
play(const uint8_t *frame, size_t size)
{
	const struct assay_frame f = { .data = frame,
		.size = size,
		.wire_size = size,
		.stamp_ns = now += SECOND,
		.link_type = 1 };

	fake_job_replay_frame(job, &f);
}

static void
syn(uint16_t port, size_t to, uint32_t seq, uint8_t flags, bool from_dut)
{
	const uint8_t peer[4] = { 192, 0, 2, (uint8_t)(1 + to) };
	const struct packet_ends e = { from_dut ? dut_mac : bench_mac,
		from_dut ? bench_mac : dut_mac, 4, from_dut ? dut : peer,
		from_dut ? peer : dut };
	uint8_t frame[PACKET_BUILD_MAX];

	play(frame,
	    packet_build_tcp(
		frame, &e, port, 443, seq, 0, flags, 1000, NULL, 0));
}

static void
query(uint16_t port, uint16_t id)
{
	static const uint8_t question[] = { 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1,
		'a', 0, 0, 1, 0, 1 };
	uint8_t f[14 + 20 + 8 + 2 + sizeof(question)] = { 0 };

	memcpy(f, bench_mac, 6);
	memcpy(f + 6, dut_mac, 6);
	put_u16(f + 12, 0x0800);
	f[14] = 0x45;
	put_u16(f + 16, sizeof(f) - 14);
	f[22] = 64;
	f[23] = 17;
	memcpy(f + 26, dut, 4);
	memcpy(f + 30, (const uint8_t[]){ 0x0a, 0x4d, 0, 1 }, 4);
	put_u16(f + 34, port);
	put_u16(f + 36, 53);
	put_u16(f + 38, sizeof(f) - 34);
	put_u16(f + 42, id);
	memcpy(f + 44, question, sizeof(question));
	play(f, sizeof(f));
}

static void
begin(uint64_t seed)
{
	rolls = seed << 20;
	now = 1000 * SECOND;
	last = (uint16_t)roll();
	memset(each, 0, sizeof(each));
	job = fake_job_new(&assay_probe);
	fake_job_add_target_text(job, "10.77.0.10");
	ck_assert_int_eq(fake_job_replay(job, now), 0);
}

static void
connect_to(number *port, size_t n, size_t destinations)
{
	size_t i, to;

	for (i = 0; i < n; i++) {
		to = roll() % destinations;
		syn(port(i, to), to, roll(), TCP_SYN, true);
	}
}

static void
ask(number *port, number *id, size_t n)
{
	size_t i;
	uint16_t p;

	for (i = 0; i < n; i++) {
		p = port(i, 0);
		query(p, id(i, 0));
	}
}

static void
end(enum assay_verdict_value value, const char *reason)
{
	const struct assay_verdict *v;

	fake_job_judge(job);
	ck_assert_uint_eq(fake_job_verdict_count(job), 1);
	v = fake_job_verdict(job, 0);
	ck_assert_str_eq(v->reason, reason);
	ck_assert_int_eq(v->value, value);
	if (value == ASSAY_PASS || value == ASSAY_FAIL)
		ck_assert_uint_gt(v->nobservations, 0);
	fake_job_free(job);
}

static const struct {
	number *port;
	size_t destinations;
	enum assay_verdict_value value;
	const char *reason;
} connections[] = {
	{ by_chance, 4, ASSAY_PASS, "ports.unpredictable" },
	{ by_chance, 1, ASSAY_PASS, "ports.unpredictable" },
	{ counting_for_each, 4, ASSAY_PASS, "ports.unpredictable" },
	{ counting_for_each, 1, ASSAY_INCONC, "ports.one_destination" },
	{ counting, 4, ASSAY_FAIL, "ports.sequential" },
	{ counting_down, 4, ASSAY_FAIL, "ports.sequential" },
	{ counting, 1, ASSAY_INCONC, "ports.one_destination" },
	{ fixed, 4, ASSAY_FAIL, "ports.fixed" },
	{ fixed, 1, ASSAY_FAIL, "ports.fixed" },
	{ of_a_few, 4, ASSAY_INCONC, "ports.unclear" },
	{ now_and_then, 4, ASSAY_INCONC, "ports.unclear" },
};

START_TEST(connections_get_their_verdict)
{
	uint64_t seed;

	for (seed = 0; seed < TRIED; seed++) {
		begin(seed);
		connect_to(
		    connections[_i].port, 64, connections[_i].destinations);
		end(connections[_i].value, connections[_i].reason);
	}
}
END_TEST

static const struct {
	number *port, *id;
	enum assay_verdict_value value;
	const char *reason;
} resolvers[] = {
	{ by_chance, by_chance, ASSAY_PASS, "ports.unpredictable" },
	{ counting, by_chance, ASSAY_FAIL, "ports.sequential" },
	{ by_chance, counting, ASSAY_FAIL, "ports.sequential" },
	{ fixed, by_chance, ASSAY_FAIL, "ports.fixed" },
	{ by_chance, fixed, ASSAY_FAIL, "ports.fixed" },
	{ by_chance, of_a_few, ASSAY_INCONC, "ports.unclear" },
	{ now_and_then, by_chance, ASSAY_INCONC, "ports.unclear" },
};

START_TEST(resolvers_get_their_verdict)
{
	uint64_t seed;

	for (seed = 0; seed < TRIED; seed++) {
		begin(seed);
		connect_to(by_chance, 64, 4);
		ask(resolvers[_i].port, resolvers[_i].id, 64);
		end(resolvers[_i].value, resolvers[_i].reason);
	}
}
END_TEST

START_TEST(few_are_inconclusive)
{
	begin(1);
	end(ASSAY_INCONC, "ports.few");
	begin(1);
	connect_to(counting, 15, 4);
	end(ASSAY_INCONC, "ports.few");
}
END_TEST

START_TEST(a_few_queries_hold_up_a_pass)
{
	begin(1);
	connect_to(by_chance, 64, 4);
	ask(counting, counting, 5);
	end(ASSAY_INCONC, "ports.few");
}
END_TEST

START_TEST(the_device_itself_is_looked_at)
{
	size_t i;

	begin(1);
	for (i = 0; i < 64; i++) {
		syn((uint16_t)(5000 + i), i % 4, roll(), TCP_SYN, false);
		syn((uint16_t)(5000 + i), i % 4, roll(), TCP_SYN | TCP_ACK,
		    true);
		syn((uint16_t)(5000 + i), i % 4, roll(), TCP_RST, true);
	}
	end(ASSAY_INCONC, "ports.few");
}
END_TEST

START_TEST(what_is_sent_again_counts_once)
{
	size_t i;

	begin(1);
	for (i = 0; i < 64; i++) {
		syn(4321, 0, 99, TCP_SYN, true);
		query(777, 888);
		now -= 2 * SECOND - SECOND / 10;
	}
	end(ASSAY_INCONC, "ports.few");
}
END_TEST

START_TEST(more_than_fit_are_left)
{
	begin(1);
	connect_to(by_chance, SAMPLES_MAX + 50, 4);
	fake_job_judge(job);
	ck_assert_uint_eq(
	    fake_job_find(job, "tcp.samples", NULL)->value.u64, SAMPLES_MAX);
	fake_job_free(job);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("net_source_ports");
	TCase *c = tcase_create("net_source_ports");
	SRunner *r;
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_loop_test(c, connections_get_their_verdict, 0,
	    sizeof(connections) / sizeof(connections[0]));
	tcase_add_loop_test(c, resolvers_get_their_verdict, 0,
	    sizeof(resolvers) / sizeof(resolvers[0]));
	tcase_add_test(c, few_are_inconclusive);
	tcase_add_test(c, a_few_queries_hold_up_a_pass);
	tcase_add_test(c, the_device_itself_is_looked_at);
	tcase_add_test(c, what_is_sent_again_counts_once);
	tcase_add_test(c, more_than_fit_are_left);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
