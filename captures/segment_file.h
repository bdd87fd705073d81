/*
 * segment_file: a capture file as a whole: is it finished, how big is it, what
 * is its SHA-256?
 *
 * A file that was finished says so itself, in its index.  One that was cut
 * short (its capture was killed, the disk refused) has no such line.  Either is
 * hashed by reading it, away from the capture's haste, and then its index gets
 * a last line, so that it is read only once.
 */
#ifndef ASSAY_SEGMENT_FILE_H
#define ASSAY_SEGMENT_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hex.h"

#define SEGMENT_FILE_UNKNOWN UINT64_MAX /* a count nobody knows */

struct segment_file {
	uint32_t number;
	bool is_cut, has_sha256;
	uint64_t size, frames, dropped;
	uint64_t stamp_ns; /* when it was last written, since 1970 */
	uint8_t sha256[SHA256_SIZE];
};

/* 0, or -1 with *e: it is not there, or no plain file. */
int segment_file_look(
    int dir, uint32_t number, struct segment_file *f, struct err *e);

/* The numbers of all capture files from `from` on, in order; caller frees.
 * NULL with *e. */
uint32_t *segment_file_list(int dir, uint32_t from, size_t *n, struct err *e);

/* Removes a file and its index, if it is the one of this hash.  0 also when it
 * is not there any more; -1 with *e. */
int segment_file_remove(
    int dir, uint32_t number, const uint8_t sha256[SHA256_SIZE], struct err *e);

/* Hashes a file that has no SHA-256 yet, in small steps. */
struct segment_hash;

struct segment_hash *segment_hash_new(
    int dir, const struct segment_file *f, struct err *e);
uint32_t segment_hash_number(const struct segment_hash *h);
/* Of a file that is still being written: what it has so far is hashed by a
 * thread; again, and it goes on from there.  Not behind a first step. */
void segment_hash_ahead(struct segment_hash *h);
/* True: there is more to read. */
bool segment_hash_step(struct segment_hash *h);
/* Size and SHA-256 to *f, and to the index: 0, or -1 with *e, and it has no
 * SHA-256. Frees. */
int segment_hash_end(
    struct segment_hash *h, struct segment_file *f, struct err *e);
void segment_hash_free(struct segment_hash *h); /* NULL is fine */

#endif
