/*
 * worker_margin: a measured value against a limit, for probes and for who tests
 * them.
 *
 * Pure, and the only thing in this file: a unit test of a probe links it
 * without the rest of the worker.
 */
#include "probes/probe.h"

enum assay_compared
assay_compare(uint64_t value, uint64_t bound, uint64_t limit)
{
	if (value < limit && limit - value > bound)
		return ASSAY_BELOW;
	if (value > limit && value - limit > bound)
		return ASSAY_ABOVE;
	return ASSAY_WITHIN;
}
