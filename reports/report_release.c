/*
 * report_release: who reviewed and authorised a report, and what it replaces.
 */
#include "reports/report_release.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "reports/report_parts.h"

/* ---- what was signed ---- */

/* Of each row of a list these members, in their order. */
static json_t *
rows_of(const json_t *list, const char *const *names)
{
	json_t *rows = json_array(), *row;
	const json_t *one;
	size_t i, j;

	json_array_foreach (list, i, one) {
		row = json_array();
		for (j = 0; names[j] != NULL; j++)
			json_array_append_new(
			    row, report_member(one, names[j]));
		json_array_append_new(rows, row);
	}
	return rows;
}

/* Who signs, and when, is said by the statements. */
static json_t *
lab_of(const json_t *report)
{
	static const char *const said[] = { "reviewed", "authorised", "issued",
		"number" };
	json_t *lab = json_deep_copy(json_object_get(report, "lab"));
	size_t i;

	if (lab == NULL)
		return json_null();
	for (i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		json_object_del(lab, said[i]);
	return lab;
}

void
report_release_digest(const json_t *report, char out[SHA256_HEX_SIZE])
{
	static const char *const runs[] = { "run", "manifest", NULL };
	static const char *const verdicts[] = { "seq", "sha256", NULL };
	static const char *const results[] = { "requirement", "result",
		"passed", "required", NULL };
	const json_t *order = json_object_get(report, "order"),
		     *device = json_object_get(report, "device");
	json_t *o =
	    json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		"bench", report_member(report, "bench"), "device",
		report_member(device, "name"), "profile",
		report_member(device, "profile"), "order",
		report_member(order, "name"), "samples",
		report_member(order, "samples"), "runs",
		rows_of(json_object_get(report, "runs"), runs), "verdicts",
		rows_of(json_object_get(report, "verdicts"), verdicts),
		"requirements",
		rows_of(json_object_get(report, "requirements"), results),
		"catalogue",
		report_member(json_object_get(report, "catalogue"), "digest"),
		"deviations", report_member(report, "deviations"));
	char *text;

	json_object_set_new(
	    o, "comparison", report_member(order, "comparison"));
	json_object_set_new(o, "lab", lab_of(report));
	text = json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS);
	if (text == NULL)
		fatal("a report cannot be written as JSON");
	sha256_hex(text, strlen(text), out);
	free(text);
	json_decref(o);
}

/* ---- who signed ---- */

struct reading {
	const char *number, *digest;
	json_t *reviewed, *authorised, *amends; /* NULL: nobody has */
	const char *amended_by;                 /* NULL: none */
	bool is_outdated;
};

static const char *
by_of(const json_t *record)
{
	return report_text(json_object_get(record, "by"), "name");
}

static json_t *
signed_json(const json_t *record)
{
	return json_pack("{s:s, s:o, s:o}", "by", by_of(record), "time",
	    report_member(record, "time"), "run", report_member(record, "run"));
}

static void
read_review(struct reading *r, const json_t *record)
{
	if (r->authorised != NULL)
		return; /* what was authorised keeps its reviewer */
	json_decref(r->reviewed);
	r->reviewed = signed_json(record);
}

static void
read_authorisation(struct reading *r, const json_t *record)
{
	if (r->reviewed == NULL ||
	    release_is_same_person(
		report_text(r->reviewed, "by"), by_of(record)))
		return; /* one person is no two */
	json_decref(r->authorised);
	r->authorised = signed_json(record);
}

static void
read_statement(struct reading *r, const json_t *record)
{
	const char *what = report_text(record, "requirement"),
		   *digest = report_text(
		       json_object_get(
			   json_object_get(record, "checks"), RELEASE_CHECK),
		       "detail");
	size_t n = strlen(RELEASE_AMENDS);
	bool is_review = strcmp(what, RELEASE_REVIEWED) == 0,
	     is_ours = strcmp(report_text(record, "clause"), r->number) == 0;

	if (strncmp(what, RELEASE_AMENDS, n) == 0) {
		if (strcmp(what + n, r->number) == 0)
			r->amended_by = report_text(record, "clause");
		if (!is_ours)
			return;
		json_decref(r->amends);
		r->amends = signed_json(record);
		json_object_set_new(r->amends, "number", json_string(what + n));
		json_object_set_new(
		    r->amends, "reason", report_member(record, "note"));
		return;
	}
	if (!is_ours || (!is_review && strcmp(what, RELEASE_AUTHORISED) != 0))
		return;
	if (strcmp(digest, r->digest) != 0)
		r->is_outdated = true;
	else if (is_review)
		read_review(r, record);
	else
		read_authorisation(r, record);
}

static json_t *
or_null(json_t *value)
{
	return value == NULL ? json_null() : value;
}

void
report_release_set(
    json_t *report, const json_t *attestations, const char *number)
{
	char digest[SHA256_HEX_SIZE];
	struct reading r = { .number = number, .digest = digest };
	const json_t *record;
	size_t i;

	if (number[0] == '\0') {
		json_object_set_new(report, "release", json_null());
		return;
	}
	report_release_digest(report, digest);
	json_array_foreach (attestations, i, record)
		read_statement(&r, record);
	json_object_set_new(report, "release",
	    json_pack("{s:s, s:s, s:s, s:b, s:s?, s:o, s:o, s:o}", "number",
		number, "digest", digest, "status",
		r.authorised != NULL     ? "authorised"
		    : r.reviewed != NULL ? "reviewed"
					 : "draft",
		"outdated", (int)(r.is_outdated && r.authorised == NULL),
		"amended_by", r.amended_by, "reviewed", or_null(r.reviewed),
		"authorised", or_null(r.authorised), "amends",
		or_null(r.amends)));
}
