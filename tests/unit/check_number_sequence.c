/*
 * number_sequence against simulated stacks of each kind, 200 seeds of each:
 * none that can be guessed is called hard, none that is hard is called guessed.
 */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "protocols/number_sequence.h"
#include "tests/unit/seeds.h"

#define TRIED SEEDS(200)
#define N 2048

static uint64_t state;

static uint64_t
roll(void)
{
	uint64_t z = (state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* A stack: the number it gives out at a time, for the i-th connection. */
typedef uint32_t stack(uint64_t at_ns, size_t i);

static uint32_t last, base;

static uint32_t
hash(size_t i)
{
	uint64_t h = (base + i) * UINT64_C(0xff51afd7ed558ccd);

	return (uint32_t)((h ^ h >> 29) * UINT64_C(0xc4ceb9fe1a85ec53) >> 32);
}

static uint32_t
by_chance(uint64_t at_ns, size_t i)
{
	(void)at_ns;
	(void)i;
	return (uint32_t)roll();
}

/* RFC 6528: M + F(tuple), each connection another tuple; Linux's clock. */
static uint32_t
rfc6528(uint64_t at_ns, size_t i)
{
	return (uint32_t)(at_ns >> 6) + hash(i);
}

static uint32_t
rfc6528_4us(uint64_t at_ns, size_t i)
{
	return (uint32_t)(at_ns / 4000) + hash(i);
}

static uint32_t
constant(uint64_t at_ns, size_t i)
{
	(void)at_ns;
	(void)i;
	return base;
}

static uint32_t
steps_of_64000(uint64_t at_ns, size_t i)
{
	(void)at_ns;
	(void)i;
	return last += 64000;
}

/* 4.2BSD: 128,000 a second in steps of half a second, 64,000 a connection. */
static uint32_t
bsd(uint64_t at_ns, size_t i)
{
	return base + (uint32_t)(at_ns / 500000000 * 64000 + i * 64000);
}

static uint32_t
clock_250khz(uint64_t at_ns, size_t i)
{
	(void)i;
	return base + (uint32_t)(at_ns / 4000);
}

static uint32_t
clock_1ghz(uint64_t at_ns, size_t i)
{
	(void)i;
	return base + (uint32_t)at_ns;
}

static uint32_t
lwip(uint64_t at_ns, size_t i)
{
	(void)i;
	return last += (uint32_t)(at_ns / 500000000);
}

/* Some 32,000 more each time, by chance. */
static uint32_t
random_increments(uint64_t at_ns, size_t i)
{
	(void)at_ns;
	(void)i;
	return last += 1 + (uint32_t)(roll() & 0xffff);
}

static uint32_t
sixteen_bits(uint64_t at_ns, size_t i)
{
	(void)at_ns;
	(void)i;
	return (uint32_t)(roll() & 0xffff) << 16;
}

/* The steps of a table of 64. */
static uint32_t
table_of_steps(uint64_t at_ns, size_t i)
{
	(void)at_ns;
	(void)i;
	return last += hash(roll() % 64);
}

static uint32_t
lcg(uint64_t at_ns, size_t i)
{
	(void)at_ns;
	(void)i;
	return last = last * 1103515245 + 12345;
}

static uint32_t
twenty_four_bits(uint64_t at_ns, size_t i)
{
	return (uint32_t)(at_ns / 4000) + (hash(i) >> 8);
}

/* lose: of a hundred answers. */
static enum number_kind
kind_of(stack *give, uint64_t seed, size_t n, unsigned lose)
{
	static struct number_sample v[NUMBER_SAMPLES_MAX];
	struct number_stats stats;
	uint64_t at_ns;
	size_t i, taken = 0;
	uint32_t value;

	state = seed;
	base = (uint32_t)roll();
	last = base;
	at_ns = roll() % UINT64_C(1000000000000) + 10000000000;
	for (i = 0; taken < n; i++) {
		at_ns += 300000 + roll() % 1400000;
		value = give(at_ns, i);
		if (roll() % 100 < lose)
			continue;
		/* What the wire adds to the time. */
		v[taken++] =
		    (struct number_sample){ at_ns + roll() % 100000, value };
	}
	number_stats_of(&stats, v, n);
	return number_kind_of(&stats);
}

static const struct {
	stack *give;
	enum number_kind kind;
	enum number_kind or_kind;
} kinds[] = {
	{ by_chance, NUMBER_HARD, NUMBER_HARD },
	{ rfc6528, NUMBER_HARD, NUMBER_HARD },
	{ rfc6528_4us, NUMBER_HARD, NUMBER_HARD },
	{ constant, NUMBER_CONSTANT, NUMBER_CONSTANT },
	{ steps_of_64000, NUMBER_CONSTANT_STEP, NUMBER_CONSTANT_STEP },
	{ bsd, NUMBER_CONSTANT_STEP, NUMBER_CONSTANT_STEP },
	{ clock_250khz, NUMBER_CLOCK, NUMBER_NARROW },
	{ clock_1ghz, NUMBER_CLOCK, NUMBER_CLOCK },
	{ lwip, NUMBER_NARROW, NUMBER_CONSTANT_STEP },
	{ random_increments, NUMBER_NARROW, NUMBER_NARROW },
	{ sixteen_bits, NUMBER_REPEATS, NUMBER_REPEATS },
	{ table_of_steps, NUMBER_FEW_STEPS, NUMBER_REPEATS },
	{ lcg, NUMBER_LINEAR, NUMBER_LINEAR },
	{ twenty_four_bits, NUMBER_WEAK, NUMBER_WEAK },
};

START_TEST(each_stack_is_told_by_its_kind)
{
	enum number_kind got;
	uint64_t seed;

	for (seed = 0; seed < TRIED; seed++) {
		got = kind_of(kinds[_i].give, seed, N, 0);
		ck_assert_msg(got == kinds[_i].kind || got == kinds[_i].or_kind,
		    "stack %d, seed %d: kind %d", _i, (int)seed, (int)got);
	}
}
END_TEST

START_TEST(lost_answers_change_no_judgement)
{
	enum number_kind got;
	uint64_t seed;
	bool hard = kinds[_i].kind == NUMBER_HARD;

	for (seed = 0; seed < TRIED / 4; seed++) {
		got = kind_of(kinds[_i].give, seed, N, 10);
		ck_assert_msg(hard == (got == NUMBER_HARD) &&
			(kinds[_i].kind == NUMBER_WEAK) == (got == NUMBER_WEAK),
		    "stack %d, seed %d: kind %d", _i, (int)seed, (int)got);
	}
}
END_TEST

START_TEST(few_numbers_are_not_judged)
{
	ck_assert_int_eq(
	    kind_of(constant, 1, NUMBER_MIN - 1, 0), NUMBER_TOO_FEW);
	ck_assert_int_eq(kind_of(constant, 1, NUMBER_MIN, 0), NUMBER_CONSTANT);
	ck_assert_int_eq(kind_of(constant, 1, 0, 0), NUMBER_TOO_FEW);
	ck_assert_int_eq(kind_of(by_chance, 1, 1, 0), NUMBER_TOO_FEW);
}
END_TEST

START_TEST(statistics_are_those_of_the_numbers)
{
	static const uint32_t values[] = { 5, 15, 25, 5, 35 };
	struct number_sample v[5];
	struct number_stats s;
	size_t i;

	for (i = 0; i < 5; i++)
		v[i] = (struct number_sample){ i * 1000000000, values[i] };
	number_stats_of(&s, v, 5);
	ck_assert_uint_eq(s.samples, 5);
	ck_assert_uint_eq(s.distinct, 4);
	ck_assert_uint_eq(s.repeats, 1);
	ck_assert_uint_eq(s.step, 10);
	ck_assert_uint_eq(s.step_permille, 500);
	ck_assert_uint_eq(s.same_steps, 1);
	ck_assert_uint_eq(s.narrow_mbit, 0); /* two of four are 10 */
	ck_assert_uint_eq(s.clock_hz, 30);
}
END_TEST

START_TEST(more_than_fit_are_cut_off)
{
	static struct number_sample v[NUMBER_SAMPLES_MAX + 10];
	struct number_stats s;

	number_stats_of(&s, v, NUMBER_SAMPLES_MAX + 10);
	ck_assert_uint_eq(s.samples, NUMBER_SAMPLES_MAX);
}
END_TEST

START_TEST(small_steps_are_counted_both_ways)
{
	static const uint32_t up[] = { 65534, 65535, 0, 1, 40000 };
	static const uint32_t down[] = { 3, 2, 1, 0, 65535 };
	static const bool use[] = { true, true, false, true, true };
	size_t steps;

	ck_assert_uint_eq(number_small_steps(up, NULL, 5, 16, 16, &steps), 3);
	ck_assert_uint_eq(steps, 4);
	ck_assert_uint_eq(number_small_steps(down, NULL, 5, 16, 16, &steps), 4);
	ck_assert_uint_eq(number_small_steps(down, NULL, 5, 32, 16, &steps), 3);
	ck_assert_uint_eq(number_small_steps(up, use, 5, 16, 16, &steps), 2);
	ck_assert_uint_eq(steps, 3);
	ck_assert_uint_eq(number_small_steps(up, NULL, 0, 16, 16, &steps), 0);
	ck_assert_uint_eq(steps, 0);
}
END_TEST

START_TEST(a_narrow_range_is_told)
{
	uint32_t v[64];
	size_t i;

	state = 1;
	for (i = 0; i < 64; i++)
		v[i] = 1024 + (uint32_t)(roll() % 512);
	ck_assert_uint_lt(number_narrow_mbit(v, 64), 9000);
	for (i = 0; i < 64; i++)
		v[i] = 32768 + (uint32_t)(roll() % 28232);
	ck_assert_uint_gt(number_narrow_mbit(v, 64), 12500);
}
END_TEST

int
main(void)
{
	const int n = sizeof(kinds) / sizeof(kinds[0]);
	Suite *s = suite_create("number_sequence");
	TCase *c = tcase_create("number_sequence");
	SRunner *r;
	int failed;

	tcase_set_timeout(c, 60);
	tcase_add_loop_test(c, each_stack_is_told_by_its_kind, 0, n);
	tcase_add_loop_test(c, lost_answers_change_no_judgement, 0, n);
	tcase_add_test(c, few_numbers_are_not_judged);
	tcase_add_test(c, statistics_are_those_of_the_numbers);
	tcase_add_test(c, more_than_fit_are_cut_off);
	tcase_add_test(c, small_steps_are_counted_both_ways);
	tcase_add_test(c, a_narrow_range_is_told);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? 0 : 1;
}
