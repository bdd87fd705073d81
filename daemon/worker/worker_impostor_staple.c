/*
 * worker_impostor_staple: a response of OCSP that says revoked.
 */
#include "daemon/worker/worker_impostor_staple.h"

#include <stdbool.h>

#include <openssl/evp.h>
#include <openssl/ocsp.h>

#define HOUR 3600L

static OCSP_BASICRESP *
make_basic(const X509 *leaf, X509 *issuer, EVP_PKEY *key)
{
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	OCSP_CERTID *id = OCSP_cert_to_id(NULL, leaf, issuer);
	ASN1_TIME *revoked = X509_gmtime_adj(NULL, -24 * HOUR);
	ASN1_TIME *from = X509_gmtime_adj(NULL, -HOUR);
	ASN1_TIME *to = X509_gmtime_adj(NULL, HOUR);
	const bool good = basic != NULL && id != NULL && revoked != NULL &&
	    from != NULL && to != NULL &&
	    OCSP_basic_add1_status(basic, id, V_OCSP_CERTSTATUS_REVOKED,
		OCSP_REVOKED_STATUS_KEYCOMPROMISE, revoked, from, to) != NULL &&
	    OCSP_basic_sign(basic, issuer, key, EVP_sha256(), NULL, 0) == 1;

	ASN1_TIME_free(to);
	ASN1_TIME_free(from);
	ASN1_TIME_free(revoked);
	OCSP_CERTID_free(id);
	if (good)
		return basic;
	OCSP_BASICRESP_free(basic);
	return NULL;
}

size_t
worker_impostor_staple(
    const X509 *leaf, X509 *issuer, EVP_PKEY *key, uint8_t **der)
{
	OCSP_BASICRESP *basic = make_basic(leaf, issuer, key);
	OCSP_RESPONSE *response = basic == NULL
	    ? NULL
	    : OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	int n;

	*der = NULL;
	n = response == NULL ? 0 : i2d_OCSP_RESPONSE(response, der);
	OCSP_RESPONSE_free(response);
	OCSP_BASICRESP_free(basic);
	return n > 0 ? (size_t)n : 0;
}
