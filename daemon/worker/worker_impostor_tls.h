/*
 * worker_impostor_tls: one TLS session with a device that believes to have
 * reached somebody else, between bytes from the network and bytes in clear.
 */
#ifndef ASSAY_WORKER_IMPOSTOR_TLS_H
#define ASSAY_WORKER_IMPOSTOR_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/worker/worker_impostor_chain.h"

struct worker_impostor_tls;

struct worker_impostor_hello {
	const uint8_t *records; /* as they came */
	size_t nrecords;
	const uint8_t *body; /* of the message */
	size_t nbody;
};

/* NULL: it cannot be played. */
struct worker_impostor_tls *worker_impostor_tls_new(
    const struct worker_impostor_authority *a, enum assay_impostor_fault fault,
    const struct worker_impostor_name *whom);
void worker_impostor_tls_free(struct worker_impostor_tls *t); /* NULL is fine */

/* The device's first flight, of which the ClientHello is the message.  As
 * worker_impostor_tls_take(). */
int worker_impostor_tls_begin(
    struct worker_impostor_tls *t, const struct worker_impostor_hello *hello);
/* What came from the network.  -1: the session is over. */
int worker_impostor_tls_take(
    struct worker_impostor_tls *t, const void *bytes, size_t n);
/* What must go there; 0: nothing. */
size_t worker_impostor_tls_give(
    struct worker_impostor_tls *t, void *out, size_t size);
/* Says good-bye, when there is somebody to say it to. */
void worker_impostor_tls_end(struct worker_impostor_tls *t);

/* What is known of it by now: all of *called but fault and end. */
void worker_impostor_tls_tell(
    struct worker_impostor_tls *t, struct assay_called *called);

#endif
