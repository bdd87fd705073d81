/*
 * duration: "250ms", "3s", "2m", "1h": whole numbers with a unit, never a
 * bare number, which one reader takes for seconds and another for ms.
 */
#include <string.h>

#include "scenarios/scenario.h"

static const struct {
	const char *name;
	uint64_t ns;
} units[] = {
	{ "ms", 1000000ull },
	{ "s", 1000000000ull },
	{ "m", 60ull * 1000000000ull },
	{ "h", 3600ull * 1000000000ull },
};

int
duration_parse_ns(const char *text, uint64_t *ns)
{
	uint64_t n = 0;
	const char *p;
	size_t i;

	for (p = text; *p >= '0' && *p <= '9'; p++) {
		if (n > (UINT64_MAX - (uint64_t)(*p - '0')) / 10)
			return -1;
		n = n * 10 + (uint64_t)(*p - '0');
	}
	if (p == text)
		return -1;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(p, units[i].name) != 0)
			continue;
		if (n > UINT64_MAX / units[i].ns)
			return -1;
		*ns = n * units[i].ns;
		return 0;
	}
	return -1;
}
