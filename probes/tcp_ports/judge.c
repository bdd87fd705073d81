/*
 * judge: from what tcp.ports observed to its verdicts.
 */
#include <string.h>

#include "probes/probe.h"
#include "probes/tcp_ports/parts.h"

/* What was observed of one address, and the two verdicts. */
struct seen {
	const struct assay_target *target;
	const char *end; /* of the sweep; NULL: it was not swept */
	uint64_t asked, answered, silent, unsettled;
	uint64_t run, earlier; /* settled in that run, not asked; 0: none */
	struct assay_ports open, connected, refused;
	uint32_t sweep_id, open_id, control_id; /* observations; 0: none */
	bool control;                           /* the closing one was good */
};

static void
see(void *seen, const struct assay_observation *o, uint32_t id)
{
	struct seen *s = seen;

	if (strcmp(o->field, "sweep.end") == 0) {
		s->end = o->value.string;
		s->sweep_id = id;
	} else if (strcmp(o->field, "sweep.asked") == 0) {
		s->asked = o->value.u64;
	} else if (strcmp(o->field, "resumed.run") == 0) {
		s->run = o->value.u64;
	} else if (strcmp(o->field, "resumed.asked") == 0) {
		s->earlier = o->value.u64;
	} else if (strcmp(o->field, "sweep.answered") == 0) {
		s->answered = o->value.u64;
	} else if (strcmp(o->field, "ports.silent") == 0) {
		s->silent = o->value.u64;
	} else if (strcmp(o->field, "ports.unsettled") == 0) {
		s->unsettled = o->value.u64;
	} else if (strcmp(o->field, "ports.open") == 0) {
		s->open = *o->value.ports;
		s->open_id = id;
	} else if (strcmp(o->field, "control") == 0) {
		s->control = o->value.boolean;
		s->control_id = id;
	} else if (strcmp(o->field, "handshake") == 0) {
		if (strcmp(o->value.string, "connected") == 0)
			assay_ports_add(&s->connected, o->port, o->port);
		else if (strcmp(o->value.string, "refused") == 0)
			assay_ports_add(&s->refused, o->port, o->port);
	}
}

/* ids of the handshakes with ports. Returns how many. */
static size_t
cite_handshakes(struct assay_job *job, const struct seen *s,
    const struct assay_ports *ports, uint32_t *ids, size_t max)
{
	const struct assay_observation *o;
	size_t i, n = 0;

	for (i = 0; i < assay_observation_count(job) && n < max; i++) {
		o = assay_observation_at(job, i);
		if (strcmp(o->field, "handshake") == 0 &&
		    assay_is_about(o, s->target) &&
		    assay_ports_has(ports, o->port))
			ids[n++] = (uint32_t)i + 1;
	}
	return n;
}

static void
say(struct assay_job *job, const struct seen *s, enum assay_kind kind,
    enum assay_verdict_value value, const char *reason,
    const struct assay_ports *ports)
{
	uint32_t ids[TCP_PORTS_HANDSHAKES_MAX + 3];
	struct assay_named_value values[] = {
		{ "ports", ASSAY_PORTS(ports) },
		{ "count", ASSAY_U64(assay_ports_count(ports)) },
		{ "open", ASSAY_U64(assay_ports_count(&s->open)) },
		{ "asked", ASSAY_U64(s->asked) },
		{ "total", ASSAY_U64(TCP_PORTS_ALL) },
		{ "silent", ASSAY_U64(s->silent) },
		{ "unsettled", ASSAY_U64(s->unsettled) },
		/* of a resumed one alone: */
		{ "run", ASSAY_U64(s->run) },
		{ "earlier", ASSAY_U64(s->earlier) },
	};
	struct assay_verdict v = {
		.check = s->target->family == 4 ? "NET-01" : "NET-03",
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
	n = cite_handshakes(job, s, ports, ids, TCP_PORTS_HANDSHAKES_MAX);
	/* Whatever rests on the whole sweep cites it; a port found open is
	 * shown by its own frames. */
	if (s->sweep_id != 0 && kind == ASSAY_COMPLETENESS &&
	    (value != ASSAY_FAIL || n == 0))
		ids[n++] = s->sweep_id;
	if (s->control_id != 0 && s->control)
		ids[n++] = s->control_id;
	v.nobservations = n;
	assay_say(job, &v);
}

/* The closed ports of an earlier run are that run's word: its frames are not
 * this one's, so a pass cannot rest on them. */
static void
judge_completeness(struct assay_job *job, const struct seen *s)
{
	struct assay_ports undeclared = s->open, none;

	memset(&none, 0, sizeof(none));
	assay_declared_ports(job, ASSAY_TCP, s->target, false, &none);
	assay_ports_subtract(&undeclared, &none);
	if (!assay_ports_are_declared(job, ASSAY_TCP))
		say(job, s, ASSAY_COMPLETENESS, ASSAY_INCONC,
		    "tcp.nothing_declared", &s->open);
	else if (assay_ports_count(&undeclared) > 0)
		say(job, s, ASSAY_COMPLETENESS, ASSAY_FAIL,
		    "tcp.undeclared_open", &undeclared);
	else if (s->answered == 0)
		say(job, s, ASSAY_COMPLETENESS, ASSAY_INCONC,
		    "tcp.no_responder", &s->open);
	else if (s->run != 0 && s->asked + s->earlier < TCP_PORTS_ALL)
		say(job, s, ASSAY_COMPLETENESS, ASSAY_INCONC,
		    "tcp.partial_resumed", &s->open);
	else if (strcmp(s->end, "gone") == 0)
		say(job, s, ASSAY_COMPLETENESS, ASSAY_INCONC, "tcp.device_gone",
		    &s->open);
	else if (s->run == 0 && s->asked < TCP_PORTS_ALL)
		say(job, s, ASSAY_COMPLETENESS, ASSAY_INCONC, "tcp.partial",
		    &s->open);
	else if (strcmp(s->end, "complete") != 0 || s->unsettled > 0)
		say(job, s, ASSAY_COMPLETENESS, ASSAY_INCONC, "tcp.unsettled",
		    &s->open);
	else if (!s->control)
		say(job, s, ASSAY_COMPLETENESS, ASSAY_INCONC, "tcp.control_bad",
		    &s->open);
	else if (s->run != 0)
		say(job, s, ASSAY_COMPLETENESS, ASSAY_INCONC,
		    "tcp.ports_as_declared_resumed", &s->open);
	else
		say(job, s, ASSAY_COMPLETENESS, ASSAY_PASS,
		    "tcp.ports_as_declared", &s->open);
}

/* Of the ports that took no connection, those that surely take none: they
 * refused it, or were not open in a sweep that settled every port, either.  A
 * handshake alone that stays unanswered may have met a device that was away for
 * a moment, or a bench that could not ask. */
static struct assay_ports
surely_missing(struct assay_job *job, const struct seen *s,
    const struct assay_ports *missing)
{
	struct assay_ports sure = *assay_param_ports(job, "ports");

	if (s->unsettled > 0)
		memset(&sure, 0, sizeof(sure));
	assay_ports_subtract(&sure, &s->open);
	assay_ports_unite(&sure, &s->refused);
	assay_ports_intersect(&sure, missing);
	return sure;
}

static void
judge_sufficiency(struct assay_job *job, const struct seen *s)
{
	struct assay_ports required, missing, sure;

	if (!assay_ports_are_declared(job, ASSAY_TCP))
		return; /* said once is enough */
	if (strcmp(s->end, "stopped") == 0)
		return; /* no handshake was tried */
	assay_declared_ports(job, ASSAY_TCP, s->target, true, &required);
	missing = required;
	assay_ports_subtract(&missing, &s->connected);
	if (assay_ports_count(&required) > 1024) /* seen by the sweep alone */
		assay_ports_subtract(&missing, &s->open);
	sure = surely_missing(job, s, &missing);
	if (assay_ports_count(&required) == 0)
		say(job, s, ASSAY_SUFFICIENCY, ASSAY_INFO,
		    "tcp.nothing_required", &required);
	else if (assay_ports_count(&missing) == 0)
		say(job, s, ASSAY_SUFFICIENCY, ASSAY_PASS,
		    "tcp.declared_answer", &required);
	else if (!s->control || strcmp(s->end, "gone") == 0)
		say(job, s, ASSAY_SUFFICIENCY, ASSAY_INCONC, "tcp.control_bad",
		    &missing);
	else if (assay_ports_count(&sure) > 0)
		say(job, s, ASSAY_SUFFICIENCY, ASSAY_FAIL,
		    "tcp.declared_missing", &sure);
	else
		say(job, s, ASSAY_SUFFICIENCY, ASSAY_INCONC,
		    "tcp.declared_unknown", &missing);
}

/* Of the families that were asked for. */
static void
judge_absence(struct assay_job *job, uint8_t family, const char *check)
{
	if (assay_is_chosen(job, family) && !assay_has_family(job, family))
		assay_say_no_address(
		    job, family, check, ASSAY_COMPLETENESS, "tcp.no_address");
}

void
tcp_ports_judge(struct assay_job *job)
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
	judge_absence(job, 4, "NET-01");
	judge_absence(job, 6, "NET-03");
}
