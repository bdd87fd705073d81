/*
 * hex: bytes as lower-case hexadecimal and back; SHA-256 as everyone here
 * writes it.
 */
#ifndef ASSAY_HEX_H
#define ASSAY_HEX_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32
#define SHA256_HEX_SIZE 65 /* with the NUL */

/* out holds 2 * n + 1 bytes. Returns out. */
char *hex_encode(const uint8_t *p, size_t n, char *out);

/* Exactly 2 * n digits, either case, then the end of s.  0, or -1. */
int hex_decode(const char *s, uint8_t *out, size_t n);

void sha256(const void *p, size_t n, uint8_t out[SHA256_SIZE]);
char *sha256_hex(const void *p, size_t n, char out[SHA256_HEX_SIZE]);

#endif
