/*
 * sarif: a report as SARIF 2.1.0 (OASIS), for systems that track findings.
 *
 * A result for each verdict, and one, of kind "open", for each check that
 * nobody asked: its absence would read as if nothing was wrong.  A finding
 * keeps its fingerprint from run to run: it is of product, check, claim and
 * subject.
 */
#ifndef ASSAY_SARIF_H
#define ASSAY_SARIF_H

#include <jansson.h>

#include "reports/export.h"

/* Caller frees. */
char *sarif_report(const json_t *report, const struct export_style *style);

#endif
