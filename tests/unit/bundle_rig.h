/*
 * bundle_rig: a bundle made of a real recording, real slices and real keys.
 */
#ifndef ASSAY_BUNDLE_RIG_H
#define ASSAY_BUNDLE_RIG_H

#include <jansson.h>

#include "bundles/verify.h"
#include "captures/slice.h"
#include "signing/sign_key.h"
#include "tests/unit/capture_ground.h"

#define BUNDLE_RIG_RUN 10
#define BUNDLE_RIG_FAIL 13   /* verdicts' seqs: four single frames */
#define BUNDLE_RIG_PASS 14   /* a range of some hundred */
#define BUNDLE_RIG_INCONC 15 /* nothing to show */
#define BUNDLE_RIG_MANIFEST 16

struct bundle_rig {
	struct ground home;
	char path[96];    /* the bundle, a directory */
	int dir;          /* … open */
	json_t *records;  /* [fields], without seq, prev, head, signer */
	json_t *captures; /* the manifest's list */
	int64_t when;     /* s since 1970, of the records: now */
	struct sign_key *bench, *lab;
	char *lab_pem, *bench_pem;
	char lab_file[96], bench_file[96]; /* certificate, public key */
};

/* Sealed, signed by the bench, with its certificate; captures/ too. */
void bundle_rig_begin(struct bundle_rig *r);
void bundle_rig_end(struct bundle_rig *r);

/* Writes records.jsonl, signatures.jsonl and keys.jsonl anew: `names` goes
 * into the manifest, `signs` signs. */
void bundle_rig_seal(struct bundle_rig *r, const struct sign_key *names,
    const struct sign_key *signs, const char *certificate);

/* A whole file of the bundle, replaced or removed (data NULL). */
void bundle_rig_put(
    struct bundle_rig *r, const char *name, const void *data, size_t size);
/* … read; caller frees. */
char *bundle_rig_get(struct bundle_rig *r, const char *name, size_t *size);

/* What verification says; trust: a file, or NULL. */
enum bundle_outcome bundle_rig_outcome(struct bundle_rig *r, const char *trust);
/* … and whether a finding's text or place has this in it. */
bool bundle_rig_says(struct bundle_rig *r, const char *trust, const char *text);

#endif
