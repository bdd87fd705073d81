/*
 * tls_session: the secrets of a TLS 1.0 to 1.2 connection, and its records.
 *
 * What it takes to go through a handshake by hand, so that a message in it can
 * be wrong: either side's keys from a premaster secret, Finished, and records
 * sealed with a fault where one is wanted.  AES alone, in CBC and GCM; keys are
 * exchanged by RSA or by ECDHE over P-256 and X25519.  The arithmetic is
 * OpenSSL's (libcrypto), which keeps no state here.  Sources: RFC 5246 section
 * 5, 6.2.3, 6.3, 7.4.7, 7.4.9 and 8.1, RFC 2246 section 5 and 6.2.3 (TLS 1.0),
 * RFC 5288 (GCM), RFC 7627 (extended master secret), RFC 8422 section 5.7,
 * RFC 8017 section 7.2.1 (PKCS #1).
 */
#ifndef ASSAY_TLS_SESSION_H
#define ASSAY_TLS_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocols/tls_reply.h"

#define TLS_SESSION_SAID_MAX 32768
#define TLS_SESSION_SECRET_MAX 66  /* of a premaster secret */
#define TLS_SESSION_BLOCK_MAX 1024 /* of an RSA key: 8,192 bits */
#define TLS_FINISHED_SIZE 12

enum tls_side { /* who seals */
	TLS_CLIENT = 0,
	TLS_SERVER = 1,
};

enum tls_spoil {
	TLS_SPOIL_NONE = 0,
	TLS_SPOIL_PADDING, /* of CBC: its first byte, not its length */
	TLS_SPOIL_MAC,     /* of CBC */
};

struct tls_session_keys {
	uint8_t mac[48], key[32], iv[16];
	uint64_t sequence;
};

struct tls_session {
	uint16_t version, suite;
	bool has_extended_secret; /* both sides have agreed to it */
	uint8_t random[2][32];    /* by enum tls_side */
	uint8_t master[48];
	struct tls_session_keys keys[2];
	uint8_t said[TLS_SESSION_SAID_MAX]; /* handshake messages, in order */
	size_t nsaid;
};

/* Suites of these: in order of preference. */
const uint16_t *tls_session_suites(size_t *n);
bool tls_session_is_cbc(uint16_t suite);
bool tls_session_is_rsa(uint16_t suite); /* keys are exchanged by RSA */
uint16_t tls_session_least_version(uint16_t suite);

/* Zeroes it; version and suite are what the server chose.  False: the suite is
 * not one of those, or not of this version. */
bool tls_session_begin(struct tls_session *s, uint16_t version, uint16_t suite);
/* Handshake messages, each with its header.  False: there is no room. */
bool tls_session_add(struct tls_session *s, const void *messages, size_t n);
/* The same from records: those of the handshake among them. */
bool tls_session_add_records(
    struct tls_session *s, const void *records, size_t n);
/* After everything up to ClientKeyExchange was added: master secret and keys
 * of both sides.  False: libcrypto would not. */
bool tls_session_keys(
    struct tls_session *s, const uint8_t *premaster, size_t n);
/* verify_data of a Finished over what was added by now. */
bool tls_session_finished(const struct tls_session *s, enum tls_side side,
    uint8_t out[TLS_FINISHED_SIZE]);

struct tls_session_plain {
	enum tls_content type;
	const void *bytes;
	size_t n;
	const uint8_t *chance; /* 16 bytes nobody foresees */
	enum tls_spoil spoil;
};
/* A record; its size, 0: it does not fit. */
size_t tls_session_seal(struct tls_session *s, enum tls_side side,
    const struct tls_session_plain *plain, uint8_t *out, size_t size);
/* What a record said.  Its size; -1: it is forged, or out of order.  lenient:
 * as a receiver that looks at the length of the padding alone.  out: as large
 * as the record. */
int tls_session_open(struct tls_session *s, enum tls_side side, bool lenient,
    const struct tls_record *record, uint8_t *out);

/* The body of a ClientKeyExchange for a key of ECDHE, and the premaster secret
 * that comes of it.  Its size; 0: another group, or libcrypto would not. */
size_t tls_session_ecdhe(const struct tls_server_key *key, uint8_t *out,
    size_t size, uint8_t premaster[TLS_SESSION_SECRET_MAX], size_t *n);

/* The bytes of the modulus of a certificate's RSA key; 0: it has none. */
size_t tls_session_rsa_size(struct tls_span certificate);
/* m^e mod n, without any padding: a block of that size to one of the same. */
bool tls_session_rsa(
    struct tls_span certificate, const uint8_t *block, uint8_t *out);

#endif
