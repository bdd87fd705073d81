/*
 * worker_params: a probe's parameters, parsed and within bounds.
 *
 * Made from the descriptor's table with its defaults, then overwritten by what
 * the scenario wrote.  Pure: no job, no socket; the unit tests' fake job uses
 * it too.
 */
#ifndef ASSAY_WORKER_PARAMS_H
#define ASSAY_WORKER_PARAMS_H

#include <stdint.h>

#include "base/err.h"
#include "probes/probe.h"

struct worker_param {
	const struct assay_param *spec;
	uint64_t u64; /* U64; BOOL as 0 or 1; DURATION in ns */
	char *text;   /* as it was written; STRING and CHOICE are this */
	struct assay_ports *ports; /* PORTS */
};

struct worker_params;

/* table NULL: none.  NULL with *e set when a default does not parse. */
struct worker_params *worker_params_new(
    const struct assay_param *table, struct err *e);
/* -1 with *e set: unknown name, not of the type, out of bounds. */
int worker_params_set(struct worker_params *p, const char *name,
    const char *value, struct err *e);
/* NULL: not declared, or declared with another type.  type STRING also finds
 * a CHOICE. */
const struct worker_param *worker_params_get(const struct worker_params *p,
    const char *name, enum assay_param_type type);
void worker_params_free(struct worker_params *p);

#endif
