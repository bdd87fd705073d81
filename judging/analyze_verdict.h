/*
 * analyze_verdict: from what a probe said of a foreign capture to what is told.
 */
#ifndef ASSAY_ANALYZE_VERDICT_H
#define ASSAY_ANALYZE_VERDICT_H

#include <jansson.h>

#include "judging/capture_cite.h"
#include "judging/worker_alone.h"
#include "records/verdict_algebra.h"
#include "scenarios/profile.h"

struct analyze_said {
	const struct worker_alone_result *result;
	const json_t *descriptor;
	const struct profile *profile;
	struct verdict_job_end end;
};

/* How the job ended, by the algebra. */
struct verdict_job_end analyze_job_end(const struct worker_alone_result *r);
/* The nth verdict it said, with its evidence; caller decrefs. */
json_t *analyze_verdict(
    const struct analyze_said *s, size_t n, const struct capture_cite *cites);
/* Appends one for each claim without a verdict, when the job did not end well
 * or said nothing at all. */
void analyze_add_missing(const struct analyze_said *s, json_t *verdicts);

#endif
