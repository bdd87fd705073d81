/*
 * coverage_changes: what another catalogue makes of the same verdicts.
 *
 * Nothing is tested anew: a requirement's word, its k of n or what speaks to it
 * is another, or the requirement itself came or went.
 */
#ifndef ASSAY_COVERAGE_CHANGES_H
#define ASSAY_COVERAGE_CHANGES_H

#include "catalogue/coverage.h"

struct coverage_change {
	const char *requirement; /* "USCTM:IAC-01" */
	/* NULL: that catalogue has none of this name. */
	const struct coverage_requirement *before, *after;
	bool is_asked_otherwise; /* by other checks, or at other levels */
};

/* In the order of `before`, then what is new, in the order of `after`.  *n of
 * them; caller frees. */
struct coverage_change *coverage_changes(
    const struct coverage *before, const struct coverage *after, size_t *n);

#endif
