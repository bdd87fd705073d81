/*
 * fuzz_udp_probe: what is read of any frame lies within it.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/log.h"
#include "protocols/udp_probe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte chooses the family; the frame is addressed to nobody known,
 * so the ends are taken from it. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t here[16] = { 10, 77, 0, 1 };
	uint8_t there[16] = { 10, 77, 0, 10 }, mac[6] = { 2, 0, 0, 0, 0, 0x10 };
	struct packet_ends e = { mac, mac, 4, here, there };
	struct udp_probe u;
	struct udp_heard h;
	struct packet p;

	if (packet_dissect(&p, data, size) == 0 && p.family != 0) {
		e.family = p.family;
		memcpy(mac, p.mac_src, 6);
		memcpy(there, p.src, p.family == 4 ? 4 : 16);
	}
	udp_probe_init(&u, &e, 61000, 4000);
	if (udp_probe_read(&u, data, size, &h) == UDP_NO_ANSWER)
		return 0;
	if (h.serial >= 4000 || h.local < data || h.local >= data + size)
		fatal("an answer from outside the frame");
	if (h.answer == UDP_OPEN &&
	    (h.payload < data || h.payload_size > size ||
		h.payload + h.payload_size > data + size))
		fatal("a payload from outside the frame");
	return 0;
}
