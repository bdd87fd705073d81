/*
 * schema: the tables that read what people write, and their JSON Schemas.
 */
#ifndef ASSAY_SCHEMA_H
#define ASSAY_SCHEMA_H

#include <jansson.h>

#include "scenarios/yaml.h"

extern const struct yaml_map scenario_table;     /* fills a struct scenario */
extern const struct yaml_map profile_table;      /* fills a struct profile */
extern const struct yaml_map messages_table;     /* private to messages.c */
extern const struct yaml_choice state_choices[]; /* enum state */

/* kind: "scenario", "profile", "messages", "assayd".  NULL when there is no
 * such kind. Caller decrefs. */
json_t *scenarios_schema(const char *kind);

#endif
