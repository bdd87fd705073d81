/*
 * gather: what coverage is made of, asked of the daemon.
 */
#ifndef ASSAY_CLIENT_GATHER_H
#define ASSAY_CLIENT_GATHER_H

#include "catalogue/coverage.h"
#include "client/client.h"

struct gathered {
	json_t *probes, *status; /* as the daemon says them */
	json_t *device, *order;  /* NULL: not asked about */
	json_t *verdicts, *attestations;
	struct profile *profile; /* NULL: of no device */
	const char **probed;
	struct coverage_said *said;
	size_t nsaid;
	/* Of the order; empty: whatever was tested. */
	const char **samples, **states;
	size_t nsamples, nstates;
	char day[11]; /* today, UTC: "2026-11-23" */
};

/* What there is of a device, or (NULL) of the bench alone.  0, or the exit
 * status after saying why not; gather_clear() in both cases. */
int gather_device(struct client *c, const char *device, struct gathered *g);
/* Of an order: its samples, its states, what was said on all its devices. */
int gather_order(struct client *c, const char *order, struct gathered *g);
/* What of the catalogue is shown: of one sample (its serial) in one state, or
 * (NULL) of all.  g and catalogue must outlive it; coverage_free(). */
struct coverage *gather_coverage(const struct gathered *g,
    const struct catalogue *catalogue, const char *sample, const char *state);
/* The order asks for this scheme; it names none, or there is none: for all. */
bool gather_wants(const struct gathered *g, const char *scheme);
void gather_clear(struct gathered *g);

#endif
