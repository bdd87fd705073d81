/*
 * certificate_make: certificates for a lab and, by it, for its benches.
 *
 * A lab may certify benches and nothing else (pathlen 0), a bench nobody.
 */
#include "signing/certificate.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/alloc.h"
#include "signing/sign_openssl.h"

#define SERIAL_BITS 127
#define DAYS_MAX 36500
/* For a bench whose clock is a little behind the lab's. */
#define BACK_S 3600

struct plan {
	const char *name;           /* CN of the subject */
	const struct sign_key *key; /* the subject's */
	unsigned days;
	X509 *issuer; /* NULL: itself */
	const char *constraints, *usage;
};

static bool
set_serial(X509 *x)
{
	BIGNUM *n = BN_new();
	bool good = n != NULL &&
	    BN_rand(n, SERIAL_BITS, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
	    BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) != NULL;

	BN_free(n);
	return good;
}

static bool
set_names(X509 *x, const struct plan *p)
{
	X509_NAME *name = X509_get_subject_name(x);
	int n = (int)strlen(p->name);

	return X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
		   (const unsigned char *)p->name, n, -1, 0) == 1 &&
	    X509_set_issuer_name(x,
		p->issuer == NULL ? name : X509_get_subject_name(p->issuer)) ==
	    1;
}

static bool
set_validity(X509 *x, unsigned days)
{
	return X509_gmtime_adj(X509_getm_notBefore(x), -BACK_S) != NULL &&
	    X509_time_adj_ex(X509_getm_notAfter(x), (int)days, 0, NULL) != NULL;
}

static bool
add_extension(X509 *x, X509V3_CTX *ctx, int nid, const char *value)
{
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, ctx, nid, value);
	bool good = ext != NULL && X509_add_ext(x, ext, -1) == 1;

	X509_EXTENSION_free(ext);
	return good;
}

static bool
fill(X509 *x, const struct plan *p)
{
	X509V3_CTX ctx;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(
	    &ctx, p->issuer == NULL ? x : p->issuer, x, NULL, NULL, 0);
	return X509_set_version(x, X509_VERSION_3) == 1 && set_serial(x) &&
	    set_names(x, p) && set_validity(x, p->days) &&
	    X509_set_pubkey(x, sign_key_pkey(p->key)) == 1 &&
	    add_extension(x, &ctx, NID_basic_constraints, p->constraints) &&
	    add_extension(x, &ctx, NID_key_usage, p->usage) &&
	    add_extension(x, &ctx, NID_subject_key_identifier, "hash") &&
	    (p->issuer == NULL ||
		add_extension(
		    x, &ctx, NID_authority_key_identifier, "keyid:always"));
}

static char *
to_pem(X509 *x)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data, *text = NULL;
	long n;

	if (bio != NULL && PEM_write_bio_X509(bio, x) == 1) {
		n = BIO_get_mem_data(bio, &data);
		text = xasprintf("%.*s", (int)n, data);
	}
	BIO_free(bio);
	return text;
}

static char *
make(const struct plan *p, const struct sign_key *signer, struct err *e)
{
	X509 *x;
	char *pem = NULL;

	if (p->days == 0 || p->days > DAYS_MAX) {
		err_set(e, "a certificate is for 1 to %d days", DAYS_MAX);
		return NULL;
	}
	x = X509_new();
	if (x != NULL && fill(x, p) &&
	    X509_sign(x, sign_key_pkey(signer), NULL) > 0)
		pem = to_pem(x);
	if (pem == NULL)
		sign_openssl_error(e, "cannot make the certificate");
	X509_free(x);
	return pem;
}

char *
certificate_make_lab(
    const struct sign_key *lab, const char *name, unsigned days, struct err *e)
{
	struct plan p = { .name = name, .key = lab, .days = days };

	p.constraints = "critical,CA:TRUE,pathlen:0";
	p.usage = "critical,keyCertSign";
	return make(&p, lab, e);
}

/* The lab's certificate belongs to its key and may certify today. */
static int
check_issuer(X509 *x, const struct sign_key *lab, struct err *e)
{
	EVP_PKEY *pkey = X509_get0_pubkey(x);

	if (pkey == NULL || EVP_PKEY_eq(pkey, sign_key_pkey(lab)) != 1)
		return err_set(e,
		    "the lab's certificate is for another key than the "
		    "lab's");
	if (X509_check_ca(x) != 1 ||
	    (X509_get_key_usage(x) & KU_KEY_CERT_SIGN) == 0)
		return err_set(e,
		    "the lab's certificate may not certify "
		    "(CA:TRUE is missing)");
	if (ASN1_TIME_cmp_time_t(X509_get0_notAfter(x), time(NULL)) < 0)
		return err_set(e, "the lab's certificate has expired");
	return 0;
}

char *
certificate_make_bench(const struct sign_key *lab, const char *lab_pem,
    const struct sign_key *bench, const char *bench_name, unsigned days,
    struct err *e)
{
	struct plan p = { .name = bench_name, .key = bench, .days = days };
	BIO *bio = BIO_new_mem_buf(lab_pem, -1);
	char *pem = NULL;

	p.constraints = "critical,CA:FALSE";
	p.usage = "critical,digitalSignature";
	if (bio != NULL)
		p.issuer = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	BIO_free(bio);
	if (p.issuer == NULL)
		sign_openssl_error(e, "the lab's certificate");
	else if (check_issuer(p.issuer, lab, e) == 0)
		pem = make(&p, lab, e);
	X509_free(p.issuer);
	ERR_clear_error();
	return pem;
}
