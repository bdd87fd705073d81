/*
 * rotation: a bench key hands over to the next.
 *
 * The statement is canonical JSON (records/record.h): {"bench","new" (PEM),
 * "new_key" (id),"old_key" (id),"prev_manifest" (SHA-256 or null),"time" (ns),
 * "type":"rotation","v":1}; both keys sign its SHA-256, so that neither can be
 * named without its holder.
 */
#ifndef ASSAY_ROTATION_H
#define ASSAY_ROTATION_H

#include <jansson.h>

#include "base/err.h"
#include "signing/sign_key.h"

/* {"statement": text, "sig_old": hex, "sig_new": hex}; NULL with *e. */
json_t *rotation_make(const struct sign_key *old_key,
    const struct sign_key *new_key, const char *bench,
    const char *prev_manifest, int64_t time_ns, struct err *e);
/* Both signatures are good; old_key must be the one the statement names.
 * Returns the new key, or NULL with *e. */
struct sign_key *rotation_check(
    const json_t *rotation, const struct sign_key *old_key, struct err *e);

#endif
