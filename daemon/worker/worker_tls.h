/*
 * worker_tls: one TLS session with a device, between bytes from the network
 * and bytes in clear (OpenSSL over memory; the caller has the socket).
 *
 * Nobody is authenticated: the device is what is tested, and whatever it can
 * speak is spoken, old versions and weak ciphers included.
 */
#ifndef ASSAY_WORKER_TLS_H
#define ASSAY_WORKER_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/probe.h"

struct worker_tls;

/* shows: when the device asks for ours.  offer: how it is begun; or NULL.
 * NULL: it could not be made (our trouble). */
struct worker_tls *worker_tls_new(
    enum assay_talk_certificate shows, const struct assay_tls_offer *offer);
void worker_tls_free(struct worker_tls *t); /* NULL is fine */

/* What came from the network.  -1: the session is over. */
int worker_tls_take(struct worker_tls *t, const void *bytes, size_t n);
/* What must go there; 0: nothing. */
size_t worker_tls_give(struct worker_tls *t, void *out, size_t size);
/* The handshake is complete. */
bool worker_tls_is_ready(const struct worker_tls *t);
/* In clear.  Heard: 0: nothing more as yet; -1: the device has ended it. */
int worker_tls_say(struct worker_tls *t, const void *bytes, size_t n);
int worker_tls_hear(struct worker_tls *t, void *out, size_t size);

/* The device's own certificate (DER), NULL: none was shown. */
const uint8_t *worker_tls_certificate(const struct worker_tls *t, size_t *n);
/* SHA-256 of its SubjectPublicKeyInfo in hex; "". */
const char *worker_tls_public_key(const struct worker_tls *t);
const char *worker_tls_version(const struct worker_tls *t); /* "TLSv1.3" */
/* The session's secrets, lines of an SSLKEYLOGFILE. */
const char *worker_tls_keys(const struct worker_tls *t);
/* The alert that it has sent, 0: none. */
uint8_t worker_tls_alert(const struct worker_tls *t);
/* It has asked for a certificate of ours; and has got one. */
bool worker_tls_wants_certificate(const struct worker_tls *t);
bool worker_tls_has_shown(const struct worker_tls *t);
/* What there is for a later session; as long as t. */
struct assay_tls_kept worker_tls_kept(const struct worker_tls *t);
/* It has been given what it waits for with offer->keeps. */
bool worker_tls_has_kept(const struct worker_tls *t);

#endif
