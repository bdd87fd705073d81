/*
 * html_out: text into a page, so that no text becomes markup.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "reports/html_parts.h"
#include "reports/text.h"

static const char *
entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void
html_put(struct html *h, const char *s)
{
	char piece[512];
	const char *as;
	size_t n = 0, length = strlen(s), step;
	bool is_shown;

	for (; length > 0; s += step, length -= step) {
		if (n + 16 > sizeof(piece)) {
			piece[n] = '\0';
			text_put_raw(&h->out, piece);
			n = 0;
		}
		step = utf8_sequence((const uint8_t *)s, length, &is_shown);
		as = step == 1 && is_shown ? entity(*s) : NULL;
		if (as != NULL) {
			memcpy(piece + n, as, strlen(as));
			n += strlen(as);
		} else if (is_shown) {
			memcpy(piece + n, s, step);
			n += step;
		} else { /* the rest of a sequence follows by itself */
			n += (size_t)snprintf(piece + n, sizeof(piece) - n,
			    "\\x%02x", (unsigned)(unsigned char)*s);
			step = 1;
		}
	}
	piece[n] = '\0';
	text_put_raw(&h->out, piece);
}

void
html_raw(struct html *h, const char *s)
{
	text_put_raw(&h->out, s);
}

void
html_rawf(struct html *h, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	text_vputf(&h->out, format, ap);
	va_end(ap);
}

const char *
html_word(const struct html *h, const char *name)
{
	char code[128];
	const char *text;

	snprintf(code, sizeof(code), "%s%s",
	    strchr(name, '.') == NULL ? "report." : "", name);
	text = messages_text(h->messages, code);
	return text == NULL ? name : text;
}

void
html_put_word(struct html *h, const char *name)
{
	html_put(h, html_word(h, name));
}

/* Between two `: what is typed. */
void
html_put_prose(struct html *h, const char *name)
{
	char *text = xstrdup(html_word(h, name)), *from = text, *mark;
	bool is_code = false;

	for (;;) {
		mark = strchr(from, '`');
		if (mark != NULL)
			*mark = '\0';
		html_put(h, from);
		if (mark == NULL)
			break;
		is_code = !is_code;
		html_raw(h, is_code ? "<code>" : "</code>");
		from = mark + 1;
	}
	if (is_code)
		html_raw(h, "</code>");
	free(text);
}

void
html_put_name(struct html *h, const char *group, const char *name)
{
	char code[128];

	snprintf(code, sizeof(code), "%s%s", group, name);
	if (messages_text(h->messages, code) == NULL)
		html_put(h, name);
	else
		html_put(h, messages_text(h->messages, code));
}

const char *
html_text(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text == NULL ? "" : text;
}

json_int_t
html_integer(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

void
html_put_json(struct html *h, const json_t *value)
{
	char *text;

	if (value == NULL || json_is_null(value)) {
		html_raw(h, "–");
	} else if (json_is_string(value)) {
		html_put(h, json_string_value(value));
	} else {
		text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
		html_put(h, text == NULL ? "" : text);
		free(text);
	}
}

void
html_put_count(struct html *h, json_int_t n)
{
	char *text = text_count(n < 0 ? 0 : (uint64_t)n);

	html_raw(h, text);
	free(text);
}

void
html_put_time(struct html *h, const json_t *ns)
{
	time_t s = (time_t)(json_integer_value(ns) / 1000000000);
	char text[40];
	struct tm tm;

	if (!json_is_integer(ns) || gmtime_r(&s, &tm) == NULL) {
		html_raw(h, "–");
		return;
	}
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm);
	html_raw(h, text);
}

const char *
html_both(const struct html *h, const json_t *text)
{
	return html_text(text, h->lang);
}

void
html_badge(struct html *h, const char *group, const char *name)
{
	html_raw(h, "<span class=\"w w-");
	html_put(h, name);
	html_raw(h, "\">");
	html_put_name(h, group, name);
	html_raw(h, "</span>");
}

void
html_put_subject(struct html *h, const json_t *subject)
{
	const char *addr = html_text(subject, "addr");
	const json_t *port = json_object_get(subject, "port");

	html_raw(h, "<bdi>");
	html_put(h, addr[0] == '\0' ? html_word(h, "device") : addr);
	html_raw(h, "</bdi>");
	if (json_is_integer(port)) {
		html_raw(h, " ");
		html_put_word(h, "port");
		html_rawf(h, " %lld", (long long)json_integer_value(port));
	}
}

/* Every character but the plainest as an escape, so that none ends it. */
void
html_css_string(struct html *h, const char *s)
{
	const uint8_t *p = (const uint8_t *)s;
	size_t n = strlen(s), step, i;
	bool is_shown;
	uint32_t c;

	html_raw(h, "\"");
	for (; n > 0; p += step, n -= step) {
		step = utf8_sequence(p, n, &is_shown);
		if (!is_shown)
			continue;
		c = step == 1 ? p[0] : p[0] & (0xffu >> (step + 1));
		for (i = 1; i < step; i++)
			c = c << 6 | (p[i] & 0x3fu);
		html_rawf(h, "\\%06x ", (unsigned)c);
	}
	html_raw(h, "\"");
}

void
html_section(struct html *h, const char *id, const char *word)
{
	html_rawf(h, "<section id=\"%s\"><h2>", id);
	html_put_word(h, word);
	html_raw(h, "</h2>\n");
}

void
html_section_end(struct html *h)
{
	html_raw(h, "</section>\n");
}

void
html_table(struct html *h, const char *class, const char *const *words)
{
	html_rawf(h, "<table class=\"%s\"><thead><tr>", class);
	for (; *words != NULL; words++) {
		html_raw(h, "<th scope=\"col\">");
		html_put_word(h, *words);
		html_raw(h, "</th>");
	}
	html_raw(h, "</tr></thead>\n<tbody>\n");
}

void
html_table_end(struct html *h)
{
	html_raw(h, "</tbody></table>\n");
}

void
html_fact(struct html *h, const char *word)
{
	html_raw(h, "<tr><th scope=\"row\">");
	html_put_word(h, word);
	html_raw(h, "</th><td>");
}

void
html_fact_end(struct html *h)
{
	html_raw(h, "</td></tr>\n");
}
