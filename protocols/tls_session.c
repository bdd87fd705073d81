/*
 * tls_session: the key schedule and records of TLS 1.0 to 1.2.
 *
 * libcrypto is told not to read the machine's configuration: whoever calls this
 * may not be allowed to open a file.
 */
#include "protocols/tls_session.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>

#include "protocols/bytes.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define BLOCK 16
#define TAG 16
#define PADDING_MORE 16 /* a whole block of it, so that there is some */

struct suite_of {
	uint16_t id;
	bool is_rsa, is_gcm, has_sha384; /* sha384: of the schedule */
	uint8_t key, mac;                /* bytes */
};

static const struct suite_of suites[] = {
	{ 0xc02f, false, true, false, 16, 0 },
	{ 0xc02b, false, true, false, 16, 0 },
	{ 0xc030, false, true, true, 32, 0 },
	{ 0xc02c, false, true, true, 32, 0 },
	{ 0x009c, true, true, false, 16, 0 },
	{ 0x009d, true, true, true, 32, 0 },
	{ 0xc013, false, false, false, 16, 20 },
	{ 0xc009, false, false, false, 16, 20 },
	{ 0xc014, false, false, false, 32, 20 },
	{ 0xc00a, false, false, false, 32, 20 },
	{ 0xc027, false, false, false, 16, 32 },
	{ 0xc023, false, false, false, 16, 32 },
	{ 0xc028, false, false, true, 32, 48 },
	{ 0xc024, false, false, true, 32, 48 },
	{ 0x002f, true, false, false, 16, 20 },
	{ 0x0035, true, false, false, 32, 20 },
	{ 0x003c, true, false, false, 16, 32 },
	{ 0x003d, true, false, false, 32, 32 },
};

static const struct suite_of *
suite_of(uint16_t id)
{
	size_t i;

	for (i = 0; i < COUNT(suites); i++)
		if (suites[i].id == id)
			return &suites[i];
	return NULL;
}

const uint16_t *
tls_session_suites(size_t *n)
{
	static const uint16_t ids[COUNT(suites)] = { 0xc02f, 0xc02b, 0xc030,
		0xc02c, 0x009c, 0x009d, 0xc013, 0xc009, 0xc014, 0xc00a, 0xc027,
		0xc023, 0xc028, 0xc024, 0x002f, 0x0035, 0x003c, 0x003d };

	*n = COUNT(ids);
	return ids;
}

bool
tls_session_is_cbc(uint16_t suite)
{
	const struct suite_of *is = suite_of(suite);

	return is != NULL && !is->is_gcm;
}

bool
tls_session_is_rsa(uint16_t suite)
{
	const struct suite_of *is = suite_of(suite);

	return is != NULL && is->is_rsa;
}

uint16_t
tls_session_least_version(uint16_t suite)
{
	const struct suite_of *is = suite_of(suite);

	return is == NULL || is->is_gcm || is->mac > 20 ? TLS_12 : TLS_10;
}

bool
tls_session_begin(struct tls_session *s, uint16_t version, uint16_t suite)
{
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	memset(s, 0, sizeof(*s));
	s->version = version;
	s->suite = suite;
	return suite_of(suite) != NULL && version <= TLS_12 &&
	    version >= tls_session_least_version(suite);
}

bool
tls_session_add(struct tls_session *s, const void *messages, size_t n)
{
	if (n > sizeof(s->said) - s->nsaid)
		return false;
	memcpy(s->said + s->nsaid, messages, n);
	s->nsaid += n;
	return true;
}

bool
tls_session_add_records(struct tls_session *s, const void *records, size_t n)
{
	struct tls_record r;
	size_t at = 0;

	while (tls_record_next(records, n, &at, &r) == 1)
		if (r.type == TLS_HANDSHAKE &&
		    !tls_session_add(s, r.body, r.size))
			return false;
	return true;
}

/* ---- the key schedule ---- */

static const char *
digest_name(const struct tls_session *s)
{
	if (s->version < TLS_12)
		return "MD5-SHA1";
	return suite_of(s->suite)->has_sha384 ? "SHA384" : "SHA256";
}

/* RFC 5246 section 5, RFC 2246 section 5: label and seed are one. */
static bool
prf(const struct tls_session *s, struct tls_span secret, const uint8_t *seed,
    size_t nseed, uint8_t *out, size_t n)
{
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
		    (char *)(uintptr_t)digest_name(s), 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET,
		    (void *)(uintptr_t)secret.p, secret.n),
		OSSL_PARAM_construct_octet_string(
		    OSSL_KDF_PARAM_SEED, (void *)(uintptr_t)seed, nseed),
		OSSL_PARAM_construct_end(),
	};
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
	EVP_KDF_CTX *c = kdf == NULL ? NULL : EVP_KDF_CTX_new(kdf);
	const bool good = c != NULL && EVP_KDF_derive(c, out, n, params) == 1;

	EVP_KDF_CTX_free(c);
	EVP_KDF_free(kdf);
	return good;
}

static size_t
hash_said(const struct tls_session *s, uint8_t out[EVP_MAX_MD_SIZE])
{
	const EVP_MD *md = s->version < TLS_12 ? EVP_md5_sha1()
	    : suite_of(s->suite)->has_sha384   ? EVP_sha384()
					       : EVP_sha256();
	unsigned int n = 0;

	return EVP_Digest(s->said, s->nsaid, out, &n, md, NULL) == 1 ? n : 0;
}

/* Label and up to 64 bytes behind it, in one. */
static size_t
put_seed(uint8_t *seed, const char *label, const void *bytes, size_t n)
{
	size_t length;

	for (length = 0; label[length] != '\0'; length++)
		seed[length] = (uint8_t)label[length];
	memcpy(seed + length, bytes, n);
	return length + n;
}

static void
deal(struct tls_session *s, const uint8_t *block)
{
	const struct suite_of *is = suite_of(s->suite);
	const size_t iv = is->is_gcm ? 4 : BLOCK;
	struct tls_session_keys *k = s->keys;
	size_t i;

	for (i = 0; i < 2; i++, block += is->mac)
		memcpy(k[i].mac, block, is->mac);
	for (i = 0; i < 2; i++, block += is->key)
		memcpy(k[i].key, block, is->key);
	for (i = 0; i < 2; i++, block += iv)
		memcpy(k[i].iv, block, iv);
	k[0].sequence = k[1].sequence = 0;
}

bool
tls_session_keys(struct tls_session *s, const uint8_t *premaster, size_t n)
{
	const struct tls_span master = { s->master, sizeof(s->master) };
	uint8_t seed[128], hash[EVP_MAX_MD_SIZE], block[2 * (48 + 32 + 16)];
	size_t used;

	used = hash_said(s, hash);
	if (used == 0)
		return false;
	if (s->has_extended_secret) {
		used = put_seed(seed, "extended master secret", hash, used);
	} else {
		used =
		    put_seed(seed, "master secret", s->random[TLS_CLIENT], 32);
		memcpy(seed + used, s->random[TLS_SERVER], 32);
		used += 32;
	}
	if (!prf(s, (struct tls_span){ premaster, n }, seed, used, s->master,
		sizeof(s->master)))
		return false;
	used = put_seed(seed, "key expansion", s->random[TLS_SERVER], 32);
	memcpy(seed + used, s->random[TLS_CLIENT], 32);
	if (!prf(s, master, seed, used + 32, block, sizeof(block)))
		return false;
	deal(s, block);
	return true;
}

bool
tls_session_finished(const struct tls_session *s, enum tls_side side,
    uint8_t out[TLS_FINISHED_SIZE])
{
	const struct tls_span master = { s->master, sizeof(s->master) };
	uint8_t hash[EVP_MAX_MD_SIZE], seed[128];
	const size_t n = hash_said(s, hash);
	const size_t used = put_seed(seed,
	    side == TLS_CLIENT ? "client finished" : "server finished", hash,
	    n);

	return n > 0 && prf(s, master, seed, used, out, TLS_FINISHED_SIZE);
}

/* ---- records ---- */

static void
put_header(const struct tls_session *s, const struct tls_session_keys *k,
    enum tls_content type, size_t n, uint8_t header[13])
{
	size_t i;

	for (i = 0; i < 8; i++)
		header[i] = (uint8_t)(k->sequence >> (56 - 8 * i));
	header[8] = (uint8_t)type;
	put_u16(header + 9, s->version);
	put_u16(header + 11, (uint16_t)n);
}

static bool
make_mac(const struct tls_session *s, const struct tls_session_keys *k,
    enum tls_content type, const uint8_t *plain, size_t n, uint8_t *out)
{
	const size_t size = suite_of(s->suite)->mac;
	const EVP_MD *md = size == 20 ? EVP_sha1()
	    : size == 32              ? EVP_sha256()
				      : EVP_sha384();
	uint8_t text[13 + TLS_RECORD_BODY_MAX], mac[EVP_MAX_MD_SIZE];

	if (n > TLS_RECORD_BODY_MAX)
		return false;
	put_header(s, k, type, n, text);
	memcpy(text + 13, plain, n);
	if (HMAC(md, k->mac, (int)size, text, 13 + n, mac, NULL) == NULL)
		return false;
	memcpy(out, mac, size);
	return true;
}

/* In place, whole blocks. */
static bool
crypt_cbc(const struct tls_session *s, const struct tls_session_keys *k,
    bool encrypt, const uint8_t iv[BLOCK], uint8_t *bytes, size_t n)
{
	const EVP_CIPHER *cipher = suite_of(s->suite)->key == 16
	    ? EVP_aes_128_cbc()
	    : EVP_aes_256_cbc();
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int done = 0;
	const bool good = c != NULL &&
	    EVP_CipherInit_ex(c, cipher, NULL, k->key, iv, encrypt ? 1 : 0) ==
		1 &&
	    EVP_CIPHER_CTX_set_padding(c, 0) == 1 &&
	    EVP_CipherUpdate(c, bytes, &done, bytes, (int)n) == 1 &&
	    (size_t)done == n;

	EVP_CIPHER_CTX_free(c);
	return good;
}

static size_t
seal_cbc(const struct tls_session *s, struct tls_session_keys *k,
    const struct tls_session_plain *plain, uint8_t *out)
{
	const size_t mac = suite_of(s->suite)->mac, n = plain->n;
	const size_t explicit_iv = s->version >= TLS_11 ? BLOCK : 0;
	const size_t padding =
	    PADDING_MORE + BLOCK - 1 - (n + mac) % BLOCK; /* but its length */
	const size_t whole = n + mac + padding + 1;
	uint8_t *p = out + explicit_iv;

	if (explicit_iv > 0) {
		memcpy(k->iv, plain->chance, BLOCK);
		memcpy(out, k->iv, BLOCK);
	}
	memcpy(p, plain->bytes, n);
	if (!make_mac(s, k, plain->type, p, n, p + n))
		return 0;
	memset(p + n + mac, (int)padding, padding + 1);
	if (plain->spoil == TLS_SPOIL_MAC)
		p[n] ^= 1;
	else if (plain->spoil == TLS_SPOIL_PADDING)
		p[n + mac] ^= 0x80;
	if (!crypt_cbc(s, k, true, k->iv, p, whole))
		return 0;
	memcpy(k->iv, p + whole - BLOCK, BLOCK); /* TLS 1.0 goes on with it */
	return explicit_iv + whole;
}

struct gcm {
	bool encrypt;
	uint8_t about[13];
	const uint8_t *nonce; /* the explicit part: 8 bytes */
	uint8_t *bytes;       /* in place, the tag behind them */
	size_t n;
};

static bool
crypt_gcm(const struct tls_session *s, const struct tls_session_keys *k,
    const struct gcm *g)
{
	const EVP_CIPHER *cipher = suite_of(s->suite)->key == 16
	    ? EVP_aes_128_gcm()
	    : EVP_aes_256_gcm();
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t nonce[12], rest[BLOCK];
	int done = 0, last = 0;
	bool good;

	memcpy(nonce, k->iv, 4);
	memcpy(nonce + 4, g->nonce, 8);
	good = c != NULL &&
	    EVP_CipherInit_ex(
		c, cipher, NULL, k->key, nonce, g->encrypt ? 1 : 0) == 1 &&
	    (g->encrypt ||
		EVP_CIPHER_CTX_ctrl(
		    c, EVP_CTRL_GCM_SET_TAG, TAG, g->bytes + g->n) == 1) &&
	    EVP_CipherUpdate(c, NULL, &done, g->about, (int)sizeof(g->about)) ==
		1 &&
	    EVP_CipherUpdate(c, g->bytes, &done, g->bytes, (int)g->n) == 1 &&
	    EVP_CipherFinal_ex(c, rest, &last) == 1 &&
	    (!g->encrypt ||
		EVP_CIPHER_CTX_ctrl(
		    c, EVP_CTRL_GCM_GET_TAG, TAG, g->bytes + g->n) == 1);
	EVP_CIPHER_CTX_free(c);
	return good;
}

static size_t
seal_gcm(const struct tls_session *s, const struct tls_session_keys *k,
    const struct tls_session_plain *plain, uint8_t *out)
{
	struct gcm g = {
		.encrypt = true, .nonce = out, .bytes = out + 8, .n = plain->n
	};

	put_header(s, k, plain->type, plain->n, g.about);
	memcpy(out, g.about, 8); /* the sequence as nonce: never the same */
	memcpy(out + 8, plain->bytes, plain->n);
	return crypt_gcm(s, k, &g) ? 8 + plain->n + TAG : 0;
}

size_t
tls_session_seal(struct tls_session *s, enum tls_side side,
    const struct tls_session_plain *plain, uint8_t *out, size_t size)
{
	struct tls_session_keys *k = &s->keys[side];
	size_t sealed;

	if (plain->n > 16384 ||
	    size < TLS_RECORD_HEADER + plain->n + 48 + 4 * BLOCK)
		return 0;
	sealed = suite_of(s->suite)->is_gcm
	    ? seal_gcm(s, k, plain, out + TLS_RECORD_HEADER)
	    : seal_cbc(s, k, plain, out + TLS_RECORD_HEADER);
	if (sealed == 0)
		return 0;
	k->sequence++;
	out[0] = (uint8_t)plain->type;
	put_u16(out + 1, s->version);
	put_u16(out + 3, (uint16_t)sealed);
	return TLS_RECORD_HEADER + sealed;
}

/* What is left of a block without padding and MAC; -1: one of them is wrong. */
static int
strip(const struct tls_session *s, const struct tls_session_keys *k,
    bool lenient, enum tls_content type, const uint8_t *bytes, size_t n)
{
	const size_t mac = suite_of(s->suite)->mac;
	const size_t padding = bytes[n - 1];
	uint8_t wanted[48];
	size_t i, left;

	if (padding + 1 + mac > n)
		return -1;
	for (i = 0; !lenient && i < padding; i++)
		if (bytes[n - 2 - i] != padding)
			return -1;
	left = n - padding - 1 - mac;
	if (!make_mac(s, k, type, bytes, left, wanted) ||
	    CRYPTO_memcmp(wanted, bytes + left, mac) != 0)
		return -1;
	return (int)left;
}

static int
open_cbc(struct tls_session *s, struct tls_session_keys *k, bool lenient,
    const struct tls_record *r, uint8_t *out)
{
	const size_t explicit_iv = s->version >= TLS_11 ? BLOCK : 0;
	const size_t n = r->size - explicit_iv;
	int left;

	if (r->size < explicit_iv + BLOCK || n % BLOCK != 0)
		return -1;
	if (explicit_iv > 0)
		memcpy(k->iv, r->body, BLOCK);
	memcpy(out, r->body + explicit_iv, n);
	if (!crypt_cbc(s, k, false, k->iv, out, n))
		return -1;
	left = strip(s, k, lenient, r->type, out, n);
	memcpy(k->iv, r->body + r->size - BLOCK, BLOCK);
	return left;
}

static int
open_gcm(const struct tls_session *s, const struct tls_session_keys *k,
    const struct tls_record *r, uint8_t *out)
{
	struct gcm g = { .nonce = r->body, .bytes = out };

	if (r->size < 8 + TAG)
		return -1;
	g.n = r->size - 8 - TAG;
	put_header(s, k, r->type, g.n, g.about);
	memcpy(out, r->body + 8, g.n + TAG);
	return crypt_gcm(s, k, &g) ? (int)g.n : -1;
}

int
tls_session_open(struct tls_session *s, enum tls_side side, bool lenient,
    const struct tls_record *record, uint8_t *out)
{
	struct tls_session_keys *k = &s->keys[side];
	const int n = suite_of(s->suite)->is_gcm
	    ? open_gcm(s, k, record, out)
	    : open_cbc(s, k, lenient, record, out);

	k->sequence++;
	return n;
}
