/*
 * attest_files: documents on their way in, piece by piece.
 */
#include "daemon/engine/attest_files.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "daemon/store/store_wire.h"

#define IDLE_NS (60 * 1000000000ull) /* whose sender has gone */

struct file {
	char sha256[SHA256_HEX_SIZE];
	uint32_t uid;
	uint64_t used_ns;
	size_t size, got;
	uint8_t *bytes; /* NULL: free */
};

struct attest_files {
	struct file files[ATTEST_FILES_MAX];
};

struct attest_files *
attest_files_new(void)
{
	return xcalloc(1, sizeof(struct attest_files));
}

static void
forget(struct file *file)
{
	free(file->bytes);
	memset(file, 0, sizeof(*file));
}

void
attest_files_free(struct attest_files *f)
{
	size_t i;

	if (f == NULL)
		return;
	for (i = 0; i < ATTEST_FILES_MAX; i++)
		forget(&f->files[i]);
	free(f);
}

static struct file *
find(struct attest_files *f, const struct attest_piece *p)
{
	size_t i;

	for (i = 0; i < ATTEST_FILES_MAX; i++)
		if (f->files[i].bytes != NULL && f->files[i].uid == p->uid &&
		    strcmp(f->files[i].sha256, p->sha256) == 0)
			return &f->files[i];
	return NULL;
}

/* A place that is free, or whose sender has gone. */
static struct file *
begin(struct attest_files *f, const struct attest_piece *p)
{
	struct file *file = NULL;
	size_t i;

	for (i = 0; i < ATTEST_FILES_MAX && file == NULL; i++)
		if (f->files[i].bytes == NULL ||
		    p->now_ns - f->files[i].used_ns > IDLE_NS)
			file = &f->files[i];
	if (file == NULL)
		return NULL;
	forget(file);
	memcpy(file->sha256, p->sha256, sizeof(file->sha256));
	file->uid = p->uid;
	file->size = (size_t)p->size;
	file->bytes = xcalloc(1, file->size);
	return file;
}

static int
check(const struct attest_piece *p, struct err *e)
{
	uint8_t hash[SHA256_SIZE];

	if (hex_decode(p->sha256, hash, sizeof(hash)) == -1 ||
	    strlen(p->sha256) != SHA256_HEX_SIZE - 1)
		return err_set(e, "sha256: not a hash");
	if (p->size == 0 || p->size > STORE_DOCUMENT_MAX)
		return err_set(e, "size: 1 to %u bytes", STORE_DOCUMENT_MAX);
	if (p->nbytes == 0 || p->offset > p->size ||
	    p->nbytes > p->size - p->offset)
		return err_set(e, "a piece that is not of the document");
	return 0;
}

int
attest_files_take(struct attest_files *f, const struct attest_piece *p,
    void **whole, struct err *e)
{
	char sha256[SHA256_HEX_SIZE];
	struct file *file;

	*whole = NULL;
	if (check(p, e) == -1)
		return -1;
	file = find(f, p);
	if (file != NULL && p->offset == 0)
		forget(file); /* again, from its beginning */
	if (p->offset == 0)
		file = begin(f, p);
	if (file == NULL && p->offset == 0)
		return err_set(
		    e, "%d documents come in already", ATTEST_FILES_MAX);
	if (file == NULL || file->size != p->size || file->got != p->offset)
		return err_set(e, "a piece out of its order");
	memcpy(file->bytes + file->got, p->bytes, p->nbytes);
	file->got += p->nbytes;
	file->used_ns = p->now_ns;
	if (file->got < file->size)
		return 0;
	if (strcmp(sha256_hex(file->bytes, file->size, sha256), p->sha256) !=
	    0) {
		forget(file);
		return err_set(e, "its SHA-256 is %s", sha256);
	}
	*whole = file->bytes;
	file->bytes = NULL;
	forget(file);
	return 1;
}
