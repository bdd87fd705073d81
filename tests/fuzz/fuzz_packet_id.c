/*
 * fuzz_packet_id: any bytes as a frame.  An identification is read from within
 * it; an error about it is never longer than it may be, and whole.
 */
#include <stdlib.h>

#include "protocols/packet_id.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t mac[6] = { 2 }, addr[16] = { 0xfd };
	const struct packet_ends e = { mac, mac, 6, addr, addr };
	uint8_t out[62 + PACKET_TOO_BIG_QUOTES];
	struct packet_id id = { 0 };
	struct packet p;

	if (packet_dissect(&p, data, size) == 0 && packet_id(&p, &id) == 0 &&
	    p.family == 4 && id.id > UINT16_MAX)
		abort();
	size = packet_build_too_big(out, &e, 1280, data, size);
	if (size > sizeof(out) || packet_dissect(&p, out, size) == -1 ||
	    !packet_checksums_are_good(&p))
		abort();
	return 0;
}
