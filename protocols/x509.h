/*
 * x509: what a certificate says of itself (RFC 5280; X.690 for its bytes).
 *
 * Pure: DER in, facts and views out.  Nothing is verified: whether somebody may
 * be believed is not in the bytes.  What is not as RFC 5280 has it is refused,
 * what is merely unknown is called unknown.
 */
#ifndef ASSAY_X509_H
#define ASSAY_X509_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct x509_view { /* of the certificate's bytes; p NULL: absent */
	const uint8_t *p;
	size_t n;
};

enum x509_key_usage { /* RFC 5280 section 4.2.1.3 */
	X509_DIGITAL_SIGNATURE = 1 << 0,
	X509_NON_REPUDIATION = 1 << 1,
	X509_KEY_ENCIPHERMENT = 1 << 2,
	X509_DATA_ENCIPHERMENT = 1 << 3,
	X509_KEY_AGREEMENT = 1 << 4,
	X509_KEY_CERT_SIGN = 1 << 5,
	X509_CRL_SIGN = 1 << 6,
	X509_ENCIPHER_ONLY = 1 << 7,
	X509_DECIPHER_ONLY = 1 << 8,
};

enum x509_purpose { /* section 4.2.1.12 */
	X509_FOR_ANY = 1 << 0,
	X509_FOR_SERVERS = 1 << 1,
	X509_FOR_CLIENTS = 1 << 2,
	X509_FOR_OTHER = 1 << 3,
};

struct x509 {
	/* Seconds since 1970; year 9999 has no end (section 4.1.2.5). */
	int64_t not_before_s, not_after_s;
	const char *key;   /* "rsa", "ec", "ed25519" …, "unknown" */
	uint32_t key_bits; /* of the modulus or the curve; 0: unknown */
	/* "rsa-sha256", "ecdsa-sha1", "ed25519", "rsa-pss" …, "unknown" */
	const char *signature;
	bool signature_is_weak;           /* made with MD2, MD4, MD5 or SHA-1 */
	bool has_key_usage, has_purposes; /* absent: no restriction */
	uint32_t key_usage;               /* enum x509_key_usage */
	uint32_t purposes;                /* enum x509_purpose */
	bool is_authority;                /* basicConstraints: CA */
	struct x509_view issuer, subject; /* Names, with type and length */
	struct x509_view public_key;      /* SubjectPublicKeyInfo, the same */
	struct x509_view alternatives;    /* GeneralNames, their contents */
};

/* -1: it is no certificate. */
int x509_read(struct x509 *x, const uint8_t *der, size_t n);

enum x509_name_kind {
	X509_NAME_DNS,
	X509_NAME_ADDRESS, /* 4 or 16 bytes */
	X509_NAME_COMMON,  /* of the subject: where there is no alternative */
};
struct x509_name {
	enum x509_name_kind kind;
	struct x509_view value;
};
/* Whom it is for: DNS names and addresses of the alternatives; when it has none
 * of these, the subject's common names (RFC 6125 section 6.4.4).  *at begins at
 * 0; false: that was the last. */
bool x509_next_name(const struct x509 *x, size_t *at, struct x509_name *name);

/* RFC 6125 section 6.4: letters of any case; a "*" alone is the leftmost label,
 * for one label. */
bool x509_name_covers(const char *presented, const char *host);

#endif
