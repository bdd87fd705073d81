/*
 * bundle: a run with all that is needed to check it, away from the bench.
 *
 * A directory, or a tar or ZIP file of it, which is unpacked to a private
 * directory while it is open.  Nothing in it is believed: names are looked up,
 * never taken from an archive to where they point; links and devices are
 * refused.
 *
 *   bundle.json             {"v":1,"bench","run","redacted","captures"}: for
 *                           people; captures: each that is not there is missed
 *   records.jsonl           canonical records, one a line, in order
 *   signatures.jsonl        {"key","purpose":"manifest","seq","sig" (hex)}
 *   keys.jsonl              {"key","public" (PEM),"certificate" (PEM or null)}
 *   rotations.jsonl         signing/rotation.h
 *   tombstones.jsonl        {"statement" (text),"key","sig" (hex)}
 *   timestamps/SEQ.tsr      RFC 3161 response over manifest SEQ's SHA-256
 *   documents/SHA256        profile, scenario, what was attested, as they were
 *   slices/RUN/VERDICT.pcapng, or when redacted slices/RUN/VERDICT.digests:
 *                           one line per evidence entry of the record, in
 *                           order: {"frames":[[number,"sha256"],…]}, number:
 *                           of the frame in the slice that was withheld
 *   captures/NAME           raw segments, when asked for
 */
#ifndef ASSAY_BUNDLE_H
#define ASSAY_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/err.h"
#include "records/record_chain.h"

#define BUNDLE_NAME_MAX 160 /* bytes of a file's name in it */
#define BUNDLE_RECORDS_MAX 1000000

struct bundle;

/* NULL with *e: not a bundle at all, or not readable.  What is merely wrong in
 * it is bundle_verify()'s to say. */
struct bundle *bundle_open(const char *path, struct err *e);
void bundle_close(struct bundle *b); /* NULL is fine */

/* A file of it, mapped until bundle_close(); 0, or -1 when it is not there or
 * no plain file.  name: as above. */
int bundle_file(struct bundle *b, const char *name, const void **data,
    size_t *size, struct err *e);
/* The names of all plain files in it, sorted, as strings; NULL with *e: there
 * is something else, too. Caller decrefs. */
json_t *bundle_names(struct bundle *b, struct err *e);
/* Unmaps a file early: what was read of it is gone. */
void bundle_forget(struct bundle *b, const char *name);
/* Its directory, for evidence_verify(); -1 with *e. Borrowed. */
int bundle_directory(struct bundle *b, const char *name, struct err *e);

/* The records as lines; row.sha256 is NULL.  Borrowed. */
size_t bundle_record_count(const struct bundle *b);
const struct record_row *bundle_record(const struct bundle *b, size_t index);
/* One decoded, or NULL with *e; caller decrefs. */
json_t *bundle_record_json(const struct bundle *b, size_t index, struct err *e);
/* The objects of a .jsonl file; absent: an empty array. NULL with *e: it
 * cannot be read. Caller decrefs. */
json_t *bundle_lines(struct bundle *b, const char *name, struct err *e);

#endif
