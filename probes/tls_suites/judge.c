/*
 * judge: from what the ports of one address agreed to, to its verdicts.
 *
 * A fault fails whatever else is unknown.  A pass needs every TLS port, each to
 * its last suite.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probes/tls_suites/parts.h"
#include "protocols/tls_names.h"

#define SAID_MAX 40 /* observations cited of one kind */
#define STRONG_BITS 112
#define RSA_BITS 2048 /* RFC 9325 section 4.5 */
#define EC_BITS 224

struct said { /* facts of one kind: "443 TLSv1.2 TLS_…, …" */
	char text[1200];
	size_t used;
	struct assay_ports ports;
	uint32_t ids[SAID_MAX];
	size_t nids;
};

struct seen {
	struct assay_tls_seen tls;
	struct assay_tls_taken taken;
	struct said bad, weak, good, short_key, keys, compression;
	struct said unsafe, indicated, no_secret, secret;
	struct assay_ports certificates;
	struct assay_ports unknown_group; /* of which nobody knows the size */
	bool cut;
};

bool
suites_read(const char *text, uint16_t *suite)
{
	const char *number = strchr(text, ' ');
	char *end;
	unsigned long v;

	if (number == NULL || strncmp(text, "SSLv2", 5) == 0)
		return false;
	v = strtoul(number, &end, 16);
	*suite = (uint16_t)v;
	return *end == ' ' && v <= UINT16_MAX;
}

static void
add(struct said *s, const struct assay_observation *o, uint32_t id,
    const char *text)
{
	const int n = snprintf(s->text + s->used, sizeof(s->text) - s->used,
	    "%s%u %s", s->used > 0 ? ", " : "", o->port, text);

	if (n > 0 && (size_t)n < sizeof(s->text) - s->used)
		s->used += (size_t)n;
	else
		s->text[s->used] = '\0';
	assay_ports_add(&s->ports, o->port, o->port);
	if (s->nids < SAID_MAX)
		s->ids[s->nids++] = id;
}

/* ---- what was observed ---- */

/* RFC 9325 section 4.1: must not be negotiated. */
static bool
is_bad(const struct tls_suite *s)
{
	return s->mode == TLS_MODE_NULL || s->is_anonymous || s->is_export ||
	    s->is_rc4 || s->bits < STRONG_BITS;
}

/* The same: should not be. */
static bool
is_weak(const struct tls_suite *s)
{
	return s->bits < 128 || s->mode == TLS_MODE_CBC ||
	    !s->is_forward_secret || s->exchange == TLS_KX_DHE ||
	    s->exchange == TLS_KX_DHE_PSK;
}

static bool
is_good(const struct tls_suite *s)
{
	return s->mode == TLS_MODE_AEAD &&
	    (s->exchange == TLS_KX_ECDHE || s->is_13) && s->bits >= 128;
}

static void
see_suite(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	const char *text = o->value.string;
	const char *name = strrchr(text, ' ');
	struct tls_suite suite;
	uint16_t number;

	if (name != NULL)
		assay_tls_taken_add(&s->taken, o->port, name + 1, id);
	if (!suites_read(text, &number)) {
		/* Of SSL 2, all are broken; those by their name, too. */
		add(strstr(text, "RC4") != NULL ||
			    strstr(text, "EXPORT") != NULL ||
			    strstr(text, "_DES_64_") != NULL
			? &s->bad
			: &s->weak,
		    o, id, text);
		return;
	}
	if (!tls_suite_of(number, &suite)) {
		add(&s->weak, o, id, text); /* nobody knows what it is worth */
		return;
	}
	if (is_bad(&suite))
		add(&s->bad, o, id, text);
	else if (is_weak(&suite))
		add(&s->weak, o, id, text);
	if (is_good(&suite))
		add(&s->good, o, id, text);
}

static uint64_t
last_number(const char *text)
{
	const char *space = strrchr(text, ' ');

	return space == NULL ? 0 : strtoull(space + 1, NULL, 10);
}

static void
see_group(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	const uint64_t bits = last_number(o->value.string);

	if (bits == 0)
		assay_ports_add(&s->unknown_group, o->port, o->port);
	else
		add(bits < EC_BITS ? &s->short_key : &s->keys, o, id,
		    o->value.string);
}

static void
see_certificate(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	const char *text = o->value.string;
	const uint64_t bits = last_number(text);
	bool is_short = false;

	assay_ports_add(&s->certificates, o->port, o->port);
	if (strncmp(text, "rsa", 3) == 0 || strncmp(text, "dsa", 3) == 0)
		is_short = bits < RSA_BITS;
	else if (strncmp(text, "ec ", 3) == 0)
		is_short = bits < EC_BITS;
	if (bits == 0)
		assay_ports_add(&s->unknown_group, o->port, o->port);
	else
		add(is_short ? &s->short_key : &s->keys, o, id, text);
}

static void
see_signature(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	const bool is_weak_one = strstr(o->value.string, " weak") != NULL;

	add(is_weak_one ? &s->short_key : &s->keys, o, id, o->value.string);
}

static void
see_bits(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	char text[48];

	snprintf(text, sizeof(text), "key exchange of %llu bits",
	    (unsigned long long)o->value.u64);
	add(o->value.u64 < RSA_BITS ? &s->short_key : &s->keys, o, id, text);
}

static void
see_compression(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	char text[32];

	snprintf(text, sizeof(text), "method %llu",
	    (unsigned long long)o->value.u64);
	add(&s->compression, o, id, text);
}

static void
see_renegotiation(
    struct seen *s, const struct assay_observation *o, uint32_t id)
{
	add(o->value.boolean ? &s->indicated : &s->unsafe, o, id,
	    "renegotiation_info");
}

static void
see_secret(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	add(o->value.boolean ? &s->secret : &s->no_secret, o, id,
	    "extended_master_secret");
}

static void
see(void *seen, const struct assay_observation *o, uint32_t id)
{
	static const struct {
		const char *field;
		void (*see)(
		    struct seen *, const struct assay_observation *, uint32_t);
	} seers[] = {
		{ "suite", see_suite },
		{ "key_exchange.bits", see_bits },
		{ "group", see_group },
		{ "signature", see_signature },
		{ "certificate.signature", see_signature },
		{ "certificate.key", see_certificate },
		{ "compression", see_compression },
		{ "renegotiation_info", see_renegotiation },
		{ "extended_master_secret", see_secret },
	};
	struct seen *s = seen;
	size_t i;

	for (i = 0; i < sizeof(seers) / sizeof(seers[0]); i++)
		if (strcmp(o->field, seers[i].field) == 0) {
			seers[i].see(s, o, id);
			return;
		}
	if (strcmp(o->field, "suites.cut") == 0)
		s->cut = true;
	else
		assay_tls_see(&s->tls, o, id);
}

/* ---- what is said of it ---- */

struct finding {
	enum assay_verdict_value value;
	const char *reason; /* NULL: nothing yet */
	const struct said *said;
	struct assay_ports ports;
};

static const struct said nothing_said;

static void
say_kind(struct assay_job *job, const struct assay_target *t,
    const struct seen *s, const char *check, enum assay_kind kind,
    const struct finding *f)
{
	const struct said *said = f->said != NULL ? f->said : &nothing_said;
	const struct assay_tls_seen *tls = &s->tls;
	uint32_t ids[SAID_MAX + 70];
	struct assay_verdict v = { .check = check,
		.kind = kind,
		.value = f->value,
		.target = t,
		.reason = f->reason,
		.values =
		    (const struct assay_named_value[]){
			{ "said", ASSAY_STRING(said->text) },
			{ "ports", ASSAY_PORTS(&f->ports) },
			{ "count", ASSAY_U64(assay_ports_count(&f->ports)) },
			{ "open",
			    ASSAY_U64(assay_ports_count(&tls->sweep.open)) },
			{ "asked", ASSAY_U64(tls->sweep.asked) },
			{ "unsettled", ASSAY_U64(tls->sweep.unsettled) },
		    },
		.nvalues = 6,
		.observations = ids };

	memcpy(ids, said->ids, said->nids * sizeof(ids[0]));
	v.nobservations = said->nids;
	/* A fault stands on what shows it alone. */
	if (f->value != ASSAY_FAIL || said->nids == 0) {
		memcpy(ids + said->nids, tls->ids, tls->nids * sizeof(ids[0]));
		v.nobservations += tls->nids;
		if (tls->sweep.sweep_id != 0)
			ids[v.nobservations++] = tls->sweep.sweep_id;
	}
	if (tls->sweep.control_id != 0 && tls->sweep.control)
		ids[v.nobservations++] = tls->sweep.control_id;
	assay_say(job, &v);
}

static void
say(struct assay_job *job, const struct assay_target *t, const struct seen *s,
    const char *check, const struct finding *f)
{
	const bool is_of_suites =
	    strcmp(check, "TLS-S03") == 0 || strcmp(check, "TLS-S04") == 0;

	say_kind(job, t, s, check,
	    is_of_suites ? ASSAY_COMPLETENESS : ASSAY_BEHAVIOUR, f);
}

/* Why not all is known of what the ports take; reason NULL: it is. */
static struct finding
find_doubt(const struct seen *s)
{
	struct finding f = { .value = ASSAY_INCONC };
	struct assay_ports unsure = s->tls.unsure_old;
	enum assay_tls_doubt doubt;

	assay_ports_unite(&unsure, &s->tls.unsure_new);
	doubt = assay_tls_doubt(&s->tls, &unsure, &f.ports);
	f.reason = assay_tls_reason(doubt);
	if (doubt == ASSAY_TLS_NONE)
		f.value = ASSAY_INFO;
	if (f.reason == NULL &&
	    (assay_ports_count(&s->tls.in_part) > 0 || s->cut)) {
		f.reason = "suites.in_part";
		f.ports = s->tls.in_part;
	}
	return f;
}

static struct finding
find_fault(
    enum assay_verdict_value value, const char *reason, const struct said *said)
{
	const struct finding f = { value, reason, said, said->ports };

	return f;
}

static struct finding
find_pass(const struct seen *s, const char *reason, const struct said *said)
{
	const struct finding f = { ASSAY_PASS, reason, said, s->tls.tls };

	return f;
}

static void
judge_suites(struct assay_job *job, const struct assay_target *t,
    const struct seen *s, const struct finding *doubt)
{
	const enum assay_verdict_value warns =
	    assay_param_bool(job, "strict") ? ASSAY_FAIL : ASSAY_INFO;
	struct assay_ports without = s->tls.tls;
	struct finding f = *doubt;

	if (s->bad.nids > 0)
		f = find_fault(ASSAY_FAIL, "suites.bad", &s->bad);
	else if (f.reason == NULL)
		f = find_pass(s, "suites.none_bad", NULL);
	say(job, t, s, "TLS-S03", &f);

	f = *doubt;
	if (s->weak.nids + s->bad.nids > 0)
		f = find_fault(warns, "suites.weak",
		    s->weak.nids > 0 ? &s->weak : &s->bad);
	else if (f.reason == NULL)
		f = find_pass(s, "suites.none_weak", NULL);
	say(job, t, s, "TLS-S04", &f);

	/* That a port has none is known once all of it is. */
	f = *doubt;
	assay_ports_subtract(&without, &s->good.ports);
	if (f.reason == NULL && assay_ports_count(&without) > 0)
		f = (struct finding){ ASSAY_FAIL, "suites.no_good", NULL,
			without };
	else if (f.reason == NULL)
		f = find_pass(s, "suites.good", &s->good);
	say(job, t, s, "TLS-S05", &f);
}

static void
judge_keys(struct assay_job *job, const struct assay_target *t,
    const struct seen *s, const struct finding *doubt)
{
	struct assay_ports unknown = s->tls.tls;
	struct finding f = *doubt;

	assay_ports_subtract(&unknown, &s->certificates);
	assay_ports_unite(&unknown, &s->unknown_group);
	if (s->short_key.nids > 0)
		f = find_fault(ASSAY_FAIL, "suites.short_key", &s->short_key);
	else if (f.reason == NULL && assay_ports_count(&unknown) > 0)
		f = (struct finding){ ASSAY_INCONC, "suites.key_unknown", NULL,
			unknown };
	else if (f.reason == NULL)
		f = find_pass(s, "suites.keys_fit", &s->keys);
	say(job, t, s, "TLS-S06", &f);
}

static void
judge_options(struct assay_job *job, const struct assay_target *t,
    const struct seen *s, const struct finding *doubt)
{
	struct finding f = *doubt;

	if (s->compression.nids > 0)
		f = find_fault(
		    ASSAY_FAIL, "suites.compression", &s->compression);
	else if (f.reason == NULL)
		f = find_pass(s, "suites.no_compression", NULL);
	say(job, t, s, "TLS-S07", &f);

	f = *doubt;
	if (s->unsafe.nids > 0)
		f = find_fault(
		    ASSAY_FAIL, "suites.renegotiation_unsafe", &s->unsafe);
	else if (f.reason == NULL && s->indicated.nids > 0)
		f = find_fault(ASSAY_INFO, "suites.renegotiation_indicated",
		    &s->indicated);
	else if (f.reason == NULL)
		f = find_pass(s, "suites.no_renegotiation", NULL);
	say(job, t, s, "TLS-S08", &f);

	f = *doubt;
	if (s->no_secret.nids > 0)
		f = find_fault(
		    ASSAY_FAIL, "suites.no_extended_secret", &s->no_secret);
	else if (f.reason == NULL)
		f = find_pass(s, "suites.extended_secret", &s->secret);
	say(job, t, s, "TLS-S09", &f);
}

static void
say_told(struct assay_job *job, const struct assay_target *t,
    const struct seen *s, enum assay_kind kind, const struct finding *f,
    const struct assay_tls_told *told)
{
	struct said said = { .ports = told->ports };
	struct finding g = *f;

	snprintf(said.text, sizeof(said.text), "%s", told->text);
	memcpy(said.ids, told->ids, told->nids * sizeof(said.ids[0]));
	said.nids = told->nids;
	g.said = &said;
	g.ports = told->ports;
	say_kind(job, t, s, "TLS-S05", kind, &g);
}

/* Nothing is taken that is not declared; what is declared is taken.  A port
 * that may have more is known for what it took alone. */
static void
judge_declared(struct assay_job *job, const struct assay_target *t,
    const struct seen *s, const struct finding *doubt)
{
	struct assay_ports known = s->tls.tls;
	struct assay_tls_compared c;
	struct finding f = *doubt;

	assay_ports_subtract(&known, &s->tls.in_part);
	assay_ports_subtract(&known, &s->tls.unsure_old);
	assay_ports_subtract(&known, &s->tls.unsure_new);
	if (s->cut)
		memset(&known, 0, sizeof(known));
	assay_tls_compare(job, t, "suites", &s->taken, &known, &c);
	if (!c.is_declared || (c.nrequired == 0 && c.undeclared.n == 0)) {
		f = (struct finding){ ASSAY_INCONC, "suites.nothing_declared",
			NULL, s->tls.tls };
		if (c.is_declared) { /* versions alone, which allow any */
			f.value = ASSAY_INFO;
			f.reason = "suites.nothing_required";
		}
		say_kind(job, t, s, "TLS-S05", ASSAY_COMPLETENESS, &f);
		return; /* said once is enough */
	}
	if (c.undeclared.n > 0) {
		f = find_fault(
		    ASSAY_FAIL, "suites.undeclared_taken", &nothing_said);
		say_told(job, t, s, ASSAY_COMPLETENESS, &f, &c.undeclared);
	} else {
		if (f.reason == NULL)
			f = find_pass(s, "suites.declared_alone", NULL);
		if (f.value == ASSAY_PASS && s->taken.is_cut)
			f = find_fault(
			    ASSAY_INCONC, "suites.in_part", &nothing_said);
		say_kind(job, t, s, "TLS-S05", ASSAY_COMPLETENESS, &f);
	}
	if (c.missing.n > 0) {
		f = (struct finding){ .value = ASSAY_FAIL,
			.reason = "suites.declared_refused" };
		say_told(job, t, s, ASSAY_SUFFICIENCY, &f, &c.missing);
	} else if (c.uncertain.n > 0) {
		f = (struct finding){ .value = ASSAY_INCONC,
			.reason = "suites.declared_unknown" };
		say_told(job, t, s, ASSAY_SUFFICIENCY, &f, &c.uncertain);
	} else if (c.nrequired > 0) {
		f = (struct finding){ .value = ASSAY_PASS,
			.reason = "suites.declared_taken" };
		say_told(job, t, s, ASSAY_SUFFICIENCY, &f, &c.fits);
	}
}

/* Nothing was sent: a stored capture, or a run that never began. */
static void
judge_unasked(struct assay_job *job, const struct assay_target *t)
{
	static const char *const checks[] = { "TLS-S03", "TLS-S04", "TLS-S05",
		"TLS-S06", "TLS-S07", "TLS-S08", "TLS-S09" };
	static const struct seen nothing;
	const struct finding f = { .value = ASSAY_INCONC,
		.reason = "tls.not_asked" };
	size_t i;

	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		say(job, t, &nothing, checks[i], &f);
}

void
suites_judge(struct assay_job *job)
{
	const struct assay_target *t;
	struct finding doubt;
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
		doubt = find_doubt(&s);
		judge_suites(job, t, &s, &doubt);
		judge_keys(job, t, &s, &doubt);
		judge_options(job, t, &s, &doubt);
		judge_declared(job, t, &s, &doubt);
	}
	for (i = 0; !any && i < assay_target_count(job); i++)
		judge_unasked(job, assay_target_at(job, i));
}
