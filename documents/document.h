/*
 * document: what a program can say of a document that a maker handed over.
 *
 * Each check adds one row {check, good, detail} to a list.  good is true,
 * false, or null: it could not be looked at.  A row says something of the
 * document, never of the device, and no row is a verdict: a reviewer
 * concludes.  detail is text for a person and may quote the document.
 *
 * Everything here is pure: bytes, dates and the time of now in, rows out.  The
 * bytes are anybody's.
 */
#ifndef ASSAY_DOCUMENT_H
#define ASSAY_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#define DOCUMENT_MAX (4u << 20)    /* bytes that a check looks at */
#define DOCUMENT_CEILING (1 << 30) /* bytes that any bench takes */

enum document_good {
	DOCUMENT_BAD,
	DOCUMENT_GOOD,
	DOCUMENT_UNKNOWN,
};

/* Adds a row.  check is a name of ours: "sbom.form". */
void document_say(json_t *rows, const char *check, enum document_good good,
    const char *format, ...) __attribute__((format(printf, 4, 5)));
/* A row of that check is there and bad, or check NULL: any is. */
bool document_has_bad(const json_t *rows, const char *check);

/* "a PDF", "a ZIP archive": what the bytes are when they are no text; NULL
 * when they may be. */
const char *document_not_text(const void *bytes, size_t size);

/* "2027-03-31", or with a time as RFC 3339 has it ("2027-03-31T12:00:00Z",
 * offsets too), to seconds since 1970.  A date alone means its end (the first
 * second that is not of it, UTC).  -1: not one, or no day of the calendar. */
int document_date(const char *text, size_t size, int64_t *seconds);

/* A day on which security support ends: "support.form", "support.future".
 * until NULL: nobody said. */
void document_check_support(json_t *rows, const char *until, int64_t now_s);

/* A file after RFC 9116: "security_txt.form", ".contact", ".expires",
 * ".future", ".links"; a signature around it is named and not verified. */
void document_check_security_txt(
    json_t *rows, const void *bytes, size_t size, int64_t now_s);

/* An inventory in CycloneDX 1.x or SPDX 2.x or 3.x JSON: "sbom.form",
 * "sbom.components", "sbom.names_seen": every product that was seen on the
 * device (seen, ends with NULL; its name without its version) is named by a
 * component.  seen NULL: nobody looked. */
void document_check_sbom(
    json_t *rows, const void *bytes, size_t size, const char *const *seen);

/* A certificate of a backend: "certificate.form", "certificate.valid".  until
 * (a date) says what a document that is no X.509 in PEM says; NULL: nobody
 * said. */
void document_check_certificate(json_t *rows, const void *bytes, size_t size,
    const char *until, int64_t now_s);

#endif
