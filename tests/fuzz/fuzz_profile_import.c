/*
 * Any bytes as a file of another tool: refused with a text, or a profile that
 * our own loader takes, in which nothing of the file is more than a text.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/profile.h"
#include "scenarios/profile_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_made(const struct profile_import *made)
{
	struct profile *p;
	struct err e;
	size_t i;

	p = profile_parse(made->yaml, strlen(made->yaml), "f", &e);
	if (p == NULL)
		abort();
	/* No key but these is ever written. */
	if (p->nactions != 0 || p->nna != 0 || p->nhazards != 0 ||
	    p->tables[PROFILE_CONSENTS].is_said ||
	    p->tables[PROFILE_CREDENTIALS].is_said)
		abort();
	profile_free(p);
	for (i = 0; made->yaml[i] != '\0'; i++)
		if (made->yaml[i] != '\n' && (unsigned char)made->yaml[i] < 32)
			abort();
	if (made->nnotes > PROFILE_IMPORT_NOTES_MAX + 1)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = { .text = "" };
	struct profile_import made;

	if (profile_import((const char *)data, size, "f", &made, &e) == 0) {
		check_made(&made);
		profile_import_clear(&made);
	} else if (e.text[0] == '\0' ||
	    strncmp(e.text, "no profile can be made", 22) == 0) {
		abort();
	}
	return 0;
}
