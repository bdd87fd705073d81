/*
 * attest_files: documents on their way in, piece by piece, since a line of the
 * control socket is shorter than they are.
 *
 * What is larger than a row of the store is cut into parts, each stored as a
 * document of its own before the next piece is asked for: so that no more than
 * a part of it is ever held.  A document is one when all of it has come and its
 * bytes are those of its hash; parts of one that never was lie in the store
 * under their own hashes, and nothing names them.
 */
#ifndef ASSAY_ATTEST_FILES_H
#define ASSAY_ATTEST_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hex.h"

#define ATTEST_FILES_MAX 4              /* at once */
#define ATTEST_PIECE_MAX (576u * 1024u) /* bytes */

struct attest_files;

struct attest_piece {
	const char *sha256;
	uint64_t size, offset; /* of the whole; of this piece */
	const void *bytes;
	size_t nbytes;
	uint32_t uid; /* who sends it */
	uint32_t max_mib;
	uint64_t now_ns;
};

/* What is to be stored, before this piece is answered. */
struct attest_part {
	uint8_t *bytes; /* caller frees; NULL: nothing yet */
	size_t size;
	char sha256[SHA256_HEX_SIZE];
	/* Of a large document, behind its last part: the parts' SHA-256s with
	 * commas between them; caller frees.  NULL: it is in one row. */
	char *parts;
};

struct attest_files *attest_files_new(void);
void attest_files_free(struct attest_files *f); /* NULL is fine */

/* 1: all is there; 0: more is wanted; with what of it is to be stored first.
 * -1 with *e; what came of it before is forgotten. */
int attest_files_take(struct attest_files *f, const struct attest_piece *p,
    struct attest_part *part, struct err *e);
/* The part was stored, or was not: until then no piece follows. */
void attest_files_stored(
    struct attest_files *f, uint32_t uid, const char *sha256);

#endif
