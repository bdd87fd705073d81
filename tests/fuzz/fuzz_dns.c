/*
 * fuzz_dns: any bytes as a DNS message.  Names are text and end; data lies in
 * the message; there are no more records than bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "protocols/dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int holds)
{
	if (!holds)
		abort();
}

static void
check_name(const char *name)
{
	const char *p;

	require(memchr(name, '\0', DNS_NAME_SIZE) != NULL);
	for (p = name; *p != '\0'; p++)
		require(*p > 0x20 && *p < 0x7f);
}

static void
check_view(const uint8_t *data, size_t size, const uint8_t *p, size_t n)
{
	require(p == NULL ||
	    (p >= data && n <= size && (size_t)(p - data) <= size - n));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_record r;
	const uint8_t *text;
	struct dns d;
	size_t n = 0, at, length;
	int got;

	if (dns_parse(&d, data, size) == -1)
		return 0;
	while ((got = dns_next(&d, &r)) == 1) {
		require(++n <= size / 5);
		check_name(r.name);
		check_name(r.target);
		check_view(data, size, r.data, r.data_size);
		check_view(data, size, r.addr, r.type == DNS_A ? 4 : 16);
		for (at = 0; dns_next_text(&r, &at, &text, &length);)
			check_view(data, size, text, length);
	}
	require(dns_next(&d, &r) == got); /* and so it remains */
	return 0;
}
