/*
 * profile_tables: what else a profile declares, read by tables.
 *
 * Cells are kept as text: who reads them knows what they mean, the patterns
 * here see that they can mean it.
 */
#include "scenarios/profile_tables.h"

#include <stdlib.h>
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
	[PROFILE_INTERFACES] = { "interfaces", { "kind", "name", "use" },
	    "inactive" },
	[PROFILE_AUTHENTICATION] = { "authentication",
	    { "interface", "port", "factor", "secret", "length", "keyspace",
		"tries", "lockout", "scope" },
	    NULL },
	[PROFILE_CREDENTIALS] = { "credentials",
	    { "account", "service", "port", "role", "file", "env" }, NULL },
	[PROFILE_DEFAULTS] = { "defaults",
	    { "sample", "secret", "account", "file" }, NULL },
	[PROFILE_UPDATES] = { "updates",
	    { "way", "host", "transport", "port", "signature", "image" },
	    "automatic" },
	[PROFILE_RESETS] = { "resets", { "way", "how", "erases", "action" },
	    NULL },
	[PROFILE_ESSENTIAL] = { "essential",
	    { "function", "kind", "port", "path", "expect" }, NULL },
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

/* Where a secret lies is for whoever logs in with it, and for no probe. */
bool
profile_table_is_for_probes(size_t id)
{
	return id != PROFILE_CREDENTIALS && id != PROFILE_DEFAULTS;
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

const struct yaml_choice profile_transports[] = {
	{ "tcp", 6, false },
	{ "udp", 17, false },
	{ NULL, 0, false },
};

int
profile_finish_port(const struct yaml_node *n, void *base, struct err *e)
{
	const char *dash = strchr(n->text, '-');

	(void)base;
	if (dash != NULL &&
	    strtoul(dash + 1, NULL, 10) < strtoul(n->text, NULL, 10))
		return yaml_tree_fail(n, e,
		    "port: expected 1 to 65535 or a range like 1000-2000, "
		    "found \"%s\"",
		    n->text);
	return 0;
}

int
profile_finish_row(const struct yaml_node *n, void *base, struct err *e)
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
	    PROFILE_CELL(0),
	    .min = 1,
	    .max = 255,
	    .pattern = "^[*A-Za-z0-9._:/-]+$",
	    .expects = "a host name, an address, or address/length",
	    .help = "A host (*.example.com: any below it), an address or a "
		    "subnet." },
	PROFILE_TRANSPORT(1),
	PROFILE_PORT(2),
	PROFILE_FLAG("optional", "It may be called, and need not be."),
	PROFILE_STATES,
	{ .name = NULL },
};

static const struct yaml_field disclosure_fields[] = {
	{ .name = "what",
	    .type = YAML_TEXT,
	    .is_required = true,
	    PROFILE_CELL(0),
	    .min = 1,
	    .max = 40,
	    .pattern = "^[a-z][a-z0-9_-]*$",
	    .expects = "a kind of information such as version",
	    .help = "The kind of information." },
	{ .name = "service",
	    .type = YAML_TEXT,
	    PROFILE_CELL(1),
	    .max = 64,
	    .help = "The service that says it; any when not said." },
	PROFILE_PORT(2),
	{ .name = "value",
	    .type = YAML_TEXT,
	    PROFILE_CELL(3),
	    .max = 255,
	    .is_numeric = true,
	    .help = "The text, or its beginning; any when not said." },
	PROFILE_STATES,
	{ .name = NULL },
};

static const struct yaml_field protocol_fields[] = {
	{ .name = "protocol",
	    .type = YAML_TEXT,
	    .is_required = true,
	    PROFILE_CELL(0),
	    .pattern = "^([a-z][a-z0-9-]*|[0-9]{1,3})$",
	    .expects = "a name such as gre, or a number",
	    .is_numeric = true,
	    .help = "An IP protocol, by name or IANA number." },
	PROFILE_STATES,
	{ .name = NULL },
};

static const struct yaml_field consent_fields[] = {
	{ .name = "hazard",
	    .type = YAML_TEXT,
	    .is_required = true,
	    PROFILE_CELL(0),
	    .choices = hazard_choices,
	    .help = "What may happen in the room." },
	{ .name = "by",
	    .type = YAML_TEXT,
	    .is_required = true,
	    PROFILE_CELL(1),
	    .min = 1,
	    .max = 200,
	    .help = "The person who consents to it." },
	{ .name = "until",
	    .type = YAML_TEXT,
	    PROFILE_CELL(2),
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
	    PROFILE_CELL(0),
	    .min = 1,
	    .max = 255,
	    .pattern = "^[A-Za-z0-9._-]+$",
	    .expects = "a host name",
	    .help = "A host that it may reach in mode cloud." },
	PROFILE_TRANSPORT(1),
	PROFILE_PORT(2),
	PROFILE_FLAG(
	    "shut", "It is kept shut, so that the firmware under test stays."),
	PROFILE_STATES,
	{ .name = NULL },
};

static const struct yaml_map maps[PROFILE_TABLE_COUNT] = {
	[PROFILE_FLOWS] = { .fields = flow_fields,
	    .finish = profile_finish_row },
	[PROFILE_DISCLOSES] = { .fields = disclosure_fields,
	    .finish = profile_finish_row },
	[PROFILE_PROTOCOLS] = { .fields = protocol_fields,
	    .finish = profile_finish_row },
	[PROFILE_CLOUD] = { .fields = cloud_fields,
	    .finish = profile_finish_row },
	[PROFILE_CONSENTS] = { .fields = consent_fields,
	    .finish = profile_finish_row },
};

#define ITEM(id, rows) [id] = { .type = YAML_MAP, .map = (rows) }

const struct yaml_field profile_table_items[PROFILE_TABLE_COUNT] = {
	ITEM(PROFILE_FLOWS, &maps[PROFILE_FLOWS]),
	ITEM(PROFILE_DISCLOSES, &maps[PROFILE_DISCLOSES]),
	ITEM(PROFILE_PROTOCOLS, &maps[PROFILE_PROTOCOLS]),
	ITEM(PROFILE_CLOUD, &maps[PROFILE_CLOUD]),
	ITEM(PROFILE_CONSENTS, &maps[PROFILE_CONSENTS]),
	ITEM(PROFILE_INTERFACES, &profile_interface_map),
	ITEM(PROFILE_AUTHENTICATION, &profile_authentication_map),
	ITEM(PROFILE_CREDENTIALS, &profile_credential_map),
	ITEM(PROFILE_DEFAULTS, &profile_default_map),
	ITEM(PROFILE_UPDATES, &profile_update_map),
	ITEM(PROFILE_RESETS, &profile_reset_map),
	ITEM(PROFILE_ESSENTIAL, &profile_essential_map),
};

#define SAID(name, id) \
	int profile_said_##name( \
	    const struct yaml_node *n, void *base, struct err *e) \
	{ \
		(void)n; \
		(void)e; \
		((struct profile *)base)->tables[id].is_said = true; \
		return 0; \
	}

SAID(flows, PROFILE_FLOWS)
SAID(discloses, PROFILE_DISCLOSES)
SAID(protocols, PROFILE_PROTOCOLS)
SAID(cloud, PROFILE_CLOUD)
SAID(consents, PROFILE_CONSENTS)
SAID(interfaces, PROFILE_INTERFACES)
SAID(authentication, PROFILE_AUTHENTICATION)
SAID(credentials, PROFILE_CREDENTIALS)
SAID(defaults, PROFILE_DEFAULTS)
SAID(updates, PROFILE_UPDATES)
SAID(resets, PROFILE_RESETS)
SAID(essential, PROFILE_ESSENTIAL)
