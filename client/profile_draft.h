/*
 * profile_draft: a profile of what was seen of a device, for somebody to check.
 *
 * What was found open is not what its maker meant to be open: each drafted list
 * says so.  Pure: it reads sealed records.
 */
#ifndef ASSAY_CLIENT_PROFILE_DRAFT_H
#define ASSAY_CLIENT_PROFILE_DRAFT_H

#include <jansson.h>

#include "base/err.h"
#include "scenarios/profile.h"

struct profile_draft;

struct profile_draft *profile_draft_new(void);
void profile_draft_free(struct profile_draft *d);
/* A record of a run, in the run's order: others than a job's beginning and what
 * it observed are passed over. */
void profile_draft_look(struct profile_draft *d, const json_t *record);
/* The text (caller frees), of what was seen and what p says of the product;
 * NULL with *e set when our loader does not take it. */
char *profile_draft_make(
    const struct profile_draft *d, const struct profile *p, struct err *e);

#endif
