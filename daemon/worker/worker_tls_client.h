/*
 * worker_tls_client: certificates of clients that no device should let in, made
 * when they are asked for.
 */
#ifndef ASSAY_WORKER_TLS_CLIENT_H
#define ASSAY_WORKER_TLS_CLIENT_H

#include <openssl/x509.h>

#include "probes/probe.h"

/* authority: the name that the device asked for, or NULL.  -1: it could not be
 * made (our trouble); the caller frees what it gets. */
int worker_tls_client_make(enum assay_talk_certificate kind,
    const X509_NAME *authority, X509 **certificate, EVP_PKEY **key);

#endif
