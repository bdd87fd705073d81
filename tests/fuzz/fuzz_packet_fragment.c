/*
 * fuzz_packet_fragment: any bytes as a frame.  An identification is read from
 * within it; of any frame the fragments end and are no longer than they may.
 */
#include <stdlib.h>
#include <string.h>

#include "protocols/packet_fragment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t out[62 + PACKET_FRAGMENT_SIZE];
	size_t n, before, offset = 0;
	struct packet_id id = { 0 };
	struct packet p;

	if (packet_dissect(&p, data, size) == 0 && packet_id(&p, &id) == 0 &&
	    p.family == 4 && id.id > UINT16_MAX)
		abort();
	if (size > UINT16_MAX)
		return 0;
	for (;;) {
		before = offset;
		n = packet_build_fragment6(out, data, size, 1, &offset);
		if (n == 0)
			return 0;
		if (n > sizeof(out) || offset <= before || offset > size)
			abort();
	}
}
