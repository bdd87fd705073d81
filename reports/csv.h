/*
 * csv: a report as a table (RFC 4180) for a laboratory's information system:
 * a row for each requirement and check.
 *
 * Codes are the same in every language, titles and sentences are in one.  A
 * cell that a spreadsheet would compute is text: it begins with an apostrophe.
 */
#ifndef ASSAY_CSV_H
#define ASSAY_CSV_H

#include <jansson.h>

#include "reports/text_out.h"

/* U+FEFF before it all, by which spreadsheets know UTF-8. */
#define CSV_BOM "\xef\xbb\xbf"

/* Caller frees. */
char *csv_report(const json_t *report, const char *lang);

/* A cell, between quotes and harmless, behind a comma unless it begins the
 * row; s is a line that may be shown. */
void csv_put(struct text_out *o, const char *s);
/* Ends the row. */
void csv_end_row(struct text_out *o);

#endif
