/*
 * worker_tls_matters: many small questions about TLS ports, and what they come
 * to.
 *
 * Only functions of the contract are used, so that a unit test runs the same
 * code.
 */
#include <stdio.h>
#include <string.h>

#include "probes/probe.h"

#define FIELDS_MAX 32
#define IDS_MAX 160
#define TEXT_MAX 1600

static const char *const words[ASSAY_TLS_MATTERS] = {
	[ASSAY_TLS_PRESENT] = "present",
	[ASSAY_TLS_POSSIBLE] = "possible",
	[ASSAY_TLS_UNTOLD] = "unknown",
	[ASSAY_TLS_ABSENT] = "absent",
};

void
assay_tls_tally_begin(struct assay_tls_tally *t)
{
	memset(t, 0, sizeof(*t));
	t->is = ASSAY_TLS_ABSENT;
}

void
assay_tls_tally_add(struct assay_tls_tally *t, enum assay_tls_matter is,
    const char *text, const struct assay_frames *frames)
{
	const size_t room = sizeof(t->text) - t->used;
	const int n = snprintf(
	    t->text + t->used, room, "%s%s", t->used > 0 ? "; " : "", text);

	if (n > 0 && (size_t)n < room)
		t->used += (size_t)n;
	else
		t->text[t->used] = '\0';
	if (is < t->is)
		t->is = is;
	if (frames != NULL && t->nframes < 8)
		t->frames[t->nframes++] = *frames;
}

void
assay_tls_tally_tell(struct assay_job *job, struct assay_subject port,
    const char *field, const struct assay_tls_tally *t)
{
	char value[sizeof(t->text) + 16];

	snprintf(value, sizeof(value), "%s: %s", words[t->is], t->text);
	assay_observe_on(
	    job, port, field, ASSAY_STRING(value), t->frames, t->nframes);
}

/* ---- judge ---- */

struct said { /* of one word: "443 robot: …, 8443 robot: …" */
	char text[TEXT_MAX];
	size_t used;
	struct assay_ports ports;
	uint32_t ids[IDS_MAX];
	size_t nids;
};

struct seen {
	const struct assay_tls_claim *claim;
	struct assay_tls_seen tls;
	struct said said[ASSAY_TLS_MATTERS];
	struct assay_ports of[FIELDS_MAX]; /* ports of which it was observed */
};

static void
add(struct said *s, const struct assay_observation *o, uint32_t id,
    const char *text)
{
	const char *dot = strrchr(o->field, '.');
	const int n = snprintf(s->text + s->used, sizeof(s->text) - s->used,
	    "%s%u %s: %s", s->used > 0 ? ", " : "", o->port,
	    dot != NULL ? dot + 1 : o->field, text);

	if (n > 0 && (size_t)n < sizeof(s->text) - s->used)
		s->used += (size_t)n;
	else
		s->text[s->used] = '\0';
	assay_ports_add(&s->ports, o->port, o->port);
	if (s->nids < IDS_MAX)
		s->ids[s->nids++] = id;
}

static void
see_matter(struct seen *s, size_t field, const struct assay_observation *o,
    uint32_t id)
{
	const char *text = o->value.string, *behind = strchr(text, ':');
	unsigned i;

	if (behind == NULL)
		return;
	for (i = 0; i < ASSAY_TLS_MATTERS; i++)
		if (strncmp(text, words[i], (size_t)(behind - text)) == 0) {
			assay_ports_add(&s->of[field], o->port, o->port);
			add(&s->said[i], o, id, behind + 2);
		}
}

static void
see(void *arg, const struct assay_observation *o, uint32_t id)
{
	struct seen *s = arg;
	size_t i;

	for (i = 0; i < FIELDS_MAX && s->claim->fields[i] != NULL; i++)
		if (strcmp(o->field, s->claim->fields[i]) == 0) {
			see_matter(s, i, o, id);
			return;
		}
	assay_tls_see(&s->tls, o, id);
}

struct finding {
	enum assay_verdict_value value;
	const char *reason; /* NULL: nothing yet */
	const struct said *said;
	struct assay_ports ports;
};

static void
say(struct assay_job *job, const struct assay_target *t, const struct seen *s,
    const struct finding *f)
{
	const struct assay_tls_seen *tls = &s->tls;
	uint32_t ids[IDS_MAX + 70];
	struct assay_verdict v = { .check = s->claim->check,
		.kind = s->claim->kind,
		.value = f->value,
		.target = t,
		.reason = f->reason,
		.values =
		    (const struct assay_named_value[]){
			{ "said",
			    ASSAY_STRING(
				f->said != NULL ? f->said->text : "") },
			{ "ports", ASSAY_PORTS(&f->ports) },
			{ "count", ASSAY_U64(assay_ports_count(&f->ports)) },
			{ "open",
			    ASSAY_U64(assay_ports_count(&tls->sweep.open)) },
			{ "asked", ASSAY_U64(tls->sweep.asked) },
			{ "unsettled", ASSAY_U64(tls->sweep.unsettled) },
		    },
		.nvalues = 6,
		.observations = ids };

	if (f->said != NULL) {
		memcpy(ids, f->said->ids, f->said->nids * sizeof(ids[0]));
		v.nobservations = f->said->nids;
	}
	/* A fault stands on what shows it alone. */
	if (f->value != ASSAY_FAIL) {
		memcpy(ids + v.nobservations, tls->ids,
		    tls->nids * sizeof(ids[0]));
		v.nobservations += tls->nids;
		if (tls->sweep.sweep_id != 0)
			ids[v.nobservations++] = tls->sweep.sweep_id;
	}
	if (tls->sweep.control_id != 0 && tls->sweep.control)
		ids[v.nobservations++] = tls->sweep.control_id;
	assay_say(job, &v);
}

/* TLS ports of which some matter was never observed. */
static struct assay_ports
left_out(const struct seen *s)
{
	struct assay_ports out = { { 0 } }, without;
	size_t i;

	for (i = 0; i < FIELDS_MAX && s->claim->fields[i] != NULL; i++) {
		without = s->tls.tls;
		assay_ports_subtract(&without, &s->of[i]);
		assay_ports_unite(&out, &without);
	}
	return out;
}

static struct finding
find(const struct seen *s)
{
	const struct said *said = s->said;
	const struct assay_tls_claim *claim = s->claim;
	struct assay_ports unsure = s->tls.unsure_old;
	struct finding f = { .value = ASSAY_INCONC };
	enum assay_tls_doubt doubt;

	if (said[ASSAY_TLS_PRESENT].nids > 0)
		return (struct finding){ ASSAY_FAIL,
			claim->reasons[ASSAY_TLS_PRESENT],
			&said[ASSAY_TLS_PRESENT],
			said[ASSAY_TLS_PRESENT].ports };
	assay_ports_unite(&unsure, &s->tls.unsure_new);
	doubt = assay_tls_doubt(&s->tls, &unsure, &f.ports);
	f.reason = assay_tls_reason(doubt);
	if (doubt == ASSAY_TLS_NONE)
		f.value = ASSAY_INFO;
	if (f.reason != NULL)
		return f;
	f.ports = left_out(s);
	assay_ports_unite(&f.ports, &said[ASSAY_TLS_UNTOLD].ports);
	f.said = &said[ASSAY_TLS_UNTOLD];
	f.reason = claim->reasons[ASSAY_TLS_UNTOLD];
	if (assay_ports_count(&f.ports) > 0)
		return f;
	if (said[ASSAY_TLS_POSSIBLE].nids > 0)
		return (struct finding){ ASSAY_INFO,
			claim->reasons[ASSAY_TLS_POSSIBLE],
			&said[ASSAY_TLS_POSSIBLE],
			said[ASSAY_TLS_POSSIBLE].ports };
	return (struct finding){ ASSAY_PASS, claim->reasons[ASSAY_TLS_ABSENT],
		&said[ASSAY_TLS_ABSENT], s->tls.tls };
}

static void
judge_claim(struct assay_job *job, const struct assay_tls_claim *claim)
{
	const struct finding unasked = { .value = ASSAY_INCONC,
		.reason = "tls.not_asked" };
	const struct assay_target *t;
	struct finding f;
	struct seen s;
	bool any = false;
	size_t i;

	for (i = 0; i < assay_target_count(job); i++) {
		t = assay_target_at(job, i);
		memset(&s, 0, sizeof(s));
		s.claim = claim;
		assay_see_all(job, t, see, &s);
		if (s.tls.sweep.end == NULL)
			continue;
		any = true;
		assay_tls_see_expected(job, t, &s.tls);
		f = find(&s);
		say(job, t, &s, &f);
	}
	/* Nothing was sent: a stored capture, or a run that never began. */
	memset(&s, 0, sizeof(s));
	s.claim = claim;
	for (i = 0; !any && i < assay_target_count(job); i++)
		say(job, assay_target_at(job, i), &s, &unasked);
}

void
assay_tls_claims_judge(
    struct assay_job *job, const struct assay_tls_claim *claims, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		judge_claim(job, &claims[i]);
}
