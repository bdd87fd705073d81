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

bool
ip_protocols_is_chosen(struct assay_job *job, const struct assay_target *t)
{
	const char *addresses = assay_param_string(job, "addresses");

	return strcmp(addresses, "all") == 0 ||
	    strcmp(addresses, t->family == 4 ? "ipv4" : "ipv6") == 0;
}

struct seen {
	const struct assay_target *target;
	const char *end; /* of the sweep; NULL: it was not swept */
	uint64_t asked, unreachable, refused, silent, unsettled;
	bool echo, other;              /* echoes were answered */
	bool heard;                    /* a responder was */
	bool control;                  /* the closing one was good */
	uint32_t sweep_id, control_id; /* observations; 0: none */
};

/* What answered and is not declared. */
struct list {
	char text[512]; /* "47 (gre), 132 (sctp)" */
	uint64_t count;
	uint8_t last;
	uint32_t ids[CITED_MAX];
	size_t nids;
};

static bool
is_about(const struct assay_observation *o, const struct assay_target *t)
{
	return o->target != NULL && o->target->family == t->family &&
	    memcmp(o->target->addr, t->addr, t->family == 4 ? 4 : 16) == 0;
}

static void
see_end(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	if (strcmp(o->field, "sweep.end") == 0) {
		s->end = o->value.string;
		s->sweep_id = id;
	} else if (strcmp(o->field, "control") == 0) {
		s->heard |= o->value.boolean;
		s->control = o->value.boolean;
		s->control_id = id;
	} else if (strcmp(o->field, "echo") == 0) {
		s->echo = o->value.boolean;
	} else if (strcmp(o->field, "echo.other") == 0) {
		s->other = o->value.boolean;
	}
}

static void
see(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	const struct {
		const char *field;
		uint64_t *count;
	} counts[] = { { "asked", &s->asked },
		{ "unreachable", &s->unreachable }, { "refused", &s->refused },
		{ "silent", &s->silent }, { "unsettled", &s->unsettled } };
	size_t i;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		if (strcmp(o->field, counts[i].field) == 0)
			*counts[i].count = o->value.u64;
	see_end(s, o, id);
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
		if (strcmp(o->field, field) == 0 && is_about(o, t) &&
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
doubt(const struct seen *s)
{
	if (!s->heard)
		return "ip.no_responder";
	if (strcmp(s->end, "gone") == 0)
		return "ip.device_gone";
	if (strcmp(s->end, "complete") != 0 || s->unsettled > 0)
		return "ip.unsettled";
	if (!s->echo || !s->other)
		return "ip.no_echo";
	if (!s->control)
		return "ip.control_bad";
	return NULL;
}

static void
judge_target(struct assay_job *job, const struct seen *s)
{
	struct list tunnels, answered, none = { .count = 0 };
	const char *reason = doubt(s);

	list_undeclared(job, s->target, "protocol.tunnel", &tunnels);
	list_undeclared(job, s->target, "protocol.answered", &answered);
	none.ids[none.nids++] = s->sweep_id;
	if (s->control_id != 0 && s->control)
		none.ids[none.nids++] = s->control_id;
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
		if (ip_protocols_is_chosen(job, assay_target_at(job, i)))
			return;
	assay_say(job, &v);
}

void
ip_protocols_judge(struct assay_job *job)
{
	const struct assay_observation *o;
	struct seen s;
	size_t i, k;

	for (i = 0; i < assay_target_count(job); i++) {
		memset(&s, 0, sizeof(s));
		s.target = assay_target_at(job, i);
		for (k = 0; k < assay_observation_count(job); k++) {
			o = assay_observation_at(job, k);
			if (is_about(o, s.target))
				see(&s, o, (uint32_t)k + 1);
		}
		if (s.end != NULL)
			judge_target(job, &s);
	}
	judge_absence(job);
}
