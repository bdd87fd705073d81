/*
 * tls_names: what the numbers of TLS stand for, and what they are worth.
 *
 * The IANA registries "TLS Cipher Suites", "TLS Supported Groups" and "TLS
 * SignatureScheme" as tables.  A suite's properties follow from its name (RFC
 * 5246 appendix C; RFC 8446 appendix B.4); strengths are those of the cipher's
 * key, 112 for 3DES (NIST SP 800-57 part 1 table 2), 40 for export.
 */
#ifndef ASSAY_TLS_NAMES_H
#define ASSAY_TLS_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tls_key_exchange {
	TLS_KX_ANY = 1, /* TLS 1.3: a group's business */
	TLS_KX_RSA,     /* static */
	TLS_KX_DH,      /* static */
	TLS_KX_DHE,
	TLS_KX_ECDH, /* static */
	TLS_KX_ECDHE,
	TLS_KX_PSK,
	TLS_KX_RSA_PSK,
	TLS_KX_DHE_PSK,
	TLS_KX_ECDHE_PSK,
	TLS_KX_OTHER, /* KRB5, SRP, GOST, ECCPWD, NULL */
};
enum tls_authentication {
	TLS_AUTH_ANY = 1, /* TLS 1.3 */
	TLS_AUTH_RSA,
	TLS_AUTH_DSS,
	TLS_AUTH_ECDSA,
	TLS_AUTH_PSK,
	TLS_AUTH_ANONYMOUS,
	TLS_AUTH_OTHER,
};
enum tls_cipher_mode {
	TLS_MODE_NULL = 1,
	TLS_MODE_STREAM,
	TLS_MODE_CBC,
	TLS_MODE_AEAD,
};

struct tls_suite {
	uint16_t id;
	char name[64]; /* "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" */
	enum tls_key_exchange exchange;
	enum tls_authentication authentication;
	enum tls_cipher_mode mode;
	uint16_t bits;          /* of strength; 0: NULL */
	bool is_13;             /* of TLS 1.3 alone */
	bool needs_12;          /* not before TLS 1.2 */
	bool is_export, is_rc4; /* RFC 7465 for the latter */
	bool is_anonymous, is_forward_secret;
	bool is_64bit_block; /* 3DES, DES, IDEA, RC2: Sweet32 */
	bool has_md5_mac;
};
size_t tls_suite_count(void);
uint16_t tls_suite_id_at(size_t index); /* in rising order */
/* False: nobody assigned it; then it has a name like "0x1234", the rest is
 * zero. */
bool tls_suite_of(uint16_t id, struct tls_suite *suite);

/* SSL 2's kinds of ciphers. */
size_t tls_ssl2_kind_count(void);
uint32_t tls_ssl2_kind_at(size_t index);
const char *tls_ssl2_kind_name(uint32_t kind); /* NULL: unknown */

struct tls_group {
	uint16_t id;
	const char *name;
	uint16_t bits;  /* of the field or of the prime */
	bool is_finite; /* ffdhe… */
	bool is_13;     /* TLS 1.3 may use it: RFC 8446 section 4.2.7 */
};
size_t tls_group_count(void);
const struct tls_group *tls_group_at(size_t index);
const struct tls_group *tls_group_of(uint16_t id); /* NULL: unknown */

struct tls_signature {
	uint16_t id;
	const char *name;
	bool is_weak; /* MD5, SHA-1, none: RFC 9155 */
};
size_t tls_signature_count(void);
const struct tls_signature *tls_signature_at(size_t index);
const struct tls_signature *tls_signature_of(uint16_t id); /* NULL: unknown */

#endif
