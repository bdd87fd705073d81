/*
 * fuzz_syn_probe: any frame as an answer to a SYN.  The first byte chooses the
 * family.  What is said to be an answer came from the device, is to a serial
 * that there is, and, with another key, would be none.
 */
#include <stdlib.h>
#include <string.h>

#include "protocols/syn_probe.h"

#define SERIALS 4000
#define KEY 0x6b657931

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t us[6] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t device[6] = { 2, 0, 0, 0, 0, 0x10 };
static const uint8_t us4[4] = { 10, 77, 0, 1 }, its4[4] = { 10, 77, 0, 10 };
static const uint8_t us6[16] = { 0xfd, 0x77, [15] = 1 };
static const uint8_t its6[16] = { 0xfd, 0x77, [15] = 0x10 };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packet_ends e = { us, device, 4, us4, its4 };
	struct syn_probe ours, others;
	uint16_t port = 0, serial = 0;
	struct packet p;

	if (size == 0)
		return 0;
	if ((data[0] & 1) != 0) {
		e.family = 6;
		e.src = us6;
		e.dst = its6;
	}
	syn_probe_init(&ours, &e, KEY, 61000, SERIALS);
	syn_probe_init(&others, &e, KEY + 1, 61000, SERIALS);
	if (syn_probe_read(&ours, data + 1, size - 1, &port, &serial) ==
	    SYN_NO_ANSWER)
		return 0;
	if (serial >= SERIALS || memcmp(data + 7, device, 6) != 0)
		abort();
	/* An ICMP error may quote too little of the SYN to tell. */
	if (packet_dissect(&p, data + 1, size - 1) == -1)
		abort();
	if ((p.layers & PACKET_TCP) != 0 &&
	    syn_probe_read(&others, data + 1, size - 1, &port, &serial) !=
		SYN_NO_ANSWER)
		abort();
	return 0;
}
