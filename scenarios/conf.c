/*
 * conf: assayd.yaml, the bench as root describes it.
 *
 * What a client may ask of the warden is bounded by this file alone, so it is
 * read as strictly as a stranger's, and refused when others may write it.
 */
#include "scenarios/conf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "scenarios/conf_check.h"
#include "scenarios/conf_table.h"
#include "scenarios/mac.h"
#include "scenarios/yaml.h"

#define LIBDIR "/usr/local/lib/assay"
#define DATADIR "/usr/local/share/assay"
#define NAME_PATTERN "^[a-z][a-z0-9-]{0,30}$"
#define NAME_EXPECTS "a name: a letter, then small letters, digits or -"
#define IPV6_PATTERN "^[0-9a-fA-F:]{2,39}$"
#define GROUP_PATTERN "^([a-z_][a-z0-9_-]{0,31}|[0-9]{1,10})?$"
#define UIDS 32 /* in a row, see conf.h */
#define UID_NOBODY 65534

/* Reads the interface's name as the kernel does (dev_valid_name): at most 15
 * bytes, no slash, no space, not a dot alone.  A colon is an old alias. */
#define INTERFACE_PATTERN "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$"

static bool
parse_address(const char *text, void *base)
{
	return conf_check_address(text, base);
}

static bool
parse_participant_mac(const char *text, void *base)
{
	struct conf_participant *p = base;

	return mac_read(text, p->mac);
}

static int
finish_participants(const struct yaml_node *n, void *base, struct err *e)
{
	return conf_check_participants(n, base, e);
}

static int
finish_segment(const struct yaml_node *n, void *base, struct err *e)
{
	return conf_check_segment(n, base, e);
}

static int
finish_segments(const struct yaml_node *n, void *base, struct err *e)
{
	return conf_check_segments(n, base, e);
}

static int
finish_hooks(const struct yaml_node *n, void *base, struct err *e)
{
	return conf_check_hooks(n, base, e);
}

static int
finish_uid(const struct yaml_node *n, void *base, struct err *e)
{
	const struct conf *c = base;

	if (c->uid_first <= UID_NOBODY + 1 && c->uid_first + UIDS > UID_NOBODY)
		return yaml_tree_fail(n, e,
		    "uid_first: %d numbers in a row would take %d, the user "
		    "nobody",
		    UIDS, UID_NOBODY);
	return 0;
}

/* A whole number and one of these units; false: neither. */
static bool
parse_scaled(const char *text, const char *const *units, const uint64_t *scales,
    uint64_t *value)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);
	size_t i;

	for (i = 0; units[i] != NULL; i++)
		if (strcmp(end, units[i]) == 0)
			break;
	if (*text < '1' || *text > '9' || n > 1000000 || units[i] == NULL)
		return false;
	*value = n * scales[i];
	return true;
}

static bool
parse_after(const char *text, void *base)
{
	static const char *const units[] = { "m", "h", "d", NULL };
	static const uint64_t scales[] = { 60, 3600, 86400 };
	struct conf *c = base;

	return parse_scaled(text, units, scales, &c->prune_after_s);
}

static bool
parse_disk(const char *text, void *base)
{
	static const char *const units[] = { "MiB", "GiB", "TiB", NULL };
	static const uint64_t scales[] = { 1ull << 20, 1ull << 30, 1ull << 40 };
	struct conf *c = base;

	return parse_scaled(text, units, scales, &c->prune_disk_bytes);
}

static const struct yaml_choice kinds[] = {
	{ "wired", 0, false },
	{ "ap", 1, true },
	{ "station", 2, true },
	{ NULL, 0, false },
};

static const struct yaml_choice roles[] = {
	{ "dut", PARTICIPANT_DUT, false },
	{ "component", PARTICIPANT_COMPONENT, false },
	{ "phone", PARTICIPANT_PHONE, false },
	{ "hub", PARTICIPANT_HUB, false },
	{ "bench", PARTICIPANT_BENCH, false },
	{ "unknown", PARTICIPANT_UNKNOWN, false },
	{ NULL, 0, false },
};

static const struct yaml_field address_item = {
	.type = YAML_PARSED,
	.parse = parse_address,
	.pattern = "^[0-9a-fA-F:.]+/[0-9]{1,3}$",
	.expects = "an address of the bench with its prefix such as "
		   "10.77.0.1/24 (8 to 29 bits) or fd77::1/64 (48 to 125), "
		   "with room for the one after it",
	.help = "The bench's own address and prefix. The address after it is "
		"the watch's.",
};

static const struct yaml_field dhcp_fields[] = {
	{ .name = "from",
	    .type = YAML_TEXT,
	    .is_required = true,
	    YAML_AT(struct conf_segment, dhcp_from),
	    .pattern = "^[0-9]{1,3}([.][0-9]{1,3}){3}$",
	    .expects = "an IPv4 address",
	    .help = "First address given to devices." },
	{ .name = "to",
	    .type = YAML_TEXT,
	    .is_required = true,
	    YAML_AT(struct conf_segment, dhcp_to),
	    .pattern = "^[0-9]{1,3}([.][0-9]{1,3}){3}$",
	    .expects = "an IPv4 address",
	    .help = "Last address given to devices." },
	/* Kept in ms here, and turned to seconds when the segment is read. */
	{ .name = "lease",
	    .type = YAML_DURATION,
	    YAML_AT(struct conf_segment, lease_s),
	    .def = "1h",
	    .min = 120 * 1000,
	    .max = 24 * 3600 * 1000,
	    .help = "How long an address is lent." },
	{ .name = NULL },
};
static const struct yaml_map dhcp_map = { .fields = dhcp_fields };

static const struct yaml_field dhcpv6_fields[] = {
	{ .name = "from",
	    .type = YAML_TEXT,
	    .is_required = true,
	    YAML_AT(struct conf_segment, dhcpv6_from),
	    .pattern = IPV6_PATTERN,
	    .expects = "an IPv6 address",
	    .is_numeric = true,
	    .help = "First address given to devices." },
	{ .name = "to",
	    .type = YAML_TEXT,
	    .is_required = true,
	    YAML_AT(struct conf_segment, dhcpv6_to),
	    .pattern = IPV6_PATTERN,
	    .expects = "an IPv6 address",
	    .is_numeric = true,
	    .help = "Last address given to devices." },
	/* In ms at first, as above. */
	{ .name = "lease",
	    .type = YAML_DURATION,
	    YAML_AT(struct conf_segment, lease6_s),
	    .def = "1h",
	    .min = 120 * 1000,
	    .max = 24 * 3600 * 1000,
	    .help = "How long an address is lent." },
	{ .name = NULL },
};
static const struct yaml_map dhcpv6_map = { .fields = dhcpv6_fields };

const char *
participant_role_name(enum participant_role role)
{
	size_t i;

	for (i = 0; roles[i].name != NULL; i++)
		if (roles[i].value == role)
			return roles[i].name;
	return "unknown";
}

bool
participant_role_is_target(enum participant_role role)
{
	return role == PARTICIPANT_DUT || role == PARTICIPANT_COMPONENT;
}

const struct conf_participant *
conf_participant(const struct conf_segment *s, const uint8_t mac[6])
{
	size_t i;

	for (i = 0; i < s->nparticipants; i++)
		if (memcmp(s->participants[i].mac, mac, 6) == 0)
			return &s->participants[i];
	return NULL;
}

static const struct yaml_field participant_fields[] = {
	{ .name = "mac",
	    .type = YAML_PARSED,
	    .is_required = true,
	    .parse = parse_participant_mac,
	    .pattern = MAC_PATTERN,
	    .expects = "a MAC address such as 02:00:00:00:00:20",
	    .is_numeric = true, /* base 60 in YAML 1.1 */
	    .help = "MAC address of its interface." },
	{ .name = "role",
	    .type = YAML_CHOICE,
	    .is_required = true,
	    YAML_AT(struct conf_participant, role),
	    .choices = roles,
	    .help = "What it is there for. Only a dut or a component is ever "
		    "tested." },
	{ .name = "name",
	    .type = YAML_TEXT,
	    YAML_AT(struct conf_participant, name),
	    .max = 64,
	    .help = "What a person calls it." },
	{ .name = NULL },
};
static const struct yaml_map participant_map = {
	.fields = participant_fields,
};
static const struct yaml_field participant_item = {
	.type = YAML_MAP,
	.map = &participant_map,
};

static bool
parse_resolver(const char *text, void *base)
{
	struct conf_segment *s = base;

	return inet_pton(AF_INET, text, s->resolver) == 1 &&
	    s->resolver[0] != 0;
}

static const struct yaml_field uplink_fields[] = {
	{ .name = "interface",
	    .type = YAML_TEXT,
	    .is_required = true,
	    YAML_AT(struct conf_segment, uplink),
	    .pattern = INTERFACE_PATTERN,
	    .expects = "the name of a network interface, at most 15 letters, "
		       "digits or . _ -",
	    .help = "The machine's interface to the world; the device appears "
		    "there with the machine's own address (NAT)." },
	{ .name = "resolver",
	    .type = YAML_PARSED,
	    .is_required = true,
	    .parse = parse_resolver,
	    .pattern = "^[0-9]{1,3}([.][0-9]{1,3}){3}$",
	    .expects = "an IPv4 address",
	    .help = "DNS server that is asked for the allowed hosts." },
	{ .name = NULL },
};
static const struct yaml_map uplink_map = { .fields = uplink_fields };

static const struct yaml_field host_item = {
	.type = YAML_TEXT,
	.max = 253,
	.pattern = CONF_HOST_PATTERN,
	.expects = CONF_HOST_EXPECTS,
};

static const struct yaml_field capture_fields[] = {
	{ .name = "ring_mib",
	    .type = YAML_UINT,
	    YAML_AT(struct conf_segment, ring_mib),
	    .def = "64",
	    .min = 1,
	    .max = 1024,
	    .help = "Ring buffer between kernel and capture while a run is "
		    "under way, in MiB." },
	{ .name = "file_mib",
	    .type = YAML_UINT,
	    YAML_AT(struct conf_segment, file_mib),
	    .def = "256",
	    .min = 1,
	    .max = 4096,
	    .help = "Size at which the next capture file begins, in MiB." },
	{ .name = NULL },
};
static const struct yaml_map capture_map = { .fields = capture_fields };

static const struct yaml_field pool_fields[] = {
	{ .name = "ipv4",
	    .type = YAML_UINT,
	    YAML_AT(struct conf_segment, pool_ipv4),
	    .def = "512",
	    .max = CONF_POOL_MAX,
	    .help = "At most so many IPv4 addresses; 0: none." },
	{ .name = "ipv6",
	    .type = YAML_UINT,
	    YAML_AT(struct conf_segment, pool_ipv6),
	    .def = "512",
	    .max = CONF_POOL_MAX,
	    .help = "At most so many IPv6 addresses; 0: none." },
	{ .name = NULL },
};
static const struct yaml_map pool_map = { .fields = pool_fields };

static const struct yaml_field segment_fields[] = {
	{ .name = "name",
	    .type = YAML_TEXT,
	    .is_required = true,
	    YAML_AT(struct conf_segment, name),
	    .pattern = NAME_PATTERN,
	    .expects = NAME_EXPECTS,
	    .help = "What the segment is called on screen and in records." },
	{ .name = "kind",
	    .type = YAML_CHOICE,
	    .is_required = true,
	    .choices = kinds,
	    .help = "How devices are joined to it." },
	{ .name = "interface",
	    .type = YAML_TEXT,
	    .is_required = true,
	    YAML_AT(struct conf_segment, interface),
	    .pattern = INTERFACE_PATTERN,
	    .expects = "the name of a network interface, at most 15 letters, "
		       "digits or . _ -",
	    .help = "The machine's interface that devices are plugged into. "
		    "It is moved to a namespace of its own." },
	{ .name = "addresses",
	    .type = YAML_LIST,
	    .is_required = true,
	    YAML_LIST_AT(struct conf_segment, addresses),
	    .count_at = offsetof(struct conf_segment, naddresses),
	    .item = &address_item,
	    .item_size = sizeof(struct conf_address),
	    .is_in_place = true,
	    .min = 1,
	    .max = CONF_ADDRESSES_MAX,
	    .help = "The bench's own addresses, one for each subnet." },
	{ .name = "dhcp",
	    .type = YAML_MAP,
	    .map = &dhcp_map,
	    .help = "The range for DHCPv4; no DHCP is served without it." },
	{ .name = "dhcpv6",
	    .type = YAML_MAP,
	    .map = &dhcpv6_map,
	    .help = "The range for DHCPv6, announced by the M flag; without "
		    "it, devices make their addresses themselves." },
	{ .name = "uplink",
	    .type = YAML_MAP,
	    .map = &uplink_map,
	    .help = "The way out in mode cloud; without it there is none." },
	{ .name = "cloud_allow",
	    .type = YAML_LIST,
	    YAML_LIST_AT(struct conf_segment, cloud_allow),
	    .count_at = offsetof(struct conf_segment, ncloud_allow),
	    .item = &host_item,
	    .item_size = sizeof(char *),
	    .max = 256,
	    .help = "Hosts that a profile may open or shut in mode cloud." },
	{ .name = "participants",
	    .type = YAML_LIST,
	    YAML_LIST_AT(struct conf_segment, participants),
	    .count_at = offsetof(struct conf_segment, nparticipants),
	    .item = &participant_item,
	    .item_size = sizeof(struct conf_participant),
	    .max = 64,
	    .finish = finish_participants,
	    .help = "Who else lives on the segment, by MAC address." },
	{ .name = "capture",
	    .type = YAML_MAP,
	    .map = &capture_map,
	    .help = "How much room captures take." },
	{ .name = "pool",
	    .type = YAML_MAP,
	    .map = &pool_map,
	    .help = "Free addresses of the segment's subnets that are lent to "
		    "jobs as sources, for as long as they run." },
	{ .name = NULL },
};
static const struct yaml_map segment_map = {
	.fields = segment_fields,
	.finish = finish_segment,
};
static const struct yaml_field segment_item = {
	.type = YAML_MAP,
	.map = &segment_map,
};

static const struct yaml_field word_item = {
	.type = YAML_TEXT,
	.min = 1,
	.max = 1024,
};

static const struct yaml_choice hook_impacts[] = {
	{ "state", 1, false },
	{ "active", 0, false },
	{ NULL, 0, false },
};

static const struct yaml_field hook_fields[] = {
	{ .name = "name",
	    .type = YAML_TEXT,
	    .is_required = true,
	    YAML_AT(struct conf_hook, name),
	    .pattern = NAME_PATTERN,
	    .expects = NAME_EXPECTS,
	    .help = "What a profile's action calls it." },
	{ .name = "command",
	    .type = YAML_LIST,
	    .is_required = true,
	    YAML_LIST_AT(struct conf_hook, command),
	    .count_at = YAML_UNCOUNTED,
	    .item = &word_item,
	    .item_size = sizeof(char *),
	    .min = 1,
	    .max = 64,
	    .help = "Program (an absolute path) and arguments; no shell. It "
		    "runs as root." },
	{ .name = "limit",
	    .type = YAML_DURATION,
	    YAML_AT(struct conf_hook, limit_ms),
	    .def = "30s",
	    .min = 100,
	    .max = 3600 * 1000,
	    .help = "After this it is killed." },
	{ .name = "impact",
	    .type = YAML_CHOICE,
	    YAML_AT(struct conf_hook, is_lasting),
	    .def = "state",
	    .choices = hook_impacts,
	    .help = "state: it may change what the device is or knows, and is "
		    "refused in mode cloud; active: it only wakes it, or "
		    "switches its power." },
	{ .name = NULL },
};
static const struct yaml_map hook_map = { .fields = hook_fields };
static const struct yaml_field hook_item = {
	.type = YAML_MAP,
	.map = &hook_map,
};

static const struct yaml_field prune_fields[] = {
	{ .name = "after",
	    .type = YAML_PARSED,
	    .parse = parse_after,
	    .pattern = "^[1-9][0-9]{0,5}(m|h|d)$",
	    .expects = "an age in days, hours or minutes such as 30d",
	    .help = "A capture file goes when it is older." },
	{ .name = "disk",
	    .type = YAML_PARSED,
	    .parse = parse_disk,
	    .pattern = "^[1-9][0-9]{0,5}(MiB|GiB|TiB)$",
	    .expects = "a size such as 50GiB",
	    .help = "The oldest capture files go when all of them together "
		    "are bigger." },
	{ .name = NULL },
};
static const struct yaml_map prune_map = { .fields = prune_fields };

#define CONF_PATH(key, value, text) \
	{ \
		.name = #key, .type = YAML_TEXT, YAML_AT(struct conf, key), \
		.def = (value), .min = 1, .max = 1024, .help = (text) \
	}

static const struct yaml_field conf_fields[] = {
	{ .name = "version",
	    .type = YAML_UINT,
	    .is_required = true,
	    .min = 1,
	    .max = 1,
	    .help = "Version of this file's format." },
	{ .name = "bench",
	    .type = YAML_TEXT,
	    .is_required = true,
	    YAML_AT(struct conf, bench),
	    .pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$",
	    .expects = "a name: up to 63 letters, digits or . _ -",
	    .is_numeric = true,
	    .help = "Name of this bench; part of every record's id, so never "
		    "give two benches one name." },
	CONF_PATH(state_dir, "/var/lib/assay",
	    "Store, captures and evidence. On a disk with room."),
	CONF_PATH(run_dir, "/run/assay", "The control socket."),
	CONF_PATH(probe_dir, LIBDIR "/probes", "Probes (*.so)."),
	CONF_PATH(scenario_dir, DATADIR "/scenarios", "Scenarios that ship."),
	CONF_PATH(message_dir, DATADIR "/messages", "Message files."),
	CONF_PATH(catalogue_dir, DATADIR "/catalogue", "The catalogue."),
	CONF_PATH(secret_dir, "/etc/assay/secrets",
	    "Samples' default secrets, a file each, for root alone to read."),
	CONF_PATH(worker, LIBDIR "/assay-worker",
	    "The program that a probe runs in."),
	{ .name = "timestamp_url",
	    .type = YAML_TEXT,
	    YAML_AT(struct conf, timestamp_url),
	    .def = "",
	    .pattern = "^(https?://[!-~]{1,500})?$",
	    .expects = "the http or https address of a time-stamp authority, "
		       "or \"\" for none",
	    .help = "Time-stamp authority (RFC 3161) that is sent the SHA-256 "
		    "of each run's manifest." },
	{ .name = "timestamp_trust",
	    .type = YAML_TEXT,
	    YAML_AT(struct conf, timestamp_trust),
	    .def = "",
	    .max = 500,
	    .help = "The authority's root certificates (PEM); without it, its "
		    "signature is left to the verifier." },
	{ .name = "late",
	    .type = YAML_DURATION,
	    YAML_AT(struct conf, late_ms),
	    .def = "1s",
	    .min = 1,
	    .max = 60000,
	    .help = "A bench whose timers fire later than this, and later than "
		    "they were set for, shows nothing to be absent." },
	{ .name = "document_mib",
	    .type = YAML_UINT,
	    YAML_AT(struct conf, document_mib),
	    .def = "128",
	    .min = 4,
	    .max = 1024,
	    .help = "A larger document is refused." },
	{ .name = "uid_first",
	    .type = YAML_UINT,
	    YAML_AT(struct conf, uid_first),
	    .def = "59000",
	    .min = 1000,
	    .max = 2000000000,
	    .finish = finish_uid,
	    .help = "First of 32 user numbers that nothing else on the "
		    "machine uses." },
	{ .name = "run_group",
	    .type = YAML_TEXT,
	    YAML_AT(struct conf, run_group),
	    .def = "assay",
	    .pattern = GROUP_PATTERN,
	    .expects = "a group's name or number, or \"\" for root only",
	    .is_numeric = true,
	    .help = "Group that may start runs." },
	{ .name = "view_group",
	    .type = YAML_TEXT,
	    YAML_AT(struct conf, view_group),
	    .def = "assay-view",
	    .pattern = GROUP_PATTERN,
	    .expects = "a group's name or number, or \"\" for root only",
	    .is_numeric = true,
	    .help = "Group that may look." },
	{ .name = "prune",
	    .type = YAML_MAP,
	    .map = &prune_map,
	    .help = "When raw capture files go that no verdict cites and "
		    "nobody holds; without it, never." },
	{ .name = "segments",
	    .type = YAML_LIST,
	    YAML_LIST_AT(struct conf, segments),
	    .count_at = offsetof(struct conf, nsegments),
	    .item = &segment_item,
	    .item_size = sizeof(struct conf_segment),
	    .max = 64,
	    .finish = finish_segments,
	    .help = "The isolated links." },
	{ .name = "hooks",
	    .type = YAML_LIST,
	    YAML_LIST_AT(struct conf, hooks),
	    .count_at = offsetof(struct conf, nhooks),
	    .item = &hook_item,
	    .item_size = sizeof(struct conf_hook),
	    .max = 64,
	    .finish = finish_hooks,
	    .help = "Commands that an action of a profile may name." },
	{ .name = NULL },
};

const struct yaml_map conf_table = {
	.fields = conf_fields,
	.title = "assayd.yaml",
	.help = "The bench as root describes it to assayd.",
};

/* Makes *path absolute when file is: what root wrote beside the file. */
static void
resolve(char **path, const char *file)
{
	const char *slash = strrchr(file, '/');
	char *resolved;

	if ((*path)[0] == '/' || slash == NULL)
		return;
	resolved = xasprintf("%.*s%s", (int)(slash - file + 1), file, *path);
	free(*path);
	*path = resolved;
}

struct conf *
conf_parse(const char *text, size_t size, const char *file, struct err *e)
{
	struct conf *c = xcalloc(1, sizeof(*c));
	char **const paths[] = { &c->state_dir, &c->run_dir, &c->probe_dir,
		&c->scenario_dir, &c->message_dir, &c->catalogue_dir,
		&c->secret_dir, &c->worker };
	size_t i;

	if (yaml_read(&conf_table, text, size, file, c, e) == -1) {
		free(c);
		return NULL;
	}
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		resolve(paths[i], file);
	if (c->timestamp_trust[0] != '\0')
		resolve(&c->timestamp_trust, file);
	for (i = 0; i < c->nsegments; i++) {
		c->segments[i].lease_s /= 1000;
		c->segments[i].lease6_s /= 1000;
	}
	return c;
}

struct conf *
conf_load(const char *path, struct err *e)
{
	char *real = realpath(path, NULL), *text;
	struct conf *c = NULL;
	size_t size;

	if (real == NULL) {
		err_set_at(e, path, 0, 0, "%s", strerror(errno));
		return NULL;
	}
	text = yaml_load_text(real, &size, e);
	if (text != NULL)
		c = conf_parse(text, size, real, e);
	free(text);
	free(real);
	return c;
}

void
conf_free(struct conf *c)
{
	if (c == NULL)
		return;
	yaml_release(&conf_table, c);
	free(c);
}
