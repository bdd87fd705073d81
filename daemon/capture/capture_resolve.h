/*
 * capture_resolve: one CAPTURE_RESOLVE, from the question to the answer.
 */
#ifndef ASSAY_CAPTURE_RESOLVE_H
#define ASSAY_CAPTURE_RESOLVE_H

#include <stdbool.h>

#include "base/msg.h"
#include "captures/segment_index.h"

struct peer;
struct capture_resolve;

/* Reads the message. NULL: malformed. */
struct capture_resolve *capture_resolve_read(struct msg_in *m);
/* CAPTURE_RESOLVE_STORED it was. */
bool capture_resolve_is_stored(const struct capture_resolve *q);
void capture_resolve_free(struct capture_resolve *q); /* NULL is fine */

/* captures, evidence: directories; x: what is flushed.  All borrowed. */
void capture_resolve_begin(struct capture_resolve *q, int captures,
    int evidence, const struct segment_index *x, const char *interface);
/* A small part of the work.  True: there is more. */
bool capture_resolve_step(struct capture_resolve *q);
/* ENGINE_EVIDENCE for each entry, then ENGINE_RESOLVED.  m: scratch. */
void capture_resolve_answer(
    const struct capture_resolve *q, struct peer *engine, struct msg_out *m);

/* Questions wait in line. */
struct capture_resolve_queue {
	struct capture_resolve *first, *last; /* zeroed to begin with */
};
void capture_resolve_push(
    struct capture_resolve_queue *line, struct capture_resolve *q);
struct capture_resolve *capture_resolve_pop(struct capture_resolve_queue *line);

#endif
