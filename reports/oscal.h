/*
 * oscal: a report as OSCAL assessment results (NIST, JSON): an observation for
 * each verdict, a finding for each requirement.
 *
 * Satisfied is only what passed or conforms; what nobody showed is not
 * satisfied, for another reason than a failure.  Every UUID is derived
 * (version 5) from what it names, so that the same report is the same bytes.
 */
#ifndef ASSAY_OSCAL_H
#define ASSAY_OSCAL_H

#include <jansson.h>

#include "reports/export.h"

/* Caller frees. */
char *oscal_report(const json_t *report, const struct export_style *style);

#endif
