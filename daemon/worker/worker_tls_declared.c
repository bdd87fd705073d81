/*
 * worker_tls_declared: what a profile declares of TLS servers, beside what they
 * take.
 *
 * Only functions of the contract are used, so that a unit test runs the same
 * code.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probes/probe.h"

#define TABLE "crypto"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The services' names at IANA and those that people write. */
static const char *const tls_services[] = { "https", "mqtts", "secure-mqtt",
	"imaps", "pop3s", "smtps", "submissions", "ftps", "ldaps", "telnets",
	"amqps", "coaps", "ipps", "ircs", "nntps", "rtsps", "sips",
	"syslog-tls", "domain-s", "netconf-tls", "wss" };

static bool
is_tls_service(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT(tls_services); i++)
		if (strcmp(tls_services[i], name) == 0)
			return true;
	return false;
}

/* Words with a blank between them; false: that was the last. */
static bool
next_word(const char **list, char *word, size_t size)
{
	size_t n;

	*list += strspn(*list, " ");
	n = strcspn(*list, " ");
	if (n == 0)
		return false;
	snprintf(word, size, "%.*s", (int)n, *list);
	*list += n;
	return true;
}

static bool
has_word(const char *list, const char *wanted)
{
	char word[ASSAY_TLS_WORD_MAX];

	while (next_word(&list, word, sizeof(word)))
		if (strcmp(word, wanted) == 0)
			return true;
	return false;
}

static bool
speaks_tls(const char *versions)
{
	char word[ASSAY_TLS_WORD_MAX];

	while (next_word(&versions, word, sizeof(word)))
		if (strncmp(word, "tls", 3) == 0 ||
		    strncmp(word, "ssl", 3) == 0)
			return true;
	return false;
}

bool
assay_tls_row_next(struct assay_job *job, const struct assay_target *t,
    size_t *index, struct assay_tls_row *out)
{
	const struct assay_declared_port *p;
	const char *service;
	unsigned long port;
	size_t row, i;

	while (*index < assay_declared_count(job, TABLE)) {
		row = (*index)++;
		memset(out, 0, sizeof(*out));
		out->versions = assay_declared_at(job, TABLE, row, "versions");
		out->suites = assay_declared_at(job, TABLE, row, "suites");
		out->names = assay_declared_at(job, TABLE, row, "names");
		service = assay_declared_at(job, TABLE, row, "interface");
		port = strtoul(
		    assay_declared_at(job, TABLE, row, "port"), NULL, 10);
		if (strcmp(assay_declared_at(job, TABLE, row, "role"),
			"server") != 0 ||
		    !speaks_tls(out->versions))
			continue;
		if (port > 0 && port <= UINT16_MAX)
			assay_ports_add(
			    &out->ports, (uint16_t)port, (uint16_t)port);
		for (i = 0; port == 0 && i < assay_declared_port_count(job);
		     i++) {
			p = assay_declared_port_at(job, i);
			if (assay_declared_port_is_for(p, ASSAY_TCP, t) &&
			    strcmp(p->service, service) == 0)
				assay_ports_add(&out->ports, p->first, p->last);
		}
		if (assay_ports_count(&out->ports) > 0)
			return true;
	}
	return false;
}

void
assay_tls_expected(struct assay_job *job, const struct assay_target *t,
    struct assay_ports *out)
{
	const struct assay_declared_port *p;
	struct assay_ports optional = { { 0 } };
	struct assay_tls_row row;
	size_t i, at = 0;

	memset(out, 0, sizeof(*out));
	while (assay_tls_row_next(job, t, &at, &row))
		assay_ports_unite(out, &row.ports);
	for (i = 0; i < assay_declared_port_count(job); i++) {
		p = assay_declared_port_at(job, i);
		if (!assay_declared_port_is_for(p, ASSAY_TCP, t))
			continue;
		if (p->optional)
			assay_ports_add(&optional, p->first, p->last);
		else if (is_tls_service(p->service))
			assay_ports_add(out, p->first, p->last);
	}
	assay_ports_subtract(out, &optional);
}

void
assay_tls_taken_add(
    struct assay_tls_taken *taken, uint16_t port, const char *word, uint32_t id)
{
	if (taken->n == ASSAY_TLS_TAKEN_MAX) {
		taken->is_cut = true;
		return;
	}
	taken->pairs[taken->n].port = port;
	taken->pairs[taken->n].id = id;
	snprintf(taken->pairs[taken->n].word, ASSAY_TLS_WORD_MAX, "%s", word);
	taken->n++;
}

/* ---- beside each other ---- */

/* id 0: no observation shows it. */
static void
tell(struct assay_tls_told *told, uint16_t port, const char *word, uint32_t id)
{
	const size_t used = strlen(told->text);

	if (used + strlen(word) + 12 < sizeof(told->text))
		snprintf(told->text + used, sizeof(told->text) - used,
		    "%s%u %s", used > 0 ? ", " : "", port, word);
	assay_ports_add(&told->ports, port, port);
	if (id != 0 && told->nids < ASSAY_TLS_TOLD_MAX)
		told->ids[told->nids++] = id;
	told->n++;
}

static const char *
cell_of(const struct assay_tls_row *row, bool is_suites)
{
	return is_suites ? row->suites : row->versions;
}

static bool
is_declared(struct assay_job *job, const struct assay_target *t, bool is_suites,
    uint16_t port, const char *word)
{
	struct assay_tls_row row;
	const char *cell;
	size_t at = 0;

	while (assay_tls_row_next(job, t, &at, &row)) {
		cell = cell_of(&row, is_suites);
		if (assay_ports_has(&row.ports, port) &&
		    (cell[0] == '\0' || has_word(cell, word)))
			return true;
	}
	return false;
}

/* The observation that shows it; 0: it was not taken. */
static uint32_t
find(const struct assay_tls_taken *taken, uint16_t port, const char *word)
{
	size_t i;

	for (i = 0; i < taken->n; i++)
		if (taken->pairs[i].port == port &&
		    strcmp(taken->pairs[i].word, word) == 0)
			return taken->pairs[i].id;
	return 0;
}

static void
compare_word(struct assay_tls_compared *out,
    const struct assay_tls_taken *taken, const struct assay_ports *known,
    uint16_t port, const char *word)
{
	const uint32_t id = find(taken, port, word);

	out->nrequired++;
	if (id != 0)
		tell(&out->fits, port, word, id);
	else if (assay_ports_has(known, port) && !taken->is_cut)
		tell(&out->missing, port, word, 0);
	else
		tell(&out->uncertain, port, word, 0);
}

void
assay_tls_compare(struct assay_job *job, const struct assay_target *t,
    const char *cell, const struct assay_tls_taken *taken,
    const struct assay_ports *known, struct assay_tls_compared *out)
{
	const bool is_suites = strcmp(cell, "suites") == 0;
	char word[ASSAY_TLS_WORD_MAX];
	struct assay_tls_row row;
	const char *list;
	size_t i, at = 0;
	uint32_t port;

	memset(out, 0, sizeof(*out));
	out->is_declared = assay_is_declared(job, TABLE);
	while (out->is_declared && assay_tls_row_next(job, t, &at, &row))
		for (port = 1; port <= UINT16_MAX; port++) {
			list = cell_of(&row, is_suites);
			while (assay_ports_has(&row.ports, (uint16_t)port) &&
			    next_word(&list, word, sizeof(word)))
				compare_word(
				    out, taken, known, (uint16_t)port, word);
		}
	for (i = 0; out->is_declared && i < taken->n; i++)
		if (!is_declared(job, t, is_suites, taken->pairs[i].port,
			taken->pairs[i].word))
			tell(&out->undeclared, taken->pairs[i].port,
			    taken->pairs[i].word, taken->pairs[i].id);
}
