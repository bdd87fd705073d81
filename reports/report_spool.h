/*
 * report_spool: a report's verdicts at length, outside of memory.
 *
 * A report in brief is all that most formats want; what JSON says of a verdict
 * beyond that waits here, in a file without a name, till it is written.
 */
#ifndef ASSAY_REPORT_SPOOL_H
#define ASSAY_REPORT_SPOOL_H

#include <jansson.h>

#include "base/err.h"

struct report_spool;

/* NULL with *e: no temporary file can be made. */
struct report_spool *report_spool_new(struct err *e);
void report_spool_free(struct report_spool *s); /* NULL is fine */

/* Behind those before.  What could not be kept is told by next. */
void report_spool_add(struct report_spool *s, const json_t *verdict);

/* From the first on. */
void report_spool_rewind(struct report_spool *s);
/* The next one, caller decrefs; NULL with *e: it cannot be had. */
json_t *report_spool_next(struct report_spool *s, struct err *e);

#endif
