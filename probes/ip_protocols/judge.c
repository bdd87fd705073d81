/*
 * judge: from what was observed of one address to its verdict.
 *
 * An answer fails whatever else happened; silence passes only beside echoes
 * that were answered, for it is an echo that would come out of a tunnel.
 */
#include <stdio.h>
#include <string.h>

#include "probes/ip_protocols/parts.h"
#include "protocols/ip_probe.h"

#define CITED_MAX 300

struct seen {
	const struct assay_target *target;
	struct assay_beside_seen beside;
	uint64_t asked, unreachable, refused, silent, unsettled;
	bool echo, other; /* echoes were answered */
};

/* What answered and is not declared. */
struct list {
	char text[512]; /* "47 (gre), 132 (sctp)" */
	uint64_t count;
	uint8_t last;
	uint32_t ids[CITED_MAX];
	size_t nids;
};

static void
see(void *seen, const struct assay_observation *o, uint32_t id)
{
	struct seen *s = seen;
	const struct assay_counter counters[] = { { "asked", &s->asked },
		{ "unreachable", &s->unreachable }, { "refused", &s->refused },
		{ "silent", &s->silent }, { "unsettled", &s->unsettled } };

	assay_beside_see(&s->beside, o, id);
	assay_see_count(
	    o, o->field, counters, sizeof(counters) / sizeof(counters[0]));
	if (strcmp(o->field, "echo") == 0)
		s->echo = o->value.boolean;
	else if (strcmp(o->field, "echo.other") == 0)
		s->other = o->value.boolean;
}

static bool
is_declared(struct assay_job *job, uint8_t proto)
{
	const char *name = ip_probe_name(proto), *said;
	char number[4];
	size_t i;

	snprintf(number, sizeof(number), "%u", proto);
	for (i = 0; i < assay_declared_count(job, "protocols"); i++) {
		said = assay_declared_at(job, "protocols", i, "protocol");
		if (strcmp(said, number) == 0 ||
		    (name != NULL && strcmp(said, name) == 0))
			return true;
	}
	return false;
}

static void
add(struct list *l, uint8_t proto, uint32_t id)
{
	const char *name = ip_probe_name(proto);
	size_t n = strlen(l->text);

	if (l->nids < CITED_MAX - 2)
		l->ids[l->nids++] = id;
	if (l->count > 0 && l->last == proto)
		return; /* a tunnel, with more than one thing inside */
	l->last = proto;
	l->count++;
	snprintf(l->text + n, sizeof(l->text) - n,
	    name == NULL ? "%s%u" : "%s%u (%s)", n > 0 ? ", " : "", proto,
	    name);
}

static void
list_undeclared(struct assay_job *job, const struct assay_target *t,
    const char *field, struct list *l)
{
	const struct assay_observation *o;
	size_t i;

	memset(l, 0, sizeof(*l));
	for (i = 0; i < assay_observation_count(job); i++) {
		o = assay_observation_at(job, i);
		if (strcmp(o->field, field) == 0 && assay_is_about(o, t) &&
		    !is_declared(job, (uint8_t)o->value.u64))
			add(l, (uint8_t)o->value.u64, (uint32_t)i + 1);
	}
}

static void
say(struct assay_job *job, const struct seen *s, enum assay_verdict_value value,
    const char *reason, struct list *l)
{
	const struct assay_named_value values[] = {
		{ "protocols", ASSAY_STRING(l->text) },
		{ "count", ASSAY_U64(l->count) },
		{ "asked", ASSAY_U64(s->asked) },
		{ "unreachable", ASSAY_U64(s->unreachable + s->refused) },
		{ "silent", ASSAY_U64(s->silent) },
		{ "unsettled", ASSAY_U64(s->unsettled) },
	};
	const struct assay_verdict v = {
		.check = "NET-04",
		.kind = ASSAY_COMPLETENESS,
		.value = value,
		.target = s->target,
		.reason = reason,
		.values = values,
		.nvalues = sizeof(values) / sizeof(values[0]),
		.observations = l->ids,
		.nobservations = l->nids,
	};

	assay_say(job, &v);
}

/* Why silence shows nothing here; NULL: it does. */
static const char *
doubt_of(const struct seen *s)
{
	static const char *const doubts[ASSAY_DOUBTS] = {
		[ASSAY_DOUBT_NO_RESPONDER] = "ip.no_responder",
		[ASSAY_DOUBT_GONE] = "ip.device_gone",
		[ASSAY_DOUBT_UNSETTLED] = "ip.unsettled",
		[ASSAY_DOUBT_CONTROL] = "ip.control_bad",
	};
	const enum assay_doubt doubt =
	    assay_beside_doubt(&s->beside, s->unsettled);

	if ((doubt == ASSAY_DOUBT_NONE || doubt == ASSAY_DOUBT_CONTROL) &&
	    !(s->echo && s->other))
		return "ip.no_echo";
	return doubts[doubt];
}

static void
judge_target(struct assay_job *job, const struct seen *s)
{
	struct list tunnels, answered, none = { .count = 0 };
	const char *reason = doubt_of(s);

	list_undeclared(job, s->target, "protocol.tunnel", &tunnels);
	list_undeclared(job, s->target, "protocol.answered", &answered);
	none.ids[none.nids++] = s->beside.sweep_id;
	if (s->beside.control_id != 0 && s->beside.control)
		none.ids[none.nids++] = s->beside.control_id;
	if (tunnels.count > 0)
		say(job, s, ASSAY_FAIL, "ip.tunnel_accepted", &tunnels);
	else if (answered.count > 0 && assay_is_declared(job, "protocols"))
		say(job, s, ASSAY_FAIL, "ip.undeclared_answers", &answered);
	else if (answered.count > 0)
		say(job, s, ASSAY_INCONC, "ip.nothing_declared", &answered);
	else if (reason != NULL)
		say(job, s, ASSAY_INCONC, reason, &none);
	else
		say(job, s, ASSAY_PASS, "ip.as_declared", &none);
}

/* No address of the kind that was asked for: it was not tested. */
static void
judge_absence(struct assay_job *job)
{
	const char *chosen = assay_param_string(job, "addresses");
	const struct assay_named_value value = { "family",
		ASSAY_STRING(strcmp(chosen, "ipv4") == 0 ? "IPv4"
			: strcmp(chosen, "ipv6") == 0    ? "IPv6"
							 : "IP") };
	const struct assay_verdict v = { .check = "NET-04",
		.kind = ASSAY_COMPLETENESS,
		.value = ASSAY_INCONC,
		.reason = "ip.no_address",
		.values = &value,
		.nvalues = 1 };
	size_t i;

	for (i = 0; i < assay_target_count(job); i++)
		if (assay_is_chosen(job, assay_target_at(job, i)->family))
			return;
	assay_say(job, &v);
}

void
ip_protocols_judge(struct assay_job *job)
{
	struct seen s;
	size_t i;

	for (i = 0; i < assay_target_count(job); i++) {
		memset(&s, 0, sizeof(s));
		s.target = assay_target_at(job, i);
		assay_see_all(job, s.target, see, &s);
		if (s.beside.end != NULL)
			judge_target(job, &s);
	}
	judge_absence(job);
}
