/*
 * places: what was installed, or built, beside this program.
 */
#include "client/client.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

/* The first of these places, seen from the program's folder, that has it.
 * Caller frees; NULL: none has. */
static char *
find_beside(const char *const *places, size_t n, const char *name)
{
	char program[PATH_MAX], *slash, *path;
	struct stat st;
	ssize_t size;
	size_t i;

	size = readlink("/proc/self/exe", program, sizeof(program) - 1);
	if (size <= 0)
		return NULL;
	program[size] = '\0';
	slash = strrchr(program, '/');
	if (slash == NULL)
		return NULL;
	*slash = '\0';
	for (i = 0; i < n; i++) {
		path = xasprintf("%s/%s/%s", program, places[i], name);
		if (stat(path, &st) == 0)
			return path;
		free(path);
	}
	return NULL;
}

char *
client_data_dir(const char *name)
{
	/* PREFIX/bin/assayctl, and build/assayctl or build/KIND/assayctl. */
	static const char *const places[] = { "../share/assay", "../etc", "..",
		"../../etc", "../.." };

	return find_beside(places, sizeof(places) / sizeof(places[0]), name);
}

char *
client_judging_path(
    const struct client *c, const char *option, const char *name)
{
	/* PREFIX/bin/assayctl; build/assayctl */
	static const char *const places[] = { "../lib/assay", "." };
	const char *given = args_value(&c->args, option);
	char *path = given != NULL
	    ? realpath(given, NULL)
	    : find_beside(places, sizeof(places) / sizeof(places[0]), name);

	if (path == NULL && given == NULL)
		client_complainf(CLIENT_USAGE,
		    "there is no %s beside this program: --%s says where it is",
		    name, option);
	else if (path == NULL)
		client_complainf(CLIENT_USAGE, "--%s %s: there is no such file",
		    option, given);
	return path;
}
