/*
 * fence_log: the socket on which the kernel tells of packets that a rule logs.
 */
#ifndef ASSAY_FENCE_LOG_H
#define ASSAY_FENCE_LOG_H

#include <stdint.h>

#include "base/err.h"

/* Of this process's namespace; each message counted, so that what was lost is
 * known.  -1 with *e. */
int fence_log_open(uint16_t group, struct err *e);

#endif
