/*
 * probe_file: where a probe's code is.
 *
 * The name may come from somebody's records: it names a file in this directory
 * and in no other.
 */
#include "judging/probe_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

#define NAME_SIZE_MAX 64

char *
probe_file_path(const char *dir, const char *name, struct err *e)
{
	size_t n = strlen(name);
	char *path, *dot;

	if (n == 0 || n > NAME_SIZE_MAX ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._") != n) {
		err_set(
		    e, "a probe's name is 1 to 64 of a-z, 0-9, '.' and '_'");
		return NULL;
	}
	path = xasprintf("%s/%s.so", dir, name);
	dot = path + strlen(dir) + 1;
	for (; n > 0; n--, dot++)
		if (*dot == '.')
			*dot = '_';
	if (access(path, R_OK) == 0)
		return path;
	err_set(e, "no probe %s here (%s: %s)", name, path, strerror(errno));
	free(path);
	return NULL;
}
