/*
 * earlier: the numbers that an earlier job was given, and whether they come
 * again.
 *
 * A generator that starts anew at each boot, from the same seed, is not seen by
 * one look; the same numbers behind the next boot are.
 */
#include <string.h>

#include "probes/tcp_isn/isn.h"

#define HEAD 4  /* the magic */
#define ENTRY 3 /* before the numbers of a family */
#define EACH 6  /* one of them */
#define SUM_SIZE 4

static const uint8_t magic[HEAD] = { 'A', 'I', 'S', '1' };

static void
put(uint8_t *p, uint32_t v, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		p[i] = (uint8_t)(v >> 8 * (size - 1 - i));
}

static uint32_t
get(const uint8_t *p, size_t size)
{
	uint32_t v = 0;
	size_t i;

	for (i = 0; i < size; i++)
		v = v << 8 | p[i];
	return v;
}

static uint32_t
sum_of(const uint8_t *p, size_t n)
{
	uint32_t sum = 2166136261u;
	size_t i;

	for (i = 0; i < n; i++)
		sum = (sum ^ p[i]) * 16777619u;
	return sum;
}

void
isn_leave(
    struct isn_left *l, uint8_t family, const struct isn_given *given, size_t n)
{
	uint8_t *p;
	size_t i;

	if (l->size == 0) {
		memcpy(l->bytes, magic, HEAD);
		l->size = HEAD + SUM_SIZE;
	}
	if (n > ISN_LEFT_MAX)
		n = ISN_LEFT_MAX;
	if (n == 0 || l->size + ENTRY + n * EACH > sizeof(l->bytes))
		return;
	p = l->bytes + l->size - SUM_SIZE;
	*p = family;
	put(p + 1, (uint32_t)n, 2);
	for (i = 0, p += ENTRY; i < n; i++, p += EACH) {
		put(p, given[i].port, 2);
		put(p + 2, given[i].number, 4);
	}
	l->size = (size_t)(p - l->bytes) + SUM_SIZE;
	put(p, sum_of(l->bytes, l->size - SUM_SIZE), SUM_SIZE);
}

static size_t
take(const uint8_t *p, size_t n, struct isn_given *out)
{
	size_t i;

	for (i = 0; i < n; i++, p += EACH) {
		out[i].port = (uint16_t)get(p, 2);
		out[i].number = get(p + 2, 4);
	}
	return n;
}

size_t
isn_read_left(
    const uint8_t *bytes, size_t size, uint8_t family, struct isn_given *out)
{
	size_t at = HEAD, n, found = 0;

	if (size < HEAD + SUM_SIZE || memcmp(bytes, magic, HEAD) != 0 ||
	    get(bytes + size - SUM_SIZE, SUM_SIZE) !=
		sum_of(bytes, size - SUM_SIZE))
		return 0;
	size -= SUM_SIZE;
	while (at < size) {
		if (size - at < ENTRY)
			return 0;
		n = get(bytes + at + 1, 2);
		if (n > ISN_LEFT_MAX || (size - at - ENTRY) / EACH < n)
			return 0;
		if (bytes[at] == family)
			found = take(bytes + at + ENTRY, n, out);
		at += ENTRY + n * EACH;
	}
	return found;
}

uint64_t
isn_count_again(
    const struct isn_given *a, size_t na, const struct isn_given *b, size_t nb)
{
	uint64_t pairs = 0;
	size_t i, k;

	for (i = 0; i < na; i++)
		for (k = 0; k < nb; k++)
			pairs += a[i].number == b[k].number &&
			    a[i].port != b[k].port;
	return pairs;
}
