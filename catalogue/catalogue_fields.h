/*
 * catalogue_fields: what the catalogue's tables have in common.
 */
#ifndef ASSAY_CATALOGUE_FIELDS_H
#define ASSAY_CATALOGUE_FIELDS_H

#include "catalogue/catalogue_tables.h"

#define ID_PATTERN "^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$"
#define LINK_PATTERN "^[A-Z][A-Z0-9-]{0,31}:[A-Za-z0-9][A-Za-z0-9._-]{0,31}$"
#define NAME_PATTERN "^[a-z][a-z0-9-]{0,39}$"
#define LONG_TEXT 1000

#define VERSION_FIELD \
	{ \
		.name = "version", .type = YAML_UINT, .is_required = true, \
		.min = 1, .max = 1, .help = "Version of this file's format." \
	}

#define TEXT_FIELD(key, struct_, member, ...) \
	{ \
		.name = key, .type = YAML_TEXT, YAML_AT(struct_, member), \
		__VA_ARGS__ \
	}

extern const struct yaml_choice catalogue_level_choices[];
extern const struct yaml_choice catalogue_mark_choices[];
extern const struct yaml_map catalogue_text_map; /* a catalogue_text */

/* Where a node stands; the file is set when it has been read. */
void catalogue_place_at(
    const struct yaml_node *n, struct catalogue_place *place);

#endif
