/*
 * verify: what a bundle is worth to somebody who was not there.
 *
 * Everything is recomputed from bytes: the chain of records, the signature over
 * its end, the frames that each verdict cites, the documents.  Whose key signed
 * is decided by `trust`, which comes from elsewhere: a bundle that was written
 * anew with a key and a certificate of its own is intact, and its signer is
 * unknown.
 */
#ifndef ASSAY_VERIFY_H
#define ASSAY_VERIFY_H

#include <stdint.h>

#include <jansson.h>

#include "base/err.h"
#include "bundles/bundle.h"
#include "signing/certificate.h"

/* From the best on; a bundle is the worst of what was found in it. */
enum bundle_outcome {
	BUNDLE_TRUSTED,  /* intact, and its signer is vouched for */
	BUNDLE_UNKNOWN,  /* intact, but nobody we trust vouches for its key */
	BUNDLE_PRUNED,   /* intact but for captures that no verdict cites,
			    each with its tombstone */
	BUNDLE_UNSEALED, /* no manifest, or none that is signed */
	BUNDLE_BROKEN,   /* something is not as it was sealed */
};

/* "trusted", "unknown_signer", "pruned", "unsealed", "broken" */
const char *bundle_outcome_name(enum bundle_outcome outcome);
/* A sentence of it, for people. */
const char *bundle_outcome_text(enum bundle_outcome outcome);
/* Exit status: 0 trusted, 1 broken, 2 the others. */
int bundle_outcome_exit(enum bundle_outcome outcome);

struct bundle_trust {
	const struct certificate_trust *anchors; /* NULL: none given */
	/* Is this RFC 3161 response about this SHA-256?  0 with *said (caller
	 * frees); 1 with *e: it is, but of an authority that is not trusted;
	 * -1 with *e: it is not.  NULL: that there is one is all that is
	 * said. */
	int (*check_timestamp)(void *arg, const uint8_t digest[SHA256_SIZE],
	    const void *response, size_t size, char **said, struct err *e);
	void *arg;
};

struct bundle_report {
	enum bundle_outcome outcome;
	uint64_t run;
	char *bench;                    /* NULL: not known */
	char manifest[SHA256_HEX_SIZE]; /* its SHA-256; "": none */
	char signer[SHA256_HEX_SIZE];   /* key id; "": none */
	char *by; /* who vouches for the signer; NULL: nobody */
	size_t records, verdicts, frames; /* checked */
	/* [{"what","where","text","outcome"}]; outcome null: a remark */
	json_t *findings;
};

void bundle_verify(struct bundle *b, const struct bundle_trust *trust,
    struct bundle_report *report);
void bundle_report_clear(struct bundle_report *r);
/* {outcome, run, bench, manifest, signer, by, findings, …}; caller decrefs. */
json_t *bundle_report_json(const struct bundle_report *r);

#endif
