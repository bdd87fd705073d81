/*
 * html_verdicts: what failed and what to do about it; then every verdict with
 * the exact frames that show it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "reports/frames_text.h"
#include "reports/html_parts.h"

#define SEEN_MAX 24

/* ---- frames ---- */

static void
put_frames(struct html *h, const json_t *verdict)
{
	const json_t *evidence = json_object_get(verdict, "evidence");
	bool more = html_integer(verdict, "evidence_more") > 0, is_cut = false;
	char *text;

	if (json_is_string(evidence)) {
		html_put(h, json_string_value(evidence));
	} else {
		text = frames_text_of(evidence, &is_cut);
		html_put(h, text);
		free(text);
	}
	if (more || is_cut) {
		html_raw(h, "; ");
		html_put_word(h, "more_in_slice");
	}
}

static bool
has_frames(const json_t *verdict)
{
	const json_t *evidence = json_object_get(verdict, "evidence");

	return json_array_size(evidence) + json_string_length(evidence) > 0;
}

static void
put_slice(struct html *h, const json_t *verdict)
{
	const json_t *slice = json_object_get(verdict, "slice");

	html_put_count(h, html_integer(verdict, "frames"));
	html_raw(h, " ");
	html_put_word(h, "frames");
	if (!json_is_object(slice))
		return;
	html_raw(h, " ");
	html_put_word(h, "in");
	html_raw(h, " <code>");
	html_put(h, html_text(slice, "file"));
	html_raw(h, "</code>");
}

/* ---- what failed ---- */

static void
put_advice(struct html *h, const json_t *verdict)
{
	char code[160];
	const char *text;

	snprintf(code, sizeof(code), "advice.%s", html_text(verdict, "reason"));
	text = messages_text(h->messages, code);
	if (text == NULL)
		return;
	html_raw(h, "<p class=\"do\"><strong>");
	html_put_word(h, "what_to_do");
	html_raw(h, "</strong> ");
	html_put(h, text);
	html_raw(h, "</p>\n");
}

/* One cause, wherever it was seen: verdicts that say the same of the same
 * check. */
static void
put_finding(struct html *h, const json_t *same)
{
	const json_t *v = json_array_get(same, 0);
	long long seq;
	size_t i;

	html_raw(h, "<div class=\"finding\"><h3>");
	html_badge(h, "verdict.", html_text(v, "verdict"));
	html_raw(h, " ");
	html_put(h, html_text(v, "check"));
	html_raw(h, " · ");
	html_put_name(h, "kind.", html_text(v, "claim"));
	html_raw(h, "</h3><p><bdi>");
	html_put(h, html_both(h, json_object_get(v, "sentence")));
	html_raw(h, "</bdi></p><ul class=\"small\">\n");
	json_array_foreach (same, i, v) {
		if (i == SEEN_MAX) {
			html_rawf(h, "<li>… (%zu)</li>", json_array_size(same));
			break;
		}
		seq = (long long)html_integer(v, "seq");
		html_raw(h, "<li>");
		html_put_subject(h, json_object_get(v, "subject"));
		html_rawf(h, ": <a href=\"#v%lld\">", seq);
		html_put_word(h, "verdict");
		html_rawf(h, " %lld</a>, ", seq);
		put_slice(h, v);
		html_raw(h, "</li>\n");
	}
	html_raw(h, "</ul>\n");
	put_advice(h, json_array_get(same, 0));
	html_raw(h, "</div>\n");
}

static json_t *
by_cause(const json_t *verdicts)
{
	json_t *causes = json_object(), *same, *v;
	char *cause;
	size_t i;

	json_array_foreach (verdicts, i, v) {
		if (strcmp(html_text(v, "verdict"), "fail") != 0)
			continue;
		cause = xasprintf("%s %s %s %s", html_text(v, "check"),
		    html_text(v, "claim"), html_text(v, "reason"),
		    html_text(json_object_get(v, "sentence"), "en"));
		same = json_object_get(causes, cause);
		if (same == NULL) {
			same = json_array();
			json_object_set_new(causes, cause, same);
		}
		json_array_append(same, v);
		free(cause);
	}
	return causes;
}

void
html_findings(struct html *h)
{
	json_t *causes = by_cause(json_object_get(h->report, "verdicts")),
	       *same;
	const char *cause;

	html_section(h, "findings", "findings");
	json_object_foreach (causes, cause, same)
		put_finding(h, same);
	if (json_object_size(causes) == 0) {
		html_raw(h, "<p>");
		html_put_word(h, "no_findings");
		html_raw(h, "</p>\n");
	}
	json_decref(causes);
	html_section_end(h);
}

/* ---- all of them ---- */

static void
put_verdict(struct html *h, const json_t *v)
{
	long long seq = (long long)html_integer(v, "seq");
	const json_t *slice = json_object_get(v, "slice");

	html_rawf(
	    h, "<tr id=\"v%lld\"><td class=\"id\">%lld</td><td>", seq, seq);
	html_badge(h, "verdict.", html_text(v, "verdict"));
	html_raw(h, "</td><td>");
	html_put(h, html_text(v, "check"));
	html_raw(h, "<br><span class=\"small\">");
	html_put_name(h, "kind.", html_text(v, "claim"));
	html_raw(h, "</span></td><td>");
	html_put_subject(h, json_object_get(v, "subject"));
	html_raw(h, "<br><span class=\"small\">");
	html_put_name(h, "state.", html_text(v, "state"));
	if (json_is_string(json_object_get(v, "sample"))) {
		html_raw(h, " · <bdi>");
		html_put(h, html_text(v, "sample"));
		html_raw(h, "</bdi>");
	}
	html_raw(h, "</span></td><td><bdi>");
	html_put(h, html_both(h, json_object_get(v, "sentence")));
	html_raw(h, "</bdi><br><span class=\"small\">");
	put_slice(h, v);
	if (has_frames(v)) {
		html_raw(h, " · ");
		put_frames(h, v);
	}
	html_raw(h, "</span>");
	if (json_is_object(slice)) {
		html_raw(h, "<br><code class=\"hash\">sha256 ");
		html_put(h, html_text(slice, "sha256"));
		html_raw(h, "</code>");
	}
	html_rawf(h, "</td><td>%lld<br><span class=\"small\">",
	    (long long)html_integer(v, "run"));
	html_put(h, html_text(v, "probe"));
	html_rawf(h, "@%lld</span></td></tr>\n",
	    (long long)html_integer(v, "method"));
}

void
html_verdicts(struct html *h)
{
	static const char *const words[] = { "number", "verdict", "check",
		"subject", "shown_by", "run", NULL };
	const json_t *v;
	size_t i;

	html_section(h, "verdicts", "verdicts");
	html_raw(h, "<p>");
	html_put_prose(h, "verdicts_read");
	html_raw(h, "</p>\n");
	html_table(h, "verdicts", words);
	json_array_foreach (json_object_get(h->report, "verdicts"), i, v)
		put_verdict(h, v);
	html_table_end(h);
	html_section_end(h);
}
