/*
 * text_out: a text that grows; what others supplied goes in quoted.
 */
#include "reports/text_out.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "reports/text.h"

void
text_out_start(struct text_out *o)
{
	o->room = 256;
	o->size = 0;
	o->text = xcalloc(o->room, 1);
}

char *
text_out_end(struct text_out *o)
{
	char *text = o->text;

	text[o->size] = '\0';
	o->text = NULL;
	return text;
}

void
text_put_raw(struct text_out *o, const char *s)
{
	size_t n = strlen(s);

	if (o->size + n + 1 > o->room) {
		o->room = 2 * o->room + n + 1;
		o->text = xrealloc(o->text, o->room, 1);
	}
	memcpy(o->text + o->size, s, n + 1);
	o->size += n;
}

void
text_put(struct text_out *o, const char *s)
{
	char *quoted = text_quote(s);

	text_put_raw(o, quoted);
	free(quoted);
}

void
text_putf(struct text_out *o, const char *format, ...)
{
	va_list ap;
	char *s = NULL;

	va_start(ap, format);
	if (vasprintf(&s, format, ap) == -1)
		abort(); /* out of memory */
	va_end(ap);
	text_put_raw(o, s);
	free(s);
}
