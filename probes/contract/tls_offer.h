/*
 * tls_offer: how a TLS session of talk.h is begun, and what a later one needs
 * to resume it.
 *
 * A session that is kept is bytes (the SSLSession of OpenSSL, DER): a probe may
 * offer them to another port, or change the ticket in them first.
 */
#ifndef ASSAY_CONTRACT_TLS_OFFER_H
#define ASSAY_CONTRACT_TLS_OFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ASSAY_TLS_SESSION_MAX 8192 /* bytes; a larger one is not kept */

struct assay_tls_offer {
	uint16_t version;    /* 0x0301 to 0x0304: this one alone; 0: any */
	const char *host;    /* server_name; NULL or "": none */
	const void *session; /* to be resumed; NULL: none.  What is no session:
				ASSAY_TALK_LOCAL */
	size_t nsession;
	bool no_extended_secret; /* of TLS 1.2: it is not offered (RFC 7627) */
	bool keeps; /* tls_only ends when a ticket has come, or at the pause */
	/* Sent as early data with the first flight, which takes a session that
	 * allows it; without: ASSAY_TALK_LOCAL.  At most ASSAY_TALK_SAY_MAX. */
	const void *early;
	size_t nearly;
};

enum assay_tls_early {
	ASSAY_TLS_EARLY_UNSENT = 0,
	ASSAY_TLS_EARLY_REJECTED,
	ASSAY_TLS_EARLY_ACCEPTED,
};

/* All of it gone after the call. */
struct assay_tls_kept {
	/* The server took up the session that was offered, as its ServerHello
	 * says: also when the handshake was not completed behind it. */
	bool resumed;
	bool has_extended_secret;  /* below TLS 1.3: it was agreed on */
	const uint8_t *session;    /* the newest; NULL: none was given */
	size_t nsession;           /* at most ASSAY_TLS_SESSION_MAX */
	size_t ticket_at, nticket; /* where in it; 0: it has none */
	uint64_t lifetime_s;       /* the ticket's, as the server says */
	uint64_t early_max;        /* bytes of early data that it allows */
	enum assay_tls_early early;
	const uint8_t *flight; /* the one with early data; or NULL */
	size_t nflight;
};

#endif
