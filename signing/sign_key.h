/*
 * sign_key: Ed25519 keys (RFC 8032) and what is signed with them.
 *
 * A bench signs digests, never bytes that somebody else chose: the message is
 * "assay 1 PURPOSE" with its NUL ("manifest", "tombstone", "rotation"), then
 * the 32 bytes of a SHA-256, so that a signature for one purpose never serves
 * another.  A key's id is the SHA-256 of its DER SubjectPublicKeyInfo, in hex.
 */
#ifndef ASSAY_SIGN_KEY_H
#define ASSAY_SIGN_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hex.h"

#define SIGN_SIZE 64      /* bytes of a signature */
#define SIGN_PEM_MAX 4096 /* bytes of a key or certificate that is read */

enum sign_purpose {
	SIGN_MANIFEST = 1, /* SHA-256 of a manifest's canonical bytes */
	SIGN_TOMBSTONE,    /* … of a tombstone statement */
	SIGN_ROTATION,     /* … of a rotation statement */
};

struct sign_key; /* private or public alone */

struct sign_key *sign_key_new(struct err *e); /* generated */
/* Private key, PKCS#8 PEM. */
struct sign_key *sign_key_read_private(const char *path, struct err *e);
/* The same from memory; name: what to call it in *e. */
struct sign_key *sign_key_from_private(
    const char *pem, size_t size, const char *name, struct err *e);
/* SubjectPublicKeyInfo PEM from memory. */
struct sign_key *sign_key_from_public(
    const char *pem, size_t size, struct err *e);
/* Writes a file that must not exist, mode 0600, durable. */
int sign_key_write_private(
    const struct sign_key *k, const char *path, struct err *e);
char *sign_key_public_pem(const struct sign_key *k); /* caller frees */
const char *sign_key_id(const struct sign_key *k);   /* SHA256_HEX_SIZE */
void sign_key_free(struct sign_key *k);              /* wiped; NULL is fine */

int sign_digest(const struct sign_key *k, enum sign_purpose purpose,
    const uint8_t digest[SHA256_SIZE], uint8_t sig[SIGN_SIZE], struct err *e);
/* NULL when there is no such purpose. */
const char *sign_purpose_name(enum sign_purpose purpose);
/* 0: good; -1 with *e: it is not this key's signature. */
int sign_verify(const struct sign_key *k, enum sign_purpose purpose,
    const uint8_t digest[SHA256_SIZE], const uint8_t sig[SIGN_SIZE],
    struct err *e);

#endif
