/*
 * document: rows of what was checked, and what kind of bytes these are.
 */
#include "documents/document.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"

#define DETAIL_MAX 600 /* bytes */

/* What a record and a terminal take: the rest as '?'. */
static void
make_plain(char *text)
{
	size_t n = strlen(text), i, k, length;
	bool shown;

	for (i = 0; i < n; i += length) {
		length =
		    utf8_sequence((const uint8_t *)text + i, n - i, &shown);
		for (k = 0; !shown && k < length; k++)
			text[i + k] = '?';
	}
}

void
document_say(json_t *rows, const char *check, enum document_good good,
    const char *format, ...)
{
	char detail[DETAIL_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	make_plain(detail);
	json_array_append_new(rows,
	    json_pack("{s:s, s:o, s:s}", "check", check, "good",
		good == DOCUMENT_UNKNOWN ? json_null()
					 : json_boolean(good == DOCUMENT_GOOD),
		"detail", detail));
}

bool
document_has_bad(const json_t *rows, const char *check)
{
	const json_t *row;
	const char *name;
	size_t i;

	json_array_foreach (rows, i, row) {
		name = json_string_value(json_object_get(row, "check"));
		if (json_is_false(json_object_get(row, "good")) &&
		    (check == NULL ||
			(name != NULL && strcmp(name, check) == 0)))
			return true;
	}
	return false;
}

const char *
document_not_text(const void *bytes, size_t size)
{
	static const struct {
		const char *magic, *name;
		size_t size;
	} kinds[] = {
		{ "%PDF-", "a PDF", 5 },
		{ "PK\003\004", "a ZIP archive", 4 },
		{ "PK\005\006", "a ZIP archive", 4 },
		{ "\037\213", "compressed by gzip", 2 },
		{ "BZh", "compressed by bzip2", 3 },
		{ "\3757zXZ", "compressed by xz", 5 },
		{ "(\265/\375", "compressed by zstd", 4 },
		{ "\177ELF", "a program", 4 },
		{ "\211PNG", "a picture", 4 },
		{ "\377\330\377", "a picture", 3 },
	};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (size >= kinds[i].size &&
		    memcmp(bytes, kinds[i].magic, kinds[i].size) == 0)
			return kinds[i].name;
	return size > 0 && memchr(bytes, 0, size) != NULL ? "binary" : NULL;
}
