/*
 * utf8: what of a byte string may be shown to a person.
 *
 * RFC 3629 section 4 for well-formedness.  Not shown: C0, DEL, C1 controls,
 * line and paragraph separators, bidirectional controls (U+200E, U+200F,
 * U+202A–202E, U+2066–2069, "Trojan Source"), U+FEFF and surrogates.
 */
#ifndef ASSAY_UTF8_H
#define ASSAY_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Length of the sequence at p (n > 0 bytes there): 1 to 4 when well formed,
 * else 1.  *shown: well formed and may be shown. */
size_t utf8_sequence(const uint8_t *p, size_t n, bool *shown);

/* Every byte belongs to a well-formed sequence that may be shown. */
bool utf8_is_plain(const char *s, size_t n);

#endif
