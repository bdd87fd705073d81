/*
 * capture_cite: which frames of a capture show what an observation says.
 *
 * As the bench's own evidence (captures/evidence.h), over any file: each
 * selector gives the frames it chooses, from the first to the last, with the
 * SHA-256 of the one or over the digests of them all.
 */
#ifndef ASSAY_CAPTURE_CITE_H
#define ASSAY_CAPTURE_CITE_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/err.h"
#include "captures/capture_file.h"

#define CITE_SELECTORS_MAX 512 /* of one probe; what is over shows nothing */

struct capture_cite;

struct capture_cite *capture_cite_new(const uint8_t dut_mac[6]);
void capture_cite_free(struct capture_cite *c); /* NULL is fine */
/* A verdict, by the observations it cites, as worker_alone_result has them.
 * Returns its number, from 0. */
size_t capture_cite_add(
    struct capture_cite *c, const json_t *observations, const json_t *cited);
/* Every frame of the file, once for all verdicts.  dir: where a verdict's
 * frames are written, as N.pcapng from prefix + 1 on; -1: nowhere. 0, or -1
 * with *e. */
int capture_cite_resolve(struct capture_cite *c, struct capture_file *file,
    int dir, size_t prefix, struct err *e);
/* [{observation, first, last, count, stamp_first, stamp_last, sha256,
 * select}]; caller decrefs. */
json_t *capture_cite_evidence(const struct capture_cite *c, size_t verdict);
/* Distinct frames. */
uint64_t capture_cite_frames(const struct capture_cite *c, size_t verdict);
/* {file, size, sha256}, or null. */
json_t *capture_cite_slice(const struct capture_cite *c, size_t verdict);

#endif
