/*
 * Any bytes as a scenario: read or refused with a text, nothing leaked.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "scenarios/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = { .text = "" };
	struct scenario *s = scenario_parse((const char *)data, size, "f", &e);
	size_t i;

	if (s == NULL && e.text[0] == '\0')
		abort();
	for (i = 0; s != NULL && i < s->nsteps; i++)
		if ((s->steps[i].name[0] == '\0' &&
			(s->steps[i].kind == STEP_PROBE ||
			    s->steps[i].kind == STEP_ACTION)) ||
		    s->steps[i].repeat == 0 || s->steps[i].line == 0)
			abort();
	scenario_free(s);
	return 0;
}
