/*
 * worker_sources: which addresses of the bench the job may speak from.
 */
#ifndef ASSAY_WORKER_SOURCES_H
#define ASSAY_WORKER_SOURCES_H

#include <stdint.h>

#include "probes/probe.h"

/* The job's own bytes of a source address to target (target->source for NULL);
 * another one is a bug of the probe. */
const uint8_t *worker_source(struct assay_job *job,
    const struct assay_target *target, const uint8_t *addr);

#endif
