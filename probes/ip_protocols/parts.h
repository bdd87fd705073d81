/*
 * parts: what the files of ip.protocols know of each other.
 */
#ifndef ASSAY_IP_PROTOCOLS_PARTS_H
#define ASSAY_IP_PROTOCOLS_PARTS_H

#include <stdbool.h>

#include "probes/probe.h"

/* By the parameter "addresses". [judge] */
bool ip_protocols_is_chosen(
    struct assay_job *job, const struct assay_target *t);

void ip_protocols_judge(struct assay_job *job);

#endif
