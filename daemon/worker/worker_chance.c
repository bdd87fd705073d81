/*
 * worker_chance: how many silences are enough, and dice that a device cannot
 * foresee.
 */
#include "daemon/worker/worker_chance.h"

#define ENOUGH 1e-6

double
worker_chance_loss(uint64_t lost, uint64_t checks)
{
	return (double)(lost + 1) / (double)(checks + 2);
}

uint32_t
worker_chance_tries(double loss)
{
	double chance = loss;
	uint32_t n = 1;

	while (n <= WORKER_CHANCE_TRIES_MOST &&
	    (n < WORKER_CHANCE_TRIES_LEAST || chance > ENOUGH)) {
		chance *= loss;
		n++;
	}
	return n;
}

/* Marsaglia, Xorshift RNGs (2003); the upper half is the better one. */
uint32_t
worker_chance_roll(uint64_t *dice, uint32_t n)
{
	*dice ^= *dice << 13;
	*dice ^= *dice >> 7;
	*dice ^= *dice << 17;
	return (uint32_t)((*dice >> 32) * n >> 32);
}

void
worker_chance_shuffle(uint64_t *dice, uint32_t *list, uint32_t n)
{
	uint32_t i, k, v;

	for (i = n; i > 1; i--) {
		k = worker_chance_roll(dice, i);
		v = list[i - 1];
		list[i - 1] = list[k];
		list[k] = v;
	}
}
