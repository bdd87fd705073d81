/*
 * net.ip_ids against simulated stacks: one counter for all, one for each, none,
 * zero; asked from one address or several; silent, lossy, dying.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "protocols/bytes.h"
#include "tests/unit/fake_device.h"
#include "tests/unit/fake_job.h"
#include "tests/unit/seeds.h"

#include "probes/net_ip_ids.c"
#include "probes/net_ip_ids/judge.c"

#define SECOND 1000000000ull
#define TRIED SEEDS(200)

struct device {
	uint32_t (*id)(const struct packet *p);
	bool no_df, mute_tcp, mute_echo, ignores_too_big;
	unsigned lose_percent;
	unsigned dies_after, seen;
};

static struct device device;
static struct assay_job *job;
static uint32_t last, each[256];
static bool narrow_path[256];
static uint64_t rolls;

static uint32_t
roll(void)
{
	return fake_device_number(&rolls);
}

static uint8_t
who(const struct packet *p)
{
	const uint8_t *end = p->src + (p->family == 4 ? 4 : 16);

	return end[-1] ^ end[-2];
}

static uint32_t
global(const struct packet *p)
{
	(void)p;
	return last += 1;
}

/* As lwIP by the wrong byte order, or Windows of old. */
static uint32_t
global_swapped(const struct packet *p)
{
	last += 1;
	return p->family == 4 ? __builtin_bswap16((uint16_t)last)
			      : __builtin_bswap32(last);
}

static uint32_t
global_beside_others(const struct packet *p)
{
	(void)p;
	return last += 1 + roll() % 8;
}

/* Among hundreds of packets to others. */
static uint32_t
global_busy(const struct packet *p)
{
	(void)p;
	return last += 100 + roll() % 600;
}

/* Linux: by chance where each begins, steps of some. */
static uint32_t
for_each(const struct packet *p)
{
	if (each[who(p)] == 0)
		each[who(p)] = roll();
	return each[who(p)] += 1 + roll() % 4;
}

static uint32_t
by_chance(const struct packet *p)
{
	(void)p;
	return roll();
}

static uint32_t
zero(const struct packet *p)
{
	(void)p;
	return 0;
}

/* Two by a counter of all, then one by chance. */
static uint32_t
mixed(const struct packet *p)
{
	static unsigned n;

	(void)p;
	return ++n % 3 == 0 ? roll() : (last += 1);
}

/* ---- the device ---- */

static void
feed(uint8_t *frame, size_t size, uint32_t id)
{
	struct packet p;

	if (frame[14] >> 4 == 4) {
		frame[18] = (uint8_t)(id >> 8);
		frame[19] = (uint8_t)id;
		frame[20] = device.no_df ? 0 : 0x40;
		frame[24] = 0;
		frame[25] = 0;
		put_u16(frame + 24,
		    packet_checksum(0, NULL, NULL, 0, frame + 14, 20));
	}
	ck_assert_int_eq(packet_dissect(&p, frame, size), 0);
	ck_assert(p.whole);
	fake_job_feed(job, frame, size, 500000);
}

/* In two fragments, once the path is known to be narrow. */
static void
answer_echo(const struct packet *p, const uint8_t *icmp, uint32_t id)
{
	static const uint8_t payload[ECHO_SIZE];
	struct packet_ends e = fake_device_back(p);
	uint8_t out[PACKET_BUILD_MAX + ECHO_SIZE],
	    part[PACKET_BUILD_MAX + 1232];
	size_t n;

	n = packet_build_echo(out, &e, (uint16_t)(icmp[4] << 8 | icmp[5]),
	    (uint16_t)(icmp[6] << 8 | icmp[7]), payload,
	    p->family == 4 ? 0 : ECHO_SIZE);
	out[14 + (p->family == 4 ? 20 : 40)] = p->family == 4 ? 0 : 129;
	if (p->family == 4 || !narrow_path[who(p)]) {
		feed(out, n, id);
		return;
	}
	memcpy(part, out, 54);
	memcpy(part + 54, (const uint8_t[]){ 0x3a, 0, 0, 1 }, 4);
	put_u32(part + 58, id);
	memcpy(part + 62, out + 54, 1232);
	part[20] = 44;
	put_u16(part + 18, 8 + 1232);
	feed(part, 62 + 1232, id);
	memcpy(part + 62, out + 54 + 1232, n - 54 - 1232);
	put_u16(part + 18, (uint16_t)(8 + n - 54 - 1232));
	put_u16(part + 56, 1232);
	feed(part, 62 + n - 54 - 1232, id);
}

static void
hear(const struct packet *p)
{
	struct packet_ends e = fake_device_back(p);
	uint8_t out[PACKET_BUILD_MAX];

	if (p->icmp_type == 2 && (p->layers & PACKET_ICMPV6) != 0) {
		ck_assert(packet_checksums_are_good(p));
		narrow_path[who(p)] = !device.ignores_too_big;
		return;
	}
	device.seen++;
	if ((device.dies_after != 0 && device.seen > device.dies_after) ||
	    roll() % 100 < device.lose_percent)
		return;
	if ((p->layers & PACKET_TCP) != 0) {
		if (p->flags == TCP_SYN && !device.mute_tcp)
			feed(out,
			    packet_build_tcp(out, &e, p->port_dst, p->port_src,
				0, p->seq + 1, TCP_RST | TCP_ACK, 0, NULL, 0),
			    device.id(p));
	} else if (!device.mute_echo)
		answer_echo(p, p->transport, device.id(p));
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
		ck_assert(p.whole);
		hear(&p);
	}
	return (int)n;
}

static void
make(const char *address, size_t sources)
{
	memset(&device, 0, sizeof(device));
	memset(each, 0, sizeof(each));
	memset(narrow_path, 0, sizeof(narrow_path));
	device.id = for_each;
	job = fake_job_new(&assay_probe);
	fake_job_on_send(job, on_send, NULL);
	fake_job_add_target_text(job, address);
	fake_job_sources(job, sources);
}

static const char *const addresses[] = { "10.77.0.10", "fd77::10" };

static void
check(enum assay_verdict_value value, const char *reason)
{
	const struct assay_verdict *v;

	ck_assert(fake_job_all(job, 1000 * SECOND));
	ck_assert_uint_eq(fake_job_verdict_count(job), 1);
	v = fake_job_verdict(job, 0);
	ck_assert_str_eq(v->reason, reason);
	ck_assert_int_eq(v->value, value);
	if (value == ASSAY_PASS || value == ASSAY_FAIL)
		ck_assert_uint_gt(v->nobservations, 0);
	fake_job_free(job);
}

static const struct {
	uint32_t (*id)(const struct packet *p);
	size_t sources;
	enum assay_verdict_value value;
	const char *reason;
} stacks[] = {
	{ global, 4, ASSAY_FAIL, "ids.global" },
	{ global_swapped, 4, ASSAY_FAIL, "ids.global" },
	{ global_beside_others, 4, ASSAY_FAIL, "ids.global" },
	{ global_busy, 4, ASSAY_INCONC, "ids.unclear" },
	{ for_each, 4, ASSAY_PASS, "ids.each_its_own" },
	{ by_chance, 4, ASSAY_PASS, "ids.random" },
	{ mixed, 4, ASSAY_INCONC, "ids.unclear" },
	{ global, 1, ASSAY_INCONC, "ids.one_source" },
	{ for_each, 1, ASSAY_INCONC, "ids.one_source" },
	{ by_chance, 1, ASSAY_PASS, "ids.random" },
	{ global_busy, 1, ASSAY_INCONC, "ids.unclear" },
};

START_TEST(each_stack_gets_its_verdict)
{
	uint64_t seed;

	for (seed = 0; seed < TRIED; seed++) {
		make(addresses[seed % 2], stacks[_i].sources);
		rolls = seed << 20;
		last = roll();
		device.id = stacks[_i].id;
		device.lose_percent = seed % 4 == 3 ? 3 : 0;
		check(stacks[_i].value, stacks[_i].reason);
	}
}
END_TEST

START_TEST(zero_is_no_counter_but_in_fragments)
{
	make(addresses[0], 4);
	device.id = zero;
	check(ASSAY_PASS, "ids.constant");
	make(addresses[0], 1);
	device.id = zero;
	device.no_df = true;
	check(ASSAY_PASS, "ids.constant");
	make(addresses[1], 4);
	device.id = zero;
	check(ASSAY_FAIL, "ids.fragments_constant");
}
END_TEST

START_TEST(one_kind_of_answer_is_enough)
{
	make(addresses[0], 4);
	device.mute_tcp = true;
	check(ASSAY_PASS, "ids.each_its_own");
	make(addresses[0], 4);
	device.mute_echo = true;
	device.id = global;
	check(ASSAY_FAIL, "ids.global");
}
END_TEST

START_TEST(without_fragments_it_is_inconclusive)
{
	make(addresses[1], 4);
	device.ignores_too_big = true;
	check(ASSAY_INCONC, "ids.few");
}
END_TEST

START_TEST(silence_is_inconclusive)
{
	make(addresses[_i], 4);
	device.mute_tcp = true;
	device.mute_echo = true;
	check(ASSAY_INCONC, "ids.few");
}
END_TEST

START_TEST(a_device_that_dies_is_inconclusive)
{
	make(addresses[_i], 4);
	device.dies_after = 20;
	check(ASSAY_INCONC, _i == 0 ? "ids.few" : "ids.control_bad");
}
END_TEST

START_TEST(a_counter_of_all_fails_although_the_device_died)
{
	make(addresses[_i], 4);
	device.dies_after = 50;
	device.id = global;
	check(ASSAY_FAIL, "ids.global");
}
END_TEST

START_TEST(a_cancelled_job_passes_nothing)
{
	make(addresses[0], 4);
	ck_assert_int_eq(fake_job_start(job), 0);
	fake_job_advance(job, 5000000);
	fake_job_cancel(job);
	ck_assert(fake_job_is_finished(job));
	fake_job_judge(job);
	ck_assert_str_eq(fake_job_verdict(job, 0)->reason, "ids.not_asked");
	ck_assert_int_eq(fake_job_verdict(job, 0)->value, ASSAY_INCONC);
	fake_job_free(job);
}
END_TEST

START_TEST(one_address_of_each_family_is_asked)
{
	make(addresses[0], 4);
	fake_job_add_target_text(job, "fd77::10");
	fake_job_add_target_text(job, "fd77::11");
	ck_assert(fake_job_all(job, 1000 * SECOND));
	ck_assert_uint_eq(fake_job_verdict_count(job), 2);
	fake_job_free(job);
}
END_TEST

int
main(void)
{
	const int n = sizeof(stacks) / sizeof(stacks[0]);
	Suite *s = suite_create("net_ip_ids");
	TCase *c = tcase_create("net_ip_ids");
	SRunner *r;
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_loop_test(c, each_stack_gets_its_verdict, 0, n);
	tcase_add_test(c, zero_is_no_counter_but_in_fragments);
	tcase_add_test(c, one_kind_of_answer_is_enough);
	tcase_add_test(c, without_fragments_it_is_inconclusive);
	tcase_add_loop_test(c, silence_is_inconclusive, 0, 2);
	tcase_add_loop_test(c, a_device_that_dies_is_inconclusive, 0, 2);
	tcase_add_loop_test(
	    c, a_counter_of_all_fails_although_the_device_died, 0, 2);
	tcase_add_test(c, a_cancelled_job_passes_nothing);
	tcase_add_test(c, one_address_of_each_family_is_asked);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
