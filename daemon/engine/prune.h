/*
 * prune: raw capture files go when assayd.yaml's limits ask for it and nothing
 * speaks for them; a signed tombstone of each stays.
 *
 * Looked at when the engine is ready, every hour, and when somebody asks.  A
 * tombstone is durable before its file goes, and a file that has one and still
 * lies there goes at the next look: a crash at any moment loses nothing.
 */
#ifndef ASSAY_PRUNE_H
#define ASSAY_PRUNE_H

#include <stdbool.h>

#include <jansson.h>

#include "daemon/engine/engine.h"

struct prune;

struct prune *prune_new(struct engine *en);
/* Before the segments are freed: nothing more is begun. */
void prune_stop(struct prune *p);
void prune_free(struct prune *p); /* NULL is fine */

/* The engine is ready, or a capture is there: looks soon, and every hour from
 * here on. */
void prune_start(struct prune *p);

/* report, to be taken over: {dry_run, files: [{file, size, time, goes, why,
 * by}], bytes, goes_bytes, over, after_s, disk, pruned, stopped}; NULL with
 * why: it could not be found out, and nothing went. */
typedef void prune_on_report(void *arg, json_t *report, const char *why);
/* Looks once, behind what is under way. */
void prune_ask(
    struct prune *p, bool is_dry, prune_on_report *on_report, void *arg);
/* A hold was set, a run reads the files of earlier ones from now on
 * (run->is_reading): what was decided before no longer counts. */
void prune_on_hold(struct prune *p);
void prune_on_reading(struct prune *p);
/* For `status`: what the last look saw. */
json_t *prune_status(const struct prune *p);

#endif
