/*
 * worker_impostor_chain: certificates with which a bench plays somebody else.
 *
 * Each is whole but for the one thing that is wrong with it, so that a device
 * which refuses it has looked at that.
 */
#ifndef ASSAY_WORKER_IMPOSTOR_CHAIN_H
#define ASSAY_WORKER_IMPOSTOR_CHAIN_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/x509.h>

#include "base/err.h"
#include "probes/probe.h"

struct worker_impostor_authority; /* whom the bench has vouch for this job */

/* From what the warden handed over: a key, its certificate, and the bench's,
 * PEM; and one that nobody knows.  NULL with *e. */
struct worker_impostor_authority *worker_impostor_authority_read(
    const void *pem, size_t n, struct err *e);
void worker_impostor_authority_free(
    struct worker_impostor_authority *a); /* NULL is fine */

struct worker_impostor_chain {
	EVP_PKEY *key;
	X509 *leaf;
	STACK_OF(X509) * others; /* that are shown with it */
	uint8_t *staple;         /* of OCSP, OpenSSL's memory; NULL: none */
	size_t nstaple;
};
/* Whom it is for. */
struct worker_impostor_name {
	const char *name;    /* of a host, or an address as text */
	const char *address; /* that was called */
};
/* 0, or -1: it cannot be made. */
int worker_impostor_chain_make(struct worker_impostor_chain *c,
    const struct worker_impostor_authority *a, enum assay_impostor_fault fault,
    const struct worker_impostor_name *whom);
void worker_impostor_chain_drop(struct worker_impostor_chain *c);

#endif
