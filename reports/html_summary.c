/*
 * html_summary: what was tested for whom, when and where; how each scheme's
 * requirements stand; and a map of them all.
 *
 * What the customer supplied bears a dagger: the lab has not measured it.
 */
#include <string.h>

#include "reports/html_parts.h"

#define BAR_WIDTH 760
#define RUNS_SHOWN 8

/* In the order in which they are counted and drawn. */
static const char *const results[] = { "fail", "does_not_conform",
	"insufficient", "incomplete", "pass_with_findings", "pass", "conforms",
	"na" };
#define RESULTS (sizeof(results) / sizeof(results[0]))

/* ---- facts ---- */

static void
put_supplied(struct html *h, const char *word, const json_t *value)
{
	if (value == NULL || json_is_null(value) ||
	    (json_is_string(value) && json_string_length(value) == 0))
		return;
	html_fact(h, word);
	html_raw(h, "<bdi>");
	html_put_json(h, value);
	html_raw(h, "</bdi>†");
	html_fact_end(h);
}

static void
put_dates(struct html *h)
{
	const json_t *runs = json_object_get(h->report, "runs"), *run;
	size_t i;

	html_fact(h, "tested");
	if (json_array_size(runs) == 0)
		html_put_word(h, "never");
	json_array_foreach (runs, i, run) {
		if (i == RUNS_SHOWN) {
			html_rawf(h, "… (%zu)", json_array_size(runs));
			break;
		}
		html_put_time(h, json_object_get(run, "time"));
		html_raw(h, " – ");
		html_put_time(h, json_object_get(run, "ended"));
		html_raw(h, " (");
		html_put_word(h, "run");
		html_rawf(h, " %lld)<br>", (long long)html_integer(run, "run"));
	}
	html_fact_end(h);
	html_fact(h, "reported");
	html_put_time(h, json_object_get(h->report, "created"));
	html_fact_end(h);
}

/* What the device itself said of its firmware, at last in a run. */
static const char *
firmware_word(const json_t *run)
{
	static const char *const words[][2] = { { "same", "firmware_same" },
		{ "seen", "firmware_once" }, { "silent", "firmware_silent" },
		{ "changed", "firmware_other" } };
	const json_t *events = json_object_get(run, "events"), *e;
	const char *word = "firmware_unasked";
	size_t i, k;

	json_array_foreach (events, i, e)
		for (k = 0; k < sizeof(words) / sizeof(words[0]); k++)
			if (strcmp(html_text(e, "what"), "firmware") == 0 &&
			    strcmp(html_text(e, "code"), words[k][0]) == 0)
				word = words[k][1];
	return word;
}

/* The maker's word of it is not the device's. */
static void
put_firmware_seen(struct html *h)
{
	const json_t *runs = json_object_get(h->report, "runs"), *run;
	size_t i;

	if (json_array_size(runs) == 0)
		return;
	html_fact(h, "firmware_seen");
	json_array_foreach (runs, i, run) {
		if (i == RUNS_SHOWN) {
			html_rawf(h, "… (%zu)", json_array_size(runs));
			break;
		}
		html_put_word(h, firmware_word(run));
		html_raw(h, " (");
		html_put_word(h, "run");
		html_rawf(h, " %lld)<br>", (long long)html_integer(run, "run"));
	}
	html_fact_end(h);
}

static bool
is_any_void(const struct html *h)
{
	const json_t *runs = json_object_get(h->report, "runs"), *run;
	size_t i;

	json_array_foreach (runs, i, run)
		if (strcmp(html_text(run, "outcome"), "void") == 0)
			return true;
	return false;
}

static void
put_facts(struct html *h)
{
	const json_t *device = json_object_get(h->report, "device"),
		     *product = json_object_get(device, "product"),
		     *sample = json_object_get(device, "sample"),
		     *order = json_object_get(h->report, "order"),
		     *customer = json_object_get(
			 json_object_get(h->report, "lab"), "customer");

	html_raw(h, "<table class=\"facts\"><tbody>\n");
	if (html_text(customer, "name")[0] != '\0')
		put_supplied(h, "customer", json_object_get(customer, "name"));
	else
		put_supplied(h, "customer", json_object_get(order, "customer"));
	put_supplied(
	    h, "customer_address", json_object_get(customer, "address"));
	put_supplied(h, "order",
	    json_object_get(json_is_object(order) ? order : device,
		json_is_object(order) ? "name" : "order"));
	put_supplied(h, "product", json_object_get(product, "name"));
	put_supplied(h, "model", json_object_get(product, "model"));
	put_supplied(h, "vendor", json_object_get(product, "vendor"));
	put_supplied(h, "firmware", json_object_get(device, "firmware"));
	put_firmware_seen(h);
	put_supplied(h, "serial", json_object_get(sample, "serial"));
	put_supplied(h, "condition", json_object_get(sample, "condition"));
	put_supplied(h, "received", json_object_get(sample, "received"));
	if (!json_is_object(order)) { /* an order's samples have their own */
		html_fact(h, "mac");
		html_put_json(h, json_object_get(device, "mac"));
		html_fact_end(h);
	}
	put_dates(h);
	html_fact(h, "bench");
	html_put(h, html_text(h->report, "bench"));
	html_raw(h, " (assay ");
	html_put(h, html_text(h->report, "assay"));
	html_raw(h, ")");
	html_fact_end(h);
	html_raw(h, "</tbody></table>\n<p class=\"small\">† ");
	html_put_word(h, "supplied");
	html_raw(h, "</p>\n");
}

/* ---- how each scheme stands ---- */

static void
put_bar(struct html *h, const json_t *scheme)
{
	const json_t *counts = json_object_get(scheme, "results");
	json_int_t all = html_integer(scheme, "requirements"), n, x = 0, width;
	size_t i;

	html_rawf(
	    h, "<svg viewBox=\"0 0 %d 16\" aria-hidden=\"true\">", BAR_WIDTH);
	for (i = 0; i < RESULTS && all > 0; i++) {
		n = html_integer(counts, results[i]);
		width = n * BAR_WIDTH / all;
		if (n == 0)
			continue;
		html_rawf(h,
		    "<rect class=\"bar s-%s\" x=\"%lld\" y=\"2\" "
		    "width=\"%lld\" height=\"12\"/>",
		    results[i], (long long)x,
		    (long long)(width > 1 ? width - 1 : 1));
		x += width;
	}
	html_raw(h, "</svg><ul class=\"legend\">");
	for (i = 0; i < RESULTS; i++) {
		n = html_integer(counts, results[i]);
		if (n == 0)
			continue;
		html_raw(h, "<li>");
		html_badge(h, "requirement.", results[i]);
		html_rawf(h, " %lld / %lld</li>", (long long)n, (long long)all);
	}
	html_raw(h, "</ul>\n");
}

static void
put_scheme(struct html *h, const json_t *scheme)
{
	html_raw(h, "<h3>");
	html_put(h, html_both(h, json_object_get(scheme, "title")));
	html_raw(h, "</h3><p class=\"small\">");
	html_put(h, html_text(scheme, "edition"));
	if (strcmp(html_text(scheme, "status"), "draft") == 0) {
		html_raw(h, " · ");
		html_put_word(h, "scheme_draft");
	}
	html_raw(h, "</p>\n");
	put_bar(h, scheme);
}

/* ---- the map of requirements ---- */

static const char *
sign_of(const char *result)
{
	if (strcmp(result, "fail") == 0 ||
	    strcmp(result, "does_not_conform") == 0)
		return "✕";
	if (strcmp(result, "incomplete") == 0 ||
	    strcmp(result, "insufficient") == 0)
		return "…";
	return strcmp(result, "na") == 0 ? "–" : "✓";
}

static void
put_cell(struct html *h, const json_t *row)
{
	const char *result = html_text(row, "result");

	html_rawf(h,
	    "<li class=\"cell s-%s\"><span class=\"mark\" "
	    "aria-hidden=\"true\">%s</span> ",
	    result, sign_of(result));
	html_put(h, html_text(row, "id"));
	html_raw(h, "<span class=\"hid\">: ");
	html_put_name(h, "requirement.", result);
	html_raw(h, "</span>");
	if (html_integer(row, "required") > 0)
		html_rawf(h, "<span class=\"k\">%lld/%lld</span>",
		    (long long)html_integer(row, "passed"),
		    (long long)html_integer(row, "required"));
	html_raw(h, "</li>\n");
}

static void
put_map(struct html *h, const json_t *scheme)
{
	const json_t *rows = json_object_get(h->report, "requirements"), *row;
	const char *id = html_text(scheme, "scheme");
	size_t i;

	html_raw(h, "<figure><ul class=\"map\" aria-label=\"");
	html_put_word(h, "map_label");
	html_raw(h, "\">\n");
	json_array_foreach (rows, i, row)
		if (strcmp(html_text(row, "scheme"), id) == 0)
			put_cell(h, row);
	html_raw(h, "</ul><figcaption>");
	html_put_word(h, "map_caption");
	html_raw(h, "</figcaption></figure>\n");
}

static bool
is_any_open(const struct html *h, const char *key, bool wanted)
{
	const json_t *run;
	size_t i;

	json_array_foreach (json_object_get(h->report, "runs"), i, run)
		if ((wanted && json_is_null(json_object_get(run, key))) ||
		    (!wanted && json_is_false(json_object_get(run, key))))
			return true;
	return false;
}

static void
put_warning(struct html *h, const char *word)
{
	html_raw(h, "<p class=\"note bad\">");
	html_put_word(h, word);
	html_raw(h, "</p>\n");
}

void
html_summary(struct html *h)
{
	const json_t *schemes = json_object_get(h->report, "schemes"), *scheme;
	size_t i;

	html_section(h, "summary", "summary");
	if (is_any_open(h, "manifest", true))
		put_warning(h, "open_run");
	else if (is_any_open(h, "signed", false))
		put_warning(h, "unsigned_run");
	if (is_any_void(h))
		put_warning(h, "void_run");
	if (is_any_open(h, "isolated", false))
		put_warning(h, "not_isolated");
	put_facts(h);
	json_array_foreach (schemes, i, scheme) {
		html_raw(h, "<div class=\"scheme\">");
		put_scheme(h, scheme);
		put_map(h, scheme);
		html_raw(h, "</div>\n");
	}
	html_section_end(h);
}
