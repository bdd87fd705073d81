/*
 * report_json: a report as JSON, after etc/schemas/report.schema.json.
 */
#ifndef ASSAY_REPORT_JSON_H
#define ASSAY_REPORT_JSON_H

#include <stdio.h>

#include <jansson.h>

#include "base/err.h"
#include "reports/report_spool.h"

/* In ASCII, keys sorted, no control character but newlines.  spool: each
 * verdict of the report at length; NULL: as the report has them.  0, or -1 with
 * *e.  Whether out took all of it, its owner asks. */
int report_json_write(
    FILE *out, const json_t *report, struct report_spool *spool, struct err *e);

/* The same in memory; caller frees. */
char *report_json(const json_t *report);

#endif
