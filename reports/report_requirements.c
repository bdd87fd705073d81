/*
 * report_requirements: each requirement with its word, k of n and its checks,
 * and everything that was not shown, with the reason.  No row is left out but
 * those of schemes that nobody asked for.
 */
#include <string.h>

#include "reports/report_parts.h"
#include "reports/text_coverage.h"

static const char *
gap_name(enum requirement_gap gap)
{
	return requirement_gap_code(gap) + strlen("gap.");
}

/* What keeps a check from being a result of its own; NULL: nothing does. */
static const char *
gap_of(const struct coverage_check *check)
{
	if (check->na != NULL)
		return "narrowed";
	if (check->verdict == VERDICT_NA)
		return "no_technology";
	if (check->gap == REQUIREMENT_GAP_NONE ||
	    check->gap == REQUIREMENT_GAP_FAILED)
		return NULL;
	return gap_name(check->gap);
}

static void
add_gap(json_t *list, const struct coverage_requirement *row, const char *check,
    const char *level, const char *gap)
{
	json_array_append_new(list,
	    json_pack("{s:s, s:s?, s:s?, s:s}", "requirement",
		row->requirement->name, "check", check, "level", level, "gap",
		gap));
}

static void
add_gaps(json_t *list, const struct coverage_requirement *row)
{
	const struct catalogue_requirement *r = row->requirement;
	enum catalogue_level level;
	const char *gap;
	size_t i;

	if (row->conclusion.lacks_documents)
		add_gap(list, row, NULL, NULL, "documents");
	for (i = 0; i < r->nsaid; i++) {
		level = r->said[i].link->level;
		gap = gap_of(row->checks[i]);
		if (gap != NULL && level != CATALOGUE_INFO)
			add_gap(list, row, r->said[i].check->id,
			    catalogue_level_name(level), gap);
	}
}

/* Every word of a reviewer on a document of this requirement, as recorded. */
static json_t *
documents_json(const struct report *r, const char *requirement)
{
	static const char *const kept[] = { "seq", "time", "conclusion",
		"clause", "note", "despite" };
	json_t *list = json_array(), *o;
	const json_t *one, *document;
	size_t i, k;

	json_array_foreach (r->given.attestations, i, one) {
		if (strcmp(report_text(one, "requirement"), requirement) != 0)
			continue;
		o = json_object();
		for (k = 0; k < sizeof(kept) / sizeof(kept[0]); k++)
			json_object_set_new(
			    o, kept[k], report_member(one, kept[k]));
		document = json_object_get(one, "document");
		json_object_set_new(
		    o, "by", report_member(json_object_get(one, "by"), "name"));
		json_object_set_new(o, "file", report_member(document, "file"));
		json_object_set_new(
		    o, "sha256", report_member(document, "sha256"));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *
row_json(const struct report *report, const struct coverage_requirement *row)
{
	const struct catalogue_requirement *r = row->requirement;
	json_t *o = text_coverage_json(row);

	json_object_set_new(o, "scheme", json_string(r->scheme->id));
	json_object_set_new(o, "id", json_string(r->id));
	json_object_set_new(o, "title", report_both(&r->title));
	json_object_set_new(o, "asks", report_both(&r->asks));
	json_object_set_new(o, "edition", json_string(r->scheme->edition));
	json_object_set_new(o, "scheme_status", json_string(r->scheme->status));
	json_object_set_new(o, "status",
	    json_string(r->status[0] == '\0' ? "mandatory" : r->status));
	json_object_set_new(
	    o, "mark", json_string(catalogue_mark_name(r->mark)));
	json_object_set_new(o, "gate", json_boolean(r->is_gate));
	json_object_set_new(o, "documents", documents_json(report, r->name));
	return o;
}

/* The checks that speak to the shown requirements, by ID. */
static void
add_checks(json_t *checks, const struct coverage_requirement *row)
{
	const struct catalogue_check *check;
	size_t i;

	for (i = 0; i < row->requirement->nsaid; i++) {
		check = row->requirement->said[i].check;
		if (json_object_get(checks, check->id) != NULL)
			continue;
		json_object_set_new(checks, check->id,
		    json_pack("{s:o, s:s, s:s, s:s, s:s, s:s}", "title",
			report_both(&check->title), "rule", check->rule,
			"reference", check->reference, "mark",
			catalogue_mark_name(check->mark), "impact",
			catalogue_impact_name(check->impact), "medium",
			catalogue_medium_name(check->medium)));
	}
}

static json_t *
scheme_json(const struct catalogue_scheme *s, const struct coverage *coverage)
{
	json_t *counts = json_object();
	const char *word;
	size_t i;

	for (i = 0; i < coverage->nrequirements; i++) {
		if (coverage->requirements[i].requirement->scheme != s)
			continue;
		word = requirement_word_name(
		    coverage->requirements[i].conclusion.word);
		json_object_set_new(counts, word,
		    json_integer(
			1 + json_integer_value(json_object_get(counts, word))));
	}
	return json_pack("{s:s, s:o, s:s, s:s, s:s, s:I, s:o}", "scheme", s->id,
	    "title", report_both(&s->title), "edition", s->edition, "status",
	    s->status, "source", s->source, "requirements",
	    (json_int_t)s->nrequirements, "results", counts);
}

void
report_requirements(
    const struct report *r, const struct coverage *coverage, json_t *o)
{
	json_t *schemes = json_array(), *rows = json_array(),
	       *checks = json_object(), *gaps = json_array();
	const struct catalogue *c = r->given.catalogue;
	const struct coverage_requirement *row;
	size_t i;

	for (i = 0; i < catalogue_scheme_count(c); i++)
		if (report_wants(r, catalogue_scheme_at(c, i)))
			json_array_append_new(schemes,
			    scheme_json(catalogue_scheme_at(c, i), coverage));
	for (i = 0; i < coverage->nrequirements; i++) {
		row = &coverage->requirements[i];
		if (!report_wants(r, row->requirement->scheme))
			continue;
		json_array_append_new(rows, row_json(r, row));
		add_checks(checks, row);
		add_gaps(gaps, row);
	}
	json_object_set_new(o, "schemes", schemes);
	json_object_set_new(o, "requirements", rows);
	json_object_set_new(o, "checks", checks);
	json_object_set_new(o, "not_tested", gaps);
}
