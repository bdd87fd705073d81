/*
 * profile_table_fields: the loader's tables of profile_tables, for the
 * profile's own files alone.
 */
#ifndef ASSAY_PROFILE_TABLE_FIELDS_H
#define ASSAY_PROFILE_TABLE_FIELDS_H

#include "scenarios/profile_tables.h"
#include "scenarios/schema.h"
#include "scenarios/yaml.h"

extern const struct yaml_choice hazard_choices[]; /* of profile.c */
extern const struct yaml_choice profile_transports[];

#define PROFILE_CELL(i) YAML_AT(struct profile_row, cells[i])
#define PROFILE_STATES \
	{ \
		.name = "states", .type = YAML_FLAGS, \
		YAML_AT(struct profile_row, states), .choices = state_choices, \
		.help = \
		    "The life-cycle states in which it holds; all when not " \
		    "said." \
	}
/* 1 to 65535 */
#define PROFILE_A_PORT \
	"([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|" \
	"65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
#define PROFILE_PORT(i) \
	{ \
		.name = "port", .type = YAML_TEXT, PROFILE_CELL(i), \
		.pattern = "^" PROFILE_A_PORT "(-" PROFILE_A_PORT ")?$", \
		.expects = "1 to 65535 or a range like 1000-2000", \
		.is_numeric = true, .finish = profile_finish_port, \
		.help = \
		    "A port, or the first and last of a range; any when not " \
		    "said." \
	}
/* One port, and no range. */
#define PROFILE_ONE_PORT(i, needed, text) \
	{ \
		.name = "port", .type = YAML_TEXT, .is_required = (needed), \
		PROFILE_CELL(i), .pattern = "^" PROFILE_A_PORT "$", \
		.expects = "1 to 65535", .is_numeric = true, .help = (text) \
	}
#define PROFILE_TRANSPORT(i) \
	{ \
		.name = "transport", .type = YAML_TEXT, PROFILE_CELL(i), \
		.choices = profile_transports, \
		.help = "Transport protocol; any when not said." \
	}
#define PROFILE_FLAG(key, text) \
	{ \
		.name = (key), .type = YAML_BOOL, \
		YAML_AT(struct profile_row, flag), .def = "false", \
		.help = (text) \
	}

/* A range ends where it begins or after. */
int profile_finish_port(const struct yaml_node *n, void *base, struct err *e);
/* A row that names no state holds in all of them. */
int profile_finish_row(const struct yaml_node *n, void *base, struct err *e);

/* Rows of profile_tables_ways.c and profile_tables_access.c. */
extern const struct yaml_map profile_interface_map, profile_update_map,
    profile_essential_map;
extern const struct yaml_map profile_authentication_map, profile_credential_map,
    profile_default_map, profile_reset_map;

/* A row of each; it fills a struct profile_row. */
extern const struct yaml_field profile_table_items[PROFILE_TABLE_COUNT];

/* The key was there: base is the struct profile. */
int profile_said_flows(const struct yaml_node *, void *base, struct err *);
int profile_said_discloses(const struct yaml_node *, void *base, struct err *);
int profile_said_protocols(const struct yaml_node *, void *base, struct err *);
int profile_said_cloud(const struct yaml_node *, void *base, struct err *);
int profile_said_consents(const struct yaml_node *, void *base, struct err *);
int profile_said_interfaces(const struct yaml_node *, void *base, struct err *);
int profile_said_authentication(
    const struct yaml_node *, void *base, struct err *);
int profile_said_defaults(const struct yaml_node *n, void *base, struct err *e);
int profile_said_credentials(
    const struct yaml_node *, void *base, struct err *);
int profile_said_updates(const struct yaml_node *, void *base, struct err *);
int profile_said_resets(const struct yaml_node *, void *base, struct err *);
int profile_said_essential(const struct yaml_node *, void *base, struct err *);

#endif
