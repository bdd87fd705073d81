/*
 * junit_changes: what a run says otherwise than the one before, as JUnit XML.
 */
#include "reports/junit_changes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "reports/text.h"
#include "reports/text_changes.h"
#include "reports/xml.h"

enum outcome {
	NO_CASE,
	PASSED,
	SKIPPED,
	FAILED,
	ERRORED,
	OUTCOMES,
};

static const char *const elements[OUTCOMES] = { NULL, NULL, "skipped",
	"failure", "error" };

/* What is none of these is skipped: it is no pass. */
static enum outcome
outcome_of(const struct changes_row *row)
{
	static const struct {
		const char *heading;
		enum outcome outcome;
	} outcomes[] = { { "new_failure", FAILED }, { "new_error", ERRORED },
		{ "fixed", PASSED }, { "newly_passed", PASSED },
		{ "still_failing", NO_CASE }, { "open", NO_CASE },
		{ "same", NO_CASE } };
	const char *heading = text_changes_heading(row);
	size_t i;

	for (i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		if (strcmp(outcomes[i].heading, heading) == 0)
			return outcomes[i].outcome;
	return SKIPPED;
}

static enum outcome
outcome_of_run(const struct changes *c)
{
	return c->is_newly_broken ? ERRORED
	    : c->is_newly_cut     ? SKIPPED
				  : PASSED;
}

static const struct changes_said *
said(const struct changes_row *row)
{
	return row->after != NULL ? row->after : row->before;
}

/* "NEW FAILURE (method): sentence"; caller frees. */
static char *
message_of(const struct export_style *style, const struct changes_row *row)
{
	const struct changes_said *s = said(row);
	char *heading =
	    export_word(style, "changes", text_changes_heading(row));
	char *sentence = messages_format(
	    style->messages, s->reason, json_object_get(s->record, "values"));
	char *word = NULL, *text;
	unsigned bit = 0;

	if (row->waiver != NULL) {
		word = xasprintf(
		    "%s, %s", row->waiver->until, row->waiver->ticket);
	} else if (row->is_apart) {
		while ((row->basis & 1u << bit) == 0)
			bit++;
		word = xstrdup(
		    changes_basis_name((enum changes_basis)(1u << bit)));
	}
	text = xasprintf("%s%s%s%s: %s", heading, word == NULL ? "" : " (",
	    word == NULL ? "" : word, word == NULL ? "" : ")", sentence);
	free(word);
	free(heading);
	free(sentence);
	return text;
}

static char *
claims_of(const struct changes *c, size_t finding)
{
	const struct changes_row *row;
	struct text_out o;
	size_t i;

	text_out_start(&o);
	for (i = 0; i < c->nrows; i++) {
		row = &c->rows[i];
		if (row->finding == finding)
			text_putf(&o, "%s %s: %s -> %s\n", said(row)->claim,
			    said(row)->subject, verdict_name(row->from),
			    verdict_name(row->to));
	}
	return text_out_end(&o);
}

/* output: what stands in the case beside its outcome. */
static void
put_case(struct text_out *o, const char *name, enum outcome outcome,
    const char *message, const char *output)
{
	text_put_raw(o, "  <testcase classname=\"assay.diff\"");
	xml_put_attribute(o, "name", name);
	text_put_raw(o, ">\n");
	if (outcome != PASSED) {
		text_putf(o, "   <%s", elements[outcome]);
		xml_put_attribute(o, "message", message);
		if (outcome != SKIPPED)
			xml_put_attribute(o, "type", name);
		text_put_raw(o, "/>\n");
	}
	text_put_raw(o, "   <system-out>");
	xml_put(o, output);
	text_put_raw(o, "</system-out>\n  </testcase>\n");
}

static void
put_finding(struct text_out *o, const struct changes *c, size_t finding,
    const struct export_style *style)
{
	const struct changes_row *row = changes_finding(c, finding);
	const enum outcome outcome = outcome_of(row);
	char *message, *name, *claims;

	if (outcome == NO_CASE)
		return;
	message = message_of(style, row);
	name = text_quote(said(row)->check);
	claims = claims_of(c, finding);
	put_case(o, name, outcome, message, claims);
	free(claims);
	free(name);
	free(message);
}

static void
put_run(struct text_out *o, const struct changes *c,
    const struct junit_changes_of *of, const struct export_style *style)
{
	const enum outcome outcome = outcome_of_run(c);
	char *name = xasprintf("run %llu against run %llu",
	    (unsigned long long)of->run, (unsigned long long)of->baseline);
	char *message = export_word(
	    style, "changes", outcome == ERRORED ? "broken" : "cut");

	put_case(o, name, outcome, message, "");
	free(name);
	free(message);
}

static void
put_property(struct text_out *o, const char *name, const char *value)
{
	char *shown = text_quote(value);

	text_put_raw(o, "   <property");
	xml_put_attribute(o, "name", name);
	xml_put_attribute(o, "value", shown);
	text_put_raw(o, "/>\n");
	free(shown);
}

static void
put_properties(struct text_out *o, const struct junit_changes_of *of)
{
	char run[24], baseline[24];

	snprintf(run, sizeof(run), "%llu", (unsigned long long)of->run);
	snprintf(baseline, sizeof(baseline), "%llu",
	    (unsigned long long)of->baseline);
	text_put_raw(o, "  <properties>\n");
	put_property(o, "run", run);
	put_property(o, "baseline", baseline);
	put_property(o, "firmware", of->firmware);
	put_property(o, "firmware.before", of->firmware_before);
	text_put_raw(o, "  </properties>\n");
}

static void
put_counts(struct text_out *o, const struct changes *c, bool with_skipped)
{
	size_t counts[OUTCOMES] = { 0 }, i;

	counts[outcome_of_run(c)]++;
	for (i = 0; i < c->nfindings; i++)
		counts[outcome_of(changes_finding(c, i))]++;
	xml_put_count(o, "tests",
	    counts[PASSED] + counts[SKIPPED] + counts[FAILED] +
		counts[ERRORED]);
	xml_put_count(o, "failures", counts[FAILED]);
	xml_put_count(o, "errors", counts[ERRORED]);
	if (with_skipped)
		xml_put_count(o, "skipped", counts[SKIPPED]);
}

char *
junit_changes(const struct changes *c, const struct junit_changes_of *of,
    const struct export_style *style)
{
	char *device = text_quote(of->device), *bench = text_quote(of->bench),
	     *time = export_time(of->created);
	struct text_out o;
	size_t i;

	time[strcspn(time, "Z")] = '\0';
	text_out_start(&o);
	text_put_raw(&o,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<testsuites name=\"assay\"");
	put_counts(&o, c, false);
	text_put_raw(&o, ">\n <testsuite");
	xml_put_attribute(&o, "name", device);
	put_counts(&o, c, true);
	text_put_raw(&o, " time=\"0\"");
	xml_put_attribute(&o, "timestamp", time);
	xml_put_attribute(&o, "hostname", bench);
	text_put_raw(&o, ">\n");
	put_properties(&o, of);
	put_run(&o, c, of, style);
	for (i = 0; i < c->nfindings; i++)
		put_finding(&o, c, i, style);
	text_put_raw(&o, " </testsuite>\n</testsuites>\n");
	free(time);
	free(bench);
	free(device);
	return text_out_end(&o);
}
