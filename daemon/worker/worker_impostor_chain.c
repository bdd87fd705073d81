/*
 * worker_impostor_chain: certificates with which a bench plays somebody else.
 */
#include "daemon/worker/worker_impostor_chain.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/alloc.h"
#include "daemon/worker/worker_impostor_staple.h"

#define DAY 86400L
#define OTHER_HOST "impostor.assay.test"
#define HOST_MAX 256
#define FILLING 300       /* names beside the right one: some 9 KiB */
#define OTHERS_OF_LARGE 1 /* certificates beside the chain, as large */

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
	size_t nname;     /* 0: it ends with a NUL */
	bool is_host;     /* whatever it looks like */
	size_t filling;   /* names beside it */
	const char *constraints, *usage, *purpose;
	const char *names;    /* nameConstraints */
	const char *features; /* RFC 7633 */
	bool is_odd;          /* an extension that nobody knows is critical */
	long from, to;        /* seconds from now */
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
general_name(const struct words *w)
{
	uint8_t addr[16];
	const int n = w->is_host || w->nname > 0      ? 0
	    : inet_pton(AF_INET, w->name, addr) == 1  ? 4
	    : inet_pton(AF_INET6, w->name, addr) == 1 ? 16
						      : 0;
	const size_t nname = w->nname > 0 ? w->nname : strlen(w->name);
	GENERAL_NAME *g = GENERAL_NAME_new();
	ASN1_STRING *s = n > 0 ? ASN1_OCTET_STRING_new() : ASN1_IA5STRING_new();

	if (g == NULL || s == NULL ||
	    ASN1_STRING_set(s, n > 0 ? (const void *)addr : w->name,
		n > 0 ? n : (int)nname) != 1) {
		GENERAL_NAME_free(g);
		ASN1_STRING_free(s);
		return NULL;
	}
	GENERAL_NAME_set0_value(g, n > 0 ? GEN_IPADD : GEN_DNS, s);
	return g;
}

static bool
push(GENERAL_NAMES *names, const struct words *w)
{
	GENERAL_NAME *g = general_name(w);

	if (g != NULL && sk_GENERAL_NAME_push(names, g) > 0)
		return true;
	GENERAL_NAME_free(g);
	return false;
}

static bool
set_name(X509 *x, const struct words *w)
{
	struct words filling = { .is_host = true };
	char text[HOST_MAX];
	GENERAL_NAMES *names;
	bool good;
	size_t i;

	if (w->name == NULL)
		return true;
	names = GENERAL_NAMES_new();
	good = names != NULL && push(names, w);
	filling.name = text;
	for (i = 0; i < w->filling; i++) {
		snprintf(text, sizeof(text), "n%03zu.filling." OTHER_HOST, i);
		good = good && push(names, &filling);
	}
	good = good &&
	    X509_add1_ext_i2d(
		x, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT) == 1;
	GENERAL_NAMES_free(names);
	return good;
}

/* 2.999 is for examples (ITU-T X.660). */
static bool
set_odd(X509 *x)
{
	ASN1_OBJECT *id = OBJ_txt2obj("2.999.1", 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *e = NULL;
	bool good;

	good = id != NULL && value != NULL &&
	    ASN1_OCTET_STRING_set(value, (const unsigned char *)"\5", 2) == 1;
	if (good)
		e = X509_EXTENSION_create_by_OBJ(NULL, id, 1, value);
	good = e != NULL && X509_add_ext(x, e, -1) == 1;
	X509_EXTENSION_free(e);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(id);
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
	    extend(x, issuer, NID_name_constraints, w->names) &&
	    extend(x, issuer, NID_tlsfeature, w->features) &&
	    (!w->is_odd || set_odd(x)) && set_name(x, w);
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

static bool
is_address(const char *name)
{
	uint8_t addr[16];

	return inet_pton(AF_INET, name, addr) == 1 ||
	    inet_pton(AF_INET6, name, addr) == 1;
}

/* "api.example.com" is not "*.com": one label is what a wildcard stands for
 * (RFC 9525 section 6.3). */
static void
set_wildcard(struct words *w, const char *name, char room[HOST_MAX])
{
	const char *dot = strrchr(name, '.');

	snprintf(room, HOST_MAX, "*%s", dot == NULL ? "" : dot);
	w->name = room;
	w->is_host = true;
}

/* Who reads to the NUL alone, reads the right name (CVE-2009-2408). */
static void
set_nul(struct words *w, const char *name, char room[HOST_MAX])
{
	const size_t n = strlen(name);

	if (n + sizeof(OTHER_HOST) + 1 > HOST_MAX) {
		w->name = OTHER_HOST;
		return;
	}
	memcpy(room, name, n + 1);
	room[n + 1] = '.';
	memcpy(room + n + 2, OTHER_HOST, sizeof(OTHER_HOST) - 1);
	w->name = room;
	w->nname = n + 1 + sizeof(OTHER_HOST);
}

/* What is wrong with its names; room: for one that is made up. */
static void
set_names(struct words *w, enum assay_impostor_fault fault,
    const struct worker_impostor_name *whom, char room[HOST_MAX])
{
	w->name = whom->name;
	if (fault == ASSAY_IMPOSTOR_WRONG_NAME) {
		w->name = OTHER_HOST;
	} else if (fault == ASSAY_IMPOSTOR_COMMON_NAME) {
		w->subject = whom->name;
		w->name = NULL;
	} else if (fault == ASSAY_IMPOSTOR_OTHER_KIND) {
		w->is_host = is_address(whom->name);
		w->name = w->is_host ? whom->name : whom->address;
	} else if (fault == ASSAY_IMPOSTOR_WILDCARD) {
		set_wildcard(w, whom->name, room);
	} else if (fault == ASSAY_IMPOSTOR_NUL) {
		set_nul(w, whom->name, room);
	} else if (fault == ASSAY_IMPOSTOR_LARGE) {
		w->filling = FILLING;
	}
}

static struct words
leaf_of(enum assay_impostor_fault fault,
    const struct worker_impostor_name *whom, char room[HOST_MAX])
{
	struct words w = leaf_words;

	set_names(&w, fault, whom, room);
	if (fault == ASSAY_IMPOSTOR_EXPIRED) {
		w.from = -400 * DAY;
		w.to = -30 * DAY;
	} else if (fault == ASSAY_IMPOSTOR_NOT_YET) {
		w.from = 30 * DAY;
		w.to = 400 * DAY;
	} else if (fault == ASSAY_IMPOSTOR_FOR_CLIENTS) {
		w.purpose = "clientAuth";
	} else if (fault == ASSAY_IMPOSTOR_SHA1) {
		w.digest = EVP_sha1();
	} else if (fault == ASSAY_IMPOSTOR_MD5) {
		w.digest = EVP_md5();
	} else if (fault == ASSAY_IMPOSTOR_CRITICAL) {
		w.is_odd = true;
	} else if (fault == ASSAY_IMPOSTOR_NO_STAPLE) {
		w.features = "status_request";
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

/* ---- who issues it, when that is what is wrong ---- */

#define AUTHORITY .constraints = "critical,CA:TRUE", .from = -DAY, .to = DAY
#define SIGNS .usage = "critical,keyCertSign,cRLSign"

/* What stands between the leaf and the job's authority. */
static const struct {
	enum assay_impostor_fault fault;
	struct words words;
} betweens[] = {
	{ ASSAY_IMPOSTOR_LEAF_ISSUED,
	    { .subject = "assay other server",
		.name = OTHER_HOST,
		.constraints = "critical,CA:FALSE",
		.usage = "critical,digitalSignature,keyEncipherment",
		.purpose = "serverAuth",
		.from = -DAY,
		.to = DAY } },
	{ ASSAY_IMPOSTOR_NO_CONSTRAINTS,
	    { .subject = "assay says nothing", .from = -DAY, .to = DAY } },
	{ ASSAY_IMPOSTOR_PATH_LENGTH,
	    { AUTHORITY, SIGNS, .subject = "assay below the last" } },
	{ ASSAY_IMPOSTOR_NAME_CONSTRAINTS,
	    { AUTHORITY, SIGNS, .subject = "assay for others",
		.names = "critical,permitted;DNS:" OTHER_HOST
			 ",excluded;IP:0.0.0.0/0.0.0.0,excluded;IP:::/::" } },
	{ ASSAY_IMPOSTOR_ISSUER_USAGE,
	    { AUTHORITY, .subject = "assay signs no certificates",
		.usage = "critical,digitalSignature,cRLSign" } },
	{ ASSAY_IMPOSTOR_MD5, /* by RSA: ECDSA never had it */
	    { AUTHORITY, SIGNS, .subject = "assay signs by RSA" } },
};

/* NULL: nothing. */
static const struct words *
between_of(enum assay_impostor_fault fault)
{
	size_t i;

	for (i = 0; i < sizeof(betweens) / sizeof(betweens[0]); i++)
		if (betweens[i].fault == fault)
			return &betweens[i].words;
	return NULL;
}

static int
make_between(struct issuer *between, enum assay_impostor_fault fault,
    const struct words *w, const struct issuer *by)
{
	if (fault != ASSAY_IMPOSTOR_MD5)
		return make_issuer(between, w, by);
	between->key = EVP_RSA_gen(2048);
	between->certificate = certify(between->key, w, by);
	if (between->certificate != NULL)
		return 0;
	drop_issuer(between);
	return -1;
}

/* The last that may be an authority, above the one that is. */
static int
make_last(struct issuer *last, const struct issuer *by)
{
	static const struct words words = {
		.subject = "assay last authority",
		.constraints = "critical,CA:TRUE,pathlen:0",
		SIGNS,
		.from = -DAY,
		.to = DAY,
	};

	return make_issuer(last, &words, by);
}

/* Its key is for whoever has it. */
static int
fill_up(struct worker_impostor_chain *c, const struct issuer *by)
{
	struct words w = leaf_words;
	X509 *x;
	size_t i;
	int r = 0;

	w.subject = "assay filling";
	w.name = OTHER_HOST;
	w.filling = FILLING;
	for (i = 0; i < OTHERS_OF_LARGE && r == 0; i++) {
		x = certify(c->key, &w, by);
		r = show(c, x);
		X509_free(x);
	}
	return r;
}

static int
issue_below(struct worker_impostor_chain *c, const struct issuer *job,
    enum assay_impostor_fault fault, const struct words *leaf)
{
	struct issuer last = { NULL, NULL }, between = { NULL, NULL };
	const struct words *words = between_of(fault);
	const struct issuer *by = job;
	int r = 0;

	if (fault == ASSAY_IMPOSTOR_PATH_LENGTH) {
		r = make_last(&last, by);
		by = &last;
	}
	if (r == 0 && words != NULL) {
		r = make_between(&between, fault, words, by);
		by = &between;
	}
	if (r == 0 && between.certificate != NULL)
		r = show(c, between.certificate);
	if (r == 0 && last.certificate != NULL)
		r = show(c, last.certificate);
	if (r == 0)
		c->leaf = certify(c->key, leaf, by);
	drop_issuer(&between);
	drop_issuer(&last);
	return c->leaf == NULL ? -1 : 0;
}

static int
issue(struct worker_impostor_chain *c,
    const struct worker_impostor_authority *a, enum assay_impostor_fault fault,
    const struct worker_impostor_name *whom)
{
	char room[HOST_MAX];
	const struct words w = leaf_of(fault, whom, room);

	if (fault == ASSAY_IMPOSTOR_SELF_SIGNED) {
		c->leaf = certify(c->key, &w, NULL);
		return c->leaf == NULL ? -1 : 0;
	}
	if (fault == ASSAY_IMPOSTOR_UNTRUSTED) {
		c->leaf = certify(c->key, &w, &a->unknown);
		return c->leaf == NULL ? -1 : show(c, a->unknown.certificate);
	}
	if (issue_below(c, &a->job, fault, &w) == -1 ||
	    show(c, a->job.certificate) == -1 || show(c, a->bench) == -1)
		return -1;
	if (fault == ASSAY_IMPOSTOR_LARGE)
		return fill_up(c, &a->job);
	if (fault == ASSAY_IMPOSTOR_REVOKED)
		c->nstaple = worker_impostor_staple(
		    c->leaf, a->job.certificate, a->job.key, &c->staple);
	return fault == ASSAY_IMPOSTOR_REVOKED && c->nstaple == 0 ? -1 : 0;
}

/* What the certificate says of the key in public, and another in private. */
static int
lose_key(struct worker_impostor_chain *c)
{
	EVP_PKEY *other = EVP_EC_gen("P-256"), *mixed = NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;
	unsigned char *public = NULL;
	const size_t n = EVP_PKEY_get1_encoded_public_key(c->key, &public);
	BIGNUM *private = NULL;

	if (other != NULL && ctx != NULL && build != NULL && n > 0 &&
	    EVP_PKEY_get_bn_param(other, OSSL_PKEY_PARAM_PRIV_KEY, &private) ==
		1 &&
	    OSSL_PARAM_BLD_push_utf8_string(
		build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) == 1 &&
	    OSSL_PARAM_BLD_push_octet_string(
		build, OSSL_PKEY_PARAM_PUB_KEY, public, n) == 1 &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, private) ==
		1)
		params = OSSL_PARAM_BLD_to_param(build);
	if (params != NULL && EVP_PKEY_fromdata_init(ctx) == 1)
		(void)EVP_PKEY_fromdata(ctx, &mixed, EVP_PKEY_KEYPAIR, params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	BN_clear_free(private);
	OPENSSL_free(public);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(other);
	if (mixed == NULL)
		return -1;
	EVP_PKEY_free(c->key);
	c->key = mixed;
	return 0;
}

int
worker_impostor_chain_make(struct worker_impostor_chain *c,
    const struct worker_impostor_authority *a, enum assay_impostor_fault fault,
    const struct worker_impostor_name *whom)
{
	memset(c, 0, sizeof(*c));
	c->others = sk_X509_new_null();
	c->key = fault == ASSAY_IMPOSTOR_RSA_1024 ? EVP_RSA_gen(1024)
						  : EVP_EC_gen("P-256");
	if (c->others != NULL && c->key != NULL &&
	    issue(c, a, fault, whom) == 0 &&
	    (fault != ASSAY_IMPOSTOR_NO_KEY || lose_key(c) == 0))
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
	OPENSSL_free(c->staple);
	memset(c, 0, sizeof(*c));
}
