/*
 * bundle_unpack: a tar or ZIP file into a private directory, believing nothing
 * of it.
 */
#include "bundles/bundle_unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/alloc.h"
#include "bundles/bundle.h"

#define DEPTH_MAX 4
#define PIECE (64u << 10)

bool
bundle_name_is_good(const char *name)
{
	static const char allowed[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    "-_.";
	unsigned depth = 0;
	size_t n;

	if (strlen(name) > BUNDLE_NAME_MAX)
		return false;
	for (;; name += n + 1) {
		n = strspn(name, allowed);
		if (n == 0 || name[0] == '.' || ++depth > DEPTH_MAX)
			return false;
		if (name[n] == '\0')
			return true;
		if (name[n] != '/')
			return false;
	}
}

char *
bundle_private_directory(int *dir, struct err *e)
{
	const char *base = getenv("TMPDIR");
	char *path;

	if (base == NULL || base[0] != '/')
		base = "/tmp";
	path = xasprintf("%s/assay-bundle.XXXXXX", base);
	if (mkdtemp(path) == NULL) {
		err_set(e, "%s: %s", path, strerror(errno));
		free(path);
		return NULL;
	}
	*dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*dir == -1) {
		err_set(e, "%s: %s", path, strerror(errno));
		rmdir(path);
		free(path);
		return NULL;
	}
	return path;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path) == -1 && errno != ENOENT ? -1 : 0;
}

void
bundle_remove_directory(const char *path)
{
	(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* The next component of *name as a directory below dir; closes dir. */
static int
enter(int dir, const char **name, int flags)
{
	const char *slash = strchr(*name, '/');
	char part[BUNDLE_NAME_MAX + 1];
	int fd, error;

	memcpy(part, *name, (size_t)(slash - *name));
	part[slash - *name] = '\0';
	*name = slash + 1;
	fd = -1;
	if ((flags & O_CREAT) == 0 || mkdirat(dir, part, 0700) == 0 ||
	    errno == EEXIST)
		fd = openat(
		    dir, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	error = errno;
	close(dir);
	errno = error;
	return fd;
}

int
bundle_open_at(int dir, const char *name, int flags)
{
	int at, fd, error;

	if (!bundle_name_is_good(name)) {
		errno = EINVAL;
		return -1;
	}
	at = fcntl(dir, F_DUPFD_CLOEXEC, 0);
	while (at != -1 && strchr(name, '/') != NULL)
		at = enter(at, &name, flags);
	if (at == -1)
		return -1;
	/* A pipe must not make us wait for its other end. */
	fd =
	    openat(at, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
	error = errno;
	close(at);
	errno = error;
	return fd;
}

struct unpacking {
	struct archive *archive;
	const char *path;
	int dir;
	uint64_t left; /* bytes that may still come */
	unsigned files;
};

static int
write_all(int fd, const char *bytes, size_t n)
{
	ssize_t done;

	for (; n > 0; bytes += done, n -= (size_t)done) {
		done = write(fd, bytes, n);
		if (done == -1 && errno == EINTR)
			done = 0;
		else if (done == -1)
			return -1;
	}
	return 0;
}

static int
copy_data(struct unpacking *u, const char *name, int fd, struct err *e)
{
	char *piece = xcalloc(1, PIECE);
	la_ssize_t n;
	int r = 0;

	for (;;) {
		n = archive_read_data(u->archive, piece, PIECE);
		if (n <= 0)
			break;
		if ((uint64_t)n > u->left) {
			r = err_set(e,
			    "%s: %s: longer than the archive (a bundle is "
			    "stored in it, not packed)",
			    u->path, name);
			break;
		}
		u->left -= (uint64_t)n;
		if (write_all(fd, piece, (size_t)n) == -1) {
			r = err_set(
			    e, "unpacking %s: %s", name, strerror(errno));
			break;
		}
	}
	free(piece);
	if (n < 0)
		r = err_set(e, "%s: %s: %s", u->path, name,
		    archive_error_string(u->archive));
	return r;
}

static int
unpack_file(struct unpacking *u, const char *name, struct err *e)
{
	int fd, r;

	if (++u->files > BUNDLE_FILES_MAX)
		return err_set(
		    e, "%s: more than %d files", u->path, BUNDLE_FILES_MAX);
	fd = bundle_open_at(u->dir, name, O_WRONLY | O_CREAT | O_EXCL);
	if (fd == -1 && errno == EEXIST)
		return err_set(e, "%s: %s: is in it twice", u->path, name);
	if (fd == -1)
		return err_set(e, "unpacking %s: %s", name, strerror(errno));
	r = copy_data(u, name, fd, e);
	if (close(fd) == -1 && r == 0)
		r = err_set(e, "unpacking %s: %s", name, strerror(errno));
	return r;
}

/* "./" before and "/" behind a name are tar's own habits. */
static int
clean_name(const char *given, char out[BUNDLE_NAME_MAX + 1])
{
	size_t n;

	while (strncmp(given, "./", 2) == 0)
		given += 2;
	if (strcmp(given, ".") == 0)
		given = "";
	n = strlen(given);
	if (n > 0 && given[n - 1] == '/')
		n--;
	if (n > BUNDLE_NAME_MAX)
		return -1;
	memcpy(out, given, n);
	out[n] = '\0';
	return 0;
}

static int
unpack_entry(struct unpacking *u, struct archive_entry *entry, struct err *e)
{
	const char *given = archive_entry_pathname(entry);
	char name[BUNDLE_NAME_MAX + 1];

	if (given == NULL || clean_name(given, name) == -1)
		return err_set(
		    e, "%s: a name that no bundle has in it", u->path);
	if (archive_entry_filetype(entry) == AE_IFDIR &&
	    (name[0] == '\0' || bundle_name_is_good(name)))
		return 0; /* made when something is in it */
	if (!bundle_name_is_good(name))
		return err_set(
		    e, "%s: a name that no bundle has in it", u->path);
	if (archive_entry_filetype(entry) != AE_IFREG ||
	    archive_entry_hardlink(entry) != NULL ||
	    archive_entry_symlink(entry) != NULL ||
	    archive_entry_sparse_count(entry) > 0)
		return err_set(e, "%s: %s: no plain file", u->path, name);
	return unpack_file(u, name, e);
}

static int
unpack_all(struct unpacking *u, struct err *e)
{
	struct archive_entry *entry;
	int r;

	for (;;) {
		r = archive_read_next_header(u->archive, &entry);
		if (r == ARCHIVE_EOF)
			return 0;
		if (r != ARCHIVE_OK)
			return err_set(e,
			    "%s: no tar file, no ZIP file, or cut off: %s",
			    u->path, archive_error_string(u->archive));
		if (unpack_entry(u, entry, e) == -1)
			return -1;
	}
}

int
bundle_unpack(int fd, const char *path, int dir, struct err *e)
{
	struct unpacking u = { .path = path, .dir = dir };
	struct stat st;
	int r;

	if (fstat(fd, &st) == -1)
		return err_set(e, "%s: %s", path, strerror(errno));
	u.left = (uint64_t)st.st_size;
	u.archive = archive_read_new();
	if (u.archive == NULL)
		return err_set(e, "%s: libarchive cannot begin", path);
	/* What says how large a file is may lie: bytes are counted as they
	 * come, and none is written past the archive's own size. */
	if (archive_read_support_format_tar(u.archive) != ARCHIVE_OK ||
	    archive_read_support_format_zip(u.archive) != ARCHIVE_OK ||
	    archive_read_open_fd(u.archive, fd, PIECE) != ARCHIVE_OK)
		r = err_set(e, "%s: no tar file, no ZIP file: %s", path,
		    archive_error_string(u.archive));
	else
		r = unpack_all(&u, e);
	archive_read_free(u.archive);
	return r;
}
