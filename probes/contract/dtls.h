/*
 * dtls: the client's side of one DTLS association, by a pre-shared key.
 *
 * Datagrams in, datagrams out: the probe sends them (datagrams.h), or changes
 * them first.  DTLS 1.2 with the PSK suites of RFC 7925.  Nothing is sent again
 * of itself: what is lost ends the handshake, and is begun anew.
 */
#ifndef ASSAY_CONTRACT_DTLS_H
#define ASSAY_CONTRACT_DTLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(default)

struct assay_dtls;

/* Its first flight is there to be given.  NULL: our own trouble. */
struct assay_dtls *assay_dtls_new(const char *identity, const char *key);
/* A datagram of the device's.  -1: the association is over. */
int assay_dtls_take(struct assay_dtls *, const void *bytes, size_t n);
/* The next datagram to be sent; 0: there is none. */
size_t assay_dtls_give(struct assay_dtls *, void *out, size_t size);
bool assay_dtls_is_ready(const struct assay_dtls *);
/* What is said becomes a datagram.  -1: it could not be. */
int assay_dtls_say(struct assay_dtls *, const void *bytes, size_t n);
/* What the device said, a datagram's worth; 0: nothing; -1: it is over. */
int assay_dtls_hear(struct assay_dtls *, void *out, size_t size);
/* An alert, to be given: who keeps something for us may forget it. */
void assay_dtls_end(struct assay_dtls *);
void assay_dtls_free(struct assay_dtls *); /* NULL is fine */

#pragma GCC visibility pop

#endif
