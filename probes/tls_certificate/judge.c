/*
 * judge: of each address, all that its certificates show.
 *
 * One that is wrong in any way fails the address.  What was not read is never
 * passed over, and neither is what one sample cannot show.
 */
#include <stdio.h>
#include <string.h>

#include "probes/tls_certificate/parts.h"
#include "protocols/x509.h"

#define TEXT_MAX 600
#define NAMES_MAX 8192 /* of a port, declared */
/* When Debian 12 appeared: a clock that says less was never set. */
#define CLOCK_LEAST_S INT64_C(1686355200)

/* The worst first. */
enum problem {
	EXPIRED,
	NOT_YET,
	PURPOSE,
	KEY_USAGE,
	SHARED_KEY,
	NAME,
	/* doubts, from here on */
	CLOCK,
	NAME_UNKNOWN,
	ONE_SAMPLE,
	NONE,
};
#define PROBLEMS (NONE + 1)

static const struct {
	const char *reason, *word;
} problems[PROBLEMS] = {
	[EXPIRED] = { "certificate.expired", "expired" },
	[NOT_YET] = { "certificate.not_yet", "not valid yet" },
	[PURPOSE] = { "certificate.purpose", "not for servers" },
	[KEY_USAGE] = { "certificate.key_usage", "key not for this use" },
	[SHARED_KEY] = { "certificate.shared_key", "another sample's key" },
	[NAME] = { "certificate.name", "for somebody else" },
	[CLOCK] = { "certificate.clock", "its end or beginning is near" },
	[NAME_UNKNOWN] = { "certificate.name_unknown", "nobody's known name" },
	[ONE_SAMPLE] = { "certificate.one_sample", "compared with no sample" },
	[NONE] = { "certificate.fits", "fits" },
};

struct port { /* what was seen of one */
	uint16_t number;
	const char *service; /* NULL: it was not asked to the end */
	uint32_t service_id;
	int64_t from_s, to_s;
	const char *version, *names, *usage, *purposes, *public_key;
	uint32_t from_id, to_id, names_id, usage_id, purposes_id, key_id;
};

struct seen {
	struct assay_job *job;
	const struct assay_target *target;
	struct assay_tcp_round_seen sweep;
	int64_t clock_s; /* 0: unknown */
	uint32_t clock_id;
	struct port ports[CERTIFICATE_PORTS_MAX];
	size_t nports;
};

struct finding {
	enum assay_verdict_value value;
	const char *reason;
	struct assay_ports ports;
	char text[TEXT_MAX];
	size_t used;
	uint32_t ids[CERTIFICATE_PORTS_MAX * 6 + 3];
	size_t nids;
	size_t ncertificates;
};

/* ---- what was observed ---- */

/* In order of their numbers, whichever answered first. */
static struct port *
port_of(struct seen *s, uint16_t number)
{
	size_t i = s->nports;

	while (i > 0 && s->ports[i - 1].number > number)
		i--;
	if (i > 0 && s->ports[i - 1].number == number)
		return &s->ports[i - 1];
	if (s->nports == CERTIFICATE_PORTS_MAX)
		return NULL;
	memmove(&s->ports[i + 1], &s->ports[i],
	    sizeof(s->ports[0]) * (s->nports - i));
	memset(&s->ports[i], 0, sizeof(s->ports[i]));
	s->ports[i].number = number;
	s->nports++;
	return &s->ports[i];
}

static bool
see_text(struct port *p, const struct assay_observation *o, uint32_t id)
{
	const struct {
		const char *field;
		const char **text;
		uint32_t *id;
	} texts[] = {
		{ "service", &p->service, &p->service_id },
		{ "tls.version", &p->version, NULL },
		{ "certificate.names", &p->names, &p->names_id },
		{ "certificate.key_usage", &p->usage, &p->usage_id },
		{ "certificate.purposes", &p->purposes, &p->purposes_id },
		{ "certificate.public_key", &p->public_key, &p->key_id },
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (strcmp(o->field, texts[i].field) != 0)
			continue;
		*texts[i].text = o->value.string;
		if (texts[i].id != NULL)
			*texts[i].id = id;
		return true;
	}
	return false;
}

static void
see(void *arg, const struct assay_observation *o, uint32_t id)
{
	struct seen *s = arg;
	struct port *p;

	if (strcmp(o->field, "clock.now") == 0) {
		s->clock_s = o->value.i64;
		s->clock_id = id;
		return;
	}
	assay_tcp_round_see(&s->sweep, o, id);
	if (strcmp(o->field, "service") != 0 &&
	    strncmp(o->field, "tls.", 4) != 0 &&
	    strncmp(o->field, "certificate.", 12) != 0)
		return;
	p = port_of(s, o->port);
	if (p == NULL || see_text(p, o, id))
		return;
	if (strcmp(o->field, "certificate.not_before") == 0) {
		p->from_s = o->value.i64;
		p->from_id = id;
	} else if (strcmp(o->field, "certificate.not_after") == 0) {
		p->to_s = o->value.i64;
		p->to_id = id;
	}
}

/* ---- one certificate ---- */

/* The next word of a list; false: that was the last. */
static bool
next_word(const char **list, char *word, size_t size)
{
	size_t n;

	*list += strspn(*list, " ");
	n = strcspn(*list, " ");
	if (n == 0)
		return false;
	snprintf(word, size, "%.*s", (int)n, *list);
	*list += n;
	return true;
}

static bool
has_word(const char *list, const char *wanted)
{
	char word[300];

	while (next_word(&list, word, sizeof(word)))
		if (strcmp(word, wanted) == 0)
			return true;
	return false;
}

static bool
is_own_address(struct assay_job *job, const char *text)
{
	size_t i;

	for (i = 0; i < assay_target_count(job); i++)
		if (strcmp(assay_target_at(job, i)->text, text) == 0)
			return true;
	return false;
}

/* Those that the scenario gives, and those that the profile declares for this
 * port. */
static void
names_of(const struct seen *s, uint16_t port, char *out, size_t size)
{
	struct assay_tls_row row;
	size_t at = 0, used;

	snprintf(out, size, "%s", assay_param_string(s->job, "names"));
	while (assay_tls_row_next(s->job, s->target, &at, &row)) {
		used = strlen(out);
		if (assay_ports_has(&row.ports, port) && row.names[0] != '\0')
			snprintf(out + used, size - used, "%s%s",
			    used > 0 ? " " : "", row.names);
	}
}

static bool
is_own_name(const char *names, const char *presented)
{
	char word[300];

	while (next_word(&names, word, sizeof(word)))
		if (x509_name_covers(presented, word))
			return true;
	return false;
}

static enum problem
judge_names(const struct seen *s, const struct port *p)
{
	const char *list = p->names;
	char word[300], names[NAMES_MAX];

	names_of(s, p->number, names, sizeof(names));
	while (next_word(&list, word, sizeof(word))) {
		if (strncmp(word, "IP:", 3) == 0 &&
		    is_own_address(s->job, word + 3))
			return NONE;
		if (strncmp(word, "DNS:", 4) == 0 &&
		    is_own_name(names, word + 4))
			return NONE;
		if (strncmp(word, "CN:", 3) == 0 &&
		    (is_own_name(names, word + 3) ||
			is_own_address(s->job, word + 3)))
			return NONE;
	}
	if (has_word(p->names, CERTIFICATE_MORE))
		return NAME_UNKNOWN;
	return names[0] == '\0' ? NAME_UNKNOWN : NAME;
}

/* TLS 1.3 signs (RFC 8446 section 4.4.2.2); what came before it signs,
 * decrypts, or agrees on a key (RFC 5246 section 7.4.2). */
static bool
may_be_used(const struct port *p)
{
	if (has_word(p->usage, "unrestricted") ||
	    has_word(p->usage, "digitalSignature"))
		return true;
	return strcmp(p->version, "TLSv1.3") != 0 &&
	    (has_word(p->usage, "keyEncipherment") ||
		has_word(p->usage, "keyAgreement"));
}

static bool
is_for_servers(const struct port *p)
{
	return has_word(p->purposes, "unrestricted") ||
	    has_word(p->purposes, "any") || has_word(p->purposes, "servers");
}

/* NONE: it is valid now, beyond the doubt about the clock. */
static enum problem
judge_dates(const struct seen *s, const struct port *p)
{
	const int64_t doubt =
	    (int64_t)(assay_param_ns(s->job, "clock_error") / 1000000000);

	if (s->clock_s < CLOCK_LEAST_S)
		return CLOCK;
	if (s->clock_s > p->to_s + doubt)
		return EXPIRED;
	if (s->clock_s < p->from_s - doubt)
		return NOT_YET;
	return s->clock_s > p->to_s - doubt || s->clock_s < p->from_s + doubt
	    ? CLOCK
	    : NONE;
}

/* The worst of what is wrong with it. */
static enum problem
judge_port(const struct seen *s, const struct port *p)
{
	const char *others = assay_param_string(s->job, "other_keys");
	const enum problem dates = judge_dates(s, p);
	const enum problem names = judge_names(s, p);

	if (dates < CLOCK)
		return dates;
	if (!is_for_servers(p))
		return PURPOSE;
	if (!may_be_used(p))
		return KEY_USAGE;
	if (p->public_key[0] != '\0' && has_word(others, p->public_key))
		return SHARED_KEY;
	if (names == NAME || dates == CLOCK)
		return names == NAME ? NAME : CLOCK;
	if (names == NAME_UNKNOWN)
		return NAME_UNKNOWN;
	return others[0] == '\0' || p->public_key[0] == '\0' ? ONE_SAMPLE
							     : NONE;
}

static void
cite(struct finding *f, const uint32_t *ids, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (ids[i] != 0)
			f->ids[f->nids++] = ids[i];
}

/* What shows this problem; of none, all that was looked at. */
static void
cite_port(struct finding *f, const struct port *p, enum problem problem)
{
	const uint32_t all[] = { p->from_id, p->to_id, p->purposes_id,
		p->usage_id, p->key_id, p->names_id };

	switch (problem) {
	case EXPIRED:
	case NOT_YET:
	case CLOCK:
		cite(f, all, 2);
		break;
	case PURPOSE:
		cite(f, &p->purposes_id, 1);
		break;
	case KEY_USAGE:
		cite(f, &p->usage_id, 1);
		break;
	case SHARED_KEY:
	case ONE_SAMPLE:
		cite(f, &p->key_id, 1);
		break;
	case NAME:
	case NAME_UNKNOWN:
		cite(f, &p->names_id, 1);
		break;
	case NONE:
		cite(f, all, sizeof(all) / sizeof(all[0]));
		break;
	}
}

/* ---- one address ---- */

static void
tell(struct finding *f, uint16_t port, const char *word)
{
	const int n = snprintf(f->text + f->used, sizeof(f->text) - f->used,
	    "%s%u %s", f->used == 0 ? "" : ", ", port, word);

	if (n > 0 && (size_t)n < sizeof(f->text) - f->used)
		f->used += (size_t)n;
	else
		f->text[f->used] = '\0';
}

static bool
is_read(const struct port *p)
{
	return p->service != NULL &&
	    strcmp(p->service, CERTIFICATE_READ) == 0 && p->names != NULL &&
	    p->usage != NULL && p->purposes != NULL && p->public_key != NULL &&
	    p->version != NULL && p->from_id != 0 && p->to_id != 0;
}

static void
judge_certificates(struct finding *f, const struct seen *s)
{
	enum problem worst = NONE, each[CERTIFICATE_PORTS_MAX];
	size_t i;

	for (i = 0; i < s->nports; i++) {
		each[i] = NONE;
		if (!is_read(&s->ports[i]))
			continue;
		f->ncertificates++;
		each[i] = judge_port(s, &s->ports[i]);
		tell(f, s->ports[i].number, problems[each[i]].word);
		if (each[i] < worst)
			worst = each[i];
	}
	for (i = 0; i < s->nports; i++)
		if (is_read(&s->ports[i]) && each[i] == worst) {
			cite_port(f, &s->ports[i], worst);
			assay_ports_add(
			    &f->ports, s->ports[i].number, s->ports[i].number);
		}
	if (worst == EXPIRED || worst == NOT_YET || worst == CLOCK ||
	    (worst == NONE && f->ncertificates > 0))
		cite(f, &s->clock_id, 1);
	f->reason = problems[worst].reason;
	f->value = worst == NONE ? ASSAY_PASS
	    : worst < CLOCK      ? ASSAY_FAIL
				 : ASSAY_INCONC;
}

/* Open ports of which this says nothing; reason NULL: there are none. */
static void
find_unread(struct finding *f, const struct seen *s)
{
	static const char *const words[] = { CERTIFICATE_UNREAD,
		CERTIFICATE_STARTTLS, CERTIFICATE_SILENT, CERTIFICATE_LOST,
		CERTIFICATE_UNASKED };
	struct assay_ports rest = s->sweep.open, one = { { 0 } };
	size_t i, k;

	memset(f, 0, sizeof(*f));
	for (i = 0; i < s->nports; i++) {
		const struct port *p = &s->ports[i];

		if (p->service == NULL)
			continue;
		memset(&one, 0, sizeof(one));
		assay_ports_add(&one, p->number, p->number);
		assay_ports_subtract(&rest, &one);
		for (k = 0; k < sizeof(words) / sizeof(words[0]); k++) {
			if (strcmp(p->service, words[k]) != 0)
				continue;
			tell(f, p->number, p->service);
			cite(f, &p->service_id, 1);
			assay_ports_unite(&f->ports, &one);
			if (k < 2)
				f->reason = "certificate.unread";
		}
	}
	assay_ports_unite(&f->ports, &rest);
	f->value = ASSAY_INCONC;
	if (f->reason == NULL && assay_ports_count(&f->ports) > 0)
		f->reason = "certificate.unidentified";
	if (f->reason != NULL)
		return;
	assay_tls_expected(s->job, s->target, &f->ports);
	assay_ports_subtract(&f->ports, &s->sweep.open);
	if (assay_ports_count(&f->ports) > 0)
		f->reason = "certificate.declared_closed";
}

static void
say(const struct seen *s, struct finding *f)
{
	const struct assay_named_value values[] = {
		{ "ports", ASSAY_PORTS(&f->ports) },
		{ "problems", ASSAY_STRING(f->text) },
		{ "certificates", ASSAY_U64(f->ncertificates) },
		{ "open", ASSAY_U64(assay_ports_count(&s->sweep.open)) },
		{ "asked", ASSAY_U64(s->sweep.asked) },
		{ "unsettled", ASSAY_U64(s->sweep.unsettled) },
	};
	struct assay_verdict v = { .check = "TLS-S15",
		.kind = ASSAY_BEHAVIOUR,
		.value = f->value,
		.target = s->target,
		.reason = f->reason,
		.values = values,
		.nvalues = sizeof(values) / sizeof(values[0]),
		.observations = f->ids };

	if (f->value != ASSAY_FAIL) {
		cite(f, &s->sweep.sweep_id, 1);
		cite(f, &s->sweep.control_id, 1);
	}
	v.nobservations = f->nids;
	assay_say(s->job, &v);
}

/* A fail stands whatever was not seen; anything else is only as good as what
 * was asked. */
static void
judge_target(const struct seen *s)
{
	static const char *const doubts[ASSAY_DOUBTS] = {
		[ASSAY_DOUBT_NO_RESPONDER] = "certificate.no_responder",
		[ASSAY_DOUBT_GONE] = "certificate.device_gone",
		[ASSAY_DOUBT_PARTIAL] = "certificate.partial",
		[ASSAY_DOUBT_UNSETTLED] = "certificate.unsettled",
		[ASSAY_DOUBT_CONTROL] = "certificate.control_bad",
	};
	const enum assay_doubt doubt = assay_tcp_round_doubt(&s->sweep);
	struct finding f, unread;

	memset(&f, 0, sizeof(f));
	judge_certificates(&f, s);
	find_unread(&unread, s);
	unread.ncertificates = f.ncertificates;
	if (f.value != ASSAY_FAIL && doubt != ASSAY_DOUBT_NONE) {
		f.value = ASSAY_INCONC;
		f.reason = doubts[doubt];
	} else if (f.value != ASSAY_FAIL && unread.reason != NULL) {
		f = unread;
	} else if (f.ncertificates == 0) {
		f.value = ASSAY_INFO;
		f.reason = "certificate.no_tls";
	}
	say(s, &f);
}

/* Nothing was sent: a stored capture, or a run that never began. */
static void
judge_unasked(struct assay_job *job, const struct assay_target *t)
{
	struct seen s = { .job = job, .target = t };
	struct finding f = { .value = ASSAY_INCONC,
		.reason = "certificate.not_asked" };

	say(&s, &f);
}

void
certificate_judge(struct assay_job *job)
{
	struct seen s;
	bool any = false;
	size_t i;

	for (i = 0; i < assay_target_count(job); i++) {
		memset(&s, 0, sizeof(s));
		s.job = job;
		s.target = assay_target_at(job, i);
		assay_see_all(job, s.target, see, &s);
		if (s.sweep.end == NULL)
			continue; /* not asked for, or not reached */
		any = true;
		judge_target(&s);
	}
	for (i = 0; !any && i < assay_target_count(job); i++)
		judge_unasked(job, assay_target_at(job, i));
}
