/*
 * fuzz_service: any bytes as what was said and heard, for each kind of
 * service, and as a certificate.
 *
 * The first byte says by whom they are read, the next two how many of the rest
 * were said.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "protocols/service.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever it was: texts end, and nothing in them drives a terminal. */
static void
check(const struct service_seen *seen)
{
	const char *p;
	size_t i;

	if (seen->n > SERVICE_FACTS_MAX)
		abort();
	for (i = 0; i < seen->n; i++) {
		if (seen->facts[i].text[0] == '\0' ||
		    strlen(seen->facts[i].text) >= SERVICE_TEXT_MAX ||
		    strlen(seen->facts[i].source) >= SERVICE_SOURCE_MAX ||
		    service_what_named(service_what_name(
			seen->facts[i].what)) != (int)seen->facts[i].what)
			abort();
		for (p = seen->facts[i].text; *p != '\0'; p++)
			if (*p < ' ' || *p > '~')
				abort();
	}
	if (strlen(seen->location) >= sizeof(seen->location))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct service_seen seen;
	struct cleartext_talk t;
	unsigned kind;
	size_t n;

	if (size < 3)
		return 0;
	kind = data[0] % (SERVICE_KINDS + 2);
	n = (size_t)(data[1] << 8 | data[2]);
	data += 3;
	size -= 3;
	if (n > size)
		n = size;
	t = (struct cleartext_talk){ data, n, data + n, size - n };
	memset(&seen, 0, sizeof(seen));
	if (kind < SERVICE_KINDS) {
		if (!service_read((enum service_kind)kind, &t, &seen) &&
		    t.nheard == 0 && seen.n > 0)
			abort();
		(void)service_is_whole(&t, (n & 1) != 0);
	} else if (kind == SERVICE_KINDS) {
		(void)service_read_certificate(t.heard, t.nheard, &seen);
	} else {
		service_read_unknown(&t, &seen);
	}
	check(&seen);
	return 0;
}
