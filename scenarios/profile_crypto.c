/*
 * profile_crypto: what a maker declares that each interface is protected by.
 */
#include "scenarios/profile_crypto.h"

#include <stdbool.h>
#include <string.h>

#include "scenarios/profile.h"
#include "scenarios/schema.h"
#include "scenarios/yaml.h"

static const struct yaml_choice roles[] = {
	{ "server", 0, false },
	{ "client", 0, false },
	{ "peer", 0, false },
	{ NULL, 0, false },
};

/* "none" is a declaration too: this interface protects nothing. */
static const struct yaml_choice versions[] = {
	{ "none", 0, false },
	{ "ssl3", 0, false },
	{ "tls1.0", 0, false },
	{ "tls1.1", 0, false },
	{ "tls1.2", 0, false },
	{ "tls1.3", 0, false },
	{ "dtls1.0", 0, false },
	{ "dtls1.2", 0, false },
	{ "dtls1.3", 0, false },
	{ "quic1", 0, false },
	{ "ssh2", 0, false },
	{ "oscore", 0, false },
	{ "wep", 0, false },
	{ "wpa", 0, false },
	{ "wpa2", 0, false },
	{ "wpa3", 0, false },
	{ "ble-legacy", 0, false },
	{ "ble-secure-connections", 0, false },
	{ "zigbee3", 0, false },
	{ "zwave-s0", 0, false },
	{ "zwave-s2", 0, false },
	{ "thread", 0, false },
	{ "matter", 0, false },
	{ "own", 0, false },
	{ NULL, 0, false },
};

static const struct yaml_field version_item = {
	.type = YAML_TEXT,
	.choices = versions,
};
static const struct yaml_field suite_item = {
	.type = YAML_TEXT,
	.pattern = "^[A-Za-z][A-Za-z0-9_@.-]{0,79}$",
	.expects = "a suite's name such as TLS_AES_128_GCM_SHA256",
};

static const struct yaml_field name_item = {
	.type = YAML_TEXT,
	.pattern = "^[A-Za-z0-9*_.:-]{1,255}$",
	.expects = "a host name or an address",
};

static int
finish_crypto(const struct yaml_node *n, void *base, struct err *e)
{
	struct profile_crypto *c = base;
	size_t i;

	for (i = 0; i < c->nversions; i++)
		if (strcmp(c->versions[i], "none") == 0 &&
		    (c->nversions > 1 || c->nsuites > 0))
			return yaml_tree_fail(n, e,
			    "versions: none stands alone, and has no suites");
	if (c->states == 0)
		c->states = (1u << STATE_COUNT) - 1;
	return 0;
}

static const struct yaml_field fields[] = {
	{ .name = "interface",
	    .type = YAML_TEXT,
	    .is_required = true,
	    YAML_AT(struct profile_crypto, interface),
	    .pattern = "^[a-z][a-z0-9-]{0,39}$",
	    .expects = "a service or an interface such as https or ble",
	    .help = "What is protected: a service or an interface." },
	{ .name = "role",
	    .type = YAML_TEXT,
	    .is_required = true,
	    YAML_AT(struct profile_crypto, role),
	    .choices = roles,
	    .help = "Which side of it the device is." },
	{ .name = "port",
	    .type = YAML_UINT,
	    YAML_AT(struct profile_crypto, port),
	    .min = 1,
	    .max = 65535,
	    .help = "The port of the service, if one." },
	{ .name = "versions",
	    .type = YAML_LIST,
	    .is_required = true,
	    YAML_LIST_AT(struct profile_crypto, versions),
	    .count_at = offsetof(struct profile_crypto, nversions),
	    .item = &version_item,
	    .item_size = sizeof(char *),
	    .min = 1,
	    .max = 16,
	    .help = "Every protocol version that it speaks; none: it is "
		    "clear; own: one of the maker's." },
	{ .name = "suites",
	    .type = YAML_LIST,
	    YAML_LIST_AT(struct profile_crypto, suites),
	    .count_at = offsetof(struct profile_crypto, nsuites),
	    .item = &suite_item,
	    .item_size = sizeof(char *),
	    .min = 1,
	    .max = 256,
	    .help = "Every cipher suite that it takes, by its registered "
		    "name; any when not said." },
	{ .name = "names",
	    .type = YAML_LIST,
	    YAML_LIST_AT(struct profile_crypto, names),
	    .count_at = offsetof(struct profile_crypto, nnames),
	    .item = &name_item,
	    .item_size = sizeof(char *),
	    .min = 1,
	    .max = 16,
	    .help = "The names and addresses by which clients reach it, for "
		    "its certificate." },
	{ .name = "states",
	    .type = YAML_FLAGS,
	    YAML_AT(struct profile_crypto, states),
	    .choices = state_choices,
	    .help = "The life-cycle states in which it holds; all when not "
		    "said." },
	{ .name = NULL },
};
static const struct yaml_map map = { .fields = fields,
	.finish = finish_crypto };

const struct yaml_field profile_crypto_item = {
	.type = YAML_MAP,
	.map = &map,
};
