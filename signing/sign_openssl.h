/*
 * sign_openssl: OpenSSL's side of a key and of an error, for this room alone.
 */
#ifndef ASSAY_SIGN_OPENSSL_H
#define ASSAY_SIGN_OPENSSL_H

#include <stddef.h>

#include <openssl/bio.h>
#include <openssl/evp.h>

#include "signing/sign_key.h"

/* "what: " and why OpenSSL refused; its queue is empty afterwards.  -1. */
int sign_openssl_error(struct err *e, const char *what);

/* A whole file, at most max bytes, NUL-terminated; caller frees. */
char *sign_openssl_read(
    const char *path, size_t max, size_t *size, struct err *e);

/* Borrowed.  OpenSSL wants it without const, and does not change it. */
EVP_PKEY *sign_key_pkey(const struct sign_key *k);
/* Takes pkey over, also when it refuses it. */
struct sign_key *sign_key_from_pkey(EVP_PKEY *pkey, struct err *e);

#endif
