/*
 * alloc: memory that is there, or the process ends.
 */
#include "base/alloc.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

void *
xcalloc(size_t n, size_t size)
{
	void *p = calloc(n == 0 ? 1 : n, size == 0 ? 1 : size);

	if (p == NULL)
		fatal("out of memory: %zu times %zu bytes", n, size);
	return p;
}

void *
xrealloc(void *p, size_t n, size_t size)
{
	void *q;

	if (size != 0 && n > SIZE_MAX / size)
		fatal("out of memory: %zu times %zu bytes", n, size);
	q = realloc(p, n * size == 0 ? 1 : n * size);
	if (q == NULL)
		fatal("out of memory: %zu times %zu bytes", n, size);
	return q;
}

char *
xstrdup(const char *s)
{
	char *p = strdup(s);

	if (p == NULL)
		fatal("out of memory: a string");
	return p;
}

void *
xmemdup(const void *p, size_t size)
{
	void *q = xcalloc(1, size);

	if (size != 0)
		memcpy(q, p, size);
	return q;
}

char *
xasprintf(const char *format, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, format);
	n = vasprintf(&p, format, ap);
	va_end(ap);
	if (n == -1)
		fatal("out of memory: a formatted string");
	return p;
}
