/*
 * ports: what the files of net.source_ports share.
 */
#ifndef ASSAY_PROBES_NET_SOURCE_PORTS_PORTS_H
#define ASSAY_PROBES_NET_SOURCE_PORTS_PORTS_H

#include "probes/probe.h"

enum series {
	TCP_PORTS,
	DNS_PORTS,
	DNS_IDS,
	SERIES
};
/* As in the names of observations. */
static const char *const net_source_series[SERIES] = { "tcp", "dns_port",
	"dns_id" };

void net_source_ports_judge(struct assay_job *job);

#endif
