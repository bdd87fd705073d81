/*
 * tls.versions: whatever of the device speaks TLS refuses SSL 2 to TLS 1.1, and
 * takes TLS 1.2 or 1.3.
 *
 * TLS-S01 and TLS-S02: RFC 9325 section 3.1.1.  Every TCP port is asked by a
 * sweep, and every open one by a hello of each version, made by hand
 * (protocols/tls_enumerate.h), so that what no library speaks any more is found
 * as well.  Only a refusal refuses: silence, or a port that takes no hello at
 * all, leaves the question open, and so does one that answers the same now so,
 * now otherwise (protocols/tls_again.h).  What the profile's table `crypto`
 * declares of a port's versions is held against what it takes: no other, and
 * none missing.
 */
#include <stdio.h>
#include <string.h>

#include "probes/probe.h"

#define CITED_MAX 70

struct versions_state {
	struct assay_tls_ports *ports;
};

/* ---- run ---- */

static void
run(struct assay_job *job)
{
	static const struct assay_tls_ports_spec spec = {
		.versions_only = true,
		.asks_again = true,
	};

	assay_tls_ports_start(job, &spec);
}

/* ---- judge ---- */

struct finding {
	enum assay_verdict_value value;
	const char *reason;
	struct assay_ports ports;
	const struct assay_tls_told *told; /* what shows it; NULL: all */
};

struct seen {
	struct assay_tls_seen tls;
	struct assay_tls_taken taken;
};

/* "TLSv1.2 taken": "tls1.2" in the profile's words. */
static void
see_taken(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	const char *name = o->value.string, *how = strchr(name, ' ');
	char word[16];
	const bool is_ssl = strncmp(name, "SSL", 3) == 0;

	if (how == NULL || strncmp(how, " taken", 6) != 0)
		return;
	snprintf(word, sizeof(word), "%s%.*s", is_ssl ? "ssl" : "tls",
	    (int)(how - name - 4), name + 4);
	assay_tls_taken_add(&s->taken, o->port, word, id);
}

static void
see(void *arg, const struct assay_observation *o, uint32_t id)
{
	struct seen *s = arg;

	assay_tls_see(&s->tls, o, id);
	if (strcmp(o->field, "tls.version") == 0)
		see_taken(s, o, id);
}

struct claim {
	const char *check;
	enum assay_kind kind;
};
static const struct claim old_refused = { "TLS-S01", ASSAY_COMPLETENESS },
			  new_taken = { "TLS-S02", ASSAY_BEHAVIOUR },
			  no_other = { "TLS-S02", ASSAY_COMPLETENESS },
			  none_missing = { "TLS-S02", ASSAY_SUFFICIENCY };

static void
say(struct assay_job *job, const struct assay_target *t,
    const struct assay_tls_seen *s, const struct claim *claim,
    const struct finding *f)
{
	const bool is_old = strcmp(f->reason, "tls.old_taken") == 0;
	const char *said = is_old ? s->old_text
	    : f->told != NULL     ? f->told->text
				  : "";
	uint32_t ids[CITED_MAX];
	size_t n;
	struct assay_verdict v = { .check = claim->check,
		.kind = claim->kind,
		.value = f->value,
		.target = t,
		.reason = f->reason,
		.values =
		    (const struct assay_named_value[]){
			{ "said", ASSAY_STRING(said) },
			{ "ports", ASSAY_PORTS(&f->ports) },
			{ "count", ASSAY_U64(assay_ports_count(&f->ports)) },
			{ "open",
			    ASSAY_U64(assay_ports_count(&s->sweep.open)) },
			{ "asked", ASSAY_U64(s->sweep.asked) },
			{ "unsettled", ASSAY_U64(s->sweep.unsettled) },
		    },
		.nvalues = 6,
		.observations = ids };

	n = is_old ? s->nold_ids : s->nids;
	memcpy(ids, is_old ? s->old_ids : s->ids, n * sizeof(ids[0]));
	if (f->told != NULL && f->told->nids > 0) {
		n = f->told->nids;
		memcpy(ids, f->told->ids, n * sizeof(ids[0]));
	}
	if (s->sweep.sweep_id != 0 && f->value != ASSAY_FAIL)
		ids[n++] = s->sweep.sweep_id;
	if (s->sweep.control_id != 0 && s->sweep.control)
		ids[n++] = s->sweep.control_id;
	v.nobservations = n;
	assay_say(job, &v);
}

/* What keeps either from being known; reason NULL: nothing. */
static struct finding
find_doubt(const struct assay_tls_seen *s, const struct assay_ports *unsure)
{
	struct finding f = { .value = ASSAY_INCONC };
	const enum assay_tls_doubt doubt = assay_tls_doubt(s, unsure, &f.ports);

	f.reason = assay_tls_reason(doubt);
	if (doubt == ASSAY_TLS_NONE)
		f.value = ASSAY_INFO;
	return f;
}

static void
judge_old(struct assay_job *job, const struct assay_target *t,
    const struct assay_tls_seen *s)
{
	struct finding f = find_doubt(s, &s->unsure_old);

	if (assay_ports_count(&s->old) > 0)
		f = (struct finding){ ASSAY_FAIL, "tls.old_taken", s->old,
			NULL };
	else if (f.reason == NULL)
		f = (struct finding){ ASSAY_PASS, "tls.old_refused", s->tls,
			NULL };
	say(job, t, s, &old_refused, &f);
}

static void
judge_new(struct assay_job *job, const struct assay_target *t,
    const struct assay_tls_seen *s)
{
	struct finding f = find_doubt(s, &s->unsure_new);
	struct assay_ports without = s->old, without_13 = s->tls;

	assay_ports_subtract(&without, &s->new);
	assay_ports_subtract(&without, &s->unsure_new);
	assay_ports_subtract(&without_13, &s->has_13);
	if (assay_ports_count(&without) > 0)
		f = (struct finding){ ASSAY_FAIL, "tls.no_new", without, NULL };
	else if (f.reason == NULL && assay_ports_count(&without_13) > 0)
		f = (struct finding){ ASSAY_PASS, "tls.new_without_13",
			without_13, NULL };
	else if (f.reason == NULL)
		f = (struct finding){ ASSAY_PASS, "tls.new_taken", s->tls,
			NULL };
	say(job, t, s, &new_taken, &f);
}

/* Nothing is taken that is not declared; what is declared is taken. */
static void
judge_declared(
    struct assay_job *job, const struct assay_target *t, const struct seen *s)
{
	struct assay_ports unsure = s->tls.unsure_old, known = s->tls.tls;
	struct assay_tls_compared c;
	struct finding f;

	assay_ports_unite(&unsure, &s->tls.unsure_new);
	assay_ports_subtract(&known, &unsure);
	assay_tls_compare(job, t, "versions", &s->taken, &known, &c);
	f = find_doubt(&s->tls, &unsure);
	if (!c.is_declared)
		f = (struct finding){ ASSAY_INCONC, "tls.nothing_declared",
			s->tls.tls, NULL };
	else if (c.undeclared.n > 0)
		f = (struct finding){ ASSAY_FAIL, "tls.undeclared_taken",
			c.undeclared.ports, &c.undeclared };
	else if (f.reason == NULL)
		f = (struct finding){ ASSAY_PASS, "tls.declared_alone",
			c.fits.ports, NULL };
	say(job, t, &s->tls, &no_other, &f);
	if (!c.is_declared)
		return; /* said once is enough */
	if (c.missing.n > 0)
		f = (struct finding){ ASSAY_FAIL, "tls.declared_refused",
			c.missing.ports, &c.missing };
	else if (c.uncertain.n > 0)
		f = (struct finding){ ASSAY_INCONC, "tls.declared_unknown",
			c.uncertain.ports, &c.uncertain };
	else if (c.nrequired == 0)
		f = (struct finding){ ASSAY_INFO, "tls.nothing_required",
			c.fits.ports, NULL };
	else
		f = (struct finding){ ASSAY_PASS, "tls.declared_taken",
			c.fits.ports, &c.fits };
	say(job, t, &s->tls, &none_missing, &f);
}

/* Nothing was sent: a stored capture, or a run that never began. */
static void
judge_unasked(struct assay_job *job, const struct assay_target *t)
{
	static const struct assay_tls_seen nothing;
	const struct finding f = { .value = ASSAY_INCONC,
		.reason = "tls.not_asked" };

	say(job, t, &nothing, &old_refused, &f);
	say(job, t, &nothing, &new_taken, &f);
}

static void
judge(struct assay_job *job)
{
	const struct assay_target *t;
	struct seen s;
	bool any = false;
	size_t i;

	for (i = 0; i < assay_target_count(job); i++) {
		t = assay_target_at(job, i);
		memset(&s, 0, sizeof(s));
		assay_see_all(job, t, see, &s);
		if (s.tls.sweep.end == NULL)
			continue;
		any = true;
		assay_tls_see_expected(job, t, &s.tls);
		judge_old(job, t, &s.tls);
		judge_new(job, t, &s.tls);
		judge_declared(job, t, &s);
	}
	for (i = 0; !any && i < assay_target_count(job); i++)
		judge_unasked(job, assay_target_at(job, i));
}

/* ---- the contract's data ---- */

static const struct assay_claim claims[] = {
	{ "TLS-S01", ASSAY_COMPLETENESS },
	{ "TLS-S02", ASSAY_BEHAVIOUR },
	{ "TLS-S02", ASSAY_COMPLETENESS }, /* of what is declared */
	{ "TLS-S02", ASSAY_SUFFICIENCY },
	{ .check = NULL },
};

static const struct assay_param params[] = {
	ASSAY_TLS_PORTS_PARAMS,
	{ .name = NULL },
};

static const struct assay_field observations[] = {
	ASSAY_TLS_PORTS_FIELDS,
	{ .name = NULL },
};

#define VALUES "said ports count open asked unsettled"
static const struct assay_reason reasons[] = {
	{ "tls.old_taken", VALUES },
	{ "tls.old_refused", VALUES },
	{ "tls.no_new", VALUES },
	{ "tls.new_taken", VALUES },
	{ "tls.new_without_13", VALUES },
	{ "tls.nothing_declared", VALUES },
	{ "tls.undeclared_taken", VALUES },
	{ "tls.declared_alone", VALUES },
	{ "tls.declared_refused", VALUES },
	{ "tls.declared_unknown", VALUES },
	{ "tls.nothing_required", VALUES },
	{ "tls.declared_taken", VALUES },
	ASSAY_TLS_REASONS(VALUES),
	{ .code = NULL },
};

static const char *const resources[] = { "dut:load exclusive", NULL };

const struct assay_probe assay_probe = {
	.abi = ASSAY_ABI,
	.size = sizeof(struct assay_probe),
	.name = "tls.versions",
	.title =
	    "Each TLS port refuses SSL 2 to TLS 1.1, and takes 1.2 or 1.3.",
	.method = 3,
	.claims = claims,
	.params = params,
	.observations = observations,
	.reasons = reasons,
	.resources = resources,
	.needs = ASSAY_NEED_LINK | ASSAY_NEED_TCP,
	.medium = ASSAY_MEDIUM_IP,
	.impact = ASSAY_ACTIVE,
	.timeout_ms = 3600000,
	.state_size = sizeof(struct versions_state),
	.filter = "tcp or icmp or icmp6",
	.run = run,
	.on_frame = assay_tls_ports_on_frame,
	.judge = judge,
	.cancel = assay_tls_ports_cancel,
	.fini = assay_tls_ports_fini,
};
