/*
 * worker_load: a probe's .so, and its descriptor once it has been checked.
 */
#ifndef ASSAY_WORKER_LOAD_H
#define ASSAY_WORKER_LOAD_H

#include "base/err.h"
#include "probes/probe.h"

/* Loads path for good (there is no way back) and checks its descriptor.  name:
 * what the probe has to be called, or NULL.  NULL with *e set. */
const struct assay_probe *worker_load_probe(
    const char *path, const char *name, struct err *e);

#endif
