/*
 * tls_malformed: handshakes with something wrong in them, by number.
 *
 * What a TLS server is said at the beginning of a connection.  A case is known
 * by its number: the same number and name of a host give the same bytes for
 * ever, so that what a record names can be said again.  Case 0 is a good
 * ClientHello of TLS 1.3 and 1.2, from which the others differ; of the numbers
 * above it not all are cases.  What the standard wants is said of those alone
 * of which it says MUST of the receiver.  Sources: RFC 8446 section 4, 4.1.2,
 * 4.2, 5, 5.1, 6 and 9.2, RFC 5246 section 6.2.1, 7.2 and 7.4, RFC 8701
 * (GREASE), RFC 6066 section 3 (server_name), RFC 7301 (ALPN), RFC 8422 section
 * 5.1.
 */
#ifndef ASSAY_TLS_MALFORMED_H
#define ASSAY_TLS_MALFORMED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tls_malformed_want {
	TLS_WANT_TAKEN = 1,  /* unusual alone: it must be borne */
	TLS_WANT_REFUSED,    /* by an alert, or at least by an end */
	TLS_WANT_REFUSED_13, /* the same of whoever speaks TLS 1.3 */
	TLS_WANT_ANYTHING,   /* that a server can say */
	TLS_WANT_WAITING,    /* it is not whole: silence is as good as an end */
};

struct tls_malformed {
	char name[56];      /* "length.session_id.zero" */
	const char *clause; /* "RFC 8446 section 6"; "": none */
	enum tls_malformed_want want;
	bool follows; /* a good hello comes first, and may be answered */
};

#define TLS_MALFORMED_LAST 1400
#define TLS_MALFORMED_MAX 20480 /* bytes of a case */

/* Its bytes; 0: no case has this number, or they do not fit.  host: at most
 * 100 bytes; NULL: "device.test". */
size_t tls_malformed_build(struct tls_malformed *out, uint16_t number,
    const char *host, uint8_t *bytes, size_t size);
/* How many there are, case 0 not counted. */
unsigned tls_malformed_count(void);

#endif
