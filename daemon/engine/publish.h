/*
 * publish: durable records on their way to the stream, each manifest behind
 * its signature.
 *
 * Records are shown in their order, so what comes after a manifest waits with
 * it.  A manifest whose signature cannot be had is shown without: the log says
 * why, and the next start tries again.
 */
#ifndef ASSAY_PUBLISH_H
#define ASSAY_PUBLISH_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "daemon/engine/engine.h"

struct publish;

struct publish *publish_new(struct engine *en);
void publish_free(struct publish *p); /* NULL is fine */

void publish_record(struct publish *p, uint64_t seq, uint64_t run,
    const char *sha256, const json_t *record);
/* A durable record may be read to a subscriber: it waits for no signature, its
 * own or that of one before it. */
bool publish_may_show(const struct publish *p, uint64_t seq);
/* Nothing waits. */
bool publish_is_idle(const struct publish *p);

/* Has a durable manifest signed and the signature made durable.  on_end comes
 * once, later, with or without success (logged). */
typedef void publish_on_signed(void *arg);
void publish_sign(struct publish *p, uint64_t seq, const char *sha256,
    const char *signer, publish_on_signed *on_end, void *arg);

#endif
