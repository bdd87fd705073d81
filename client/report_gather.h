/*
 * report_gather: what a report is made of, asked of the daemon.
 */
#ifndef ASSAY_REPORT_GATHER_H
#define ASSAY_REPORT_GATHER_H

#include "client/client.h"
#include "reports/report_spool.h"
#include "scenarios/messages.h"

/* Sentences in both languages. */
struct report_languages {
	struct messages *en, *ja;
};
/* 0, or the exit status after saying why not. */
int report_languages_load(struct client *c, struct report_languages *l);
void report_languages_free(struct report_languages *l);

struct report_wish {
	const char *word; /* a run (a number), a device, NULL: of --order */
	const struct report_languages *languages;
	const json_t *lab;          /* or NULL */
	struct report_spool *spool; /* as report_given has it */
};

/* The report, with --scheme and the catalogue's options.  0 with *report,
 * caller decrefs; or the exit status after saying why not. */
int report_gather(
    struct client *c, const struct report_wish *wish, json_t **report);

/* report.c: in brief; what the command line asks a report of, with its
 * template: a run, a device or an order; languages, which the caller frees in
 * any case.  0, or the exit status after saying why not. */
int report_ask(struct client *c, struct report_languages *l,
    struct report_spool *spool, json_t **report);

#endif
