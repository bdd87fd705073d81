/*
 * html_annex: what a reader of a test report must be told beside the results:
 * deviations by themselves, what was not shown and why, what the records are
 * sealed by, the decision rule, opinions apart, who answers for it.
 */
#include <string.h>

#include "reports/html_parts.h"

/* ---- deviations ---- */

static void
put_deviation(struct html *h, const json_t *d)
{
	html_raw(h, "<tr><td>");
	html_put_name(h, "report.deviation_", html_text(d, "kind"));
	html_raw(h, "</td><td>");
	if (json_is_integer(json_object_get(d, "run")))
		html_rawf(h, "%lld", (long long)html_integer(d, "run"));
	if (json_is_integer(json_object_get(d, "step")))
		html_rawf(h, " / %lld", (long long)html_integer(d, "step"));
	html_raw(h, "</td><td>");
	html_put(h, html_text(d, "probe"));
	html_put(h, html_text(d, "check"));
	html_raw(h, "</td><td><bdi>");
	html_put(h, html_text(d, "name"));
	html_raw(h, "</bdi></td><td><bdi>");
	if (json_object_get(d, "value") != NULL)
		html_put_json(h, json_object_get(d, "value"));
	html_raw(h, "</bdi>");
	if (json_is_string(json_object_get(d, "by"))) {
		html_raw(h, " (<bdi>");
		html_put(h, html_text(d, "by"));
		html_raw(h, "</bdi>; <bdi>");
		html_put(h, html_text(d, "instead"));
		html_raw(h, "</bdi>)†");
	}
	if (json_object_get(d, "default") != NULL) {
		html_raw(h, " (");
		html_put_word(h, "default");
		html_raw(h, " ");
		html_put_json(h, json_object_get(d, "default"));
		html_raw(h, ")");
	}
	html_raw(h, "</td></tr>\n");
}

void
html_deviations(struct html *h)
{
	static const char *const words[] = { "deviation", "run_step", "about",
		"name", "value", NULL };
	const json_t *list = json_object_get(h->report, "deviations"), *d;
	size_t i;

	html_section(h, "deviations", "deviations");
	if (json_array_size(list) == 0) {
		html_raw(h, "<p>");
		html_put_word(h, "no_deviations");
		html_raw(h, "</p>\n");
	} else {
		html_table(h, "rows", words);
		json_array_foreach (list, i, d)
			put_deviation(h, d);
		html_table_end(h);
	}
	html_section_end(h);
}

/* ---- what it is sealed by ---- */

static void
put_hash(struct html *h, const char *word, const json_t *value)
{
	html_fact(h, word);
	html_raw(h, "<code class=\"hash\">");
	html_put_json(h, value);
	html_raw(h, "</code>");
	html_fact_end(h);
}

static void
put_clock(struct html *h, const json_t *clock)
{
	html_put_name(h, "report.clock_", html_text(clock, "source"));
	if (!json_is_integer(json_object_get(clock, "bound_ns")))
		return;
	html_rawf(
	    h, " (± %.3f ms)", (double)html_integer(clock, "bound_ns") / 1e6);
}

static void
put_captures(struct html *h, const json_t *run)
{
	const json_t *one;
	size_t i;

	html_fact(h, "captures");
	json_array_foreach (json_object_get(run, "captures"), i, one) {
		html_raw(h, "<code class=\"hash\">");
		html_put(h, html_text(one, "segment"));
		html_raw(h, "/");
		html_put(h, html_text(one, "file"));
		html_raw(h, "</code> ");
		html_put_count(h, html_integer(one, "frames"));
		html_raw(h, " ");
		html_put_word(h, "frames");
		html_raw(h, ", ");
		html_put_word(h, "dropped");
		html_raw(h, " ");
		html_put_json(h, json_object_get(one, "dropped"));
		html_raw(h, "<br><code class=\"hash\">sha256 ");
		html_put_json(h, json_object_get(one, "sha256"));
		html_raw(h, "</code><br>");
	}
	html_fact_end(h);
}

static void
put_sealed(struct html *h, const json_t *run)
{
	html_raw(h, "<h3>");
	html_put_word(h, "run");
	html_rawf(h, " %lld</h3>\n<table class=\"facts\"><tbody>\n",
	    (long long)html_integer(run, "run"));
	put_hash(h, "manifest", json_object_get(run, "manifest"));
	put_hash(h, "head", json_object_get(run, "head"));
	put_hash(h, "prev_manifest", json_object_get(run, "prev_manifest"));
	put_hash(h, "key", json_object_get(run, "key"));
	html_fact(h, "signature");
	html_put_prose(h,
	    json_is_true(json_object_get(run, "signed")) ? "is_signed"
							 : "is_not_signed");
	html_fact_end(h);
	html_fact(h, "isolation");
	html_put_word(h,
	    json_is_true(json_object_get(run, "isolated")) ? "is_isolated"
		: json_is_null(json_object_get(run, "isolated"))
		? "isolation_unknown"
		: "not_isolated");
	html_fact_end(h);
	html_fact(h, "clock");
	put_clock(h, json_object_get(run, "clock"));
	html_raw(h, " – ");
	put_clock(h, json_object_get(run, "clock_end"));
	html_fact_end(h);
	put_hash(h, "profile",
	    json_object_get(json_object_get(run, "profile"), "sha256"));
	put_hash(h, "scenario",
	    json_object_get(json_object_get(run, "scenario"), "sha256"));
	put_captures(h, run);
	html_raw(h, "</tbody></table>\n");
}

void
html_integrity(struct html *h)
{
	const json_t *run;
	size_t i;

	html_section(h, "integrity", "integrity");
	html_raw(h, "<p>");
	html_put_prose(h, "integrity_read");
	html_raw(h, "</p>\n");
	json_array_foreach (json_object_get(h->report, "runs"), i, run)
		put_sealed(h, run);
	html_section_end(h);
}

/* ---- the lab's own words ---- */

static void
put_texts(struct html *h, const char *word, const json_t *texts)
{
	const json_t *one;
	size_t i;

	html_raw(h, "<h3>");
	html_put_word(h, word);
	html_raw(h, "</h3>\n");
	if (json_array_size(texts) == 0) {
		html_raw(h, "<p>");
		html_put_word(h, "none");
		html_raw(h, "</p>\n");
	}
	json_array_foreach (texts, i, one) {
		html_raw(h, "<p>");
		html_put_json(h, one);
		html_raw(h, "</p>\n");
	}
}

/* The statements on the report's number, once there is one; what a template
 * says of itself has no weight beside them. */
static const json_t *
signed_off(const struct html *h, const char *what)
{
	const json_t *release = json_object_get(h->report, "release");

	if (json_is_true(json_object_get(release, "outdated")) ||
	    json_is_object(json_object_get(release, "reviewed")))
		return json_object_get(release, what);
	return json_object_get(json_object_get(h->report, "lab"), what);
}

bool
html_is_authorised(const struct html *h)
{
	return json_is_object(signed_off(h, "authorised"));
}

static void
put_signed_off(struct html *h, const char *word)
{
	const json_t *who = signed_off(h, word);

	html_raw(h, "<div>");
	html_put_word(h, word);
	html_raw(h, "<br>");
	if (json_is_object(who)) {
		html_raw(h, "<strong>");
		html_put(h, html_text(who, "by"));
		html_raw(h, "</strong>, ");
		if (json_is_integer(json_object_get(who, "time"))) {
			html_put_time(h, json_object_get(who, "time"));
			html_raw(h, " (");
			html_put_word(h, "run");
			html_rawf(
			    h, " %lld)", (long long)html_integer(who, "run"));
		} else {
			html_put(h, html_text(who, "date"));
		}
	} else {
		html_put_word(h, "nobody_yet");
	}
	html_raw(h, "</div>");
}

/* Which report it replaces, why, and who said so. */
static void
put_amendment(struct html *h)
{
	const json_t *release = json_object_get(h->report, "release"),
		     *amends = json_object_get(release, "amends");

	if (json_is_true(json_object_get(release, "outdated"))) {
		html_raw(h, "<p class=\"note bad\">");
		html_put_word(h, "outdated");
		html_raw(h, "</p>\n");
	}
	if (!json_is_object(amends))
		return;
	html_raw(h, "<h3>");
	html_put_word(h, "amends");
	html_raw(h, " ");
	html_put(h, html_text(amends, "number"));
	html_raw(h, "</h3><p>");
	html_put(h, html_text(amends, "reason"));
	html_raw(h, "</p><p class=\"small\">");
	html_put(h, html_text(amends, "by"));
	html_raw(h, ", ");
	html_put_time(h, json_object_get(amends, "time"));
	html_raw(h, "</p>\n");
}

void
html_statements(struct html *h)
{
	const json_t *lab = json_object_get(h->report, "lab");
	const char *rule = html_text(lab, "decision_rule");

	html_section(h, "statements", "statements");
	html_raw(h, "<h3>");
	html_put_word(h, "decision_rule");
	html_raw(h, "</h3><p>");
	html_put(h, rule[0] == '\0' ? html_word(h, "decision_rule_own") : rule);
	html_raw(h, "</p><p>");
	html_put_word(h, "relates_to");
	html_raw(h, "</p>\n");
	put_amendment(h);
	put_texts(h, "remarks", json_object_get(lab, "remarks"));
	put_texts(h, "opinions", json_object_get(lab, "opinions"));
	html_raw(h, "<p class=\"small\">");
	html_put_word(h, "opinions_read");
	html_raw(h, "</p><div class=\"sign\">");
	put_signed_off(h, "reviewed");
	put_signed_off(h, "authorised");
	html_raw(h, "</div>\n");
	html_section_end(h);
}

/* ---- what was not shown ---- */

static const char *const gaps[] = { "error", "inconclusive", "not_allowed",
	"not_reached", "not_declared", "not_equipped", "documents", "no_probe",
	"narrowed", "no_technology" };

/* Each check once, with the requirements that wait for it. */
static json_t *
by_check(const json_t *rows, const char *gap)
{
	json_t *checks = json_object(), *names;
	const char *check;
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		if (strcmp(html_text(row, "gap"), gap) != 0)
			continue;
		check = html_text(row, "check");
		names = json_object_get(checks, check);
		if (names == NULL) {
			names = json_array();
			json_object_set_new(checks, check, names);
		}
		json_array_append(names, json_object_get(row, "requirement"));
	}
	return checks;
}

static void
put_names(struct html *h, const json_t *names)
{
	const json_t *one;
	size_t i;

	json_array_foreach (names, i, one) {
		html_raw(h, i == 0 ? "" : ", ");
		html_put_json(h, one);
	}
}

static void
put_gap(struct html *h, const char *gap, json_t *checks)
{
	static const char *const words[] = { "check", "what", "speaks_to",
		NULL };
	const json_t *of_check;
	const char *id;
	json_t *names;

	html_raw(h, "<h3>");
	html_put_name(h, "gap.", gap);
	html_rawf(h, " (%zu)</h3><p class=\"small\">",
	    strcmp(gap, "documents") == 0
		? json_array_size(json_object_get(checks, ""))
		: json_object_size(checks));
	html_put_name(h, "report.gap_", gap);
	html_raw(h, "</p>\n");
	if (strcmp(gap, "documents") == 0) {
		html_raw(h, "<p class=\"small\">");
		put_names(h, json_object_get(checks, ""));
		html_raw(h, "</p>\n");
		return;
	}
	html_table(h, "rows small", words);
	json_object_foreach (checks, id, names) {
		of_check =
		    json_object_get(json_object_get(h->report, "checks"), id);
		html_raw(h, "<tr><td class=\"id\">");
		html_put(h, id);
		html_raw(h, "</td><td>");
		html_put(h, html_both(h, json_object_get(of_check, "title")));
		html_raw(h, "</td><td>");
		put_names(h, names);
		html_raw(h, "</td></tr>\n");
	}
	html_table_end(h);
}

void
html_not_tested(struct html *h)
{
	const json_t *rows = json_object_get(h->report, "not_tested");
	json_t *checks;
	size_t i;

	html_section(h, "not-tested", "not_tested");
	html_raw(h, "<p>");
	html_put_word(h, "not_tested_read");
	html_raw(h, "</p>\n");
	for (i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++) {
		checks = by_check(rows, gaps[i]);
		if (json_object_size(checks) > 0)
			put_gap(h, gaps[i], checks);
		json_decref(checks);
	}
	html_section_end(h);
}
