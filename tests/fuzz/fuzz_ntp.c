/*
 * fuzz_ntp: any bytes as an NTP packet: what is read is written again as it
 * was, and only a client is answered.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "protocols/ntp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ntp_clock clock = { .stratum = 10 };
	uint8_t out[NTP_SIZE];
	struct ntp n, answer;

	if (ntp_parse(&n, data, size) == -1)
		return 0;
	if (size < NTP_SIZE)
		abort();
	ntp_build(&n, out);
	if (memcmp(out, data, NTP_SIZE) != 0)
		abort();
	if (ntp_answer(&n, &clock, 1, 2, &answer) == -1)
		return 0;
	if (n.mode != NTP_MODE_CLIENT || answer.mode != NTP_MODE_SERVER ||
	    answer.version != n.version || answer.origin != n.transmit)
		abort();
	return 0;
}
