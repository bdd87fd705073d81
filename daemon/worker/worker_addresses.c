/*
 * worker_addresses: which addresses of the device a probe asks, and what is
 * declared for each of them.
 *
 * Only functions of the contract are used, so that a unit test runs the same
 * code.
 */
#include <string.h>

#include "probes/probe.h"

#define HTTP_PORT 80

bool
assay_is_chosen(struct assay_job *job, uint8_t family)
{
	const char *addresses = assay_param_string(job, "addresses");

	return strcmp(addresses, "all") == 0 ||
	    strcmp(addresses, family == 4 ? "ipv4" : "ipv6") == 0;
}

bool
assay_has_family(struct assay_job *job, uint8_t family)
{
	size_t i;

	for (i = 0; i < assay_target_count(job); i++)
		if (assay_target_at(job, i)->family == family)
			return true;
	return false;
}

const struct assay_target *
assay_target_next(struct assay_job *job, size_t *index)
{
	const struct assay_target *t;

	while (*index < assay_target_count(job)) {
		t = assay_target_at(job, (*index)++);
		if (assay_is_chosen(job, t->family))
			return t;
	}
	return NULL;
}

static bool
is_first(struct assay_job *job, size_t index)
{
	size_t i;

	for (i = 0; i < index; i++)
		if (assay_target_at(job, i)->family ==
		    assay_target_at(job, index)->family)
			return false;
	return true;
}

const struct assay_target *
assay_target_next_family(struct assay_job *job, size_t *index)
{
	const struct assay_target *t;

	do
		t = assay_target_next(job, index);
	while (t != NULL && !is_first(job, *index - 1));
	return t;
}

bool
assay_declared_port_is_for(const struct assay_declared_port *d,
    enum assay_transport transport, const struct assay_target *t)
{
	return d->transport == transport &&
	    (d->family == 0 || d->family == t->family);
}

void
assay_declared_ports(struct assay_job *job, enum assay_transport transport,
    const struct assay_target *t, bool required, struct assay_ports *out)
{
	const struct assay_declared_port *d;
	size_t i;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < assay_declared_port_count(job); i++) {
		d = assay_declared_port_at(job, i);
		if (assay_declared_port_is_for(d, transport, t) &&
		    !(required && d->optional))
			assay_ports_add(out, d->first, d->last);
	}
}

uint16_t
assay_declared_tcp_port(struct assay_job *job, const struct assay_target *t)
{
	const struct assay_declared_port *d;
	size_t i;

	for (i = 0; i < assay_declared_port_count(job); i++) {
		d = assay_declared_port_at(job, i);
		if (assay_declared_port_is_for(d, ASSAY_TCP, t) && !d->optional)
			return d->first;
	}
	return HTTP_PORT;
}
