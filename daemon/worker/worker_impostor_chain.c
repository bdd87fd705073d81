/*
 * worker_impostor_chain: certificates with which a bench plays somebody else.
 */
#include "daemon/worker/worker_impostor_chain.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/alloc.h"

#define DAY 86400L
#define OTHER_HOST "impostor.assay.test"

struct issuer {
	EVP_PKEY *key;
	X509 *certificate;
};

struct worker_impostor_authority {
	struct issuer job;     /* vouched for by the bench's */
	struct issuer unknown; /* by nobody */
	X509 *bench;
};

/* What a certificate says; what is NULL it does not say. */
struct words {
	const char *subject;
	const char *name; /* subjectAltName */
	const char *constraints, *usage, *purpose;
	long from, to; /* seconds from now */
	const EVP_MD *digest;
};

static const struct words leaf_words = {
	.subject = "assay impostor",
	.constraints = "critical,CA:FALSE",
	.usage = "critical,digitalSignature,keyEncipherment",
	.purpose = "serverAuth",
	.from = -DAY,
	.to = DAY,
};

/* ---- one certificate ---- */

static bool
extend(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *e;
	X509V3_CTX ctx;
	bool good;

	if (value == NULL)
		return true;
	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	good = e != NULL && X509_add_ext(x, e, -1) == 1;
	X509_EXTENSION_free(e);
	return good;
}

/* A device's own words, so they go where no text is read. */
static GENERAL_NAME *
general_name(const char *name)
{
	uint8_t addr[16];
	const int n = inet_pton(AF_INET, name, addr) == 1 ? 4
	    : inet_pton(AF_INET6, name, addr) == 1        ? 16
							  : 0;
	GENERAL_NAME *g = GENERAL_NAME_new();
	ASN1_STRING *s = n > 0 ? ASN1_OCTET_STRING_new() : ASN1_IA5STRING_new();

	if (g == NULL || s == NULL ||
	    ASN1_STRING_set(s, n > 0 ? (const void *)addr : name,
		n > 0 ? n : (int)strlen(name)) != 1) {
		GENERAL_NAME_free(g);
		ASN1_STRING_free(s);
		return NULL;
	}
	GENERAL_NAME_set0_value(g, n > 0 ? GEN_IPADD : GEN_DNS, s);
	return g;
}

static bool
set_name(X509 *x, const char *name)
{
	GENERAL_NAMES *names;
	GENERAL_NAME *g;
	bool good = false;

	if (name == NULL)
		return true;
	names = GENERAL_NAMES_new();
	g = general_name(name);
	if (names != NULL && g != NULL && sk_GENERAL_NAME_push(names, g) > 0) {
		g = NULL;
		good = X509_add1_ext_i2d(x, NID_subject_alt_name, names, 0,
			   X509V3_ADD_DEFAULT) == 1;
	}
	GENERAL_NAME_free(g);
	GENERAL_NAMES_free(names);
	return good;
}

static bool
set_serial(X509 *x)
{
	uint64_t serial;

	return RAND_bytes((unsigned char *)&serial, sizeof(serial)) == 1 &&
	    ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), serial >> 1) == 1;
}

static bool
set_words(X509 *x, const struct words *w, X509 *issuer)
{
	return extend(x, issuer, NID_basic_constraints, w->constraints) &&
	    extend(x, issuer, NID_key_usage, w->usage) &&
	    extend(x, issuer, NID_ext_key_usage, w->purpose) &&
	    extend(x, issuer, NID_subject_key_identifier, "hash") &&
	    extend(x, issuer, NID_authority_key_identifier, "keyid") &&
	    set_name(x, w->name);
}

static bool
fill(X509 *x, EVP_PKEY *key, const struct words *w, const struct issuer *by)
{
	X509 *issuer = by == NULL ? x : by->certificate;
	X509_NAME *subject = X509_get_subject_name(x);

	return X509_set_version(x, X509_VERSION_3) == 1 && set_serial(x) &&
	    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
		(const unsigned char *)w->subject, -1, -1, 0) == 1 &&
	    X509_set_issuer_name(x, X509_get_subject_name(issuer)) == 1 &&
	    X509_gmtime_adj(X509_getm_notBefore(x), w->from) != NULL &&
	    X509_gmtime_adj(X509_getm_notAfter(x), w->to) != NULL &&
	    X509_set_pubkey(x, key) == 1 && set_words(x, w, issuer) &&
	    X509_sign(x, by == NULL ? key : by->key,
		w->digest == NULL ? EVP_sha256() : w->digest) > 0;
}

/* by NULL: itself.  NULL: it cannot be. */
static X509 *
certify(EVP_PKEY *key, const struct words *w, const struct issuer *by)
{
	X509 *x = X509_new();

	if (x != NULL && key != NULL && fill(x, key, w, by))
		return x;
	X509_free(x);
	return NULL;
}

static void
drop_issuer(struct issuer *i)
{
	X509_free(i->certificate);
	EVP_PKEY_free(i->key);
	i->certificate = NULL;
	i->key = NULL;
}

static int
make_issuer(struct issuer *i, const struct words *w, const struct issuer *by)
{
	i->key = EVP_EC_gen("P-256");
	i->certificate = i->key == NULL ? NULL : certify(i->key, w, by);
	if (i->certificate != NULL)
		return 0;
	drop_issuer(i);
	return -1;
}

/* ---- who vouches ---- */

void
worker_impostor_authority_free(struct worker_impostor_authority *a)
{
	if (a == NULL)
		return;
	drop_issuer(&a->job);
	drop_issuer(&a->unknown);
	X509_free(a->bench);
	free(a);
}

struct worker_impostor_authority *
worker_impostor_authority_read(const void *pem, size_t n, struct err *e)
{
	static const struct words nobody = {
		.subject = "assay unknown authority",
		.constraints = "critical,CA:TRUE",
		.usage = "critical,keyCertSign,cRLSign",
		.from = -DAY,
		.to = DAY,
	};
	struct worker_impostor_authority *a = xcalloc(1, sizeof(*a));
	BIO *in = BIO_new_mem_buf(pem, n > INT_MAX ? 0 : (int)n);

	if (in != NULL) {
		a->job.key = PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
		a->job.certificate = PEM_read_bio_X509(in, NULL, NULL, NULL);
		a->bench = PEM_read_bio_X509(in, NULL, NULL, NULL);
	}
	BIO_free(in);
	if (a->job.key != NULL && a->job.certificate != NULL &&
	    a->bench != NULL && make_issuer(&a->unknown, &nobody, NULL) == 0)
		return a;
	worker_impostor_authority_free(a);
	err_set(e, "authority: it cannot be read");
	return NULL;
}

/* ---- a chain ---- */

static struct words
leaf_of(enum assay_impostor_fault fault, const char *name)
{
	struct words w = leaf_words;

	w.name = name;
	switch (fault) {
	case ASSAY_IMPOSTOR_WRONG_NAME:
		w.name = OTHER_HOST;
		break;
	case ASSAY_IMPOSTOR_COMMON_NAME:
		w.subject = name;
		w.name = NULL;
		break;
	case ASSAY_IMPOSTOR_EXPIRED:
		w.from = -400 * DAY;
		w.to = -30 * DAY;
		break;
	case ASSAY_IMPOSTOR_NOT_YET:
		w.from = 30 * DAY;
		w.to = 400 * DAY;
		break;
	case ASSAY_IMPOSTOR_FOR_CLIENTS:
		w.purpose = "clientAuth";
		break;
	case ASSAY_IMPOSTOR_SHA1:
		w.digest = EVP_sha1();
		break;
	case ASSAY_IMPOSTOR_NOTHING:
	case ASSAY_IMPOSTOR_SELF_SIGNED:
	case ASSAY_IMPOSTOR_UNTRUSTED:
	case ASSAY_IMPOSTOR_LEAF_ISSUED:
	case ASSAY_IMPOSTOR_NO_CONSTRAINTS:
	case ASSAY_IMPOSTOR_RSA_1024:
	case ASSAY_IMPOSTOR_TLS_10:
	case ASSAY_IMPOSTOR_TLS_11:
	case ASSAY_IMPOSTOR_RESET:
	case ASSAY_IMPOSTOR_CUT:
	case ASSAY_IMPOSTOR_FAULTS:
		break;
	}
	return w;
}

static int
show(struct worker_impostor_chain *c, X509 *x)
{
	if (x == NULL || X509_up_ref(x) != 1)
		return -1;
	if (sk_X509_push(c->others, x) > 0)
		return 0;
	X509_free(x);
	return -1;
}

/* Who issues it when that is what is wrong. */
static int
make_between(struct issuer *between, enum assay_impostor_fault fault,
    const struct issuer *by)
{
	struct words w = leaf_words;

	w.subject = fault == ASSAY_IMPOSTOR_LEAF_ISSUED ? "assay other server"
							: "assay says nothing";
	w.name = OTHER_HOST;
	if (fault == ASSAY_IMPOSTOR_NO_CONSTRAINTS) {
		w.constraints = NULL;
		w.usage = NULL;
		w.purpose = NULL;
		w.name = NULL;
	}
	return make_issuer(between, &w, by);
}

static int
issue(struct worker_impostor_chain *c,
    const struct worker_impostor_authority *a, enum assay_impostor_fault fault,
    const char *name)
{
	const struct words w = leaf_of(fault, name);
	const struct issuer *by = &a->job;
	struct issuer between = { NULL, NULL };
	int r = 0;

	if (fault == ASSAY_IMPOSTOR_SELF_SIGNED)
		by = NULL;
	if (fault == ASSAY_IMPOSTOR_UNTRUSTED)
		by = &a->unknown;
	if (fault == ASSAY_IMPOSTOR_LEAF_ISSUED ||
	    fault == ASSAY_IMPOSTOR_NO_CONSTRAINTS) {
		r = make_between(&between, fault, by);
		by = &between;
		if (r == 0)
			r = show(c, between.certificate);
	}
	if (r == 0)
		c->leaf = certify(c->key, &w, by);
	drop_issuer(&between);
	if (r == -1 || c->leaf == NULL)
		return -1;
	if (fault == ASSAY_IMPOSTOR_SELF_SIGNED)
		return 0;
	if (fault == ASSAY_IMPOSTOR_UNTRUSTED)
		return show(c, a->unknown.certificate);
	return show(c, a->job.certificate) == 0 ? show(c, a->bench) : -1;
}

int
worker_impostor_chain_make(struct worker_impostor_chain *c,
    const struct worker_impostor_authority *a, enum assay_impostor_fault fault,
    const char *name)
{
	memset(c, 0, sizeof(*c));
	c->others = sk_X509_new_null();
	c->key = fault == ASSAY_IMPOSTOR_RSA_1024 ? EVP_RSA_gen(1024)
						  : EVP_EC_gen("P-256");
	if (c->others != NULL && c->key != NULL &&
	    issue(c, a, fault, name) == 0)
		return 0;
	worker_impostor_chain_drop(c);
	return -1;
}

void
worker_impostor_chain_drop(struct worker_impostor_chain *c)
{
	sk_X509_pop_free(c->others, X509_free);
	X509_free(c->leaf);
	EVP_PKEY_free(c->key);
	memset(c, 0, sizeof(*c));
}
