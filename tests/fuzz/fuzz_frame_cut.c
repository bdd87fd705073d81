/*
 * fuzz_frame_cut: any bytes as a frame.  What is kept is never longer than the
 * frame, says of itself what the frame said, and cut again is the same.
 */
#include <stdlib.h>

#include "captures/frame_cut.h"
#include "protocols/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t kept = frame_cut_size(data, size);
	struct packet whole, cut;

	if (kept > size)
		abort();
	if (packet_dissect(&whole, data, size) == -1)
		return 0;
	if (packet_dissect(&cut, data, kept) == -1)
		abort();
	if (whole.family != cut.family || whole.ethertype != cut.ethertype ||
	    whole.port_src != cut.port_src || whole.port_dst != cut.port_dst ||
	    whole.flags != cut.flags || frame_cut_size(data, kept) != kept)
		abort();
	return 0;
}
