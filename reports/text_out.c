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
text_put_bytes(struct text_out *o, const char *bytes, size_t n)
{
	if (o->size + n + 1 > o->room) {
		o->room += o->room / 2 + n + 1;
		o->text = xrealloc(o->text, o->room, 1);
	}
	memcpy(o->text + o->size, bytes, n);
	o->size += n;
	o->text[o->size] = '\0';
}

void
text_put_raw(struct text_out *o, const char *s)
{
	text_put_bytes(o, s, strlen(s));
}

void
text_put(struct text_out *o, const char *s)
{
	char *quoted = text_quote(s);

	text_put_raw(o, quoted);
	free(quoted);
}

/* Where it fits it is written in place: most pieces are short. */
void
text_vputf(struct text_out *o, const char *format, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(o->text + o->size, o->room - o->size, format, ap);
	if (n < 0)
		abort(); /* a format of ours that cannot be printed */
	if ((size_t)n >= o->room - o->size) {
		o->room += o->room / 2 + (size_t)n + 1;
		o->text = xrealloc(o->text, o->room, 1);
		vsnprintf(o->text + o->size, o->room - o->size, format, again);
	}
	va_end(again);
	o->size += (size_t)n;
}

void
text_putf(struct text_out *o, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	text_vputf(o, format, ap);
	va_end(ap);
}
