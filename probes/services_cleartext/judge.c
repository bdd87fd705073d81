/*
 * judge: from what was observed of one address to its two verdicts.
 *
 * TCP can pass, for every port was asked and every open one identified.  UDP
 * can not: silence there shows nothing.
 */
#include <stdio.h>
#include <string.h>

#include "probes/services_cleartext/parts.h"

struct entry {
	const char *name;
	uint16_t port;
	uint32_t id; /* of the observation */
};

struct list { /* by port: "telnet 23, http 80" */
	struct entry entries[SERVICES_PORTS_MAX];
	size_t n;
	struct assay_ports ports;
};

struct seen {
	const struct assay_target *target;
	struct assay_tcp_round_seen tcp;
	struct list clear, other, unknown, unasked, offers_ssh1;
	uint64_t nsilent;
	struct list udp_clear, udp_closed, udp_silent, udp_other;
};

static void
list_add(struct list *l, const struct assay_observation *o, uint32_t id)
{
	size_t i;

	assay_ports_add(&l->ports, o->port, o->port);
	if (l->n == SERVICES_PORTS_MAX)
		return;
	for (i = l->n++; i > 0 && l->entries[i - 1].port > o->port; i--)
		l->entries[i] = l->entries[i - 1];
	l->entries[i] = (struct entry){ o->value.string, o->port, id };
}

static const char *
list_text(const struct list *l, char *out, size_t size)
{
	size_t i, used = 0;

	out[0] = '\0';
	for (i = 0; i < l->n && used + 48 < size; i++)
		used += (size_t)snprintf(out + used, size - used, "%s%.24s %u",
		    i == 0 ? "" : ", ", l->entries[i].name, l->entries[i].port);
	if (i < l->n)
		snprintf(out + used, size - used, ", …");
	return out;
}

static void
see_service(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	const int kind = cleartext_kind_named(o->value.string);

	if (kind >= 0 && cleartext_is_clear((enum cleartext_kind)kind))
		list_add(&s->clear, o, id);
	else if (kind == CLEARTEXT_TLS || kind == CLEARTEXT_SSH2)
		list_add(&s->other, o, id);
	else if (kind == CLEARTEXT_SSH_1_99)
		list_add(&s->offers_ssh1, o, id);
	else if (kind == CLEARTEXT_SILENT || kind == CLEARTEXT_UNKNOWN)
		list_add(&s->unknown, o, id);
	else
		list_add(&s->unasked, o, id);
	s->nsilent += kind == CLEARTEXT_SILENT;
}

static void
see_datagram(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	const int kind = cleartext_kind_named(o->value.string);

	if (kind >= 0 && cleartext_is_clear((enum cleartext_kind)kind))
		list_add(&s->udp_clear, o, id);
	else if (strcmp(o->value.string, "closed") == 0)
		list_add(&s->udp_closed, o, id);
	else if (kind == CLEARTEXT_SNMP3)
		list_add(&s->udp_other, o, id);
	else
		list_add(&s->udp_silent, o, id);
}

static void
see(void *seen, const struct assay_observation *o, uint32_t id)
{
	struct seen *s = seen;

	if (strcmp(o->field, "service") == 0)
		see_service(s, o, id);
	else if (strcmp(o->field, "udp.service") == 0)
		see_datagram(s, o, id);
	else
		assay_tcp_round_see(&s->tcp, o, id);
}

static void
say(struct assay_job *job, const struct seen *s, enum assay_kind kind,
    enum assay_verdict_value value, const char *reason, const struct list *l)
{
	uint32_t ids[SERVICES_PORTS_MAX + 2];
	char text[600];
	struct assay_named_value values[] = {
		{ "services", ASSAY_STRING(list_text(l, text, sizeof(text))) },
		{ "ports", ASSAY_PORTS(&l->ports) },
		{ "count", ASSAY_U64(assay_ports_count(&l->ports)) },
		{ "open", ASSAY_U64(assay_ports_count(&s->tcp.open)) },
		{ "asked", ASSAY_U64(s->tcp.asked) },
		{ "silent", ASSAY_U64(s->nsilent) },
		{ "unsettled", ASSAY_U64(s->tcp.unsettled) },
	};
	struct assay_verdict v = {
		.check = "NET-06",
		.kind = kind,
		.value = value,
		.target = s->target,
		.reason = reason,
		.values = values,
		.nvalues = sizeof(values) / sizeof(values[0]),
		.observations = ids,
	};
	size_t i, n = 0;

	for (i = 0; i < l->n; i++)
		ids[n++] = l->entries[i].id;
	if (s->tcp.sweep_id != 0 && value != ASSAY_FAIL &&
	    kind == ASSAY_COMPLETENESS)
		ids[n++] = s->tcp.sweep_id;
	if (s->tcp.control_id != 0 && s->tcp.control)
		ids[n++] = s->tcp.control_id;
	v.nobservations = n;
	assay_say(job, &v);
}

/* Open ports of which nothing can be said: not interviewed, lost, not asked. */
static void
count_unasked(struct seen *s)
{
	struct assay_ports rest = s->tcp.open;

	assay_ports_subtract(&rest, &s->clear.ports);
	assay_ports_subtract(&rest, &s->other.ports);
	assay_ports_subtract(&rest, &s->unknown.ports);
	assay_ports_subtract(&rest, &s->offers_ssh1.ports);
	assay_ports_unite(&s->unasked.ports, &rest);
}

struct finding {
	const char *reason;
	struct list *list;
};

/* Why no pass can be said; reason NULL: it can. */
static struct finding
doubt_of(struct seen *s)
{
	static const char *const doubts[ASSAY_DOUBTS] = {
		[ASSAY_DOUBT_NO_RESPONDER] = "cleartext.no_responder",
		[ASSAY_DOUBT_GONE] = "cleartext.device_gone",
		[ASSAY_DOUBT_PARTIAL] = "cleartext.partial",
		[ASSAY_DOUBT_UNSETTLED] = "cleartext.unsettled",
		[ASSAY_DOUBT_CONTROL] = "cleartext.control_bad",
	};
	enum assay_doubt doubt;

	if (s->tcp.end == NULL)
		return (struct finding){ "cleartext.only_seen", &s->other };
	doubt = assay_tcp_round_doubt(&s->tcp);
	if (doubt != ASSAY_DOUBT_NONE && doubt != ASSAY_DOUBT_CONTROL)
		return (struct finding){ doubts[doubt], &s->other };
	if (assay_ports_count(&s->unasked.ports) > 0)
		return (struct finding){ "cleartext.unasked", &s->unasked };
	if (s->unknown.n > 0)
		return (
		    struct finding){ "cleartext.unidentified", &s->unknown };
	if (s->offers_ssh1.n > 0)
		return (
		    struct finding){ "cleartext.ssh_1_99", &s->offers_ssh1 };
	return (struct finding){ doubts[doubt], &s->other };
}

static void
judge_tcp(struct assay_job *job, struct seen *s)
{
	struct finding f;

	count_unasked(s);
	f = doubt_of(s);
	if (s->clear.n > 0)
		say(job, s, ASSAY_COMPLETENESS, ASSAY_FAIL, "cleartext.found",
		    &s->clear);
	else if (f.reason != NULL)
		say(job, s, ASSAY_COMPLETENESS, ASSAY_INCONC, f.reason, f.list);
	else
		say(job, s, ASSAY_COMPLETENESS, ASSAY_PASS, "cleartext.none",
		    &s->other);
}

/* All that an address was asked by UDP is a few ports: never a pass. */
static void
judge_udp(struct assay_job *job, struct seen *s)
{
	if (s->udp_clear.n > 0)
		say(job, s, ASSAY_BEHAVIOUR, ASSAY_FAIL, "cleartext.udp_found",
		    &s->udp_clear);
	else if (s->tcp.end == NULL)
		say(job, s, ASSAY_BEHAVIOUR, ASSAY_INCONC,
		    "cleartext.only_seen", &s->udp_other);
	else if (s->udp_silent.n > 0)
		say(job, s, ASSAY_BEHAVIOUR, ASSAY_INCONC,
		    "cleartext.udp_silent", &s->udp_silent);
	else if (s->udp_other.n > 0)
		say(job, s, ASSAY_BEHAVIOUR, ASSAY_INFO, "cleartext.udp_only",
		    &s->udp_other);
	else if (s->udp_closed.n > 0)
		say(job, s, ASSAY_BEHAVIOUR, ASSAY_INFO, "cleartext.udp_closed",
		    &s->udp_closed);
	else
		say(job, s, ASSAY_BEHAVIOUR, ASSAY_INCONC,
		    "cleartext.udp_unasked", &s->udp_silent);
}

void
services_judge(struct assay_job *job)
{
	struct seen s;
	bool capture = false;
	size_t i, k;

	for (k = 0; k < assay_observation_count(job); k++)
		if (strcmp(assay_observation_at(job, k)->field,
			"capture.conversations") == 0)
			capture = true;
	for (i = 0; i < assay_target_count(job); i++) {
		memset(&s, 0, sizeof(s));
		s.target = assay_target_at(job, i);
		assay_see_all(job, s.target, see, &s);
		if (s.tcp.end == NULL && !capture)
			continue; /* not asked for, or not reached */
		judge_tcp(job, &s);
		judge_udp(job, &s);
	}
}
