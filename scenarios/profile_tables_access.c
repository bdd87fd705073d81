/*
 * profile_tables_access: who gets in, as a maker declares it: authentication
 * mechanisms, accounts given to the lab, what each sample was delivered with,
 * ways to reset.
 *
 * A profile is stored as a document, so no key of it takes a secret: an account
 * says where its secret lies, and nothing here opens that place.
 */
#include <string.h>

#include "scenarios/profile_table_fields.h"

/* ---- mechanisms ---- */

enum mechanism_cell {
	M_INTERFACE,
	M_PORT,
	M_FACTOR,
	M_SECRET,
	M_LENGTH,
	M_KEYSPACE,
	M_TRIES,
	M_LOCKOUT,
	M_SCOPE,
};

static const struct yaml_choice factors[] = {
	{ "knowledge", 0, false },
	{ "possession", 0, false },
	{ "inherence", 0, false },
	{ "none", 0, false },
	{ NULL, 0, false },
};

static const struct yaml_choice secrets[] = {
	{ "password", 0, false },
	{ "pin", 0, false },
	{ "pairing-code", 0, false },
	{ "shared-key", 0, false },
	{ "private-key", 0, false },
	{ "certificate", 0, false },
	{ "token", 0, false },
	{ "biometric", 0, false },
	{ "press", 0, false },
	{ NULL, 0, false },
};

static const struct yaml_choice scopes[] = {
	{ "account", 0, false },
	{ "address", 0, false },
	{ "session", 0, false },
	{ "device", 0, false },
	{ NULL, 0, false },
};

/* What a brute-force test divides by must be said whole or not at all. */
static int
finish_mechanism(const struct yaml_node *n, void *base, struct err *e)
{
	const struct profile_row *row = base;
	bool has_factor = strcmp(row->cells[M_FACTOR], "none") != 0;
	bool has_limit = row->cells[M_TRIES][0] != '\0';
	size_t i;

	if (has_factor && row->cells[M_SECRET][0] == '\0')
		return yaml_tree_fail(n, e,
		    "the key \"secret\" is missing: what shows the factor?");
	for (i = M_SECRET; !has_factor && i <= M_SCOPE; i++)
		if (row->cells[i][0] != '\0')
			return yaml_tree_fail(
			    n, e, "factor: none has no secret and no figures");
	if (strcmp(row->cells[M_FACTOR], "knowledge") == 0 &&
	    row->cells[M_LENGTH][0] == '\0' &&
	    row->cells[M_KEYSPACE][0] == '\0')
		return yaml_tree_fail(n, e,
		    "the key \"length\" or \"keyspace\" is missing: what can "
		    "be known can be guessed");
	if (has_limit != (row->cells[M_LOCKOUT][0] != '\0') ||
	    has_limit != (row->cells[M_SCOPE][0] != '\0'))
		return yaml_tree_fail(n, e,
		    "the keys \"tries\", \"lockout\" and \"scope\" belong "
		    "together");
	return profile_finish_row(n, base, e);
}

static const struct yaml_field mechanism_fields[] = {
	{ .name = "interface",
	    .type = YAML_TEXT,
	    .is_required = true,
	    PROFILE_CELL(M_INTERFACE),
	    .pattern = "^[a-z][a-z0-9-]{0,39}$",
	    .expects = "a service or an interface such as https or ble",
	    .help = "Where it is asked for: a service or an interface." },
	PROFILE_ONE_PORT(M_PORT, false, "The port of the service, if one."),
	{ .name = "factor",
	    .type = YAML_TEXT,
	    .is_required = true,
	    PROFILE_CELL(M_FACTOR),
	    .choices = factors,
	    .help = "What a user shows; none: anybody gets in." },
	{ .name = "secret",
	    .type = YAML_TEXT,
	    PROFILE_CELL(M_SECRET),
	    .choices = secrets,
	    .help = "The kind of it. Never the secret." },
	{ .name = "length",
	    .type = YAML_TEXT,
	    PROFILE_CELL(M_LENGTH),
	    .pattern = "^[1-9][0-9]{0,3}$",
	    .expects = "a number from 1 to 9999",
	    .is_numeric = true,
	    .help = "The fewest characters that are taken." },
	{ .name = "keyspace",
	    .type = YAML_TEXT,
	    PROFILE_CELL(M_KEYSPACE),
	    .pattern = "^([1-9][0-9]{0,30}|2\\^[1-9][0-9]{0,3})$",
	    .expects = "a number such as 1000000 or 2^128",
	    .is_numeric = true,
	    .help = "How many different ones there are." },
	{ .name = "tries",
	    .type = YAML_TEXT,
	    PROFILE_CELL(M_TRIES),
	    .pattern = "^[1-9][0-9]{0,5}$",
	    .expects = "a number from 1 to 999999",
	    .is_numeric = true,
	    .help = "Wrong ones in a row before it is shut; without it, "
		    "nothing is." },
	{ .name = "lockout",
	    .type = YAML_TEXT,
	    PROFILE_CELL(M_LOCKOUT),
	    .pattern = "^([1-9][0-9]{0,5}(ms|s|m|h)|forever)$",
	    .expects = "a duration such as 5m, or forever",
	    .help = "For how long it is shut then." },
	{ .name = "scope",
	    .type = YAML_TEXT,
	    PROFILE_CELL(M_SCOPE),
	    .choices = scopes,
	    .help = "For whom it is shut then." },
	PROFILE_STATES,
	{ .name = NULL },
};
const struct yaml_map profile_authentication_map = {
	.fields = mechanism_fields,
	.finish = finish_mechanism,
};

/* ---- accounts given to the lab ---- */

static const struct yaml_field credential_fields[] = {
	{ .name = "account",
	    .type = YAML_TEXT,
	    .is_required = true,
	    PROFILE_CELL(0),
	    .min = 1,
	    .max = 200,
	    .is_numeric = true,
	    .pattern = "^.+$",
	    .expects = "an account's name",
	    .help = "Its name; no secret." },
	{ .name = "service",
	    .type = YAML_TEXT,
	    PROFILE_CELL(1),
	    .max = 64,
	    .help = "Where it is good; everywhere when not said." },
	PROFILE_ONE_PORT(2, false, "The port of the service, if one."),
	{ .name = "role",
	    .type = YAML_TEXT,
	    PROFILE_CELL(3),
	    .max = 64,
	    .help = "What it may do, as the maker calls it." },
	{ .name = "file",
	    .type = YAML_TEXT,
	    PROFILE_CELL(4),
	    .max = 255,
	    .pattern = "^/[A-Za-z0-9._/-]+$",
	    .expects = "the absolute path of a file",
	    .help = "A file of the bench that holds its secret, for root or "
		    "the daemon alone to read." },
	{ .name = "env",
	    .type = YAML_TEXT,
	    PROFILE_CELL(5),
	    .pattern = "^[A-Z_][A-Z0-9_]{0,63}$",
	    .expects = "the name of a variable such as LOCK_ADMIN",
	    .help = "A variable of the daemon's environment that holds it." },
	PROFILE_STATES,
	{ .name = NULL },
};
const struct yaml_map profile_credential_map = {
	.fields = credential_fields,
	.one_of = "file|env",
	.finish = profile_finish_row,
};

/* ---- what each sample was delivered with ---- */

static const struct yaml_choice default_secrets[] = {
	{ "password", 0, false },
	{ "pin", 0, false },
	{ "pairing-code", 0, false },
	{ "shared-key", 0, false },
	{ "private-key", 0, false },
	{ "token", 0, false },
	{ NULL, 0, false },
};

static const struct yaml_field default_fields[] = {
	{ .name = "sample",
	    .type = YAML_TEXT,
	    .is_required = true,
	    PROFILE_CELL(0),
	    .min = 1,
	    .max = 200,
	    .is_numeric = true,
	    .pattern = "^.+$",
	    .expects = "a sample's serial number",
	    .help = "The serial number of the sample that has it." },
	{ .name = "secret",
	    .type = YAML_TEXT,
	    .is_required = true,
	    PROFILE_CELL(1),
	    .choices = default_secrets,
	    .help = "The kind of it. Never the secret." },
	{ .name = "account",
	    .type = YAML_TEXT,
	    PROFILE_CELL(2),
	    .max = 200,
	    .is_numeric = true,
	    .help = "Whose it is, if an account's; no secret." },
	{ .name = "file",
	    .type = YAML_TEXT,
	    .is_required = true,
	    PROFILE_CELL(3),
	    .pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$",
	    .expects = "a file's name, without a folder",
	    .is_numeric = true,
	    .help = "The file in the bench's secret_dir that holds it, for "
		    "root alone to read; one for each sample, all "
		    "written in the same way." },
	PROFILE_STATES,
	{ .name = NULL },
};
const struct yaml_map profile_default_map = {
	.fields = default_fields,
	.finish = profile_finish_row,
};

/* ---- ways to reset ---- */

static const struct yaml_choice reset_ways[] = {
	{ "button", 0, false },
	{ "power", 0, false },
	{ "app", 0, false },
	{ "web", 0, false },
	{ "command", 0, false },
	{ "service", 0, false },
	{ NULL, 0, false },
};

static const struct yaml_choice erased[] = {
	{ "everything", 0, false },
	{ "user-data", 0, false },
	{ "settings", 0, false },
	{ "nothing", 0, false },
	{ NULL, 0, false },
};

static const struct yaml_field reset_fields[] = {
	{ .name = "way",
	    .type = YAML_TEXT,
	    .is_required = true,
	    PROFILE_CELL(0),
	    .choices = reset_ways,
	    .help = "Where it is done." },
	{ .name = "how",
	    .type = YAML_TEXT,
	    PROFILE_CELL(1),
	    .max = 500,
	    .help = "What a person does." },
	{ .name = "erases",
	    .type = YAML_TEXT,
	    .is_required = true,
	    PROFILE_CELL(2),
	    .choices = erased,
	    .help = "What is gone afterwards." },
	{ .name = "action",
	    .type = YAML_TEXT,
	    PROFILE_CELL(3),
	    .pattern = "^[a-z][a-z0-9_-]*([.][a-z0-9_-]+)*$",
	    .expects = "an action's name such as reset.factory",
	    .help = "The profile's action that does it." },
	PROFILE_STATES,
	{ .name = NULL },
};
const struct yaml_map profile_reset_map = {
	.fields = reset_fields,
	.finish = profile_finish_row,
};
