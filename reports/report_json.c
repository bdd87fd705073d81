/*
 * report_json: a report as JSON, after etc/schemas/report.schema.json.
 */
#include "reports/report_json.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

char *
report_json(const json_t *report)
{
	char *text = json_dumps(
		 report, JSON_INDENT(1) | JSON_SORT_KEYS | JSON_ENSURE_ASCII),
	     *out, *to;
	const char *from, *escaped;
	size_t deletes = 0, n;

	if (text == NULL)
		return xstrdup("");
	for (from = text; *from != '\0'; from++)
		deletes += *from == '\x7f'; /* ASCII, yet a control */
	n = (size_t)(from - text);
	out = xcalloc(n + 5 * deletes + 2, 1);
	to = out;
	for (from = text; *from != '\0'; from++) {
		if (*from != '\x7f') {
			*to++ = *from;
			continue;
		}
		for (escaped = "\\u007f"; *escaped != '\0'; escaped++)
			*to++ = *escaped;
	}
	*to = '\n';
	free(text);
	return out;
}
