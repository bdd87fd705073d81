/*
 * err: why something could not be done, for the person who asked for it.
 *
 * The second of the three error idioms (CONTRIBUTING.md): a function that
 * reads what a person wrote takes a last `struct err *e`, returns -1 or NULL,
 * and says file, line, column and cause.  Fixed size, so it needs no freeing.
 */
#ifndef ASSAY_ERR_H
#define ASSAY_ERR_H

#include <stdarg.h>

struct err {
	char file[256];  /* "" when no file is to blame */
	unsigned line;   /* counted from 1; 0: unknown */
	unsigned column; /* counted from 1; 0: unknown */
	char text[512];  /* lower case, no full stop, one line */
};

/* Always returns -1, so that a caller can write `return err_set(e, …)`.  The
 * place (file, line, column) is cleared.  e may be NULL. */
int err_set(struct err *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same with a place. */
int err_set_at(struct err *e, const char *file, unsigned line, unsigned column,
    const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Puts "subject: " before the text, keeping the place. Returns -1. */
int err_prefix(struct err *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "file:line:column: text", as far as known, into out (always terminated).
 * Returns out. */
const char *err_format(const struct err *e, char *out, unsigned size);

#endif
