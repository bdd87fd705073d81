/*
 * compare: what the comparison of samples is sealed as, and counts for.
 */
#ifndef ASSAY_CLIENT_COMPARE_H
#define ASSAY_CLIENT_COMPARE_H

#include <stddef.h>

#include <jansson.h>

#include "catalogue/coverage.h"

/* Of an attestation that is a comparison. */
#define COMPARE_CHECK "LIF-11"
#define COMPARE_REQUIREMENT "CHECK:" COMPARE_CHECK

/* The newest comparison among these records, the oldest first; NULL. */
const json_t *compare_newest(const json_t *attestations);
/* What it says of its check: of the product, so on each sample in each state
 * (none: operating).  said has room for so many; it points into these and into
 * the record.  Returns how many. */
struct compare_over {
	const char *const *samples, *const *states;
	size_t nsamples, nstates;
};
size_t compare_said(const json_t *newest, const struct compare_over *over,
    struct coverage_said *said);

#endif
