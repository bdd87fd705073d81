/*
 * flawed-tls: a TLS 1.2 server with a flaw that no real one has any more.
 *
 *   flawed-tls HOW CERTIFICATE KEY
 *
 * On standard input and output, for socat.  It speaks
 * TLS_RSA_WITH_AES_128_CBC_SHA with this certificate (DER) and key (PEM), up
 * to the end of a handshake, and is wrong in one thing:
 *
 *   flawless     nothing
 *   heartbleed   answers a heartbeat by as many bytes as it claims to have
 *   early-ccs    takes ChangeCipherSpec before there are keys
 *   robot        an alert of its own for a key exchange of wrong padding
 *   poodle       does not look at the padding of CBC
 *   ticketbleed  says 32 bytes of session identifier, whatever it was sent
 *   logjam       takes an export suite of Diffie-Hellman, with 512 bits
 *   raccoon      Diffie-Hellman of 2048 bits with the same key each time
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include "protocols/bytes.h"
#include "protocols/tls_client_hello.h"
#include "protocols/tls_hello.h"
#include "protocols/tls_session.h"

#define SUITE_CBC 0x002f
#define SUITE_DHE 0x009e
#define SUITE_DHE_EXPORT 0x0014
#define PREMASTER 48
#define OUT_MAX 20000
#define IN_MAX 40000

enum stage {
	HELLO,
	KEY,
	CHANGE,
	FINISHED,
	OVER
};

struct flawed {
	const char *how;
	const uint8_t *certificate;
	size_t ncertificate;
	EVP_PKEY *key;
	enum stage stage;
	bool took_early, wants_ticket, is_bad_key;
	struct tls_session session;
	uint8_t out[OUT_MAX];
	size_t nout;
	uint8_t in[IN_MAX];
	size_t nin;
};

static bool
is(const struct flawed *f, const char *how)
{
	return strcmp(f->how, how) == 0;
}

/* ---- out ---- */

static void
put_record(struct flawed *f, enum tls_content type, const void *body, size_t n)
{
	uint8_t *p = f->out + f->nout;

	p[0] = (uint8_t)type;
	put_u16(p + 1, TLS_12);
	put_u16(p + 3, (uint16_t)n);
	memcpy(p + 5, body, n);
	f->nout += 5 + n;
}

static void
put_message(
    struct flawed *f, enum tls_message_type type, const uint8_t *body, size_t n)
{
	uint8_t message[9000] = { (uint8_t)type, 0 };

	put_u16(message + 2, (uint16_t)n);
	if (n > 0)
		memcpy(message + 4, body, n);
	tls_session_add(&f->session, message, n + 4);
	put_record(f, TLS_HANDSHAKE, message, n + 4);
}

static void
refuse(struct flawed *f, uint8_t alert)
{
	const uint8_t body[] = { 2, alert };

	put_record(f, TLS_ALERT, body, sizeof(body));
	f->stage = OVER;
}

/* ---- the first flight ---- */

static size_t
put_extension(uint8_t *p, uint16_t type, const void *body, size_t n)
{
	put_u16(p, type);
	put_u16(p + 2, (uint16_t)n);
	memcpy(p + 4, body, n);
	return 4 + n;
}

static void
put_hello(struct flawed *f, const struct tls_client_hello *h, uint16_t suite,
    struct tls_span id)
{
	uint8_t body[256];
	size_t n = 35, block;

	put_u16(body, TLS_12);
	memcpy(body + 2, f->session.random[TLS_SERVER], 32);
	body[34] = (uint8_t)id.n;
	if (id.n > 0)
		memcpy(body + n, id.p, id.n);
	n += id.n;
	put_u16(body + n, suite);
	body[n + 2] = 0;
	block = n + 3;
	n = block + 2;
	if (h->renegotiation_info)
		n += put_extension(
		    body + n, TLS_EXT_RENEGOTIATION_INFO, "\0", 1);
	if (f->session.has_extended_secret)
		n += put_extension(
		    body + n, TLS_EXT_EXTENDED_MASTER_SECRET, "", 0);
	if (is(f, "heartbleed"))
		n += put_extension(body + n, TLS_EXT_HEARTBEAT, "\1", 1);
	if (f->wants_ticket)
		n += put_extension(body + n, TLS_EXT_SESSION_TICKET, "", 0);
	put_u16(body + block, (uint16_t)(n - block - 2));
	put_message(f, TLS_SERVER_HELLO, body, n);
}

static void
put_certificate(struct flawed *f)
{
	uint8_t body[8500] = { 0 };

	put_u16(body + 1, (uint16_t)(f->ncertificate + 3));
	put_u16(body + 4, (uint16_t)f->ncertificate);
	memcpy(body + 6, f->certificate, f->ncertificate);
	put_message(f, TLS_CERTIFICATE, body, 6 + f->ncertificate);
}

/* Prime, generator, public value; whatever stands for the signature. */
static void
put_dh(struct flawed *f, size_t prime)
{
	uint8_t body[1024];
	size_t n = 0;

	put_u16(body, (uint16_t)prime);
	memset(body + 2, 0xfb, prime);
	n = 2 + prime;
	put_u16(body + n, 1);
	body[n + 2] = 2;
	put_u16(body + n + 3, (uint16_t)prime);
	memset(body + n + 5, 0x77, prime);
	n += 5 + prime;
	put_u16(body + n, 0x0401);
	put_u16(body + n + 2, 64);
	memset(body + n + 4, 0x33, 64);
	put_message(f, TLS_SERVER_KEY_EXCHANGE, body, n + 68);
}

static bool
resumes(struct flawed *f, const struct tls_client_hello *h)
{
	uint8_t id[32];

	if (!is(f, "ticketbleed") || h->ticket.n == 0 || h->session_id.n > 32)
		return false;
	memset(id, 0x4d, sizeof(id)); /* what lies in memory behind it */
	if (h->session_id.n > 0)
		memcpy(id, h->session_id.p, h->session_id.n);
	put_hello(f, h, SUITE_CBC, (struct tls_span){ id, sizeof(id) });
	f->stage = OVER;
	return true;
}

static void
take_hello(struct flawed *f, const uint8_t *message, size_t n)
{
	static const struct tls_span no_id = { NULL, 0 };
	struct tls_client_hello h;
	uint16_t suite = SUITE_CBC;

	if (message[0] != TLS_CLIENT_HELLO ||
	    tls_client_hello_read(&h, message + 4, n - 4) == -1) {
		refuse(f, TLS_ALERT_DECODE_ERROR);
		return;
	}
	if (is(f, "logjam") && tls_client_hello_offers(&h, SUITE_DHE_EXPORT))
		suite = SUITE_DHE_EXPORT;
	else if (is(f, "raccoon") && tls_client_hello_offers(&h, SUITE_DHE))
		suite = SUITE_DHE;
	if (h.best_version != TLS_12 || !tls_client_hello_offers(&h, suite)) {
		refuse(f, TLS_ALERT_HANDSHAKE_FAILURE);
		return;
	}
	(void)tls_session_begin(&f->session, TLS_12, SUITE_CBC);
	tls_session_add(&f->session, message, n);
	memcpy(f->session.random[TLS_CLIENT], message + 6, 32);
	RAND_bytes(f->session.random[TLS_SERVER], 32);
	f->session.has_extended_secret = h.extended_master_secret;
	f->wants_ticket = is(f, "ticketbleed") && h.ticket.p != NULL;
	if (resumes(f, &h))
		return;
	put_hello(f, &h, suite, no_id);
	put_certificate(f);
	if (suite != SUITE_CBC)
		put_dh(f, suite == SUITE_DHE ? 256 : 64);
	put_message(f, TLS_SERVER_HELLO_DONE, NULL, 0);
	f->stage = KEY;
}

/* ---- the second one ---- */

/* RFC 8017 section 7.2.2, on a block that was decrypted. */
static bool
is_well_padded(const uint8_t *block, size_t n)
{
	size_t i = 2;

	while (i < n && block[i] != 0)
		i++;
	return n > PREMASTER + 11 && block[0] == 0 && block[1] == 2 &&
	    i == n - PREMASTER - 1 && block[i + 1] == 3 && block[i + 2] == 3;
}

static void
take_key(struct flawed *f, const uint8_t *message, size_t n)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(f->key, NULL);
	uint8_t block[TLS_SESSION_BLOCK_MAX], premaster[PREMASTER];
	size_t size = sizeof(block);
	const bool good = n > 6 && message[0] == TLS_CLIENT_KEY_EXCHANGE &&
	    EVP_PKEY_decrypt_init(c) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(c, RSA_NO_PADDING) == 1 &&
	    EVP_PKEY_decrypt(c, block, &size, message + 6, n - 6) == 1;

	EVP_PKEY_CTX_free(c);
	if (!good) {
		refuse(f, TLS_ALERT_UNEXPECTED_MESSAGE);
		return;
	}
	RAND_bytes(premaster, sizeof(premaster));
	if (is_well_padded(block, size))
		memcpy(premaster, block + size - PREMASTER, PREMASTER);
	else if (is(f, "robot")) {
		refuse(f, 51); /* decrypt_error */
		return;
	}
	tls_session_add(&f->session, message, n);
	(void)tls_session_keys(&f->session, premaster, sizeof(premaster));
	f->stage = CHANGE;
}

static void
put_sealed_finished(struct flawed *f)
{
	uint8_t message[16] = { TLS_FINISHED, 0, 0, TLS_FINISHED_SIZE };
	static const uint8_t ticket[] = { 0, 0, 1, 44, 0, 8, 1, 2, 3, 4, 5, 6,
		7, 8 };
	uint8_t chance[16];
	const struct tls_session_plain plain = { TLS_HANDSHAKE, message,
		sizeof(message), chance, TLS_SPOIL_NONE };

	if (f->wants_ticket)
		put_message(f, TLS_NEW_SESSION_TICKET, ticket, sizeof(ticket));
	put_record(f, TLS_CHANGE_CIPHER_SPEC, "\1", 1);
	RAND_bytes(chance, sizeof(chance));
	(void)tls_session_finished(&f->session, TLS_SERVER, message + 4);
	f->nout += tls_session_seal(&f->session, TLS_SERVER, &plain,
	    f->out + f->nout, sizeof(f->out) - f->nout);
	f->stage = OVER;
}

static void
take_finished(struct flawed *f, const struct tls_record *r)
{
	uint8_t plain[TLS_RECORD_BODY_MAX], wanted[TLS_FINISHED_SIZE];

	if (tls_session_open(
		&f->session, TLS_CLIENT, is(f, "poodle"), r, plain) != 16) {
		refuse(f, 20); /* bad_record_mac */
		return;
	}
	(void)tls_session_finished(&f->session, TLS_CLIENT, wanted);
	if (memcmp(plain + 4, wanted, sizeof(wanted)) != 0) {
		refuse(f, 51);
		return;
	}
	tls_session_add(&f->session, plain, 16);
	put_sealed_finished(f);
}

static void
take_heartbeat(struct flawed *f, const struct tls_record *r)
{
	uint8_t body[3 + 65535 + 16] = { 2 };
	const size_t n = r->size < 3 ? 0 : (size_t)r->body[1] << 8 | r->body[2];

	if (!is(f, "heartbleed") || n > 4096) {
		refuse(f, TLS_ALERT_UNEXPECTED_MESSAGE);
		return;
	}
	memset(body + 3, 0x6b, n + 16); /* what lies in memory behind it */
	memcpy(body + 1, r->body + 1, 2);
	memcpy(body + 3, r->body + 3, r->size - 3 < n ? r->size - 3 : n);
	put_record(f, TLS_HEARTBEAT, body, 3 + n + 16);
}

static void
take_change(struct flawed *f)
{
	if (f->stage == CHANGE) {
		f->stage = FINISHED;
	} else if (f->stage == KEY && is(f, "early-ccs")) {
		f->took_early = true;
	} else {
		refuse(f, TLS_ALERT_UNEXPECTED_MESSAGE);
	}
}

static void
take_record(struct flawed *f, const struct tls_record *r)
{
	const bool is_message = r->type == TLS_HANDSHAKE && r->size >= 4;

	if (f->took_early)
		refuse(f, 20);
	else if (r->type == TLS_HEARTBEAT && f->stage == KEY)
		take_heartbeat(f, r);
	else if (r->type == TLS_CHANGE_CIPHER_SPEC)
		take_change(f);
	else if (is_message && f->stage == HELLO)
		take_hello(f, r->body, r->size);
	else if (is_message && f->stage == KEY)
		take_key(f, r->body, r->size);
	else if (is_message && f->stage == FINISHED)
		take_finished(f, r);
	else
		refuse(f, TLS_ALERT_UNEXPECTED_MESSAGE);
}

/* More bytes of a client.  False: it ends the connection, once what is in out
 * was sent. */
static bool
flawed_take(struct flawed *f, const uint8_t *bytes, size_t n)
{
	struct tls_record r;
	size_t at = 0;
	int more = 0;

	if (n > sizeof(f->in) - f->nin)
		return false;
	memcpy(f->in + f->nin, bytes, n);
	f->nin += n;
	while (f->stage != OVER &&
	    (more = tls_record_next(f->in, f->nin, &at, &r)) == 1)
		take_record(f, &r);
	memmove(f->in, f->in + at, f->nin - at);
	f->nin -= at;
	return more != -1 && f->stage != OVER;
}

static int
serve(struct flawed *f)
{
	uint8_t bytes[4096];
	bool goes_on = true;
	ssize_t n;

	while (goes_on && (n = read(STDIN_FILENO, bytes, sizeof(bytes))) > 0) {
		goes_on = flawed_take(f, bytes, (size_t)n);
		if (write(STDOUT_FILENO, f->out, f->nout) != (ssize_t)f->nout)
			return 1;
		f->nout = 0;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	static const char *const hows[] = { "flawless", "heartbleed",
		"early-ccs", "robot", "poodle", "ticketbleed", "logjam",
		"raccoon", NULL };
	static struct flawed f;
	static uint8_t certificate[8192];
	size_t i = 0;
	FILE *file;

	while (argc == 4 && hows[i] != NULL && strcmp(hows[i], argv[1]) != 0)
		i++;
	if (argc != 4 || hows[i] == NULL) {
		fprintf(stderr, "usage: flawed-tls HOW CERTIFICATE KEY\n");
		return 64;
	}
	f.how = hows[i];
	file = fopen(argv[2], "rb");
	if (file == NULL)
		return 1;
	f.ncertificate = fread(certificate, 1, sizeof(certificate), file);
	f.certificate = certificate;
	fclose(file);
	file = fopen(argv[3], "rb");
	if (file == NULL)
		return 1;
	f.key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	fclose(file);
	return f.key == NULL || f.certificate == NULL ? 1 : serve(&f);
}
