/*
 * judge: from what the services of one address said to its two verdicts.
 *
 * A secret fails whatever is declared.  What an attacker can use (a version, a
 * serial number, a user's name) fails unless it is declared; anything else
 * that is not declared keeps a pass away, and no more.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probes/services_disclosure/parts.h"

#define TABLE "discloses"
#define SAID_MAX 60 /* facts cited by one verdict */

struct said { /* facts of one kind: "version dropbear_2022.83 (ssh 22), …" */
	char text[900];
	size_t used, count;
	struct assay_ports ports;
	uint32_t ids[SAID_MAX];
	size_t nids;
};

struct list { /* of services: "ssh 22, https 443" */
	char text[600];
	size_t used;
	struct assay_ports ports;
	uint32_t ids[DISCLOSURE_PORTS_MAX];
	size_t nids;
};

struct half { /* TCP or UDP */
	struct said secret, serious, harmless, declared;
	struct list known, unknown, unasked, silent, closed;
	bool cut;
};

struct seen {
	const struct assay_target *target;
	struct assay_job *job;
	struct assay_tcp_round_seen sweep;
	struct half tcp, udp;
};

/* The service that a port turned out to be, "" when nobody knows. */
static const char *
service_of(struct assay_job *job, const struct assay_target *t,
    const char *field, uint16_t port)
{
	const struct assay_observation *o;
	size_t k;

	for (k = 0; k < assay_observation_count(job); k++) {
		o = assay_observation_at(job, k);
		if (o->port == port && strcmp(o->field, field) == 0 &&
		    assay_is_about(o, t))
			return o->value.string;
	}
	return "";
}

/* ---- what is declared ---- */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The whole text or its beginning, but "1.2" is no beginning of "1.24". */
static bool
begins(const char *text, const char *value)
{
	const size_t n = strlen(value);

	if (strncmp(text, value, n) != 0)
		return false;
	return n == 0 || text[n] == '\0' || !is_digit(text[n]) ||
	    !is_digit(value[n - 1]);
}

static bool
is_declared(struct assay_job *job, const char *what, const char *service,
    uint16_t port, const char *text)
{
	const char *cell;
	size_t i;

	for (i = 0; i < assay_declared_count(job, TABLE); i++) {
		if (strcmp(assay_declared_at(job, TABLE, i, "what"), what) != 0)
			continue;
		cell = assay_declared_at(job, TABLE, i, "service");
		if (cell[0] != '\0' && strcmp(cell, service) != 0)
			continue;
		cell = assay_declared_at(job, TABLE, i, "port");
		if (cell[0] != '\0' && strtoul(cell, NULL, 10) != port)
			continue;
		if (begins(text, assay_declared_at(job, TABLE, i, "value")))
			return true;
	}
	return false;
}

/* ---- what was observed ---- */

static void
append(char *text, size_t size, size_t *used, const char *more)
{
	const int n = snprintf(
	    text + *used, size - *used, "%s%s", *used == 0 ? "" : ", ", more);

	if (n > 0 && (size_t)n < size - *used)
		*used += (size_t)n;
	else
		text[*used] = '\0';
}

static void
said_add(struct said *s, const char *what, const char *service, uint16_t port,
    const char *text, uint32_t id)
{
	char one[SERVICE_TEXT_MAX + 80];

	snprintf(one, sizeof(one), "%s %s (%s %u)", what, text,
	    service[0] != '\0' ? service : "unidentified", port);
	append(s->text, sizeof(s->text), &s->used, one);
	s->count++;
	assay_ports_add(&s->ports, port, port);
	if (s->nids < SAID_MAX)
		s->ids[s->nids++] = id;
}

static void
list_add(struct list *l, const struct assay_observation *o, uint32_t id)
{
	char one[64];

	snprintf(one, sizeof(one), "%.32s %u", o->value.string, o->port);
	append(l->text, sizeof(l->text), &l->used, one);
	assay_ports_add(&l->ports, o->port, o->port);
	if (l->nids < DISCLOSURE_PORTS_MAX)
		l->ids[l->nids++] = id;
}

static void
see_fact(
    struct seen *s, const struct assay_observation *o, uint32_t id, bool udp)
{
	struct assay_job *job = s->job;
	const char *what = strrchr(o->field, '.') + 1;
	const int kind = service_what_named(what);
	const char *service = service_of(
	    job, s->target, udp ? "udp.service" : "service", o->port);
	struct half *h = udp ? &s->udp : &s->tcp;
	struct said *said = &h->harmless;

	if (kind == SERVICE_SECRET)
		said = &h->secret;
	else if (is_declared(job, what, service, o->port, o->value.string))
		said = &h->declared;
	else if (kind >= SERVICE_VERSION)
		said = &h->serious;
	said_add(said, what, service, o->port, o->value.string, id);
}

static void
see_service(struct half *h, const struct assay_observation *o, uint32_t id)
{
	const char *name = o->value.string;
	const char *end =
	    strrchr(name, ' ') != NULL ? strrchr(name, ' ') + 1 : name;

	if (strcmp(name, "closed") == 0)
		list_add(&h->closed, o, id);
	else if (strcmp(name, "lost") == 0 || strcmp(name, "unasked") == 0)
		list_add(&h->unasked, o, id);
	else if (strcmp(end, "silent") == 0)
		list_add(&h->silent, o, id);
	else if (strcmp(end, "unidentified") == 0)
		list_add(&h->unknown, o, id);
	else
		list_add(&h->known, o, id);
}

static void
see(void *seen, const struct assay_observation *o, uint32_t id)
{
	struct seen *s = seen;

	if (strncmp(o->field, "discloses.", 10) == 0)
		see_fact(s, o, id, false);
	else if (strncmp(o->field, "udp.discloses.", 14) == 0)
		see_fact(s, o, id, true);
	else if (strcmp(o->field, "service") == 0)
		see_service(&s->tcp, o, id);
	else if (strcmp(o->field, "udp.service") == 0)
		see_service(&s->udp, o, id);
	else if (strcmp(o->field, "service.cut") == 0)
		s->tcp.cut = true;
	else if (strcmp(o->field, "udp.cut") == 0)
		s->udp.cut = true;
	else
		assay_tcp_round_see(&s->sweep, o, id);
}

/* ---- what is said of it ---- */

struct finding {
	enum assay_verdict_value value;
	const char *reason;
	const struct said *said;
	const struct list *list;
};

static size_t
gather(uint32_t *ids, const struct seen *s, enum assay_kind kind,
    const struct finding *f)
{
	size_t n = 0;

	memcpy(ids, f->said->ids, sizeof(ids[0]) * f->said->nids);
	n += f->said->nids;
	memcpy(ids + n, f->list->ids, sizeof(ids[0]) * f->list->nids);
	n += f->list->nids;
	if (s->sweep.sweep_id != 0 && f->value != ASSAY_FAIL &&
	    kind == ASSAY_COMPLETENESS)
		ids[n++] = s->sweep.sweep_id;
	if (s->sweep.control_id != 0 && s->sweep.control)
		ids[n++] = s->sweep.control_id;
	return n;
}

static void
say(struct assay_job *job, const struct seen *s, enum assay_kind kind,
    const struct finding *f)
{
	static const struct list none;
	struct finding g = *f;
	uint32_t ids[SAID_MAX + DISCLOSURE_PORTS_MAX + 2];
	struct assay_ports ports;
	struct assay_verdict v = { .check = "NET-07",
		.kind = kind,
		.value = f->value,
		.target = s->target,
		.reason = f->reason,
		.observations = ids };

	/* A fail stands on what was said, not on who said nothing. */
	if (f->value == ASSAY_FAIL)
		g.list = &none;
	ports = f->list->ports;
	if (f->said->count > 0)
		ports = f->said->ports;
	v.nobservations = gather(ids, s, kind, &g);
	v.nvalues = 7;
	v.values = (const struct assay_named_value[]){
		{ "said", ASSAY_STRING(f->said->text) },
		{ "services", ASSAY_STRING(f->list->text) },
		{ "ports", ASSAY_PORTS(&ports) },
		{ "count", ASSAY_U64(f->said->count) },
		{ "open", ASSAY_U64(assay_ports_count(&s->sweep.open)) },
		{ "asked", ASSAY_U64(s->sweep.asked) },
		{ "unsettled", ASSAY_U64(s->sweep.unsettled) },
	};
	assay_say(job, &v);
}

/* What was said that should not have been; reason NULL: nothing. */
static struct finding
find_said(struct assay_job *job, const struct half *h)
{
	const bool table = assay_is_declared(job, TABLE);

	if (h->secret.count > 0)
		return (struct finding){ ASSAY_FAIL, "disclosure.secret",
			&h->secret, &h->known };
	if (h->serious.count > 0 && table)
		return (struct finding){ ASSAY_FAIL, "disclosure.undeclared",
			&h->serious, &h->known };
	if (h->serious.count > 0)
		return (struct finding){ ASSAY_INCONC,
			"disclosure.not_declared", &h->serious, &h->known };
	if (h->harmless.count > 0)
		return (struct finding){ ASSAY_INCONC,
			table ? "disclosure.undeclared_harmless"
			      : "disclosure.not_declared",
			&h->harmless, &h->known };
	return (struct finding){ ASSAY_PASS, NULL, &h->declared, &h->known };
}

/* Open ports of which nothing can be said. */
static void
count_unasked(struct seen *s)
{
	struct assay_ports rest = s->sweep.open;

	assay_ports_subtract(&rest, &s->tcp.known.ports);
	assay_ports_subtract(&rest, &s->tcp.unknown.ports);
	assay_ports_subtract(&rest, &s->tcp.silent.ports);
	assay_ports_unite(&s->tcp.unasked.ports, &rest);
}

/* Why what was read of the open ports is not all there is; reason NULL: it
 * is. */
static struct finding
read_doubt(const struct seen *s)
{
	const struct half *h = &s->tcp;
	struct finding f = { ASSAY_INCONC, NULL, &h->declared, &h->known };

	if (assay_ports_count(&h->unasked.ports) > 0) {
		f.reason = "disclosure.unasked";
		f.list = &h->unasked;
	} else if (h->unknown.nids + h->silent.nids > 0) {
		f.reason = "disclosure.unidentified";
		f.list = h->unknown.nids > 0 ? &h->unknown : &h->silent;
	} else if (h->cut) {
		f.reason = "disclosure.cut";
	}
	return f;
}

/* What is missing comes before what is not declared. */
static void
judge_tcp(struct assay_job *job, struct seen *s)
{
	static const char *const doubts[ASSAY_DOUBTS] = {
		[ASSAY_DOUBT_NO_RESPONDER] = "disclosure.no_responder",
		[ASSAY_DOUBT_GONE] = "disclosure.device_gone",
		[ASSAY_DOUBT_PARTIAL] = "disclosure.partial",
		[ASSAY_DOUBT_UNSETTLED] = "disclosure.unsettled",
		[ASSAY_DOUBT_CONTROL] = "disclosure.control_bad",
	};
	const enum assay_doubt doubt = assay_tcp_round_doubt(&s->sweep);
	struct finding said = find_said(job, &s->tcp), f;

	count_unasked(s);
	f = read_doubt(s);
	if (doubt != ASSAY_DOUBT_NONE &&
	    (doubt != ASSAY_DOUBT_CONTROL || f.reason == NULL)) {
		f.reason = doubts[doubt];
		f.list = &s->tcp.known;
	}
	if (said.value == ASSAY_FAIL || f.reason == NULL)
		f = said;
	f.said = said.said;
	if (f.reason == NULL && s->tcp.known.nids > 0 &&
	    !assay_is_declared(job, TABLE)) {
		f.value = ASSAY_INCONC;
		f.reason = "disclosure.not_declared";
	}
	if (f.reason == NULL)
		f.reason = "disclosure.declared";
	say(job, s, ASSAY_COMPLETENESS, &f);
}

/* All that an address was asked by UDP is a few ports: never a pass. */
static void
judge_udp(struct assay_job *job, struct seen *s)
{
	struct half *h = &s->udp;
	struct finding f = find_said(job, h);

	if (f.reason == NULL) {
		f.value = ASSAY_INCONC;
		if (h->unknown.nids > 0) {
			f.reason = "disclosure.unidentified";
			f.list = &h->unknown;
		} else if (h->cut) {
			f.reason = "disclosure.cut";
		} else if (h->silent.nids > 0) {
			f.reason = "disclosure.udp_silent";
			f.list = &h->silent;
		} else if (h->known.nids > 0) {
			f.reason = "disclosure.udp_declared";
			f.value = ASSAY_INFO;
		} else if (h->closed.nids > 0) {
			f.reason = "disclosure.udp_closed";
			f.value = ASSAY_INFO;
			f.list = &h->closed;
		} else {
			f.reason = "disclosure.udp_unasked";
			f.list = &h->unasked;
		}
	}
	say(job, s, ASSAY_BEHAVIOUR, &f);
}

/* Nothing was sent: a stored capture, or a run that never began. */
static void
judge_unasked(struct assay_job *job, const struct assay_target *t)
{
	static struct seen const nothing;
	const struct seen s = { .target = t };
	const struct finding f = { ASSAY_INCONC, "disclosure.not_asked",
		&nothing.tcp.harmless, &nothing.tcp.known };

	say(job, &s, ASSAY_COMPLETENESS, &f);
}

void
disclosure_judge(struct assay_job *job)
{
	struct seen s;
	bool any = false;
	size_t i;

	for (i = 0; i < assay_target_count(job); i++) {
		memset(&s, 0, sizeof(s));
		s.job = job;
		s.target = assay_target_at(job, i);
		assay_see_all(job, s.target, see, &s);
		if (s.sweep.end == NULL)
			continue; /* not asked for, or not reached */
		any = true;
		judge_tcp(job, &s);
		judge_udp(job, &s);
	}
	for (i = 0; !any && i < assay_target_count(job); i++)
		judge_unasked(job, assay_target_at(job, i));
}
