/*
 * fuzz_forward_probe: any frame as what became of a packet that was not to be
 * passed on.  The first byte chooses the family; what is said to be an answer
 * came from the device, and names a kind and a serial.
 */
#include <stdlib.h>
#include <string.h>

#include "protocols/forward_probe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t us[6] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t device[6] = { 2, 0, 0, 0, 0, 0x10 };
static const uint8_t us4[4] = { 10, 77, 0, 1 }, more4[4] = { 10, 77, 0, 2 };
static const uint8_t us6[16] = { 0xfd, 0x77, [15] = 1 };
static const uint8_t more6[16] = { 0xfd, 0x77, [15] = 2 };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packet_ends e = { us, device, 4, us4, us4 };
	enum forward_kind kind = FORWARD_KINDS;
	enum forward_answer answer;
	struct forward_probe p;
	uint16_t serial;

	if (size == 0)
		return 0;
	if ((data[0] & 1) != 0) {
		e.family = 6;
		e.src = us6;
		e.dst = us6;
	}
	forward_probe_init(
	    &p, &e, (data[0] & 1) != 0 ? more6 : more4, 0x6b657931);
	answer = forward_probe_read(&p, data + 1, size - 1, &kind, &serial);
	if (serial > FORWARD_PROBE_SERIALS)
		abort();
	if (answer != FORWARD_NOTHING &&
	    (kind >= FORWARD_KINDS || memcmp(data + 7, device, 6) != 0))
		abort();
	return 0;
}
