/*
 * judge: from what was offered and chosen to the verdicts.
 *
 * A fault fails whatever was not seen; a pass needs every conversation of the
 * recording read.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probes/tls_passive/parts.h"
#include "protocols/dtls_record.h"
#include "protocols/tls_hello.h"
#include "protocols/tls_names.h"

#define SAID_MAX 60 /* observations cited of one kind */
#define STRONG_BITS 112
#define EC_BITS 224
#define RSA_BITS 2048

struct said { /* facts of one kind */
	char text[1200];
	uint32_t ids[SAID_MAX];
	size_t nids, count;
};

struct offer { /* the one that is being read */
	unsigned long number;
	char to[320];
	unsigned port;
	bool is_udp, least_known, needs_12, has_12;
	uint32_t versions_id;
};

struct seen {
	struct assay_job *job;
	struct offer offer;
	struct said all, bad, weak, clear, undeclared, missed, least;
	struct said served, old, served_bad;
	uint64_t hellos, unread, cut;
	bool overflowed;
};

static void add(struct said *s, uint32_t id, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void
add(struct said *s, uint32_t id, const char *format, ...)
{
	const size_t used = strlen(s->text);
	char text[500];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	s->count++;
	if (s->nids < SAID_MAX)
		s->ids[s->nids++] = id;
	if (used + strlen(text) + 8 < sizeof(s->text))
		snprintf(s->text + used, sizeof(s->text) - used, "%s%s",
		    used > 0 ? ", " : "", text);
	else if (used >= 3 && strcmp(s->text + used - 3, PASSIVE_MORE) != 0)
		snprintf(s->text + used, sizeof(s->text) - used, ", %s",
		    PASSIVE_MORE);
}

/* ---- what the numbers are worth ---- */

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
is_signal(uint16_t id)
{
	return id == TLS_SUITE_RENEGOTIATION_SCSV ||
	    id == TLS_SUITE_FALLBACK_SCSV;
}

/* Section 3.1: SSL, TLS 1.0 and 1.1, DTLS 1.0. */
static bool
is_old(uint16_t version)
{
	return version == DTLS_10 || version < TLS_12;
}

static const char *
version_name(uint16_t version)
{
	switch (version) {
	case DTLS_10:
		return "DTLSv1.0";
	case DTLS_12:
		return "DTLSv1.2";
	case DTLS_13:
		return "DTLSv1.3";
	default:
		return tls_version_name(version);
	}
}

/* The next number of a list of numbers and names; false: there is none. */
static bool
next_number(const char **at, unsigned long *v)
{
	const char *p = *at;
	char *end;

	while (p != NULL && strncmp(p, "0x", 2) != 0) {
		p = strchr(p, ' ');
		p = p == NULL ? NULL : p + 1;
	}
	if (p == NULL)
		return false;
	*v = strtoul(p, &end, 16);
	*at = end;
	return true;
}

/* ---- what is declared ---- */

static const char *
row_cell(const struct seen *s, size_t row, const char *cell)
{
	return assay_declared_at(s->job, "crypto", row, cell);
}

/* One of the words between spaces. */
static bool
has_word(const char *words, const char *word)
{
	const size_t n = strlen(word);
	const char *at;

	for (at = strstr(words, word); at != NULL; at = strstr(at + 1, word))
		if ((at == words || at[-1] == ' ') &&
		    (at[n] == ' ' || at[n] == '\0'))
			return true;
	return false;
}

static bool
is_of_tls(const char *versions)
{
	return strncmp(versions, "tls", 3) == 0 ||
	    strncmp(versions, "dtls", 4) == 0 ||
	    strncmp(versions, "ssl", 3) == 0;
}

/* The row speaks of TLS that the device begins towards this port. */
static bool
row_is_for(const struct seen *s, size_t row, unsigned port)
{
	const char *own = row_cell(s, row, "port");

	return strcmp(row_cell(s, row, "role"), "server") != 0 &&
	    is_of_tls(row_cell(s, row, "versions")) &&
	    (own[0] == '\0' || strtoul(own, NULL, 10) == port);
}

static bool
version_is_declared(const struct seen *s, uint16_t version)
{
	static const struct {
		uint16_t version;
		const char *word;
	} words[] = {
		{ TLS_SSL3, "ssl3" },
		{ TLS_10, "tls1.0" },
		{ TLS_11, "tls1.1" },
		{ TLS_12, "tls1.2" },
		{ TLS_13, "tls1.3" },
		{ DTLS_10, "dtls1.0" },
		{ DTLS_12, "dtls1.2" },
		{ DTLS_13, "dtls1.3" },
	};
	size_t i, k, n = assay_declared_count(s->job, "crypto");

	for (i = 0; i < n; i++)
		for (k = 0; k < sizeof(words) / sizeof(words[0]); k++)
			if (words[k].version == version &&
			    row_is_for(s, i, s->offer.port) &&
			    has_word(row_cell(s, i, "versions"), words[k].word))
				return true;
	return false;
}

/* A row that names no suites allows all. */
static bool
suite_is_declared(const struct seen *s, const char *name)
{
	size_t i, n = assay_declared_count(s->job, "crypto");
	const char *suites;

	for (i = 0; i < n; i++) {
		if (!row_is_for(s, i, s->offer.port))
			continue;
		suites = row_cell(s, i, "suites");
		if (suites[0] == '\0' || has_word(suites, name))
			return true;
	}
	return false;
}

/* It is said of the very port that TLS is spoken there. */
static bool
port_is_of_tls(const struct seen *s, unsigned port)
{
	size_t i, n = assay_declared_count(s->job, "crypto");

	for (i = 0; i < n; i++)
		if (row_cell(s, i, "port")[0] != '\0' && row_is_for(s, i, port))
			return true;
	return false;
}

/* ---- an offer, observation by observation ---- */

/* Behind the number; NULL: it is not of the offer that is being read. */
static const char *
text_of(const struct seen *s, const struct assay_observation *o)
{
	char *end;
	const unsigned long number = strtoul(o->value.string, &end, 10);

	if (number != s->offer.number)
		return NULL;
	return *end == ' ' ? end + 1 : end;
}

static void
see_offer(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	const char *port;
	char *end;

	memset(&s->offer, 0, sizeof(s->offer));
	s->offer.number = strtoul(o->value.string, &end, 10);
	snprintf(s->offer.to, sizeof(s->offer.to), "%s",
	    *end == ' ' ? end + 1 : end);
	s->offer.is_udp = strncmp(s->offer.to, "udp", 3) == 0;
	port = strchr(s->offer.to, ' ');
	s->offer.port =
	    port == NULL ? 0 : (unsigned)strtoul(port + 1, NULL, 10);
	add(&s->all, id, "%s", s->offer.to);
}

static void
see_versions(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	const char *at = text_of(s, o);
	const bool has_crypto = assay_is_declared(s->job, "crypto");
	unsigned long v;

	if (at == NULL)
		return;
	s->offer.versions_id = id;
	s->offer.least_known = strncmp(at, "up to", 5) != 0;
	if (strstr(at, PASSIVE_MORE) != NULL)
		s->overflowed = true;
	while (next_number(&at, &v)) {
		if (v == TLS_12 || v == DTLS_12)
			s->offer.has_12 = true;
		if (is_old((uint16_t)v))
			add(&s->bad, id, "%s: %s", s->offer.to,
			    version_name((uint16_t)v));
		if (has_crypto && !version_is_declared(s, (uint16_t)v))
			add(&s->undeclared, id, "%s: %s", s->offer.to,
			    version_name((uint16_t)v));
	}
}

static void
see_suite(struct seen *s, uint16_t number, uint32_t id)
{
	struct tls_suite suite;

	if (is_signal(number))
		return;
	if (assay_is_declared(s->job, "crypto")) {
		(void)tls_suite_of(number, &suite);
		if (!suite_is_declared(s, suite.name))
			add(&s->undeclared, id, "%s: %s", s->offer.to,
			    suite.name);
	}
	if (!tls_suite_of(number, &suite)) { /* nobody knows its worth */
		add(&s->weak, id, "%s: %s", s->offer.to, suite.name);
		return;
	}
	s->offer.needs_12 =
	    s->offer.needs_12 && (suite.needs_12 || suite.is_13);
	if (is_bad(&suite))
		add(&s->bad, id, "%s: %s", s->offer.to, suite.name);
	else if (is_weak(&suite))
		add(&s->weak, id, "%s: %s", s->offer.to, suite.name);
}

static void
see_suites(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	const char *at = text_of(s, o);
	unsigned long v;

	if (at == NULL)
		return;
	s->offer.needs_12 = true;
	if (strstr(at, PASSIVE_MORE) != NULL)
		s->overflowed = true;
	while (next_number(&at, &v))
		if (v <= UINT16_MAX)
			see_suite(s, (uint16_t)v, id);
	if (!s->offer.least_known && !s->offer.needs_12)
		add(&s->least, s->offer.versions_id, "%s", s->offer.to);
}

static void
see_groups(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	const char *at = text_of(s, o);
	const struct tls_group *g;
	unsigned long v;

	while (at != NULL && next_number(&at, &v)) {
		g = tls_group_of((uint16_t)v);
		if (g != NULL && g->bits > 0 &&
		    g->bits < (g->is_finite ? RSA_BITS : EC_BITS))
			add(&s->weak, id, "%s: %s", s->offer.to, g->name);
	}
}

static void
see_signatures(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	const char *at = text_of(s, o);
	const struct tls_signature *sig;
	unsigned long v;

	while (at != NULL && next_number(&at, &v)) {
		sig = tls_signature_of((uint16_t)v);
		if (sig != NULL && sig->is_weak)
			add(&s->weak, id, "%s: %s", s->offer.to, sig->name);
	}
}

/* RFC 9325 sections 3.3, 3.5 and RFC 7627: what TLS 1.2 needs beside it. */
static void
see_options(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	const char *words = text_of(s, o);

	if (words == NULL)
		return;
	if (has_word(words, "compression"))
		add(&s->weak, id, "%s: compression", s->offer.to);
	if (!s->offer.has_12)
		return;
	if (!has_word(words, "extended_master_secret"))
		add(&s->weak, id, "%s: no extended_master_secret", s->offer.to);
	if (!has_word(words, "renegotiation_info"))
		add(&s->weak, id, "%s: no renegotiation_info", s->offer.to);
}

/* "0x0303 0xc02f TLS_… taken" */
static bool
read_choice(const char *at, uint16_t *version, uint16_t *suite)
{
	unsigned long v, w;

	if (!next_number(&at, &v) || !next_number(&at, &w))
		return false;
	*version = (uint16_t)v;
	*suite = (uint16_t)w;
	return true;
}

static void
see_chosen(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	const char *text = o->value.string;
	uint16_t version, number;
	struct tls_suite suite;

	if (strstr(text, " taken") == NULL ||
	    !read_choice(text, &version, &number))
		return;
	(void)tls_suite_of(number, &suite);
	if (is_old(version) || is_bad(&suite))
		add(&s->bad, id, "taken: %s %s", tls_version_name(version),
		    suite.name);
}

static void
see_served(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	uint16_t version, number;
	struct tls_suite suite;

	if (!read_choice(o->value.string, &version, &number))
		return;
	add(&s->served, id, "%u %s", o->port, tls_version_name(version));
	if (is_old(version))
		add(&s->old, id, "%u %s", o->port, tls_version_name(version));
	if (tls_suite_of(number, &suite) && is_bad(&suite))
		add(&s->served_bad, id, "%u %s", o->port, suite.name);
}

static void
see_clear(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	const char *port = strchr(o->value.string, ' ');

	if (port != NULL &&
	    port_is_of_tls(s, (unsigned)strtoul(port + 1, NULL, 10)))
		add(&s->clear, id, "%s", o->value.string);
}

static void
see_missed(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	add(&s->missed, id, "%s", o->value.string);
}

static void
see(struct seen *s, const struct assay_observation *o, uint32_t id)
{
	static const struct {
		const char *field;
		void (*see)(
		    struct seen *, const struct assay_observation *, uint32_t);
	} seers[] = {
		{ "offer", see_offer },
		{ "offer.versions", see_versions },
		{ "offer.suites", see_suites },
		{ "offer.groups", see_groups },
		{ "offer.signatures", see_signatures },
		{ "offer.options", see_options },
		{ "chosen", see_chosen },
		{ "served", see_served },
		{ "clear", see_clear },
		{ "missed", see_missed },
	};
	const struct assay_counter counters[] = { { "hellos", &s->hellos },
		{ "unread", &s->unread }, { "cut", &s->cut } };
	size_t i;

	for (i = 0; i < sizeof(seers) / sizeof(seers[0]); i++)
		if (strcmp(o->field, seers[i].field) == 0) {
			seers[i].see(s, o, id);
			return;
		}
	if (strcmp(o->field, "overflowed") == 0)
		s->overflowed = s->overflowed || o->value.boolean;
	else
		assay_see_count(o, o->field, counters, 3);
}

/* ---- what is said of it ---- */

struct finding {
	enum assay_verdict_value value;
	const char *reason; /* NULL: nothing */
	const struct said *said;
};

static void
say(struct assay_job *job, const struct seen *s, const char *check,
    enum assay_kind kind, struct finding f)
{
	const struct assay_named_value values[] = {
		{ "said", ASSAY_STRING(f.said->text) },
		{ "count", ASSAY_U64(f.said->count) },
		{ "hellos", ASSAY_U64(s->hellos) },
	};
	const struct assay_verdict v = { .check = check,
		.kind = kind,
		.value = f.value,
		.reason = f.reason,
		.values = values,
		.nvalues = 3,
		.observations = f.said->ids,
		.nobservations = f.said->nids };

	assay_say(job, &v);
}

/* Why what was seen is not all there is. */
static struct finding
find_doubt(const struct seen *s, struct said *count)
{
	struct finding f = { ASSAY_INCONC, NULL, count };

	memset(count, 0, sizeof(*count));
	if (s->unread > 0) {
		f.reason = "passive.unread";
		count->count = s->unread;
	} else if (s->cut > 0) {
		f.reason = "passive.cut";
		count->count = s->cut;
	} else if (s->missed.count > 0) {
		f.reason = "passive.missed";
		f.said = &s->missed;
	} else if (s->overflowed) {
		f.reason = "passive.overflowed";
	} else if (s->hellos == 0) {
		f.reason = "passive.none";
	} else if (s->least.count > 0) {
		f.reason = "passive.least_unknown";
		f.said = &s->least;
	}
	return f;
}

static struct finding
find_completeness(
    struct assay_job *job, const struct seen *s, struct finding doubt)
{
	struct finding f = { ASSAY_FAIL, NULL, &s->bad };

	if (s->bad.count > 0)
		f.reason = "passive.offers_bad";
	else if (s->clear.count > 0)
		f = (struct finding){ ASSAY_FAIL, "passive.clear_text",
			&s->clear };
	else if (s->undeclared.count > 0)
		f = (struct finding){ ASSAY_FAIL, "passive.undeclared",
			&s->undeclared };
	else if (doubt.reason != NULL)
		f = doubt;
	else
		f = (struct finding){ ASSAY_PASS,
			assay_is_declared(job, "crypto") ? "passive.as_declared"
							 : "passive.good",
			&s->all };
	return f;
}

static struct finding
find_weakness(struct assay_job *job, const struct seen *s, struct finding doubt)
{
	if (s->weak.count > 0)
		return (struct finding){ assay_param_bool(job, "strict")
			    ? ASSAY_FAIL
			    : ASSAY_INFO,
			"passive.offers_weak", &s->weak };
	if (doubt.reason != NULL)
		return doubt;
	return (struct finding){ ASSAY_PASS, "passive.none_weak", &s->all };
}

void
passive_judge(struct assay_job *job)
{
	size_t i, n = assay_observation_count(job);
	struct finding doubt, served;
	struct said count;
	struct seen s;

	memset(&s, 0, sizeof(s));
	s.job = job;
	for (i = 0; i < n; i++)
		see(&s, assay_observation_at(job, i), (uint32_t)i + 1);
	doubt = find_doubt(&s, &count);
	say(job, &s, "TLS-C10", ASSAY_COMPLETENESS,
	    find_completeness(job, &s, doubt));
	say(job, &s, "TLS-C10", ASSAY_BEHAVIOUR, find_weakness(job, &s, doubt));
	/* What nobody asked for was not seen: there is no pass of a server. */
	served = (struct finding){ ASSAY_INFO, "passive.served_none_bad",
		&s.served };
	say(job, &s, "TLS-S01", ASSAY_BEHAVIOUR,
	    s.old.count > 0
		? (struct finding){ ASSAY_FAIL, "passive.served_old", &s.old }
		: served);
	say(job, &s, "TLS-S03", ASSAY_BEHAVIOUR,
	    s.served_bad.count > 0 ? (struct finding){ ASSAY_FAIL,
					 "passive.served_bad", &s.served_bad }
				   : served);
}
