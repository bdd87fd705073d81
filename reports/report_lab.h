/*
 * report_lab: what a lab says of itself and of an order in its reports: its
 * template (YAML, version 1).  All of it is the lab's own word; nothing in it
 * changes a result.
 *
 *   version: 1
 *   name: Lab of ours
 *   address: 1-2-3 Somewhere
 *   accreditation: JAB RTL00000       # absent: none is claimed
 *   logo: logo.png                    # beside this file; png, jpeg or svg
 *   number: R-2026-0001               # of the report
 *   issued: 2026-11-23
 *   customer: {name: Example Corp., address: …}
 *   decision_rule: …                  # absent: assay's own is stated
 *   opinions: [ … ]                   # kept apart from the results
 *   remarks: [ … ]                    # on the samples, deviations, …
 *   reviewed: {by: A. Person, date: 2026-11-23}
 *   authorised: {by: B. Person, date: 2026-11-23}
 */
#ifndef ASSAY_REPORT_LAB_H
#define ASSAY_REPORT_LAB_H

#include <jansson.h>

#include "base/err.h"
#include "scenarios/yaml.h"

#define REPORT_LOGO_MAX (256u * 1024u) /* bytes of its file */

/* What reads it; private to report_lab.c. */
extern const struct yaml_map report_lab_table;

/* {name, address, accreditation, number, issued, customer: {name, address},
 * decision_rule, opinions, remarks, reviewed, authorised: {by, date} or null,
 * logo: data URI or null}; "" for what is not said.  NULL with *e set; caller
 * decrefs. */
json_t *report_lab_read(const char *path, struct err *e);

#endif
