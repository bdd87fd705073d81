/*
 * fuzz_pcapng: a capture file from anywhere.  What is read lies within the
 * file, and, written again and read, is the same.
 */
#include <stdlib.h>
#include <string.h>

#include "captures/pcapng.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int holds)
{
	if (!holds)
		abort();
}

static void
write_again(const struct pcapng_frame *f)
{
	struct pcapng_out o = { 0 };
	struct frame again;

	pcapng_put_packet(&o, &f->frame, NULL, 0);
	require(pcapng_view_packet(o.data, o.size, &again) == o.size);
	require(again.size == f->frame.size);
	require(again.wire_size == (uint32_t)f->frame.wire_size);
	require(again.stamp_ns == f->frame.stamp_ns);
	require(again.direction == f->frame.direction);
	require(again.size == 0 ||
	    memcmp(again.data, f->frame.data, again.size) == 0);
	pcapng_out_free(&o);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pcapng_reader *r = pcapng_open_memory(data, size);
	struct pcapng_frame f;
	struct frame view;
	uint64_t frames = 0;

	while (pcapng_next(r, &f) == 1) {
		require(f.number == ++frames);
		require(f.offset + f.block_size <= size);
		require(f.frame.data >= data + f.offset);
		require(f.frame.data + f.frame.size <=
		    data + f.offset + f.block_size);
		require(f.comment == NULL ||
		    f.comment + f.comment_size <=
			data + f.offset + f.block_size);
		write_again(&f);
	}
	require(frames <= size / 16);
	pcapng_close(r);
	if (pcapng_view_packet(data, size, &view) != 0)
		require(view.data + view.size <= data + size);
	return 0;
}
