/*
 * cleartext_lines: bytes as lines, compared as protocols of lines compare.
 */
#ifndef ASSAY_CLEARTEXT_LINES_H
#define ASSAY_CLEARTEXT_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct line {
	const uint8_t *p;
	size_t n;
	bool whole; /* it ended with a line feed */
};

/* The next line, without CR LF. False: there is none. */
static inline bool
line_next(const uint8_t **p, size_t *left, struct line *line)
{
	const uint8_t *end;
	size_t n;

	line->p = *p;
	line->n = 0;
	line->whole = false;
	if (*left == 0)
		return false;
	end = memchr(*p, '\n', *left);
	n = end == NULL ? *left : (size_t)(end - *p);
	line->n = n;
	line->whole = end != NULL;
	if (line->whole)
		n++;
	*p += n;
	*left -= n;
	if (line->n > 0 && line->p[line->n - 1] == '\r')
		line->n--;
	return true;
}

static inline uint8_t
line_lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

/* word in lower case; letters of p in either. */
static inline bool
line_begins(const uint8_t *p, size_t n, const char *word)
{
	size_t i;

	for (i = 0; word[i] != '\0'; i++)
		if (i == n || line_lower(p[i]) != (uint8_t)word[i])
			return false;
	return true;
}

static inline bool
line_has(const uint8_t *p, size_t n, const char *word)
{
	for (; n > 0; p++, n--)
		if (line_begins(p, n, word))
			return true;
	return false;
}

/* NUL is in no set. */
static inline bool
line_is_one_of(uint8_t c, const char *set)
{
	for (; *set != '\0'; set++)
		if ((uint8_t)*set == c)
			return true;
	return false;
}

static inline bool
line_is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

#endif
