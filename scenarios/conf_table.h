/*
 * conf_table: the table that reads assayd.yaml, for the published schema.
 */
#ifndef ASSAY_CONF_TABLE_H
#define ASSAY_CONF_TABLE_H

#include "scenarios/yaml.h"

extern const struct yaml_map conf_table; /* fills a struct conf */

#endif
