/*
 * hex: bytes as lower-case hexadecimal and back; SHA-256.
 *
 * By the functions that OpenSSL calls old: the new ones set every algorithm of
 * a provider up in each process that wants this one, a megabyte, and take
 * longer than the digest of a record.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/hex.h"

#include <string.h>

#include <openssl/sha.h>

#include "base/log.h"

char *
hex_encode(const uint8_t *p, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < n; i++) {
		out[2 * i] = digits[p[i] >> 4];
		out[2 * i + 1] = digits[p[i] & 15];
	}
	out[2 * n] = '\0';
	return out;
}

static int
digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int
hex_decode(const char *s, uint8_t *out, size_t n)
{
	size_t i;
	int high, low;

	if (strlen(s) != 2 * n)
		return -1;
	for (i = 0; i < n; i++) {
		high = digit_value(s[2 * i]);
		low = digit_value(s[2 * i + 1]);
		if (high == -1 || low == -1)
			return -1;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

void
sha256(const void *p, size_t n, uint8_t out[SHA256_SIZE])
{
	SHA256_CTX context;

	if (SHA256_Init(&context) != 1 || SHA256_Update(&context, p, n) != 1 ||
	    SHA256_Final(out, &context) != 1)
		fatal("sha256: OpenSSL has none");
}

char *
sha256_hex(const void *p, size_t n, char out[SHA256_HEX_SIZE])
{
	uint8_t digest[SHA256_SIZE];

	sha256(p, n, digest);
	return hex_encode(digest, sizeof(digest), out);
}
