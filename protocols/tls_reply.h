/*
 * tls_reply: the answer to one ClientHello, read as far as it goes.
 *
 * A server's first flight, or its refusal, from the bytes of one connection.
 * What is missing or malformed behind the ServerHello leaves its part out; the
 * ServerHello alone says what was chosen.
 */
#ifndef ASSAY_TLS_REPLY_H
#define ASSAY_TLS_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocols/tls_answer.h"
#include "protocols/tls_record.h"

enum tls_outcome {
	TLS_CHOSE = 1, /* a ServerHello */
	TLS_REFUSED,   /* an alert, or an ERROR of SSL 2 */
	TLS_CLOSED,    /* the end, without a word */
	TLS_SILENT,    /* nothing came, or not enough to tell */
	TLS_STRANGE,   /* it is no TLS, or nothing that answers a hello */
	TLS_LOST,      /* there was no connection */
};

struct tls_reply {
	enum tls_outcome outcome;
	uint16_t version; /* chosen */
	uint16_t suite;
	uint8_t alert; /* refused */
	bool is_whole; /* the flight came to its end */
	bool has_key;  /* key is of a ServerKeyExchange */
	bool asks_certificate;
	struct tls_server_hello hello; /* not of SSL 2 */
	struct tls_server_key key;
	struct tls_ssl2_hello ssl2;
	struct tls_span certificate; /* the server's own, DER */
};
#define TLS_REPLY_ROOM 65536 /* what is heard of one connection */

/* Views into room, which is of TLS_REPLY_ROOM bytes.  closed: the device has
 * ended the connection. */
void tls_reply_read(struct tls_reply *reply, const void *heard, size_t n,
    bool closed, uint8_t *room);
/* There is nothing more to wait for: the flight or its refusal is there, or
 * what came is no TLS.  hello: a ServerHello is all that is wanted. */
bool tls_reply_is_enough(
    const void *heard, size_t n, bool hello, uint8_t *room);

#endif
