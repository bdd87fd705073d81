/*
 * bundle_unpack: a tar file into a private directory, believing nothing of it.
 *
 * Only plain files with names as a bundle has them are taken; anything else (a
 * link, a device, "..", an absolute name, a name twice, a sparse file) refuses
 * the whole archive.  No filters, so that it cannot grow: what is unpacked is
 * never more than the archive is long.
 */
#ifndef ASSAY_BUNDLE_UNPACK_H
#define ASSAY_BUNDLE_UNPACK_H

#include <stdbool.h>

#include "base/err.h"

#define BUNDLE_FILES_MAX 100000

/* May a bundle have a file of this name?  Components of letters, digits, '-',
 * '_' and '.', none beginning with '.'. */
bool bundle_name_is_good(const char *name);

/* A directory that only we may enter, in $TMPDIR or /tmp.  Its path, which the
 * caller frees, with *dir a descriptor; NULL with *e. */
char *bundle_private_directory(int *dir, struct err *e);

/* fd: the archive, at its beginning; path: for errors. 0, or -1 with *e. */
int bundle_unpack(int fd, const char *path, int dir, struct err *e);

/* Opens name below dir, following no link: the parents made when flags has
 * O_CREAT.  -1 with errno. */
int bundle_open_at(int dir, const char *name, int flags);

/* Removes the directory at path with all that is in it. */
void bundle_remove_directory(const char *path);

#endif
