/*
 * judge: from names and calls and what is declared to the two verdicts.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "probes/net_flows/parts.h"

#define CITED_MAX 250
#define TEXT_SIZE 1024

struct seen {
	uint64_t seen_ns, silence_ns, boots, names, calls;
	bool spoke;
	const char *doubt;
	char bad[TEXT_SIZE], resolvers[TEXT_SIZE]; /* "a, b" */
	size_t nbad;
	uint32_t cited[CITED_MAX], bad_ids[CITED_MAX], resolver_ids[CITED_MAX];
	size_t ncited, nbad_ids, nresolver_ids;
};

static void
append(char *out, const char *word)
{
	size_t used = strlen(out);

	if (used + strlen(word) + 8 > TEXT_SIZE) {
		if (used >= 3 && strcmp(out + used - 3, "…") != 0)
			snprintf(out + used, TEXT_SIZE - used, ", …");
		return;
	}
	snprintf(
	    out + used, TEXT_SIZE - used, "%s%s", used == 0 ? "" : ", ", word);
}

static void
cite(uint32_t *ids, size_t *n, uint32_t id)
{
	if (*n < CITED_MAX)
		ids[(*n)++] = id;
}

/* ---- what a row allows ---- */

/* "*.example.com" is every name below example.com, and not itself. */
static bool
name_matches(const char *to, const char *name)
{
	size_t n = strlen(name), m = strlen(to);

	if (strncmp(to, "*.", 2) != 0)
		return strcasecmp(to, name) == 0;
	return n > m - 1 && strcasecmp(name + n - (m - 1), to + 1) == 0;
}

static bool
bits_match(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned i;

	for (i = 0; i < bits; i++)
		if (((a[i / 8] ^ b[i / 8]) & (0x80u >> i % 8)) != 0)
			return false;
	return true;
}

/* "203.0.113.5", "2001:db8::/32" */
static bool
address_matches(const char *to, int family, const uint8_t *addr)
{
	char text[INET6_ADDRSTRLEN];
	unsigned long bits = family == AF_INET ? 32 : 128, all = bits;
	const char *slash = strchr(to, '/');
	size_t n = slash == NULL ? strlen(to) : (size_t)(slash - to);
	uint8_t net[16];
	char *end;

	if (n >= sizeof(text))
		return false;
	memcpy(text, to, n);
	text[n] = '\0';
	if (inet_pton(family, text, net) != 1)
		return false;
	if (slash != NULL) {
		bits = strtoul(slash + 1, &end, 10);
		if (*end != '\0' || end == slash + 1 || bits > all)
			return false;
	}
	return bits_match(net, addr, (unsigned)bits);
}

static bool
port_matches(const char *ports, unsigned long port)
{
	unsigned long first, last;
	char *end;

	if (ports[0] == '\0')
		return true;
	first = strtoul(ports, &end, 10);
	last = *end == '-' ? strtoul(end + 1, NULL, 10) : first;
	return port >= first && port <= last;
}

struct call { /* an observation's text taken apart */
	char proto[16], address[INET6_ADDRSTRLEN];
	unsigned long port;
	const char *names; /* "a b", or "" */
	int family;
	uint8_t addr[16];
};

static bool
read_call(const char *text, struct call *c)
{
	int at = 0;
	char *end;

	if (sscanf(text, "%15s %45s %n", c->proto, c->address, &at) != 2 ||
	    text[at] < '0' || text[at] > '9')
		return false;
	c->port = strtoul(text + at, &end, 10);
	c->names = end;
	c->family = strchr(c->address, ':') == NULL ? AF_INET : AF_INET6;
	return inet_pton(c->family, c->address, c->addr) == 1;
}

static bool
any_name_matches(const char *to, const char *names)
{
	char name[FLOWS_NAME_SIZE];
	int at = 0;

	while (sscanf(names, " %255s%n", name, &at) == 1) {
		if (name_matches(to, name))
			return true;
		names += at;
	}
	return false;
}

static bool
call_is_declared(struct assay_job *job, const struct call *c)
{
	size_t i, n = assay_declared_count(job, "flows");
	const char *to, *transport;

	for (i = 0; i < n; i++) {
		to = assay_declared_at(job, "flows", i, "to");
		transport = assay_declared_at(job, "flows", i, "transport");
		if (transport[0] != '\0' && strcmp(transport, c->proto) != 0)
			continue;
		if (port_matches(
			assay_declared_at(job, "flows", i, "port"), c->port) &&
		    (address_matches(to, c->family, c->addr) ||
			any_name_matches(to, c->names)))
			return true;
	}
	return false;
}

static bool
name_is_declared(struct assay_job *job, const char *name)
{
	size_t i, n = assay_declared_count(job, "flows");

	for (i = 0; i < n; i++)
		if (name_matches(
			assay_declared_at(job, "flows", i, "to"), name))
			return true;
	return false;
}

/* ---- what was observed ---- */

static void
take_bad(struct seen *s, const char *word, uint32_t id)
{
	append(s->bad, word);
	s->nbad++;
	cite(s->bad_ids, &s->nbad_ids, id);
}

static void
take_call(struct assay_job *job, struct seen *s, const char *text, uint32_t id)
{
	char word[80];
	struct call c;

	s->calls++;
	cite(s->cited, &s->ncited, id);
	if (!read_call(text, &c)) {
		s->doubt = "unread";
		return;
	}
	snprintf(word, sizeof(word), "%s %s %lu", c.proto, c.address, c.port);
	if (call_is_declared(job, &c))
		return;
	/* One of the names that are not said may be the declared one. */
	if (c.names[0] != '\0' && c.names[strlen(c.names) - 1] == FLOWS_MORE[0])
		s->doubt = "overflow";
	else
		take_bad(s, word, id);
}

static void
take(struct assay_job *job, struct seen *s, const struct assay_observation *o,
    uint32_t id)
{
	if (strcmp(o->field, "seen") == 0) {
		s->spoke = true;
		s->seen_ns = o->value.u64;
		cite(s->cited, &s->ncited, id);
	} else if (strcmp(o->field, "silence") == 0) {
		s->silence_ns = o->value.u64;
	} else if (strcmp(o->field, "boots") == 0) {
		s->boots = o->value.u64;
		if (s->boots > 0)
			cite(s->cited, &s->ncited, id);
	} else if (strcmp(o->field, "doubt") == 0) {
		s->doubt = o->value.string;
	} else if (strcmp(o->field, "name") == 0) {
		s->names++;
		cite(s->cited, &s->ncited, id);
		if (!name_is_declared(job, o->value.string))
			take_bad(s, o->value.string, id);
	} else if (strcmp(o->field, "call") == 0) {
		take_call(job, s, o->value.string, id);
	} else if (strcmp(o->field, "resolver") == 0) {
		append(s->resolvers, o->value.string);
		cite(s->resolver_ids, &s->nresolver_ids, id);
	}
}

/* v: its values and observations. */
static void
say(struct assay_job *job, enum assay_verdict_value value, const char *reason,
    struct assay_verdict v)
{
	v.check = "NET-36";
	v.kind = ASSAY_COMPLETENESS;
	v.value = value;
	v.reason = reason;
	assay_say(job, &v);
}

/* Why a recording without an undeclared call is not a whole one.  False: no
 * doubt is left. */
static bool
say_doubt(struct assay_job *job, const struct seen *s)
{
	uint64_t least_ns = assay_param_ns(job, "least");
	uint64_t limit_ns = assay_param_ns(job, "silence");
	const struct assay_named_value doubt[] = { { "doubt",
	    ASSAY_STRING(s->doubt == NULL ? "" : s->doubt) } };
	const struct assay_named_value times[] = {
		{ "seen", ASSAY_NS(s->seen_ns) },
		{ "least", ASSAY_NS(least_ns) },
	};
	const struct assay_named_value silences[] = {
		{ "silence", ASSAY_NS(s->silence_ns) },
		{ "limit", ASSAY_NS(limit_ns) },
	};

	if (!s->spoke)
		say(job, ASSAY_INCONC, "flows.never_spoke",
		    (struct assay_verdict){ .values = NULL });
	else if (s->doubt != NULL)
		say(job, ASSAY_INCONC, "flows.doubt",
		    (struct assay_verdict){ .values = doubt, .nvalues = 1 });
	else if (s->seen_ns < least_ns)
		say(job, ASSAY_INCONC, "flows.too_short",
		    (struct assay_verdict){ .values = times, .nvalues = 2 });
	else if (s->silence_ns > limit_ns)
		say(job, ASSAY_INCONC, "flows.silent",
		    (struct assay_verdict){ .values = silences, .nvalues = 2 });
	else if (s->boots == 0 && assay_param_bool(job, "boot"))
		say(job, ASSAY_INCONC, "flows.no_boot",
		    (struct assay_verdict){ .values = NULL });
	else
		return false;
	return true;
}

static void
say_completeness(struct assay_job *job, const struct seen *s)
{
	const struct assay_named_value count[] = { { "count",
	    ASSAY_U64(s->names + s->calls) } };
	const struct assay_named_value bad[] = {
		{ "destinations", ASSAY_STRING(s->bad) },
		{ "count", ASSAY_U64(s->nbad) },
	};
	const struct assay_named_value good[] = {
		{ "names", ASSAY_U64(s->names) },
		{ "calls", ASSAY_U64(s->calls) },
		{ "seen", ASSAY_NS(s->seen_ns) },
	};

	if (!assay_is_declared(job, "flows")) {
		say(job, ASSAY_INCONC, "flows.not_declared",
		    (struct assay_verdict){ .values = count, .nvalues = 1 });
	} else if (s->nbad > 0) {
		say(job, ASSAY_FAIL, "flows.undeclared",
		    (struct assay_verdict){ .values = bad,
			.nvalues = 2,
			.observations = s->bad_ids,
			.nobservations = s->nbad_ids });
	} else if (!say_doubt(job, s)) {
		say(job, ASSAY_PASS, "flows.as_declared",
		    (struct assay_verdict){ .values = good,
			.nvalues = 3,
			.observations = s->cited,
			.nobservations = s->ncited });
	}
}

/* A finding of its own, whether or not it is declared: a resolver of its own
 * passes by whoever runs the network. */
static void
say_resolver(struct assay_job *job, const struct seen *s)
{
	const struct assay_named_value values[] = { { "resolvers",
	    ASSAY_STRING(s->resolvers) } };
	const bool hard = s->nresolver_ids > 0;
	const struct assay_verdict v = { .check = "NET-36",
		.kind = ASSAY_BEHAVIOUR,
		.value = ASSAY_INFO,
		.reason =
		    hard ? "flows.hard_resolver" : "flows.offered_resolver",
		.values = hard ? values : NULL,
		.nvalues = hard ? 1 : 0,
		.observations = s->resolver_ids,
		.nobservations = s->nresolver_ids };

	if (hard || s->names > 0)
		assay_say(job, &v);
}

void
flows_judge(struct assay_job *job)
{
	size_t i, n = assay_observation_count(job);
	struct seen s;

	memset(&s, 0, sizeof(s));
	for (i = 0; i < n; i++)
		take(job, &s, assay_observation_at(job, i), (uint32_t)i + 1);
	say_completeness(job, &s);
	say_resolver(job, &s);
}
