/*
 * junit: a report as JUnit XML, for systems that collect test results.
 *
 * The attributes and elements are those that the common schemas of the format
 * agree on; times of day are in UTC, without a zone, as these want them.
 */
#include "reports/junit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "reports/xml.h"

#define VERDICTS_MAX 20 /* of a check that are told one by one */

/* Takes value. */
static void
put_property(struct text_out *o, const char *name, char *value)
{
	if (value[0] != '\0') {
		text_put_raw(o, "   <property");
		xml_put_attribute(o, "name", name);
		xml_put_attribute(o, "value", value);
		text_put_raw(o, "/>\n");
	}
	free(value);
}

/* ---- a requirement ---- */

enum outcome {
	PASSED,
	SKIPPED,
	FAILED,
	ERRORED,
	OUTCOMES,
};

static bool
has_error(const json_t *requirement)
{
	const json_t *check;
	size_t i;

	json_array_foreach (json_object_get(requirement, "checks"), i, check)
		if (strcmp(export_string(check, "level"), "required") == 0 &&
		    strcmp(export_string(check, "verdict"), "error") == 0)
			return true;
	return false;
}

/* A result that is none of those known is an error, too. */
static enum outcome
outcome_of(const json_t *requirement)
{
	static const struct {
		const char *result;
		enum outcome outcome;
	} outcomes[] = { { "pass", PASSED }, { "pass_with_findings", PASSED },
		{ "conforms", PASSED }, { "na", SKIPPED },
		{ "incomplete", SKIPPED }, { "insufficient", SKIPPED },
		{ "fail", FAILED }, { "does_not_conform", FAILED } };
	const char *result = export_string(requirement, "result");
	enum outcome outcome = ERRORED;
	size_t i;

	for (i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		if (strcmp(result, outcomes[i].result) == 0)
			outcome = outcomes[i].outcome;
	return outcome == SKIPPED && has_error(requirement) ? ERRORED : outcome;
}

struct suite {
	const json_t *report, *by_check;
	const struct export_style *style;
	struct text_out *out;
};

/* "NET-01 completeness 10.77.0.178 [1001, operating]: sentence (evidence)". */
static void
put_verdict(const struct suite *s, const json_t *verdict)
{
	char *parts[] = {
		export_word(
		    s->style, "verdict", export_string(verdict, "verdict")),
		export_text(verdict, "check"),
		export_text(verdict, "claim"),
		export_subject(verdict),
		export_both(verdict, "sentence", s->style->lang),
		export_evidence(s->style, verdict),
		export_where(s->style, verdict),
	};
	char *line = xasprintf("  %s: %s %s %s %s: %s (%s)\n", parts[0],
	    parts[1], parts[2], parts[3], parts[6], parts[4], parts[5]);
	size_t i;

	xml_put(s->out, line);
	free(line);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		free(parts[i]);
}

/* wanted: of this verdict alone; NULL: of each. */
static void
put_verdicts(const struct suite *s, const json_t *check, const char *wanted)
{
	const json_t *list =
	    json_object_get(s->by_check, export_string(check, "check"));
	const json_t *verdict;
	json_t *values;
	char *more;
	size_t i, n = 0;

	json_array_foreach (list, i, verdict) {
		if (wanted != NULL &&
		    strcmp(export_string(verdict, "verdict"), wanted) != 0)
			continue;
		if (++n <= VERDICTS_MAX)
			put_verdict(s, verdict);
	}
	if (n <= VERDICTS_MAX)
		return;
	values = json_pack("{s:I}", "count", (json_int_t)(n - VERDICTS_MAX));
	more = messages_format(s->style->messages, "export.more", values);
	text_put_raw(s->out, "  ");
	xml_put(s->out, more);
	text_put_raw(s->out, "\n");
	free(more);
	json_decref(values);
}

/* failure and error: the verdicts that say so. */
static void
put_outcome(const struct suite *s, const json_t *requirement,
    enum outcome outcome, const char *message)
{
	static const char *const elements[] = { NULL, "skipped", "failure",
		"error" };
	static const char *const wanted[] = { NULL, NULL, "fail", "error" };
	const json_t *check;
	size_t i;

	if (outcome == PASSED)
		return;
	text_putf(s->out, "   <%s", elements[outcome]);
	xml_put_attribute(s->out, "message", message);
	if (outcome == SKIPPED) {
		text_put_raw(s->out, "/>\n");
		return;
	}
	xml_put_attribute(s->out, "type", export_string(requirement, "result"));
	text_put_raw(s->out, ">\n");
	json_array_foreach (json_object_get(requirement, "checks"), i, check)
		if (strcmp(export_string(check, "level"), "required") == 0)
			put_verdicts(s, check, wanted[outcome]);
	text_putf(s->out, "   </%s>\n", elements[outcome]);
}

static void
put_case(const struct suite *s, const json_t *requirement)
{
	enum outcome outcome = outcome_of(requirement);
	char *title = export_both(requirement, "title", s->style->lang);
	char *name =
	    xasprintf("%s %s", export_string(requirement, "id"), title);
	char *result = export_result(s->style, requirement);
	char *gaps = export_gaps(s->style, requirement);
	char *message =
	    xasprintf("%s%s%s", result, gaps[0] == '\0' ? "" : "; ", gaps);
	const json_t *check;
	size_t i;

	text_put_raw(s->out, "  <testcase");
	xml_put_attribute(
	    s->out, "classname", export_string(requirement, "scheme"));
	xml_put_attribute(s->out, "name", name);
	text_put_raw(s->out, ">\n");
	put_outcome(s, requirement, outcome, message);
	text_put_raw(s->out, "   <system-out>\n  ");
	xml_put(s->out, message);
	text_put_raw(s->out, "\n");
	json_array_foreach (json_object_get(requirement, "checks"), i, check)
		put_verdicts(s, check, NULL);
	text_put_raw(s->out, "   </system-out>\n  </testcase>\n");
	free(message);
	free(gaps);
	free(result);
	free(name);
	free(title);
}

/* ---- a scheme ---- */

static bool
is_of(const json_t *requirement, const char *scheme)
{
	return scheme == NULL ||
	    strcmp(export_string(requirement, "scheme"), scheme) == 0;
}

/* Of one scheme, or of all. */
static void
put_counts(const struct suite *s, const char *scheme)
{
	const json_t *requirement;
	size_t counts[OUTCOMES] = { 0 }, all = 0, i;

	json_array_foreach (
	    json_object_get(s->report, "requirements"), i, requirement) {
		if (!is_of(requirement, scheme))
			continue;
		counts[outcome_of(requirement)]++;
		all++;
	}
	xml_put_count(s->out, "tests", all);
	xml_put_count(s->out, "failures", counts[FAILED]);
	xml_put_count(s->out, "errors", counts[ERRORED]);
	if (scheme != NULL)
		xml_put_count(s->out, "skipped", counts[SKIPPED]);
}

static void
put_properties(const struct suite *s, const json_t *scheme)
{
	const json_t *device = json_object_get(s->report, "device");
	const json_t *product = json_object_get(device, "product"), *run;
	size_t i;

	text_put_raw(s->out, "  <properties>\n");
	put_property(s->out, "edition", export_text(scheme, "edition"));
	put_property(s->out, "device", export_text(device, "name"));
	put_property(s->out, "vendor", export_text(product, "vendor"));
	put_property(s->out, "product", export_text(product, "name"));
	put_property(s->out, "model", export_text(product, "model"));
	put_property(s->out, "firmware", export_text(device, "firmware"));
	put_property(s->out, "assay", export_text(s->report, "assay"));
	put_property(s->out, "catalogue",
	    export_text(json_object_get(s->report, "catalogue"), "digest"));
	json_array_foreach (json_object_get(s->report, "runs"), i, run) {
		put_property(s->out, "run", export_text(run, "run"));
		put_property(s->out, "manifest", export_text(run, "manifest"));
	}
	text_put_raw(s->out, "  </properties>\n");
}

static void
put_suite(const struct suite *s, const json_t *scheme)
{
	const char *id = export_string(scheme, "scheme");
	char *bench = export_text(s->report, "bench");
	char *time = export_time(
	    json_integer_value(json_object_get(s->report, "created")));
	const json_t *requirement;
	size_t i;

	time[strcspn(time, "Z")] = '\0';
	text_put_raw(s->out, " <testsuite");
	xml_put_attribute(s->out, "name", id);
	put_counts(s, id);
	xml_put_attribute(s->out, "time", "0");
	xml_put_attribute(s->out, "timestamp", time);
	xml_put_attribute(s->out, "hostname", bench);
	text_put_raw(s->out, ">\n");
	put_properties(s, scheme);
	json_array_foreach (
	    json_object_get(s->report, "requirements"), i, requirement)
		if (is_of(requirement, id))
			put_case(s, requirement);
	text_put_raw(s->out, " </testsuite>\n");
	free(time);
	free(bench);
}

char *
junit_report(const json_t *report, const struct export_style *style)
{
	json_t *by_check = export_by_check(report);
	struct text_out o;
	const struct suite s = { report, by_check, style, &o };
	const json_t *scheme;
	size_t i;

	text_out_start(&o);
	text_put_raw(&o,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<testsuites name=\"assay\"");
	put_counts(&s, NULL);
	text_put_raw(&o, ">\n");
	json_array_foreach (json_object_get(report, "schemes"), i, scheme)
		put_suite(&s, scheme);
	text_put_raw(&o, "</testsuites>\n");
	json_decref(by_check);
	return text_out_end(&o);
}
