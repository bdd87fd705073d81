/*
 * profile_import_mud: a MUD file (RFC 8520) as a profile.
 *
 * What a thing may send is its flows, what may be sent to it its open ports.
 * TCP says who begins (direction-initiated); the other direction of a
 * connection declares nothing.  A profile's list is whole: where a rule cannot
 * be carried over, the list says so at its place.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "scenarios/profile_import_parts.h"
#include "scenarios/yaml.h"

#define ROWS_MAX 1000 /* of each list; the profile's own bound is 1,024 */
#define HOST_PATTERN "^[*A-Za-z0-9._:/-]{1,255}$"

struct span {
	bool is_said;
	unsigned first, last; /* 0, 0: cannot be said as one range */
};

struct rule {
	const char *acl, *name;
	uint8_t family;  /* 4, 6 */
	int protocol;    /* IP; -1: any */
	const char *to;  /* host or network; "" */
	const char *who; /* why `to` cannot be told; "" */
	struct span source, destination;
	const char *begins; /* "from-device", "to-device", "" */
};

struct port {
	int protocol;
	unsigned first, last;
	uint8_t family; /* 0 both */
};

struct mud {
	struct profile_import *import;
	struct profile_write flows, lost_flows, lost_ports;
	size_t nflows, nlost_flows, nlost_ports;
	struct port *ports;
	size_t nports;
	bool has_from, has_to;
};

/* ---- what was not carried over ---- */

static void
lose(struct mud *m, const struct rule *r, bool is_flow, const char *why)
{
	char text[400];

	snprintf(text, sizeof(text), "rule \"%.100s\" of \"%.100s\": %s",
	    r->name, r->acl, why);
	profile_import_note(m->import, "%s", text);
	if ((is_flow ? m->nlost_flows : m->nlost_ports) < ROWS_MAX)
		profile_write_comment(
		    is_flow ? &m->lost_flows : &m->lost_ports, 2, text);
	*(is_flow ? &m->nlost_flows : &m->nlost_ports) += 1;
}

/* ---- reading one rule ---- */

static unsigned
port_of(const json_t *o, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(o, key));

	return n < 1 || n > 65535 ? 0 : (unsigned)n;
}

/* RFC 8519 section 4.2: an operator and a port, or a lower and an upper. */
static struct span
read_span(const json_t *o, const char *key)
{
	const json_t *at = json_object_get(o, key);
	const char *operator= profile_import_text(at, "operator");
	struct span s = { at != NULL, 0, 0 };
	unsigned port = port_of(at, "port");

	if (json_object_get(at, "lower-port") != NULL) {
		s.first = port_of(at, "lower-port");
		s.last = port_of(at, "upper-port");
		if (s.last == 0)
			s.last = s.first;
	} else if (port != 0 &&
	    (operator[0] == '\0' || strcmp(operator, "eq") == 0)) {
		s.first = s.last = port;
	} else if (port != 0 && strcmp(operator, "gte") == 0) {
		s.first = port;
		s.last = 65535;
	} else if (port != 0 && strcmp(operator, "lte") == 0) {
		s.first = 1;
		s.last = port;
	}
	if (s.first > s.last)
		s.first = s.last = 0;
	return s;
}

/* The far end's name or network. */
static const char *
read_far_end(const json_t *ip, bool is_from, uint8_t family)
{
	static const char *const keys[2][3] = {
		{ "ietf-acldns:src-dnsname", "source-ipv4-network",
		    "source-ipv6-network" },
		{ "ietf-acldns:dst-dnsname", "destination-ipv4-network",
		    "destination-ipv6-network" },
	};
	const char *name = profile_import_text(ip, keys[is_from][0]);

	return name[0] != '\0'
	    ? name
	    : profile_import_text(ip, keys[is_from][family == 4 ? 1 : 2]);
}

/* Why a class of things is none that a profile can name; "" when none is. */
static const char *
read_class(const json_t *matches)
{
	const json_t *mud = json_object_get(matches, "ietf-mud:mud");
	static const char *const classes[][2] = {
		{ "local-networks",
		    "\"local-networks\" is whatever network it "
		    "is in" },
		{ "controller", "a \"controller\" is whom the network names" },
		{ "my-controller",
		    "\"my-controller\" is whom the network names" },
		{ "manufacturer",
		    "a \"manufacturer\"'s things have no "
		    "address here" },
		{ "same-manufacturer",
		    "\"same-manufacturer\"'s things have no "
		    "address here" },
		{ "model", "a \"model\"'s things have no address here" },
	};
	size_t i;

	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (json_object_get(mud, classes[i][0]) != NULL)
			return classes[i][1];
	return mud == NULL ? "" : "a class of things that is not known";
}

static int
read_protocol(const json_t *matches, const json_t *ip)
{
	const json_t *n = json_object_get(ip, "protocol");

	if (json_object_get(matches, "tcp") != NULL)
		return 6;
	if (json_object_get(matches, "udp") != NULL)
		return 17;
	if (json_is_integer(n) && json_integer_value(n) >= 0 &&
	    json_integer_value(n) <= 255)
		return (int)json_integer_value(n);
	return json_object_get(matches, "icmp") != NULL ? 1 : -1;
}

static void
read_rule(const json_t *matches, bool is_from, struct rule *r)
{
	const json_t *ip = json_object_get(matches, "ipv4"), *transport;

	r->family = ip == NULL && json_object_get(matches, "ipv6") != NULL
	    ? 6
	    : r->family;
	if (ip == NULL)
		ip = json_object_get(matches, "ipv6");
	r->protocol = read_protocol(matches, ip);
	r->to = read_far_end(ip, is_from, r->family);
	r->who = read_class(matches);
	transport = json_object_get(matches, r->protocol == 6 ? "tcp" : "udp");
	r->source = read_span(transport, "source-port");
	r->destination = read_span(transport, "destination-port");
	r->begins =
	    profile_import_text(transport, "ietf-mud:direction-initiated");
}

/* ---- ports ---- */

static const char *
transport_name(int protocol)
{
	return protocol == 6 ? "tcp" : "udp";
}

static bool
is_same(const struct port *p, const struct rule *r, const struct span *s)
{
	return p->protocol == r->protocol && p->first == s->first &&
	    p->last == s->last;
}

static bool
meets(const struct port *p, const struct rule *r, const struct span *s)
{
	return p->protocol == r->protocol && s->first <= p->last &&
	    p->first <= s->last && (p->family == 0 || p->family == r->family);
}

/* NULL, or why it is not added.  The same port for IPv4 and IPv6 is one. */
static const char *
add_port(struct mud *m, const struct rule *r, const struct span *s)
{
	size_t i;

	for (i = 0; i < m->nports; i++)
		if (meets(&m->ports[i], r, s) && !is_same(&m->ports[i], r, s))
			return "its ports are partly those of another rule";
	for (i = 0; i < m->nports; i++) {
		if (!is_same(&m->ports[i], r, s))
			continue;
		if (m->ports[i].family != r->family)
			m->ports[i].family = 0;
		return NULL;
	}
	if (m->nports == ROWS_MAX)
		return "more ports than a profile takes";
	m->ports = xrealloc(m->ports, m->nports + 1, sizeof(*m->ports));
	m->ports[m->nports++] = (struct port){
		.protocol = r->protocol,
		.first = s->first,
		.last = s->last,
		.family = r->family,
	};
	return NULL;
}

/* A service of the device: span is its own side. */
static void
take_service(struct mud *m, const struct rule *r, const struct span *s)
{
	const char *why = NULL;

	if (r->protocol != 6 && r->protocol != 17)
		why = "neither TCP nor UDP: a profile's ports are of these";
	else if (!s->is_said)
		why = "it names no port of the device: all would be declared";
	else if (s->first == 0)
		why = "its ports are not one range";
	else
		why = add_port(m, r, s);
	if (why != NULL)
		lose(m, r, false, why);
}

/* ---- flows ---- */

static const char *
why_no_flow(const struct rule *r)
{
	if (r->who[0] != '\0')
		return r->who;
	if (r->protocol != 6 && r->protocol != 17 && r->protocol != -1)
		return "neither TCP nor UDP: a profile's flows are of these";
	if (r->to[0] == '\0')
		return "it names nobody: a profile's flow has a destination";
	if (!yaml_matches(r->to, HOST_PATTERN))
		return "its destination is neither a host nor a network";
	if (r->destination.is_said && r->destination.first == 0)
		return "its ports are not one range";
	return NULL;
}

static void
take_flow(struct mud *m, const struct rule *r)
{
	const char *why = why_no_flow(r);
	struct profile_write row;
	const struct span *s = &r->destination;

	if (why == NULL && m->nflows == ROWS_MAX)
		why = "more flows than a profile takes";
	if (why != NULL) {
		lose(m, r, true, why);
		return;
	}
	if (r->source.is_said)
		profile_import_note(m->import,
		    "rule \"%.100s\" of \"%.100s\": its own port is not "
		    "carried over; the flow is",
		    r->name, r->acl);
	profile_write_start(&row);
	profile_write_raw(&row, "  - {to: ");
	profile_write_quoted(&row, r->to, 255);
	if (r->protocol != -1)
		profile_write_f(
		    &row, ", transport: %s", transport_name(r->protocol));
	if (s->is_said && s->first == s->last)
		profile_write_f(&row, ", port: %u", s->first);
	else if (s->is_said)
		profile_write_f(&row, ", port: %u-%u", s->first, s->last);
	profile_write_raw(&row, "}\n");
	/* IPv4 and IPv6 to one name are one flow of a profile. */
	if (strstr(m->flows.text, row.text) == NULL) {
		profile_write_raw(&m->flows, row.text);
		m->nflows++;
	}
	free(profile_write_end(&row));
}

/* ---- rules of both directions ---- */

static void
take_rule(struct mud *m, const json_t *ace, const char *acl, bool is_from,
    uint8_t family)
{
	const json_t *matches = json_object_get(ace, "matches");
	struct rule r = { .acl = acl, .family = family };
	const char *forwarding =
	    profile_import_text(json_object_get(ace, "actions"), "forwarding");

	r.name = profile_import_text(ace, "name");
	read_rule(matches, is_from, &r);
	if (strcmp(forwarding, "accept") != 0 &&
	    strcmp(forwarding, "ietf-access-control-list:accept") != 0) {
		profile_import_note(m->import,
		    "rule \"%.100s\" of \"%.100s\": it accepts nothing; what "
		    "a profile does not declare is undeclared",
		    r.name, r.acl);
		return;
	}
	if (json_object_get(matches, "eth") != NULL)
		lose(m, &r, is_from, "it is of Ethernet, not of IP");
	else if (is_from && strcmp(r.begins, "to-device") == 0)
		take_service(m, &r, &r.source);
	else if (is_from)
		take_flow(m, &r);
	else if (strcmp(r.begins, "from-device") == 0 ||
	    (r.protocol == 17 && r.source.is_said && !r.destination.is_said))
		return; /* answers to what the device began */
	else
		take_service(m, &r, &r.destination);
}

static const json_t *
find_acl(const json_t *root, const char *name)
{
	static const char *const keys[] = { "ietf-access-control-list:acls",
		"ietf-access-control-list:access-lists" };
	const json_t *list = NULL, *acl;
	size_t i;

	for (i = 0; i < 2 && list == NULL; i++)
		list = json_object_get(json_object_get(root, keys[i]), "acl");
	for (i = 0; i < json_array_size(list); i++) {
		acl = json_array_get(list, i);
		if (strcmp(profile_import_text(acl, "name"), name) == 0)
			return acl;
	}
	return NULL;
}

static void
take_policy(
    struct mud *m, const json_t *root, const json_t *policy, bool is_from)
{
	const json_t *names, *acl, *aces;
	const char *name;
	size_t i, j;

	names = json_object_get(
	    json_object_get(policy, "access-lists"), "access-list");
	for (i = 0; i < json_array_size(names); i++) {
		name = profile_import_text(json_array_get(names, i), "name");
		acl = find_acl(root, name);
		if (acl == NULL) {
			const struct rule r = { .acl = name, .name = "*" };

			lose(m, &r, is_from, "the file has no such list");
			continue;
		}
		aces = json_object_get(json_object_get(acl, "aces"), "ace");
		for (j = 0; j < json_array_size(aces); j++)
			take_rule(m, json_array_get(aces, j), name, is_from,
			    strstr(profile_import_text(acl, "type"), "ipv6") !=
				    NULL
				? 6
				: 4);
	}
}

/* ---- the profile ---- */

static void
put_product(
    const json_t *mud, struct profile_import *i, struct profile_write *w)
{
	const char *info = profile_import_text(mud, "systeminfo");
	const char *model = profile_import_text(mud, "model-name");

	profile_write_raw(w, "product:\n");
	profile_import_line(i, w, "  name",
	    info[0] != '\0'        ? info
		: model[0] != '\0' ? model
				   : "not named",
	    200);
	profile_import_line(i, w, "  model", model, 200);
	profile_import_line(
	    i, w, "  vendor", profile_import_text(mud, "mfg-name"), 200);
	profile_import_line(
	    i, w, "firmware", profile_import_text(mud, "firmware-rev"), 200);
}

/* "flows", with what is missing from it; no key when nothing can be said. */
static void
put_list(struct profile_write *w, const char *key, bool is_said,
    const struct profile_write *rows, size_t nrows,
    const struct profile_write *lost)
{
	if (!is_said)
		return;
	if (lost->size > 0)
		profile_write_f(w,
		    "# %s: not carried over, and undeclared until written "
		    "here:\n",
		    key);
	profile_write_raw(w, lost->text);
	if (nrows > 0) {
		profile_write_f(w, "%s:\n", key);
		profile_write_raw(w, rows->text);
	} else if (lost->size == 0) {
		profile_write_f(w, "%s: []\n", key);
	}
}

static void
put_ports(struct mud *m, struct profile_write *rows)
{
	const struct port *p;
	size_t i;

	for (i = 0; i < m->nports; i++) {
		p = &m->ports[i];
		profile_write_f(rows, "  - {transport: %s, port: %u",
		    transport_name(p->protocol), p->first);
		if (p->last != p->first)
			profile_write_f(rows, "-%u, optional: true", p->last);
		if (p->family != 0)
			profile_write_f(rows, ", family: ipv%u", p->family);
		profile_write_raw(rows, "}\n");
	}
}

static void
note_rest(json_t *mud, struct profile_import *i)
{
	static const char *const known[] = { "mud-version", "mud-url",
		"mud-signature", "last-update", "cache-validity", "systeminfo",
		"mfg-name", "model-name", "firmware-rev", "from-device-policy",
		"to-device-policy", "extensions", NULL };
	const char *key;
	json_t *value;
	size_t k;

	json_object_foreach (mud, key, value) {
		for (k = 0; known[k] != NULL; k++)
			if (strcmp(known[k], key) == 0)
				break;
		if (known[k] == NULL)
			profile_import_note(i,
			    "%.100s: has no place in a "
			    "profile",
			    key);
	}
	if (json_array_size(json_object_get(mud, "extensions")) > 0)
		profile_import_note(
		    i, "extensions: what they say is not carried over");
}

int
profile_import_mud(json_t *root, struct profile_import *i,
    struct profile_write *w, struct err *e)
{
	json_t *mud = json_object_get(root, "ietf-mud:mud");
	const json_t *from = json_object_get(mud, "from-device-policy");
	const json_t *to = json_object_get(mud, "to-device-policy");
	struct mud m = {
		.import = i, .has_from = from != NULL, .has_to = to != NULL
	};
	struct profile_write ports;

	if (!json_is_object(mud) ||
	    json_integer_value(json_object_get(mud, "mud-version")) != 1)
		return err_set(e, "mud-version: 1 is known");
	profile_write_start(&ports);
	profile_write_start(&m.flows);
	profile_write_start(&m.lost_flows);
	profile_write_start(&m.lost_ports);
	take_policy(&m, root, from, true);
	take_policy(&m, root, to, false);
	put_ports(&m, &ports);
	profile_write_raw(
	    w, "# Drafted from a MUD file (RFC 8520): check each line.\n");
	profile_write_comment(w, 0, profile_import_text(mud, "mud-url"));
	profile_write_raw(w,
	    "# A MUD file lets every thing use the local DNS and NTP; a "
	    "profile names whom it\n# calls for that.\nversion: 1\n");
	put_product(mud, i, w);
	put_list(w, "ports", m.has_to || m.nports + m.nlost_ports > 0, &ports,
	    m.nports, &m.lost_ports);
	put_list(w, "flows", m.has_from, &m.flows, m.nflows, &m.lost_flows);
	note_rest(mud, i);
	free(profile_write_end(&ports));
	free(profile_write_end(&m.flows));
	free(profile_write_end(&m.lost_flows));
	free(profile_write_end(&m.lost_ports));
	free(m.ports);
	return 0;
}
