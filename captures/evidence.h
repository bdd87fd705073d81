/*
 * evidence: which frames show something, named so that anybody can check.
 *
 * An entry is one frame with its SHA-256, or all frames of one capture file,
 * from `first` to `last`, that its selector chooses, with the SHA-256 over
 * their SHA-256 digests in order.
 */
#ifndef ASSAY_EVIDENCE_H
#define ASSAY_EVIDENCE_H

#include <stdint.h>

#include "base/err.h"
#include "base/hex.h"
#include "captures/segment_index.h"
#include "captures/selector.h"

#define EVIDENCE_SINGLES_MAX 16 /* more frames than this become ranges */

struct evidence {
	uint32_t observation;
	char file[SEGMENT_NAME_SIZE];
	uint64_t first, last; /* frame numbers in the file, from 1 */
	uint64_t count; /* of frames chosen; 1: `sha256` is the frame's own */
	uint64_t stamp_first, stamp_last; /* ns since 1970 */
	uint8_t sha256[SHA256_SIZE];
	struct selector select; /* which chose them */
	uint32_t choice;        /* its index in the slice_request, else 0 */
};

/* Reads the capture file in directory dir (a descriptor) again and computes
 * all that the entry says.  1: it is as it says; 0: it is not, *e says in
 * what; -1: that cannot be told, *e says why. */
int evidence_verify(
    int dir, const struct evidence *v, const uint8_t dut_mac[6], struct err *e);

#endif
