/*
 * err: why something could not be done, for the person who asked for it.
 */
#include "base/err.h"

#include <stdio.h>
#include <string.h>

static void
clear_place(struct err *e)
{
	e->file[0] = '\0';
	e->line = 0;
	e->column = 0;
}

int
err_set(struct err *e, const char *format, ...)
{
	va_list ap;

	if (e == NULL)
		return -1;
	clear_place(e);
	va_start(ap, format);
	vsnprintf(e->text, sizeof(e->text), format, ap);
	va_end(ap);
	return -1;
}

int
err_set_at(struct err *e, const char *file, unsigned line, unsigned column,
    const char *format, ...)
{
	va_list ap;

	if (e == NULL)
		return -1;
	snprintf(e->file, sizeof(e->file), "%s", file == NULL ? "" : file);
	e->line = line;
	e->column = column;
	va_start(ap, format);
	vsnprintf(e->text, sizeof(e->text), format, ap);
	va_end(ap);
	return -1;
}

int
err_prefix(struct err *e, const char *format, ...)
{
	char old[sizeof(e->text)];
	va_list ap;
	size_t n;

	if (e == NULL)
		return -1;
	memcpy(old, e->text, sizeof(old));
	va_start(ap, format);
	vsnprintf(e->text, sizeof(e->text), format, ap);
	va_end(ap);
	n = strlen(e->text);
	snprintf(e->text + n, sizeof(e->text) - n, ": %s", old);
	return -1;
}

const char *
err_format(const struct err *e, char *out, unsigned size)
{
	if (e->file[0] == '\0')
		snprintf(out, size, "%s", e->text);
	else if (e->line == 0)
		snprintf(out, size, "%s: %s", e->file, e->text);
	else if (e->column == 0)
		snprintf(out, size, "%s:%u: %s", e->file, e->line, e->text);
	else
		snprintf(out, size, "%s:%u:%u: %s", e->file, e->line, e->column,
		    e->text);
	return out;
}
