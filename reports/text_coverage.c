/*
 * text_coverage: what of the catalogue is shown of a device, for a terminal.
 */
#include "reports/text_coverage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "reports/text_out.h"
#include "scenarios/messages.h"

#define COLUMNS 7
#define CHECK_COLUMNS 6

static char *
table_of(char **cells, size_t rows, size_t columns)
{
	char *table = text_table((const char *const *)cells, rows, columns);
	size_t i;

	for (i = 0; i < rows * columns; i++)
		free(cells[i]);
	free(cells);
	return table;
}

static char *
sentence(const struct text_style *style, const char *group, const char *name)
{
	char *code = xasprintf("%s%s", group, name);
	char *text = messages_format(style->messages, code, NULL);

	free(code);
	return text;
}

static const char *
gap_name(enum requirement_gap gap)
{
	return requirement_gap_code(gap) + strlen("gap.");
}

/* "no probe 40, not reached 3": of the required checks that are missing. */
static char *
gaps_of(const struct text_style *style, const struct coverage_requirement *row)
{
	size_t counts[REQUIREMENT_GAP_COUNT] = { 0 }, i, gap;
	const struct catalogue_requirement *r = row->requirement;
	struct text_out o;
	bool is_first = true;
	char *word;

	for (i = 0; i < r->nsaid; i++)
		if (r->said[i].link->level == CATALOGUE_REQUIRED)
			counts[row->checks[i]->gap]++;
	text_out_start(&o);
	if (row->exemption != NULL && row->conclusion.word == REQUIREMENT_NA) {
		word = text_quote(row->exemption->reason);
		text_put_raw(&o, word);
		free(word);
		return text_out_end(&o);
	}
	if (row->conclusion.lacks_documents) {
		word = sentence(style, "gap.", "documents");
		text_put_raw(&o, word);
		free(word);
		is_first = false;
	}
	for (gap = REQUIREMENT_GAP_COUNT; gap-- > 1;) {
		if (counts[gap] == 0)
			continue;
		word = sentence(style, "gap.", gap_name(gap));
		text_putf(
		    &o, "%s%s %zu", is_first ? "" : ", ", word, counts[gap]);
		free(word);
		is_first = false;
	}
	if (row->conclusion.narrowed > 0) {
		word = sentence(style, "gap.", "narrowed");
		text_putf(&o, "%s%s %zu", is_first ? "" : ", ", word,
		    row->conclusion.narrowed);
		free(word);
		is_first = false;
	}
	if (row->na != NULL) {
		word = text_quote(row->na->reason);
		text_putf(&o, "%s%s", is_first ? "" : ", ", word);
		free(word);
	}
	return text_out_end(&o);
}

static void
fill_row(const struct text_style *style, const struct coverage_requirement *row,
    const char *lang, char **cells)
{
	const struct requirement_conclusion *c = &row->conclusion;
	char *gaps = gaps_of(style, row);

	cells[0] = text_quote(row->requirement->name);
	cells[1] =
	    sentence(style, "requirement.", requirement_word_name(c->word));
	cells[2] = xasprintf("%zu/%zu", c->passed, c->required);
	cells[3] = xasprintf("%zu", row->with_probe);
	cells[4] = xasprintf("%zu", row->possible);
	cells[5] = xasprintf("%zu", row->run);
	cells[6] = text_quote(catalogue_text(&row->requirement->title, lang));
	if (gaps[0] != '\0') {
		char *title = cells[6];

		cells[6] = xasprintf("%s  (%s)", title, gaps);
		free(title);
	}
	free(gaps);
}

char *
text_coverage(const struct text_style *style, const struct coverage *c,
    const struct catalogue_scheme *scheme, const char *lang)
{
	static const char *const head[COLUMNS] = { "REQUIREMENT", "RESULT",
		"PASSED", "PROBES", "POSSIBLE", "RUN", "TITLE (GAP)" };
	char **cells =
	    xcalloc((c->nrequirements + 1) * COLUMNS, sizeof(*cells));
	size_t rows = 1, i;

	for (i = 0; i < COLUMNS; i++)
		cells[i] = xstrdup(head[i]);
	for (i = 0; i < c->nrequirements; i++) {
		if (scheme != NULL &&
		    c->requirements[i].requirement->scheme != scheme)
			continue;
		fill_row(
		    style, &c->requirements[i], lang, cells + rows++ * COLUMNS);
	}
	return table_of(cells, rows, COLUMNS);
}

/* ---- one requirement's checks ---- */

static char *
why(const struct text_style *style, const struct coverage_check *check)
{
	if (check->na != NULL)
		return text_quote(check->na->reason);
	if (check->verdict == VERDICT_NA)
		return sentence(style, "gap.", "no_technology");
	if (check->gap == REQUIREMENT_GAP_NONE)
		return xstrdup("");
	return sentence(style, "gap.", gap_name(check->gap));
}

char *
text_coverage_checks(
    const struct text_style *style, const struct coverage_requirement *row)
{
	static const char *const head[CHECK_COLUMNS] = { "CHECK", "LEVEL",
		"VERDICT", "RUN", "GAP", "TITLE" };
	const struct catalogue_requirement *r = row->requirement;
	char **cells = xcalloc((r->nsaid + 1) * CHECK_COLUMNS, sizeof(*cells));
	const struct coverage_check *check;
	char **cell;
	size_t i;

	for (i = 0; i < CHECK_COLUMNS; i++)
		cells[i] = xstrdup(head[i]);
	for (i = 0; i < r->nsaid; i++) {
		check = row->checks[i];
		cell = cells + (i + 1) * CHECK_COLUMNS;
		cell[0] = text_quote(check->check->id);
		cell[1] = xstrdup(catalogue_level_name(r->said[i].link->level));
		cell[2] = check->verdict == VERDICT_NONE
		    ? xstrdup("-")
		    : text_verdict_word(style, verdict_name(check->verdict));
		cell[3] = check->run == 0
		    ? xstrdup("-")
		    : xasprintf("%llu", (unsigned long long)check->run);
		cell[4] = why(style, check);
		cell[5] = text_quote(check->check->title.en);
	}
	return table_of(cells, r->nsaid + 1, CHECK_COLUMNS);
}

/* ---- as a value ---- */

static json_t *
na_json(const struct profile_na *na)
{
	return json_pack("{s:s, s:s, s:s}", "reason", na->reason, "by", na->by,
	    "instead", na->instead);
}

static json_t *
check_json(
    const struct catalogue_said *said, const struct coverage_check *check)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:b, s:b, s:b, s:s*}", "check",
	    check->check->id, "level", catalogue_level_name(said->link->level),
	    "verdict", verdict_name(check->verdict), "probe", check->has_probe,
	    "possible", check->is_possible, "run", check->is_run, "topic",
	    said->link->topic);

	if (check->gap != REQUIREMENT_GAP_NONE)
		json_object_set_new(
		    o, "gap", json_string(gap_name(check->gap)));
	if (check->na != NULL)
		json_object_set_new(o, "na", na_json(check->na));
	if (check->seq != 0)
		json_object_set_new(
		    o, "seq", json_integer((json_int_t)check->seq));
	return o;
}

json_t *
text_coverage_json(const struct coverage_requirement *row)
{
	const struct requirement_conclusion *c = &row->conclusion;
	const struct catalogue_requirement *r = row->requirement;
	json_t *checks = json_array(), *o;
	size_t i;

	for (i = 0; i < r->nsaid; i++)
		json_array_append_new(
		    checks, check_json(&r->said[i], row->checks[i]));
	o = json_pack(
	    "{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:o}",
	    "requirement", r->name, "result", requirement_word_name(c->word),
	    "decides", catalogue_decides_name(r->decides), "passed",
	    (json_int_t)c->passed, "required", (json_int_t)c->required,
	    "findings", (json_int_t)c->findings, "narrowed",
	    (json_int_t)c->narrowed, "with_probe", (json_int_t)row->with_probe,
	    "possible", (json_int_t)row->possible, "run", (json_int_t)row->run,
	    "lacks_documents", c->lacks_documents, "checks", checks);
	if (row->na != NULL)
		json_object_set_new(o, "na", na_json(row->na));
	if (row->exemption != NULL)
		json_object_set_new(o, "exemption",
		    json_pack("{s:s, s:s, s:s}", "by", row->exemption->by,
			"since", row->exemption->since, "reason",
			row->exemption->reason));
	return o;
}
