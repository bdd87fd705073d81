/*
 * coverage: what of the catalogue was asked of a device, what can be, and what
 * stands in the way.
 *
 * Every requirement has a row and every check that speaks to it an item: what
 * nobody can ask yet is a gap with its reason and never left out.  Pure: it
 * reads what it is given.
 */
#ifndef ASSAY_COVERAGE_H
#define ASSAY_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalogue/catalogue.h"
#include "catalogue/requirement_algebra.h"
#include "scenarios/profile.h"

/* What one claim of a check said, on one sample in one state. */
struct coverage_said {
	const char *sample, *state, *check; /* sample "": not named */
	enum verdict verdict;
	const char *reason; /* code; "" */
	uint64_t run, seq;
};

/* What a reviewer concluded on a requirement's documents. */
struct coverage_reviewed {
	const char *requirement; /* "USCTM:DOC-1F" */
	enum requirement_documents conclusion;
};

struct coverage_given {
	const struct catalogue *catalogue;
	const struct profile *profile; /* NULL: no device is asked about */
	uint32_t media; /* the bench's: bits 1 << enum catalogue_medium */
	const char *const *probed; /* checks that a probe claims; NULL ends */
	const struct coverage_said *said;
	size_t nsaid;
	const struct coverage_reviewed *reviewed;
	size_t nreviewed;
	/* Samples and states that are asked for; empty: those that said has.
	 * What failed on another still failed; what passed there shows nothing.
	 */
	const char *const *samples, *const *states;
	size_t nsamples, nstates;
	/* Whose word is taken where a scheme says so ("UK PSTI"), NULL:
	 * nobody's; and the day (ISO 8601) on which this is asked. */
	const char *exempt, *day;
};

/* A check, once: requirements share it. */
struct coverage_check {
	const struct catalogue_check *check;
	bool has_probe, is_possible; /* with this bench and profile */
	bool is_run;                 /* something was said */
	enum verdict verdict;        /* over samples and states */
	enum requirement_gap gap;
	const struct profile_na *na; /* the profile's row; NULL */
	bool lacks_technology;       /* na: the product has none of it */
	uint64_t run, seq;           /* of what decided the verdict; 0 */
};

struct coverage_requirement {
	const struct catalogue_requirement *requirement;
	const struct coverage_check **checks; /* as requirement->said */
	struct requirement_conclusion conclusion;
	const struct profile_na *na; /* the profile's row on it; NULL */
	/* By which it is na; NULL: by none. */
	const struct catalogue_exemption *exemption;
	/* Of the required set, na ones left out. */
	size_t with_probe, possible, run;
};

struct coverage {
	struct coverage_check *checks; /* in the catalogue's order */
	size_t nchecks;
	struct coverage_requirement *requirements; /* scheme by scheme */
	size_t nrequirements;
	/* Technologies of the profile that no check knows: typing errors. */
	const char **strangers;
	size_t nstrangers;
};

/* What it points into must outlive it. */
struct coverage *coverage_make(const struct coverage_given *given);
void coverage_free(struct coverage *c);

#endif
