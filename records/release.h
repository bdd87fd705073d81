/*
 * release: who may review, authorise and replace a report.
 *
 * A statement on a report is an attestation whose requirement is one of those
 * below, whose clause is the report's number, and whose check RELEASE_CHECK has
 * the digest of what the report said.  It takes two persons: the bench refuses
 * to seal an authorisation by the reviewer, or before a review, and a reader
 * gives it no weight.  Pure.
 */
#ifndef ASSAY_RELEASE_H
#define ASSAY_RELEASE_H

#include <stdbool.h>

#include <jansson.h>

#include "base/err.h"

#define RELEASE_PREFIX "REPORT:"
#define RELEASE_REVIEWED "REPORT:reviewed"
#define RELEASE_AUTHORISED "REPORT:authorised"
/* "REPORT:amends:" and the number of the one that it replaces */
#define RELEASE_AMENDS "REPORT:amends:"
#define RELEASE_CHECK "report.content"

/* Letters of any case, and spaces more or less, make no other person. */
bool release_is_same_person(const char *a, const char *b);

/* What one more statement meets: number and digest as it says them, amends
 * NULL or the number that it replaces; the rest begins as zeroes. */
struct release {
	const char *number, *digest, *amends;
	char reviewer[256]; /* of this content, the newest; "": nobody */
	bool is_outdated;   /* other content of this number was reviewed */
	bool is_authorised; /* this content was */
	bool was_amended;   /* another report replaces this number */
	bool amends_one;    /* what it replaces was authorised once */
};

/* Attestations, the oldest first; any others are of no account. */
void release_take(struct release *r, const json_t *attestation);
/* May it be said by this person?  -1 with *e: no. */
int release_allows(const struct release *r, const char *requirement,
    const char *by, struct err *e);

#endif
