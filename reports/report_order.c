/*
 * report_order: the order that a report is over: whose it is, which samples
 * came for it, and what each check showed of each of them in each state.
 *
 * A sample that came and a state that was asked for have their place though
 * nobody tested them: what is missing is seen.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "reports/report_parts.h"

struct names {
	const char **names;
	size_t n;
};

static void
add_name(struct names *list, const char *name)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (strcmp(list->names[i], name) == 0)
			return;
	list->names = xrealloc(list->names, list->n + 1, sizeof(*list->names));
	list->names[list->n++] = name;
}

/* Those that are asked for, then those that something was said of. */
static void
gather_names(
    const struct report *r, struct names *samples, struct names *states)
{
	size_t i;

	for (i = 0; i < r->given.nsamples; i++)
		add_name(samples, r->given.samples[i]);
	for (i = 0; i < r->given.nstates; i++)
		add_name(states, r->given.states[i]);
	for (i = 0; i < r->nsaid; i++) {
		add_name(samples, r->said[i].sample);
		add_name(states, r->said[i].state);
	}
}

/* ---- the samples ---- */

static json_t *
devices_of(const json_t *devices, const char *serial)
{
	json_t *list = json_array();
	const json_t *one;
	size_t i;

	json_array_foreach (devices, i, one)
		if (strcmp(
			report_text(json_object_get(one, "sample"), "serial"),
			serial) == 0)
			json_array_append_new(list,
			    json_pack("{s:s, s:o}", "name",
				report_text(one, "name"), "mac",
				report_member(one, "mac")));
	return list;
}

static json_t *
samples_json(const json_t *order)
{
	static const char *const kept[] = { "name", "serial", "condition",
		"received", "by", "photo", "photo_sha256" };
	const json_t *sample;
	json_t *list = json_array(), *o;
	size_t i, j;

	json_array_foreach (json_object_get(order, "samples"), i, sample) {
		o = json_object();
		for (j = 0; j < sizeof(kept) / sizeof(kept[0]); j++)
			json_object_set_new(o, kept[j],
			    json_string(report_text(sample, kept[j])));
		json_object_set_new(o, "devices",
		    devices_of(json_object_get(order, "devices"),
			report_text(sample, "serial")));
		json_array_append_new(list, o);
	}
	return list;
}

/* ---- what each check showed ---- */

static void
add_shown(json_t *list, const struct coverage *coverage, const char *sample,
    const char *state)
{
	const struct coverage_check *check;
	size_t i;

	for (i = 0; i < coverage->nchecks; i++) {
		check = &coverage->checks[i];
		if (check->is_run)
			json_array_append_new(list,
			    json_pack("{s:s, s:s, s:s, s:s, s:I}", "check",
				check->check->id, "sample", sample, "state",
				state, "verdict", verdict_name(check->verdict),
				"seq", (json_int_t)check->seq));
	}
}

static json_t *
shown_json(const struct report *r, const char *const *probed,
    const struct names *samples, const struct names *states)
{
	json_t *list = json_array();
	struct coverage *coverage;
	size_t i, j;

	for (i = 0; i < samples->n; i++)
		for (j = 0; j < states->n; j++) {
			coverage = report_coverage(
			    r, probed, samples->names[i], states->names[j]);
			add_shown(list, coverage, samples->names[i],
			    states->names[j]);
			coverage_free(coverage);
		}
	return list;
}

static json_t *
names_json(const struct names *list)
{
	json_t *o = json_array();
	size_t i;

	for (i = 0; i < list->n; i++)
		json_array_append_new(o, json_string(list->names[i]));
	return o;
}

json_t *
report_order(const struct report *r, const char *const *probed)
{
	static const char *const kept[] = { "name", "status", "customer",
		"product", "schemes", "target", "exempt", "basis", "by",
		"note" };
	const json_t *order = json_object_get(r->given.order, "order");
	struct names samples = { .n = 0 }, states = { .n = 0 };
	json_t *o;
	size_t i;

	if (r->given.order == NULL)
		return json_null();
	gather_names(r, &samples, &states);
	o = json_object();
	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		json_object_set_new(o, kept[i], report_member(order, kept[i]));
	json_object_set_new(o, "samples", samples_json(r->given.order));
	json_object_set_new(o, "serials", names_json(&samples));
	json_object_set_new(o, "states", names_json(&states));
	json_object_set_new(
	    o, "shown", shown_json(r, probed, &samples, &states));
	json_object_set_new(o, "comparison",
	    r->comparison == NULL ? json_null() : json_incref(r->comparison));
	free(samples.names);
	free(states.names);
	return o;
}
