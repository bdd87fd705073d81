/*
 * attest_release: a statement on a report, held against those before it.
 */
#ifndef ASSAY_ATTEST_RELEASE_H
#define ASSAY_ATTEST_RELEASE_H

#include "daemon/engine/attest.h"

/* It is about a report: the rules of records/release.h are for it. */
bool attest_is_release(const char *requirement);

/* why NULL: it may be sealed; else why not (refused), or that the store does
 * not answer. */
typedef void attest_on_release(void *arg, const char *why, bool refused);
/* g must stay till then. */
void attest_ask_release(struct engine *en, const struct attest_given *g,
    attest_on_release *on_release, void *arg);

#endif
