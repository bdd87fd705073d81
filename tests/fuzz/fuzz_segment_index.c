/*
 * fuzz_segment_index: any bytes as the index beside a capture file: read or
 * refused with a text.  Blocks are in order, so that a search finds what it
 * should; the last lines alone say the same of a file that was finished.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "captures/segment_index.h"

#define FILE_NUMBER 7
#define TAIL 4000 /* bytes that are certainly read from its end */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int holds)
{
	if (!holds)
		abort();
}

static void
put(int dir, const char *name, const uint8_t *data, size_t size)
{
	int fd =
	    openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	require(fd != -1 && write(fd, data, size) == (ssize_t)size);
	close(fd);
}

static void
check_blocks(const struct segment_index *x)
{
	const struct segment_block *b;
	uint64_t end = 0;
	size_t i;

	for (i = 0; i < x->n; i++) {
		b = &x->blocks[i];
		require(b->frames > 0 && b->position > end);
		end = b->position + b->frames - 1;
		require(segment_index_find(x, b->position) == b);
		require(segment_index_find(x, end) == b);
		require(segment_index_after(x, b->position - 1) == b);
	}
	require(segment_index_after(x, end) == NULL);
	require(segment_index_find(x, 0) == NULL);
}

static void
read_index(int dir, size_t size)
{
	struct segment_summary whole, tail;
	struct segment_index x = { 0 };
	struct err e = { .text = "" };

	memset(&whole, 0, sizeof(whole));
	memset(&tail, 0, sizeof(tail));
	if (segment_index_load(dir, FILE_NUMBER, &x, &whole, &e) == -1) {
		require(e.text[0] != '\0');
		(void)segment_index_tail(dir, FILE_NUMBER, &tail, &e);
	} else {
		check_blocks(&x);
		if (size < TAIL && whole.finished) {
			require(segment_index_tail(
				    dir, FILE_NUMBER, &tail, &e) == 0);
			require(tail.finished && tail.frames == whole.frames);
			require(memcmp(tail.sha256, whole.sha256,
				    SHA256_SIZE) == 0);
		}
	}
	segment_index_free(&x);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[] = "/tmp/fuzz_segment_index.XXXXXX", name[SEGMENT_NAME_SIZE];
	int dir;

	require(mkdtemp(path) != NULL);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	segment_index_name(FILE_NUMBER, name);
	put(dir, name, data, size);
	read_index(dir, size);
	require(unlinkat(dir, name, 0) == 0);
	close(dir);
	require(rmdir(path) == 0);
	return 0;
}
