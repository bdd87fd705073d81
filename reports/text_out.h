/*
 * text_out: a text that grows; what others supplied goes in quoted.
 */
#ifndef ASSAY_TEXT_OUT_H
#define ASSAY_TEXT_OUT_H

#include <stdarg.h>
#include <stddef.h>

struct text_out {
	char *text;
	size_t size, room; /* size without the NUL */
};

void text_out_start(struct text_out *o);
/* The text; the caller frees it. */
char *text_out_end(struct text_out *o);

/* s quoted (text_quote). */
void text_put(struct text_out *o, const char *s);
/* Ours: as it is. */
void text_put_raw(struct text_out *o, const char *s);
void text_put_bytes(struct text_out *o, const char *bytes, size_t n);
void text_putf(struct text_out *o, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void text_vputf(struct text_out *o, const char *format, va_list ap)
    __attribute__((format(printf, 2, 0)));

#endif
