/*
 * tls_answer: what a server's messages say.
 *
 * Bodies of handshake messages (tls_record.h) in, structs with views out.  A
 * length that claims more than there is refuses the message; unknown extensions
 * are left to whoever asks for them.  Sources: RFC 8446 section 4.1.3, 4.1.4,
 * RFC 5246 section 7.4.1.3 to 7.4.4, RFC 8422 section 5.4, RFC 6101, RFC 4492;
 * SSL 2: draft-hickman-netscape-ssl-00 section 2.6.
 */
#ifndef ASSAY_TLS_ANSWER_H
#define ASSAY_TLS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tls_span { /* view; p NULL: it is not there */
	const uint8_t *p;
	size_t n;
};

enum tls_downgrade { /* RFC 8446 section 4.1.3: the end of random */
	TLS_DOWNGRADE_NONE = 0,
	TLS_DOWNGRADE_12, /* "DOWNGRD" 01: could do 1.3, chose 1.2 */
	TLS_DOWNGRADE_11, /* "DOWNGRD" 00 */
};

struct tls_server_hello {
	uint16_t version; /* chosen: supported_versions, else as below */
	uint16_t legacy_version;
	const uint8_t *random; /* 32 bytes */
	struct tls_span session_id;
	uint16_t suite;
	uint8_t compression;
	bool is_retry; /* HelloRetryRequest */
	enum tls_downgrade downgrade;
	/* extensions */
	bool extended_master_secret, encrypt_then_mac, session_ticket;
	bool renegotiation_info;
	bool heartbeat;
	struct tls_span renegotiation; /* its value: empty at first */
	uint16_t group;                /* key_share's; 0: none */
	struct tls_span share;         /* none in HelloRetryRequest */
	struct tls_span cookie, alpn;
	bool psk; /* a pre_shared_key was chosen */
	struct tls_span extensions;
	uint16_t nextensions;
};
/* 0; -1: malformed.  Views into body. */
int tls_server_hello_read(
    struct tls_server_hello *hello, const void *body, size_t n);
/* Extensions one by one, from *at 0 on.  1; 0: no more; -1: malformed. */
int tls_extension_next(struct tls_span extensions, size_t *at, uint16_t *type,
    struct tls_span *body);

/* The chain of a Certificate message up to TLS 1.2, the server's own first:
 * from *at 0 on.  1; 0: no more; -1: malformed. */
int tls_certificate_next(
    const void *body, size_t n, size_t *at, struct tls_span *der);

enum tls_exchange { /* what ServerKeyExchange is read as: the suite's */
	TLS_EXCHANGE_ECDH = 1,
	TLS_EXCHANGE_DH,
	TLS_EXCHANGE_RSA, /* export: a short key of its own */
	TLS_EXCHANGE_ECDH_PSK,
	TLS_EXCHANGE_DH_PSK,
};
struct tls_server_key {
	uint16_t group; /* ECDH: the named curve; 0: an explicit one */
	uint32_t bits;  /* of DH's prime, or of the RSA modulus; 0: ECDH */
	struct tls_span prime, generator, point; /* point: the public value */
	bool is_signed;
	uint16_t signature; /* TLS 1.2: SignatureScheme; 0 before that */
};
/* version: chosen; is_anonymous: nobody signs.  0; -1: malformed. */
int tls_server_key_read(struct tls_server_key *key, enum tls_exchange exchange,
    uint16_t version, bool is_anonymous, struct tls_span body);

struct tls_certificate_request {    /* up to TLS 1.2 */
	struct tls_span types;      /* a byte each */
	struct tls_span signatures; /* two bytes each; none before TLS 1.2 */
	struct tls_span names;      /* each with its length before it */
};
int tls_certificate_request_read(struct tls_certificate_request *request,
    uint16_t version, const void *body, size_t n);

struct tls_ssl2_hello {
	bool session_hit;
	uint16_t version;
	struct tls_span certificate; /* X.509; empty on a hit */
	struct tls_span kinds;       /* three bytes each */
	struct tls_span connection_id;
};
int tls_ssl2_hello_read(
    struct tls_ssl2_hello *hello, const void *body, size_t n);

#endif
