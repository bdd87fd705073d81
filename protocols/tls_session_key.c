/*
 * tls_session_key: what a client sends of keys, by RSA and ECDHE.
 */
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "protocols/tls_session.h"

#define P256 23
#define X25519 29

static EVP_PKEY *
peer_of(const struct tls_server_key *key, EVP_PKEY *own)
{
	EVP_PKEY *peer;

	if (key->group == X25519)
		return EVP_PKEY_new_raw_public_key(
		    EVP_PKEY_X25519, NULL, key->point.p, key->point.n);
	peer = EVP_PKEY_new();
	if (peer != NULL &&
	    (EVP_PKEY_copy_parameters(peer, own) != 1 ||
		EVP_PKEY_set1_encoded_public_key(
		    peer, key->point.p, key->point.n) != 1)) {
		EVP_PKEY_free(peer);
		return NULL;
	}
	return peer;
}

static bool
agree(EVP_PKEY *own, EVP_PKEY *peer, uint8_t *premaster, size_t *n)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(own, NULL);
	bool good;

	*n = TLS_SESSION_SECRET_MAX;
	good = c != NULL && EVP_PKEY_derive_init(c) == 1 &&
	    EVP_PKEY_derive_set_peer(c, peer) == 1 &&
	    EVP_PKEY_derive(c, premaster, n) == 1;
	EVP_PKEY_CTX_free(c);
	return good;
}

size_t
tls_session_ecdhe(const struct tls_server_key *key, uint8_t *out, size_t size,
    uint8_t premaster[TLS_SESSION_SECRET_MAX], size_t *n)
{
	EVP_PKEY *own, *peer;
	unsigned char *point = NULL;
	size_t used = 0, npoint;

	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	if (key->group != P256 && key->group != X25519)
		return 0;
	own = key->group == P256 ? EVP_EC_gen("P-256")
				 : EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
	if (own == NULL)
		return 0;
	peer = peer_of(key, own);
	npoint = EVP_PKEY_get1_encoded_public_key(own, &point);
	if (peer != NULL && npoint > 0 && npoint < 256 && npoint < size &&
	    agree(own, peer, premaster, n)) {
		out[0] = (uint8_t)npoint;
		memcpy(out + 1, point, npoint);
		used = 1 + npoint;
	}
	OPENSSL_free(point);
	EVP_PKEY_free(peer);
	EVP_PKEY_free(own);
	return used;
}

/* NULL: it is no certificate, or of another kind of key. */
static EVP_PKEY *
rsa_of(struct tls_span certificate)
{
	const unsigned char *p = certificate.p;
	EVP_PKEY *key;
	X509 *x;

	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	if (p == NULL || certificate.n > 65536)
		return NULL;
	x = d2i_X509(NULL, &p, (long)certificate.n);
	key = x == NULL ? NULL : X509_get_pubkey(x);
	X509_free(x);
	if (key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

size_t
tls_session_rsa_size(struct tls_span certificate)
{
	EVP_PKEY *key = rsa_of(certificate);
	const int n = key == NULL ? 0 : EVP_PKEY_get_size(key);

	EVP_PKEY_free(key);
	return n < 64 || n > TLS_SESSION_BLOCK_MAX ? 0 : (size_t)n;
}

bool
tls_session_rsa(struct tls_span certificate, const uint8_t *block, uint8_t *out)
{
	EVP_PKEY *key = rsa_of(certificate);
	EVP_PKEY_CTX *c = key == NULL ? NULL : EVP_PKEY_CTX_new(key, NULL);
	size_t n = key == NULL ? 0 : (size_t)EVP_PKEY_get_size(key);
	const bool good = c != NULL && n <= TLS_SESSION_BLOCK_MAX &&
	    EVP_PKEY_encrypt_init(c) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(c, RSA_NO_PADDING) == 1 &&
	    EVP_PKEY_encrypt(c, out, &n, block, n) == 1;

	EVP_PKEY_CTX_free(c);
	EVP_PKEY_free(key);
	return good;
}
