/*
 * worker_facts: what the engine said of the device before the job began.
 */
#include "daemon/worker/worker_facts.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

const struct assay_target *
worker_facts_add_target(
    struct worker_facts *f, const struct assay_target *target)
{
	struct assay_target *t = xmemdup(target, sizeof(*target));

	t->text = xstrdup(target->text == NULL ? "" : target->text);
	f->targets = xrealloc(
	    f->targets, f->ntargets + 1, sizeof(struct assay_target *));
	f->targets[f->ntargets++] = t;
	return t;
}

const struct assay_target *
worker_facts_find_target(
    const struct worker_facts *f, uint8_t family, const uint8_t *addr)
{
	size_t i, size = family == 4 ? 4 : 16;

	for (i = 0; i < f->ntargets; i++)
		if (f->targets[i]->family == family &&
		    memcmp(f->targets[i]->addr, addr, size) == 0)
			return f->targets[i];
	return NULL;
}

void
worker_facts_declares(struct worker_facts *f, enum assay_transport transport)
{
	if (transport == ASSAY_TCP)
		f->declares_tcp = true;
	else
		f->declares_udp = true;
}

bool
worker_facts_are_declared(
    const struct worker_facts *f, enum assay_transport transport)
{
	return transport == ASSAY_TCP ? f->declares_tcp : f->declares_udp;
}

void
worker_facts_add_declared(
    struct worker_facts *f, const struct assay_declared_port *port)
{
	struct assay_declared_port *p = xmemdup(port, sizeof(*port));

	p->service = xstrdup(port->service == NULL ? "" : port->service);
	f->declared = xrealloc(f->declared, f->ndeclared + 1,
	    sizeof(struct assay_declared_port *));
	f->declared[f->ndeclared++] = p;
	worker_facts_declares(f, port->transport);
}

/* The texts are const to who reads them, and ours. */
static void
free_text(const char *s)
{
	free((void *)(uintptr_t)s);
}

void
worker_facts_free(struct worker_facts *f)
{
	size_t i;

	for (i = 0; i < f->ntargets; i++) {
		free_text(f->targets[i]->text);
		free(f->targets[i]);
	}
	for (i = 0; i < f->ndeclared; i++) {
		free_text(f->declared[i]->service);
		free(f->declared[i]);
	}
	free(f->targets);
	free(f->declared);
	memset(f, 0, sizeof(*f));
}
