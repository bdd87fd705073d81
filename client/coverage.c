/*
 * coverage: assayctl coverage: for each requirement its checks, which have a
 * probe, which could run here, which have run, and the gap.
 *
 * A view over the catalogue and what the bench has kept; it tests nothing, so
 * its exit status says only whether it could be made.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "catalogue/coverage.h"
#include "client/catalogue.h"
#include "client/gather.h"
#include "reports/text_coverage.h"

static void
print_strangers(const struct coverage *coverage)
{
	size_t i;

	for (i = 0; i < coverage->nstrangers; i++)
		client_complainf(CLIENT_PASSED,
		    "the profile's technology \"%s\" is one of no check",
		    coverage->strangers[i]);
}

static void
print_one(struct client *c, const struct coverage *coverage,
    const struct catalogue_requirement *only)
{
	size_t i;

	for (i = 0; i < coverage->nrequirements; i++)
		if (coverage->requirements[i].requirement == only) {
			char *text = text_coverage_checks(
			    &c->style, &coverage->requirements[i]);

			fputs(text, stdout);
			free(text);
		}
}

static bool
is_wanted(const struct gathered *g, const struct catalogue_scheme *scheme,
    const struct catalogue_requirement *only,
    const struct catalogue_requirement *r)
{
	if (only != NULL)
		return r == only;
	if (scheme != NULL)
		return r->scheme == scheme;
	return gather_wants(g, r->scheme->id);
}

static void
print_json(const struct coverage *coverage, const struct gathered *g,
    const struct catalogue_scheme *scheme,
    const struct catalogue_requirement *only)
{
	const struct coverage_requirement *row;
	json_t *o;
	size_t i;

	for (i = 0; i < coverage->nrequirements; i++) {
		row = &coverage->requirements[i];
		if (!is_wanted(g, scheme, only, row->requirement))
			continue;
		o = text_coverage_json(row);
		client_print_json(o);
		json_decref(o);
	}
}

/* What is wanted: a scheme, a requirement, or all (both NULL). */
static int
choose(const struct client *c, const struct catalogue *catalogue,
    const struct catalogue_scheme **scheme,
    const struct catalogue_requirement **only)
{
	const char *name = args_value(&c->args, "scheme");
	struct err e;

	if (name != NULL)
		*scheme = catalogue_scheme(catalogue, name);
	if (name != NULL && *scheme == NULL)
		return client_complainf(CLIENT_USAGE,
		    "the catalogue has no scheme \"%s\" (`assayctl catalogue "
		    "list` names them)",
		    name);
	name = args_value(&c->args, "requirement");
	if (name == NULL)
		return 0;
	*only = catalogue_requirement(catalogue, name, &e);
	return *only == NULL ? client_complain(CLIENT_USAGE, &e) : 0;
}

/* A table of each scheme that the order names, or one of all. */
static void
print_tables(struct client *c, const struct coverage *coverage,
    const struct gathered *g, const struct catalogue *catalogue,
    const struct catalogue_scheme *scheme)
{
	const struct catalogue_scheme *one;
	bool all = scheme == NULL, any = false;
	char *text;
	size_t i;

	for (i = 0; i < catalogue_scheme_count(catalogue); i++)
		all &= gather_wants(g, catalogue_scheme_at(catalogue, i)->id);
	for (i = 0; !all && i < catalogue_scheme_count(catalogue); i++) {
		one = catalogue_scheme_at(catalogue, i);
		if (scheme == NULL ? !gather_wants(g, one->id) : one != scheme)
			continue;
		text = text_coverage(&c->style, coverage, one, c->lang);
		printf("%s%s", any ? "\n" : "", text);
		free(text);
		any = true;
	}
	if (!all)
		return;
	text = text_coverage(&c->style, coverage, NULL, c->lang);
	fputs(text, stdout);
	free(text);
}

static void
show(struct client *c, const struct catalogue *catalogue,
    const struct gathered *g, const struct catalogue_scheme *scheme,
    const struct catalogue_requirement *only)
{
	struct coverage *coverage = gather_coverage(g, catalogue, NULL, NULL);

	print_strangers(coverage);
	if (c->is_json)
		print_json(coverage, g, scheme, only);
	else if (only != NULL)
		print_one(c, coverage, only);
	else
		print_tables(c, coverage, g, catalogue, scheme);
	coverage_free(coverage);
}

int
client_coverage(struct client *c)
{
	const char *device = c->args.nwords > 0 ? c->args.words[0] : NULL;
	const char *order = args_value(&c->args, "order");
	const struct catalogue_requirement *only = NULL;
	const struct catalogue_scheme *scheme = NULL;
	struct gathered g = { .nsaid = 0 };
	struct catalogue *catalogue;
	int status;

	if (device != NULL && order != NULL)
		return client_complainf(
		    CLIENT_USAGE, "coverage: of a device or of an order");
	catalogue = client_catalogue(c);
	if (catalogue == NULL)
		return CLIENT_USAGE;
	status = choose(c, catalogue, &scheme, &only);
	if (status == 0)
		status = order == NULL ? gather_device(c, device, &g)
				       : gather_order(c, order, &g);
	if (status == 0)
		show(c, catalogue, &g, scheme, only);
	gather_clear(&g);
	catalogue_free(catalogue);
	return status;
}
