/*
 * bundle: a run with all that is needed to check it, away from the bench.
 */
#include "bundles/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "bundles/bundle_list.h"
#include "bundles/bundle_unpack.h"

#define RECORDS "records.jsonl"

struct mapped {
	char *name;
	void *data; /* NULL: empty */
	size_t size;
};

struct bundle {
	int dir;
	char *unpacked; /* the private directory, or NULL */
	struct mapped *files;
	size_t nfiles;
	int *directories; /* given out */
	size_t ndirectories;
	struct record_row *rows;
	size_t nrows;
};

/* ---- files ---- */

static int
map(struct bundle *b, const char *name, int fd, struct err *e)
{
	struct mapped m = { NULL, NULL, 0 };
	struct stat st;

	if (fstat(fd, &st) == -1)
		return err_set(e, "%s: %s", name, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(e, "%s: no plain file", name);
	m.size = (size_t)st.st_size;
	if (m.size > 0) {
		m.data = mmap(NULL, m.size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (m.data == MAP_FAILED)
			return err_set(e, "%s: %s", name, strerror(errno));
	}
	m.name = xstrdup(name);
	b->files = xrealloc(b->files, b->nfiles + 1, sizeof(*b->files));
	b->files[b->nfiles++] = m;
	return 0;
}

static const struct mapped *
find_mapped(const struct bundle *b, const char *name)
{
	size_t i;

	for (i = 0; i < b->nfiles; i++)
		if (strcmp(b->files[i].name, name) == 0)
			return &b->files[i];
	return NULL;
}

static void
unmap(struct mapped *m)
{
	if (m->data != NULL)
		munmap(m->data, m->size);
	free(m->name);
}

int
bundle_file(struct bundle *b, const char *name, const void **data, size_t *size,
    struct err *e)
{
	const struct mapped *m = find_mapped(b, name);
	int fd, r;

	*data = NULL;
	*size = 0;
	if (m == NULL) {
		fd = bundle_open_at(b->dir, name, O_RDONLY);
		if (fd == -1)
			return err_set(e, "%s: %s", name, strerror(errno));
		r = map(b, name, fd, e);
		close(fd);
		if (r == -1)
			return -1;
		m = &b->files[b->nfiles - 1];
	}
	*data = m->data == NULL ? "" : m->data;
	*size = m->size;
	return 0;
}

void
bundle_forget(struct bundle *b, const char *name)
{
	size_t i;

	for (i = 0; i < b->nfiles; i++)
		if (strcmp(b->files[i].name, name) == 0)
			break;
	if (i == b->nfiles || strcmp(name, RECORDS) == 0)
		return; /* the rows point into that one */
	unmap(&b->files[i]);
	b->files[i] = b->files[--b->nfiles];
}

json_t *
bundle_names(struct bundle *b, struct err *e)
{
	return bundle_list(b->dir, e);
}

int
bundle_directory(struct bundle *b, const char *name, struct err *e)
{
	int fd = bundle_open_at(b->dir, name, O_RDONLY | O_DIRECTORY);

	if (fd == -1)
		return err_set(e, "%s: %s", name, strerror(errno));
	b->directories = xrealloc(
	    b->directories, b->ndirectories + 1, sizeof(*b->directories));
	b->directories[b->ndirectories++] = fd;
	return fd;
}

/* ---- lines ---- */

/* The next line of [*at, end), without its newline; false at the end. */
static bool
next_line(const char **at, const char *end, const char **line, size_t *size)
{
	const char *newline;

	if (*at == end)
		return false;
	*line = *at;
	newline = memchr(*at, '\n', (size_t)(end - *at));
	*size = (size_t)((newline == NULL ? end : newline) - *at);
	*at = newline == NULL ? end : newline + 1;
	return true;
}

/* What a row says of its seq: record_chain_add() holds it against the rest. */
static uint64_t
read_seq(const char *line, size_t size)
{
	json_t *o = record_decode(line, size, NULL);
	json_int_t seq = json_integer_value(json_object_get(o, "seq"));

	json_decref(o);
	return seq < 0 ? 0 : (uint64_t)seq;
}

static int
read_rows(struct bundle *b, struct err *e)
{
	const void *data;
	const char *at, *end, *line;
	size_t size, room = 0;
	struct record_row *row;

	if (bundle_file(b, RECORDS, &data, &size, e) == -1)
		return err_prefix(e, "no bundle");
	at = data;
	end = at + size;
	while (next_line(&at, end, &line, &size)) {
		if (b->nrows == BUNDLE_RECORDS_MAX)
			return err_set(e, RECORDS ": more than %d records",
			    BUNDLE_RECORDS_MAX);
		if (b->nrows == room) {
			room = room == 0 ? 64 : room * 2;
			b->rows = xrealloc(b->rows, room, sizeof(*b->rows));
		}
		row = &b->rows[b->nrows++];
		row->bytes = line;
		row->size = size;
		row->sha256 = NULL;
		row->seq = read_seq(line, size);
	}
	return 0;
}

size_t
bundle_record_count(const struct bundle *b)
{
	return b->nrows;
}

const struct record_row *
bundle_record(const struct bundle *b, size_t index)
{
	return &b->rows[index];
}

json_t *
bundle_record_json(const struct bundle *b, size_t index, struct err *e)
{
	return record_decode(b->rows[index].bytes, b->rows[index].size, e);
}

json_t *
bundle_lines(struct bundle *b, const char *name, struct err *e)
{
	json_t *list = json_array(), *o;
	const void *data;
	const char *at, *end, *line;
	json_error_t why;
	unsigned number = 0;
	size_t size;
	struct stat st;

	if (fstatat(b->dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1 &&
	    errno == ENOENT)
		return list;
	if (bundle_file(b, name, &data, &size, e) == -1) {
		json_decref(list);
		return NULL;
	}
	at = data;
	end = at + size;
	while (next_line(&at, end, &line, &size)) {
		number++;
		o = json_loadb(line, size, JSON_REJECT_DUPLICATES, &why);
		if (!json_is_object(o)) {
			err_set_at(e, name, number,
			    o == NULL ? (unsigned)why.column : 0,
			    "no JSON object: %s", o == NULL ? why.text : "");
			json_decref(o);
			json_decref(list);
			return NULL;
		}
		json_array_append_new(list, o);
	}
	return list;
}

/* ---- the whole ---- */

static int
open_archive(struct bundle *b, const char *path, int fd, struct err *e)
{
	b->unpacked = bundle_private_directory(&b->dir, e);
	if (b->unpacked == NULL)
		return -1;
	return bundle_unpack(fd, path, b->dir, e);
}

struct bundle *
bundle_open(const char *path, struct err *e)
{
	struct bundle *b;
	struct stat st;
	int fd, r;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1 || fstat(fd, &st) == -1) {
		err_set(e, "%s: %s", path, strerror(errno));
		if (fd != -1)
			close(fd);
		return NULL;
	}
	b = xcalloc(1, sizeof(*b));
	b->dir = -1;
	if (S_ISDIR(st.st_mode)) {
		b->dir = fd;
		r = 0;
	} else {
		r = S_ISREG(st.st_mode)
		    ? open_archive(b, path, fd, e)
		    : err_set(e, "%s: neither a directory nor a file", path);
		close(fd);
	}
	if (r == 0) {
		r = read_rows(b, e);
		if (r == -1)
			err_prefix(e, "%s", path);
	}
	if (r == 0)
		return b;
	bundle_close(b);
	return NULL;
}

void
bundle_close(struct bundle *b)
{
	size_t i;

	if (b == NULL)
		return;
	for (i = 0; i < b->nfiles; i++)
		unmap(&b->files[i]);
	for (i = 0; i < b->ndirectories; i++)
		close(b->directories[i]);
	if (b->dir != -1)
		close(b->dir);
	if (b->unpacked != NULL)
		bundle_remove_directory(b->unpacked);
	free(b->unpacked);
	free(b->files);
	free(b->directories);
	free(b->rows);
	free(b);
}
