/*
 * slice_file: a file that is there whole and durable, or not at all.
 */
#include "captures/slice_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "captures/digest_beside.h"

#define NAME_MAX_SIZE 64

struct slice_file {
	int dir, fd;
	char name[NAME_MAX_SIZE], temporary[NAME_MAX_SIZE + 8];
	struct digest_beside *digest;
	uint64_t size;
};

static bool
is_name(const char *s, size_t n)
{
	static const char allowed[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    "-_.";

	return n > 0 && n < NAME_MAX_SIZE && s[0] != '.' &&
	    strspn(s, allowed) >= n;
}

/* Splits "12/57.pcapng"; out gets "12", or "" if there is no directory.
 * Returns the last component, or NULL when it is not a name we make. */
static const char *
split(const char *name, char out[NAME_MAX_SIZE])
{
	const char *slash = strchr(name, '/'), *last;

	out[0] = '\0';
	last = slash == NULL ? name : slash + 1;
	if (!is_name(last, strlen(last)))
		return NULL;
	if (slash == NULL)
		return last;
	if (!is_name(name, (size_t)(slash - name)))
		return NULL;
	memcpy(out, name, (size_t)(slash - name));
	out[slash - name] = '\0';
	return last;
}

/* The directory of the file: a descriptor of our own, or -1. */
static int
open_directory(int dir, const char *sub)
{
	int fd;

	if (*sub == '\0')
		return fcntl(dir, F_DUPFD_CLOEXEC, 0);
	if (mkdirat(dir, sub, 0750) == 0)
		(void)fsync(dir);
	else if (errno != EEXIST)
		return -1;
	fd = openat(dir, sub, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd;
}

struct slice_file *
slice_file_new(int dir, const char *name, struct err *e)
{
	struct slice_file *f;
	char sub[NAME_MAX_SIZE];
	const char *last = split(name, sub);

	if (last == NULL) {
		err_set(e, "not a name for a slice");
		return NULL;
	}
	f = xcalloc(1, sizeof(*f));
	f->fd = -1;
	f->digest = digest_beside_new();
	snprintf(f->name, sizeof(f->name), "%s", last);
	snprintf(f->temporary, sizeof(f->temporary), ".%s.tmp", last);
	f->dir = open_directory(dir, sub);
	if (f->dir != -1) {
		/* What an earlier process left half done. */
		(void)unlinkat(f->dir, f->temporary, 0);
		f->fd = openat(f->dir, f->temporary,
		    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	}
	if (f->fd == -1) {
		err_set(e, "slice %s: %s", name, strerror(errno));
		slice_file_free(f);
		return NULL;
	}
	return f;
}

int
slice_file_write(struct slice_file *f, const void *p, size_t n, struct err *e)
{
	const uint8_t *from = p;
	ssize_t done;
	size_t left = n;

	digest_beside_add(f->digest, p, n);
	while (left > 0) {
		done = write(f->fd, from, left);
		if (done == -1 && errno == EINTR)
			continue;
		if (done == -1)
			return err_set(
			    e, "slice %s: %s", f->name, strerror(errno));
		from += done;
		left -= (size_t)done;
	}
	/* The disk begins now, so that the fsync at the end is short. */
	(void)sync_file_range(
	    f->fd, (off_t)f->size, (off_t)n, SYNC_FILE_RANGE_WRITE);
	f->size += n;
	return 0;
}

int
slice_file_commit(struct slice_file *f, uint64_t *size,
    uint8_t sha256_of_file[SHA256_SIZE], struct err *e)
{
	if (fchmod(f->fd, 0440) == -1 || fsync(f->fd) == -1 ||
	    renameat(f->dir, f->temporary, f->dir, f->name) == -1)
		return err_set(e, "slice %s: %s", f->name, strerror(errno));
	f->temporary[0] = '\0';
	if (fsync(f->dir) == -1) {
		(void)unlinkat(f->dir, f->name, 0);
		return err_set(e, "slice %s: %s", f->name, strerror(errno));
	}
	*size = f->size;
	digest_beside_end(f->digest, sha256_of_file);
	return 0;
}

void
slice_file_free(struct slice_file *f)
{
	if (f == NULL)
		return;
	if (f->fd != -1) {
		close(f->fd);
		if (f->temporary[0] != '\0')
			(void)unlinkat(f->dir, f->temporary, 0);
	}
	if (f->dir != -1)
		close(f->dir);
	digest_beside_free(f->digest);
	free(f);
}
