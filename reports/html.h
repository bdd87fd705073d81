/*
 * html: a report as one page of HTML that asks nobody for anything: no script,
 * no reference to elsewhere; for screens, light and dark, and for paper.
 *
 * Whatever a device, a maker or a lab supplied is escaped on its way, and
 * control characters, bidirectional ones included, are shown as \xHH.
 */
#ifndef ASSAY_HTML_H
#define ASSAY_HTML_H

#include <jansson.h>

#include "scenarios/messages.h"

/* report: of report_end().  lang: "en" or "ja", and the messages of that
 * language.  Caller frees. */
char *html_report(
    const json_t *report, const struct messages *messages, const char *lang);

#endif
