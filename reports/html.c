/*
 * html: the page as a whole: what it rests on, its head, its sections in the
 * order in which a reader of a test report looks for them (ISO/IEC 17025,
 * 7.8).
 */
#include "reports/html.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "reports/html_parts.h"

/* ---- verdicts by number and by check ---- */

static int
compare_indexes(const void *a, const void *b)
{
	const struct html_index *x = a, *y = b;

	return (x->seq > y->seq) - (x->seq < y->seq);
}

static void
make_index(struct html *h)
{
	const json_t *list = json_object_get(h->report, "verdicts"), *v;
	json_t *numbers;
	size_t i;

	h->nverdicts = json_array_size(list);
	h->verdicts = xcalloc(h->nverdicts + 1, sizeof(*h->verdicts));
	h->of_check = json_object();
	json_array_foreach (list, i, v) {
		h->verdicts[i] = (struct html_index){
			.seq = html_integer(v, "seq"),
			.verdict = v,
		};
		numbers = json_object_get(h->of_check, html_text(v, "check"));
		if (numbers == NULL) {
			numbers = json_array();
			json_object_set_new(
			    h->of_check, html_text(v, "check"), numbers);
		}
		json_array_append_new(
		    numbers, json_integer(h->verdicts[i].seq));
	}
	qsort(h->verdicts, h->nverdicts, sizeof(*h->verdicts), compare_indexes);
}

const json_t *
html_verdict(const struct html *h, json_int_t seq)
{
	const struct html_index wanted = { .seq = seq }, *found;

	found = bsearch(&wanted, h->verdicts, h->nverdicts,
	    sizeof(*h->verdicts), compare_indexes);
	return found == NULL ? NULL : found->verdict;
}

/* ---- the head ---- */

static void
put_head(struct html *h)
{
	const json_t *product =
	    json_object_get(json_object_get(h->report, "device"), "product");

	html_raw(h, "<!doctype html>\n<html lang=\"");
	html_put(h, h->lang);
	html_raw(h,
	    "\">\n<head>\n<meta charset=\"utf-8\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" "
	    "content=\"default-src 'none'; style-src 'unsafe-inline'; "
	    "img-src data:\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, "
	    "initial-scale=1\">\n<meta name=\"referrer\" "
	    "content=\"no-referrer\">\n<title>");
	html_put_word(h, "title");
	html_raw(h, ": ");
	html_put(h, html_text(product, "name"));
	html_raw(h, "</title>\n");
	html_style(h);
	html_raw(h, "</head>\n<body>\n");
}

static void
put_paragraph(struct html *h, const char *text)
{
	if (text[0] == '\0')
		return;
	html_raw(h, "<p>");
	html_put(h, text);
	html_raw(h, "</p>");
}

/* Sealed statements on this number, if there is any, go before the template's
 * own words. */
static void
put_status(struct html *h)
{
	const json_t *lab = json_object_get(h->report, "lab"),
		     *release = json_object_get(h->report, "release");

	if (!html_is_authorised(h)) {
		html_raw(h, "<span class=\"draft\">");
		html_put_word(h,
		    strcmp(html_text(release, "status"), "reviewed") == 0
			? "reviewed_only"
			: "draft");
		html_raw(h, "</span>");
	}
	put_paragraph(h,
	    json_is_object(release) ? html_text(release, "number")
				    : html_text(lab, "number"));
	if (json_is_string(json_object_get(release, "amended_by"))) {
		html_raw(h, "<p class=\"draft\">");
		html_put_word(h, "amended_by");
		html_raw(h, " ");
		html_put(h, html_text(release, "amended_by"));
		html_raw(h, "</p>");
	}
}

static void
put_masthead(struct html *h)
{
	const json_t *lab = json_object_get(h->report, "lab");
	const char *logo = html_text(lab, "logo");

	html_raw(h, "<header class=\"top\"><div class=\"lab\">");
	if (strncmp(logo, "data:image/", 11) == 0) {
		html_raw(h, "<img alt=\"\" src=\"");
		html_put(h, logo);
		html_raw(h, "\">");
	}
	if (json_is_object(lab)) {
		html_put(h, html_text(lab, "name"));
		put_paragraph(h, html_text(lab, "address"));
	} else {
		html_put_word(h, "no_lab");
	}
	html_raw(h, "</div><div class=\"about\">");
	put_status(h);
	put_paragraph(h, html_text(lab, "issued"));
	put_paragraph(h, html_text(lab, "accreditation"));
	html_raw(h, "</div></header>\n<main>\n");
}

static void
put_contents(struct html *h)
{
	static const char *const sections[][2] = {
		{ "summary", "summary" },
		{ "samples", "samples" },
		{ "requirements", "requirements" },
		{ "findings", "findings" },
		{ "course", "course" },
		{ "ports", "ports" },
		{ "deviations", "deviations" },
		{ "methods", "methods" },
		{ "integrity", "integrity" },
		{ "statements", "statements" },
		{ "verdicts", "verdicts" },
		{ "not-tested", "not_tested" },
	};
	size_t i;

	html_raw(h, "<nav aria-label=\"");
	html_put_word(h, "contents");
	html_raw(h, "\"><ol>");
	for (i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		if (strcmp(sections[i][0], "samples") == 0 &&
		    !json_is_object(json_object_get(h->report, "order")))
			continue;
		html_rawf(h, "<li><a href=\"#%s\">", sections[i][0]);
		html_put_word(h, sections[i][1]);
		html_raw(h, "</a></li>");
	}
	html_raw(h, "</ol></nav>\n");
}

static void
put_title(struct html *h)
{
	const json_t *device = json_object_get(h->report, "device"),
		     *product = json_object_get(device, "product");

	html_raw(h, "<h1>");
	html_put_word(h, "title");
	html_raw(h, "</h1><p class=\"sub\"><bdi>");
	html_put(h, html_text(product, "name"));
	html_raw(h, "</bdi> · <bdi>");
	html_put(h, html_text(product, "model"));
	html_raw(h, "</bdi> · <bdi>");
	html_put(h, html_text(product, "vendor"));
	html_raw(h, "</bdi></p>\n");
}

char *
html_report(
    const json_t *report, const struct messages *messages, const char *lang)
{
	struct html h = {
		.report = report,
		.messages = messages,
		.lang = lang,
	};

	text_out_start(&h.out);
	make_index(&h);
	put_head(&h);
	put_masthead(&h);
	put_title(&h);
	put_contents(&h);
	html_summary(&h);
	html_order(&h);
	html_requirements(&h);
	html_findings(&h);
	html_timeline(&h);
	html_ports(&h);
	html_deviations(&h);
	html_methods(&h);
	html_integrity(&h);
	html_statements(&h);
	html_verdicts(&h);
	html_not_tested(&h);
	html_raw(&h, "</main>\n<footer><p class=\"end\">");
	html_put_word(&h, "end");
	html_raw(&h, "</p></footer>\n</body>\n</html>\n");
	free(h.verdicts);
	json_decref(h.of_check);
	return text_out_end(&h.out);
}
