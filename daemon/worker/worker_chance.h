/*
 * worker_chance: how many silences are enough, and dice that a device cannot
 * foresee.  Pure.
 */
#ifndef ASSAY_WORKER_CHANCE_H
#define ASSAY_WORKER_CHANCE_H

#include <stdint.h>

#define WORKER_CHANCE_TRIES_LEAST 2
#define WORKER_CHANCE_TRIES_MOST \
	14 /* with more needed, silence tells nothing */

/* The loss that lost of checks speak for: Laplace's rule of succession, by
 * which few checks show little. */
double worker_chance_loss(uint64_t lost, uint64_t checks);
/* Unanswered askings after which an answer would have come through: loss to
 * that power is below one in a million.  TRIES_MOST + 1: too many. */
uint32_t worker_chance_tries(double loss);
/* Below n.  *dice: not 0, kept between calls. */
uint32_t worker_chance_roll(uint64_t *dice, uint32_t n);
void worker_chance_shuffle(uint64_t *dice, uint32_t *list, uint32_t n);

#endif
