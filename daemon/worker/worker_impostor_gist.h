/*
 * worker_impostor_gist: what somebody's first words are about, so that what it
 * says by TLS can be told to be what it says in clear, and neither is kept.
 *
 * The same request is not the same bytes: another port stands in a Host field,
 * another nonce in a header.  Of HTTP it is the method, what is asked for and
 * the host; of MQTT who speaks (its client identifier).  A greeting that anyone
 * may send is about nobody.
 */
#ifndef ASSAY_WORKER_IMPOSTOR_GIST_H
#define ASSAY_WORKER_IMPOSTOR_GIST_H

#include <stddef.h>
#include <stdint.h>

#define IMPOSTOR_FIRST_MAX 2048 /* bytes that are looked at */
#define IMPOSTOR_HASH_MAX 65    /* SHA-256 in hex, with the NUL */
#define IMPOSTOR_HOST_MAX 256   /* a host's name, with the NUL */

/* SHA-256 in hex. */
void worker_impostor_hash(const void *p, size_t n, char out[IMPOSTOR_HASH_MAX]);
/* The same of what these words are about, or ""; host: of a request of HTTP,
 * without its port, in small letters, what is not printable as '?'; "". */
void worker_impostor_gist(const uint8_t *p, size_t n,
    char gist[IMPOSTOR_HASH_MAX], char host[IMPOSTOR_HOST_MAX]);

#endif
