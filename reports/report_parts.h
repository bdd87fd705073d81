/*
 * report_parts: what the files of the report share; of no use elsewhere.
 */
#ifndef ASSAY_REPORT_PARTS_H
#define ASSAY_REPORT_PARTS_H

#include <stdbool.h>

#include "catalogue/coverage.h"
#include "reports/report.h"

struct report {
	struct report_given given;
	json_t *runs, *verdicts, *deviations, *ports;
	json_t *comparison; /* NULL: none */
	json_t *run;   /* the one that is being added; borrowed from runs */
	size_t events; /* of it */
	struct coverage_said *said;
	size_t nsaid, room;
};

/* "" for what is not there. */
const char *report_text(const json_t *o, const char *key);
/* {en, ja}; ja is en where there is none. */
json_t *report_both(const struct catalogue_text *t);
/* A copy of o's member, null when there is none. */
json_t *report_member(const json_t *o, const char *key);

/* What is said of a verdict; is_brief: record is as report_row.c makes it. */
json_t *report_verdict(const struct report *r, const json_t *record,
    const char *sha256, bool is_brief);

/* Is this scheme shown: the only one, one of the order's, or any? */
bool report_wants(const struct report *r, const struct catalogue_scheme *s);

/* report_coverage.c: what the verdicts show, of one sample in one state, or
 * (NULL) over all; probed as coverage_given has it.  coverage_free(). */
struct coverage *report_coverage(const struct report *r,
    const char *const *probed, const char *sample, const char *state);
/* report_order.c: the order, its samples, and what each check showed of each
 * in each state; null when it is over none. */
json_t *report_order(const struct report *r, const char *const *probed);

/* report_run.c: what a record says of its run. */
void report_run_add(struct report *r, const json_t *record);

/* report_deviations.c: what was not as the methods have it. */
void report_deviations_run(struct report *r, const json_t *record);
void report_deviations_job(struct report *r, const json_t *record);
void report_deviations_verdict(struct report *r, const json_t *record);
void report_deviations_profile(struct report *r);

/* report_requirements.c: members "schemes", "requirements", "checks",
 * "not_tested" of o. */
void report_requirements(
    const struct report *r, const struct coverage *coverage, json_t *o);

#endif
