/*
 * udp.ports in two files: udp_ports.c asks and observes, judge.c judges.
 */
#ifndef ASSAY_UDP_PORTS_PARTS_H
#define ASSAY_UDP_PORTS_PARTS_H

#include "probes/probe.h"

#define UDP_PORTS_ALL 65535
#define UDP_PORTS_OBSERVED 256 /* ports with an observation each */

/* The service declared for a port, "" when there is none. */
const char *udp_ports_service(
    struct assay_job *job, const struct assay_target *t, uint16_t port);
/* As much of the set as an observation or a verdict holds: all, or its
 * beginning. */
void udp_ports_cut(struct assay_ports *ports);
void udp_ports_judge(struct assay_job *job);

#endif
