/*
 * text_coverage: what of the catalogue is shown of a device, for a terminal.
 */
#ifndef ASSAY_TEXT_COVERAGE_H
#define ASSAY_TEXT_COVERAGE_H

#include <jansson.h>

#include "catalogue/coverage.h"
#include "reports/text.h"

/* A row for each requirement of scheme (NULL: of all): result, k of n of its
 * required checks, how many of these have a probe, can run here, have run, and
 * what stands in the way.  lang: of the titles.  Caller frees. */
char *text_coverage(const struct text_style *style, const struct coverage *c,
    const struct catalogue_scheme *scheme, const char *lang);
/* A row for each check that speaks to one requirement.  Caller frees. */
char *text_coverage_checks(
    const struct text_style *style, const struct coverage_requirement *row);
/* The same as a value: {requirement, result, passed, required, …, checks}. */
json_t *text_coverage_json(const struct coverage_requirement *row);

#endif
