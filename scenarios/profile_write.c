/*
 * profile_write: the text of a profile, made from what others supplied.
 */
#include "scenarios/profile_write.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"

#define COMMENT_MAX 400 /* bytes of one line */

void
profile_write_start(struct profile_write *w)
{
	w->size = 0;
	w->room = 4096;
	w->text = xcalloc(w->room, 1);
}

char *
profile_write_end(struct profile_write *w)
{
	char *text = w->text;

	w->text = NULL;
	return text;
}

static void
put(struct profile_write *w, const char *bytes, size_t n)
{
	while (w->room - w->size <= n) {
		w->room *= 2;
		w->text = xrealloc(w->text, w->room, 1);
	}
	memcpy(w->text + w->size, bytes, n);
	w->size += n;
	w->text[w->size] = '\0';
}

void
profile_write_raw(struct profile_write *w, const char *text)
{
	put(w, text, strlen(text));
}

/* format is ours; its arguments are numbers and our own words. */
void
profile_write_f(struct profile_write *w, const char *format, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	profile_write_raw(w, line);
}

/* What may be shown of text, at most max bytes; is_quoted: within quotes. */
static void
put_plain(struct profile_write *w, const char *text, size_t max, bool is_quoted)
{
	size_t left = strlen(text), taken = 0, n;
	bool shown;

	while (left > 0) {
		n = utf8_sequence((const uint8_t *)text, left, &shown);
		if (taken + (shown ? n : 1) > max)
			return;
		taken += shown ? n : 1;
		if (!shown)
			put(w, "?", 1);
		else if (is_quoted && (*text == '"' || *text == '\\'))
			put(w, *text == '"' ? "\\\"" : "\\\\", 2);
		else
			put(w, text, n);
		text += n;
		left -= n;
	}
}

void
profile_write_quoted(struct profile_write *w, const char *text, size_t max)
{
	put(w, "\"", 1);
	put_plain(w, text, max, true);
	put(w, "\"", 1);
}

void
profile_write_comment(
    struct profile_write *w, unsigned indent, const char *text)
{
	while (indent-- > 0)
		put(w, " ", 1);
	put(w, "# ", 2);
	put_plain(w, text, COMMENT_MAX, false);
	put(w, "\n", 1);
}
