/*
 * html_order: the samples that came for an order, and what each check that
 * was run showed of each of them in each state.
 *
 * A sample or state that nobody tested keeps its column: its cells say so.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "reports/html_parts.h"

/* ---- the samples ---- */

static void
put_devices(struct html *h, const json_t *devices)
{
	const json_t *one;
	size_t i;

	if (json_array_size(devices) == 0)
		html_raw(h, "–");
	json_array_foreach (devices, i, one) {
		html_raw(h, i == 0 ? "<bdi>" : "<br><bdi>");
		html_put(h, html_text(one, "name"));
		html_raw(h, "</bdi><br><span class=\"small\">");
		html_put_json(h, json_object_get(one, "mac"));
		html_raw(h, "</span>");
	}
}

static void
put_sample(struct html *h, const json_t *sample)
{
	static const char *const fields[] = { "serial", "condition", "received",
		"by" };
	const char *photo = html_text(sample, "photo_sha256");
	size_t i;

	html_raw(h, "<tr><td class=\"id\"><bdi>");
	html_put(h, html_text(sample, "name"));
	html_raw(h, "</bdi></td>");
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		html_raw(h, "<td><bdi>");
		html_put(h, html_text(sample, fields[i]));
		html_raw(h, "</bdi>");
		if (strcmp(fields[i], "condition") == 0 && photo[0] != '\0') {
			html_raw(h, "<br><span class=\"small\">");
			html_put_word(h, "photo");
			html_raw(h, " <bdi>");
			html_put(h, html_text(sample, "photo"));
			html_raw(
			    h, "</bdi></span> <code class=\"hash\">sha256 ");
			html_put(h, photo);
			html_raw(h, "</code>");
		}
		html_raw(h, "</td>");
	}
	html_raw(h, "<td>");
	put_devices(h, json_object_get(sample, "devices"));
	html_raw(h, "</td></tr>\n");
}

static void
put_samples(struct html *h, const json_t *samples)
{
	static const char *const words[] = { "sample", "serial_number",
		"condition", "received", "received_by", "bench_device", NULL };
	const json_t *sample;
	size_t i;

	if (json_array_size(samples) == 0) {
		html_raw(h, "<p class=\"note bad\">");
		html_put_word(h, "no_samples");
		html_raw(h, "</p>\n");
		return;
	}
	html_table(h, "rows", words);
	json_array_foreach (samples, i, sample)
		put_sample(h, sample);
	html_table_end(h);
}

/* ---- what each check showed ---- */

static const json_t *
shown_of(const json_t *shown, const char *check, const json_t *sample,
    const json_t *state)
{
	const json_t *one;
	size_t i;

	json_array_foreach (shown, i, one)
		if (strcmp(html_text(one, "check"), check) == 0 &&
		    json_equal(json_object_get(one, "sample"), sample) &&
		    json_equal(json_object_get(one, "state"), state))
			return one;
	return NULL;
}

static void
put_cell(struct html *h, const json_t *shown)
{
	html_raw(h, "<td>");
	if (shown == NULL) {
		html_raw(h, "<span class=\"small\">");
		html_put_word(h, "not_run");
		html_raw(h, "</span></td>");
		return;
	}
	html_badge(h, "verdict.", html_text(shown, "verdict"));
	if (html_verdict(h, html_integer(shown, "seq")) != NULL)
		html_rawf(h, " <a href=\"#v%lld\">%lld</a>",
		    (long long)html_integer(shown, "seq"),
		    (long long)html_integer(shown, "seq"));
	html_raw(h, "</td>");
}

static void
put_row(struct html *h, const json_t *order, const char *check)
{
	const json_t *shown = json_object_get(order, "shown"), *sample, *state;
	const json_t *of_check =
	    json_object_get(json_object_get(h->report, "checks"), check);
	size_t i, j;

	html_raw(h, "<tr><td class=\"id\">");
	html_put(h, check);
	html_raw(h, "</td><td>");
	html_put(h, html_both(h, json_object_get(of_check, "title")));
	html_raw(h, "</td>");
	json_array_foreach (json_object_get(order, "serials"), i, sample)
		json_array_foreach (json_object_get(order, "states"), j, state)
			put_cell(h, shown_of(shown, check, sample, state));
	html_raw(h, "</tr>\n");
}

static void
put_head(struct html *h, const json_t *order)
{
	const json_t *sample, *state;
	size_t i, j;

	html_raw(h, "<table class=\"rows\"><thead><tr><th scope=\"col\">");
	html_put_word(h, "check");
	html_raw(h, "</th><th scope=\"col\">");
	html_put_word(h, "what_it_shows");
	html_raw(h, "</th>");
	json_array_foreach (json_object_get(order, "serials"), i, sample)
		json_array_foreach (
		    json_object_get(order, "states"), j, state) {
			html_raw(h, "<th scope=\"col\"><bdi>");
			if (json_string_length(sample) == 0)
				html_put_word(h, "no_sample");
			else
				html_put_json(h, sample);
			html_raw(h, "</bdi><br>");
			html_put_name(h, "state.", json_string_value(state));
			html_raw(h, "</th>");
		}
	html_raw(h, "</tr></thead><tbody>\n");
}

static void
put_shown(struct html *h, const json_t *order)
{
	json_t *told = json_object();
	const char *check;
	const json_t *one;
	size_t i;

	put_head(h, order);
	json_array_foreach (json_object_get(order, "shown"), i, one) {
		check = html_text(one, "check");
		if (json_object_get(told, check) != NULL)
			continue;
		json_object_set_new(told, check, json_true());
		put_row(h, order, check);
	}
	html_raw(h, "</tbody></table>\n");
	json_decref(told);
}

/* ---- the samples beside each other ---- */

/* "samples.shared DL-20417 (3/7, 9/12)" in the page's language. */
static void
put_detail(struct html *h, const char *detail)
{
	size_t n = strcspn(detail, " ");
	char *code = xasprintf("%.*s", (int)n, detail), *text;
	json_t *values =
	    json_pack("{s:s}", "what", detail[n] == ' ' ? detail + n + 1 : "");

	text = messages_format(h->messages, code, values);
	html_put(h, text);
	free(text);
	free(code);
	json_decref(values);
}

static void
put_compared(struct html *h, const char *check, const json_t *seen)
{
	const json_t *good = json_object_get(seen, "good");
	char word[64];

	snprintf(word, sizeof(word), "compared_%s", check);
	html_raw(h, "<tr><td>");
	html_put_name(h, "report.", word);
	html_raw(h, "</td><td>");
	html_badge(h, "compared.",
	    json_is_true(good)        ? "differs"
		: json_is_false(good) ? "fail"
				      : "inconc");
	html_raw(h, "</td><td><bdi>");
	put_detail(h, html_text(seen, "detail"));
	html_raw(h, "</bdi></td></tr>\n");
}

static void
put_comparison(struct html *h, const json_t *comparison)
{
	static const char *const words[] = { "compared_what", "result", "why",
		NULL };
	json_t *seen;
	const char *check;

	html_raw(h, "<h3>");
	html_put_word(h, "comparison");
	html_raw(h, "</h3><p>");
	html_put_word(h, "comparison_read");
	html_raw(h, "</p>\n");
	html_table(h, "rows", words);
	json_object_foreach (json_object_get(comparison, "checks"), check, seen)
		put_compared(h, check, seen);
	html_table_end(h);
	html_raw(h, "<p class=\"small\">");
	html_put(h, html_text(comparison, "check"));
	html_raw(h, " · <bdi>");
	html_put(h, html_text(comparison, "by"));
	html_raw(h, "</bdi>, ");
	html_put_time(h, json_object_get(comparison, "time"));
	html_raw(h, " (");
	html_put_word(h, "run");
	html_rawf(
	    h, " %lld)</p>\n", (long long)html_integer(comparison, "run"));
}

void
html_order(struct html *h)
{
	const json_t *order = json_object_get(h->report, "order");

	if (!json_is_object(order))
		return;
	html_section(h, "samples", "samples");
	put_samples(h, json_object_get(order, "samples"));
	if (json_array_size(json_object_get(order, "shown")) > 0) {
		html_raw(h, "<p>");
		html_put_word(h, "samples_read");
		html_raw(h, "</p>\n");
		put_shown(h, order);
	}
	if (json_is_object(json_object_get(order, "comparison")))
		put_comparison(h, json_object_get(order, "comparison"));
	html_section_end(h);
}
