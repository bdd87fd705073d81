/*
 * segment_file: a capture file as a whole: is it finished, how big is it, what
 * is its SHA-256?
 */
#include "captures/segment_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "captures/digest.h"
#include "captures/digest_ahead.h"
#include "captures/segment_index.h"

#define STEP_BYTES (256u << 10) /* read between two turns */
#define WORTH_A_THREAD (1u << 20)

struct segment_hash {
	int dir, fd, error;
	uint32_t number;
	uint64_t size;
	struct digest *digest;
	struct digest_ahead *ahead; /* it has digest and size; or NULL */
	uint8_t *buffer;
};

int
segment_file_look(
    int dir, uint32_t number, struct segment_file *f, struct err *e)
{
	char name[SEGMENT_NAME_SIZE];
	struct segment_summary s;
	struct err ignored;
	struct stat st;

	memset(f, 0, sizeof(*f));
	f->number = number;
	segment_capture_name(number, name);
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return err_set(e, "%s: %s", name, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(e, "%s: not a plain file", name);
	f->size = (uint64_t)st.st_size;
	f->stamp_ns = (uint64_t)st.st_mtim.tv_sec * 1000000000u +
	    (uint64_t)st.st_mtim.tv_nsec;
	f->is_cut = true;
	f->frames = f->dropped = SEGMENT_FILE_UNKNOWN;
	/* Without an index nobody says what is in it. */
	if (segment_index_tail(dir, number, &s, &ignored) == -1)
		return 0;
	f->frames = s.frames;
	f->dropped = s.dropped;
	if (!s.finished && !s.whole)
		return 0;
	/* What was written, whatever somebody made of it since. */
	f->is_cut = s.cut != 0;
	f->size = s.size;
	f->has_sha256 = s.finished != 0;
	if (!f->has_sha256)
		return 0;
	memcpy(f->sha256, s.sha256, SHA256_SIZE);
	return 0;
}

static int
compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

uint32_t *
segment_file_list(int dir, uint32_t from, size_t *n, struct err *e)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);
	uint32_t *list = xcalloc(1, sizeof(*list)), number;
	const struct dirent *entry;
	size_t room = 1;

	*n = 0;
	if (d == NULL) {
		err_set(e, "captures: %s", strerror(errno));
		if (fd != -1)
			close(fd);
		free(list);
		return NULL;
	}
	while ((entry = readdir(d)) != NULL) {
		if (segment_number(entry->d_name, &number) == -1 ||
		    number < from)
			continue;
		if (*n == room) {
			room *= 2;
			list = xrealloc(list, room, sizeof(*list));
		}
		list[(*n)++] = number;
	}
	closedir(d);
	qsort(list, *n, sizeof(*list), compare);
	return list;
}

static int
unlink_one(int dir, const char *name, struct err *e)
{
	if (unlinkat(dir, name, 0) == -1 && errno != ENOENT)
		return err_set(e, "%s: %s", name, strerror(errno));
	return 0;
}

int
segment_file_remove(
    int dir, uint32_t number, const uint8_t sha256[SHA256_SIZE], struct err *e)
{
	char name[SEGMENT_NAME_SIZE];
	struct segment_file f;

	segment_capture_name(number, name);
	if (faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		if (segment_file_look(dir, number, &f, e) == -1)
			return -1;
		if (!f.has_sha256 || memcmp(f.sha256, sha256, SHA256_SIZE) != 0)
			return err_set(
			    e, "%s: it is not the file of that SHA-256", name);
	}
	if (unlink_one(dir, name, e) == -1 ||
	    unlink_one(dir, segment_index_name(number, name), e) == -1)
		return -1;
	if (fsync(dir) == -1)
		return err_set(e, "captures: %s", strerror(errno));
	return 0;
}

/* ---- hashing ---- */

struct segment_hash *
segment_hash_new(int dir, const struct segment_file *f, struct err *e)
{
	char name[SEGMENT_NAME_SIZE];
	struct segment_hash *h;
	int fd;

	fd = openat(dir, segment_capture_name(f->number, name),
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1) {
		err_set(e, "%s: %s", name, strerror(errno));
		return NULL;
	}
	/* Begins writing back now, so that the fsync at the end is short. */
	(void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	h = xcalloc(1, sizeof(*h));
	h->dir = dir;
	h->fd = fd;
	h->number = f->number;
	h->digest = digest_new();
	h->buffer = xcalloc(STEP_BYTES, 1);
	return h;
}

void
segment_hash_free(struct segment_hash *h)
{
	if (h == NULL)
		return;
	digest_ahead_free(h->ahead);
	close(h->fd);
	digest_free(h->digest);
	free(h->buffer);
	free(h);
}

uint32_t
segment_hash_number(const struct segment_hash *h)
{
	return h->number;
}

/* The thread is not at work, or has ended now. */
static bool
is_caught_up(struct segment_hash *h)
{
	if (h->ahead == NULL)
		return true;
	if (!digest_ahead_is_over(h->ahead, &h->size))
		return false;
	digest_ahead_free(h->ahead);
	h->ahead = NULL;
	return true;
}

void
segment_hash_ahead(struct segment_hash *h)
{
	struct stat st;

	if (!is_caught_up(h) || fstat(h->fd, &st) == -1 ||
	    (uint64_t)st.st_size < h->size + WORTH_A_THREAD)
		return;
	h->ahead =
	    digest_ahead_new(h->digest, h->fd, h->size, (uint64_t)st.st_size);
}

bool
segment_hash_step(struct segment_hash *h)
{
	ssize_t n;

	if (!is_caught_up(h))
		return true;
	n = pread(h->fd, h->buffer, STEP_BYTES, (off_t)h->size);
	if (n == -1 && errno == EINTR)
		return true;
	if (n == -1)
		h->error = errno;
	if (n <= 0)
		return false;
	digest_add(h->digest, h->buffer, (size_t)n);
	h->size += (uint64_t)n;
	return true;
}

/* The end of the index's last whole line; -1 with errno. */
static off_t
whole_lines(int fd)
{
	char text[1024];
	off_t end = lseek(fd, 0, SEEK_END), from;
	ssize_t n;

	if (end == -1)
		return -1;
	from = end > (off_t)sizeof(text) ? end - (off_t)sizeof(text) : 0;
	n = pread(fd, text, sizeof(text), from);
	while (n > 0 && text[n - 1] != '\n')
		n--;
	if (n > 0)
		return from + n;
	errno = n == 0 ? EINVAL : errno;
	return -1;
}

/* It is durable before anybody relies on it. */
static int
write_last(const struct segment_hash *h, const struct segment_file *f)
{
	char name[SEGMENT_NAME_SIZE], line[192], hex[SHA256_HEX_SIZE];
	int fd, n, r = -1;
	off_t at;

	segment_index_name(h->number, name);
	/* Read-only with its last line, and not before. */
	fd = openat(h->dir, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return -1;
	n = snprintf(line, sizeof(line), "%s %" PRIu64 " %" PRIu64 " %s",
	    f->is_cut ? "cut" : "end", f->frames, f->size,
	    hex_encode(f->sha256, SHA256_SIZE, hex));
	if (!f->is_cut)
		n += snprintf(line + n, sizeof(line) - (size_t)n, " %" PRIu64,
		    f->dropped);
	line[n++] = '\n';
	at = whole_lines(fd);
	if (at != -1 && ftruncate(fd, at) == 0 &&
	    pwrite(fd, line, (size_t)n, at) == n && fsync(fd) == 0) {
		(void)fchmod(fd, 0440);
		r = 0;
	}
	close(fd);
	return r;
}

int
segment_hash_end(struct segment_hash *h, struct segment_file *f, struct err *e)
{
	char name[SEGMENT_NAME_SIZE];
	int r = 0;

	segment_capture_name(h->number, name);
	f->has_sha256 = false;
	digest_end(h->digest, f->sha256);
	if (h->error == 0 && fsync(h->fd) == -1)
		h->error = errno;
	if (h->error != 0)
		r = err_set(e, "%s: %s", name, strerror(h->error));
	else if (f->frames == SEGMENT_FILE_UNKNOWN)
		r = err_set(e, "%s: it has no index", name);
	else if (!f->is_cut && f->size != h->size)
		r = err_set(e, "%s: it was finished with another size", name);
	f->size = h->size;
	if (r == 0 && write_last(h, f) == -1)
		r = err_set(e, "%s: its index: %s", name, strerror(errno));
	if (r == 0)
		(void)fchmod(h->fd, 0440);
	f->has_sha256 = r == 0;
	segment_hash_free(h);
	return r;
}
