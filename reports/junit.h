/*
 * junit: a report as JUnit XML, for systems that collect test results: a suite
 * for each scheme, a case for each requirement.
 *
 * Passed is only what passed or conforms.  What nobody showed is skipped with
 * what is missing; where the bench failed it is an error.
 */
#ifndef ASSAY_JUNIT_H
#define ASSAY_JUNIT_H

#include <jansson.h>

#include "reports/export.h"

/* Caller frees. */
char *junit_report(const json_t *report, const struct export_style *style);

#endif
