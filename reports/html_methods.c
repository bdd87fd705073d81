/*
 * html_methods: each method that was used with its card, and by which edition
 * of the catalogue a run was made and is assessed.
 */
#include <string.h>

#include "reports/html_parts.h"

static bool
is_told(const json_t *told, const json_t *method)
{
	const json_t *one;
	size_t i;

	json_array_foreach (told, i, one)
		if (json_equal(one, method))
			return true;
	return false;
}

static void
put_tried(
    struct html *h, const json_t *card, const char *kind, const char *word)
{
	const json_t *counts = json_object_get(card, kind);

	html_raw(h, "<li>");
	html_put_word(h, word);
	html_rawf(h, " %lld / %lld</li>",
	    (long long)html_integer(counts, "right"),
	    (long long)html_integer(counts, "tried"));
}

static bool
is_tried(const json_t *card)
{
	static const char *const kinds[] = { "flawed", "good", "disturbed" };
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (html_integer(json_object_get(card, kinds[i]), "tried") > 0)
			return true;
	return false;
}

static void
put_card(struct html *h, const json_t *card)
{
	const json_t *limits = json_object_get(card, "limits"), *limit;
	size_t i;

	html_raw(h, "<p>");
	html_put(h, html_both(h, json_object_get(card, "principle")));
	html_raw(h, "</p><h4>");
	html_put_word(h, "limits");
	html_raw(h, "</h4><ul class=\"small\">");
	json_array_foreach (limits, i, limit) {
		html_raw(h, "<li>");
		html_put(h, html_both(h, limit));
		html_raw(h, "</li>");
	}
	html_raw(h, "</ul><h4>");
	html_put_word(h, "tried_on");
	html_raw(h, "</h4>");
	if (!is_tried(card)) {
		html_raw(h, "<p class=\"small\">");
		html_put_word(h, "untried");
		html_raw(h, "</p>");
		return;
	}
	html_raw(h, "<ul class=\"legend\">");
	put_tried(h, card, "flawed", "flawed_found");
	put_tried(h, card, "good", "good_passed");
	put_tried(h, card, "disturbed", "disturbed_open");
	html_raw(h, "</ul>");
}

static void
put_method(struct html *h, const json_t *method)
{
	const json_t *card = json_object_get(method, "card");

	html_raw(h, "<div class=\"method\"><h3><code>");
	html_put(h, html_text(method, "probe"));
	html_raw(h, "</code> · ");
	html_put_word(h, "version");
	html_rawf(h, " %lld</h3>", (long long)html_integer(method, "method"));
	if (json_is_object(card)) {
		put_card(h, card);
	} else {
		html_raw(h, "<p>");
		html_put_json(h, json_object_get(method, "title"));
		html_raw(h, "</p><p class=\"small\">");
		html_put_word(h, "no_card");
		html_raw(h, "</p>");
	}
	html_raw(h, "</div>\n");
}

/* An edition by its name and digest. */
static void
put_edition(struct html *h, const json_t *catalogue, const char *digest)
{
	html_put_word(h, "catalogue");
	html_raw(h, " ");
	html_put(h, html_text(catalogue, "edition"));
	if (json_is_true(json_object_get(catalogue, "overlaid"))) {
		html_raw(h, " (");
		html_put_word(h, "overlaid");
		html_raw(h, ")");
	}
	html_raw(h, ", <code class=\"hash\">sha256 ");
	html_put(h, html_text(catalogue, digest));
	html_raw(h, "</code>");
}

/* A run by another catalogue than the one that the report is made of. */
static void
put_other_catalogue(struct html *h, const json_t *run)
{
	const json_t *then = json_object_get(run, "catalogue"),
		     *now = json_object_get(h->report, "catalogue");

	if (strcmp(html_text(then, "sha256"), html_text(now, "digest")) == 0)
		return;
	html_raw(h, "<p class=\"note\">");
	html_put_word(h, "run");
	html_rawf(h, " %lld: ", (long long)html_integer(run, "run"));
	if (json_is_object(then)) {
		html_put_word(h, "other_catalogue");
		html_raw(h, " ");
		put_edition(h, then, "sha256");
	} else {
		html_put_word(h, "catalogue_unknown");
	}
	html_raw(h, "</p>\n");
}

void
html_methods(struct html *h)
{
	const json_t *runs = json_object_get(h->report, "runs"), *run, *method;
	json_t *told = json_array();
	size_t i, j;

	html_section(h, "methods", "methods");
	html_raw(h, "<p>");
	html_put_word(h, "card_read");
	html_raw(h, "</p>\n");
	json_array_foreach (runs, i, run)
		json_array_foreach (json_object_get(run, "methods"), j, method)
			if (!is_told(told, method)) {
				json_array_append_new(
				    told, json_deep_copy(method));
				put_method(h, method);
			}
	json_decref(told);
	html_raw(h, "<p class=\"small\">");
	put_edition(h, json_object_get(h->report, "catalogue"), "digest");
	html_raw(h, "</p>\n");
	json_array_foreach (runs, i, run)
		put_other_catalogue(h, run);
	html_section_end(h);
}
