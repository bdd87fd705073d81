/*
 * fuzz_pcap: any bytes as a capture of either format.  Every frame lies within
 * the file, numbers count, and the second reading is the first.
 */
#include <stdlib.h>
#include <string.h>

#include "captures/capture_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int holds)
{
	if (!holds)
		abort();
}

static uint64_t
read_all(struct capture_file *c, const uint8_t *data, size_t size, int *end)
{
	struct capture_frame f;
	uint64_t n = 0, last = 0;
	struct err e;

	while ((*end = capture_file_next(c, &f, &e)) == 1) {
		require(f.number == ++n);
		require(n == 1 || f.offset > last);
		last = f.offset;
		require(f.frame.data >= data + f.offset);
		require(f.frame.size <= size &&
		    (size_t)(f.frame.data - data) <= size - f.frame.size);
		require(f.frame.wire_size >= f.frame.size);
	}
	require(*end == 0 || strstr(e.text, "fuzz: frame ") != NULL);
	require(*end == 0 || capture_file_cut(c) == NULL);
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct capture_file *c;
	struct err e;
	uint64_t n;
	int end, again;

	c = capture_file_open_memory("fuzz", data, size, &e);
	if (c == NULL)
		return 0;
	n = read_all(c, data, size, &end);
	require(n <= size / 16);
	capture_file_rewind(c);
	require(read_all(c, data, size, &again) == n && again == end);
	capture_file_close(c);
	return 0;
}
