/*
 * document_certificate: until when a backend's certificate is valid.
 *
 * Its dates alone are looked at: whose it is, and by whom, is the reviewer's.
 */
#include <limits.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "documents/document.h"

static const char begin[] = "-----BEGIN CERTIFICATE-----";

static void
say_date(json_t *rows, const char *until, int64_t now_s)
{
	int64_t end;

	if (until == NULL) {
		document_say(rows, "certificate.form", DOCUMENT_UNKNOWN,
		    "no X.509 certificate in PEM, and nobody said until when "
		    "it is valid");
		return;
	}
	if (document_date(until, strlen(until), &end) == -1) {
		document_say(rows, "certificate.form", DOCUMENT_BAD,
		    "\"%.40s\" is no date such as 2030-12-31", until);
		return;
	}
	document_say(rows, "certificate.form", DOCUMENT_GOOD,
	    "valid until %.40s, as was said", until);
	document_say(rows, "certificate.valid",
	    end > now_s ? DOCUMENT_GOOD : DOCUMENT_BAD,
	    end > now_s ? "that is in the future" : "that is over");
}

static void
say_x509(json_t *rows, X509 *x, int64_t now_s)
{
	struct tm from, to;
	int64_t begins, ends;

	if (ASN1_TIME_to_tm(X509_get0_notBefore(x), &from) != 1 ||
	    ASN1_TIME_to_tm(X509_get0_notAfter(x), &to) != 1) {
		document_say(rows, "certificate.form", DOCUMENT_BAD,
		    "its dates are none");
		return;
	}
	begins = timegm(&from);
	ends = timegm(&to);
	document_say(rows, "certificate.form", DOCUMENT_GOOD,
	    "X.509, valid from %04d-%02d-%02d to %04d-%02d-%02d",
	    from.tm_year + 1900, from.tm_mon + 1, from.tm_mday,
	    to.tm_year + 1900, to.tm_mon + 1, to.tm_mday);
	document_say(rows, "certificate.valid",
	    begins <= now_s && now_s <= ends ? DOCUMENT_GOOD : DOCUMENT_BAD,
	    begins > now_s      ? "it is not valid yet"
		: now_s <= ends ? "it is valid"
				: "it has expired");
}

void
document_check_certificate(json_t *rows, const void *bytes, size_t size,
    const char *until, int64_t now_s)
{
	BIO *bio;
	X509 *x;

	if (size > INT_MAX ||
	    memmem(bytes, size, begin, strlen(begin)) == NULL) {
		say_date(rows, until, now_s);
		return;
	}
	bio = BIO_new_mem_buf(bytes, (int)size);
	x = bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, NULL, NULL);
	ERR_clear_error();
	if (x == NULL)
		document_say(rows, "certificate.form", DOCUMENT_BAD,
		    "it begins as a certificate in PEM, and is none");
	else
		say_x509(rows, x, now_s);
	X509_free(x);
	BIO_free(bio);
}
