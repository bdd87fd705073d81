/*
 * profile_tables: what else a profile declares, read by tables.
 *
 * Cells are kept as text: who reads them knows what they mean, the patterns
 * here see that they can mean it.
 */
#include "scenarios/profile_tables.h"

#include <string.h>

#include "scenarios/profile.h"
#include "scenarios/profile_table_fields.h"
#include "scenarios/schema.h"
#include "scenarios/yaml.h"

#define ALL_STATES ((1u << STATE_COUNT) - 1)

static const struct {
	const char *name;
	const char *cells[PROFILE_CELLS_MAX + 1];
	const char *flag; /* the name of row->flag as a cell; NULL: none */
} tables[PROFILE_TABLE_COUNT] = {
	[PROFILE_FLOWS] = { "flows", { "to", "transport", "port" },
	    "optional" },
	[PROFILE_DISCLOSES] = { "discloses",
	    { "what", "service", "port", "value" }, NULL },
	[PROFILE_PROTOCOLS] = { "protocols", { "protocol" }, NULL },
	[PROFILE_CLOUD] = { "cloud", { "host", "transport", "port" }, "shut" },
	[PROFILE_CONSENTS] = { "consents", { "hazard", "by", "until" }, NULL },
};

const char *
profile_table_name(size_t id)
{
	return tables[id].name;
}

const char *const *
profile_table_cells(size_t id)
{
	return tables[id].cells;
}

const char *
profile_table_flag(size_t id)
{
	return tables[id].flag;
}

const char *
profile_row_cell(size_t id, const struct profile_row *row, const char *cell)
{
	size_t i;

	for (i = 0; tables[id].cells[i] != NULL; i++)
		if (strcmp(tables[id].cells[i], cell) == 0)
			return row->cells[i];
	if (tables[id].flag != NULL && strcmp(tables[id].flag, cell) == 0)
		return row->flag ? "true" : "";
	return "";
}

#define CELL(i) YAML_AT(struct profile_row, cells[i])
#define STATES \
	{ \
		.name = "states", .type = YAML_FLAGS, \
		YAML_AT(struct profile_row, states), .choices = state_choices, \
		.help = \
		    "The life-cycle states in which it holds; all when not " \
		    "said." \
	}
#define PORT(i) \
	{ \
		.name = "port", .type = YAML_TEXT, CELL(i), \
		.pattern = "^[0-9]{1,5}(-[0-9]{1,5})?$", \
		.expects = "1 to 65535 or a range like 1000-2000", \
		.is_numeric = true, \
		.help = \
		    "A port, or the first and last of a range; any when not " \
		    "said." \
	}
#define TRANSPORT(i) \
	{ \
		.name = "transport", .type = YAML_TEXT, CELL(i), \
		.choices = transports, \
		.help = "Transport protocol; any when not said." \
	}
#define FLAG(key, text) \
	{ \
		.name = (key), .type = YAML_BOOL, \
		YAML_AT(struct profile_row, flag), .def = "false", \
		.help = (text) \
	}

static const struct yaml_choice transports[] = {
	{ "tcp", 6, false },
	{ "udp", 17, false },
	{ NULL, 0, false },
};

static int
finish_row(const struct yaml_node *n, void *base, struct err *e)
{
	struct profile_row *row = base;

	(void)n;
	(void)e;
	if (row->states == 0)
		row->states = ALL_STATES;
	return 0;
}

static const struct yaml_field flow_fields[] = {
	{ .name = "to",
	    .type = YAML_TEXT,
	    .is_required = true,
	    CELL(0),
	    .min = 1,
	    .max = 255,
	    .pattern = "^[*A-Za-z0-9._:/-]+$",
	    .expects = "a host name, an address, or address/length",
	    .help = "A host (*.example.com: any below it), an address or a "
		    "subnet." },
	TRANSPORT(1),
	PORT(2),
	FLAG("optional", "It may be called, and need not be."),
	STATES,
	{ .name = NULL },
};

static const struct yaml_field disclosure_fields[] = {
	{ .name = "what",
	    .type = YAML_TEXT,
	    .is_required = true,
	    CELL(0),
	    .min = 1,
	    .max = 40,
	    .pattern = "^[a-z][a-z0-9_-]*$",
	    .expects = "a kind of information such as version",
	    .help = "The kind of information." },
	{ .name = "service",
	    .type = YAML_TEXT,
	    CELL(1),
	    .max = 64,
	    .help = "The service that says it; any when not said." },
	PORT(2),
	{ .name = "value",
	    .type = YAML_TEXT,
	    CELL(3),
	    .max = 255,
	    .is_numeric = true,
	    .help = "The text, or its beginning; any when not said." },
	STATES,
	{ .name = NULL },
};

static const struct yaml_field protocol_fields[] = {
	{ .name = "protocol",
	    .type = YAML_TEXT,
	    .is_required = true,
	    CELL(0),
	    .pattern = "^([a-z][a-z0-9-]*|[0-9]{1,3})$",
	    .expects = "a name such as gre, or a number",
	    .is_numeric = true,
	    .help = "An IP protocol, by name or IANA number." },
	STATES,
	{ .name = NULL },
};

static const struct yaml_field consent_fields[] = {
	{ .name = "hazard",
	    .type = YAML_TEXT,
	    .is_required = true,
	    CELL(0),
	    .choices = hazard_choices,
	    .help = "What may happen in the room." },
	{ .name = "by",
	    .type = YAML_TEXT,
	    .is_required = true,
	    CELL(1),
	    .min = 1,
	    .max = 200,
	    .help = "The person who consents to it." },
	{ .name = "until",
	    .type = YAML_TEXT,
	    CELL(2),
	    .pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
	    .expects = "a day such as 2027-03-31",
	    .is_numeric = true, /* a date in YAML 1.1 */
	    .help = "The last day on which it holds; no end when not said." },
	{ .name = NULL },
};

static const struct yaml_field cloud_fields[] = {
	{ .name = "host",
	    .type = YAML_TEXT,
	    .is_required = true,
	    CELL(0),
	    .min = 1,
	    .max = 255,
	    .pattern = "^[A-Za-z0-9._-]+$",
	    .expects = "a host name",
	    .help = "A host that it may reach in mode cloud." },
	TRANSPORT(1),
	PORT(2),
	FLAG("shut", "It is kept shut, so that the firmware under test stays."),
	STATES,
	{ .name = NULL },
};

static const struct yaml_map maps[PROFILE_TABLE_COUNT] = {
	[PROFILE_FLOWS] = { .fields = flow_fields, .finish = finish_row },
	[PROFILE_DISCLOSES] = { .fields = disclosure_fields,
	    .finish = finish_row },
	[PROFILE_PROTOCOLS] = { .fields = protocol_fields,
	    .finish = finish_row },
	[PROFILE_CLOUD] = { .fields = cloud_fields, .finish = finish_row },
	[PROFILE_CONSENTS] = { .fields = consent_fields, .finish = finish_row },
};
const struct yaml_field profile_table_items[PROFILE_TABLE_COUNT] = {
	[PROFILE_FLOWS] = { .type = YAML_MAP, .map = &maps[PROFILE_FLOWS] },
	[PROFILE_DISCLOSES] = { .type = YAML_MAP,
	    .map = &maps[PROFILE_DISCLOSES] },
	[PROFILE_PROTOCOLS] = { .type = YAML_MAP,
	    .map = &maps[PROFILE_PROTOCOLS] },
	[PROFILE_CLOUD] = { .type = YAML_MAP, .map = &maps[PROFILE_CLOUD] },
	[PROFILE_CONSENTS] = { .type = YAML_MAP,
	    .map = &maps[PROFILE_CONSENTS] },
};

static int
said(void *base, enum profile_table_id id)
{
	struct profile *p = base;

	p->tables[id].is_said = true;
	return 0;
}

int
profile_said_flows(const struct yaml_node *n, void *base, struct err *e)
{
	(void)n;
	(void)e;
	return said(base, PROFILE_FLOWS);
}

int
profile_said_discloses(const struct yaml_node *n, void *base, struct err *e)
{
	(void)n;
	(void)e;
	return said(base, PROFILE_DISCLOSES);
}

int
profile_said_protocols(const struct yaml_node *n, void *base, struct err *e)
{
	(void)n;
	(void)e;
	return said(base, PROFILE_PROTOCOLS);
}

int
profile_said_cloud(const struct yaml_node *n, void *base, struct err *e)
{
	(void)n;
	(void)e;
	return said(base, PROFILE_CLOUD);
}

int
profile_said_consents(const struct yaml_node *n, void *base, struct err *e)
{
	(void)n;
	(void)e;
	return said(base, PROFILE_CONSENTS);
}
