/*
 * ports of tcp.isn: where an open one may be found, and which is asked.
 */
#include <string.h>

#include "probes/tcp_isn/isn.h"

#define RANGE_MAX 64     /* wider ones are not tried port by port */
#define PRINT_FIRST 9100 /* raw print ports: last of all */
#define PRINT_LAST 9107

void
tcp_isn_candidates(struct assay_job *job, const struct assay_target *t,
    struct assay_ports *ports)
{
	const struct assay_declared_port *d;
	size_t i;

	*ports = *assay_param_ports(job, "ports");
	if (assay_ports_count(ports) > 0)
		return;
	for (i = 0; i < assay_declared_port_count(job); i++) {
		d = assay_declared_port_at(job, i);
		if (assay_declared_port_is_for(d, ASSAY_TCP, t) &&
		    d->last - d->first < RANGE_MAX)
			assay_ports_add(ports, d->first, d->last);
	}
}

uint16_t
tcp_isn_choose_port(const struct assay_ports *open)
{
	uint32_t port;
	uint16_t print = 0;

	for (port = 1; port < 65536; port++) {
		if (!assay_ports_has(open, (uint16_t)port))
			continue;
		if (port < PRINT_FIRST || port > PRINT_LAST)
			return (uint16_t)port;
		if (print == 0)
			print = (uint16_t)port;
	}
	return print;
}
