/*
 * attest: what the commands on documents share, and coverage takes of them.
 */
#ifndef ASSAY_CLIENT_ATTEST_H
#define ASSAY_CLIENT_ATTEST_H

#include <stddef.h>

#include <jansson.h>

#include "catalogue/coverage.h"
#include "client/client.h"

/* The products that were seen on a device in the newest disclosure of its
 * services, names without versions: an array of texts, each once.  *list NULL:
 * nobody has looked.  0, or the exit status after saying why not. */
int attest_seen(struct client *c, const char *device, json_t **list);

/* What reviewers concluded, for coverage: of each requirement the newest
 * conclusion; a gate of which a part is missing is insufficient.  list:
 * records, the oldest first; what is returned points into it.  Caller frees. */
struct coverage_reviewed *attest_reviewed(
    const struct catalogue *catalogue, const json_t *list, size_t *n);

#endif
