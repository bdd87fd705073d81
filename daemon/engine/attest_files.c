/*
 * attest_files: documents on their way in, piece by piece.
 */
#include "daemon/engine/attest_files.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "captures/digest.h"
#include "daemon/store/store_wire.h"

#define IDLE_NS (60 * 1000000000ull) /* whose sender has gone */

struct file {
	char sha256[SHA256_HEX_SIZE];
	uint32_t uid;
	uint64_t used_ns;
	uint64_t size, got;
	uint8_t *bytes; /* of this part; NULL: the place is free */
	size_t held;    /* of them */
	char *parts;    /* stored before, "SHA-256,…"; NULL: none */
	struct digest *digest;
	bool is_storing;
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
	free(file->parts);
	digest_free(file->digest);
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
find(struct attest_files *f, uint32_t uid, const char *sha256)
{
	size_t i;

	for (i = 0; i < ATTEST_FILES_MAX; i++)
		if (f->files[i].bytes != NULL && f->files[i].uid == uid &&
		    strcmp(f->files[i].sha256, sha256) == 0)
			return &f->files[i];
	return NULL;
}

/* For the part that comes. */
static size_t
room_of(const struct file *file)
{
	uint64_t rest = file->size - file->got;

	return rest < STORE_DOCUMENT_MAX ? (size_t)rest : STORE_DOCUMENT_MAX;
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
	file->size = p->size;
	file->bytes = xcalloc(1, room_of(file));
	file->digest = digest_new();
	return file;
}

static int
check(const struct attest_piece *p, struct err *e)
{
	uint8_t hash[SHA256_SIZE];

	if (hex_decode(p->sha256, hash, sizeof(hash)) == -1 ||
	    strlen(p->sha256) != SHA256_HEX_SIZE - 1)
		return err_set(e, "sha256: not a hash");
	if (p->size == 0 || p->size > (uint64_t)p->max_mib << 20)
		return err_set(e,
		    "size: 1 byte to %u MiB (document_mib of assayd.yaml)",
		    p->max_mib);
	if (p->nbytes == 0 || p->nbytes > ATTEST_PIECE_MAX ||
	    p->offset > p->size || p->nbytes > p->size - p->offset)
		return err_set(e, "a piece that is not of the document");
	return 0;
}

/* What is held, to be stored; the rest begins a part of its own. */
static void
cut(struct file *file, struct attest_part *part)
{
	char *longer;

	part->bytes = file->bytes;
	part->size = file->held;
	sha256_hex(file->bytes, file->held, part->sha256);
	file->bytes = xcalloc(1, room_of(file) + 1);
	file->held = 0;
	file->is_storing = true;
	longer = xasprintf("%s%s%s", file->parts == NULL ? "" : file->parts,
	    file->parts == NULL ? "" : ",", part->sha256);
	free(file->parts);
	file->parts = longer;
}

/* The last byte is there. */
static int
end(struct file *file, struct attest_part *part, struct err *e)
{
	char sha256[SHA256_HEX_SIZE];
	uint8_t hash[SHA256_SIZE];

	digest_end(file->digest, hash);
	hex_encode(hash, sizeof(hash), sha256);
	if (strcmp(sha256, file->sha256) != 0) {
		forget(file);
		return err_set(e, "its SHA-256 is %s", sha256);
	}
	cut(file, part);
	if (part->size != file->size) {
		part->parts = file->parts;
		file->parts = NULL;
	}
	forget(file);
	return 1;
}

static void
take(struct file *file, const struct attest_piece *p)
{
	memcpy(file->bytes + file->held, p->bytes, p->nbytes);
	digest_add(file->digest, p->bytes, p->nbytes);
	file->held += p->nbytes;
	file->got += p->nbytes;
	file->used_ns = p->now_ns;
}

int
attest_files_take(struct attest_files *f, const struct attest_piece *p,
    struct attest_part *part, struct err *e)
{
	struct file *file;

	*part = (struct attest_part){ .bytes = NULL };
	if (check(p, e) == -1)
		return -1;
	file = find(f, p->uid, p->sha256);
	if (file != NULL && p->offset == 0)
		forget(file); /* again, from its beginning */
	if (p->offset == 0)
		file = begin(f, p);
	if (file == NULL && p->offset == 0)
		return err_set(
		    e, "%d documents come in already", ATTEST_FILES_MAX);
	if (file == NULL || file->is_storing || file->size != p->size ||
	    file->got != p->offset)
		return err_set(e, "a piece out of its order");
	take(file, p);
	if (file->got == file->size)
		return end(file, part, e);
	/* Whatever the next piece is, it has room. */
	if (STORE_DOCUMENT_MAX - file->held < ATTEST_PIECE_MAX)
		cut(file, part);
	return 0;
}

void
attest_files_stored(struct attest_files *f, uint32_t uid, const char *sha256)
{
	struct file *file = find(f, uid, sha256);

	if (file != NULL)
		file->is_storing = false;
}
