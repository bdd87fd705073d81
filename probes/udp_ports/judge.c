/*
 * udp.ports, judged: what was observed of one address, and the two verdicts.
 */
#include "probes/udp_ports/parts.h"

#include <stdio.h>
#include <string.h>

#include "protocols/udp_asks.h"

#define TEXT_MAX 16384 /* of a set of ports, as the record holds it */
#define CUT_TO 2000

/* ---- what is declared ---- */

const char *
udp_ports_service(
    struct assay_job *job, const struct assay_target *t, uint16_t port)
{
	const struct assay_declared_port *d;
	size_t i;

	for (i = 0; i < assay_declared_port_count(job); i++) {
		d = assay_declared_port_at(job, i);
		if (assay_declared_port_is_for(d, ASSAY_UDP, t) &&
		    d->first <= port && port <= d->last)
			return d->service;
	}
	return "";
}

void
udp_ports_cut(struct assay_ports *ports)
{
	char text[TEXT_MAX];
	uint32_t port, n = 0;
	size_t size;

	assay_ports_format(ports, text, sizeof(text));
	size = strlen(text);
	if (size + 8 < sizeof(text)) /* "…" stands where it was cut */
		return;
	for (port = 0; port <= UDP_PORTS_ALL && n < CUT_TO; port++)
		n += assay_ports_has(ports, (uint16_t)port);
	for (; port <= UDP_PORTS_ALL; port++)
		ports->bits[port / 64] &= ~(UINT64_C(1) << port % 64);
}

/* ---- what was seen of one address ---- */

struct seen {
	const struct assay_target *target;
	const char *end; /* of the sweep; NULL: it was not swept */
	uint64_t asked, answered, closed, nfiltered, nsilent, unsettled;
	uint64_t run, earlier; /* settled in that run, not asked; 0: none */
	struct assay_ports open, filtered, silent;
	uint32_t sweep_id, control_id; /* observations; 0: none */
	bool control;                  /* the closing one was good */
};

static void
see_number(struct seen *s, const struct assay_observation *o)
{
	const struct assay_counter numbers[] = {
		{ "sweep.asked", &s->asked },
		{ "resumed.run", &s->run },
		{ "resumed.asked", &s->earlier },
		{ "sweep.answered", &s->answered },
		{ "ports.closed", &s->closed },
		{ "ports.filtered_count", &s->nfiltered },
		{ "ports.silent_count", &s->nsilent },
		{ "ports.unsettled", &s->unsettled },
	};

	assay_see_count(
	    o, o->field, numbers, sizeof(numbers) / sizeof(numbers[0]));
}

static void
see(void *seen, const struct assay_observation *o, uint32_t id)
{
	struct seen *s = seen;

	if (strcmp(o->field, "sweep.end") == 0) {
		s->end = o->value.string;
		s->sweep_id = id;
	} else if (strcmp(o->field, "ports.open") == 0) {
		s->open = *o->value.ports;
	} else if (strcmp(o->field, "ports.filtered") == 0) {
		s->filtered = *o->value.ports;
	} else if (strcmp(o->field, "ports.silent") == 0) {
		s->silent = *o->value.ports;
	} else if (strcmp(o->field, "control") == 0) {
		s->control = o->value.boolean;
		s->control_id = id;
	} else if (o->value.type == ASSAY_TYPE_U64) {
		see_number(s, o);
	}
}

/* ids of the observations of one kind about these ports. Returns how many. */
static size_t
cite(struct assay_job *job, const struct seen *s, const char *field,
    const struct assay_ports *ports, uint32_t *ids)
{
	const struct assay_observation *o;
	size_t i, n = 0;

	for (i = 0; i < assay_observation_count(job) && n < UDP_PORTS_OBSERVED;
	     i++) {
		o = assay_observation_at(job, i);
		if (strcmp(o->field, field) == 0 &&
		    assay_is_about(o, s->target) &&
		    assay_ports_has(ports, o->port))
			ids[n++] = (uint32_t)i + 1;
	}
	return n;
}

static void
say(struct assay_job *job, const struct seen *s, enum assay_kind kind,
    enum assay_verdict_value value, const char *reason,
    const struct assay_ports *about)
{
	uint32_t ids[UDP_PORTS_OBSERVED + 3];
	struct assay_ports ports = *about;
	struct assay_named_value values[] = {
		{ "ports", ASSAY_PORTS(&ports) },
		{ "count", ASSAY_U64(assay_ports_count(about)) },
		{ "open", ASSAY_U64(assay_ports_count(&s->open)) },
		{ "closed", ASSAY_U64(s->closed) },
		{ "silent", ASSAY_U64(s->nsilent) },
		{ "asked", ASSAY_U64(s->asked) },
		{ "total", ASSAY_U64(UDP_PORTS_ALL) },
		{ "unsettled", ASSAY_U64(s->unsettled) },
		/* of a resumed one alone: */
		{ "run", ASSAY_U64(s->run) },
		{ "earlier", ASSAY_U64(s->earlier) },
	};
	struct assay_verdict v = {
		.check = s->target->family == 4 ? "NET-02" : "NET-03",
		.kind = kind,
		.value = value,
		.target = s->target,
		.reason = reason,
		.values = values,
		.nvalues = sizeof(values) / sizeof(values[0]),
		.observations = ids,
	};
	size_t n;

	if (strstr(reason, "_resumed") == NULL)
		v.nvalues -= 2;
	udp_ports_cut(&ports);
	n = cite(job, s, kind == ASSAY_COMPLETENESS ? "answer" : "declared",
	    about, ids);
	/* Whatever rests on the whole sweep cites it; a port that answered is
	 * shown by its own frames. */
	if (s->sweep_id != 0 && kind == ASSAY_COMPLETENESS &&
	    (value != ASSAY_FAIL || n == 0))
		ids[n++] = s->sweep_id;
	if (s->control_id != 0 && s->control)
		ids[n++] = s->control_id;
	v.nobservations = n;
	assay_say(job, &v);
}

/* ---- completeness ---- */

/* Not one port is in doubt; else the doubt, and the ports it is about. */
static const char *
doubt(const struct seen *s, const struct assay_ports *declared,
    struct assay_ports *about)
{
	struct assay_ports filtered = s->filtered, silent = s->silent;

	*about = s->open;
	if (s->answered == 0)
		return "udp.no_responder";
	if (s->run != 0 && s->asked + s->earlier < UDP_PORTS_ALL)
		return "udp.partial_resumed";
	if (strcmp(s->end, "gone") == 0)
		return "udp.device_gone";
	assay_ports_subtract(&filtered, declared);
	assay_ports_subtract(&silent, declared);
	/* A set that did not fit is missing its end. */
	*about = silent;
	if (assay_ports_count(&silent) > 0 ||
	    s->nsilent > assay_ports_count(&s->silent))
		return "udp.open_or_filtered";
	*about = filtered;
	if (assay_ports_count(&filtered) > 0 ||
	    s->nfiltered > assay_ports_count(&s->filtered))
		return "udp.filtered";
	*about = s->open;
	if (s->asked + s->earlier < UDP_PORTS_ALL)
		return "udp.partial";
	if (strcmp(s->end, "complete") != 0 || s->unsettled > 0)
		return "udp.unsettled";
	if (!s->control)
		return "udp.control_bad";
	/* Another run's frames are not this one's: no pass rests on them. */
	return s->run != 0 ? "udp.ports_as_declared_resumed" : NULL;
}

static void
judge_completeness(struct assay_job *job, const struct seen *s)
{
	struct assay_ports undeclared = s->open, declared, about;
	const char *reason;

	assay_declared_ports(job, ASSAY_UDP, s->target, false, &declared);
	assay_ports_subtract(&undeclared, &declared);
	if (!assay_ports_are_declared(job, ASSAY_UDP)) {
		say(job, s, ASSAY_COMPLETENESS, ASSAY_INCONC,
		    "udp.nothing_declared", &s->open);
		return;
	}
	if (assay_ports_count(&undeclared) > 0) {
		say(job, s, ASSAY_COMPLETENESS, ASSAY_FAIL,
		    "udp.undeclared_open", &undeclared);
		return;
	}
	reason = doubt(s, &declared, &about);
	if (reason != NULL)
		say(job, s, ASSAY_COMPLETENESS, ASSAY_INCONC, reason, &about);
	else
		say(job, s, ASSAY_COMPLETENESS, ASSAY_PASS,
		    "udp.ports_as_declared", &s->open);
}

/* ---- sufficiency ---- */

/* It did so at another address of the device: then it is served, and silent
 * here, perhaps, because it was asked too often there. */
static bool
answers_elsewhere(struct assay_job *job, uint16_t port)
{
	const struct assay_observation *o;
	size_t i;

	for (i = 0; i < assay_observation_count(job); i++) {
		o = assay_observation_at(job, i);
		if (o->port == port && strcmp(o->field, "declared") == 0 &&
		    strcmp(o->value.string, "open") == 0)
			return true;
	}
	return false;
}

/* Of the ports that must be open: those that surely are not, and those of
 * which nobody knows.  A service that may be silent about what it was asked is
 * not missing for being silent. */
static void
sort_declared(struct assay_job *job, const struct seen *s,
    struct assay_ports *missing, struct assay_ports *unknown)
{
	const struct assay_observation *o;
	const char *service;
	size_t i;

	assay_declared_ports(job, ASSAY_UDP, s->target, true, unknown);
	memset(missing, 0, sizeof(*missing));
	for (i = 0; i < assay_observation_count(job); i++) {
		struct assay_ports one;

		o = assay_observation_at(job, i);
		if (strcmp(o->field, "declared") != 0 ||
		    !assay_is_about(o, s->target))
			continue;
		memset(&one, 0, sizeof(one));
		assay_ports_add(&one, o->port, o->port);
		service = udp_ports_service(job, s->target, o->port);
		if (strcmp(o->value.string, "open") == 0) {
			assay_ports_subtract(unknown, &one);
		} else if (strcmp(o->value.string, "closed") == 0 ||
		    (strcmp(o->value.string, "silent") == 0 &&
			udp_asks_must_answer(service) &&
			!answers_elsewhere(job, o->port))) {
			assay_ports_subtract(unknown, &one);
			assay_ports_unite(missing, &one);
		}
	}
}

static void
judge_sufficiency(struct assay_job *job, const struct seen *s)
{
	struct assay_ports required, missing, unknown;

	if (!assay_ports_are_declared(job, ASSAY_UDP))
		return; /* said once is enough */
	if (strcmp(s->end, "stopped") == 0 && s->control_id == 0)
		return; /* broken off: nothing closes it */
	assay_declared_ports(job, ASSAY_UDP, s->target, true, &required);
	sort_declared(job, s, &missing, &unknown);
	if (assay_ports_count(&required) == 0)
		say(job, s, ASSAY_SUFFICIENCY, ASSAY_INFO,
		    "udp.nothing_required", &required);
	else if (assay_ports_count(&missing) > 0 && s->control)
		say(job, s, ASSAY_SUFFICIENCY, ASSAY_FAIL,
		    "udp.declared_missing", &missing);
	else if (assay_ports_count(&missing) > 0)
		say(job, s, ASSAY_SUFFICIENCY, ASSAY_INCONC, "udp.control_bad",
		    &missing);
	else if (assay_ports_count(&unknown) > 0)
		say(job, s, ASSAY_SUFFICIENCY, ASSAY_INCONC,
		    "udp.declared_unknown", &unknown);
	else
		say(job, s, ASSAY_SUFFICIENCY, ASSAY_PASS,
		    "udp.declared_answer", &required);
}

/* Of the families that were asked for. */
static void
judge_absence(struct assay_job *job, uint8_t family, const char *check)
{
	if (assay_is_chosen(job, family) && !assay_has_family(job, family))
		assay_say_no_address(
		    job, family, check, ASSAY_COMPLETENESS, "udp.no_address");
}

void
udp_ports_judge(struct assay_job *job)
{
	struct seen s;
	size_t i;

	for (i = 0; i < assay_target_count(job); i++) {
		memset(&s, 0, sizeof(s));
		s.target = assay_target_at(job, i);
		assay_see_all(job, s.target, see, &s);
		if (s.end == NULL)
			continue; /* not asked for, or not reached */
		judge_completeness(job, &s);
		judge_sufficiency(job, &s);
	}
	judge_absence(job, 4, "NET-02");
	judge_absence(job, 6, "NET-03");
}
