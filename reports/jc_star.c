/*
 * jc_star: the sixteen criteria of JC-STAR ★1 in the order of IPA's checklist.
 *
 * All sixteen are there, whatever the catalogue has: one that it lacks is
 * incomplete.
 */
#include "reports/jc_star.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "reports/csv.h"
#include "reports/export.h"

#define SCHEME "JC-STAR"
#define CRITERIA 16
#define EVIDENCE_MAX 20 /* verdicts of a criterion that are named */

static bool
has_scheme(const json_t *report)
{
	const json_t *scheme;
	size_t i;

	json_array_foreach (json_object_get(report, "schemes"), i, scheme)
		if (strcmp(export_string(scheme, "scheme"), SCHEME) == 0)
			return true;
	return false;
}

static const json_t *
find(const json_t *report, const char *id)
{
	const json_t *r;
	size_t i;

	json_array_foreach (json_object_get(report, "requirements"), i, r)
		if (strcmp(export_string(r, "scheme"), SCHEME) == 0 &&
		    strcmp(export_string(r, "id"), id) == 0)
			return r;
	return NULL;
}

/* Takes text. */
static void
put(struct text_out *o, char *text)
{
	csv_put(o, text);
	free(text);
}

/* The verdicts of what weighs, as far as they say something. */
static char *
evidence(const struct export_style *style, const json_t *requirement,
    const json_t *by_check)
{
	const json_t *check, *list, *verdict;
	struct text_out o;
	size_t n = 0, i, j;
	char *text;

	text_out_start(&o);
	json_array_foreach (json_object_get(requirement, "checks"), i, check) {
		if (strcmp(export_string(check, "level"), "info") == 0)
			continue;
		list = json_object_get(by_check, export_string(check, "check"));
		json_array_foreach (list, j, verdict) {
			if (++n > EVIDENCE_MAX)
				continue;
			text = export_evidence(style, verdict);
			text_put_raw(&o, n > 1 ? "; " : "");
			text_put(&o, export_string(check, "check"));
			text_putf(&o, ": %s", text);
			free(text);
		}
	}
	if (n > EVIDENCE_MAX)
		text_putf(&o, "; +%zu", n - EVIDENCE_MAX);
	return text_out_end(&o);
}

static char *
remarks(const struct export_style *style, const json_t *requirement)
{
	char *result = export_result(style, requirement);
	char *gaps = export_gaps(style, requirement);
	char *text =
	    xasprintf("%s%s%s", result, gaps[0] == '\0' ? "" : "; ", gaps);

	free(gaps);
	free(result);
	return text;
}

/* A criterion that the catalogue lacks. */
static json_t *
lacking(const char *id)
{
	return json_pack("{s:s, s:{s:s, s:s}, s:s, s:b, s:[]}", "id", id,
	    "title", "en", "not in the catalogue", "ja", "カタログに無い項目",
	    "result", "incomplete", "lacks_documents", 1, "checks");
}

static void
put_row(struct text_out *o, const json_t *requirement, const json_t *by_check,
    const struct export_style *ja, const struct export_style *en)
{
	const char *result = export_string(requirement, "result");

	put(o, export_text(requirement, "id"));
	put(o, export_both(requirement, "title", "ja"));
	put(o, export_both(requirement, "title", "en"));
	put(o, export_word(ja, "requirement", result));
	put(o, export_word(en, "requirement", result));
	put(o, evidence(ja, requirement, by_check));
	put(o, evidence(en, requirement, by_check));
	put(o, remarks(ja, requirement));
	put(o, remarks(en, requirement));
	csv_end_row(o);
}

char *
jc_star_report(
    const json_t *report, const struct messages *en, const struct messages *ja)
{
	static const char *const columns[] = { "番号 / criterion", "適合基準",
		"title", "結果", "result", "エビデンス", "evidence", "備考",
		"remarks" };
	const struct export_style in_ja = { "ja", ja }, in_en = { "en", en };
	const json_t *requirement;
	json_t *by_check, *stand_in;
	struct text_out o;
	size_t i;
	char *id;

	if (!has_scheme(report))
		return NULL;
	by_check = export_by_check(report);
	text_out_start(&o);
	for (i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		csv_put(&o, columns[i]);
	csv_end_row(&o);
	for (i = 1; i <= CRITERIA; i++) {
		id = xasprintf("S1.1-%02zu", i);
		requirement = find(report, id);
		stand_in = requirement == NULL ? lacking(id) : NULL;
		put_row(&o, requirement == NULL ? stand_in : requirement,
		    by_check, &in_ja, &in_en);
		json_decref(stand_in);
		free(id);
	}
	json_decref(by_check);
	return text_out_end(&o);
}
