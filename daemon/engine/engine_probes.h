/*
 * engine_probes: the probes there are, as their own descriptors say.
 *
 * The folder is the registry.  A worker describes each one; the daemon never
 * loads a probe.  A file that is newer than its description is described
 * again before it is used.
 */
#ifndef ASSAY_ENGINE_PROBES_H
#define ASSAY_ENGINE_PROBES_H

#include <stdint.h>

#include <jansson.h>

#include "daemon/engine/engine.h"

struct probes;

struct probes *probes_new(struct engine *en);
void probes_free(struct probes *p);
/* Looks at the folder, has described what is new or changed, and calls back
 * when nothing is left to ask (perhaps at once, from inside). */
void probes_refresh(struct probes *p, void (*on_ready)(void *arg), void *arg);
/* The caller no longer wants to be called. */
void probes_forget(struct probes *p, const void *arg);
/* Caller decrefs.  NULL: no such probe, or it cannot be described: *why (may be
 * NULL). */
json_t *probes_find(const struct probes *p, const char *name, const char **why);
/* All of them, in name order; caller decrefs. */
json_t *probes_list(const struct probes *p);
/* Messages about a worker that describes. 0: it was one of ours. */
int probes_on_exit(struct probes *p, uint32_t worker);

#endif
