/*
 * tls.versions: whatever of the device speaks TLS refuses SSL 2 to TLS 1.1, and
 * takes TLS 1.2 or 1.3.
 *
 * TLS-S01 and TLS-S02: RFC 9325 section 3.1.1.  Every TCP port is asked by a
 * sweep, and every open one by a hello of each version, made by hand
 * (protocols/tls_enumerate.h), so that what no library speaks any more is found
 * as well.  Only a refusal refuses: silence, or a port that takes no hello at
 * all, leaves the question open.
 */
#include <string.h>

#include "probes/probe.h"

#define CITED_MAX 70

struct versions_state {
	struct assay_tls_ports *ports;
};

/* ---- run ---- */

static void
on_health(struct assay_job *job, enum assay_health health)
{
	const struct versions_state *s = assay_state(job);

	assay_tls_ports_health(s->ports, health);
}

static void
run(struct assay_job *job)
{
	const struct assay_tls_ports_spec spec = { .versions_only = true };
	struct versions_state *s = assay_state(job);

	assay_on_health(job, on_health);
	s->ports = assay_tls_ports_start(job, &spec);
}

static void
on_frame(struct assay_job *job, const struct assay_frame *frame)
{
	const struct versions_state *s = assay_state(job);

	assay_tls_ports_frame(s->ports, frame);
}

static void
cancel(struct assay_job *job)
{
	const struct versions_state *s = assay_state(job);

	assay_tls_ports_cancel(s->ports);
}

static void
fini(struct assay_job *job)
{
	struct versions_state *s = assay_state(job);

	assay_tls_ports_free(s->ports);
	s->ports = NULL;
}

/* ---- judge ---- */

struct finding {
	enum assay_verdict_value value;
	const char *reason;
	struct assay_ports ports;
};

static void
see(void *seen, const struct assay_observation *o, uint32_t id)
{
	assay_tls_see(seen, o, id);
}

static void
say(struct assay_job *job, const struct assay_target *t,
    const struct assay_tls_seen *s, const char *check, const struct finding *f)
{
	const bool is_old = strcmp(f->reason, "tls.old_taken") == 0;
	uint32_t ids[CITED_MAX];
	size_t n;
	struct assay_verdict v = { .check = check,
		.kind = strcmp(check, "TLS-S01") == 0 ? ASSAY_COMPLETENESS
						      : ASSAY_BEHAVIOUR,
		.value = f->value,
		.target = t,
		.reason = f->reason,
		.values =
		    (const struct assay_named_value[]){
			{ "said", ASSAY_STRING(s->old_text) },
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
		f = (struct finding){ ASSAY_FAIL, "tls.old_taken", s->old };
	else if (f.reason == NULL)
		f = (struct finding){ ASSAY_PASS, "tls.old_refused", s->tls };
	say(job, t, s, "TLS-S01", &f);
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
		f = (struct finding){ ASSAY_FAIL, "tls.no_new", without };
	else if (f.reason == NULL && assay_ports_count(&without_13) > 0)
		f = (struct finding){ ASSAY_PASS, "tls.new_without_13",
			without_13 };
	else if (f.reason == NULL)
		f = (struct finding){ ASSAY_PASS, "tls.new_taken", s->tls };
	say(job, t, s, "TLS-S02", &f);
}

/* Nothing was sent: a stored capture, or a run that never began. */
static void
judge_unasked(struct assay_job *job, const struct assay_target *t)
{
	static const struct assay_tls_seen nothing;
	const struct finding f = { .value = ASSAY_INCONC,
		.reason = "tls.not_asked" };

	say(job, t, &nothing, "TLS-S01", &f);
	say(job, t, &nothing, "TLS-S02", &f);
}

static void
judge(struct assay_job *job)
{
	const struct assay_target *t;
	struct assay_tls_seen s;
	bool any = false;
	size_t i;

	for (i = 0; i < assay_target_count(job); i++) {
		t = assay_target_at(job, i);
		memset(&s, 0, sizeof(s));
		assay_see_all(job, t, see, &s);
		if (s.sweep.end == NULL)
			continue;
		any = true;
		judge_old(job, t, &s);
		judge_new(job, t, &s);
	}
	for (i = 0; !any && i < assay_target_count(job); i++)
		judge_unasked(job, assay_target_at(job, i));
}

/* ---- the contract's data ---- */

static const struct assay_claim claims[] = {
	{ "TLS-S01", ASSAY_COMPLETENESS },
	{ "TLS-S02", ASSAY_BEHAVIOUR },
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
	.method = 1,
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
	.on_frame = on_frame,
	.judge = judge,
	.cancel = cancel,
	.fini = fini,
};
