/*
 * html_parts: what the sections of the page share; of no use elsewhere.
 */
#ifndef ASSAY_HTML_PARTS_H
#define ASSAY_HTML_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "reports/text_out.h"
#include "scenarios/messages.h"

struct html_index { /* a verdict by its number */
	json_int_t seq;
	const json_t *verdict;
};

struct html {
	struct text_out out;
	const json_t *report;
	const struct messages *messages;
	const char *lang;
	struct html_index *verdicts; /* ascending */
	size_t nverdicts;
	json_t *of_check; /* {check: [numbers]} */
};

/* ---- html_out.c ---- */

/* Escaped: for text and for attributes in double quotes. */
void html_put(struct html *h, const char *s);
/* Ours: markup as it is. */
void html_raw(struct html *h, const char *s);
void html_rawf(struct html *h, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The words of "report.NAME", or of any other code with a dot. */
const char *html_word(const struct html *h, const char *name);
void html_put_word(struct html *h, const char *name);
/* The same as text of a paragraph: what stands between ` is code. */
void html_put_prose(struct html *h, const char *name);
/* The words of GROUP + name. */
void html_put_name(struct html *h, const char *group, const char *name);
/* A string, a number; "–" for null. */
void html_put_json(struct html *h, const json_t *value);
void html_put_count(struct html *h, json_int_t n);    /* 65,535 */
void html_put_time(struct html *h, const json_t *ns); /* in UTC */
/* {en, ja} in the page's language. */
const char *html_both(const struct html *h, const json_t *text);
/* A verdict's or a result's word in a frame of its colour: GROUP + name. */
void html_badge(struct html *h, const char *group, const char *name);
/* "10.77.0.10 port 23" */
void html_put_subject(struct html *h, const json_t *subject);
/* A string for CSS, in quotes. */
void html_css_string(struct html *h, const char *s);
/* "" for what is not there. */
const char *html_text(const json_t *o, const char *key);
json_int_t html_integer(const json_t *o, const char *key);

void html_section(struct html *h, const char *id, const char *word);
void html_section_end(struct html *h);
/* Words of headings, NULL ends. */
void html_table(struct html *h, const char *class, const char *const *words);
void html_table_end(struct html *h);
/* <tr><th>word</th><td> … html_fact_end */
void html_fact(struct html *h, const char *word);
void html_fact_end(struct html *h);

/* ---- the rest ---- */

void html_style(struct html *h);        /* html_style.c */
void html_summary(struct html *h);      /* html_summary.c */
void html_order(struct html *h);        /* html_order.c */
void html_requirements(struct html *h); /* html_requirements.c */
void html_findings(struct html *h);     /* html_verdicts.c */
void html_verdicts(struct html *h);
void html_timeline(struct html *h); /* html_pictures.c */
void html_ports(struct html *h);
void html_methods(struct html *h);    /* html_methods.c */
void html_not_tested(struct html *h); /* html_annex.c */
void html_deviations(struct html *h);
void html_integrity(struct html *h);
void html_statements(struct html *h);

/* html_annex.c: somebody answers for it. */
bool html_is_authorised(const struct html *h);
/* NULL when the report has none of that number. */
const json_t *html_verdict(const struct html *h, json_int_t seq);

#endif
