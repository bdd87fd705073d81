/*
 * judge: of each check, what became of the impostors that are for it.
 *
 * One that was believed fails it.  A refusal shows that the fault was seen only
 * where somebody without it was believed, before and behind; but for those whom
 * nobody can trust, of whom an alert that speaks of the certificate shows it,
 * and for a version that is refused by name or is not offered.
 */
#include <stdio.h>
#include <string.h>

#include "probes/tls_client/parts.h"

#define TEXT_MAX 600
#define IDS_MAX 64

struct seen {
	char name[CLIENT_PLACE_MAX];
	const char *how[CLIENT_STEPS]; /* "HOW MORE"; NULL: not played */
	uint32_t ids[CLIENT_STEPS];
	const char *weak, *versions; /* NULL: not seen */
	uint32_t weak_id, versions_id;
};

struct view {
	struct assay_job *job;
	struct seen places[CLIENT_PLACES_MAX];
	size_t nplaces;
	uint64_t waited_ns, elsewhere;
	uint32_t waited_id, plain_id; /* 0: none */
};

struct finding {
	enum assay_verdict_value value;
	const char *reason;
	char text[TEXT_MAX];
	size_t used;
	uint64_t count;
	uint32_t ids[IDS_MAX];
	size_t nids;
};

struct check {
	const char *id;
	enum assay_impostor_fault faults[8]; /* ASSAY_IMPOSTOR_NOTHING ends */
};

static const struct check checks[] = {
	{ "TLS-C01", { ASSAY_IMPOSTOR_SELF_SIGNED } },
	{ "TLS-C02", { ASSAY_IMPOSTOR_UNTRUSTED } },
	{ "TLS-C03",
	    { ASSAY_IMPOSTOR_WRONG_NAME, ASSAY_IMPOSTOR_COMMON_NAME,
		ASSAY_IMPOSTOR_OTHER_KIND, ASSAY_IMPOSTOR_WILDCARD,
		ASSAY_IMPOSTOR_NUL } },
	{ "TLS-C04", { ASSAY_IMPOSTOR_EXPIRED, ASSAY_IMPOSTOR_NOT_YET } },
	{ "TLS-C05",
	    { ASSAY_IMPOSTOR_LEAF_ISSUED, ASSAY_IMPOSTOR_NO_CONSTRAINTS,
		ASSAY_IMPOSTOR_PATH_LENGTH, ASSAY_IMPOSTOR_NAME_CONSTRAINTS,
		ASSAY_IMPOSTOR_ISSUER_USAGE, ASSAY_IMPOSTOR_CRITICAL,
		ASSAY_IMPOSTOR_FOR_CLIENTS } },
	{ "TLS-C07", { ASSAY_IMPOSTOR_REVOKED, ASSAY_IMPOSTOR_NO_STAPLE } },
	{ "TLS-C08",
	    { ASSAY_IMPOSTOR_SHA1, ASSAY_IMPOSTOR_MD5,
		ASSAY_IMPOSTOR_RSA_1024 } },
	{ "TLS-C09",
	    { ASSAY_IMPOSTOR_TLS_10, ASSAY_IMPOSTOR_TLS_11,
		ASSAY_IMPOSTOR_DOWNGRADE } },
	{ "TLS-C11", { ASSAY_IMPOSTOR_NO_KEY, ASSAY_IMPOSTOR_BAD_MAC } },
	{ "TLS-C12", { ASSAY_IMPOSTOR_LARGE, ASSAY_IMPOSTOR_TINY } },
};

/* ---- reading ---- */

/* The place that a text begins with; NULL: there is no room. *rest is what is
 * behind it. */
static struct seen *
seen_of(struct view *v, const char *text, const char **rest)
{
	const size_t n = strcspn(text, " ");
	struct seen *p;
	size_t i;

	*rest = text + n + (text[n] == ' ' ? 1 : 0);
	for (i = 0; i < v->nplaces; i++)
		if (strncmp(v->places[i].name, text, n) == 0 &&
		    v->places[i].name[n] == '\0')
			return &v->places[i];
	if (v->nplaces == CLIENT_PLACES_MAX || n >= CLIENT_PLACE_MAX)
		return NULL;
	p = &v->places[v->nplaces++];
	memcpy(p->name, text, n);
	p->name[n] = '\0';
	return p;
}

static void
see_text(struct view *v, const struct assay_observation *o, uint32_t id)
{
	const char *rest;
	struct seen *p;
	size_t i;

	for (i = 0; i < CLIENT_STEPS; i++) {
		if (strcmp(o->field, client_fields[i]) != 0)
			continue;
		p = seen_of(v, o->value.string, &rest);
		if (p != NULL) {
			p->how[i] = rest;
			p->ids[i] = id;
		}
		return;
	}
	if (strcmp(o->field, "offer.weak") == 0) {
		p = seen_of(v, o->value.string, &rest);
		if (p != NULL) {
			p->weak = rest;
			p->weak_id = id;
		}
	} else if (strcmp(o->field, "offer.versions") == 0) {
		p = seen_of(v, o->value.string, &rest);
		if (p != NULL) {
			p->versions = rest;
			p->versions_id = id;
		}
	}
}

static void
look(struct view *v)
{
	const struct assay_observation *o;
	size_t i;

	for (i = 0; i < assay_observation_count(v->job); i++) {
		o = assay_observation_at(v->job, i);
		if (strcmp(o->field, "call.waited") == 0) {
			v->waited_ns = o->value.u64;
			v->waited_id = (uint32_t)i + 1;
		} else if (strcmp(o->field, "call.elsewhere") == 0) {
			v->elsewhere = o->value.u64;
		} else if (strcmp(o->field, "call.plain") == 0) {
			v->plain_id = (uint32_t)i + 1;
		} else if (o->value.type == ASSAY_TYPE_STRING) {
			see_text(v, o, (uint32_t)i + 1);
		}
	}
}

static bool
is(const char *how, const char *word)
{
	const size_t n = strlen(word);

	return how != NULL && strncmp(how, word, n) == 0 &&
	    (how[n] == '\0' || how[n] == ' ');
}

static bool
is_believed(const char *how)
{
	return is(how, CLIENT_ACCEPTED) || is(how, CLIENT_HELD) ||
	    is(how, CLIENT_WENT_ON);
}

static bool
is_refused(const char *how)
{
	return is(how, CLIENT_REFUSED) || is(how, CLIENT_CLOSED);
}

/* It speaks of the certificate: RFC 8446 section 6.2. */
static bool
names_certificate(const char *how)
{
	static const char *const alerts[] = { "bad_certificate",
		"unsupported_certificate", "certificate_revoked",
		"certificate_expired", "certificate_unknown", "unknown_ca" };
	size_t i;

	if (strncmp(how, CLIENT_REFUSED " ", sizeof(CLIENT_REFUSED)) != 0)
		return false;
	for (i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++)
		if (is(how + sizeof(CLIENT_REFUSED), alerts[i]))
			return true;
	return false;
}

/* ---- judging ---- */

enum outcome {
	OUTCOME_BELIEVED,
	OUTCOME_HUNG,     /* what is unusual was not taken, and not refused */
	OUTCOME_SEEN,     /* it was refused for what is wrong with it */
	OUTCOME_TOOK,     /* what is unusual was taken, or refused */
	OUTCOME_UNASKED,  /* the device does not ask for it: that is known */
	OUTCOME_NO_TRUST, /* it was refused, for whatever reason */
	OUTCOME_UNDECIDED,
	OUTCOME_MISSING,
	OUTCOMES,
};

static bool
is_trusting(const struct seen *p)
{
	return is_believed(p->how[CLIENT_FIRST]) &&
	    is_believed(p->how[CLIENT_LAST]);
}

/* With nothing wrong, it has to be taken or refused: within the time in which
 * what is usual was. */
static enum outcome
judge_unusual(const struct seen *p, const char *how)
{
	if (how == NULL || p->how[CLIENT_LAST] == NULL)
		return OUTCOME_MISSING;
	if (is_believed(how) || is(how, CLIENT_LEFT))
		return OUTCOME_TOOK;
	if (!is_trusting(p))
		return OUTCOME_NO_TRUST;
	if (is_refused(how))
		return OUTCOME_TOOK;
	return is(how, CLIENT_SILENT) ? OUTCOME_HUNG : OUTCOME_UNDECIDED;
}

/* What needs no trust, and an alert is for: of what else a certificate says,
 * nobody knows. */
static bool
says_why(const char *how, enum assay_impostor_fault fault)
{
	if (fault == ASSAY_IMPOSTOR_SELF_SIGNED ||
	    fault == ASSAY_IMPOSTOR_UNTRUSTED)
		return names_certificate(how);
	if (fault == ASSAY_IMPOSTOR_TLS_10 || fault == ASSAY_IMPOSTOR_TLS_11)
		return strstr(how, "protocol_version") != NULL;
	/* RFC 8446 section 4.1.3 */
	return fault == ASSAY_IMPOSTOR_DOWNGRADE &&
	    strstr(how, "illegal_parameter") != NULL;
}

static enum outcome
judge_one(const struct seen *p, enum assay_impostor_fault fault)
{
	const char *how = p->how[fault];
	const bool trusted = is_trusting(p);

	if (fault == ASSAY_IMPOSTOR_LARGE || fault == ASSAY_IMPOSTOR_TINY)
		return judge_unusual(p, how);
	if (how == NULL)
		return OUTCOME_MISSING;
	if (is_believed(how))
		return OUTCOME_BELIEVED;
	/* Behind all others it has called once more, as ever. */
	if (p->how[CLIENT_LAST] == NULL)
		return OUTCOME_MISSING;
	if (is(how, CLIENT_ABSENT))
		return fault == ASSAY_IMPOSTOR_REVOKED ||
			fault == ASSAY_IMPOSTOR_NO_STAPLE
		    ? OUTCOME_UNASKED
		    : OUTCOME_SEEN;
	if (!is_refused(how))
		return OUTCOME_UNDECIDED;
	if (trusted)
		return OUTCOME_SEEN;
	return says_why(how, fault) ? OUTCOME_SEEN : OUTCOME_NO_TRUST;
}

static void
cite(struct finding *f, uint32_t id)
{
	if (id != 0 && f->nids < IDS_MAX)
		f->ids[f->nids++] = id;
}

static void
add(struct finding *f, const char *place, const char *what, const char *how)
{
	const int n = snprintf(f->text + f->used, sizeof(f->text) - f->used,
	    "%s%s %s%s%s", f->used == 0 ? "" : ", ", place, what,
	    how == NULL ? "" : ": ", how == NULL ? "" : how);

	if (n > 0 && (size_t)n < sizeof(f->text) - f->used)
		f->used += (size_t)n;
	else
		f->text[f->used] = '\0';
	f->count++;
}

static void
say(const struct view *v, const char *check, const struct finding *f)
{
	const struct assay_named_value values[] = {
		{ "attempts", ASSAY_STRING(f->text) },
		{ "count", ASSAY_U64(f->count) },
		{ "waited", ASSAY_NS(v->waited_ns) },
	};
	const struct assay_verdict verdict = { .check = check,
		.kind = ASSAY_BEHAVIOUR,
		.value = f->value,
		.reason = f->reason,
		.values = values,
		.nvalues = sizeof(values) / sizeof(values[0]),
		.observations = f->ids,
		.nobservations = f->nids };

	assay_say(v->job, &verdict);
}

/* That somebody is believed whose name stands where RFC 9525 does not look, is
 * what most libraries do; and few know of RFC 7633. */
static bool
counts(struct assay_job *job, enum assay_impostor_fault fault)
{
	return (fault != ASSAY_IMPOSTOR_COMMON_NAME &&
		   fault != ASSAY_IMPOSTOR_NO_STAPLE) ||
	    assay_param_bool(job, "strict");
}

static void
judge_place(const struct view *v, const struct seen *p,
    const struct check *check, struct finding *found)
{
	const enum assay_impostor_fault *fault;
	enum outcome o;

	for (fault = check->faults; *fault != ASSAY_IMPOSTOR_NOTHING; fault++) {
		if (!counts(v->job, *fault))
			continue;
		o = judge_one(p, *fault);
		add(&found[o], p->name, client_words[*fault], p->how[*fault]);
		cite(&found[o], p->ids[*fault]);
	}
	for (o = OUTCOME_HUNG; o <= OUTCOME_UNASKED; o++) {
		cite(&found[o], p->ids[CLIENT_FIRST]);
		cite(&found[o], p->ids[CLIENT_LAST]);
	}
}

/* The gravest of what was found; nothing at all is for judge_silence(). */
static void
judge_check(const struct view *v, const struct check *check)
{
	static const struct {
		enum outcome outcome;
		enum assay_verdict_value value;
		const char *reason;
	} order[] = {
		{ OUTCOME_BELIEVED, ASSAY_FAIL, "tls_client.accepted" },
		{ OUTCOME_HUNG, ASSAY_FAIL, "tls_client.hung" },
		{ OUTCOME_UNDECIDED, ASSAY_INCONC, "tls_client.undecided" },
		{ OUTCOME_MISSING, ASSAY_INCONC, "tls_client.partial" },
		{ OUTCOME_NO_TRUST, ASSAY_INCONC, "tls_client.no_trust" },
		{ OUTCOME_UNASKED, ASSAY_INFO, "tls_client.never_asks" },
		{ OUTCOME_SEEN, ASSAY_PASS, "tls_client.refused" },
		{ OUTCOME_TOOK, ASSAY_PASS, "tls_client.took" },
	};
	struct finding found[OUTCOMES];
	struct finding *f;
	size_t i;

	memset(found, 0, sizeof(found));
	for (i = 0; i < v->nplaces; i++)
		judge_place(v, &v->places[i], check, found);
	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		f = &found[order[i].outcome];
		if (f->count == 0)
			continue;
		f->value = order[i].value;
		f->reason = order[i].reason;
		if (f->value == ASSAY_PASS && v->elsewhere > 0) {
			f->value = ASSAY_INCONC;
			f->reason = "tls_client.elsewhere";
		}
		say(v, check->id, f);
		return;
	}
}

static void
judge_offer(const struct view *v)
{
	struct finding weak = { .value = ASSAY_FAIL,
		.reason = "tls_client.offers_weak" };
	struct finding all = { .value = ASSAY_PASS,
		.reason = "tls_client.offers" };
	const struct seen *p;
	size_t i;

	for (i = 0; i < v->nplaces; i++) {
		p = &v->places[i];
		if (p->weak == NULL || p->versions == NULL ||
		    p->how[CLIENT_LAST] == NULL) {
			all.value = ASSAY_INCONC;
			all.reason = "tls_client.partial";
		}
		if (p->weak != NULL && p->weak[0] != '\0') {
			add(&weak, p->name, p->weak, NULL);
			cite(&weak, p->weak_id);
		}
		add(&all, p->name, p->versions == NULL ? "?" : p->versions,
		    NULL);
		cite(&all, p->versions_id);
		cite(&all, p->ids[CLIENT_LAST]);
	}
	if (all.value == ASSAY_PASS && v->elsewhere > 0) {
		all.value = ASSAY_INCONC;
		all.reason = "tls_client.elsewhere";
	}
	say(v, "TLS-C10", weak.count > 0 ? &weak : &all);
}

static void
judge_silence(const struct view *v)
{
	struct finding f = { .value = ASSAY_INCONC,
		.reason = v->plain_id != 0 ? "tls_client.no_tls"
					   : "tls_client.never_called" };
	size_t i;

	cite(&f, v->plain_id);
	cite(&f, v->waited_id);
	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		say(v, checks[i].id, &f);
	say(v, "TLS-C10", &f);
	say(v, "TLS-C13", &f);
}

void
client_judge(struct assay_job *job)
{
	struct view v;
	size_t i;

	memset(&v, 0, sizeof(v));
	v.job = job;
	look(&v);
	if (v.nplaces == 0) {
		judge_silence(&v);
		return;
	}
	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		judge_check(&v, &checks[i]);
	judge_offer(&v);
	client_judge_clear(job);
}
