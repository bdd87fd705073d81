/*
 * worker_tls_resume: what a TLS session is begun with, and what is kept of it
 * for a later one.
 */
#include "daemon/worker/worker_tls_resume.h"

#include <limits.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/sslerr.h>

#include "base/alloc.h"

static uint8_t *
copy_of(const void *bytes, size_t n)
{
	uint8_t *copy = xcalloc(1, n > 0 ? n : 1);

	if (n > 0)
		memcpy(copy, bytes, n);
	return copy;
}

/* 0, or -1: it is no session. */
static int
offer_session(SSL *ssl, const struct assay_tls_offer *offer)
{
	const unsigned char *p = offer->session;
	SSL_SESSION *session;
	int set;

	if (offer->session == NULL)
		return 0;
	if (offer->nsession > LONG_MAX)
		return -1;
	session = d2i_SSL_SESSION(NULL, &p, (long)offer->nsession);
	if (session == NULL)
		return -1;
	set = SSL_set_session(ssl, session);
	SSL_SESSION_free(session);
	return set == 1 ? 0 : -1;
}

/* With early data behind it, which is what somebody would send again. */
static int
send_early(
    struct worker_tls_resume *r, SSL *ssl, const struct assay_tls_offer *offer)
{
	size_t written = 0;
	char *bytes;
	long n;

	if (SSL_write_early_data(ssl, offer->early, offer->nearly, &written) !=
		1 ||
	    written != offer->nearly)
		return -1;
	n = BIO_get_mem_data(SSL_get_wbio(ssl), &bytes);
	if (n <= 0)
		return -1;
	r->kept.flight = copy_of(bytes, (size_t)n);
	r->kept.nflight = (size_t)n;
	return 0;
}

/* OpenSSL's macro takes a name that it could write to. */
static int
set_host(SSL *ssl, const char *host)
{
	char name[TLSEXT_MAXLEN_host_name + 1];
	int n = snprintf(name, sizeof(name), "%s", host);

	if (n < 0 || (size_t)n >= sizeof(name) ||
	    SSL_set_tlsext_host_name(ssl, name) != 1)
		return -1;
	return 0;
}

static int
apply(SSL *ssl, const struct assay_tls_offer *offer)
{
	if (offer->version != 0 &&
	    (SSL_set_min_proto_version(ssl, offer->version) != 1 ||
		SSL_set_max_proto_version(ssl, offer->version) != 1))
		return -1;
	if (offer->no_extended_secret)
		SSL_set_options(ssl, SSL_OP_NO_EXTENDED_MASTER_SECRET);
	if (offer->host != NULL && offer->host[0] != '\0' &&
	    set_host(ssl, offer->host) == -1)
		return -1;
	return offer_session(ssl, offer);
}

int
worker_tls_resume_begin(
    struct worker_tls_resume *r, SSL *ssl, const struct assay_tls_offer *offer)
{
	int done = offer == NULL ? 0 : apply(ssl, offer);

	if (done == 0 && offer != NULL && offer->nearly > 0)
		done = send_early(r, ssl, offer);
	else if (done == 0)
		(void)SSL_do_handshake(ssl);
	ERR_clear_error();
	return done;
}

/* Where the ticket is in the session's bytes: it is there once, as it is. */
static size_t
find(const uint8_t *in, size_t n, const unsigned char *what, size_t size)
{
	const uint8_t *at = size == 0 ? NULL : memmem(in, n, what, size);

	return at == NULL ? 0 : (size_t)(at - in);
}

void
worker_tls_resume_keep(struct worker_tls_resume *r, const SSL_SESSION *session)
{
	struct assay_tls_kept *k = &r->kept;
	const unsigned char *ticket = NULL;
	unsigned char *bytes = NULL;
	size_t size = 0;
	const int n = i2d_SSL_SESSION(session, &bytes);

	if (n > 0 && n <= ASSAY_TLS_SESSION_MAX) {
		free((void *)(uintptr_t)k->session);
		k->session = copy_of(bytes, (size_t)n);
		k->nsession = (size_t)n;
		SSL_SESSION_get0_ticket(session, &ticket, &size);
		k->ticket_at = find(k->session, (size_t)n, ticket, size);
		k->nticket = k->ticket_at == 0 ? 0 : size;
		k->lifetime_s = SSL_SESSION_get_ticket_lifetime_hint(session);
		k->early_max = SSL_SESSION_get_max_early_data(session);
	}
	OPENSSL_free(bytes);
}

/* A server that says so and then goes on with a whole handshake has not. */
void
worker_tls_resume_see(struct worker_tls_resume *r, SSL *ssl)
{
	const int reason = ERR_GET_REASON(ERR_peek_last_error());
	const int early = SSL_get_early_data_status(ssl);

	r->kept.resumed =
	    SSL_session_reused(ssl) == 1 && reason != SSL_R_UNEXPECTED_MESSAGE;
	r->kept.has_extended_secret = SSL_get_extms_support(ssl) == 1;
	if (early == SSL_EARLY_DATA_ACCEPTED)
		r->kept.early = ASSAY_TLS_EARLY_ACCEPTED;
	else if (early == SSL_EARLY_DATA_REJECTED)
		r->kept.early = ASSAY_TLS_EARLY_REJECTED;
}

void
worker_tls_resume_end(struct worker_tls_resume *r)
{
	free((void *)(uintptr_t)r->kept.session);
	free((void *)(uintptr_t)r->kept.flight);
}
