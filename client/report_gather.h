/*
 * report_gather: what a report is made of, asked of the daemon.
 */
#ifndef ASSAY_REPORT_GATHER_H
#define ASSAY_REPORT_GATHER_H

#include "client/client.h"
#include "scenarios/messages.h"

/* Sentences in both languages. */
struct report_languages {
	struct messages *en, *ja;
};
/* 0, or the exit status after saying why not. */
int report_languages_load(struct client *c, struct report_languages *l);
void report_languages_free(struct report_languages *l);

/* The report of a run (a number), a device or (word NULL) the order that
 * --order names, with --scheme, the catalogue's options and lab (or NULL).
 * 0 with *report, caller decrefs; or the exit status after saying why not. */
int report_gather(struct client *c, const char *word,
    const struct report_languages *l, const json_t *lab, json_t **report);

/* report.c: what the command line asks a report of, with its template: a run,
 * a device or an order; languages, which the caller frees in any case.  0, or
 * the exit status after saying why not. */
int report_ask(struct client *c, struct report_languages *l, json_t **report);

#endif
