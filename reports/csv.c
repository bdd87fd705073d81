/*
 * csv: a report as a table (RFC 4180) for a laboratory's information system.
 *
 * A requirement that no check speaks to has a row, too: what is missing is
 * missed by nobody who only counts rows.
 */
#include "reports/csv.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "reports/export.h"

/* What a spreadsheet takes for the begin of a formula, the wide forms of
 * Japanese input among them, spaces before it or not. */
static bool
is_formula(const char *s)
{
	static const char *const begins[] = { "=", "+", "-", "@", "|", "\t",
		"\r", "\n", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
		"\xef\xbc\xa0" };
	size_t i;

	for (;;) {
		if (*s == ' ')
			s++;
		else if (strncmp(s, "\xc2\xa0", 2) == 0)
			s += 2;
		else if (strncmp(s, "\xe3\x80\x80", 3) == 0)
			s += 3;
		else
			break;
	}
	for (i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (strncmp(s, begins[i], strlen(begins[i])) == 0)
			return true;
	return false;
}

void
csv_put(struct text_out *o, const char *s)
{
	const char *quote;

	if (o->size > 0 && o->text[o->size - 1] == '"')
		text_put_raw(o, ",");
	text_put_raw(o, "\"");
	if (is_formula(s))
		text_put_raw(o, "'");
	for (quote = strchr(s, '"'); quote != NULL; quote = strchr(s, '"')) {
		text_putf(o, "%.*s\"\"", (int)(quote - s), s);
		s = quote + 1;
	}
	text_put_raw(o, s);
	text_put_raw(o, "\"");
}

void
csv_end_row(struct text_out *o)
{
	text_put_raw(o, "\r\n");
}

/* ---- the columns ---- */

struct row {
	const json_t *report, *requirement;
	const json_t *check;    /* of the requirement; NULL: it has none */
	const json_t *verdicts; /* of that check; NULL: none */
	const json_t *verdict;  /* that decided it; NULL: none did */
	const char *lang;
};

static char *
column_check_title(const struct row *r)
{
	const json_t *checks = json_object_get(r->report, "checks");

	return export_both(
	    json_object_get(checks, export_string(r->check, "check")), "title",
	    r->lang);
}

static char *
column_title(const struct row *r)
{
	return export_both(r->requirement, "title", r->lang);
}

/* Without a check, what is missing can be documents alone. */
static char *
column_gap(const struct row *r)
{
	if (r->check == NULL &&
	    json_is_true(json_object_get(r->requirement, "lacks_documents")))
		return xstrdup("documents");
	return export_text(r->check, "gap");
}

static char *
column_subject(const struct row *r)
{
	return export_subject(r->verdict);
}

static char *
column_sentence(const struct row *r)
{
	return export_both(r->verdict, "sentence", r->lang);
}

static char *
column_verdicts(const struct row *r)
{
	const json_t *verdict;
	const char *sep = "";
	struct text_out o;
	size_t i;

	text_out_start(&o);
	json_array_foreach (r->verdicts, i, verdict) {
		text_putf(&o, "%s%" JSON_INTEGER_FORMAT, sep,
		    json_integer_value(json_object_get(verdict, "seq")));
		sep = " ";
	}
	return text_out_end(&o);
}

static char *
column_created(const struct row *r)
{
	return export_time(
	    json_integer_value(json_object_get(r->report, "created")));
}

enum source {
	OF_REPORT,
	OF_CATALOGUE,
	OF_DEVICE,
	OF_PRODUCT,
	OF_REQUIREMENT,
	OF_CHECK,
	OF_NA,
	OF_VERDICT,
	OF_SLICE,
};

static const struct column {
	const char *name;
	enum source source;
	const char *key;                    /* of the source; or */
	char *(*make)(const struct row *r); /* caller frees */
} columns[] = {
	{ "scheme", OF_REQUIREMENT, "scheme", NULL },
	{ "edition", OF_REQUIREMENT, "edition", NULL },
	{ "requirement", OF_REQUIREMENT, "id", NULL },
	{ "title", OF_REQUIREMENT, NULL, column_title },
	{ "decides", OF_REQUIREMENT, "decides", NULL },
	{ "result", OF_REQUIREMENT, "result", NULL },
	{ "passed", OF_REQUIREMENT, "passed", NULL },
	{ "required", OF_REQUIREMENT, "required", NULL },
	{ "lacks_documents", OF_REQUIREMENT, "lacks_documents", NULL },
	{ "check", OF_CHECK, "check", NULL },
	{ "check_title", OF_CHECK, NULL, column_check_title },
	{ "level", OF_CHECK, "level", NULL },
	{ "topic", OF_CHECK, "topic", NULL },
	{ "verdict", OF_CHECK, "verdict", NULL },
	{ "gap", OF_CHECK, NULL, column_gap },
	{ "na_reason", OF_NA, "reason", NULL },
	{ "na_by", OF_NA, "by", NULL },
	{ "na_instead", OF_NA, "instead", NULL },
	{ "verdicts", OF_VERDICT, NULL, column_verdicts },
	{ "decided_by", OF_VERDICT, "seq", NULL },
	{ "run", OF_VERDICT, "run", NULL },
	{ "probe", OF_VERDICT, "probe", NULL },
	{ "method", OF_VERDICT, "method", NULL },
	{ "sample", OF_VERDICT, "sample", NULL },
	{ "state", OF_VERDICT, "state", NULL },
	{ "mode", OF_VERDICT, "mode", NULL },
	{ "firmware", OF_VERDICT, "firmware", NULL },
	{ "claim", OF_VERDICT, "claim", NULL },
	{ "subject", OF_VERDICT, NULL, column_subject },
	{ "reason", OF_VERDICT, "reason", NULL },
	{ "sentence", OF_VERDICT, NULL, column_sentence },
	{ "frames", OF_VERDICT, "frames", NULL },
	{ "slice", OF_SLICE, "file", NULL },
	{ "slice_sha256", OF_SLICE, "sha256", NULL },
	{ "record_sha256", OF_VERDICT, "sha256", NULL },
	{ "device", OF_DEVICE, "name", NULL },
	{ "vendor", OF_PRODUCT, "vendor", NULL },
	{ "product", OF_PRODUCT, "name", NULL },
	{ "model", OF_PRODUCT, "model", NULL },
	{ "order", OF_DEVICE, "order", NULL },
	{ "bench", OF_REPORT, "bench", NULL },
	{ "assay", OF_REPORT, "assay", NULL },
	{ "catalogue", OF_CATALOGUE, "edition", NULL },
	{ "catalogue_sha256", OF_CATALOGUE, "digest", NULL },
	{ "created", OF_REPORT, NULL, column_created },
};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static const json_t *
source_of(const struct row *r, enum source source)
{
	const json_t *device = json_object_get(r->report, "device");

	switch (source) {
	case OF_REPORT:
		return r->report;
	case OF_CATALOGUE:
		return json_object_get(r->report, "catalogue");
	case OF_DEVICE:
		return device;
	case OF_PRODUCT:
		return json_object_get(device, "product");
	case OF_REQUIREMENT:
		return r->requirement;
	case OF_CHECK:
		return r->check;
	case OF_NA:
		return json_object_get(r->check, "na");
	case OF_VERDICT:
		return r->verdict;
	case OF_SLICE:
		return json_object_get(r->verdict, "slice");
	}
	return NULL;
}

static void
put_row(struct text_out *o, const struct row *r)
{
	const struct column *c;
	char *text;

	for (c = columns; c < columns + COLUMNS; c++) {
		text = c->make != NULL
		    ? c->make(r)
		    : export_text(source_of(r, c->source), c->key);
		csv_put(o, text);
		free(text);
	}
	csv_end_row(o);
}

static void
put_requirement(struct text_out *o, struct row *r, const json_t *by_check)
{
	const json_t *checks = json_object_get(r->requirement, "checks");
	size_t i;

	r->check = NULL;
	r->verdicts = NULL;
	r->verdict = NULL;
	if (json_array_size(checks) == 0) {
		put_row(o, r);
		return;
	}
	for (i = 0; i < json_array_size(checks); i++) {
		r->check = json_array_get(checks, i);
		r->verdicts =
		    json_object_get(by_check, export_string(r->check, "check"));
		r->verdict = export_find(r->verdicts,
		    json_integer_value(json_object_get(r->check, "seq")));
		put_row(o, r);
	}
}

char *
csv_report(const json_t *report, const char *lang)
{
	const json_t *requirements = json_object_get(report, "requirements");
	json_t *by_check = export_by_check(report);
	struct row r = { .report = report, .lang = lang };
	struct text_out o;
	size_t i;

	text_out_start(&o);
	for (i = 0; i < COLUMNS; i++)
		csv_put(&o, columns[i].name);
	csv_end_row(&o);
	json_array_foreach (requirements, i, r.requirement)
		put_requirement(&o, &r, by_check);
	json_decref(by_check);
	return text_out_end(&o);
}
