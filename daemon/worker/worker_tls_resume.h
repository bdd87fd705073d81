/*
 * worker_tls_resume: what a TLS session is begun with, and what is kept of it
 * for a later one.
 */
#ifndef ASSAY_WORKER_TLS_RESUME_H
#define ASSAY_WORKER_TLS_RESUME_H

#include <openssl/ssl.h>

#include "probes/probe.h"

struct worker_tls_resume {
	struct assay_tls_kept kept; /* what it points to is ours */
};

/* Gives ssl its first flight.  -1: what is offered cannot be. */
int worker_tls_resume_begin(
    struct worker_tls_resume *r, SSL *ssl, const struct assay_tls_offer *offer);
/* The server has given this one. */
void worker_tls_resume_keep(
    struct worker_tls_resume *r, const SSL_SESSION *session);
/* The handshake went on; asked before its errors are cleared. */
void worker_tls_resume_see(struct worker_tls_resume *r, SSL *ssl);
void worker_tls_resume_end(struct worker_tls_resume *r);

#endif
