/*
 * changes: what a later run says otherwise than the run it is compared with.
 *
 * A question is a check's claim, in a state of the device, of what stays of its
 * subject when addresses change (family and port).  What was asked otherwise
 * than before (another method, catalogue, bench, profile, sample) is kept
 * apart: it tells nothing of the device.  Nothing that is not a pass reads as
 * one, and no question gets lost because it was not asked again.  Pure: it
 * reads what it is given.
 */
#ifndef ASSAY_CHANGES_H
#define ASSAY_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "records/record.h"

enum changes_kind {
	CHANGES_SAME,          /* and nothing to be done about it */
	CHANGES_OPEN,          /* as undecided as it was */
	CHANGES_NEWLY_PASSED,  /* undecided or not asked before */
	CHANGES_FIXED,         /* failed, and passes now */
	CHANGES_STILL_FAILING, /* for what it failed for before */
	CHANGES_NOT_ASKED,     /* decided before, and not asked or na now */
	CHANGES_NEWLY_INCONCLUSIVE,
	CHANGES_NEW_ERROR,   /* the bench's */
	CHANGES_NEW_FAILURE, /* or for something more than before */
	CHANGES_KIND_COUNT,
};

/* "new_failure"; the message is "changes.new_failure". */
const char *changes_kind_name(enum changes_kind kind);

/* By words alone: VERDICT_NONE where it was not asked. */
enum changes_kind changes_of_words(enum verdict before, enum verdict after);

/* What is otherwise than before, as bits. */
enum changes_basis {
	CHANGES_METHOD = 1 << 0, /* the probe or its method's version */
	CHANGES_CATALOGUE = 1 << 1,
	CHANGES_BENCH = 1 << 2,   /* or the segment's mode */
	CHANGES_PROFILE = 1 << 3, /* in more than the firmware's version */
	CHANGES_SAMPLE = 1 << 4,
	CHANGES_BASIS_COUNT = 5,
};

const char *changes_basis_name(enum changes_basis bit);

/* One sealed verdict.  Texts are never NULL. */
struct changes_said {
	const char *check, *claim, *state;
	const char *scope;   /* of the subject: what stays of it */
	const char *subject; /* as it is shown, and told from others in a run */
	uint64_t step;
	enum verdict verdict;
	const char *reason;
	const char *named; /* what its values name, words with ' ' or ',' */
	const char *probe;
	uint64_t method;
	const char *catalogue, *bench, *mode, *profile, *sample;
	uint64_t seq;
	const json_t *record; /* the whole of it, for reports; may be NULL */
};

/* How a run ended. */
enum changes_outcome {
	CHANGES_COMPLETE,
	CHANGES_INCOMPLETE, /* or cancelled */
	CHANGES_FAILED,     /* the bench */
};

struct changes_run {
	const struct changes_said *said;
	size_t n;
	enum changes_outcome outcome;
	const char *firmware; /* "": not declared */
};

/* A verdict of an earlier run, oldest run first. */
struct changes_past {
	uint64_t run;
	const char *check, *claim, *state, *firmware;
	uint64_t method;
	enum verdict verdict;
};

struct changes_waiver { /* one that counts today */
	const char *check, *until, *ticket, *by;
};

struct changes_given {
	struct changes_run before, after;
	/* Their profiles say the same, but for the firmware's version. */
	bool same_profile;
	const struct changes_past *past; /* `after` may be among them */
	size_t npast;
	const struct changes_waiver *waivers;
	size_t nwaivers;
};

/* One question. */
struct changes_row {
	/* Whose words these are: NULL when it was not asked then. */
	const struct changes_said *before, *after;
	enum verdict from, to; /* over repeats, steps and addresses */
	enum changes_kind kind;
	unsigned basis; /* bits of enum changes_basis; 0: nothing */
	bool is_apart;  /* changed, and asked otherwise */
	bool is_flaky;  /* repeats, or earlier runs that asked the same */
	const struct changes_waiver *waiver; /* of a failure; NULL */
	size_t finding; /* rows of one cause have the same number, from 0 */
};

struct changes {
	struct changes_row *rows; /* by check, claim, state, scope */
	size_t nrows, nfindings;
	bool is_newly_cut;    /* the later run ended early, the other did not */
	bool is_newly_broken; /* the bench failed, and had not before */
	int status;           /* 0 nothing new; 1 failure; 2 less; 3 bench */
};

/* The row that stands for all of a finding: its first. */
const struct changes_row *changes_finding(
    const struct changes *c, size_t finding);

/* What it points into must outlive it. */
struct changes *changes_make(const struct changes_given *given);
void changes_free(struct changes *c);

#endif
