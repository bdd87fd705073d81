/*
 * worker_impostor_staple: what an authority says of a certificate when it is
 * asked (OCSP, RFC 6960), to be shown with it.
 */
#ifndef ASSAY_WORKER_IMPOSTOR_STAPLE_H
#define ASSAY_WORKER_IMPOSTOR_STAPLE_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/x509.h>

/* That it was revoked yesterday, for its key is known to others; signed by its
 * issuer.  The size of *der, which is OpenSSL's memory; 0: it cannot be. */
size_t worker_impostor_staple(
    const X509 *leaf, X509 *issuer, EVP_PKEY *key, uint8_t **der);

#endif
