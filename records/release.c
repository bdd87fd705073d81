/*
 * release: who may review, authorise and replace a report.
 */
#include "records/release.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *
text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text == NULL ? "" : text;
}

/* The next letter of a name, small; several spaces are one, and those at the
 * ends none. */
static int
next_letter(const char **at, bool is_first)
{
	bool has_space = **at == ' ';

	*at += strspn(*at, " ");
	if (**at == '\0')
		return 0;
	if (has_space && !is_first)
		return ' ';
	return tolower((unsigned char)*(*at)++);
}

bool
release_is_same_person(const char *a, const char *b)
{
	bool is_first = true;
	int x, y;

	do {
		x = next_letter(&a, is_first);
		y = next_letter(&b, is_first);
		is_first = false;
	} while (x == y && x != 0);
	return x == y;
}

void
release_take(struct release *r, const json_t *attestation)
{
	const char *what = text_of(attestation, "requirement"),
		   *number = text_of(attestation, "clause"),
		   *digest = text_of(
		       json_object_get(json_object_get(attestation, "checks"),
			   RELEASE_CHECK),
		       "detail"),
		   *by = text_of(json_object_get(attestation, "by"), "name");
	bool is_ours = strcmp(number, r->number) == 0,
	     is_review = strcmp(what, RELEASE_REVIEWED) == 0,
	     is_authorisation = strcmp(what, RELEASE_AUTHORISED) == 0;

	if (strncmp(what, RELEASE_AMENDS, strlen(RELEASE_AMENDS)) == 0 &&
	    strcmp(what + strlen(RELEASE_AMENDS), r->number) == 0)
		r->was_amended = true;
	if (is_authorisation && r->amends != NULL &&
	    strcmp(number, r->amends) == 0)
		r->amends_one = true;
	if (!is_ours || (!is_review && !is_authorisation))
		return;
	if (strcmp(digest, r->digest) != 0) {
		r->is_outdated = true;
		return;
	}
	if (is_review && !r->is_authorised)
		snprintf(r->reviewer, sizeof(r->reviewer), "%s", by);
	if (is_authorisation && r->reviewer[0] != '\0' &&
	    !release_is_same_person(r->reviewer, by))
		r->is_authorised = true;
}

static int
allows_authorisation(const struct release *r, const char *by, struct err *e)
{
	if (r->reviewer[0] == '\0')
		return err_set(e,
		    r->is_outdated
			? "report %s says something else than what was "
			  "reviewed: it is a draft again"
			: "nobody has reviewed report %s as it is",
		    r->number);
	if (release_is_same_person(r->reviewer, by))
		return err_set(e,
		    "the reviewer of report %s cannot authorise it: that takes "
		    "another person",
		    r->number);
	return 0;
}

int
release_allows(const struct release *r, const char *requirement, const char *by,
    struct err *e)
{
	bool is_authorisation = strcmp(requirement, RELEASE_AUTHORISED) == 0;

	if (r->number[0] == '\0' || strlen(r->digest) != 64)
		return err_set(e,
		    "a statement on a report names it (clause) and the SHA-256 "
		    "of what it says (the check " RELEASE_CHECK ")");
	if (r->amends != NULL)
		return r->amends_one && strcmp(r->amends, r->number) != 0
		    ? 0
		    : err_set(e, "no other report %s was ever authorised",
			  r->amends);
	if (!is_authorisation && strcmp(requirement, RELEASE_REVIEWED) != 0)
		return err_set(e,
		    "of a report: " RELEASE_REVIEWED ", " RELEASE_AUTHORISED
		    " or " RELEASE_AMENDS "NUMBER");
	if (r->is_authorised)
		return err_set(e, "report %s is authorised already", r->number);
	if (r->was_amended)
		return err_set(
		    e, "report %s is replaced by another one", r->number);
	return is_authorisation ? allows_authorisation(r, by, e) : 0;
}
