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
