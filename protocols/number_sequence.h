/*
 * number_sequence: can the next number be guessed from the ones before?
 *
 * For numbers that a stack gives out so that nobody off the path can know them:
 * initial sequence numbers (RFC 6528, RFC 9293 section 3.4.1), ephemeral ports
 * (RFC 6056), DNS ids (RFC 5452 section 9), IP identifications (RFC 7739).
 * Pure; integers alone, so that a record is judged the same anywhere.
 *
 * What is looked for leaves numbers that somebody can guess; nobody can show
 * that a sequence is random.  A truncated linear generator, or a weak seed,
 * is not seen.
 *
 * Error probabilities, for n independent uniform numbers of 32 bits (n = 2,048
 * gives pairs = 2.1 million; one pair is equal by chance 1 in 2^32):
 *   repeats, same_steps of at least NUMBER_PAIRS_MIN  1.7e-11
 *   narrow below 2^28 (half of all in 1/16 of the circle)  e^-1485
 *   linear over NUMBER_LINEAR_MIN triples  2^-32 each: nil
 * and of 16 bits (share of steps within +-16 at least 3/4, 12 or more steps):
 *   each by chance 32/28,232 even in Linux's range: below 1e-24
 */
#ifndef ASSAY_NUMBER_SEQUENCE_H
#define ASSAY_NUMBER_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NUMBER_SAMPLES_MAX 8192
#define NUMBER_MIN 100 /* fewer are not judged by number_kind_of() */
#define NUMBER_PAIRS_MIN 3
#define NUMBER_LINEAR_MIN 16
/* Guesses for even odds, in 1/1000 bit: below the first an attacker needs at
 * most a million, a second or two of traffic; from the second on it is as hard
 * as chance, but for 4 bits. */
#define NUMBER_GUESSED_MBIT 20000
#define NUMBER_HARD_MBIT 28000

struct number_sample {
	uint64_t at_ns;
	uint32_t value;
};

struct number_stats {
	uint32_t samples, distinct;
	uint64_t repeats;       /* pairs of equal values */
	uint64_t same_steps;    /* pairs of equal first differences */
	uint32_t step;          /* the most common first difference */
	uint32_t step_permille; /* its share */
	/* The narrowest interval that holds half of the first differences, as
	 * log2 in 1/1000; and the same once the best clock is taken off. */
	uint32_t narrow_mbit, clock_mbit;
	uint64_t clock_hz; /* that clock */
	bool linear;       /* x' = a*x + c mod 2^32, a and c the same always */
};

/* In the order they were given out; n at most NUMBER_SAMPLES_MAX, the rest is
 * not looked at. */
void number_stats_of(
    struct number_stats *s, const struct number_sample *v, size_t n);

enum number_kind {
	NUMBER_TOO_FEW,
	NUMBER_CONSTANT,
	NUMBER_CONSTANT_STEP, /* most steps are the same */
	NUMBER_REPEATS,
	NUMBER_CLOCK,     /* time tells it */
	NUMBER_NARROW,    /* steps within a narrow range */
	NUMBER_FEW_STEPS, /* the same steps again and again */
	NUMBER_LINEAR,    /* a linear generator */
	NUMBER_WEAK,      /* neither guessed nor hard to guess */
	NUMBER_HARD,
};
enum number_kind number_kind_of(const struct number_stats *s);

/* How many of the first differences (modulo 2^bits, 16 or 32) are forwards by
 * 1 to max, or backwards by as much: of each step from values[i - 1] to
 * values[i] with use[i] true (NULL: all).  Returns how many steps were looked
 * at in *steps. */
size_t number_small_steps(const uint32_t *values, const bool *use, size_t n,
    unsigned bits, uint32_t max, size_t *steps);

/* The narrowest interval that holds half of the values, as log2 in 1/1000. */
uint32_t number_narrow_mbit(const uint32_t *values, size_t n);

#endif
