/*
 * xml: text within XML 1.0.
 */
#include "reports/xml.h"

#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"

/* XML 1.0 has no place for U+FFFE and U+FFFF, though they are well-formed. */
static bool
is_character(const char *s, bool shown)
{
	return (shown || *s == '\n') && strncmp(s, "\xef\xbf\xbe", 3) != 0 &&
	    strncmp(s, "\xef\xbf\xbf", 3) != 0;
}

void
xml_put(struct text_out *o, const char *s)
{
	static const struct {
		char c;
		const char *reference;
	} references[] = { { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" },
		{ '"', "&quot;" }, { '\'', "&apos;" } };
	char one[5];
	bool shown;
	size_t n, i;

	for (; *s != '\0'; s += n) {
		n = utf8_sequence(
		    (const uint8_t *)s, strnlen(s, sizeof(one) - 1), &shown);
		for (i = 0; i < 5; i++)
			if (*s == references[i].c)
				break;
		memcpy(one, s, n);
		one[n] = '\0';
		if (i < 5)
			text_put_raw(o, references[i].reference);
		else
			text_put_raw(o, is_character(s, shown) ? one : "?");
	}
}

void
xml_put_attribute(struct text_out *o, const char *name, const char *value)
{
	text_putf(o, " %s=\"", name);
	xml_put(o, value);
	text_put_raw(o, "\"");
}

void
xml_put_count(struct text_out *o, const char *name, size_t n)
{
	text_putf(o, " %s=\"%zu\"", name, n);
}
