/*
 * compare: what the comparison of samples is sealed as, and counts for.
 */
#ifndef ASSAY_CLIENT_COMPARE_H
#define ASSAY_CLIENT_COMPARE_H

#include <stddef.h>

#include <jansson.h>

#include "catalogue/coverage.h"
#include "client/client.h"

/* Of an attestation that is a comparison. */
#define COMPARE_CHECK "LIF-11"
#define COMPARE_REQUIREMENT "CHECK:" COMPARE_CHECK
/* A default password that two units share is a common one, too, whatever else
 * that check asks for. */
#define COMPARE_PASSWORD_CHECK "LIF-01"
#define COMPARE_PASSWORDS "secret.password"
#define COMPARE_CHECKS 2

/* The comparison that a run is, among its records; NULL: it is none. */
const json_t *compare_of_run(const json_t *records);
/* It, with its document as it was sealed, judged again; told to a person, or as
 * JSON {run, outcome "agrees" or "differs", rows, items, runs: the numbers of
 * those that the items are of}.  The exit status.  That the items are those of
 * their records is not looked at: the bench does (compare --again). */
int compare_recheck(
    struct client *c, const json_t *record, const char *text, size_t size);

/* The newest comparison among these records, the oldest first; NULL. */
const json_t *compare_newest(const json_t *attestations);
/* What it says of its checks: of the product, so on each sample in each state
 * (none: operating).  said has room for COMPARE_CHECKS times so many; it points
 * into these and into the record.  Returns how many. */
struct compare_over {
	const char *const *samples, *const *states;
	size_t nsamples, nstates;
};
size_t compare_said(const json_t *newest, const struct compare_over *over,
    struct coverage_said *said);

#endif
