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

static size_t
address_size(const struct assay_target *t)
{
	return t->family == 4 ? 4 : 16;
}

/* Those of the target, whether it is ours or a copy. */
static const struct worker_sources *
sources_of(const struct worker_facts *f, const struct assay_target *target)
{
	size_t i;

	for (i = 0; i < f->ntargets; i++)
		if (f->targets[i]->family == target->family &&
		    memcmp(f->targets[i]->addr, target->addr,
			address_size(target)) == 0)
			return &f->sources[i];
	return NULL;
}

void
worker_facts_add_source(struct worker_facts *f,
    const struct assay_target *target, const uint8_t *addr)
{
	const struct worker_sources *of = sources_of(f, target);
	struct worker_sources *s;

	if (of == NULL || of->n == WORKER_SOURCES_MAX)
		return;
	s = &f->sources[of - f->sources];
	s->list = xrealloc(s->list, s->n + 1, sizeof(*s->list));
	memset(s->list[s->n], 0, sizeof(*s->list));
	memcpy(s->list[s->n++], addr, address_size(target));
}

size_t
worker_facts_source_count(
    const struct worker_facts *f, const struct assay_target *target)
{
	const struct worker_sources *s = sources_of(f, target);

	return 1 + (s == NULL ? 0 : s->n);
}

const uint8_t *
worker_facts_source_at(const struct worker_facts *f,
    const struct assay_target *target, size_t index)
{
	const struct worker_sources *s = sources_of(f, target);

	if (index == 0)
		return target->source;
	return s != NULL && index <= s->n ? s->list[index - 1] : NULL;
}

const uint8_t *
worker_facts_find_source(const struct worker_facts *f,
    const struct assay_target *target, const uint8_t *addr)
{
	size_t i, n = worker_facts_source_count(f, target);
	const uint8_t *own;

	for (i = 0; i < n; i++) {
		own = worker_facts_source_at(f, target, i);
		if (memcmp(own, addr, address_size(target)) == 0)
			return own;
	}
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

bool
worker_facts_is_declared(const struct worker_facts *f, const char *table)
{
	size_t i;

	for (i = 0; i < f->ntables; i++)
		if (strcmp(f->tables[i], table) == 0)
			return true;
	return false;
}

void
worker_facts_declares_table(struct worker_facts *f, const char *table)
{
	if (worker_facts_is_declared(f, table))
		return;
	f->tables = xrealloc(f->tables, f->ntables + 1, sizeof(*f->tables));
	f->tables[f->ntables++] = xstrdup(table);
}

void
worker_facts_add_row(struct worker_facts *f, const char *table,
    const char *const *cells, size_t ncells)
{
	struct worker_row *row;
	size_t i;

	worker_facts_declares_table(f, table);
	f->rows = xrealloc(f->rows, f->nrows + 1, sizeof(*f->rows));
	row = &f->rows[f->nrows++];
	row->table = xstrdup(table);
	row->cells = xcalloc(2 * ncells + 1, sizeof(*row->cells));
	row->ncells = ncells;
	for (i = 0; i < 2 * ncells; i++)
		row->cells[i] = xstrdup(cells[i]);
}

static const struct worker_row *
find_row(const struct worker_facts *f, const char *table, size_t index)
{
	size_t i;

	for (i = 0; i < f->nrows; i++)
		if (strcmp(f->rows[i].table, table) == 0 && index-- == 0)
			return &f->rows[i];
	return NULL;
}

size_t
worker_facts_count(const struct worker_facts *f, const char *table)
{
	size_t n = 0;

	while (find_row(f, table, n) != NULL)
		n++;
	return n;
}

const char *
worker_facts_at(const struct worker_facts *f, const char *table, size_t row,
    const char *cell)
{
	const struct worker_row *r = find_row(f, table, row);
	size_t i;

	for (i = 0; r != NULL && i < r->ncells; i++)
		if (strcmp(r->cells[2 * i], cell) == 0)
			return r->cells[2 * i + 1];
	return "";
}

static void
free_rows(struct worker_facts *f)
{
	size_t i, k;

	for (i = 0; i < f->nrows; i++) {
		for (k = 0; k < 2 * f->rows[i].ncells; k++)
			free(f->rows[i].cells[k]);
		free(f->rows[i].cells);
		free(f->rows[i].table);
	}
	free(f->rows);
	for (i = 0; i < f->ntables; i++)
		free(f->tables[i]);
	free(f->tables);
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
		free(f->sources[i].list);
		free_text(f->targets[i]->text);
		free(f->targets[i]);
	}
	for (i = 0; i < f->ndeclared; i++) {
		free_text(f->declared[i]->service);
		free(f->declared[i]);
	}
	free(f->targets);
	free(f->declared);
	free_rows(f);
	memset(f, 0, sizeof(*f));
}
