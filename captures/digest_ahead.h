/*
 * digest_ahead: SHA-256 of a file's beginning, computed by a thread while who
 * writes the file does something else.
 */
#ifndef ASSAY_DIGEST_AHEAD_H
#define ASSAY_DIGEST_AHEAD_H

#include <stdbool.h>
#include <stdint.h>

struct digest;
struct digest_ahead;

/* Adds to *digest the bytes of fd between from and to, which nobody changes any
 * more.  Both are the thread's until this is freed.  NULL: there is no thread
 * to be had, and nothing was added. */
struct digest_ahead *digest_ahead_new(
    struct digest *digest, int fd, uint64_t from, uint64_t to);
/* Waits for a moment.  True: it has ended; *at: up to where the digest is,
 * which is before `to` when the file could not be read. */
bool digest_ahead_is_over(struct digest_ahead *a, uint64_t *at);
/* Also before its end, which makes the digest worthless.  NULL is fine. */
void digest_ahead_free(struct digest_ahead *a);

#endif
