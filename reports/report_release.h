/*
 * report_release: who reviewed and authorised a report, and what it replaces,
 * as sealed statements say.
 *
 * What counts is the rule of records/release.h, applied to what the report says
 * now: one that says anything else is a draft again, whatever was said of it
 * before, and whoever can read the records finds the same.
 */
#ifndef ASSAY_REPORT_RELEASE_H
#define ASSAY_REPORT_RELEASE_H

#include <jansson.h>

#include "base/hex.h"
#include "records/release.h"

#define REPORT_NUMBER_MAX 60 /* bytes */

/* SHA-256 over what the report says: its subject, each verdict, each result,
 * deviations, the catalogue, and the lab's own words; not when, in which
 * language, or by which version it was written. */
void report_release_digest(const json_t *report, char out[SHA256_HEX_SIZE]);

/* The report's member "release":
 * {number, digest, status: "draft", "reviewed" or "authorised", reviewed and
 * authorised: {by, time, run} or null, outdated: it was signed off as it was
 * before, amends: {number, reason, by, time, run} or null, amended_by: number
 * or null}; null when number is "".  attestations: records, the oldest first.
 */
void report_release_set(
    json_t *report, const json_t *attestations, const char *number);

#endif
