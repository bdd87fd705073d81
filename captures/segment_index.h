/*
 * segment_index: where in which file the frame of a position is.
 *
 * The frames of a capture lie in files NNNNNN.pcapng, each with its index
 * NNNNNN.idx beside it (the format stands in captures/README.md).  A block of
 * the index is a run of frames that follow each other in position and in the
 * file; frames that could not be written are positions no block covers.
 */
#ifndef ASSAY_SEGMENT_INDEX_H
#define ASSAY_SEGMENT_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hex.h"

#define SEGMENT_NAME_SIZE 24
/* Blocks in memory are joined up to this many bytes of file. */
#define SEGMENT_BLOCK_BYTES (256u << 10)

struct segment_block {
	uint32_t file;
	uint32_t frames;
	uint64_t first_frame;             /* number in the file, from 1 */
	uint64_t offset, size;            /* bytes of the file */
	uint64_t position;                /* of the first frame, from 1 */
	uint64_t stamp_first, stamp_last; /* ns since 1970 */
	uint64_t accepted, dropped; /* by kernel and disk, up to the last */
};

struct segment_index {                /* zeroed to begin with */
	struct segment_block *blocks; /* in order of position */
	size_t n, room;
};

enum segment_gap {
	SEGMENT_GAP_START, /* a capture began; value: 0 */
	SEGMENT_GAP_CLOCK, /* the clock was set; value: by how many ns */
	SEGMENT_GAP_DISK,  /* could not be written; value: frames lost so far */
	SEGMENT_GAP_LINK,  /* the link went; value: 0 */
	SEGMENT_GAP_OFFLOAD, /* checksums left to a NIC; value: frames so far */
};

const char *segment_gap_name(enum segment_gap gap);

void segment_index_add(struct segment_index *x, const struct segment_block *b);
void segment_index_free(struct segment_index *x);

/* The block that has the frame, or NULL. */
const struct segment_block *segment_index_find(
    const struct segment_index *x, uint64_t position);
/* The first block with a frame behind position, or NULL. */
const struct segment_block *segment_index_after(
    const struct segment_index *x, uint64_t position);

/* "000042.pcapng", "000042.idx". Returns out. */
const char *segment_capture_name(uint32_t file, char out[SEGMENT_NAME_SIZE]);
const char *segment_index_name(uint32_t file, char out[SEGMENT_NAME_SIZE]);
/* The number in "000042.pcapng"; -1 when it is no such name. */
int segment_number(const char *capture_name, uint32_t *file);

/* What an index file says beside its blocks. */
struct segment_summary {
	size_t gaps;
	int whole;    /* it was finished: all that is below but the hash */
	int finished; /* it has its last line, with what is below */
	int cut;      /* the last line is a successor's: no drops are known */
	uint64_t frames, size;
	uint64_t dropped; /* UINT64_MAX: not known */
	uint8_t sha256[SHA256_SIZE];
};
/* Adds the blocks of file's index in directory dir (a descriptor) to x.  A
 * last line that is not whole (the capture was killed) is passed over; any
 * other fault is an error. 0, or -1 with *e. */
int segment_index_load(int dir, uint32_t file, struct segment_index *x,
    struct segment_summary *summary, struct err *e);
/* The same from its last lines alone, so that it takes no longer for a big
 * one; gaps are not counted.  Not finished: frames are those of the last block,
 * the rest is not known. */
int segment_index_tail(
    int dir, uint32_t file, struct segment_summary *summary, struct err *e);

#endif
