/*
 * bundle_write: a bundle's files, written.
 */
#include "bundles/bundle_write.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/alloc.h"
#include "bundles/bundle_list.h"
#include "bundles/bundle_unpack.h"

#define PIECE (256u << 10)

static int
write_file(int dir, const char *name, const void *data, size_t size, int flags,
    struct err *e)
{
	const char *p = data;
	ssize_t done = 0;
	int fd = bundle_open_at(dir, name, O_WRONLY | O_CREAT | flags);

	if (fd == -1)
		return err_set(e, "writing %s: %s", name, strerror(errno));
	for (; size > 0; p += done, size -= (size_t)done) {
		done = write(fd, p, size);
		if (done == -1 && errno == EINTR)
			done = 0;
		if (done == -1)
			break;
	}
	if (done == -1)
		err_set(e, "writing %s: %s", name, strerror(errno));
	if (close(fd) == -1 && done != -1)
		done = err_set(e, "writing %s: %s", name, strerror(errno));
	return done == -1 ? -1 : 0;
}

int
bundle_put(
    int dir, const char *name, const void *data, size_t size, struct err *e)
{
	return write_file(dir, name, data, size, O_EXCL, e);
}

int
bundle_append(
    int dir, const char *name, const void *data, size_t size, struct err *e)
{
	return write_file(dir, name, data, size, O_APPEND, e);
}

int
bundle_append_line(int dir, const char *name, const json_t *o, struct err *e)
{
	char *text = json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS), *line;
	int r;

	if (text == NULL)
		return err_set(e, "writing %s: not UTF-8", name);
	line = xasprintf("%s\n", text);
	r = bundle_append(dir, name, line, strlen(line), e);
	free(line);
	free(text);
	return r;
}

int
bundle_put_label(int dir, const char *bench, uint64_t run,
    const struct bundle_copying *how, struct err *e)
{
	json_t *o = json_pack("{s:i,s:s,s:I,s:b,s:b}", "v", 1, "bench", bench,
	    "run", (json_int_t)run, "redacted", (int)how->redacted, "captures",
	    (int)how->captures);
	int r = bundle_append_line(dir, "bundle.json", o, e);

	json_decref(o);
	return r;
}

/* ---- tar, ZIP ---- */

static int
copy_data(
    struct archive *a, int fd, const char *name, size_t size, struct err *e)
{
	char *piece = xcalloc(1, PIECE);
	ssize_t n = 1;
	int r = 0;

	while (r == 0 && size > 0) {
		n = read(fd, piece, size < PIECE ? size : PIECE);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			r = err_set(e, "%s: %s", name,
			    n == 0 ? "it became shorter" : strerror(errno));
		else if (archive_write_data(a, piece, (size_t)n) != n)
			r = err_set(e, "%s: %s", name, archive_error_string(a));
		else
			size -= (size_t)n;
	}
	free(piece);
	return r;
}

/* Owner, mode and time say nothing about a run. */
static int
add_file(struct archive *a, int dir, const char *name, struct err *e)
{
	struct archive_entry *entry = archive_entry_new();
	int r = 0, fd = bundle_open_at(dir, name, O_RDONLY);
	struct stat st;

	if (fd == -1 || fstat(fd, &st) == -1) {
		r = err_set(e, "%s: %s", name, strerror(errno));
	} else {
		archive_entry_set_pathname(entry, name);
		archive_entry_set_filetype(entry, AE_IFREG);
		archive_entry_set_perm(entry, 0644);
		archive_entry_set_size(entry, st.st_size);
		archive_entry_set_mtime(entry, 0, 0);
		if (archive_write_header(a, entry) != ARCHIVE_OK)
			r = err_set(e, "%s: %s", name, archive_error_string(a));
		else
			r = copy_data(a, fd, name, (size_t)st.st_size, e);
	}
	if (fd != -1)
		close(fd);
	archive_entry_free(entry);
	return r;
}

static int
fill(struct archive *a, int dir, struct err *e)
{
	json_t *names = bundle_list(dir, e), *o;
	int r = names == NULL ? -1 : 0;
	size_t i;

	json_array_foreach (names, i, o)
		if (r == 0)
			r = add_file(a, dir, json_string_value(o), e);
	json_decref(names);
	return r;
}

/* ZIP, if its name says so: stored, not packed, since what is large in a
 * bundle is digests and frames, and so that an archive is never smaller than
 * what comes out of it. */
static int
choose_format(struct archive *a, const char *path)
{
	size_t n = strlen(path);

	if (n < 4 || strcasecmp(path + n - 4, ".zip") != 0)
		return archive_write_set_format_ustar(a);
	if (archive_write_set_format_zip(a) != ARCHIVE_OK)
		return ARCHIVE_FATAL;
	return archive_write_zip_set_compression_store(a);
}

static int
write_archive(int fd, const char *path, int dir, struct err *e)
{
	struct archive *a = archive_write_new();
	int r;

	if (a == NULL)
		return err_set(e, "%s: libarchive cannot begin", path);
	if (choose_format(a, path) != ARCHIVE_OK ||
	    archive_write_open_fd(a, fd) != ARCHIVE_OK)
		r = err_set(e, "%s: %s", path, archive_error_string(a));
	else
		r = fill(a, dir, e);
	if (archive_write_close(a) != ARCHIVE_OK && r == 0)
		r = err_set(e, "%s: %s", path, archive_error_string(a));
	archive_write_free(a);
	if (r == 0 && fsync(fd) == -1)
		r = err_set(e, "%s: %s", path, strerror(errno));
	return r;
}

int
bundle_write_archive(int dir, const char *path, struct err *e)
{
	char *temporary = xasprintf("%s.XXXXXX", path);
	int r, fd = mkostemp(temporary, O_CLOEXEC);

	if (fd == -1) {
		r = err_set(e, "%s: %s", temporary, strerror(errno));
		free(temporary);
		return r;
	}
	r = write_archive(fd, path, dir, e);
	close(fd);
	/* link(2), so that a file of that name is never replaced. */
	if (r == 0 && link(temporary, path) == -1)
		r = err_set(e, "%s: %s", path,
		    errno == EEXIST ? "is there already" : strerror(errno));
	unlink(temporary);
	free(temporary);
	return r;
}
