/*
 * beside: the programs and probes that belong to this assayctl.
 */
#include "client/beside.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

char *
beside_find(const char *name)
{
	static const char *const places[] = { "../lib/assay", "." };
	char program[PATH_MAX], *slash, *path;
	ssize_t n;
	size_t i;

	n = readlink("/proc/self/exe", program, sizeof(program) - 1);
	if (n <= 0)
		return NULL;
	program[n] = '\0';
	slash = strrchr(program, '/');
	if (slash == NULL)
		return NULL;
	*slash = '\0';
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		path = xasprintf("%s/%s/%s", program, places[i], name);
		if (access(path, R_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}
