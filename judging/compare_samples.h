/*
 * compare_samples: two units of one product: what must be each one's own, and
 * is the same.
 *
 * Pure, over what sealed records say was seen of each.  Nothing is called
 * different that was not seen on both, and no comparison of packets alone shows
 * that all secrets differ: so what comes out of it is a fail or open, never a
 * pass.  EN 18031 CCK-3, EN 303 645 5.1-1 and 5.4-2.
 *
 * An item, as a record has it:
 * {run, seq and sha256 (of the record), id (of the observation; 0: the job's
 * target), field, value (a text), source (where the device says so), subject,
 * frames (how they are selected)}
 */
#ifndef ASSAY_COMPARE_SAMPLES_H
#define ASSAY_COMPARE_SAMPLES_H

#include <stdbool.h>

#include <jansson.h>

/* Items of a record that count; [] for most.  sha256: of its bytes. */
json_t *compare_samples_items(const json_t *record, const char *sha256);

/* What of two samples' items is the same: [{check, good, detail}], good: true
 * (both were seen to have their own), false (shared), null (not known).  detail
 * is a code of the messages, "samples.…", and, behind a space, its {what}.
 * a, b: {serial, items}.  Caller decrefs. */
json_t *compare_samples(const json_t *a, const json_t *b);
/* These rows and no others were sealed as {check: {good, detail}}. */
bool compare_samples_are(const json_t *rows, const json_t *checks);
/* One of the rows is shared. */
bool compare_samples_failed(const json_t *rows);

#endif
