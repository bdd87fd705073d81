/*
 * capture_hash: finished files get their SHA-256 when the link is quiet.
 *
 * Hashing takes longer than recording does; while frames come fast, it waits.
 * Who asks for a hash has it made at once (capture_files.h), so that nothing
 * depends on when this is done.  A run asks at its end: the file being written
 * is hashed ahead, beside the resolving of evidence.
 */
#ifndef ASSAY_CAPTURE_HASH_H
#define ASSAY_CAPTURE_HASH_H

#include <stdbool.h>
#include <stdint.h>

#include "captures/segment_file.h"

struct capture_hash {  /* zeroed, but for next */
	uint32_t next; /* the first that may have none */
	struct segment_file file;
	struct segment_hash *hash;  /* of next, under way, or NULL */
	struct segment_hash *ahead; /* of the file being written, or NULL */
};

/* A part of it.  current: the file being written.  False: there is nothing to
 * do. */
bool capture_hash_step(struct capture_hash *h, int dir, uint32_t current);
/* What the file being written has so far, by a thread. */
void capture_hash_ahead(struct capture_hash *h, int dir, uint32_t current);
/* The caller's from now on; or NULL. */
struct segment_hash *capture_hash_take_ahead(struct capture_hash *h);
/* Leaves off; what was begun is begun again. */
void capture_hash_drop(struct capture_hash *h);

#endif
