/*
 * report_pdf: a page of HTML on paper, by a headless Chromium.
 */
#ifndef ASSAY_REPORT_PDF_H
#define ASSAY_REPORT_PDF_H

#include <stddef.h>

#include "base/err.h"

/* The PDF's bytes, caller frees; NULL with *e: no Chromium is installed, or it
 * did not print within two minutes. */
char *report_pdf(const char *html, size_t *size, struct err *e);

#endif
