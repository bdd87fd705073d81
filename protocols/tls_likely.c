/*
 * tls_likely: key exchanges and ciphers, each by its name in the suite's.
 */
#include "protocols/tls_likely.h"

#include <string.h>

#include "protocols/tls_names.h"

/* FNV-1a, folded. */
static uint16_t
number_of(const char *p, size_t n)
{
	uint32_t h = UINT32_C(2166136261);
	size_t i;

	for (i = 0; i < n; i++)
		h = (h ^ (uint8_t)p[i]) * UINT32_C(16777619);
	return (uint16_t)((h ^ h >> 16) % TLS_LIKELY_PARTS);
}

static bool
has(const uint8_t *bits, uint16_t number)
{
	return (bits[number / 8] & 1u << number % 8) != 0;
}

static void
add(uint8_t *bits, uint16_t number)
{
	bits[number / 8] |= (uint8_t)(1u << number % 8);
}

void
tls_likely_begin(struct tls_likely *k)
{
	const size_t all = tls_suite_count();
	struct tls_suite s;
	const char *with;
	size_t i, n;

	memset(k, 0, sizeof(*k));
	for (i = 0; i < all && i < TLS_LIKELY_SUITES; i++) {
		(void)tls_suite_of(tls_suite_id_at(i), &s);
		with = strstr(s.name, "_WITH_");
		n = with == NULL ? 0 : (size_t)(with - s.name);
		k->exchange[i] = number_of(s.name, n);
		k->cipher[i] = number_of(s.name + n, strlen(s.name + n));
		k->needs_12[i] = s.needs_12;
	}
}

void
tls_likely_took(struct tls_likely *k, size_t i)
{
	if (i >= TLS_LIKELY_SUITES)
		return;
	add(k->exchanges, k->exchange[i]);
	add(k->ciphers, k->cipher[i]);
}

bool
tls_likely_is(const struct tls_likely *k, size_t i, bool is_12)
{
	return i < TLS_LIKELY_SUITES && (is_12 || !k->needs_12[i]) &&
	    has(k->exchanges, k->exchange[i]) && has(k->ciphers, k->cipher[i]);
}
