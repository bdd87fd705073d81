/*
 * junit_changes: what a run says otherwise than the one before, as JUnit XML,
 * so that a build that was red for known reasons is green until there is
 * something new.
 *
 * A case for each finding that is a change: failed only for a new failure that
 * nobody waives, an error for the bench's, passed for what is mended; what is
 * known less of than before, or was asked otherwise, is skipped with its
 * reason.  What still fails is no case, nor is what is as it was.  One case
 * more is the run itself, so that there is one at all.
 */
#ifndef ASSAY_JUNIT_CHANGES_H
#define ASSAY_JUNIT_CHANGES_H

#include "catalogue/changes.h"
#include "reports/export.h"

struct junit_changes_of {
	const char *bench, *device;
	uint64_t run, baseline;
	const char *firmware, *firmware_before; /* declared; "" */
	int64_t created;                        /* ns since 1970 */
};

/* Caller frees. */
char *junit_changes(const struct changes *c, const struct junit_changes_of *of,
    const struct export_style *style);

#endif
