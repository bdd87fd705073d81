/*
 * text_changes: what a run says otherwise than the one before, for a terminal.
 */
#ifndef ASSAY_TEXT_CHANGES_H
#define ASSAY_TEXT_CHANGES_H

#include <jansson.h>

#include "catalogue/changes.h"
#include "reports/text.h"

/* A paragraph for each finding, the gravest first, and how many questions are
 * as they were.  Caller frees. */
char *text_changes(const struct text_style *style, const struct changes *c);
/* What a finding is shown as: its kind ("new_failure"), or "waived", "apart".
 */
const char *text_changes_heading(const struct changes_row *row);
/* {status, cut, broken, counts {}, findings [{is, kind, check, reason, from,
 * to, basis [], flaky, waiver, claims [{claim, subject, scope, before,
 * after}]}]}; before and after: verdicts' numbers or null.  Questions that are
 * as they were are in counts alone. */
json_t *text_changes_json(const struct changes *c);

#endif
