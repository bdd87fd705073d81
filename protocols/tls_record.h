/*
 * tls_record: TLS records, and the handshake messages that lie in them.
 *
 * What a peer says comes in pieces of any size: a record in many segments, a
 * message over many records, many messages in one.  A flight puts them together
 * in memory of the caller's, which bounds what it keeps: a message that does
 * not fit is said to be cut, never guessed.  Nothing is decrypted: behind
 * ChangeCipherSpec, and in TLS 1.3 behind ServerHello, only records are
 * counted.  A SERVER-HELLO or ERROR of SSL 2 is a message of its own kind.
 * Sources: RFC 8446 section 5.1, RFC 5246 section 6.2.1, RFC 6101 section 5.2;
 * SSL 2: draft-hickman-netscape-ssl-00 section 1.1, RFC 6176.
 */
#ifndef ASSAY_TLS_RECORD_H
#define ASSAY_TLS_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TLS_SSL2 0x0002
#define TLS_SSL3 0x0300
#define TLS_10 0x0301
#define TLS_11 0x0302
#define TLS_12 0x0303
#define TLS_13 0x0304

enum tls_content {
	TLS_CHANGE_CIPHER_SPEC = 20,
	TLS_ALERT = 21,
	TLS_HANDSHAKE = 22,
	TLS_APPLICATION_DATA = 23,
	TLS_HEARTBEAT = 24, /* RFC 6520 */
};

enum tls_message_type {
	TLS_HELLO_REQUEST = 0,
	TLS_CLIENT_HELLO = 1,
	TLS_SERVER_HELLO = 2,
	TLS_HELLO_VERIFY_REQUEST = 3, /* DTLS */
	TLS_NEW_SESSION_TICKET = 4,
	TLS_ENCRYPTED_EXTENSIONS = 8,
	TLS_CERTIFICATE = 11,
	TLS_SERVER_KEY_EXCHANGE = 12,
	TLS_CERTIFICATE_REQUEST = 13,
	TLS_SERVER_HELLO_DONE = 14,
	TLS_CERTIFICATE_VERIFY = 15,
	TLS_CLIENT_KEY_EXCHANGE = 16,
	TLS_FINISHED = 20,
	TLS_CERTIFICATE_STATUS = 22,
	/* of SSL 2, which has no record types: not on the wire as such */
	TLS_SSL2_SERVER_HELLO = 0x204,
	TLS_SSL2_ERROR = 0x200,
};

enum tls_alert {
	TLS_ALERT_UNEXPECTED_MESSAGE = 10,
	TLS_ALERT_HANDSHAKE_FAILURE = 40,
	TLS_ALERT_ILLEGAL_PARAMETER = 47,
	TLS_ALERT_DECODE_ERROR = 50,
	TLS_ALERT_PROTOCOL_VERSION = 70,
	TLS_ALERT_INSUFFICIENT_SECURITY = 71,
	TLS_ALERT_INAPPROPRIATE_FALLBACK = 86,
	TLS_ALERT_NO_RENEGOTIATION = 100,
	TLS_ALERT_MISSING_EXTENSION = 109,
	TLS_ALERT_UNRECOGNIZED_NAME = 112,
};

#define TLS_RECORD_HEADER 5
/* 2^14, and what encryption may add: RFC 5246 section 6.2.3. */
#define TLS_RECORD_BODY_MAX (16384 + 2048)
#define TLS_HANDSHAKE_HEADER 4

struct tls_record {
	enum tls_content type;
	uint16_t version;
	const uint8_t *body; /* view */
	size_t size;
};
/* The record at *at, which is left behind it.  1; 0: it is not whole, or there
 * is none; -1: this is no record of TLS. */
int tls_record_next(
    const void *bytes, size_t n, size_t *at, struct tls_record *record);

struct tls_message {
	enum tls_message_type type;
	uint16_t version;    /* of the record that it began in */
	const uint8_t *body; /* behind its header; view into the room */
	size_t size;
};

struct tls_flight {
	/* What is known by now. */
	bool is_tls;  /* a record's header fitted, or SSL 2's did */
	bool is_bad;  /* what came is no TLS, or breaks its framing */
	bool is_cut;  /* a message did not fit into the room */
	bool alerted; /* the first one that says no (a warning may precede it:
			 see warned) */
	bool warned;
	bool changed_cipher;
	uint8_t alert_level, alert, warning;
	uint16_t version;         /* of the first record */
	uint32_t records, sealed; /* sealed: whose content cannot be read */
	/* its own */
	uint8_t *room;
	size_t size, used, read;
	uint8_t header[TLS_RECORD_HEADER];
	uint8_t nheader; /* of the record that is under way */
	size_t left;     /* of its body */
	uint8_t in_alert[2], nalert;
	uint16_t begun; /* version of the record in which `used` began */
	bool is_ssl2;
};
/* room outlives it, and the messages. */
void tls_flight_begin(struct tls_flight *flight, void *room, size_t size);
/* The next bytes heard; they are copied.  False: nothing more can be
 * understood. */
bool tls_flight_take(struct tls_flight *flight, const void *bytes, size_t n);
/* The next message that is whole.  False: none yet. */
bool tls_flight_next(struct tls_flight *flight, struct tls_message *message);

/* "SSLv2", "TLSv1.2" …; "unknown". */
const char *tls_version_name(uint16_t version);
/* "handshake_failure" …; NULL: not assigned.  RFC 8446 section 6. */
const char *tls_alert_name(uint8_t alert);

#endif
