/*
 * stamping: each manifest's hash goes to the time-stamp authority, if
 * assayd.yaml names one, and its answer into the store.
 *
 * No run waits for it.  What could not be stamped, since the authority or the
 * network was away, is asked for again, after a restart, too.
 */
#ifndef ASSAY_STAMPING_H
#define ASSAY_STAMPING_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/engine/engine.h"

struct stamping;

/* NULL when none is configured; all others take that for "nothing to do". */
struct stamping *stamping_new(struct engine *en);
void stamping_free(struct stamping *s);
/* A socket to the stamp process; takes over fd. */
void stamping_attach(struct stamping *s, int fd);
void stamping_detach(struct stamping *s);
/* A durable manifest. */
void stamping_add(struct stamping *s, uint64_t seq, const char *sha256);
/* The manifests in the store that have no time-stamp yet. */
void stamping_load(struct stamping *s);
/* Waiting; *error why the last attempt failed, "" when it did not. */
size_t stamping_pending(const struct stamping *s, const char **error);

#endif
