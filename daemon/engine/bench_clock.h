/*
 * bench_clock: what the kernel says of the clock that stamps everything.
 */
#ifndef ASSAY_BENCH_CLOCK_H
#define ASSAY_BENCH_CLOCK_H

#include <jansson.h>

/* {source: "synchronised" or "unsynchronised", offset_ns, bound_ns (the
 * kernel's maximum error), estimate_ns}; offset and bounds are null when nobody
 * keeps the clock in step, for then nobody knows them. */
json_t *bench_clock(void);

#endif
