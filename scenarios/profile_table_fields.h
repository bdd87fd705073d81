/*
 * profile_table_fields: the loader's tables of profile_tables, for profile.c
 * alone.
 */
#ifndef ASSAY_PROFILE_TABLE_FIELDS_H
#define ASSAY_PROFILE_TABLE_FIELDS_H

#include "scenarios/profile_tables.h"
#include "scenarios/yaml.h"

extern const struct yaml_choice hazard_choices[]; /* of profile.c */

/* A row of each; it fills a struct profile_row. */
extern const struct yaml_field profile_table_items[PROFILE_TABLE_COUNT];

/* The key was there: base is the struct profile. */
int profile_said_flows(const struct yaml_node *, void *base, struct err *);
int profile_said_discloses(const struct yaml_node *, void *base, struct err *);
int profile_said_protocols(const struct yaml_node *, void *base, struct err *);
int profile_said_cloud(const struct yaml_node *, void *base, struct err *);
int profile_said_consents(const struct yaml_node *, void *base, struct err *);

#endif
