/*
 * Any bytes as each kind of document: something is said of its form, and what
 * is said may be shown and recorded.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "documents/document.h"

#define NOW 1800000000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A row of that check is there, and every detail may be shown. */
static void
check(json_t *rows, const char *form)
{
	const json_t *row, *good;
	const char *name, *detail;
	bool is_there = false;
	size_t i;

	json_array_foreach (rows, i, row) {
		name = json_string_value(json_object_get(row, "check"));
		detail = json_string_value(json_object_get(row, "detail"));
		good = json_object_get(row, "good");
		if (name == NULL || detail == NULL ||
		    !utf8_is_plain(detail, strlen(detail)) ||
		    (!json_is_boolean(good) && !json_is_null(good)))
			abort();
		is_there |= strcmp(name, form) == 0;
	}
	if (!is_there)
		abort();
	json_array_clear(rows);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const seen[] = { "lighttpd", "Open SSH", NULL };
	json_t *rows = json_array();
	char text[80];
	int64_t seconds;

	document_check_sbom(rows, data, size, seen);
	check(rows, "sbom.form");
	document_check_security_txt(rows, data, size, NOW);
	check(rows, "security_txt.form");
	document_check_certificate(rows, data, size, NULL, NOW);
	check(rows, "certificate.form");
	document_date((const char *)data, size, &seconds);
	if (size < sizeof(text)) {
		memcpy(text, data, size);
		text[size] = '\0';
		document_check_support(rows, text, NOW);
		check(rows, "support.form");
		document_check_certificate(rows, "", 0, text, NOW);
		check(rows, "certificate.form");
	}
	json_decref(rows);
	return 0;
}
