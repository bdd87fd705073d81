/*
 * x509_names: the object identifiers of keys, curves, signatures and purposes
 * (RFC 3279, 4055, 5480, 5639, 5758, 8410; RFC 5280 section 4.2.1.12).
 */
#include <string.h>

#include "protocols/x509_parts.h"

struct name {
	const char *oid; /* its bytes */
	size_t n;
	const char *name;
	uint32_t number; /* bits, or whether it is weak */
};

#define OID(bytes) (bytes), sizeof(bytes) - 1
#define PKCS1 "\x2a\x86\x48\x86\xf7\x0d\x01\x01"
#define ANSI "\x2a\x86\x48\xce\x3d"
#define BRAINPOOL "\x2b\x24\x03\x03\x02\x08\x01\x01"

static const struct name keys[] = {
	{ OID(PKCS1 "\x01"), "rsa", 0 },
	{ OID(PKCS1 "\x0a"), "rsa", 0 }, /* for PSS alone */
	{ OID(ANSI "\x02\x01"), "ec", 0 },
	{ OID("\x2b\x65\x70"), "ed25519", 256 },
	{ OID("\x2b\x65\x71"), "ed448", 456 },
	{ OID("\x2a\x86\x48\xce\x38\x04\x01"), "dsa", 0 },
	{ NULL, 0, "unknown", 0 },
};

static const struct name curves[] = {
	{ OID(ANSI "\x03\x01\x01"), "P-192", 192 },
	{ OID(ANSI "\x03\x01\x07"), "P-256", 256 },
	{ OID("\x2b\x81\x04\x00\x21"), "P-224", 224 },
	{ OID("\x2b\x81\x04\x00\x22"), "P-384", 384 },
	{ OID("\x2b\x81\x04\x00\x23"), "P-521", 521 },
	{ OID("\x2b\x81\x04\x00\x0a"), "secp256k1", 256 },
	{ OID(BRAINPOOL "\x07"), "brainpoolP256r1", 256 },
	{ OID(BRAINPOOL "\x0b"), "brainpoolP384r1", 384 },
	{ OID(BRAINPOOL "\x0d"), "brainpoolP512r1", 512 },
	{ NULL, 0, "unknown", 0 },
};

static const struct name signatures[] = {
	{ OID(PKCS1 "\x02"), "rsa-md2", 1 },
	{ OID(PKCS1 "\x03"), "rsa-md4", 1 },
	{ OID(PKCS1 "\x04"), "rsa-md5", 1 },
	{ OID(PKCS1 "\x05"), "rsa-sha1", 1 },
	{ OID("\x2b\x0e\x03\x02\x1d"), "rsa-sha1", 1 },
	{ OID(PKCS1 "\x0a"), "rsa-pss", 0 },
	{ OID(PKCS1 "\x0b"), "rsa-sha256", 0 },
	{ OID(PKCS1 "\x0c"), "rsa-sha384", 0 },
	{ OID(PKCS1 "\x0d"), "rsa-sha512", 0 },
	{ OID(PKCS1 "\x0e"), "rsa-sha224", 0 },
	{ OID(ANSI "\x04\x01"), "ecdsa-sha1", 1 },
	{ OID(ANSI "\x04\x03\x01"), "ecdsa-sha224", 0 },
	{ OID(ANSI "\x04\x03\x02"), "ecdsa-sha256", 0 },
	{ OID(ANSI "\x04\x03\x03"), "ecdsa-sha384", 0 },
	{ OID(ANSI "\x04\x03\x04"), "ecdsa-sha512", 0 },
	{ OID("\x2b\x65\x70"), "ed25519", 0 },
	{ OID("\x2b\x65\x71"), "ed448", 0 },
	{ OID("\x2a\x86\x48\xce\x38\x04\x03"), "dsa-sha1", 1 },
	{ OID("\x60\x86\x48\x01\x65\x03\x04\x03\x02"), "dsa-sha256", 0 },
	{ NULL, 0, "unknown", 0 },
};

#define PKIX_PURPOSE "\x2b\x06\x01\x05\x05\x07\x03"
static const struct name purposes[] = {
	{ OID("\x55\x1d\x25\x00"), "any", X509_FOR_ANY },
	{ OID(PKIX_PURPOSE "\x01"), "servers", X509_FOR_SERVERS },
	{ OID(PKIX_PURPOSE "\x02"), "clients", X509_FOR_CLIENTS },
	{ NULL, 0, "other", X509_FOR_OTHER },
};

/* The last row is that of all others. */
static const struct name *
find(const struct name *table, const struct x509_view *oid)
{
	while (table->oid != NULL &&
	    (table->n != oid->n || memcmp(table->oid, oid->p, oid->n) != 0))
		table++;
	return table;
}

const char *
x509_key_name(const struct x509_view *oid, uint32_t *bits)
{
	const struct name *n = find(keys, oid);

	*bits = n->number;
	return n->name;
}

uint32_t
x509_curve_bits(const struct x509_view *oid)
{
	return find(curves, oid)->number;
}

const char *
x509_signature_name(const struct x509_view *oid, bool *is_weak)
{
	const struct name *n = find(signatures, oid);

	*is_weak = n->number != 0;
	return n->name;
}

uint32_t
x509_purpose_of(const struct x509_view *oid)
{
	return find(purposes, oid)->number;
}
