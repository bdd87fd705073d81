/*
 * store: the records, durably; asynchronous, because the engine never waits.
 *
 * This is the engine's side (store_client.c); the store process (store.c)
 * owns the database and is its only writer.  A record is durable when
 * on_durable says so, and only then may anybody be shown it.  Appends are
 * made durable in groups, in the order they were given.  Appending bytes that
 * are there already under the same seq succeeds; other bytes under an
 * existing seq are refused.
 */
#ifndef ASSAY_STORE_H
#define ASSAY_STORE_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

struct event_base;
struct store;

/* error NULL: durable.  Else a text ("database or disk is full"): the record
 * is not stored, and neither are later ones of the same run. */
typedef void store_on_durable(void *arg, uint64_t seq, const char *error);
/* One row at a time, row borrowed; then once with row NULL, and error NULL or
 * why the answer is not complete. */
typedef void store_on_row(void *arg, const json_t *row, const char *error);
/* The same with a row's JSON as the store wrote it, for whoever passes it on.
 */
typedef void store_on_text(
    void *arg, const char *row, size_t size, const char *error);

struct store *store_new(struct event_base *base);
/* A (new) socket to the store process.  What was appended and not yet durable
 * is sent again; queries under way end with an error. */
void store_attach(struct store *s, int fd);
/* The process is gone; appends wait for the next store_attach. */
void store_detach(struct store *s);
void store_free(struct store *s);

/* bytes: canonical (records/record.h); copied. */
void store_append(struct store *s, uint64_t seq, const char *bytes, size_t size,
    store_on_durable *on_durable, void *arg);
/* Appended and not yet answered. */
size_t store_pending(const struct store *s);

/* A document (profile, scenario …) by its SHA-256; storing it twice is fine.
 * At most 4 MiB; what is larger is put in parts (store_add(), a
 * "large_document").  on_durable may be NULL. */
void store_put_document(struct store *s, const char *sha256, const void *bytes,
    size_t size, store_on_durable *on_durable, void *arg);

/* Registry: rows are never changed; the newest of a name is the current one.
 * kind: "order", "product", "sample", "device", "hold", "baseline", "waiver".
 */
void store_register(struct store *s, const char *kind, const char *name,
    const json_t *value, store_on_durable *on_durable, void *arg);

/* What stands beside the records, once and for ever; the same value again is
 * fine, another under the same identity (*) is refused.  value, all fields
 * required, bytes in hex:
 *   "signature"   {seq *, key *, sig}: of the manifest with this seq
 *   "key"         {key *, public}: a bench key's id and PEM
 *   "certificate" {key, certificate}: the newest of a key counts
 *   "rotation"    {statement *, sig_old, sig_new}: signing/rotation.h
 *   "timestamp"   {seq *, token *}: RFC 3161, on the manifest with this seq
 *   "tombstone"   {statement, key, sig}: statement (canonical JSON {bench,
 *                 file *, frames, reason, sha256, size, time, type, v}) and
 *                 its signature, both or neither
 *   "large_document" {sha256 *, parts}: one of several documents that are
 *                 there, in their order, commas between their SHA-256
 *
 * And two that change and go, since they are no evidence:
 *   "checkpoint"       {key *, run, bytes}: the newest of a key replaces it
 *   "checkpoint_over"  {key}: it is there no more */
void store_add(struct store *s, const char *kind, const json_t *value,
    store_on_durable *on_durable, void *arg);

/* Queries; args is an object (may be NULL), see the table in store_query.c:
 *   "last"       {}                  one row: {seq, manifest} newest ids, the
 *                                    newest manifest's SHA-256
 *   "records"    {run?, type?, from?, to?, limit?, bytes?, newest?}  rows:
 *                 {record, seq, sha256} in seq order (newest: the last
 *                 `limit`); bytes: of rows at most, but for the first
 *   "runs"       {limit?, before?, device?, open?}  rows, newest first: {run,
 *                 time, device, scenario, outcome or null, verdicts {}}
 *   "affected"   {probe, method, limit?, before?}  the same of the runs with a
 *                 verdict of that probe and method; verdicts: only those
 *   "verdicts"   {run?, device?, limit?}  rows: {seq, sha256, record}
 *   "document"   {sha256}            row: {text}
 *   "drawn"      {device, since}    rows: {seq, sha256, record}: jobs, their
 *                 ends, and events of a device's runs since then, ns
 *   "piece"      {sha256, offset, length}  row: {size, bytes (hex)} of a
 *                document, a large one, too; fewer than length, where a
 *                part ends
 *   "attestations" {device?, order?}  rows: {seq, sha256, record}, the oldest
 *                first
 *   "registered" {kind, name?}       rows: {name, value, time}
 *   "newest"     {device?, order?}  rows: {sample, state, check, claim,
 * verdict, reason, probe, firmware, run, seq, method, step, repeat}: of each
 * check on each sample in each state, its newest run "history" {device, to,
 * runs} rows: {run, check, claim, verdict, method, firmware, state}: the
 * verdicts of that many runs up to this one, oldest first "chain"      {run}
 * rows: {seq, sha256}, in order "unstamped"  {limit?}          rows: {seq,
 * sha256, record}: manifests without a time stamp, the newest ones "added"
 * {kind, seq?, run?, key?, file?}  rows: as given to store_add with "time" (a
 * tombstone's with "file", too), the oldest first; each argument where the kind
 * has it "checkpoint" {key, since?}       row: {run, bytes (hex), time}; time:
 *                                    since then, ns
 *   "unsigned"   {}                  rows: {seq, sha256, record}: manifests
 *                 that name a signer and have no signature */
void store_query(struct store *s, const char *name, const json_t *args,
    store_on_row *on_row, void *arg);
void store_query_text(struct store *s, const char *name, const json_t *args,
    store_on_text *on_text, void *arg);

#endif
