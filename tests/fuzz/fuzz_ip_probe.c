/*
 * fuzz_ip_probe: any frame as an answer to an asking.  The first byte chooses
 * the family; what is said to be an answer names a question and a serial.
 */
#include <stdlib.h>
#include <string.h>

#include "protocols/ip_probe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t us[6] = { 2, 0, 0, 0, 0, 1 };
static const uint8_t device[6] = { 2, 0, 0, 0, 0, 0x10 };
static const struct ip_probe_ends inner = { true, true, { 10, 77, 0, 1 },
	{ 10, 77, 0, 10 }, { 0xfd, 0x77, [15] = 1 },
	{ 0xfd, 0x77, [15] = 0x10 } };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packet_ends e = { us, device, 4, inner.src4, inner.dst4 };
	enum ip_answer answer;
	struct ip_probe p;
	struct ip_ask ask;
	uint16_t serial;

	if (size == 0)
		return 0;
	if ((data[0] & 1) != 0) {
		e.family = 6;
		e.src = inner.src6;
		e.dst = inner.dst6;
	}
	ip_probe_init(&p, &e, &inner, 0x6b657931);
	answer = ip_probe_read(&p, data + 1, size - 1, &ask, &serial);
	if (serial > IP_PROBE_SERIALS)
		abort();
	if (answer == IP_ANSWERED && ask.form != IP_PLAIN &&
	    ask.form != IP_CONTROL)
		abort();
	if (answer != IP_NO_ANSWER && memcmp(data + 7, device, 6) != 0)
		abort();
	return 0;
}
