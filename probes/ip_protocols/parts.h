/*
 * parts: what the files of ip.protocols know of each other.
 */
#ifndef ASSAY_IP_PROTOCOLS_PARTS_H
#define ASSAY_IP_PROTOCOLS_PARTS_H

#include "probes/probe.h"

void ip_protocols_judge(struct assay_job *job);

#endif
