/*
 * dtls_record: DTLS records, handshake messages in fragments, and cookies.
 *
 * A datagram holds whole records, a record whole fragments; a message may lie
 * in many, in any order, some of them twice.  Pure; a message is put together
 * in memory of the caller's.  Sources: RFC 4347, RFC 6347 section 4.1, 4.2.1
 * and 4.2.2; DTLS 1.3 and its short headers: RFC 9147 section 4.
 */
#ifndef ASSAY_DTLS_RECORD_H
#define ASSAY_DTLS_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocols/tls_answer.h"
#include "protocols/tls_record.h"

#define DTLS_10 0xfeff
#define DTLS_12 0xfefd
#define DTLS_13 0xfefc
#define DTLS_RECORD_HEADER 13
#define DTLS_HANDSHAKE_HEADER 12

struct dtls_record {
	bool is_sealed; /* a short header of DTLS 1.3: the next five are not
			   to be had, but epoch's and sequence's low bits */
	uint8_t type;   /* enum tls_content, also others */
	uint16_t version;
	uint16_t epoch;
	uint64_t sequence; /* 48 bits */
	struct tls_span body;
};
/* The record at *at, which is left behind it.  1; 0: the datagram is over; -1:
 * what follows is no record, and is to be dropped (RFC 6347 section 4.1.2.7).
 */
int dtls_record_next(
    const void *datagram, size_t n, size_t *at, struct dtls_record *record);
/* A record around body.  Its size; 0: it does not fit. */
size_t dtls_record_build(
    const struct dtls_record *record, uint8_t *out, size_t size);

struct dtls_fragment {
	enum tls_message_type type;
	uint32_t size; /* of the whole message */
	uint16_t sequence;
	uint32_t offset;
	struct tls_span body;
};
/* Fragments of a handshake record, from *at 0 on.  1; 0: no more; -1:
 * malformed, or it lies beyond its message. */
int dtls_fragment_next(
    struct tls_span body, size_t *at, struct dtls_fragment *fragment);
size_t dtls_fragment_build(
    const struct dtls_fragment *fragment, uint8_t *out, size_t size);

/* One message of known number, put together. */
struct dtls_message {
	enum tls_message_type type;
	uint32_t size, got; /* bytes */
	bool is_begun, is_whole;
	uint16_t sequence; /* which one it waits for: the caller's */
	uint8_t *room;     /* body first, then a bit for each of its bytes */
	size_t room_size;
};
/* room: 9/8 of the largest message that is kept. */
void dtls_message_begin(
    struct dtls_message *message, uint16_t sequence, void *room, size_t size);
/* 1: it is whole now; 0: not yet, or it is another's; -1: contradicts what came
 * before, or is too large. */
int dtls_message_take(
    struct dtls_message *message, const struct dtls_fragment *fragment);

/* HelloVerifyRequest: RFC 6347 section 4.2.1.  0; -1: malformed. */
int dtls_verify_read(
    struct tls_span body, uint16_t *version, struct tls_span *cookie);

#endif
