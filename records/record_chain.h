/*
 * record_chain: are the records of a run all there, unchanged, in order?
 *
 * Each record names the SHA-256 of the one before it in its run; the manifest
 * ends the run and says its head (the record before the manifest) and how many
 * records stand before the manifest.  This recomputes all of it from bytes
 * alone, so that it trusts no stored hash.  A chain shows that nothing was
 * changed within it; that nobody wrote it anew, a signature shows.
 */
#ifndef ASSAY_RECORD_CHAIN_H
#define ASSAY_RECORD_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "records/record_head.h"

struct record_chain {
	uint64_t run;   /* 0: of whichever run the first record is */
	uint64_t last;  /* seq of the newest good record; 0: none yet */
	uint64_t count; /* good records so far, the manifest included */
	char sha256[SHA256_HEX_SIZE]; /* of the newest good record */
	bool ended;                   /* the manifest was seen */
};

enum record_chain_state {
	RECORD_CHAIN_SEALED, /* whole, with its manifest */
	RECORD_CHAIN_OPEN,   /* whole so far, no manifest */
	RECORD_CHAIN_BROKEN,
};

/* One record as it lies in a store or a bundle. */
struct record_row {
	uint64_t seq;
	const char *bytes; /* borrowed */
	size_t size;
	const char *sha256; /* as stored beside it; NULL: not stored */
};

void record_chain_start(struct record_chain *c, uint64_t run);

/* Does a record with this head continue the chain?  0, or -1 with *e; c is
 * unchanged either way. */
int record_chain_check(
    const struct record_chain *c, const struct record_head *h, struct err *e);
/* It does: c moves on.  sha256: of its bytes. */
void record_chain_extend(
    struct record_chain *c, const struct record_head *h, const char *sha256);

/* The next record from its bytes: decoded, hashed, checked, extended.  -1
 * with *e: the chain breaks at this row, and c stays where it was. */
int record_chain_add(
    struct record_chain *c, const struct record_row *row, struct err *e);

/* A whole run.  BROKEN: *broken is the seq of the first bad row (or 0 when
 * there is none at all) and *e says why. */
enum record_chain_state record_chain_verify(const struct record_row *rows,
    size_t n, uint64_t run, uint64_t *broken, struct err *e);

#endif
