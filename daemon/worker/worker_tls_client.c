/*
 * worker_tls_client: certificates of clients that no device should let in.
 *
 * Whatever it says, each is signed by a key that lives for one handshake: a
 * device that lets one in has not looked at its signature.
 */
#include "daemon/worker/worker_tls_client.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#define DAY 86400L

static int
extend(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	const int r = e == NULL ? 0 : X509_add_ext(x, e, -1);

	X509_EXTENSION_free(e);
	return r;
}

static int
set_names(X509 *x, const X509_NAME *authority)
{
	X509_NAME *name = X509_get_subject_name(x);

	if (X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
		(const unsigned char *)"assay", -1, -1, 0) != 1)
		return 0;
	return X509_set_issuer_name(x, authority != NULL ? authority : name);
}

static int
fill(X509 *x, enum assay_talk_certificate kind, const X509_NAME *authority,
    EVP_PKEY *key)
{
	const bool is_expired = kind == ASSAY_TALK_EXPIRED;
	const bool is_foreign = kind == ASSAY_TALK_FOREIGN;

	return X509_set_version(x, 2) == 1 &&
	    ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), 1) == 1 &&
	    X509_gmtime_adj(X509_getm_notBefore(x),
		is_expired ? -400 * DAY : -DAY) != NULL &&
	    X509_gmtime_adj(X509_getm_notAfter(x),
		is_expired ? -30 * DAY : 30 * DAY) != NULL &&
	    set_names(x, is_foreign ? authority : NULL) == 1 &&
	    X509_set_pubkey(x, key) == 1 &&
	    extend(x, NID_basic_constraints, "critical,CA:FALSE") == 1 &&
	    extend(x, NID_key_usage, "critical,digitalSignature") == 1 &&
	    extend(x, NID_ext_key_usage,
		kind == ASSAY_TALK_FOR_SERVERS ? "serverAuth" : "clientAuth") ==
	    1 &&
	    X509_sign(x, key, EVP_sha256()) > 0;
}

int
worker_tls_client_make(enum assay_talk_certificate kind,
    const X509_NAME *authority, X509 **certificate, EVP_PKEY **key)
{
	EVP_PKEY *k = EVP_EC_gen("P-256");
	X509 *x = X509_new();

	if (k == NULL || x == NULL || !fill(x, kind, authority, k)) {
		X509_free(x);
		EVP_PKEY_free(k);
		return -1;
	}
	*certificate = x;
	*key = k;
	return 0;
}
