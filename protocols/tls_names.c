/*
 * tls_names: numbers of TLS to names and properties.
 *
 * The properties of a suite are read off its name, so that there is one table
 * to be wrong in; a word that is not known gives no property that would please.
 */
#include "protocols/tls_names.h"

#include <stdio.h>
#include <string.h>

#include "protocols/tls_suites.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct exchange_word {
	const char *word;
	enum tls_key_exchange exchange;
	enum tls_authentication authentication;
};
struct cipher_word {
	const char *begins;
	uint16_t bits;
	enum tls_cipher_mode mode;
	bool is_64bit_block;
};

static const struct exchange_word exchanges[] = {
	{ "DHE_DSS", TLS_KX_DHE, TLS_AUTH_DSS },
	{ "DHE_PSK", TLS_KX_DHE_PSK, TLS_AUTH_PSK },
	{ "PSK_DHE", TLS_KX_DHE_PSK, TLS_AUTH_PSK },
	{ "DHE_RSA", TLS_KX_DHE, TLS_AUTH_RSA },
	{ "DH_DSS", TLS_KX_DH, TLS_AUTH_DSS },
	{ "DH_RSA", TLS_KX_DH, TLS_AUTH_RSA },
	{ "DH_anon", TLS_KX_DHE, TLS_AUTH_ANONYMOUS },
	{ "ECDHE_ECDSA", TLS_KX_ECDHE, TLS_AUTH_ECDSA },
	{ "ECDHE_PSK", TLS_KX_ECDHE_PSK, TLS_AUTH_PSK },
	{ "ECDHE_RSA", TLS_KX_ECDHE, TLS_AUTH_RSA },
	{ "ECDH_ECDSA", TLS_KX_ECDH, TLS_AUTH_ECDSA },
	{ "ECDH_RSA", TLS_KX_ECDH, TLS_AUTH_RSA },
	{ "ECDH_anon", TLS_KX_ECDHE, TLS_AUTH_ANONYMOUS },
	{ "NULL", TLS_KX_OTHER, TLS_AUTH_ANONYMOUS },
	{ "PSK", TLS_KX_PSK, TLS_AUTH_PSK },
	{ "RSA_PSK", TLS_KX_RSA_PSK, TLS_AUTH_PSK },
	{ "RSA", TLS_KX_RSA, TLS_AUTH_RSA },
};

static const struct cipher_word ciphers[] = {
	{ "3DES_EDE_CBC", 112, TLS_MODE_CBC, true },
	{ "DES40_CBC", 40, TLS_MODE_CBC, true },
	{ "DES_CBC_40", 40, TLS_MODE_CBC, true },
	{ "DES_CBC", 56, TLS_MODE_CBC, true },
	{ "IDEA_CBC", 128, TLS_MODE_CBC, true },
	{ "RC2_CBC_40", 40, TLS_MODE_CBC, true },
	{ "RC2_CBC_56", 56, TLS_MODE_CBC, true },
	{ "RC4_128", 128, TLS_MODE_STREAM, false },
	{ "RC4_40", 40, TLS_MODE_STREAM, false },
	{ "RC4_56", 56, TLS_MODE_STREAM, false },
	{ "NULL", 0, TLS_MODE_NULL, false },
	{ "AES_128_CBC", 128, TLS_MODE_CBC, false },
	{ "AES_128_", 128, TLS_MODE_AEAD, false },
	{ "AES_256_CBC", 256, TLS_MODE_CBC, false },
	{ "AES_256_", 256, TLS_MODE_AEAD, false },
	{ "ARIA_128_CBC", 128, TLS_MODE_CBC, false },
	{ "ARIA_128_GCM", 128, TLS_MODE_AEAD, false },
	{ "ARIA_256_CBC", 256, TLS_MODE_CBC, false },
	{ "ARIA_256_GCM", 256, TLS_MODE_AEAD, false },
	{ "CAMELLIA_128_CBC", 128, TLS_MODE_CBC, false },
	{ "CAMELLIA_128_GCM", 128, TLS_MODE_AEAD, false },
	{ "CAMELLIA_256_CBC", 256, TLS_MODE_CBC, false },
	{ "CAMELLIA_256_GCM", 256, TLS_MODE_AEAD, false },
	{ "SEED_CBC", 128, TLS_MODE_CBC, false },
	{ "CHACHA20_POLY1305", 256, TLS_MODE_AEAD, false },
	{ "SM4_", 128, TLS_MODE_AEAD, false },
	{ "AEGIS_128L_", 128, TLS_MODE_AEAD, false },
	{ "AEGIS_256_", 256, TLS_MODE_AEAD, false },
	{ "ESTREAM_SALSA20", 256, TLS_MODE_STREAM, false },
	{ "SALSA20", 256, TLS_MODE_STREAM, false },
	{ "28147_CNT", 256, TLS_MODE_STREAM, true },
	{ "KUZNYECHIK_CTR", 256, TLS_MODE_STREAM, false },
	{ "KUZNYECHIK_MGM", 256, TLS_MODE_AEAD, false },
	{ "MAGMA_CTR", 256, TLS_MODE_STREAM, true },
	{ "MAGMA_MGM", 256, TLS_MODE_AEAD, true },
	{ "SHA256_SHA256", 0, TLS_MODE_NULL, false }, /* RFC 9150 */
	{ "SHA384_SHA384", 0, TLS_MODE_NULL, false },
};

static bool
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static bool
ends(const char *text, const char *with)
{
	const size_t n = strlen(text), m = strlen(with);

	return n >= m && strcmp(text + n - m, with) == 0;
}

static void
read_exchange(struct tls_suite *s, const char *words, size_t n)
{
	size_t i, m;

	s->exchange = TLS_KX_OTHER;
	s->authentication = TLS_AUTH_OTHER;
	for (i = 0; i < COUNT(exchanges); i++) {
		m = strlen(exchanges[i].word);
		if (m > n || strncmp(words, exchanges[i].word, m) != 0)
			continue;
		if (m < n && strncmp(words + m, "_EXPORT", 7) != 0)
			continue;
		s->exchange = exchanges[i].exchange;
		s->authentication = exchanges[i].authentication;
	}
	s->is_anonymous = s->authentication == TLS_AUTH_ANONYMOUS;
	s->is_forward_secret = s->exchange == TLS_KX_DHE ||
	    s->exchange == TLS_KX_ECDHE || s->exchange == TLS_KX_DHE_PSK ||
	    s->exchange == TLS_KX_ECDHE_PSK;
}

static void
read_cipher(struct tls_suite *s, const char *words)
{
	size_t i;

	s->mode = TLS_MODE_NULL;
	for (i = 0; i < COUNT(ciphers); i++) {
		if (!begins(words, ciphers[i].begins))
			continue;
		s->bits = ciphers[i].bits;
		s->mode = ciphers[i].mode;
		s->is_64bit_block = ciphers[i].is_64bit_block;
		break;
	}
	s->is_rc4 = begins(words, "RC4_");
	s->has_md5_mac = ends(words, "_MD5");
	s->needs_12 = s->mode == TLS_MODE_AEAD || ends(words, "_SHA256") ||
	    ends(words, "_SHA384");
}

size_t
tls_suite_count(void)
{
	size_t n;

	(void)tls_suite_rows(&n);
	return n;
}

uint16_t
tls_suite_id_at(size_t index)
{
	size_t n;

	return tls_suite_rows(&n)[index].id;
}

static const struct tls_suite_row *
find_row(uint16_t id)
{
	size_t n, low = 0, high, middle;
	const struct tls_suite_row *rows = tls_suite_rows(&n);

	high = n;
	while (low < high) {
		middle = low + (high - low) / 2;
		if (rows[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && rows[low].id == id ? &rows[low] : NULL;
}

bool
tls_suite_of(uint16_t id, struct tls_suite *suite)
{
	const struct tls_suite_row *row = find_row(id);
	const char *with;

	memset(suite, 0, sizeof(*suite));
	suite->id = id;
	if (row == NULL) {
		snprintf(suite->name, sizeof(suite->name), "0x%04x", id);
		return false;
	}
	snprintf(suite->name, sizeof(suite->name), "TLS_%s", row->name);
	with = strstr(row->name, "_WITH_");
	if (with == NULL) {
		suite->exchange = TLS_KX_ANY;
		suite->authentication = TLS_AUTH_ANY;
		suite->is_13 = suite->is_forward_secret = true;
		read_cipher(suite, row->name);
		return true;
	}
	read_exchange(suite, row->name, (size_t)(with - row->name));
	read_cipher(suite, with + 6);
	suite->is_export = strstr(row->name, "_EXPORT") != NULL;
	/* RFC 9367 section 4.1: the only ones of TLS 1.3 with a "WITH" */
	suite->is_13 = suite->mode == TLS_MODE_AEAD && (id >> 8) == 0xc1;
	return true;
}

/* ---- SSL 2 ---- */

static const struct {
	uint32_t kind;
	const char *name;
} kinds[] = {
	{ 0x010080, "SSL2_RC4_128_WITH_MD5" },
	{ 0x020080, "SSL2_RC4_128_EXPORT40_WITH_MD5" },
	{ 0x030080, "SSL2_RC2_128_CBC_WITH_MD5" },
	{ 0x040080, "SSL2_RC2_128_CBC_EXPORT40_WITH_MD5" },
	{ 0x050080, "SSL2_IDEA_128_CBC_WITH_MD5" },
	{ 0x060040, "SSL2_DES_64_CBC_WITH_MD5" },
	{ 0x0700c0, "SSL2_DES_192_EDE3_CBC_WITH_MD5" },
	{ 0x080080, "SSL2_RC4_64_WITH_MD5" },
};

size_t
tls_ssl2_kind_count(void)
{
	return COUNT(kinds);
}

uint32_t
tls_ssl2_kind_at(size_t index)
{
	return kinds[index].kind;
}

const char *
tls_ssl2_kind_name(uint32_t kind)
{
	size_t i;

	for (i = 0; i < COUNT(kinds); i++)
		if (kinds[i].kind == kind)
			return kinds[i].name;
	return NULL;
}

/* ---- groups and signatures ---- */

static const struct tls_group groups[] = {
	{ 1, "sect163k1", 163, false, false },
	{ 2, "sect163r1", 163, false, false },
	{ 3, "sect163r2", 163, false, false },
	{ 4, "sect193r1", 193, false, false },
	{ 5, "sect193r2", 193, false, false },
	{ 6, "sect233k1", 233, false, false },
	{ 7, "sect233r1", 233, false, false },
	{ 8, "sect239k1", 239, false, false },
	{ 9, "sect283k1", 283, false, false },
	{ 10, "sect283r1", 283, false, false },
	{ 11, "sect409k1", 409, false, false },
	{ 12, "sect409r1", 409, false, false },
	{ 13, "sect571k1", 571, false, false },
	{ 14, "sect571r1", 571, false, false },
	{ 15, "secp160k1", 160, false, false },
	{ 16, "secp160r1", 160, false, false },
	{ 17, "secp160r2", 160, false, false },
	{ 18, "secp192k1", 192, false, false },
	{ 19, "secp192r1", 192, false, false },
	{ 20, "secp224k1", 224, false, false },
	{ 21, "secp224r1", 224, false, false },
	{ 22, "secp256k1", 256, false, false },
	{ 23, "secp256r1", 256, false, true },
	{ 24, "secp384r1", 384, false, true },
	{ 25, "secp521r1", 521, false, true },
	{ 26, "brainpoolP256r1", 256, false, false },
	{ 27, "brainpoolP384r1", 384, false, false },
	{ 28, "brainpoolP512r1", 512, false, false },
	{ 29, "x25519", 255, false, true },
	{ 30, "x448", 448, false, true },
	{ 31, "brainpoolP256r1tls13", 256, false, true },
	{ 32, "brainpoolP384r1tls13", 384, false, true },
	{ 33, "brainpoolP512r1tls13", 512, false, true },
	{ 41, "curveSM2", 256, false, true },
	{ 256, "ffdhe2048", 2048, true, true },
	{ 257, "ffdhe3072", 3072, true, true },
	{ 258, "ffdhe4096", 4096, true, true },
	{ 259, "ffdhe6144", 6144, true, true },
	{ 260, "ffdhe8192", 8192, true, true },
};

size_t
tls_group_count(void)
{
	return COUNT(groups);
}

const struct tls_group *
tls_group_at(size_t index)
{
	return &groups[index];
}

const struct tls_group *
tls_group_of(uint16_t id)
{
	size_t i;

	for (i = 0; i < COUNT(groups); i++)
		if (groups[i].id == id)
			return &groups[i];
	return NULL;
}

/* RFC 8446 section 4.2.3; before that, a hash and a signature: RFC 5246
 * section 7.4.1.4.1. */
static const struct tls_signature signatures[] = {
	{ 0x0101, "rsa_md5", true },
	{ 0x0102, "dsa_md5", true },
	{ 0x0103, "ecdsa_md5", true },
	{ 0x0201, "rsa_pkcs1_sha1", true },
	{ 0x0202, "dsa_sha1", true },
	{ 0x0203, "ecdsa_sha1", true },
	{ 0x0301, "rsa_sha224", false },
	{ 0x0302, "dsa_sha224", false },
	{ 0x0303, "ecdsa_sha224", false },
	{ 0x0401, "rsa_pkcs1_sha256", false },
	{ 0x0402, "dsa_sha256", false },
	{ 0x0403, "ecdsa_secp256r1_sha256", false },
	{ 0x0501, "rsa_pkcs1_sha384", false },
	{ 0x0502, "dsa_sha384", false },
	{ 0x0503, "ecdsa_secp384r1_sha384", false },
	{ 0x0601, "rsa_pkcs1_sha512", false },
	{ 0x0602, "dsa_sha512", false },
	{ 0x0603, "ecdsa_secp521r1_sha512", false },
	{ 0x0708, "sm2sig_sm3", false },
	{ 0x0804, "rsa_pss_rsae_sha256", false },
	{ 0x0805, "rsa_pss_rsae_sha384", false },
	{ 0x0806, "rsa_pss_rsae_sha512", false },
	{ 0x0807, "ed25519", false },
	{ 0x0808, "ed448", false },
	{ 0x0809, "rsa_pss_pss_sha256", false },
	{ 0x080a, "rsa_pss_pss_sha384", false },
	{ 0x080b, "rsa_pss_pss_sha512", false },
	{ 0x081a, "ecdsa_brainpoolP256r1tls13_sha256", false },
	{ 0x081b, "ecdsa_brainpoolP384r1tls13_sha384", false },
	{ 0x081c, "ecdsa_brainpoolP512r1tls13_sha512", false },
};

size_t
tls_signature_count(void)
{
	return COUNT(signatures);
}

const struct tls_signature *
tls_signature_at(size_t index)
{
	return &signatures[index];
}

const struct tls_signature *
tls_signature_of(uint16_t id)
{
	size_t i;

	for (i = 0; i < COUNT(signatures); i++)
		if (signatures[i].id == id)
			return &signatures[i];
	return NULL;
}
