/*
 * profile: what the maker declares of a device.
 *
 * A verdict of completeness stands on this file, so "nothing said" and
 * "nothing open" are kept apart: `ports:` absent is not `ports: []`.
 */
#include "scenarios/profile.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "scenarios/mac.h"
#include "scenarios/profile_table_fields.h"
#include "scenarios/schema.h"
#include "scenarios/yaml.h"

#define ALL_STATES ((1u << STATE_COUNT) - 1)
#define NAME_PATTERN "^[a-z][a-z0-9_-]*([.][a-z0-9_-]+)*$"

const struct yaml_choice state_choices[] = {
	{ "factory", STATE_FACTORY, false },
	{ "onboarding", STATE_ONBOARDING, false },
	{ "operating", STATE_OPERATING, false },
	{ "updating", STATE_UPDATING, false },
	{ "outage", STATE_OUTAGE, false },
	{ "reset", STATE_RESET, false },
	{ NULL, 0, false },
};

static const struct yaml_choice transports[] = {
	{ "tcp", 6, false },
	{ "udp", 17, false },
	{ NULL, 0, false },
};

static const struct yaml_choice families[] = {
	{ "both", 0, false },
	{ "ipv4", 4, false },
	{ "ipv6", 6, false },
	{ NULL, 0, false },
};

const struct yaml_choice hazard_choices[] = {
	{ "prints", 0, false },
	{ "sounds", 1, false },
	{ "moves", 2, false },
	{ "heats", 3, false },
	{ "unlocks", 4, false },
	{ "costs", 5, false },
	{ NULL, 0, false },
};

static const struct yaml_choice recordings[] = {
	{ "full", 0, false },
	{ "headers", 1, false },
	{ NULL, 0, false },
};

static const struct yaml_choice doers[] = {
	{ "hook", ACTION_BY_HOOK, false },
	{ "person", ACTION_BY_PERSON, false },
	{ NULL, 0, false },
};

static const struct yaml_choice checks[] = {
	{ "up", ACTION_CHECK_UP, false },
	{ "reboot", ACTION_CHECK_REBOOT, false },
	{ "tcp", ACTION_CHECK_TCP, false },
	{ NULL, 0, false },
};

const char *
state_name(enum state state)
{
	return state_choices[state].name;
}

int
state_by_name(const char *name)
{
	size_t i;

	for (i = 0; i < STATE_COUNT; i++)
		if (strcmp(state_choices[i].name, name) == 0)
			return (int)state_choices[i].value;
	return -1;
}

/* ---- scalars ---- */

static bool
parse_mac(const char *text, void *base)
{
	struct profile *p = base;

	return mac_read(text, p->mac);
}

static bool
parse_ports(const char *text, void *base)
{
	struct profile_port *p = base;
	unsigned long first, last;
	char *end;

	first = strtoul(text, &end, 10);
	last = *end == '-' ? strtoul(end + 1, NULL, 10) : first;
	if (first < 1 || first > last || last > 65535)
		return false;
	p->first = (uint16_t)first;
	p->last = (uint16_t)last;
	return true;
}

/* ---- ports ---- */

static bool
ports_meet(const struct profile_port *a, const struct profile_port *b)
{
	return a->transport == b->transport && a->first <= b->last &&
	    b->first <= a->last && (a->states & b->states) != 0 &&
	    (a->family == 0 || b->family == 0 || a->family == b->family);
}

static int
finish_port(const struct yaml_node *n, void *base, struct err *e)
{
	struct profile_port *p = base;

	(void)n;
	(void)e;
	if (p->states == 0)
		p->states = ALL_STATES;
	return 0;
}

/* Declared twice, once optional and once not: which one is meant? */
static int
finish_ports(const struct yaml_node *n, void *base, struct err *e)
{
	struct profile *p = base;
	size_t i, j;

	p->has_ports = true;
	for (i = 0; i < p->nports; i++)
		for (j = 0; j < i; j++)
			if (ports_meet(&p->ports[i], &p->ports[j]))
				return yaml_tree_fail(n->items[i], e,
				    "ports: declared already in line %u",
				    n->items[j]->line);
	return 0;
}

static const struct yaml_field port_fields[] = {
	{ .name = "transport",
	    .type = YAML_CHOICE,
	    .is_required = true,
	    YAML_AT(struct profile_port, transport),
	    .choices = transports,
	    .help = "Transport protocol." },
	{ .name = "port",
	    .type = YAML_PARSED,
	    .is_required = true,
	    .parse = parse_ports,
	    .pattern = "^[1-9][0-9]{0,4}(-[1-9][0-9]{0,4})?$",
	    .expects = "1 to 65535 or a range like 1000-2000",
	    .is_numeric = true,
	    .help = "A port, or the first and last of a range." },
	{ .name = "service",
	    .type = YAML_TEXT,
	    YAML_AT(struct profile_port, service),
	    .max = 64,
	    .help = "What answers there, as the maker calls it." },
	{ .name = "optional",
	    .type = YAML_BOOL,
	    YAML_AT(struct profile_port, optional),
	    .def = "false",
	    .help = "It may be open, and need not be." },
	{ .name = "family",
	    .type = YAML_CHOICE,
	    YAML_AT(struct profile_port, family),
	    .def = "both",
	    .choices = families,
	    .help = "The addresses on which it is open." },
	{ .name = "states",
	    .type = YAML_FLAGS,
	    YAML_AT(struct profile_port, states),
	    .choices = state_choices,
	    .help = "The life-cycle states in which it is open; all when not "
		    "said." },
	{ .name = NULL },
};
static const struct yaml_map port_map = {
	.fields = port_fields,
	.finish = finish_port,
};
static const struct yaml_field port_item = {
	.type = YAML_MAP,
	.map = &port_map,
};

/* ---- actions ---- */

static int
finish_action(const struct yaml_node *n, void *base, struct err *e)
{
	const struct profile_action *a = base;

	if (a->by == ACTION_BY_HOOK && a->hook[0] == '\0')
		return yaml_tree_fail(n, e,
		    "%s: the key \"hook\" is missing: by: hook wants its name",
		    a->name);
	if (a->by == ACTION_BY_PERSON && a->prompt[0] == '\0')
		return yaml_tree_fail(n, e,
		    "%s: the key \"prompt\" is missing: by: person wants what "
		    "the person is to do",
		    a->name);
	if (a->by == ACTION_BY_HOOK && !a->is_lasting)
		return yaml_tree_fail(n, e,
		    "%s: the key \"impact\" belongs to by: person: what a hook "
		    "does is said in assayd.yaml",
		    a->name);
	if (a->check == ACTION_CHECK_TCP && a->check_port == 0)
		return yaml_tree_fail(n, e,
		    "%s: the check's key \"port\" is missing: kind: tcp wants "
		    "one",
		    a->name);
	if (a->check != ACTION_CHECK_TCP && a->check_port != 0)
		return yaml_tree_fail(n, e,
		    "%s: the check's key \"port\" belongs to kind: tcp alone",
		    a->name);
	return 0;
}

static const struct yaml_field check_fields[] = {
	{ .name = "kind",
	    .type = YAML_CHOICE,
	    .is_required = true,
	    YAML_AT(struct profile_action, check),
	    .choices = checks,
	    .help = "up: the device answers; reboot: it was gone and is back; "
		    "tcp: a port of it takes a connection." },
	{ .name = "port",
	    .type = YAML_UINT,
	    YAML_AT(struct profile_action, check_port),
	    .min = 1,
	    .max = 65535,
	    .help = "The port, for kind tcp." },
	{ .name = NULL },
};
static const struct yaml_map check_map = { .fields = check_fields };

static const struct yaml_field hazard_item = {
	.type = YAML_TEXT,
	.choices = hazard_choices,
};

static const struct yaml_choice action_impacts[] = {
	{ "state", 1, false },
	{ "active", 0, false },
	{ NULL, 0, false },
};

static const struct yaml_field action_fields[] = {
	{ .name = "by",
	    .type = YAML_CHOICE,
	    .is_required = true,
	    YAML_AT(struct profile_action, by),
	    .choices = doers,
	    .help = "What does it: a hook of assayd.yaml, or a person." },
	{ .name = "hook",
	    .type = YAML_TEXT,
	    YAML_AT(struct profile_action, hook),
	    .pattern = "^[a-z][a-z0-9-]{0,30}$",
	    .expects = "a hook's name in assayd.yaml",
	    .help = "For by: hook. Never a command." },
	{ .name = "prompt",
	    .type = YAML_TEXT,
	    YAML_AT(struct profile_action, prompt),
	    .min = 1,
	    .max = 500,
	    .help = "For by: person. What the person is asked to do." },
	{ .name = "impact",
	    .type = YAML_CHOICE,
	    YAML_AT(struct profile_action, is_lasting),
	    .def = "state",
	    .choices = action_impacts,
	    .help = "For by: person. state: it may change what the device is "
		    "or knows, and is refused in mode cloud; active: it does "
		    "not." },
	{ .name = "limit",
	    .type = YAML_DURATION,
	    YAML_AT(struct profile_action, limit_ms),
	    .def = "60s",
	    .min = 1000,
	    .max = 24 * 3600 * 1000,
	    .help = "By then it is done and seen to have worked." },
	{ .name = "check",
	    .type = YAML_MAP,
	    .is_required = true,
	    .map = &check_map,
	    .help = "How it is seen that it worked." },
	{ .name = "hazards",
	    .type = YAML_LIST,
	    YAML_LIST_AT(struct profile_action, hazards),
	    .count_at = offsetof(struct profile_action, nhazards),
	    .item = &hazard_item,
	    .item_size = sizeof(char *),
	    .max = 6,
	    .help = "What happens in the room when it is done; it is not "
		    "done without a consent to each." },
	{ .name = NULL },
};
static const struct yaml_map action_map = {
	.fields = action_fields,
	.finish = finish_action,
};
static const struct yaml_field action_item = {
	.type = YAML_MAP,
	.map = &action_map,
};

static int
finish_technologies(const struct yaml_node *n, void *base, struct err *e)
{
	(void)n;
	(void)e;
	((struct profile *)base)->has_technologies = true;
	return 0;
}

static int
finish_crypto(const struct yaml_node *n, void *base, struct err *e)
{
	(void)n;
	(void)e;
	((struct profile *)base)->has_crypto = true;
	return 0;
}

/* ---- what one part says of another ---- */

/* What must work is at a port that is open in the same state. */
static int
check_essential(
    const struct yaml_node *root, const struct profile *p, struct err *e)
{
	const struct profile_rows *t = &p->tables[PROFILE_ESSENTIAL];
	const struct yaml_node *rows = yaml_tree_get(root, "essential");
	size_t i, j;

	for (i = 0; p->has_ports && i < t->n; i++) {
		const struct profile_row *row = &t->rows[i];
		const char *kind =
		    profile_row_cell(PROFILE_ESSENTIAL, row, "kind");
		struct profile_port at = {
			.transport = strcmp(kind, "coap") == 0 ? 17 : 6,
			.states = row->states,
		};

		parse_ports(
		    profile_row_cell(PROFILE_ESSENTIAL, row, "port"), &at);
		for (j = 0; j < p->nports; j++)
			if (ports_meet(&p->ports[j], &at))
				break;
		if (j == p->nports)
			return yaml_tree_fail(rows->items[i], e,
			    "port: %s port %u is not among the profile's ports "
			    "in that state",
			    at.transport == 6 ? "TCP" : "UDP", at.first);
	}
	return 0;
}

static int
check_resets(
    const struct yaml_node *root, const struct profile *p, struct err *e)
{
	const struct profile_rows *t = &p->tables[PROFILE_RESETS];
	const struct yaml_node *rows = yaml_tree_get(root, "resets");
	size_t i;

	for (i = 0; i < t->n; i++) {
		const char *action =
		    profile_row_cell(PROFILE_RESETS, &t->rows[i], "action");

		if (action[0] != '\0' && profile_action(p, action) == NULL)
			return yaml_tree_fail(rows->items[i], e,
			    "action: %s is not among the profile's actions",
			    action);
	}
	return 0;
}

static int
finish_profile(const struct yaml_node *n, void *base, struct err *e)
{
	const struct profile *p = base;

	if (profile_finish_applies(n, p, e) == -1 ||
	    check_essential(n, p, e) == -1)
		return -1;
	return check_resets(n, p, e);
}

/* ---- the profile ---- */

static const struct yaml_field product_fields[] = {
	{ .name = "name",
	    .type = YAML_TEXT,
	    .is_required = true,
	    YAML_AT(struct profile, product_name),
	    .min = 1,
	    .max = 200,
	    .help = "As it is sold." },
	{ .name = "model",
	    .type = YAML_TEXT,
	    YAML_AT(struct profile, model),
	    .max = 200,
	    .help = "Model number." },
	{ .name = "vendor",
	    .type = YAML_TEXT,
	    YAML_AT(struct profile, vendor),
	    .max = 200,
	    .help = "Who declares this." },
	{ .name = NULL },
};
static const struct yaml_map product_map = { .fields = product_fields };

#define ROWS(key, id, on_said, text) \
	{ \
		.name = (key), .type = YAML_LIST, \
		YAML_LIST_AT(struct profile, tables[id].rows), \
		.count_at = offsetof(struct profile, tables[id].n), \
		.item = &profile_table_items[id], \
		.item_size = sizeof(struct profile_row), .max = 1024, \
		.finish = (on_said), .help = (text) \
	}

static const struct yaml_field sources_fields[] = {
	{ .name = "max",
	    .type = YAML_UINT,
	    YAML_AT(struct profile, sources_max),
	    .def = "512",
	    .max = 512,
	    .help = "At most so many addresses of the bench's pool speak to "
		    "it, for each of IPv4 and IPv6; 0: none, but the bench's "
		    "own." },
	{ .name = NULL },
};
static const struct yaml_map sources_map = { .fields = sources_fields };

static const struct yaml_field profile_fields[] = {
	{ .name = "version",
	    .type = YAML_UINT,
	    .is_required = true,
	    .min = 1,
	    .max = 1,
	    .help = "Version of this file's format." },
	{ .name = "product",
	    .type = YAML_MAP,
	    .is_required = true,
	    .map = &product_map,
	    .help = "What is declared." },
	{ .name = "mac",
	    .type = YAML_PARSED,
	    .parse = parse_mac,
	    .pattern = MAC_PATTERN,
	    .expects = "a device's MAC address such as 02:00:00:00:00:10",
	    .is_numeric = true, /* base 60 in YAML 1.1 */
	    .help = "MAC address of the sample." },
	{ .name = "firmware",
	    .type = YAML_TEXT,
	    YAML_AT(struct profile, firmware),
	    .max = 200,
	    .help = "Version of its firmware." },
	{ .name = "ports",
	    .type = YAML_LIST,
	    YAML_LIST_AT(struct profile, ports),
	    .count_at = offsetof(struct profile, nports),
	    .item = &port_item,
	    .item_size = sizeof(struct profile_port),
	    .max = 1024,
	    .finish = finish_ports,
	    .help = "Every port that is open. An empty list declares that "
		    "none is; without the key, nothing is declared." },
	ROWS("flows", PROFILE_FLOWS, profile_said_flows,
	    "Every destination that it calls of itself."),
	ROWS("discloses", PROFILE_DISCLOSES, profile_said_discloses,
	    "What its services say of it before a log-in."),
	ROWS("protocols", PROFILE_PROTOCOLS, profile_said_protocols,
	    "IP protocols that it speaks, beyond ICMP, TCP and UDP."),
	ROWS("cloud", PROFILE_CLOUD, profile_said_cloud,
	    "What it may reach in mode cloud, and what is kept shut."),
	ROWS("interfaces", PROFILE_INTERFACES, profile_said_interfaces,
	    "Every interface, and in which states it is there."),
	ROWS("authentication", PROFILE_AUTHENTICATION,
	    profile_said_authentication,
	    "Every way to show who one is, and what guessing it takes."),
	ROWS("credentials", PROFILE_CREDENTIALS, profile_said_credentials,
	    "Accounts that the lab was given; where each secret lies, and "
	    "never the secret."),
	ROWS("defaults", PROFILE_DEFAULTS, profile_said_defaults,
	    "The secrets with which each sample was delivered; where each "
	    "lies, and never the secret."),
	{ .name = "crypto",
	    .type = YAML_LIST,
	    YAML_LIST_AT(struct profile, crypto),
	    .count_at = offsetof(struct profile, ncrypto),
	    .item = &profile_crypto_item,
	    .item_size = sizeof(struct profile_crypto),
	    .max = 256,
	    .finish = finish_crypto,
	    .help = "What protects each interface." },
	ROWS("updates", PROFILE_UPDATES, profile_said_updates,
	    "Every way in which firmware comes to it."),
	ROWS("resets", PROFILE_RESETS, profile_said_resets,
	    "Every way to reset it, and what is gone then."),
	ROWS("essential", PROFILE_ESSENTIAL, profile_said_essential,
	    "What must work, and how it is seen to."),
	{ .name = "recovery",
	    .type = YAML_DURATION,
	    YAML_AT(struct profile, recovery_ms),
	    .def = "30s",
	    .max = 24 * 3600 * 1000,
	    .help = "Time in which it comes back after a restart." },
	{ .name = "sources",
	    .type = YAML_MAP,
	    .map = &sources_map,
	    .help = "From how many addresses it can be spoken to, when its "
		    "memory of neighbours is small." },
	{ .name = "recording",
	    .type = YAML_CHOICE,
	    YAML_AT(struct profile, is_headers_only),
	    .def = "full",
	    .choices = recordings,
	    .help = "headers: while no probe is asking it, the bench keeps "
		    "headers and digests of its frames, and no payload." },
	{ .name = "hazards",
	    .type = YAML_LIST,
	    YAML_LIST_AT(struct profile, hazards),
	    .count_at = offsetof(struct profile, nhazards),
	    .item = &hazard_item,
	    .item_size = sizeof(char *),
	    .max = 6,
	    .help = "What happens in the room when it is driven." },
	ROWS("consents", PROFILE_CONSENTS, profile_said_consents,
	    "Who lets which hazard happen. Raw print ports (9100-9107) are "
	    "written to with a consent to prints alone."),
	{ .name = "hours",
	    .type = YAML_PARSED,
	    .parse = profile_parse_hours,
	    .pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]-"
		       "([01][0-9]|2[0-3]):[0-5][0-9]$",
	    .expects = "two different times of day such as 22:00-06:00",
	    .is_numeric = true, /* base 60 in YAML 1.1 */
	    .help = "Local time of the bench in which the device may be asked "
		    "or driven; always when not said." },
	{ .name = "budgets",
	    .type = YAML_MAP,
	    YAML_AT(struct profile, limits),
	    .map = &profile_budget_map,
	    .finish = profile_finish_budgets,
	    .help = "How often something may be done in one run, or over a "
		    "time; what is not said has no limit." },
	{ .name = "technologies",
	    .type = YAML_LIST,
	    YAML_LIST_AT(struct profile, technologies),
	    .count_at = offsetof(struct profile, ntechnologies),
	    .item = &profile_technology_item,
	    .item_size = sizeof(char *),
	    .max = 64,
	    .finish = finish_technologies,
	    .help = "What it speaks: checks of another technology are not "
		    "asked of it. Without the key, every one is." },
	{ .name = "not_applicable",
	    .type = YAML_LIST,
	    YAML_LIST_AT(struct profile, na),
	    .count_at = offsetof(struct profile, nna),
	    .item = &profile_na_item,
	    .item_size = sizeof(struct profile_na),
	    .max = 500,
	    .help = "Checks, requirements and technologies that cannot be "
		    "asked of this product; what a probe finds in spite of it "
		    "still counts." },
	{ .name = "actions",
	    .type = YAML_FREE,
	    YAML_LIST_AT(struct profile, actions),
	    .count_at = offsetof(struct profile, nactions),
	    .item = &action_item,
	    .item_size = sizeof(struct profile_action),
	    .key_at = offsetof(struct profile_action, name),
	    .max = 100,
	    .pattern = NAME_PATTERN,
	    .expects = "an action's name such as power.cycle",
	    .help = "What a scenario may have done to it, by name." },
	{ .name = NULL },
};

const struct yaml_map profile_table = {
	.fields = profile_fields,
	.finish = finish_profile,
	.title = "assay profile",
	.help = "What the maker declares of a device.",
};

struct profile *
profile_parse(const char *text, size_t size, const char *file, struct err *e)
{
	struct profile *p = xcalloc(1, sizeof(*p));

	if (yaml_read(&profile_table, text, size, file, p, e) == -1) {
		free(p);
		return NULL;
	}
	sha256_hex(text, size, p->sha256);
	return p;
}

void
profile_free(struct profile *p)
{
	if (p == NULL)
		return;
	yaml_release(&profile_table, p);
	free(p);
}

const struct profile_action *
profile_action(const struct profile *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->nactions; i++)
		if (strcmp(p->actions[i].name, name) == 0)
			return &p->actions[i];
	return NULL;
}
