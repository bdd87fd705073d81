/*
 * control_status: what `status` answers.
 */
#ifndef ASSAY_CONTROL_STATUS_H
#define ASSAY_CONTROL_STATUS_H

#include <jansson.h>

#include "daemon/engine/engine.h"
#include "daemon/engine/engine_segment.h"

json_t *control_status(const struct engine *en);

#endif
