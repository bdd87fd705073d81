/*
 * timestamp: what a time-stamp authority says about a digest (RFC 3161).
 */
#include "signing/timestamp.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ts.h>
#include <openssl/x509.h>

#include "base/alloc.h"

#define NONCE_SIZE 8 /* bytes */

static int
set_openssl(struct err *e, const char *what)
{
	unsigned long code = ERR_peek_last_error();
	const char *why = ERR_reason_error_string(code);

	ERR_clear_error();
	return err_set(e, "%s: %s", what, why == NULL ? "refused" : why);
}

static bool
set_imprint(TS_REQ *req, const uint8_t digest[SHA256_SIZE])
{
	TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
	X509_ALGOR *algorithm = X509_ALGOR_new();
	uint8_t copy[SHA256_SIZE];
	bool good;

	memcpy(copy, digest, sizeof(copy));
	good = imprint != NULL && algorithm != NULL &&
	    X509_ALGOR_set0(
		algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) == 1 &&
	    TS_MSG_IMPRINT_set_algo(imprint, algorithm) == 1 &&
	    TS_MSG_IMPRINT_set_msg(imprint, copy, sizeof(copy)) == 1 &&
	    TS_REQ_set_msg_imprint(req, imprint) == 1;
	TS_MSG_IMPRINT_free(imprint);
	X509_ALGOR_free(algorithm);
	return good;
}

static bool
set_nonce(TS_REQ *req)
{
	uint8_t bytes[NONCE_SIZE];
	ASN1_INTEGER *nonce;
	BIGNUM *n = NULL;
	bool good;

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return false;
	bytes[0] |= 0x40; /* no leading zeros: all of it counts */
	bytes[0] &= 0x7f;
	n = BN_bin2bn(bytes, sizeof(bytes), NULL);
	nonce = n == NULL ? NULL : BN_to_ASN1_INTEGER(n, NULL);
	good = nonce != NULL && TS_REQ_set_nonce(req, nonce) == 1;
	ASN1_INTEGER_free(nonce);
	BN_free(n);
	return good;
}

uint8_t *
timestamp_request(
    const uint8_t digest[SHA256_SIZE], size_t *size, struct err *e)
{
	TS_REQ *req = TS_REQ_new();
	uint8_t *der, *p;
	int n = -1;

	*size = 0;
	if (req != NULL && TS_REQ_set_version(req, 1) == 1 &&
	    set_imprint(req, digest) && set_nonce(req) &&
	    TS_REQ_set_cert_req(req, 1) == 1)
		n = i2d_TS_REQ(req, NULL);
	if (n <= 0) {
		set_openssl(e, "time-stamp request");
		TS_REQ_free(req);
		return NULL;
	}
	der = p = xcalloc((size_t)n, 1);
	i2d_TS_REQ(req, &p);
	TS_REQ_free(req);
	*size = (size_t)n;
	return der;
}

/* Its PKIStatus: granted (0) or granted with modifications (1). */
static int
check_status(TS_RESP *response, struct err *e)
{
	const ASN1_INTEGER *status =
	    TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(response));
	long number = status == NULL ? -1 : ASN1_INTEGER_get(status);

	if (number != 0 && number != 1)
		return err_set(
		    e, "the time-stamp authority refused (status %ld)", number);
	if (TS_RESP_get_tst_info(response) == NULL)
		return err_set(e, "a time-stamp response without a token");
	return 0;
}

static int
read_time(TS_RESP *response, int64_t *time_s, struct err *e)
{
	const ASN1_GENERALIZEDTIME *stamp =
	    TS_TST_INFO_get_time(TS_RESP_get_tst_info(response));
	struct tm tm;

	if (stamp == NULL || ASN1_TIME_to_tm(stamp, &tm) != 1)
		return err_set(e, "a time-stamp token without a time");
	*time_s = (int64_t)timegm(&tm);
	return 0;
}

/* The request's nonce and imprint; those alone when the request is gone. */
static TS_VERIFY_CTX *
make_context(const struct timestamp_question *q, struct err *e)
{
	const uint8_t *p = q->request;
	TS_VERIFY_CTX *ctx;
	TS_REQ *req;
	uint8_t *copy;

	if (q->request != NULL) {
		req = d2i_TS_REQ(NULL, &p, (long)q->request_size);
		ctx = req == NULL ? NULL : TS_REQ_to_TS_VERIFY_CTX(req, NULL);
		TS_REQ_free(req);
		if (ctx == NULL)
			set_openssl(e, "time-stamp request");
		return ctx;
	}
	ctx = TS_VERIFY_CTX_new();
	copy = OPENSSL_memdup(q->digest, SHA256_SIZE);
	if (ctx == NULL || copy == NULL) {
		set_openssl(e, "time-stamp");
		TS_VERIFY_CTX_free(ctx);
		OPENSSL_free(copy);
		return NULL;
	}
	TS_VERIFY_CTX_set_imprint(ctx, copy, SHA256_SIZE);
	TS_VERIFY_CTX_set_flags(ctx, TS_VFY_VERSION | TS_VFY_IMPRINT);
	return ctx;
}

/* The digest of the response itself, whatever the request said. */
static int
check_digest(TS_RESP *response, const uint8_t *digest, struct err *e)
{
	TS_MSG_IMPRINT *imprint =
	    TS_TST_INFO_get_msg_imprint(TS_RESP_get_tst_info(response));
	ASN1_OCTET_STRING *bytes =
	    imprint == NULL ? NULL : TS_MSG_IMPRINT_get_msg(imprint);

	if (bytes == NULL || ASN1_STRING_length(bytes) != SHA256_SIZE ||
	    memcmp(ASN1_STRING_get0_data(bytes), digest, SHA256_SIZE) != 0)
		return err_set(e, "the time-stamp is over another digest");
	return 0;
}

static int
check_response(
    TS_RESP *response, const struct timestamp_question *q, struct err *e)
{
	TS_VERIFY_CTX *ctx;
	X509_STORE *store;
	int r = 0;

	if (check_status(response, e) == -1 ||
	    check_digest(response, q->digest, e) == -1)
		return -1;
	ctx = make_context(q, e);
	if (ctx == NULL)
		return -1;
	if (q->trust != NULL) {
		store = X509_STORE_new();
		if (store == NULL ||
		    X509_STORE_load_file(store, q->trust) != 1) {
			X509_STORE_free(store);
			TS_VERIFY_CTX_free(ctx);
			return set_openssl(e, q->trust);
		}
		TS_VERIFY_CTX_set_store(ctx, store); /* takes it over */
		TS_VERIFY_CTX_add_flags(ctx, TS_VFY_SIGNATURE);
	}
	if (TS_RESP_verify_response(ctx, response) != 1)
		r = set_openssl(e, "time-stamp");
	TS_VERIFY_CTX_free(ctx);
	return r;
}

int
timestamp_check(const uint8_t *response, size_t size,
    const struct timestamp_question *q, int64_t *time_s, struct err *e)
{
	const uint8_t *p = response;
	TS_RESP *parsed;
	int r;

	*time_s = 0;
	if (size > TIMESTAMP_MAX)
		return err_set(e, "a time-stamp response of %zu bytes", size);
	parsed = d2i_TS_RESP(NULL, &p, (long)size);
	if (parsed == NULL)
		return set_openssl(e, "not a time-stamp response");
	r = check_response(parsed, q, e);
	if (r == 0)
		r = read_time(parsed, time_s, e);
	TS_RESP_free(parsed);
	return r;
}
