/*
 * certificate: a lab says whose a bench key is (X.509, RFC 5280 with RFC 8410).
 *
 * There is one chain and no other: the bench's certificate, signed by a lab
 * certificate that the verifier holds.  So the few rules of it are checked by
 * hand, at the time in question, and no store, path building or system
 * certificate has a say.
 */
#include "signing/certificate.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/alloc.h"
#include "signing/sign_openssl.h"

#define TRUST_MAX (1u << 20) /* bytes of a trust file */
#define STRENGTH_MIN 112     /* bits, of a certificate's signature */

struct certificate_trust {
	X509 **labs;
	size_t nlabs;
	struct sign_key **keys;
	size_t nkeys;
};

static int
add_lab(struct certificate_trust *t, X509 *x, struct err *e)
{
	t->labs = xrealloc(t->labs, t->nlabs + 1, sizeof(*t->labs));
	t->labs[t->nlabs++] = x;
	if (X509_check_ca(x) == 1 &&
	    (X509_get_extension_flags(x) & EXFLAG_INVALID) == 0)
		return 0;
	ERR_clear_error();
	return err_set(e,
	    "a certificate that is not a lab's (CA:TRUE is missing); to trust "
	    "one bench, give its PUBLIC KEY");
}

static int
add_block(struct certificate_trust *t, const char *name,
    const unsigned char *der, long size, struct err *e)
{
	const unsigned char *p = der;
	struct sign_key *k;
	EVP_PKEY *pkey;
	X509 *x;

	if (strcmp(name, PEM_STRING_X509) == 0) {
		x = d2i_X509(NULL, &p, size);
		if (x == NULL || p != der + size) {
			X509_free(x);
			return sign_openssl_error(e, "not a certificate");
		}
		return add_lab(t, x, e);
	}
	if (strcmp(name, PEM_STRING_PUBLIC) != 0)
		return err_set(
		    e, "expected CERTIFICATE or PUBLIC KEY, found %.40s", name);
	pkey = d2i_PUBKEY(NULL, &p, size);
	if (pkey == NULL)
		return sign_openssl_error(e, "not a public key");
	k = sign_key_from_pkey(pkey, e);
	if (k == NULL)
		return -1;
	t->keys = xrealloc(t->keys, t->nkeys + 1, sizeof(*t->keys));
	t->keys[t->nkeys++] = k;
	return 0;
}

static int
read_blocks(struct certificate_trust *t, BIO *bio, struct err *e)
{
	char *name = NULL, *header = NULL;
	unsigned char *der = NULL;
	long size;
	int r = 0;

	while (r == 0 && PEM_read_bio(bio, &name, &header, &der, &size) == 1) {
		r = add_block(t, name, der, size, e);
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_free(der);
	}
	if (r == 0 &&
	    ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		r = sign_openssl_error(e, "not PEM");
	ERR_clear_error();
	if (r == 0 && t->nlabs == 0 && t->nkeys == 0)
		r = err_set(e, "no certificate and no public key in it");
	return r;
}

struct certificate_trust *
certificate_trust_read(const char *path, struct err *e)
{
	struct certificate_trust *t;
	struct err why;
	size_t size;
	char *pem = sign_openssl_read(path, TRUST_MAX, &size, e);
	BIO *bio;
	int r = -1;

	if (pem == NULL)
		return NULL;
	t = xcalloc(1, sizeof(*t));
	bio = BIO_new_mem_buf(pem, (int)size);
	if (bio != NULL)
		r = read_blocks(t, bio, &why);
	else
		err_set(&why, "cannot be read");
	BIO_free(bio);
	free(pem);
	if (r == 0)
		return t;
	err_set_at(e, path, 0, 0, "%s", why.text);
	certificate_trust_free(t);
	return NULL;
}

void
certificate_trust_free(struct certificate_trust *t)
{
	size_t i;

	if (t == NULL)
		return;
	for (i = 0; i < t->nlabs; i++)
		X509_free(t->labs[i]);
	for (i = 0; i < t->nkeys; i++)
		sign_key_free(t->keys[i]);
	free(t->labs);
	free(t->keys);
	free(t);
}

/* NULL with *e: not one certificate in PEM. */
static X509 *
read_one(const char *pem, struct err *e)
{
	size_t size = strlen(pem);
	BIO *bio;
	X509 *x = NULL;

	if (size > SIGN_PEM_MAX) {
		err_set(e, "a certificate larger than %d bytes", SIGN_PEM_MAX);
		return NULL;
	}
	bio = BIO_new_mem_buf(pem, (int)size);
	if (bio != NULL)
		x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	BIO_free(bio);
	ERR_clear_error();
	if (x == NULL)
		err_set(e, "not a certificate in PEM");
	return x;
}

static char *
name_text(const X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data = NULL, *text;
	long n = 0;

	if (bio != NULL &&
	    X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0)
		n = BIO_get_mem_data(bio, &data);
	text = xasprintf("%.*s", (int)n, data == NULL ? "" : data);
	BIO_free(bio);
	return text;
}

/* -1 with *e: `what` is not valid at when. */
static int
check_time(const X509 *x, const char *what, int64_t when, struct err *e)
{
	int from = ASN1_TIME_cmp_time_t(X509_get0_notBefore(x), (time_t)when);
	int to = ASN1_TIME_cmp_time_t(X509_get0_notAfter(x), (time_t)when);

	if (from == -2 || to == -2)
		return err_set(e, "the %s has no readable validity", what);
	if (from > 0)
		return err_set(e, "the %s was not valid yet", what);
	if (to < 0)
		return err_set(e, "the %s had expired", what);
	return 0;
}

/* What is there to be held against a bench's certificate by itself. */
static int
check_bench(X509 *x, const struct sign_key *bench, int64_t when, struct err *e)
{
	EVP_PKEY *pkey = X509_get0_pubkey(x);
	uint32_t flags = X509_get_extension_flags(x);
	int bits = 0;

	if (pkey == NULL || EVP_PKEY_eq(pkey, sign_key_pkey(bench)) != 1)
		return err_set(e,
		    "the certificate is for another key than "
		    "%.16s",
		    sign_key_id(bench));
	if ((flags & (EXFLAG_INVALID | EXFLAG_CRITICAL)) != 0)
		return err_set(e,
		    "the certificate has an extension that is "
		    "not understood");
	if (X509_check_ca(x) != 0)
		return err_set(
		    e, "the certificate is a lab's and not a bench's");
	if ((X509_get_key_usage(x) & KU_DIGITAL_SIGNATURE) == 0)
		return err_set(e,
		    "the certificate's key is not for "
		    "signatures");
	if (X509_get_signature_info(x, NULL, NULL, &bits, NULL) != 1 ||
	    bits < STRENGTH_MIN)
		return err_set(
		    e, "the certificate is signed with a weak algorithm");
	return check_time(x, "bench's certificate", when, e);
}

/* 0: this lab has signed it, and could. */
static int
check_lab(X509 *lab, X509 *x, int64_t when, struct err *e)
{
	if (X509_check_issued(lab, x) != X509_V_OK)
		return err_set(e, "the bench's certificate is by another lab");
	if (X509_verify(x, X509_get0_pubkey(lab)) != 1)
		return err_set(e,
		    "the bench's certificate names this lab "
		    "but is not signed by its key");
	if ((X509_get_extension_flags(lab) & EXFLAG_CRITICAL) != 0)
		return err_set(e,
		    "the lab's certificate has an extension "
		    "that is not understood");
	return check_time(lab, "lab's certificate", when, e);
}

static char *
vouching(const X509 *lab, const X509 *x)
{
	char *who = name_text(X509_get_subject_name(lab));
	char *whose = name_text(X509_get_subject_name(x));
	char *text = xasprintf("lab %s, for bench %s", who, whose);

	free(who);
	free(whose);
	return text;
}

static int
check_chain(const struct certificate_trust *t, const struct sign_key *bench,
    X509 *x, int64_t when, char **by, struct err *e)
{
	struct err why;
	size_t i;

	if (check_bench(x, bench, when, e) == -1)
		return -1;
	err_set(e, "the trust file names no lab");
	for (i = 0; i < t->nlabs; i++) {
		if (check_lab(t->labs[i], x, when, &why) == 0) {
			*by = vouching(t->labs[i], x);
			return 0;
		}
		/* The nearest miss is the one to tell. */
		if (i == 0 || X509_check_issued(t->labs[i], x) == X509_V_OK)
			*e = why;
	}
	return -1;
}

int
certificate_check(const struct certificate_trust *t,
    const struct sign_key *bench, const char *pem, int64_t when, char **by,
    struct err *e)
{
	size_t i;
	X509 *x;
	int r;

	*by = NULL;
	for (i = 0; i < t->nkeys; i++)
		if (EVP_PKEY_eq(
			sign_key_pkey(t->keys[i]), sign_key_pkey(bench)) == 1) {
			*by = xasprintf("public key %.16s", sign_key_id(bench));
			return 0;
		}
	if (pem == NULL)
		return err_set(e,
		    "key %.16s has no certificate and is not "
		    "trusted by itself",
		    sign_key_id(bench));
	x = read_one(pem, e);
	if (x == NULL)
		return -1;
	r = check_chain(t, bench, x, when, by, e);
	X509_free(x);
	ERR_clear_error();
	return r;
}

int
certificate_is_for(const char *pem, const struct sign_key *bench, struct err *e)
{
	X509 *x = read_one(pem, e);
	int r = 0;

	if (x == NULL)
		return -1;
	if (X509_get0_pubkey(x) == NULL ||
	    EVP_PKEY_eq(X509_get0_pubkey(x), sign_key_pkey(bench)) != 1)
		r = err_set(e, "the certificate is for another key than %.16s",
		    sign_key_id(bench));
	X509_free(x);
	ERR_clear_error();
	return r;
}

/* x is freed. */
static char *
common_name(X509 *x, const X509_NAME *name, struct err *e)
{
	int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1), n = -1;
	unsigned char *utf8 = NULL;
	char *text = NULL;

	if (at >= 0)
		n = ASN1_STRING_to_UTF8(&utf8,
		    X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
	if (n >= 0 && memchr(utf8, 0, (size_t)n) == NULL)
		text = xasprintf("%.*s", n, (const char *)utf8);
	else
		err_set(e, "the certificate names nobody");
	OPENSSL_free(utf8);
	X509_free(x);
	ERR_clear_error();
	return text;
}

char *
certificate_bench(const char *pem, struct err *e)
{
	X509 *x = read_one(pem, e);

	return x == NULL ? NULL : common_name(x, X509_get_subject_name(x), e);
}

char *
certificate_lab(const char *pem, struct err *e)
{
	X509 *x = read_one(pem, e);

	return x == NULL ? NULL : common_name(x, X509_get_issuer_name(x), e);
}
