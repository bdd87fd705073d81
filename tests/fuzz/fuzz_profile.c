/*
 * Any bytes as a profile: read or refused with a text, nothing leaked.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "scenarios/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = { .text = "" };
	struct profile *p = profile_parse((const char *)data, size, "f", &e);
	size_t i;

	if (p == NULL && e.text[0] == '\0')
		abort();
	for (i = 0; p != NULL && i < p->nports; i++)
		if (p->ports[i].first == 0 || p->ports[i].states == 0 ||
		    p->ports[i].first > p->ports[i].last)
			abort();
	profile_free(p);
	return 0;
}
