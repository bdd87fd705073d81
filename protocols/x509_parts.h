/*
 * x509_parts: what the files of x509 know of each other: object identifiers.
 */
#ifndef ASSAY_X509_PARTS_H
#define ASSAY_X509_PARTS_H

#include "protocols/x509.h"

/* "unknown" when it is none of ours; bits: where the name alone says them. */
const char *x509_key_name(const struct x509_view *oid, uint32_t *bits);
uint32_t x509_curve_bits(const struct x509_view *oid); /* 0: unknown */
const char *x509_signature_name(const struct x509_view *oid, bool *is_weak);
uint32_t x509_purpose_of(const struct x509_view *oid); /* enum x509_purpose */

#endif
