/*
 * text_columns: quoting, widths, tables, bars: text without meaning.
 */
#include "reports/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/utf8.h"
#include "reports/text_out.h"

char *
text_quote(const char *s)
{
	size_t n, size;
	char *out;

	if (s == NULL)
		return xstrdup("-");
	n = strlen(s);
	size = 4 * n + 8; /* each byte as \xHH, and log_quote's margin */
	out = xcalloc(size, 1);
	log_quote(s, n, out, size);
	return out;
}

char *
text_quote_json(const json_t *value)
{
	char *text, *quoted;

	if (value == NULL || json_is_null(value))
		return xstrdup("-");
	if (json_is_string(value))
		return text_quote(json_string_value(value));
	text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	quoted = text_quote(text);
	free(text);
	return quoted;
}

struct range {
	uint32_t first, last;
};

/* Unicode TR 11: W and F; emoji included.  Combining marks and joiners. */
static const struct range wide[] = {
	{ 0x1100, 0x115f },
	{ 0x2e80, 0x303e },
	{ 0x3041, 0x33ff },
	{ 0x3400, 0x4dbf },
	{ 0x4e00, 0x9fff },
	{ 0xa000, 0xa4cf },
	{ 0xac00, 0xd7a3 },
	{ 0xf900, 0xfaff },
	{ 0xfe30, 0xfe6f },
	{ 0xff00, 0xff60 },
	{ 0xffe0, 0xffe6 },
	{ 0x1f300, 0x1f64f },
	{ 0x1f680, 0x1f6ff },
	{ 0x1f900, 0x1f9ff },
	{ 0x20000, 0x3fffd },
};
static const struct range zero[] = {
	{ 0x0300, 0x036f },
	{ 0x200b, 0x200d },
	{ 0x20d0, 0x20ff },
	{ 0x3099, 0x309a },
	{ 0xfe00, 0xfe0f },
	{ 0xfe20, 0xfe2f },
};

static bool
is_in(const struct range *r, size_t n, uint32_t c)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (c >= r[i].first && c <= r[i].last)
			return true;
	return false;
}

/* The columns of the sequence at s and its length. */
static size_t
next_width(const char *s, size_t *len)
{
	const uint8_t *p = (const uint8_t *)s;
	bool is_shown;
	uint32_t c;
	size_t i;

	if (s[0] == '\033') { /* only ours: a colour */
		*len = strcspn(s, "m") + 1;
		return 0;
	}
	*len = utf8_sequence(p, strlen(s), &is_shown);
	if (!is_shown || *len == 1)
		return 1;
	c = p[0] & (0xffu >> (*len + 1));
	for (i = 1; i < *len; i++)
		c = c << 6 | (p[i] & 0x3fu);
	if (is_in(zero, sizeof(zero) / sizeof(zero[0]), c))
		return 0;
	return is_in(wide, sizeof(wide) / sizeof(wide[0]), c) ? 2 : 1;
}

size_t
text_width(const char *s)
{
	size_t width = 0, len;

	for (; *s != '\0'; s += len)
		width += next_width(s, &len);
	return width;
}

char *
text_fit(const char *s, size_t columns)
{
	bool is_cut = text_width(s) > columns;
	size_t room = is_cut && columns > 0 ? columns - 1 : columns;
	size_t used = 0, len, width;
	struct text_out out;
	char one[16];

	text_out_start(&out);
	while (*s != '\0') {
		width = next_width(s, &len);
		if (used + width > room)
			break;
		memcpy(one, s, len);
		one[len] = '\0';
		text_put_raw(&out, one);
		used += width;
		s += len;
	}
	if (is_cut && columns > 0) {
		text_put_raw(&out, "…");
		used++;
	}
	for (; used < columns; used++)
		text_put_raw(&out, " ");
	return text_out_end(&out);
}

char *
text_time(int64_t ns)
{
	time_t t = (time_t)(ns / 1000000000);
	char text[64];
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL)
		return xstrdup("-");
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	return xstrdup(text);
}

char *
text_count(uint64_t n)
{
	char digits[32], out[48];
	size_t len, i, o = 0;

	len = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, n);
	for (i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			out[o++] = ',';
		out[o++] = digits[i];
	}
	out[o] = '\0';
	return xstrdup(out);
}

char *
text_counts(const json_t *counts)
{
	static const char *const order[] = { "pass", "fail", "inconc", "error",
		"info", "na", "none" };
	struct text_out out;
	json_int_t n;
	size_t i;

	text_out_start(&out);
	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		n = json_integer_value(json_object_get(counts, order[i]));
		if (n != 0)
			text_putf(&out, "%s%" JSON_INTEGER_FORMAT " %s",
			    out.size == 0 ? "" : ", ", n, order[i]);
	}
	if (out.size == 0)
		text_put_raw(&out, "no verdict");
	return text_out_end(&out);
}

char *
text_table(const char *const *cells, size_t rows, size_t columns)
{
	size_t *widths = xcalloc(columns, sizeof(*widths)), r, c, width;
	struct text_out out;
	const char *cell;

	for (r = 0; r < rows; r++) {
		for (c = 0; c < columns; c++) {
			width = text_width(cells[r * columns + c]);
			if (width > widths[c])
				widths[c] = width;
		}
	}
	text_out_start(&out);
	for (r = 0; r < rows; r++) {
		for (c = 0; c < columns; c++) {
			cell = cells[r * columns + c];
			text_put_raw(&out, cell);
			if (c + 1 == columns)
				break;
			text_putf(&out, "%*s",
			    (int)(widths[c] - text_width(cell) + 2), "");
		}
		text_put_raw(&out, "\n");
	}
	free(widths);
	return text_out_end(&out);
}

char *
text_bar(const struct text_style *style, uint64_t done, uint64_t total,
    size_t columns)
{
	struct text_out out;
	size_t full = 0, i;

	if (total > 0)
		full = (size_t)((double)columns *
		    (double)(done < total ? done : total) / (double)total);
	text_out_start(&out);
	for (i = 0; i < columns; i++) {
		if (style->is_utf8)
			text_put_raw(&out, i < full ? "█" : "░");
		else
			text_put_raw(&out, i < full ? "#" : "-");
	}
	return text_out_end(&out);
}
