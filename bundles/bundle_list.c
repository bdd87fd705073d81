/*
 * bundle_list: which files lie in a bundle's directory.
 */
#include "bundles/bundle_list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "bundles/bundle.h"
#include "bundles/bundle_unpack.h"

struct listing {
	int dir;
	char **names, **pending; /* pending: directories still to be read */
	size_t n, npending;
};

static void
push(char ***list, size_t *n, char *name)
{
	*list = xrealloc(*list, *n + 1, sizeof(**list));
	(*list)[(*n)++] = name;
}

static int
take_entry(struct listing *l, int fd, const char *prefix, const char *name,
    struct err *e)
{
	struct stat st;
	char *whole =
	    xasprintf("%s%s%s", prefix, *prefix == '\0' ? "" : "/", name);

	if (l->n + l->npending >= BUNDLE_FILES_MAX)
		err_set(e, "more than %d files", BUNDLE_FILES_MAX);
	else if (!bundle_name_is_good(whole))
		err_set(e, "a name that no bundle has in it: %s", whole);
	else if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		err_set(e, "%s: %s", whole, strerror(errno));
	else if (S_ISDIR(st.st_mode)) {
		push(&l->pending, &l->npending, whole);
		return 0;
	} else if (S_ISREG(st.st_mode)) {
		push(&l->names, &l->n, whole);
		return 0;
	} else
		err_set(e, "%s: no plain file", whole);
	free(whole);
	return -1;
}

static int
read_directory(struct listing *l, const char *name, struct err *e)
{
	int r = 0,
	    fd = *name == '\0'
	    ? openat(l->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
	    : bundle_open_at(l->dir, name, O_RDONLY | O_DIRECTORY);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (d == NULL) {
		if (fd != -1)
			close(fd);
		return err_set(e, "%s: %s", name, strerror(errno));
	}
	while (r == 0) {
		entry = readdir(d);
		if (entry == NULL)
			break;
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			r = take_entry(l, fd, name, entry->d_name, e);
	}
	closedir(d);
	return r;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
free_names(char **names, size_t n)
{
	while (n > 0)
		free(names[--n]);
	free(names);
}

json_t *
bundle_list(int dir, struct err *e)
{
	struct listing l = { .dir = dir };
	json_t *list = NULL;
	char *next = xstrdup("");
	size_t i;
	int r;

	for (;;) {
		r = read_directory(&l, next, e);
		free(next);
		if (r == -1 || l.npending == 0)
			break;
		next = l.pending[--l.npending];
	}
	if (r == 0) {
		if (l.n > 0)
			qsort(l.names, l.n, sizeof(*l.names), compare);
		list = json_array();
		for (i = 0; i < l.n; i++)
			json_array_append_new(list, json_string(l.names[i]));
	}
	free_names(l.names, l.n);
	free_names(l.pending, l.npending);
	return list;
}
