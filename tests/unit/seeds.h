/* seeds.h: how many seeds a test over seeds tries. */
#ifndef ASSAY_TESTS_UNIT_SEEDS_H
#define ASSAY_TESTS_UNIT_SEEDS_H

/*
 * All of them, but with sanitizers a few: what those look for is the same in
 * every seed, and what the seeds look for was looked for without them.
 */
#ifdef ASSAY_SANITIZED
#define SEEDS(n) (((n) + 4) / 5)
#else
#define SEEDS(n) (n)
#endif

#endif
