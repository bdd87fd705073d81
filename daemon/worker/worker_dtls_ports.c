/*
 * worker_dtls_ports: which UDP ports are asked for DTLS, and what is said of
 * them.
 *
 * Only functions of the contract are used, so that a unit test runs the same
 * code.
 */
#include <stdio.h>
#include <string.h>

#include "probes/probe.h"

#define MOST 64 /* of an address, once all is in that must be */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- which ---- */

static bool
is_one_of(const char *service, const char *const *names, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(service, names[i]) == 0)
			return true;
	return false;
}

static bool
is_coap(const char *service)
{
	static const char *const names[] = { "coaps", "lwm2m" };

	return is_one_of(service, names, COUNT(names));
}

static bool
is_dtls(const char *service)
{
	static const char *const names[] = { "dtls", "mqtts-sn" };

	return is_coap(service) || is_one_of(service, names, COUNT(names));
}

bool
assay_dtls_is_declared(
    struct assay_job *job, const struct assay_target *target, uint16_t port)
{
	const struct assay_declared_port *d;
	size_t i;

	for (i = 0; i < assay_declared_port_count(job); i++) {
		d = assay_declared_port_at(job, i);
		if (assay_declared_port_is_for(d, ASSAY_UDP, target) &&
		    !d->optional && d->first <= port && port <= d->last &&
		    is_dtls(d->service))
			return true;
	}
	return false;
}

static void
add_declared(struct assay_job *job, struct assay_dtls_ports *p,
    bool (*is_wanted)(const char *service))
{
	const struct assay_declared_port *d;
	size_t i;

	for (i = 0; i < assay_declared_port_count(job); i++) {
		d = assay_declared_port_at(job, i);
		if (assay_declared_port_is_for(d, ASSAY_UDP, p->target) &&
		    is_wanted(d->service))
			assay_ports_add(&p->ports, d->first, d->last);
	}
}

/* Whatever for; a device may declare thousands. */
static void
add_some(struct assay_job *job, struct assay_dtls_ports *p)
{
	static const uint16_t homes[] = { 5684, 4433, 2221, 10161 };
	struct assay_ports declared;
	size_t n, i;
	uint32_t port;

	for (i = 0; i < COUNT(homes); i++)
		assay_ports_add(&p->ports, homes[i], homes[i]);
	assay_declared_ports(job, ASSAY_UDP, p->target, false, &declared);
	assay_ports_subtract(&declared, &p->ports);
	n = assay_ports_count(&p->ports);
	for (port = 1; port <= UINT16_MAX && n < MOST; port++)
		if (assay_ports_has(&declared, (uint16_t)port)) {
			assay_ports_add(
			    &p->ports, (uint16_t)port, (uint16_t)port);
			n++;
		}
}

bool
assay_dtls_ports_next(struct assay_job *job, struct assay_dtls_ports *p,
    enum assay_dtls_where where)
{
	for (;;) {
		while (p->target != NULL && p->next_port <= UINT16_MAX &&
		    !assay_ports_has(&p->ports, (uint16_t)p->next_port))
			p->next_port++;
		if (p->target != NULL && p->next_port <= UINT16_MAX)
			break;
		p->target = assay_target_next(job, &p->next_target);
		if (p->target == NULL)
			return false;
		p->ports = *assay_param_ports(job, "ports");
		p->next_port = 1;
		add_declared(
		    job, p, where == ASSAY_DTLS_COAP ? is_coap : is_dtls);
		if (where == ASSAY_DTLS_ANYWHERE)
			add_some(job, p);
	}
	p->port = (uint16_t)p->next_port++;
	return true;
}

/* ---- observations ---- */

uint32_t
assay_dtls_observe(struct assay_job *job, const struct assay_dtls_ports *p,
    const struct assay_datagrams *socket, const char *field,
    struct assay_value value)
{
	const struct assay_frames f = assay_frames_of(ASSAY_UDP, p->target,
	    socket == NULL ? 0 : assay_datagrams_port(socket), p->port, field);

	return assay_observe_on(
	    job, ASSAY_ON(p->target, p->port), field, value, &f, 1);
}

void
assay_dtls_control(struct assay_job *job, const struct assay_dtls_ports *p,
    const struct assay_datagrams *socket, enum assay_phase phase, bool good)
{
	assay_control(job, phase, good,
	    assay_dtls_observe(job, p, socket, "control", ASSAY_BOOL(good)));
}

/* ---- judge ---- */

void
assay_dtls_said_cite(struct assay_dtls_said *s, uint32_t id)
{
	if (s->nids < ASSAY_DTLS_IDS_MAX)
		s->ids[s->nids++] = id;
}

void
assay_dtls_said_add(struct assay_dtls_said *s,
    const struct assay_observation *o, const char *text, uint32_t id)
{
	const size_t used = strlen(s->text);

	if (used + strlen(text) + 12 < sizeof(s->text))
		snprintf(s->text + used, sizeof(s->text) - used, "%s%u%s%s",
		    used > 0 ? ", " : "", o->port, text[0] != '\0' ? " " : "",
		    text);
	assay_ports_add(&s->ports, o->port, o->port);
	assay_dtls_said_cite(s, id);
}

bool
assay_dtls_said_covers(
    const struct assay_dtls_said *s, const struct assay_dtls_said *all)
{
	struct assay_ports left = all->ports;

	assay_ports_subtract(&left, &s->ports);
	return assay_ports_count(&left) == 0;
}

void
assay_dtls_verdict(struct assay_job *job, const struct assay_target *target,
    const char *check, struct assay_dtls_finding f,
    const struct assay_dtls_said *controls)
{
	const struct assay_named_value values[] = {
		{ "said", ASSAY_STRING(f.said->text) },
		{ "ports", ASSAY_PORTS(&f.said->ports) },
	};
	uint32_t ids[2 * ASSAY_DTLS_IDS_MAX];
	size_t n = f.said->nids;

	memcpy(ids, f.said->ids, n * sizeof(ids[0]));
	if (controls != NULL) {
		memcpy(ids + n, controls->ids, controls->nids * sizeof(ids[0]));
		n += controls->nids;
	}
	assay_say(job,
	    &(const struct assay_verdict){ .check = check,
		.kind = ASSAY_BEHAVIOUR,
		.value = f.value,
		.target = target,
		.reason = f.reason,
		.values = values,
		.nvalues = COUNT(values),
		.observations = ids,
		.nobservations = n });
}
