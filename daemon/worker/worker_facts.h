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
#define WORKER_SOURCES_MAX 512 /* beside the bench's own */

struct worker_row {
	char *table;
	char **cells; /* name, text, name, text … */
	size_t ncells;
};

/* More addresses of the bench to speak to a target from. */
struct worker_sources {
	uint8_t (*list)[16]; /* family 4: the first four bytes */
	size_t n;
};

/* Zeroed is empty.  What is added is copied, and stays where it is. */
struct worker_facts {
	struct assay_target **targets;
	size_t ntargets;
	struct worker_sources sources[WORKER_TARGETS_MAX]; /* as targets */
	struct assay_declared_port **declared;
	size_t ndeclared;
	bool declares_tcp, declares_udp;
	struct worker_row *rows;
	size_t nrows;
	char **tables; /* the profile has these */
	size_t ntables;
};

const struct assay_target *worker_facts_add_target(
    struct worker_facts *f, const struct assay_target *target);
/* Ours of the same address, or NULL. */
const struct assay_target *worker_facts_find_target(
    const struct worker_facts *f, uint8_t family, const uint8_t *addr);
/* addr: 4 or 16 bytes; at most WORKER_SOURCES_MAX for a target. */
void worker_facts_add_source(struct worker_facts *f,
    const struct assay_target *target, const uint8_t *addr);
/* The target's own source is the first.  NULL: no such one. */
size_t worker_facts_source_count(
    const struct worker_facts *f, const struct assay_target *target);
const uint8_t *worker_facts_source_at(const struct worker_facts *f,
    const struct assay_target *target, size_t index);
/* The same bytes as ours, or NULL. */
const uint8_t *worker_facts_find_source(const struct worker_facts *f,
    const struct assay_target *target, const uint8_t *addr);
void worker_facts_declares(
    struct worker_facts *f, enum assay_transport transport);
void worker_facts_add_declared(
    struct worker_facts *f, const struct assay_declared_port *port);
bool worker_facts_are_declared(
    const struct worker_facts *f, enum assay_transport transport);
/* Once for each table; more do no harm. */
void worker_facts_declares_table(struct worker_facts *f, const char *table);
/* A row, of which the table is declared, too; cells as pairs. */
void worker_facts_add_row(struct worker_facts *f, const char *table,
    const char *const *cells, size_t ncells);
bool worker_facts_is_declared(const struct worker_facts *f, const char *table);
size_t worker_facts_count(const struct worker_facts *f, const char *table);
/* "" when there is no such row or cell. */
const char *worker_facts_at(const struct worker_facts *f, const char *table,
    size_t row, const char *cell);
void worker_facts_free(struct worker_facts *f);

#endif
