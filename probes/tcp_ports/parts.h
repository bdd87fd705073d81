/*
 * parts: what the files of tcp.ports know of each other.
 */
#ifndef ASSAY_TCP_PORTS_PARTS_H
#define ASSAY_TCP_PORTS_PARTS_H

#include <stdbool.h>

#include "probes/probe.h"

#define TCP_PORTS_ALL 65535
#define TCP_PORTS_HANDSHAKES_MAX 256 /* observed one by one, per address */

void tcp_ports_judge(struct assay_job *job);

#endif
