/*
 * verify_parts: what the files of the verification share.
 *
 * Each part adds its findings; none of them ever makes the outcome better.
 */
#ifndef ASSAY_VERIFY_PARTS_H
#define ASSAY_VERIFY_PARTS_H

#include <stdbool.h>

#include "bundles/verify.h"
#include "records/record_chain.h"

struct verify_keys; /* verify_keys.c */

struct verify {
	struct bundle *bundle;
	const struct bundle_trust *trust;
	struct bundle_report *report;
	struct record_chain chain;
	json_t *run, *manifest; /* records; NULL: not there */
	json_t *jobs;           /* {seq as text: record} */
	json_t *cited;          /* {capture file: [evidence entries]} */
	json_t *documents;      /* {SHA-256: true} named by records */
	json_t *known;          /* {file of the bundle: true} accounted for */
	struct verify_keys *keys;
	bool is_vouched;   /* for the signer */
	bool has_captures; /* says the label: each that is missing is missed */
};

/* outcome BUNDLE_TRUSTED: a remark, which takes nothing away. */
void verify_find(struct verify *v, enum bundle_outcome outcome,
    const char *what, const char *where, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* The same of an error's text. */
void verify_find_err(struct verify *v, enum bundle_outcome outcome,
    const char *what, const char *where, const struct err *e);
bool verify_is_broken(const struct verify *v);
void verify_account(struct verify *v, const char *file);
bool verify_has(struct verify *v, const char *file);

/* The manifest's signature, and who vouches for its key. */
void verify_signature(struct verify *v);
struct verify_keys *verify_keys_new(void);
void verify_keys_free(struct verify_keys *k);
/* A key that is the signer's or handed on from or to it, or vouched for; or
 * NULL. */
const struct sign_key *verify_key_of_bench(
    const struct verify *v, const char *id);

/* One verdict record: its evidence, its slice. */
void verify_verdict(struct verify *v, const json_t *record);
/* Raw captures, tombstones. */
void verify_captures(struct verify *v);
/* Profile and scenario; the time stamps; files that nothing accounts for. */
void verify_documents(struct verify *v);
void verify_timestamps(struct verify *v);
void verify_strays(struct verify *v);

/* A text of an object, or ""; never NULL. */
const char *verify_text(const json_t *o, const char *key);

#endif
