/*
 * worker_ports: sets of 16-bit ports, for probes and for who tests them.
 *
 * Pure, and the only thing in this file: a unit test of a probe links it
 * without the rest of the worker.
 */
#include <stdio.h>
#include <string.h>

#include "probes/probe.h"

#define PORT_MAX 65535u
#define WORDS (sizeof(((struct assay_ports *)0)->bits) / sizeof(uint64_t))

void
assay_ports_add(struct assay_ports *set, uint16_t first, uint16_t last)
{
	uint32_t p;

	for (p = first; p <= last; p++)
		set->bits[p / 64] |= UINT64_C(1) << p % 64;
}

bool
assay_ports_has(const struct assay_ports *set, uint16_t port)
{
	return (set->bits[port / 64] >> port % 64 & 1) != 0;
}

size_t
assay_ports_count(const struct assay_ports *set)
{
	size_t i, n = 0;

	for (i = 0; i < WORDS; i++)
		n += (size_t)__builtin_popcountll(set->bits[i]);
	return n;
}

void
assay_ports_subtract(struct assay_ports *a, const struct assay_ports *b)
{
	size_t i;

	for (i = 0; i < WORDS; i++)
		a->bits[i] &= ~b->bits[i];
}

void
assay_ports_intersect(struct assay_ports *a, const struct assay_ports *b)
{
	size_t i;

	for (i = 0; i < WORDS; i++)
		a->bits[i] &= b->bits[i];
}

void
assay_ports_unite(struct assay_ports *a, const struct assay_ports *b)
{
	size_t i;

	for (i = 0; i < WORDS; i++)
		a->bits[i] |= b->bits[i];
}

/* Digits alone, no sign, no space, no needless zero: what is formatted and
 * parsed again is the same text. */
static int
parse_port(const char **s, uint16_t *port)
{
	const char *p = *s;
	uint32_t v = 0;
	size_t n = 0;

	while (p[n] >= '0' && p[n] <= '9' && n < 6)
		v = v * 10 + (uint32_t)(p[n++] - '0');
	if (n == 0 || n > 5 || v > PORT_MAX || (p[0] == '0' && n > 1))
		return -1;
	*port = (uint16_t)v;
	*s = p + n;
	return 0;
}

int
assay_ports_parse(struct assay_ports *set, const char *s)
{
	uint16_t first, last;

	memset(set, 0, sizeof(*set));
	if (*s == '\0')
		return 0;
	for (;;) {
		if (parse_port(&s, &first) == -1)
			return -1;
		last = first;
		if (*s == '-') {
			s++;
			if (parse_port(&s, &last) == -1 || last < first)
				return -1;
		}
		assay_ports_add(set, first, last);
		if (*s == '\0')
			return 0;
		if (*s++ != ',')
			return -1;
	}
}

/* The last port of the run of ports that begins at first. */
static uint32_t
run_end(const struct assay_ports *set, uint32_t first)
{
	uint32_t last = first;

	while (last < PORT_MAX && assay_ports_has(set, (uint16_t)(last + 1)))
		last++;
	return last;
}

static size_t
format_run(char *out, size_t size, uint32_t first, uint32_t last, bool leads)
{
	const char *comma = leads ? "" : ",";
	int n;

	if (last > first)
		n = snprintf(out, size, "%s%u-%u", comma, first, last);
	else
		n = snprintf(out, size, "%s%u", comma, first);
	return (size_t)n;
}

char *
assay_ports_format(const struct assay_ports *set, char *out, size_t size)
{
	static const char cut[] = "\xe2\x80\xa6";
	char piece[16];
	size_t used = 0, mark = 0, n;
	uint32_t p, last;

	if (size == 0)
		return out;
	out[0] = '\0';
	for (p = 0; p <= PORT_MAX; p++) {
		if (!assay_ports_has(set, (uint16_t)p))
			continue;
		last = run_end(set, p);
		n = format_run(piece, sizeof(piece), p, last, used == 0);
		if (used + n + 1 > size) {
			if (mark + sizeof(cut) <= size)
				memcpy(out + mark, cut, sizeof(cut));
			return out;
		}
		memcpy(out + used, piece, n + 1);
		used += n;
		if (used + sizeof(cut) <= size)
			mark = used; /* the mark still fits behind this */
		p = last;
	}
	return out;
}
