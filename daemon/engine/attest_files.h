/*
 * attest_files: documents on their way in, piece by piece, since a line of the
 * control socket is shorter than they are.
 *
 * A document is handed on when it is whole and its bytes are those of its
 * hash; then the store has it under that name, once and for ever.
 */
#ifndef ASSAY_ATTEST_FILES_H
#define ASSAY_ATTEST_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define ATTEST_FILES_MAX 4 /* at once */

struct attest_files;

struct attest_piece {
	const char *sha256;
	uint64_t size, offset; /* of the whole; of this piece */
	const void *bytes;
	size_t nbytes;
	uint32_t uid; /* who sends it */
	uint64_t now_ns;
};

struct attest_files *attest_files_new(void);
void attest_files_free(struct attest_files *f); /* NULL is fine */

/* 1 with *whole (caller frees): all is there.  0: more is wanted.  -1 with *e;
 * what came of it before is forgotten. */
int attest_files_take(struct attest_files *f, const struct attest_piece *p,
    void **whole, struct err *e);

#endif
