/*
 * record_rows: records as the daemon says a list of them, one after the other:
 * {"records":[{"record":{…},"seq":1,"sha256":"…"},…]}.
 *
 * Nothing is built from them: each record is viewed where it lies.  A text of
 * any other form is refused, canonical as it may be.
 */
#ifndef ASSAY_RECORD_ROWS_H
#define ASSAY_RECORD_ROWS_H

#include "base/hex.h"
#include "records/record_view.h"

struct record_rows {
	const char *begin, *at, *end;
	/* The row that record_rows_next() found. */
	struct record_view view; /* of bytes */
	const char *bytes;
	size_t size;
	uint64_t seq;
	char sha256[SHA256_HEX_SIZE]; /* as it was said */
};

/* text: borrowed, and not read yet. */
void record_rows_start(struct record_rows *r, const char *text, size_t size);
/* 1: a row; 0: there was no further one; -1 with *e. */
int record_rows_next(struct record_rows *r, struct err *e);
void record_rows_free(struct record_rows *r);

#endif
