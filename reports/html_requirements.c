/*
 * html_requirements: every requirement in a row, and those on which something
 * was said with their checks: what was shown by which verdict, and what stands
 * in the way of the rest.
 */
#include <string.h>

#include "reports/html_parts.h"

#define LINKS_MAX 12

/* "#r-USCTM-IAC-01": as an id wants it. */
static void
put_anchor(struct html *h, const json_t *row)
{
	const char *name = html_text(row, "requirement");

	html_raw(h, "r-");
	for (; *name != '\0'; name++) {
		char one[2] = { *name, '\0' };

		html_put(h, *name == ':' || *name == ' ' ? "-" : one);
	}
}

static bool
is_said(const json_t *row)
{
	const json_t *check;
	size_t i;

	json_array_foreach (json_object_get(row, "checks"), i, check)
		if (json_is_true(json_object_get(check, "run")))
			return true;
	return json_array_size(json_object_get(row, "documents")) > 0;
}

/* "no probe 12, not asked 3": of the required checks. */
static void
put_gaps(struct html *h, const json_t *row)
{
	const json_t *check;
	json_t *counts = json_object(), *count;
	const char *gap;
	bool is_first = true;
	size_t i;

	if (json_is_true(json_object_get(row, "lacks_documents"))) {
		html_put_name(h, "gap.", "documents");
		is_first = false;
	}
	json_array_foreach (json_object_get(row, "checks"), i, check) {
		gap = html_text(check, "gap");
		if (gap[0] == '\0' ||
		    strcmp(html_text(check, "level"), "required") != 0)
			continue;
		json_object_set_new(
		    counts, gap, json_integer(html_integer(counts, gap) + 1));
	}
	json_object_foreach (counts, gap, count) {
		html_raw(h, is_first ? "" : ", ");
		html_put_name(h, "gap.", gap);
		html_rawf(h, " %lld", (long long)json_integer_value(count));
		is_first = false;
	}
	json_decref(counts);
}

/* "k / n"; documents alone decide where no check is required. */
static void
put_passed(struct html *h, const json_t *row)
{
	if (html_integer(row, "required") == 0)
		html_raw(h, "–");
	else
		html_rawf(h, "%lld / %lld",
		    (long long)html_integer(row, "passed"),
		    (long long)html_integer(row, "required"));
}

static void
put_row(struct html *h, const json_t *row)
{
	html_raw(h, "<tr><td class=\"id\">");
	if (is_said(row)) {
		html_raw(h, "<a href=\"#");
		put_anchor(h, row);
		html_raw(h, "\">");
		html_put(h, html_text(row, "id"));
		html_raw(h, "</a>");
	} else {
		html_put(h, html_text(row, "id"));
	}
	html_raw(h, "</td><td>");
	html_put(h, html_both(h, json_object_get(row, "title")));
	if (strcmp(html_text(row, "status"), "mandatory") != 0) {
		html_raw(h, " <span class=\"small\">(");
		html_put_name(h, "report.status_", html_text(row, "status"));
		html_raw(h, ")</span>");
	}
	html_raw(h, "</td><td>");
	html_badge(h, "requirement.", html_text(row, "result"));
	html_raw(h, "</td><td class=\"n\">");
	put_passed(h, row);
	html_raw(h, "</td><td>");
	put_gaps(h, row);
	html_raw(h, "</td></tr>\n");
}

/* ---- one requirement's checks ---- */

static void
put_links(struct html *h, const char *check)
{
	const json_t *numbers = json_object_get(h->of_check, check), *one;
	size_t n = json_array_size(numbers), i;

	json_array_foreach (numbers, i, one) {
		long long seq = (long long)json_integer_value(one);

		if (i == LINKS_MAX) {
			html_rawf(h, " … (%zu)", n);
			break;
		}
		html_rawf(h, "%s<a href=\"#v%lld\">%lld</a>",
		    i == 0 ? "" : ", ", seq, seq);
	}
}

static void
put_why(struct html *h, const json_t *check)
{
	const json_t *verdict = html_verdict(h, html_integer(check, "seq")),
		     *na = json_object_get(check, "na");

	if (json_is_object(na)) {
		html_raw(h, "<bdi>");
		html_put(h, html_text(na, "reason"));
		html_raw(h, "</bdi> (<bdi>");
		html_put(h, html_text(na, "by"));
		html_raw(h, "</bdi>)†");
	} else if (verdict != NULL) {
		html_raw(h, "<bdi>");
		html_put(h, html_both(h, json_object_get(verdict, "sentence")));
		html_raw(h, "</bdi>");
	} else if (strcmp(html_text(check, "verdict"), "na") == 0) {
		html_put_name(h, "gap.", "no_technology");
	} else {
		html_put_name(h, "gap.", html_text(check, "gap"));
	}
}

static void
put_check(struct html *h, const json_t *check)
{
	const char *id = html_text(check, "check");
	const json_t *of_check =
	    json_object_get(json_object_get(h->report, "checks"), id);

	html_raw(h, "<tr><td class=\"id\">");
	html_put(h, id);
	html_raw(h, "</td><td>");
	html_put(h, html_both(h, json_object_get(of_check, "title")));
	html_raw(h, "</td><td class=\"nw\">");
	html_put_name(h, "report.level_", html_text(check, "level"));
	html_raw(h, "</td><td>");
	html_badge(h, "verdict.", html_text(check, "verdict"));
	html_raw(h, "</td><td>");
	put_why(h, check);
	html_raw(h, "</td><td>");
	put_links(h, id);
	html_raw(h, "</td></tr>\n");
}

/* ": words", if there are any. */
static void
put_words(struct html *h, const char *word, const char *words)
{
	if (words[0] == '\0')
		return;
	html_raw(h, "; ");
	html_put_word(h, word);
	html_raw(h, " <bdi>");
	html_put(h, words);
	html_raw(h, "</bdi>");
}

/* What the customer gave, and who concluded what of it by which clause. */
static void
put_document(struct html *h, const json_t *document)
{
	const char *said = html_text(document, "conclusion"),
		   *conclusion = strcmp(said, "does-not-conform") == 0
	    ? "does_not_conform"
	    : said;

	html_raw(h, "<li>");
	if (conclusion[0] == '\0')
		html_put_word(h, "not_concluded");
	else
		html_badge(h, "requirement.", conclusion);
	html_raw(h, " ");
	html_put_word(h, "reviewed_by");
	html_raw(h, " <strong><bdi>");
	html_put(h, html_text(document, "by"));
	html_raw(h, "</bdi></strong>, ");
	html_put_time(h, json_object_get(document, "time"));
	put_words(h, "clause", html_text(document, "clause"));
	put_words(h, "note", html_text(document, "note"));
	if (json_is_true(json_object_get(document, "despite"))) {
		html_raw(h, "; ");
		html_put_word(h, "despite");
	}
	if (html_text(document, "file")[0] != '\0') {
		put_words(h, "document", html_text(document, "file"));
		html_raw(h, "† <code class=\"hash\">sha256 ");
		html_put(h, html_text(document, "sha256"));
		html_raw(h, "</code>");
	}
	html_raw(h, "</li>\n");
}

static void
put_documents(struct html *h, const json_t *documents)
{
	const json_t *one;
	size_t i;

	if (json_array_size(documents) == 0)
		return;
	html_raw(h, "<ul class=\"small\">\n");
	json_array_foreach (documents, i, one)
		put_document(h, one);
	html_raw(h, "</ul>\n");
}

static void
put_requirement(struct html *h, const json_t *row)
{
	static const char *const words[] = { "check", "what", "level",
		"verdict", "why", "verdict_numbers", NULL };
	const json_t *check;
	size_t i, left = 0;

	html_raw(h, "<div class=\"req\"><h4 id=\"");
	put_anchor(h, row);
	html_raw(h, "\">");
	html_put(h, html_text(row, "requirement"));
	html_raw(h, " ");
	html_put(h, html_both(h, json_object_get(row, "title")));
	html_raw(h, " ");
	html_badge(h, "requirement.", html_text(row, "result"));
	html_raw(h, " ");
	put_passed(h, row);
	html_raw(h, "</h4><p class=\"small\">");
	html_put(h, html_both(h, json_object_get(row, "asks")));
	html_raw(h, "</p>\n");
	put_documents(h, json_object_get(row, "documents"));
	html_table(h, "rows", words);
	json_array_foreach (json_object_get(row, "checks"), i, check) {
		if (json_is_true(json_object_get(check, "run")) ||
		    json_is_object(json_object_get(check, "na")))
			put_check(h, check);
		else
			left++;
	}
	html_table_end(h);
	if (left > 0) {
		html_rawf(h, "<p class=\"small\">%zu ", left);
		html_put_word(h, "more_checks");
		html_raw(h, " <a href=\"#not-tested\">");
		html_put_word(h, "not_tested");
		html_raw(h, "</a></p>\n");
	}
	html_raw(h, "</div>\n");
}

static void
put_scheme(struct html *h, const json_t *scheme)
{
	static const char *const words[] = { "requirement", "what", "result",
		"k_of_n", "gap", NULL };
	const json_t *rows = json_object_get(h->report, "requirements"), *row;
	const char *id = html_text(scheme, "scheme");
	size_t i;

	html_raw(h, "<h3>");
	html_put(h, html_both(h, json_object_get(scheme, "title")));
	html_raw(h, "</h3>\n");
	html_table(h, "rows", words);
	json_array_foreach (rows, i, row)
		if (strcmp(html_text(row, "scheme"), id) == 0)
			put_row(h, row);
	html_table_end(h);
	json_array_foreach (rows, i, row)
		if (strcmp(html_text(row, "scheme"), id) == 0 && is_said(row))
			put_requirement(h, row);
}

void
html_requirements(struct html *h)
{
	const json_t *scheme;
	size_t i;

	html_section(h, "requirements", "requirements");
	html_raw(h, "<p>");
	html_put_word(h, "requirements_read");
	html_raw(h, "</p>\n");
	json_array_foreach (json_object_get(h->report, "schemes"), i, scheme)
		put_scheme(h, scheme);
	html_section_end(h);
}
