/*
 * report: all that a report says of a device or a run, as one value.
 *
 * A record is looked at once and let go: what stays is what a reader is
 * shown, so that a run of ten thousand verdicts fits.
 */
#include "reports/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "records/record.h"
#include "records/verdict_algebra.h"
#include "reports/report_parts.h"

const char *
report_text(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text == NULL ? "" : text;
}

json_t *
report_both(const struct catalogue_text *t)
{
	return json_pack("{s:s, s:s}", "en", catalogue_text(t, "en"), "ja",
	    catalogue_text(t, "ja"));
}

json_t *
report_member(const json_t *o, const char *key)
{
	json_t *value = json_object_get(o, key);

	return value == NULL ? json_null() : json_incref(value);
}

struct report *
report_new(const struct report_given *given)
{
	struct report *r = xcalloc(1, sizeof(*r));

	r->given = *given;
	r->runs = json_array();
	r->verdicts = json_array();
	r->deviations = json_array();
	r->ports = json_array();
	return r;
}

void
report_free(struct report *r)
{
	if (r == NULL)
		return;
	json_decref(r->runs);
	json_decref(r->verdicts);
	json_decref(r->deviations);
	json_decref(r->ports);
	json_decref(r->comparison);
	free(r->said);
	free(r);
}

/* ---- verdicts ---- */

static int
compare_seqs(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static bool
is_wanted(const struct report *r, uint64_t seq)
{
	return r->given.wanted == NULL ||
	    bsearch(&seq, r->given.wanted, r->given.nwanted, sizeof(seq),
		compare_seqs) != NULL;
}

/* Where its frames lie: what the selectors asked for is the slice's to say. */
static json_t *
evidence_of(const json_t *record, bool is_brief)
{
	static const char *const kept[] = { "source", "file", "first", "last",
		"count", "sha256" };
	const json_t *list = json_object_get(record, "evidence"), *entry;
	json_t *evidence, *o;
	size_t i, j;

	if (is_brief) /* report_row.c has made them */
		return report_member(record, "evidence");
	evidence = json_array();
	json_array_foreach (list, i, entry) {
		o = json_object();
		for (j = 0; j < sizeof(kept) / sizeof(kept[0]); j++)
			json_object_set_new(
			    o, kept[j], report_member(entry, kept[j]));
		json_object_set_new(o, "comment",
		    report_member(json_object_get(entry, "select"), "comment"));
		json_array_append_new(evidence, o);
	}
	return evidence;
}

static json_t *
sentence_of(const struct report *r, const json_t *record)
{
	const json_t *values = json_object_get(record, "values");
	const char *reason = report_text(record, "reason");
	char *en = messages_format(r->given.en, reason, values);
	char *ja = messages_format(r->given.ja, reason, values);
	json_t *o = json_pack("{s:s, s:s}", "en", en, "ja", ja);

	free(en);
	free(ja);
	return o;
}

json_t *
report_verdict(const struct report *r, const json_t *record, const char *sha256,
    bool is_brief)
{
	static const char *const brief[] = { "seq", "run", "repeat", "time",
		"check", "claim", "subject", "verdict", "reason", "frames",
		"slice", "method", "probe", "state", "sample", "firmware",
		"mode" };
	static const char *const more[] = { "job", "step", "said", "values",
		"lowered", "controls", "profile", "deviations" };
	json_t *o = json_object();
	size_t i;

	for (i = 0; i < sizeof(brief) / sizeof(brief[0]); i++)
		json_object_set_new(
		    o, brief[i], report_member(record, brief[i]));
	for (i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		if (!is_brief)
			json_object_set_new(
			    o, more[i], report_member(record, more[i]));
	json_object_set_new(o, "sentence", sentence_of(r, record));
	json_object_set_new(o, "evidence", evidence_of(record, is_brief));
	json_object_set_new(o, "evidence_more",
	    json_integer(
		json_integer_value(json_object_get(record, "evidence_more"))));
	json_object_set_new(o, "sha256", json_string(sha256));
	return o;
}

static uint64_t
number(const json_t *o, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(o, key));

	return n < 0 ? 0 : (uint64_t)n;
}

static void
add_said(struct report *r, const struct coverage_said *said)
{
	if (r->nsaid == r->room) {
		r->room = 2 * r->room + 64;
		r->said = xrealloc(r->said, r->room, sizeof(*r->said));
	}
	r->said[r->nsaid++] = *said;
}

/* record outlives the report: its texts stay where they are. */
void
report_add_comparison(struct report *r, const json_t *record,
    const struct coverage_said *said, size_t n)
{
	static const char *const kept[] = { "run", "seq", "time", "note",
		"checks", "document" };
	size_t i;

	for (i = 0; i < n; i++)
		add_said(r, &said[i]);
	if (n == 0)
		return;
	json_decref(r->comparison);
	r->comparison = json_pack("{s:s, s:s, s:s}", "check", said->check,
	    "verdict", verdict_name(said->verdict), "by",
	    report_text(json_object_get(record, "by"), "name"));
	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		json_object_set_new(
		    r->comparison, kept[i], report_member(record, kept[i]));
}

static int
add_verdict(struct report *r, const json_t *record, const char *sha256)
{
	int verdict = verdict_by_name(report_text(record, "verdict"));
	struct coverage_said said;
	json_t *kept;

	if (verdict == -1)
		return -1;
	if (!is_wanted(r, number(record, "seq")))
		return 0;
	kept = report_verdict(r, record, sha256, r->given.is_brief);
	json_array_append_new(r->verdicts, kept);
	said = (struct coverage_said){
		.sample = report_text(kept, "sample"),
		.state = report_text(kept, "state"),
		.check = report_text(kept, "check"),
		.verdict = (enum verdict)verdict,
		.reason = report_text(kept, "reason"),
		.run = number(kept, "run"),
		.seq = number(kept, "seq"),
	};
	add_said(r, &said);
	report_deviations_verdict(r, record);
	return 0;
}

/* What was sealed before the run was known to be void stands in its record,
 * and counts no more. */
static void
void_run(struct report *r, uint64_t run)
{
	struct coverage_said *said;
	enum verdict worth;
	json_t *v;
	size_t i;

	for (i = 0; i < r->nsaid; i++) {
		said = &r->said[i];
		worth = verdict_of_void_run(said->verdict);
		if (said->run != run || worth == said->verdict)
			continue;
		v = json_array_get(r->verdicts, i);
		json_object_set_new(
		    v, "said", json_string(verdict_name(said->verdict)));
		json_object_set_new(
		    v, "verdict", json_string(verdict_name(worth)));
		json_object_set_new(
		    v, "reason", json_string(VERDICT_VOID_REASON));
		json_object_set_new(v, "sentence", sentence_of(r, v));
		said->verdict = worth;
		said->reason = report_text(v, "reason");
	}
}

int
report_add(struct report *r, const json_t *record, const char *sha256)
{
	const char *type = report_text(record, "type");

	report_run_add(r, record);
	if (strcmp(type, "run") == 0 || strcmp(type, "manifest") == 0)
		report_deviations_run(r, record);
	if (strcmp(type, "manifest") == 0)
		json_object_set_new(r->run, "manifest", json_string(sha256));
	if (strcmp(type, "manifest") == 0 &&
	    strcmp(report_text(record, "outcome"), VERDICT_VOID_OUTCOME) == 0)
		void_run(r, number(record, "run"));
	if (strcmp(type, "job") == 0)
		report_deviations_job(r, record);
	if (strcmp(type, "verdict") == 0)
		return add_verdict(r, record, sha256);
	return 0;
}

/* A signature of the signer stands beside the manifest, as far as the bench
 * says; that it is good, a verifier finds out. */
void
report_add_seal(struct report *r, const json_t *seal)
{
	const json_t *signer = json_object_get(seal, "signer"), *one;
	bool is_signed = false;
	size_t i;

	json_array_foreach (json_object_get(seal, "signatures"), i, one)
		if (json_is_string(signer) &&
		    json_equal(json_object_get(one, "key"), signer))
			is_signed = true;
	json_object_set_new(r->run, "key", report_member(seal, "signer"));
	json_object_set_new(r->run, "signed", json_boolean(is_signed));
	if (json_is_string(json_object_get(seal, "lab")))
		json_object_set_new(r->run, "lab", report_member(seal, "lab"));
}

/* ---- the whole ---- */

static json_t *
catalogue_json(const struct catalogue *c)
{
	return json_pack("{s:s, s:s, s:b}", "edition", catalogue_edition(c),
	    "digest", catalogue_digest(c), "overlaid",
	    (int)catalogue_is_overlaid(c));
}

/* What the maker says is open: beside it stands what a sweep has found. */
static json_t *
declared_ports(const struct profile *p)
{
	const struct profile_port *port;
	json_t *list, *states;
	size_t i;
	int state;

	if (!p->has_ports)
		return json_null();
	list = json_array();
	for (i = 0; i < p->nports; i++) {
		port = &p->ports[i];
		states = json_array();
		for (state = 0; state < STATE_COUNT; state++)
			if ((port->states & (1u << state)) != 0)
				json_array_append_new(
				    states, json_string(state_name(state)));
		json_array_append_new(list,
		    json_pack("{s:s, s:s?, s:i, s:i, s:s, s:b, s:o}",
			"transport", port->transport == 17 ? "udp" : "tcp",
			"family",
			port->family == 0       ? NULL
			    : port->family == 6 ? "ipv6"
						: "ipv4",
			"first", (int)port->first, "last", (int)port->last,
			"service", port->service, "optional",
			(int)port->optional, "states", states));
	}
	return list;
}

static json_t *
device_json(const struct report *r)
{
	const struct profile *p = r->given.profile;
	const json_t *d = r->given.device; /* NULL: those of an order */
	json_t *sample = json_object_get(d, "sample");

	return json_pack(
	    "{s:s, s:{s:s, s:s, s:s}, s:o, s:s, s:o, s:o, s:s, s:o}", "name",
	    report_text(d, "name"), "product", "name", p->product_name, "model",
	    p->model, "vendor", p->vendor, "mac", report_member(d, "mac"),
	    "firmware", p->firmware, "order", report_member(d, "order"),
	    "sample",
	    json_is_object(sample) ? json_incref(sample) : json_null(),
	    "profile", p->sha256, "ports", declared_ports(p));
}

/* The checks that some probe claims; NULL ends.  Caller frees the list. */
static const char **
probed_checks(const json_t *probes)
{
	const json_t *probe, *claims, *claim;
	const char **probed;
	size_t n = 0, i, j;

	json_array_foreach (probes, i, probe)
		n += json_array_size(json_object_get(probe, "claims"));
	probed = xcalloc(n + 1, sizeof(*probed));
	n = 0;
	json_array_foreach (probes, i, probe) {
		claims = json_object_get(probe, "claims");
		json_array_foreach (claims, j, claim)
			probed[n++] = report_text(claim, "check");
	}
	return probed;
}

json_t *
report_end(struct report *r)
{
	const char **probed = probed_checks(r->given.probes);
	struct coverage *coverage = report_coverage(r, probed, NULL, NULL);
	json_t *o;

	report_deviations_profile(r);
	o = json_pack(
	    "{s:i, s:s, s:s, s:I, s:o, s:o, s:o, s:O?, s:O, s:O, s:O, s:O}",
	    "format", REPORT_FORMAT, "assay", r->given.assay, "bench",
	    r->given.bench, "created", (json_int_t)r->given.created,
	    "catalogue", catalogue_json(r->given.catalogue), "device",
	    device_json(r), "order", report_order(r, probed), "lab",
	    r->given.lab, "runs", r->runs, "verdicts", r->verdicts,
	    "deviations", r->deviations, "ports", r->ports);
	json_object_set_new(o, "release", json_null());
	report_requirements(r, coverage, o);
	coverage_free(coverage);
	free(probed);
	return o;
}
