/*
 * fake-tls: the first flight of a TLS server that no program has any more.
 *
 *   fake-tls HOW CERTIFICATE
 *
 * On standard input and output, for socat: reads one ClientHello and answers
 * it as HOW says, with ServerHello, the certificate (a file, DER) and
 * ServerHelloDone; then it refuses whatever comes (unexpected_message).  It has
 * no keys and finishes no handshake.
 *
 *   ssl2                  SSL 2's CLIENT-HELLO is answered by its SERVER-HELLO
 *   ssl3                  SSL 3.0 is accepted, with
 * TLS_RSA_WITH_AES_128_CBC_SHA export TLS_RSA_EXPORT_WITH_RC4_40_MD5 is
 * accepted compression           DEFLATE is chosen where it is offered (RFC
 * 3749) no-renegotiation-info TLS 1.2 without RFC 5746
 *
 *
 *   ignores-fallback      TLS 1.1 too, whether TLS_FALLBACK_SCSV is there or
 * not no-sentinel           TLS 1.3 too, and no word of it in the random of 1.2
 *
 * What it is not bad at it refuses with handshake_failure, as a TLS 1.2 server
 * with TLS_RSA_WITH_AES_128_GCM_SHA256 does, which it accepts.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define RECORD_MAX 18432
#define CERTIFICATE_MAX 8192
#define SUITE_GCM 0x009c
#define SUITE_CBC 0x002f
#define SUITE_EXPORT 0x0003
#define SUITE_13 0x1301

struct hello { /* what of a ClientHello counts */
	uint16_t version;
	const uint8_t *suites, *compressions, *extensions;
	size_t nsuites, ncompressions, nextensions;
};

static uint8_t certificate[CERTIFICATE_MAX];
static size_t ncertificate;

static uint16_t
u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint8_t *
put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return p + 2;
}

static uint8_t *
put24(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 16);
	return put16(p + 1, v & 0xffff);
}

static bool
take(uint8_t *p, size_t n)
{
	size_t have = 0;
	ssize_t got;

	while (have < n) {
		got = read(STDIN_FILENO, p + have, n - have);
		if (got <= 0)
			return false;
		have += (size_t)got;
	}
	return true;
}

static int
give(const uint8_t *p, size_t n)
{
	static const uint8_t alert[] = { 21, 3, 3, 0, 2, 2, 10 };
	uint8_t rest[1024];

	if (write(STDOUT_FILENO, p, n) != (ssize_t)n)
		return 1;
	if (read(STDIN_FILENO, rest, sizeof(rest)) > 0)
		return write(STDOUT_FILENO, alert, sizeof(alert)) == -1;
	return 0;
}

/* handshake_failure (RFC 5246 section 7.2.2). */
static int
refuse(uint16_t version)
{
	const uint8_t alert[] = { 21, (uint8_t)(version >> 8), (uint8_t)version,
		0, 2, 2, 40 };

	return write(STDOUT_FILENO, alert, sizeof(alert)) !=
	    (ssize_t)sizeof(alert);
}

/* A vector with a length of `width` bytes before it. */
static bool
vector(const uint8_t **p, const uint8_t *end, size_t width,
    const uint8_t **bytes, size_t *n)
{
	size_t length = 0, i;

	if ((size_t)(end - *p) < width)
		return false;
	for (i = 0; i < width; i++)
		length = length << 8 | *(*p)++;
	if ((size_t)(end - *p) < length)
		return false;
	*bytes = *p;
	*n = length;
	*p += length;
	return true;
}

static bool
read_hello(struct hello *h, const uint8_t *p, size_t n)
{
	const uint8_t *end = p + n, *session;
	size_t nsession;

	memset(h, 0, sizeof(*h));
	if (n < 4 + 2 + 32 || p[0] != 1)
		return false;
	h->version = u16(p + 4);
	p += 4 + 2 + 32;
	if (!vector(&p, end, 1, &session, &nsession) ||
	    !vector(&p, end, 2, &h->suites, &h->nsuites) ||
	    !vector(&p, end, 1, &h->compressions, &h->ncompressions))
		return false;
	(void)vector(&p, end, 2, &h->extensions, &h->nextensions);
	return true;
}

static bool
offers(const struct hello *h, uint16_t suite)
{
	size_t i;

	for (i = 0; i + 2 <= h->nsuites; i += 2)
		if (u16(h->suites + i) == suite)
			return true;
	return false;
}

static bool
offers_deflate(const struct hello *h)
{
	return memchr(h->compressions, 1, h->ncompressions) != NULL;
}

/* The signalling suite, or the extension (RFC 5746 section 3.6). */
static bool
knows_renegotiation(const struct hello *h)
{
	size_t i = 0;

	while (i + 4 <= h->nextensions && u16(h->extensions + i) != 0xff01)
		i += 4 + (size_t)u16(h->extensions + i + 2);
	return i + 4 <= h->nextensions || offers(h, 0x00ff);
}

/* Each message in a record of its own. */
static uint8_t *
begin(uint8_t *p, uint16_t version, uint8_t type, size_t n)
{
	*p++ = 22;
	p = put16(p, version);
	p = put16(p, n + 4);
	*p++ = type;
	return put24(p, n);
}

static int
answer(const struct hello *h, uint16_t version, uint16_t suite, bool deflate,
    bool renegotiation)
{
	uint8_t flight[CERTIFICATE_MAX + 256], *p = flight;

	renegotiation = renegotiation && knows_renegotiation(h);
	p = begin(p, version, 2, renegotiation ? 45 : 38);
	p = put16(p, version);
	memset(p, 0x5a, 32); /* random, for those who need none */
	p += 32;
	*p++ = 0; /* no session */
	p = put16(p, suite);
	*p++ = deflate ? 1 : 0;
	if (renegotiation) {
		memcpy(p, "\x00\x05\xff\x01\x00\x01\x00", 7);
		p += 7;
	}
	p = begin(p, version, 11, ncertificate + 6);
	p = put24(p, ncertificate + 3);
	p = put24(p, ncertificate);
	memcpy(p, certificate, ncertificate);
	p += ncertificate;
	p = begin(p, version, 14, 0);
	return give(flight, (size_t)(p - flight));
}

/* SSL 2's, in the record of two length bytes: RC4 and 3DES. */
static int
answer_ssl2(void)
{
	static const uint8_t specs[] = { 1, 0, 0x80, 7, 0, 0xc0 };
	uint8_t flight[CERTIFICATE_MAX + 64], *p = flight;
	const size_t n = 11 + ncertificate + sizeof(specs) + 16;

	p = put16(p, 0x8000 | n);
	*p++ = 4; /* SERVER-HELLO */
	*p++ = 0; /* no session hit */
	*p++ = 1; /* X.509 */
	p = put16(p, 2);
	p = put16(p, ncertificate);
	p = put16(p, sizeof(specs));
	p = put16(p, 16);
	memcpy(p, certificate, ncertificate);
	p += ncertificate;
	memcpy(p, specs, sizeof(specs));
	p += sizeof(specs);
	memset(p, 0xa5, 16);
	return give(flight, 2 + n);
}

/* A HelloRetryRequest (RFC 8446 section 4.1.4): P-256 is wanted. */
static int
answer_13(void)
{
	static const uint8_t hello[] = { 22, 3, 3, 0, 56, 2, 0, 0, 52, 3, 3,
		0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d,
		0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16,
		0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8,
		0x33, 0x9c, 0, SUITE_13 >> 8, SUITE_13 & 0xff, 0, 0, 12, 0, 43,
		0, 2, 3, 4, 0, 51, 0, 2, 0, 23 };

	return give(hello, sizeof(hello));
}

static int
answer_hello(const char *how, const struct hello *h)
{
	const bool deflate =
	    strcmp(how, "compression") == 0 && offers_deflate(h);

	if (strcmp(how, "ssl3") == 0 && h->version == 0x0300 &&
	    offers(h, SUITE_CBC))
		return answer(h, 0x0300, SUITE_CBC, false, true);
	if (strcmp(how, "ignores-fallback") == 0 && h->version == 0x0302 &&
	    offers(h, SUITE_CBC))
		return answer(h, 0x0302, SUITE_CBC, false, true);
	if (strcmp(how, "no-sentinel") == 0 && offers(h, SUITE_13))
		return answer_13();
	if (h->version < 0x0303)
		return refuse(h->version);
	if (strcmp(how, "export") == 0 && offers(h, SUITE_EXPORT))
		return answer(h, 0x0303, SUITE_EXPORT, false, true);
	if (offers(h, SUITE_GCM))
		return answer(h, 0x0303, SUITE_GCM, deflate,
		    strcmp(how, "no-renegotiation-info") != 0);
	return refuse(0x0303);
}

static int
serve(const char *how)
{
	uint8_t record[RECORD_MAX + 5];
	struct hello h;
	size_t n;

	if (!take(record, 5))
		return 0;
	if ((record[0] & 0x80) != 0 && record[2] == 1) {
		n = (size_t)(record[0] & 0x7f) << 8 | record[1];
		if (strcmp(how, "ssl2") != 0 || n < 9 || n > RECORD_MAX ||
		    !take(record + 5, n - 3))
			return 0;
		return answer_ssl2();
	}
	n = u16(record + 3);
	if (record[0] != 22 || n > RECORD_MAX || !take(record + 5, n))
		return 0;
	if (!read_hello(&h, record + 5, n))
		return refuse(0x0303);
	return answer_hello(how, &h);
}

int
main(int argc, char **argv)
{
	static const char *const hows[] = { "ssl2", "ssl3", "export",
		"compression", "no-renegotiation-info", "ignores-fallback",
		"no-sentinel", NULL };
	size_t i = 0;
	FILE *f;

	while (argc == 3 && hows[i] != NULL && strcmp(hows[i], argv[1]) != 0)
		i++;
	if (argc != 3 || hows[i] == NULL) {
		fprintf(stderr, "usage: fake-tls HOW CERTIFICATE\n");
		return 64;
	}
	f = fopen(argv[2], "rb");
	if (f == NULL)
		return 1;
	ncertificate = fread(certificate, 1, sizeof(certificate), f);
	fclose(f);
	return serve(argv[1]);
}
