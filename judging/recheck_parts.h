/*
 * recheck_parts: one job of a run, and what is said of its verdicts.
 */
#ifndef ASSAY_RECHECK_PARTS_H
#define ASSAY_RECHECK_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "judging/recheck.h"
#include "scenarios/profile.h"

/* What a job left in the records; all borrowed but the arrays. */
struct recheck_job {
	const json_t *job;    /* its record */
	const json_t *jobend; /* NULL: it has none */
	json_t *observations; /* in order */
	json_t *controls;
	json_t *verdicts; /* its verdict records */
	bool observed;    /* there is such a record */
};

/* recheck_judge.c: what the probe says of it now. */
struct recheck_now {
	const json_t *descriptor; /* borrowed; NULL: none here */
	json_t *verdicts;         /* NULL: it could not be judged … */
	char why[320];            /* … for this */
};

/* The descriptor of a probe as it is here, asked for once; or NULL with why.
 * cache: {name: descriptor or text}. */
const json_t *recheck_descriptor(const struct recheck *r, json_t *cache,
    const char *probe, char *why, size_t size);
/* Leaves what it can in *now.  sandbox: of the worker, caller frees. */
void recheck_judge(const struct recheck *r, const struct recheck_job *job,
    const struct profile *profile, struct recheck_now *now, char **sandbox);

/* recheck_compare.c: adds an entry to `verdicts` of the report for each of the
 * job's verdicts; returns how many the bench itself had made. */
size_t recheck_compare(const struct recheck_job *job,
    const struct recheck_now *now, json_t *verdicts);

#endif
