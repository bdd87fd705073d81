/*
 * jc_star: the sixteen criteria of JC-STAR ★1 in the order of IPA's checklist,
 * as a table (csv.h) in Japanese and English side by side: result, evidence
 * and remarks of each.
 */
#ifndef ASSAY_JC_STAR_H
#define ASSAY_JC_STAR_H

#include <jansson.h>

#include "scenarios/messages.h"

/* Caller frees.  NULL: the scheme is not in the report. */
char *jc_star_report(
    const json_t *report, const struct messages *en, const struct messages *ja);

#endif
