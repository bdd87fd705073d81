/*
 * order_plan: assayctl order plan: what of an order is still to be run, on
 * which sample, when, and for how long at most.
 *
 * A view over what the bench has kept and the catalogue: nothing is begun.
 */
#include "client/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "catalogue/order_plan.h"
#include "client/catalogue.h"
#include "client/gather.h"

#define COLUMNS 7

/* "" for what is not there. */
static const char *
text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text == NULL ? "" : text;
}

static const char *const whens[ORDER_PLAN_WHENS] = {
	[ORDER_PLAN_ALONE] = "alone",
	[ORDER_PLAN_PERSON] = "person",
	[ORDER_PLAN_LAST] = "last",
};

/* ---- the probes ---- */

/* One that nobody knows is the worst. */
static enum catalogue_impact
impact_by_name(const char *name)
{
	unsigned i;

	for (i = 0; i < CATALOGUE_STATE; i++)
		if (strcmp(catalogue_impact_name((enum catalogue_impact)i),
			name) == 0)
			break;
	return (enum catalogue_impact)i;
}

static struct order_plan_probe *
read_probes(const json_t *list, size_t *n)
{
	struct order_plan_probe *probes;
	const json_t *probe, *claims;
	const char **names;
	size_t i, j;

	*n = json_array_size(list);
	probes = xcalloc(*n + 1, sizeof(*probes));
	for (i = 0; i < *n; i++) {
		probe = json_array_get(list, i);
		claims = json_object_get(probe, "claims");
		names = xcalloc(json_array_size(claims) + 1, sizeof(*names));
		for (j = 0; j < json_array_size(claims); j++)
			names[j] = text_of(json_array_get(claims, j), "check");
		probes[i].name = text_of(probe, "name");
		probes[i].claims = names;
		probes[i].impact = impact_by_name(text_of(probe, "impact"));
		probes[i].timeout_ms = (uint64_t)json_integer_value(
		    json_object_get(probe, "timeout_ms"));
	}
	return probes;
}

static void
free_probes(struct order_plan_probe *probes, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(probes[i].claims);
	free(probes);
}

/* ---- the steps, as rows for people and programs ---- */

struct planning {
	const struct gathered *g;
	const struct catalogue *catalogue;
	struct order_plan_probe *probes;
	size_t nprobes;
	json_t *took; /* of job.took: what each probe's jobs took before */
	json_t *rows[ORDER_PLAN_WHENS];
};

static const char *
device_of(const struct gathered *g, const char *sample)
{
	const json_t *devices = json_object_get(g->order, "devices"), *one;
	size_t i;

	json_array_foreach (devices, i, one)
		if (strcmp(text_of(json_object_get(one, "sample"), "serial"),
			sample) == 0)
			return text_of(one, "name");
	return NULL;
}

/* What its jobs took on this bench; null: none has come to its end. */
static json_t *
took_ms(const struct planning *p, const char *probe, const char *key)
{
	const json_t *list = json_object_get(p->took, "probes"), *one;
	size_t i;

	json_array_foreach (list, i, one)
		if (strcmp(text_of(one, "probe"), probe) == 0)
			return json_integer(
			    json_integer_value(json_object_get(one, key)) /
			    1000000);
	return json_null();
}

static void
plan_one(struct planning *p, const char *sample, const char *state)
{
	const json_t *schemes =
	    json_object_get(json_object_get(p->g->order, "order"), "schemes");
	size_t n = json_array_size(schemes), i;
	const char **names = xcalloc(n + 1, sizeof(*names));
	struct coverage *coverage =
	    gather_coverage(p->g, p->catalogue, sample, state);
	const struct order_plan_given given = { coverage, p->probes, p->nprobes,
		names, n, state != NULL && strcmp(state, "operating") != 0 };
	struct order_plan_step *steps;
	size_t nsteps;

	for (i = 0; i < n; i++)
		names[i] = json_string_value(json_array_get(schemes, i));
	steps = order_plan(&given, &nsteps);
	for (i = 0; i < nsteps; i++)
		json_array_append_new(p->rows[steps[i].when],
		    json_pack(
			"{s:s, s:b, s:s?, s:s?, s:s?, s:s, s:I, s:o, s:o, s:I}",
			"when", whens[steps[i].when], "person",
			(int)steps[i].needs_person, "sample", sample, "device",
			sample == NULL ? NULL : device_of(p->g, sample),
			"state", state, "probe", steps[i].probe->name, "checks",
			(json_int_t)steps[i].checks, "usually_ms",
			took_ms(p, steps[i].probe->name, "mean_ns"),
			"longest_ms",
			took_ms(p, steps[i].probe->name, "longest_ns"),
			"at_most_ms", (json_int_t)steps[i].probe->timeout_ms));
	free(steps);
	free(names);
	coverage_free(coverage);
}

static void
plan_all(struct planning *p)
{
	size_t samples = p->g->nsamples == 0 ? 1 : p->g->nsamples,
	       states = p->g->nstates == 0 ? 1 : p->g->nstates, i, j;

	for (i = 0; i < samples; i++)
		for (j = 0; j < states; j++)
			plan_one(p,
			    p->g->nsamples == 0 ? NULL : p->g->samples[i],
			    p->g->nstates == 0 ? NULL : p->g->states[j]);
}

/* Requirements whose documents nobody has concluded on. */
static json_t *
documents_of(const struct planning *p)
{
	struct coverage *coverage =
	    gather_coverage(p->g, p->catalogue, NULL, NULL);
	const struct coverage_requirement *row;
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < coverage->nrequirements; i++) {
		row = &coverage->requirements[i];
		if (row->conclusion.lacks_documents &&
		    gather_wants(p->g, row->requirement->scheme->id))
			json_array_append_new(
			    list, json_string(row->requirement->name));
	}
	coverage_free(coverage);
	return list;
}

/* ---- for people ---- */

static char *
or_dash(const json_t *value)
{
	return json_is_string(value) ? text_quote_json(value) : xstrdup("-");
}

static char *
time_text(json_int_t ms)
{
	return ms < 3600000 / 2 ? xasprintf("%.1f min", (double)ms / 60e3)
				: xasprintf("%.1f h", (double)ms / 3600e3);
}

/* What it is likely to take: what it has taken, or all that it may. */
static json_int_t
likely_ms(const json_t *step)
{
	const json_t *usually = json_object_get(step, "usually_ms");

	return json_integer_value(json_is_integer(usually)
		? usually
		: json_object_get(step, "at_most_ms"));
}

static void
fill_row(const json_t *step, char **row)
{
	row[0] = or_dash(json_object_get(step, "sample"));
	row[1] = or_dash(json_object_get(step, "device"));
	row[2] = or_dash(json_object_get(step, "state"));
	row[3] = text_quote_json(json_object_get(step, "probe"));
	row[4] = xasprintf(
	    "%s", json_is_true(json_object_get(step, "person")) ? "yes" : "no");
	row[5] = json_is_integer(json_object_get(step, "usually_ms"))
	    ? time_text(likely_ms(step))
	    : xstrdup("-");
	row[6] =
	    time_text(json_integer_value(json_object_get(step, "at_most_ms")));
}

static void
print_when(const char *title, const json_t *rows)
{
	static const char *const head[COLUMNS] = { "SAMPLE", "DEVICE", "STATE",
		"PROBE", "PERSON", "USUALLY", "AT MOST" };
	json_int_t all = 0, likely = 0;
	const json_t *step;
	char *sum, *usual;
	size_t i;

	if (json_array_size(rows) == 0)
		return;
	json_array_foreach (rows, i, step) {
		all += json_integer_value(json_object_get(step, "at_most_ms"));
		likely += likely_ms(step);
	}
	sum = time_text(all);
	usual = time_text(likely);
	printf("%s: %zu jobs, some %s, %s at most\n", title,
	    json_array_size(rows), usual, sum);
	client_print_table(head, COLUMNS, rows, fill_row);
	free(usual);
	free(sum);
}

static void
print_plan(const struct planning *p, const json_t *documents)
{
	static const char *const titles[ORDER_PLAN_WHENS] = {
		[ORDER_PLAN_ALONE] = "by itself, tonight",
		[ORDER_PLAN_PERSON] = "with a person",
		[ORDER_PLAN_LAST] = "last: it loads the device or changes it",
	};
	const json_t *name;
	char *text;
	unsigned i;
	size_t j;

	for (i = 0; i < ORDER_PLAN_WHENS; i++)
		print_when(titles[i], p->rows[i]);
	json_array_foreach (documents, j, name) {
		text = text_quote_json(name);
		printf("a reviewer: %s (assayctl attest)\n", text);
		free(text);
	}
	puts("what has no probe, or cannot be asked here: assayctl coverage");
}

static void
show(struct client *c, struct planning *p)
{
	json_t *documents = documents_of(p), *steps = json_array(), *o;
	unsigned i;

	plan_all(p);
	if (c->is_json) {
		for (i = 0; i < ORDER_PLAN_WHENS; i++)
			json_array_extend(steps, p->rows[i]);
		o = json_pack(
		    "{s:O, s:O}", "steps", steps, "documents", documents);
		client_print_json(o);
		json_decref(o);
	} else {
		print_plan(p, documents);
	}
	json_decref(steps);
	json_decref(documents);
}

int
client_order_plan(struct client *c)
{
	struct gathered g = { .nsaid = 0 };
	struct catalogue *catalogue = client_catalogue(c);
	struct planning p = { .g = &g, .catalogue = catalogue };
	unsigned i;
	int status;

	if (catalogue == NULL)
		return CLIENT_USAGE;
	status = gather_order(c, c->args.words[0], &g);
	if (status == 0)
		status = client_call(c, "job.took", NULL, &p.took);
	if (status == 0) {
		p.probes = read_probes(
		    json_object_get(g.probes, "probes"), &p.nprobes);
		for (i = 0; i < ORDER_PLAN_WHENS; i++)
			p.rows[i] = json_array();
		show(c, &p);
		for (i = 0; i < ORDER_PLAN_WHENS; i++)
			json_decref(p.rows[i]);
		free_probes(p.probes, p.nprobes);
	}
	json_decref(p.took);
	gather_clear(&g);
	catalogue_free(catalogue);
	return status;
}
