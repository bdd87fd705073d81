/*
 * slice: from a span of a capture and selectors to evidence, and to the file
 * with just those frames.
 *
 * Made step by step, so that the process which makes it keeps taking frames
 * meanwhile.  Twice through the span: first to choose and digest, then to
 * copy, since only then is it known which frames get a comment.  A slice that
 * cannot be written is an error text, never half a file.
 */
#ifndef ASSAY_SLICE_H
#define ASSAY_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "captures/evidence.h"
#include "captures/segment_index.h"
#include "captures/selector.h"

struct slice_choice {
	uint32_t observation;
	struct selector select;
	const char *comment; /* UTF-8; for the first frame, or for each of at
				most EVIDENCE_SINGLES_MAX */
};

struct slice_request {
	uint64_t from, to; /* positions: behind from, up to to */
	uint8_t dut_mac[6];
	const char *name;      /* as slice_file_new() takes it */
	const char *headline;  /* the section's comment */
	const char *interface; /* its name, for the interface block */
	const struct slice_choice *choices;
	size_t nchoices;
	uint32_t secrets_type; /* PCAPNG_SECRETS_TLS */
	const void *secrets;   /* NULL: none */
	size_t secrets_size;
};

struct slice;

/* captures, evidence: directories, borrowed.  x: of what is flushed; it may
 * grow meanwhile, and outlives the slice.  request is copied with all that it
 * points to. */
struct slice *slice_new(int captures, int evidence,
    const struct segment_index *x, const struct slice_request *request);
/* One block of the capture (SEGMENT_BLOCK_BYTES at most).  True: there is
 * more to do. */
bool slice_step(struct slice *s);
void slice_free(struct slice *s); /* NULL is fine */

/* ---- when slice_step() has returned false ---- */

struct slice_result {
	const struct evidence *evidence; /* by choice, then by file */
	size_t nevidence;
	uint64_t frames; /* cited, each counted once */
	/* Of the file; zero when no frame was cited: then there is none. */
	uint64_t size;
	uint8_t sha256[SHA256_SIZE];
	const char *error; /* "": none, and the slice is durable */
};
void slice_result(const struct slice *s, struct slice_result *out);

#endif
