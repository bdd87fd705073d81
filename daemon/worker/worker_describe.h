/*
 * worker_describe: a probe's descriptor as JSON (daemon/control/CONTROL.md,
 * probe.show).
 */
#ifndef ASSAY_WORKER_DESCRIBE_H
#define ASSAY_WORKER_DESCRIBE_H

#include <jansson.h>

#include "probes/probe.h"

/* The descriptor has been checked.  Caller decrefs. */
json_t *worker_describe(const struct assay_probe *p);

#endif
