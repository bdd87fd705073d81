/*
 * worker_facts: what the engine said of the device before the job began: its
 * addresses, and what its profile declares.
 */
#ifndef ASSAY_WORKER_FACTS_H
#define ASSAY_WORKER_FACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "probes/probe.h"

#define WORKER_TARGETS_MAX 64
#define WORKER_DECLARED_MAX 4096

/* Zeroed is empty.  What is added is copied, and stays where it is. */
struct worker_facts {
	struct assay_target **targets;
	size_t ntargets;
	struct assay_declared_port **declared;
	size_t ndeclared;
	bool declares_tcp, declares_udp;
};

const struct assay_target *worker_facts_add_target(
    struct worker_facts *f, const struct assay_target *target);
/* Ours of the same address, or NULL. */
const struct assay_target *worker_facts_find_target(
    const struct worker_facts *f, uint8_t family, const uint8_t *addr);
void worker_facts_declares(
    struct worker_facts *f, enum assay_transport transport);
void worker_facts_add_declared(
    struct worker_facts *f, const struct assay_declared_port *port);
bool worker_facts_are_declared(
    const struct worker_facts *f, enum assay_transport transport);
void worker_facts_free(struct worker_facts *f);

#endif
