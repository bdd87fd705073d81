/*
 * digest_beside: SHA-256 of many bytes, computed beside who writes them.
 *
 * A thread takes what is added, in order, so that a file is digested while it
 * is written.  For a few bytes, or where no thread is to be had, the caller
 * does it itself: the digest is the same.
 */
#ifndef ASSAY_DIGEST_BESIDE_H
#define ASSAY_DIGEST_BESIDE_H

#include <stddef.h>
#include <stdint.h>

#include "base/hex.h"

struct digest_beside;

struct digest_beside *digest_beside_new(void);
/* Also before its end.  NULL is fine. */
void digest_beside_free(struct digest_beside *d);
/* p is copied; it may wait for the thread. */
void digest_beside_add(struct digest_beside *d, const void *p, size_t n);
/* Waits for the thread; nothing can be added behind it. */
void digest_beside_end(struct digest_beside *d, uint8_t out[SHA256_SIZE]);

#endif
