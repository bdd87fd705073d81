/*
 * report_json: a report as JSON, after etc/schemas/report.schema.json.
 */
#ifndef ASSAY_REPORT_JSON_H
#define ASSAY_REPORT_JSON_H

#include <jansson.h>

/* In ASCII, keys sorted, no control character but newlines; caller frees. */
char *report_json(const json_t *report);

#endif
