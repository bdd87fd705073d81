/*
 * tls_hello: a ClientHello, byte by byte as its caller wants it.
 *
 * Nothing is added and nothing corrected: suites that no library has, versions
 * that contradict each other, an empty key_share, extensions of no meaning.
 * Sources: RFC 8446 section 4.1.2 and 4.2, RFC 5246 section 7.4.1.2, RFC 6101
 * section 5.6.1.2 (SSL 3), RFC 6066 (server_name), RFC 7301 (ALPN), RFC 7627
 * (extended_master_secret), RFC 5746 (renegotiation_info), RFC 5077 (tickets),
 * RFC 8701 (GREASE), RFC 3749 (compression); RFC 6347 section 4.2.1, RFC 9147
 * section 5.3 (DTLS); SSL 2: draft-hickman-netscape-ssl-00 section 2.5.
 */
#ifndef ASSAY_TLS_HELLO_H
#define ASSAY_TLS_HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tls_extension {
	TLS_EXT_SERVER_NAME = 0,
	TLS_EXT_STATUS_REQUEST = 5,
	TLS_EXT_SUPPORTED_GROUPS = 10,
	TLS_EXT_EC_POINT_FORMATS = 11,
	TLS_EXT_SIGNATURE_ALGORITHMS = 13,
	TLS_EXT_HEARTBEAT = 15,
	TLS_EXT_ALPN = 16,
	TLS_EXT_ENCRYPT_THEN_MAC = 22,
	TLS_EXT_EXTENDED_MASTER_SECRET = 23,
	TLS_EXT_SESSION_TICKET = 35,
	TLS_EXT_PRE_SHARED_KEY = 41,
	TLS_EXT_EARLY_DATA = 42,
	TLS_EXT_SUPPORTED_VERSIONS = 43,
	TLS_EXT_COOKIE = 44,
	TLS_EXT_PSK_KEY_EXCHANGE_MODES = 45,
	TLS_EXT_KEY_SHARE = 51,
	TLS_EXT_RENEGOTIATION_INFO = 0xff01,
};

/* Suites that are signals: RFC 5746 section 3.3, RFC 7507. */
#define TLS_SUITE_RENEGOTIATION_SCSV 0x00ff
#define TLS_SUITE_FALLBACK_SCSV 0x5600

struct tls_share { /* one entry of key_share */
	uint16_t group;
	const uint8_t *key;
	size_t size;
};
struct tls_raw_extension {
	uint16_t type;
	const uint8_t *body;
	size_t size;
};

struct tls_hello_spec {
	uint16_t record_version; /* 0: as version, at most 3.1 */
	uint16_t version;        /* of the hello: at most 3.3 in TLS 1.3 */
	uint8_t random[32];
	const uint8_t *session_id; /* at most 32 bytes */
	size_t nsession_id;
	const uint16_t *suites;
	size_t nsuites;
	const uint8_t *compressions; /* none: the null method alone */
	size_t ncompressions;
	/* Extensions; an empty list leaves its extension out.  With none at
	 * all the block itself is left out, as SSL 3 needs it. */
	const char *host; /* NULL: no server_name */
	const uint16_t *versions;
	size_t nversions;
	const uint16_t *groups; /* point formats with it: uncompressed */
	size_t ngroups;
	const uint16_t *signatures;
	size_t nsignatures;
	const char *const *alpn;
	size_t nalpn;
	bool key_share; /* the extension, be it empty */
	const struct tls_share *shares;
	size_t nshares;
	bool psk_modes; /* psk_dhe_ke */
	bool extended_master_secret, renegotiation_info, encrypt_then_mac;
	bool session_ticket; /* with ticket, be it empty */
	const uint8_t *ticket;
	size_t nticket;
	const uint8_t *cookie; /* RFC 8446 section 4.2.2, its value */
	size_t ncookie;
	bool grease; /* a suite, a group, a version, an extension: by random */
	const struct tls_raw_extension *raw; /* behind all others */
	size_t nraw;
	/* DTLS only: the cookie of HelloVerifyRequest */
	const uint8_t *dtls_cookie;
	size_t ndtls_cookie;
};

#define TLS_HELLO_MAX 4096 /* more is never needed for all suites there are */

/* A record with the hello in it.  Its size; 0: it does not fit. */
size_t tls_hello_build(
    const struct tls_hello_spec *spec, uint8_t *out, size_t size);
/* The handshake message alone, to be put into records by the caller. */
size_t tls_hello_message(
    const struct tls_hello_spec *spec, uint8_t *out, size_t size);
/* The body of a DTLS ClientHello, without handshake header: dtls_record.h
 * frames it. */
size_t tls_hello_datagram_body(
    const struct tls_hello_spec *spec, uint8_t *out, size_t size);
/* SSL 2: kinds of three bytes each, challenge of 16 bytes. */
size_t tls_hello_ssl2(const uint32_t *kinds, size_t nkinds,
    const uint8_t challenge[16], uint8_t *out, size_t size);

/* A value of RFC 8701 that chance chooses. */
uint16_t tls_grease(uint8_t chance);
bool tls_is_grease(uint16_t value);

#endif
