/*
 * Any bytes as assayd.yaml: read or refused with a text, nothing leaked.
 */
#include <stdlib.h>

#include "scenarios/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = { .text = "" };
	struct conf *c = conf_parse((const char *)data, size, "/x/f", &e);
	size_t i;

	if (c == NULL && e.text[0] == '\0')
		abort();
	for (i = 0; c != NULL && i < c->nsegments; i++)
		if (c->segments[i].naddresses == 0 ||
		    c->segments[i].addresses[0].prefix == 0)
			abort();
	for (i = 0; c != NULL && i < c->nhooks; i++)
		if (c->hooks[i].command[0][0] != '/')
			abort();
	conf_free(c);
	return 0;
}
