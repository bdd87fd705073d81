/*
 * ntp: an NTP packet, and the answer of a server to a client's.
 *
 * RFC 5905 section 7.3.  The header alone, 48 bytes: what follows it
 * (extension fields, a MAC) is not looked at, and never sent, so an answer is
 * no larger than its question.  Pure: the clock is the caller's.
 */
#ifndef ASSAY_NTP_H
#define ASSAY_NTP_H

#include <stddef.h>
#include <stdint.h>

#define NTP_PORT 123
#define NTP_SIZE 48
#define NTP_VERSION_MAX 4
#define NTP_STRATUM_MAX 15 /* 16: not synchronised */

enum ntp_mode { /* section 3 */
	NTP_MODE_CLIENT = 3,
	NTP_MODE_SERVER = 4,
};

struct ntp {
	uint8_t leap, version, mode, stratum;
	int8_t poll, precision;               /* log2 of seconds */
	uint32_t root_delay, root_dispersion; /* seconds, 16.16 */
	uint8_t reference_id[4];
	uint64_t reference, origin, receive, transmit; /* since 1900, 32.32 */
};

/* What the server knows of its clock. */
struct ntp_clock {
	uint8_t leap, stratum;
	int8_t precision;
	uint32_t dispersion_us;
	uint8_t reference_id[4];
	uint64_t set_ns; /* since 1970: when it was last set or corrected */
};

/* 0, or -1 when there are no 48 bytes of a known version. */
int ntp_parse(struct ntp *n, const void *data, size_t size);
void ntp_build(const struct ntp *n, uint8_t out[NTP_SIZE]);
/* Nanoseconds since 1970 in NTP's format, in whatever era. */
uint64_t ntp_stamp(uint64_t ns);
/* What a server says to this question.  0, or -1: it gets no answer, since it
 * is not a client's (section 9.2's table: modes 1, 2, 5 to 7 and 4 itself). */
int ntp_answer(const struct ntp *question, const struct ntp_clock *clock,
    uint64_t received_ns, uint64_t sent_ns, struct ntp *answer);

#endif
