/*
 * requirement_algebra: from verdicts to requirements, as pure functions.
 *
 * A requirement holds only when everything that it rests on was shown: nothing
 * here can turn an absence into a pass.  What is missing is counted and named
 * (k of n), never left out.
 */
#ifndef ASSAY_REQUIREMENT_ALGEBRA_H
#define ASSAY_REQUIREMENT_ALGEBRA_H

#include <stdbool.h>
#include <stddef.h>

#include "catalogue/catalogue_names.h"
#include "records/record.h"

/* Why a check has not passed where it was asked for; the greatest of several
 * is said. */
enum requirement_gap {
	REQUIREMENT_GAP_NONE,
	REQUIREMENT_GAP_NO_PROBE,     /* nobody can ask it yet */
	REQUIREMENT_GAP_NOT_EQUIPPED, /* the bench lacks what it takes */
	REQUIREMENT_GAP_NOT_DECLARED, /* the maker did not say what it takes */
	REQUIREMENT_GAP_NOT_REACHED,  /* it was not asked */
	REQUIREMENT_GAP_NOT_ALLOWED,  /* the profile did not let it */
	REQUIREMENT_GAP_INFO,         /* it was asked, and decides nothing */
	REQUIREMENT_GAP_INCONCLUSIVE,
	REQUIREMENT_GAP_ERROR,
	REQUIREMENT_GAP_FAILED,
	REQUIREMENT_GAP_COUNT,
};
/* The code in etc/messages: "gap.not_equipped". */
const char *requirement_gap_code(enum requirement_gap gap);

/* One check, on one sample in one state. */
struct requirement_cell {
	enum verdict verdict; /* VERDICT_NONE: never asked */
	/* Of a verdict that is none or inconc: NO_PROBE to NOT_ALLOWED, when
	 * known; else NONE. */
	enum requirement_gap why;
};

/* What several claims, subjects and repeats of one check say together: a fail
 * stands, an error, an inconclusive or a missing one takes the pass away; info
 * and na beside a pass do not. */
enum verdict requirement_over_claims(const enum verdict *said, size_t n);

/* One check over every sample and state that was asked for: na cells narrow,
 * a pass is a pass in all that are left.  *gap is filled in. */
enum verdict requirement_over_cells(
    const struct requirement_cell *cells, size_t n, enum requirement_gap *gap);

/* A check of a requirement, over its cells. */
struct requirement_item {
	enum catalogue_level level;
	enum verdict verdict;
	enum requirement_gap gap;
};

/* What a reviewer said of the documents. */
enum requirement_documents {
	REQUIREMENT_DOCUMENTS_NONE, /* nobody has */
	REQUIREMENT_DOCUMENTS_CONFORM,
	REQUIREMENT_DOCUMENTS_DO_NOT_CONFORM,
	REQUIREMENT_DOCUMENTS_INSUFFICIENT,
};

enum requirement_word {
	REQUIREMENT_INCOMPLETE, /* k of n */
	REQUIREMENT_NA,
	REQUIREMENT_CONFORMS, /* by documents alone */
	REQUIREMENT_PASS,
	REQUIREMENT_PASS_WITH_FINDINGS,
	REQUIREMENT_INSUFFICIENT, /* the documents are */
	REQUIREMENT_DOES_NOT_CONFORM,
	REQUIREMENT_FAIL,
	REQUIREMENT_WORD_COUNT,
};
const char *requirement_word_name(enum requirement_word word);

struct requirement_given {
	enum catalogue_decides decides;
	bool is_na; /* by the profile or an exemption, with its reason */
	enum requirement_documents documents;
	const struct requirement_item *items;
	size_t nitems;
};

struct requirement_conclusion {
	enum requirement_word word;
	size_t passed, required; /* k of n, of the required set */
	size_t findings;         /* recommended checks that failed */
	size_t narrowed;         /* required ones that are na */
	bool lacks_documents;    /* that would decide it */
};

struct requirement_conclusion requirement_conclude(
    const struct requirement_given *given);

/* 1 when one fails or does not conform, else 2 when one is incomplete or
 * insufficient, else 0.  n 0: 2, since nothing was concluded. */
int requirement_exit_status(const enum requirement_word *said, size_t n);

#endif
