/*
 * profile_tables_ways: the ways in and out that a maker declares, and what must
 * work over them: interfaces, update channels, essential functions.
 */
#include <string.h>

#include "scenarios/profile_table_fields.h"

/* ---- interfaces ---- */

static const struct yaml_choice kinds[] = {
	{ "ethernet", 0, false },
	{ "wifi", 0, false },
	{ "ble", 0, false },
	{ "bluetooth-classic", 0, false },
	{ "zigbee", 0, false },
	{ "thread", 0, false },
	{ "zwave", 0, false },
	{ "cellular", 0, false },
	{ "nfc", 0, false },
	{ "sub-ghz", 0, false },
	{ "infrared", 0, false },
	{ "usb", 0, false },
	{ "serial", 0, false },
	{ "debug", 0, false },
	{ "card", 0, false },
	{ "buttons", 0, false },
	{ "other", 0, false },
	{ NULL, 0, false },
};

static const struct yaml_field interface_fields[] = {
	{ .name = "kind",
	    .type = YAML_TEXT,
	    .is_required = true,
	    PROFILE_CELL(0),
	    .choices = kinds,
	    .help = "Radio, wire, or what a hand reaches." },
	{ .name = "name",
	    .type = YAML_TEXT,
	    PROFILE_CELL(1),
	    .max = 64,
	    .help = "As the maker calls it, when there are several." },
	{ .name = "use",
	    .type = YAML_TEXT,
	    PROFILE_CELL(2),
	    .max = 200,
	    .help = "What it is there for." },
	PROFILE_FLAG("inactive",
	    "It is built in and turned off: nothing is to be heard of it."),
	PROFILE_STATES,
	{ .name = NULL },
};
const struct yaml_map profile_interface_map = {
	.fields = interface_fields,
	.finish = profile_finish_row,
};

/* ---- update channels ---- */

static const struct yaml_choice ways[] = {
	{ "download", 0, false },
	{ "push", 0, false },
	{ "app", 0, false },
	{ "web", 0, false },
	{ "hub", 0, false },
	{ "usb", 0, false },
	{ "card", 0, false },
	{ "service", 0, false },
	{ NULL, 0, false },
};

/* A host is for what comes over the network. */
static int
finish_update(const struct yaml_node *n, void *base, struct err *e)
{
	const struct profile_row *row = base;

	if (strcmp(row->cells[0], "download") == 0 && row->cells[1][0] == '\0')
		return yaml_tree_fail(n, e,
		    "the key \"host\" is missing: way: download wants the "
		    "host that it comes from");
	if (row->cells[1][0] == '\0' &&
	    (row->cells[2][0] != '\0' || row->cells[3][0] != '\0'))
		return yaml_tree_fail(n, e,
		    "the keys \"transport\" and \"port\" belong to a "
		    "\"host\"");
	return profile_finish_row(n, base, e);
}

static const struct yaml_field update_fields[] = {
	{ .name = "way",
	    .type = YAML_TEXT,
	    .is_required = true,
	    PROFILE_CELL(0),
	    .choices = ways,
	    .help = "How new firmware comes to it: fetched by itself, pushed "
		    "from outside, by its app, its web page, its hub, a USB "
		    "stick, a card, or a workshop." },
	{ .name = "host",
	    .type = YAML_TEXT,
	    PROFILE_CELL(1),
	    .min = 1,
	    .max = 255,
	    .pattern = "^[*A-Za-z0-9._:-]+$",
	    .expects = "a host name or an address",
	    .help = "Where it comes from." },
	PROFILE_TRANSPORT(2),
	PROFILE_PORT(3),
	{ .name = "signature",
	    .type = YAML_TEXT,
	    .is_required = true,
	    PROFILE_CELL(4),
	    .pattern = "^[a-z][a-z0-9-]{0,39}$",
	    .expects = "how it is signed, such as ed25519 or rsa-2048, or "
		       "none",
	    .help = "What its origin and wholeness rest on; none: nothing." },
	{ .name = "image",
	    .type = YAML_TEXT,
	    PROFILE_CELL(5),
	    .max = 255,
	    .pattern = "^/[A-Za-z0-9._/-]+$",
	    .expects = "the absolute path of a file",
	    .help = "An image that the maker gave to the lab, as a file of "
		    "the bench." },
	PROFILE_FLAG("automatic", "It is installed without being asked for."),
	PROFILE_STATES,
	{ .name = NULL },
};
const struct yaml_map profile_update_map = {
	.fields = update_fields,
	.finish = finish_update,
};

/* ---- essential functions ---- */

static const struct yaml_choice function_kinds[] = {
	{ "tcp", 0, false },
	{ "tls", 0, false },
	{ "http", 0, false },
	{ "mqtt", 0, false },
	{ "coap", 0, false },
	{ NULL, 0, false },
};

/* What each kind's answer looks like.  NULL: any text; "": there is none. */
static const struct {
	const char *kind, *pattern, *expects;
	bool has_path;
} answers[] = {
	{ "tcp", NULL, NULL, false },
	{ "tls", "", NULL, false },
	{ "http", "^[1-5][0-9][0-9]$", "an HTTP status such as 200", true },
	{ "mqtt", "^[0-5]$", "the return code of CONNACK, 0 to 5", false },
	{ "coap", "^[245][.][0-3][0-9]$", "a CoAP code such as 2.05", true },
};

static int
finish_essential(const struct yaml_node *n, void *base, struct err *e)
{
	const struct profile_row *row = base;
	const char *kind = row->cells[1], *expect = row->cells[4];
	size_t i;

	for (i = 0; strcmp(answers[i].kind, kind) != 0; i++)
		;
	if (!answers[i].has_path && row->cells[3][0] != '\0')
		return yaml_tree_fail(yaml_tree_get(n, "path"), e,
		    "path: belongs to kind: http and coap alone");
	if (expect[0] == '\0' || answers[i].pattern == NULL)
		return profile_finish_row(n, base, e);
	if (answers[i].pattern[0] == '\0')
		return yaml_tree_fail(yaml_tree_get(n, "expect"), e,
		    "expect: kind: %s works when its handshake does", kind);
	if (!yaml_matches(expect, answers[i].pattern))
		return yaml_tree_fail(yaml_tree_get(n, "expect"), e,
		    "expect: kind: %s wants %s", kind, answers[i].expects);
	return profile_finish_row(n, base, e);
}

static const struct yaml_field essential_fields[] = {
	{ .name = "function",
	    .type = YAML_TEXT,
	    .is_required = true,
	    PROFILE_CELL(0),
	    .min = 1,
	    .max = 200,
	    .help = "What a user would miss." },
	{ .name = "kind",
	    .type = YAML_TEXT,
	    .is_required = true,
	    PROFILE_CELL(1),
	    .choices = function_kinds,
	    .help = "How it is asked: a connection, a TLS handshake, a GET, "
		    "an MQTT CONNECT." },
	PROFILE_ONE_PORT(2, true, "Where it is asked."),
	{ .name = "path",
	    .type = YAML_TEXT,
	    PROFILE_CELL(3),
	    .max = 255,
	    .pattern = "^/[!-~]*$",
	    .expects = "a path such as /status",
	    .help = "For http and coap: what is asked for." },
	{ .name = "expect",
	    .type = YAML_TEXT,
	    PROFILE_CELL(4),
	    .min = 1,
	    .max = 255,
	    .is_numeric = true,
	    .pattern = "^.+$",
	    .expects = "what answers it",
	    .help = "The answer when it works: the beginning of a greeting "
		    "(tcp), a status (http), a return code (mqtt), a code "
		    "(coap); any when not said." },
	PROFILE_STATES,
	{ .name = NULL },
};
const struct yaml_map profile_essential_map = {
	.fields = essential_fields,
	.finish = finish_essential,
};
