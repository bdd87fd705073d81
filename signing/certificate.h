/*
 * certificate: a lab says whose a bench key is (X.509, RFC 5280 with RFC 8410).
 *
 * The lab's certificate is a trust anchor that the verifier has from elsewhere;
 * what a bundle brings along proves nothing by itself.
 */
#ifndef ASSAY_CERTIFICATE_H
#define ASSAY_CERTIFICATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "signing/sign_key.h"

struct certificate_trust; /* lab certificates and public keys, from PEM */

struct certificate_trust *certificate_trust_read(
    const char *path, struct err *e);
void certificate_trust_free(struct certificate_trust *t);

/* Both are valid from an hour ago, for clocks that differ.  A name is at most
 * 64 characters. */
/* A self-signed lab certificate for the lab's key; PEM, caller frees. */
char *certificate_make_lab(
    const struct sign_key *lab, const char *name, unsigned days, struct err *e);
/* A bench certificate by the lab; PEM, caller frees. */
char *certificate_make_bench(const struct sign_key *lab, const char *lab_pem,
    const struct sign_key *bench, const char *bench_name, unsigned days,
    struct err *e);

/* Is this bench key vouched for at `when` (s since 1970)?  pem: the bench's
 * certificate, or NULL when there is none (then only the key itself may be an
 * anchor).  0 with *by a text that names the anchor (caller frees); -1 with
 * *e why not. */
int certificate_check(const struct certificate_trust *t,
    const struct sign_key *bench, const char *pem, int64_t when, char **by,
    struct err *e);

/* Is it a certificate for this key, whoever has signed it?  -1 with *e. */
int certificate_is_for(
    const char *pem, const struct sign_key *bench, struct err *e);
/* The bench that it names (CN), caller frees.  What a verifier compares with
 * the records' "bench" after certificate_check(). */
char *certificate_bench(const char *pem, struct err *e);
/* The lab that it says has made it (its issuer's CN), which anybody can write:
 * certificate_check() alone finds out.  Caller frees; NULL with *e. */
char *certificate_lab(const char *pem, struct err *e);

#endif
