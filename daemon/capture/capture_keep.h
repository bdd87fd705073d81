/*
 * capture_keep: of whom payload is kept.
 *
 * The engine says of which devices it is not (CAPTURE_KEEP).  Until it has,
 * nobody's is: a capture that has just begun does not know yet.
 */
#ifndef ASSAY_CAPTURE_KEEP_H
#define ASSAY_CAPTURE_KEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/msg.h"
#include "captures/frame.h"

struct digest;
struct recording;

struct capture_keep { /* zeroed to begin with */
	bool is_told;
	struct capture_kept {
		uint8_t mac[6];
		bool is_asked; /* by a job, which needs all of its frames */
	} * devices;           /* of which headers alone are kept */
	size_t n;
	struct digest *digest;
};

void capture_keep_free(struct capture_keep *k);
/* CAPTURE_KEEP. -1: malformed. */
int capture_keep_read(struct capture_keep *k, struct msg_in *m);
/* The engine is gone, and its jobs with it. */
void capture_keep_end_jobs(struct capture_keep *k);
bool capture_keep_is_whole(const struct capture_keep *k, const struct frame *f);
/* Records the frame's headers, and the digest of the whole of it beside. */
void capture_keep_headers(
    struct capture_keep *k, struct recording *r, const struct frame *f);

#endif
