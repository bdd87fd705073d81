/*
 * ntp: an NTP packet, and the answer of a server to a client's.
 */
#include "protocols/ntp.h"

#include <string.h>

#include "protocols/bytes.h"

#define NS_PER_S 1000000000ull
#define US_PER_S 1000000ull
#define SECONDS_1900_TO_1970 2208988800ull

static uint64_t
reader_u64(struct reader *r)
{
	uint64_t high = reader_u32(r);

	return high << 32 | reader_u32(r);
}

static void
put_u64(uint8_t *p, uint64_t v)
{
	put_u32(p, (uint32_t)(v >> 32));
	put_u32(p + 4, (uint32_t)v);
}

int
ntp_parse(struct ntp *n, const void *data, size_t size)
{
	struct reader r = reader_over(data, size);
	const uint8_t *id;
	uint8_t first;

	memset(n, 0, sizeof(*n));
	first = reader_u8(&r);
	n->leap = first >> 6;
	n->version = first >> 3 & 7;
	n->mode = first & 7;
	n->stratum = reader_u8(&r);
	n->poll = (int8_t)reader_u8(&r);
	n->precision = (int8_t)reader_u8(&r);
	n->root_delay = reader_u32(&r);
	n->root_dispersion = reader_u32(&r);
	id = reader_take(&r, sizeof(n->reference_id));
	if (id != NULL)
		memcpy(n->reference_id, id, sizeof(n->reference_id));
	n->reference = reader_u64(&r);
	n->origin = reader_u64(&r);
	n->receive = reader_u64(&r);
	n->transmit = reader_u64(&r);
	if (r.bad || n->version == 0 || n->version > NTP_VERSION_MAX)
		return -1;
	return 0;
}

void
ntp_build(const struct ntp *n, uint8_t out[NTP_SIZE])
{
	out[0] =
	    (uint8_t)(n->leap << 6 | (n->version & 7) << 3 | (n->mode & 7));
	out[1] = n->stratum;
	out[2] = (uint8_t)n->poll;
	out[3] = (uint8_t)n->precision;
	put_u32(out + 4, n->root_delay);
	put_u32(out + 8, n->root_dispersion);
	memcpy(out + 12, n->reference_id, sizeof(n->reference_id));
	put_u64(out + 16, n->reference);
	put_u64(out + 24, n->origin);
	put_u64(out + 32, n->receive);
	put_u64(out + 40, n->transmit);
}

/* Section 6: the era's seconds in the upper half; they wrap in 2036. */
uint64_t
ntp_stamp(uint64_t ns)
{
	uint64_t seconds = ns / NS_PER_S + SECONDS_1900_TO_1970;
	uint64_t fraction = ((ns % NS_PER_S) << 32) / NS_PER_S;

	return seconds << 32 | fraction;
}

int
ntp_answer(const struct ntp *question, const struct ntp_clock *clock,
    uint64_t received_ns, uint64_t sent_ns, struct ntp *answer)
{
	if (question->mode != NTP_MODE_CLIENT)
		return -1;
	memset(answer, 0, sizeof(*answer));
	answer->leap = clock->leap;
	answer->version = question->version;
	answer->mode = NTP_MODE_SERVER;
	answer->stratum = clock->stratum;
	answer->poll = question->poll;
	answer->precision = clock->precision;
	answer->root_dispersion =
	    (uint32_t)(((uint64_t)clock->dispersion_us << 16) / US_PER_S);
	memcpy(answer->reference_id, clock->reference_id,
	    sizeof(answer->reference_id));
	answer->reference = ntp_stamp(clock->set_ns);
	/* Section 8: the client knows its answer by its own stamp. */
	answer->origin = question->transmit;
	answer->receive = ntp_stamp(received_ns);
	answer->transmit = ntp_stamp(sent_ns);
	return 0;
}
