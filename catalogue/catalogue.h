/*
 * catalogue: requirements of schemes, checks, and which check speaks to which
 * requirement, read from versioned data (etc/catalogue/, YAML).
 *
 *   edition.yaml          which edition it is
 *   schemes/NAME.yaml     a scheme and its requirements
 *   checks/NAME.yaml      checks, each with the requirements it speaks to
 *   crosswalk.yaml        topics: requirements that ask for the same
 *   confirmations/NAME.yaml   a lab's: a person read the clause of a reference
 *                         that is marked unconfirmed, and says its level
 *   texts/NAME.yaml       a lab's: the text of a requirement that it has a
 *                         licence for
 *
 * A lab's overlay is a directory of the same shape, without an edition; it adds
 * and never replaces.  A check that names a topic speaks to every requirement
 * of it, of schemes that its own links leave out.  An ID that nothing defines,
 * or that two files define, is refused with file:line:column.
 *
 * The catalogue says nothing of a device: it is read, then never changed.
 */
#ifndef ASSAY_CATALOGUE_H
#define ASSAY_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hex.h"
#include "catalogue/catalogue_names.h"

/* Where a row stands, for errors. */
struct catalogue_place {
	const char *file; /* of the catalogue */
	unsigned line, column;
};

/* A text in two languages; ja "" when there is none: en is shown. */
struct catalogue_text {
	char *en, *ja;
};

struct catalogue_link {
	char *to; /* "USCTM:IAC-01" */
	enum catalogue_level level;
	const char *topic; /* it came by this one; NULL: by its own link */
	struct catalogue_requirement *requirement;
	struct catalogue_place place;
};

struct catalogue_check {
	char *id; /* "NET-01" */
	struct catalogue_text title;
	char *stimulus, *rule, *reference; /* reference "": none */
	enum catalogue_mark mark;
	char *confirmed_by, *clause; /* of a confirmation; else NULL */
	enum catalogue_impact impact;
	enum catalogue_medium medium;
	char *technology; /* "mqtt"; "": asked of every product */
	uint32_t needs;   /* bits 1 << enum catalogue_need */
	char *topic;      /* "" */
	struct catalogue_link *links;
	size_t nlinks;
	struct catalogue_place place;
};

/* One check that speaks to a requirement. */
struct catalogue_said {
	const struct catalogue_check *check;
	const struct catalogue_link *link;
};

/* A scheme that takes the word of another for a requirement. */
struct catalogue_exemption {
	char *by;    /* "UK PSTI" */
	char *since; /* ISO 8601 date */
	char *reason;
};

struct catalogue_requirement {
	char *id;   /* "IAC-01", unique within its scheme */
	char *name; /* "USCTM:IAC-01" */
	struct catalogue_text title, asks;
	enum catalogue_decides decides;
	enum catalogue_mark mark;
	char *status;   /* "mandatory", "recommended"; "": mandatory */
	char *licensed; /* the text that the lab has of it; else NULL */
	bool is_gate;   /* no order runs without it */
	struct catalogue_exemption *exemptions;
	size_t nexemptions;
	const struct catalogue_scheme *scheme;
	struct catalogue_said *said; /* in the catalogue's order */
	size_t nsaid;
	struct catalogue_place place;
};

struct catalogue_scheme {
	char *id; /* "USCTM" */
	struct catalogue_text title;
	char *edition, *status, *source;
	struct catalogue_requirement *requirements; /* in the file's order */
	size_t nrequirements;
	struct catalogue_place place;
};

struct catalogue_topic {
	char *id;
	struct catalogue_text title;
	enum catalogue_mark mark;
	struct catalogue_requirement **requirements;
	size_t nrequirements;
};

struct catalogue;

/* Where a lab's own is, when nothing else is said. */
#define CATALOGUE_OVERLAY "/etc/assay/catalogue.d"

/* dir: etc/catalogue; overlay: a lab's directory, or NULL; one that does not
 * exist adds nothing.  NULL with *e set. */
struct catalogue *catalogue_load(
    const char *dir, const char *overlay, struct err *e);
void catalogue_free(struct catalogue *c); /* NULL is fine */

const char *catalogue_edition(const struct catalogue *c);
/* SHA-256 over every file's name and text, the overlay's included: the same
 * exactly when the same was read. */
const char *catalogue_digest(const struct catalogue *c);
/* The overlay added something. */
bool catalogue_is_overlaid(const struct catalogue *c);

size_t catalogue_scheme_count(const struct catalogue *c);
const struct catalogue_scheme *catalogue_scheme_at(
    const struct catalogue *c, size_t index);
const struct catalogue_scheme *catalogue_scheme(
    const struct catalogue *c, const char *id); /* NULL */
size_t catalogue_check_count(const struct catalogue *c);
const struct catalogue_check *catalogue_check_at(
    const struct catalogue *c, size_t index);
const struct catalogue_check *catalogue_check(
    const struct catalogue *c, const char *id); /* NULL */
size_t catalogue_topic_count(const struct catalogue *c);
const struct catalogue_topic *catalogue_topic_at(
    const struct catalogue *c, size_t index);
/* name: "USCTM:IAC-01", or "IAC-01" when one scheme alone has it.  NULL with
 * *e set, which names the schemes when there are several. */
const struct catalogue_requirement *catalogue_requirement(
    const struct catalogue *c, const char *name, struct err *e);

/* lang: "en" or "ja". */
const char *catalogue_text(const struct catalogue_text *t, const char *lang);

#endif
