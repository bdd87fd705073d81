/*
 * verdict_record: what speaks for and against one pending verdict, and the
 * fields of its record.
 */
#include "daemon/engine/verdict_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "daemon/engine/device.h"
#include "daemon/engine/engine_catalogue.h"
#include "probes/probe.h"

#define EVIDENCE_FINE 24     /* entries listed frame by frame */
#define EVIDENCE_MAX 80      /* entries in all; the slice has every frame */
#define EVIDENCE_BYTES 20000 /* of JSON, so that the record fits */
#define SAID_BYTES 3000      /* likewise */

bool
verdict_code_is_about_device(const char *code)
{
	static const char *const codes[] = { "link_lost", "no_address",
		"opening_control_bad", "cancelled" };
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(code, codes[i]) == 0)
			return true;
	return permit_is_code(code); /* nor is it the bench's fault */
}

bool
verdict_is_about_device(const struct job *job)
{
	return verdict_code_is_about_device(job->error);
}

static bool
is_said(const struct job *job, const char *check, const char *kind)
{
	size_t i;

	for (i = 0; i < job->nverdicts; i++)
		if (strcmp(job->verdicts[i].check, check) == 0 &&
		    strcmp(claim_kind_name(job->verdicts[i].kind), kind) == 0)
			return true;
	return false;
}

static uint8_t
kind_by_name(const char *name)
{
	int k;

	for (k = ASSAY_COMPLETENESS; k < ASSAY_BEHAVIOUR; k++)
		if (strcmp(claim_kind_name((uint8_t)k), name) == 0)
			break;
	return (uint8_t)k;
}

void
verdict_add_missing(struct job *job)
{
	const json_t *claims = json_object_get(job->descriptor, "claims"), *c;
	const char *check, *kind;
	struct said_verdict v;
	size_t i;

	if (job->done && job->error[0] == '\0' && !job->overdue &&
	    job->exit_status == 0 && job->nverdicts > 0)
		return;
	json_array_foreach (claims, i, c) {
		check = json_string_value(json_object_get(c, "check"));
		kind = json_string_value(json_object_get(c, "kind"));
		if (is_said(job, check, kind) ||
		    job->nverdicts == SAID_VERDICTS_MAX)
			continue;
		memset(&v, 0, sizeof(v));
		snprintf(v.check, sizeof(v.check), "%s", check);
		v.kind = kind_by_name(kind);
		v.said = VERDICT_NONE;
		v.values = json_object();
		if ((job->nverdicts & (job->nverdicts + 1)) == 0)
			job->verdicts = xrealloc(
			    job->verdicts, (job->nverdicts + 1) * 2, sizeof(v));
		job->verdicts[job->nverdicts++] = v;
	}
}

static const struct job_target *
target_of(const struct job *job, const struct wire_subject *s)
{
	unsigned i;

	for (i = 0; i < job->ntargets; i++)
		if (job->targets[i].family == s->family &&
		    memcmp(job->targets[i].addr, s->addr, 16) == 0)
			return &job->targets[i];
	return NULL;
}

/* The watch's exercise of the verdict's address; of any when it has none. */
static bool
watch_control_is_good(
    const struct job *job, const struct said_verdict *v, bool after)
{
	const struct job_target *t = target_of(job, &v->subject);
	unsigned i;

	if (t != NULL)
		return after ? t->after.good : t->before.good;
	if (v->subject.family != 0) /* not an address that was exercised */
		return false;
	for (i = 0; i < job->ntargets; i++)
		if (after ? job->targets[i].after.good
			  : job->targets[i].before.good)
			return true;
	return false;
}

/* The probe's own last control of this phase and address, if it gave one. */
static bool
probe_control_is_good(
    const struct job *job, const struct said_verdict *v, uint8_t phase)
{
	const struct said_observation *o;
	bool good = true;
	size_t i;

	for (i = 0; i < job->ncontrols; i++) {
		if (job->controls[i].phase != phase)
			continue;
		o = job_observation(job, job->controls[i].observation);
		if (o != NULL && v->subject.family != 0 &&
		    (o->subject.family != v->subject.family ||
			memcmp(o->subject.addr, v->subject.addr, 16) != 0))
			continue;
		good = job->controls[i].good;
	}
	return good;
}

/* The device was away, came back, and the probe knew all the while: it asked
 * anew whatever was in doubt. */
static bool
is_bridged(const struct job *job)
{
	return json_is_true(
		   json_object_get(job->descriptor, "bridges_outages")) &&
	    !job->away && !job->untold;
}

/* What befell the link and the device. */
static unsigned
device_flaws(const struct job *job)
{
	bool away = !is_bridged(job);
	unsigned flaws = 0;

	if ((job->link_lost && away) || !job->seg->link)
		flaws |= VERDICT_FLAW_LINK_LOST;
	if (job->address_lost)
		flaws |= VERDICT_FLAW_ADDRESS_LOST;
	if (job->device_down && away)
		flaws |= VERDICT_FLAW_DEVICE_DOWN;
	return flaws;
}

/* The same, and what befell the capture, in the job's span. */
static unsigned
span_flaws(const struct job *job)
{
	bool died = job->capture_died || !job->span.closed;
	unsigned flaws = device_flaws(job);

	if (died)
		flaws |= VERDICT_FLAW_CAPTURE_DIED;
	if (job->slice == NULL) /* without frames to show, nothing stands */
		flaws |=
		    died ? VERDICT_FLAW_UNCONTROLLED : VERDICT_FLAW_NO_EVIDENCE;
	if (job->span.dropped_to > job->span.dropped_from ||
	    job->seg->disk_errors != job->disk_errors)
		flaws |= VERDICT_FLAW_LOST_FRAMES;
	if (job_was_late(job))
		flaws |= VERDICT_FLAW_BENCH_LATE;
	if (job->stored.holes > 0)
		flaws |= VERDICT_FLAW_HOLE;
	if (job->conflicts > 0)
		flaws |= VERDICT_FLAW_SOURCE_TAKEN;
	if (!job->run->isolated)
		flaws |= VERDICT_FLAW_ISOLATION_VOID;
	if (job->run->firmware_changed)
		flaws |= VERDICT_FLAW_FIRMWARE;
	return flaws;
}

static unsigned
flaws_of(const struct job *job, const struct said_verdict *v,
    const struct verdict_job_end *end)
{
	bool after = watch_control_is_good(job, v, true) && !job->watch_died;
	unsigned flaws = span_flaws(job);

	if (!watch_control_is_good(job, v, false) ||
	    !probe_control_is_good(job, v, ASSAY_BEFORE))
		flaws |= VERDICT_FLAW_OPENING_CONTROL;
	if (!after || !probe_control_is_good(job, v, ASSAY_AFTER))
		flaws |= VERDICT_FLAW_CLOSING_CONTROL;
	if (end->effect == VERDICT_EFFECT_LOWER_PASSES ||
	    (job->error[0] != '\0' && !verdict_is_about_device(job)))
		flaws |= VERDICT_FLAW_JOB_ERROR;
	if (end->effect == VERDICT_EFFECT_LOWER_UNCONTROLLED && !after)
		flaws |= VERDICT_FLAW_UNCONTROLLED;
	return flaws;
}

static const char *
job_code(const struct job *job, const struct verdict_job_end *end)
{
	return job->error[0] != '\0' ? job->error : end->reason;
}

static bool
is_listed(const json_t *codes, const char *code)
{
	const json_t *one;
	size_t i;

	json_array_foreach (codes, i, one)
		if (strcmp(json_string_value(one), code) == 0)
			return true;
	return false;
}

/* The codes that made `said` into `sealed`, each once, in the table's order.
 */
static json_t *
lowered_codes(const struct job *job, const struct said_verdict *v,
    unsigned flaws, enum verdict sealed, const struct verdict_job_end *end)
{
	json_t *codes = json_array();
	const char *code;
	unsigned bit;

	for (bit = 1; bit <= VERDICT_FLAW_ALL; bit <<= 1) {
		if ((flaws & bit) == 0 || sealed == v->said ||
		    verdict_seal(v->said, bit) == v->said)
			continue;
		code = verdict_flaw_code((enum verdict_flaw)bit);
		if (code[0] == '\0' || bit == VERDICT_FLAW_UNCONTROLLED)
			code = job->capture_died &&
				bit == VERDICT_FLAW_UNCONTROLLED
			    ? "capture_died"
			    : job_code(job, end);
		if (!is_listed(codes, code))
			json_array_append_new(codes, json_string(code));
	}
	return codes;
}

/* Entries of single frames of one selector become one: its digest is over the
 * frames' digests in order, as for any longer list. */
static json_t *
coarser(const json_t *evidence)
{
	json_t *out = json_array(), *entry, *last = NULL;
	uint8_t digests[16 * SHA256_SIZE];
	char hex[SHA256_HEX_SIZE];
	size_t i, n = 0;

	json_array_foreach (evidence, i, entry) {
		/* In order: the same frame may be chosen twice. */
		bool joins = last != NULL && n < 16 &&
		    json_integer_value(json_object_get(entry, "first")) >
			json_integer_value(json_object_get(last, "last")) &&
		    json_integer_value(json_object_get(entry, "count")) == 1 &&
		    json_equal(json_object_get(entry, "select"),
			json_object_get(last, "select")) &&
		    json_equal(json_object_get(entry, "file"),
			json_object_get(last, "file"));

		if (!joins) {
			last = json_deep_copy(entry);
			json_array_append_new(out, last);
			n = 0;
		}
		if (json_integer_value(json_object_get(entry, "count")) != 1) {
			last = NULL;
			continue;
		}
		hex_decode(json_string_value(json_object_get(entry, "sha256")),
		    digests + n++ * SHA256_SIZE, SHA256_SIZE);
		if (n == 1)
			continue;
		json_object_set(last, "last", json_object_get(entry, "last"));
		json_object_set(
		    last, "stamp_last", json_object_get(entry, "stamp_last"));
		json_object_set_new(last, "count", json_integer((json_int_t)n));
		json_object_set_new(last, "sha256",
		    json_string(sha256_hex(digests, n * SHA256_SIZE, hex)));
	}
	return out;
}

static void
fill_evidence(const struct job *job, json_t *o)
{
	json_t *list = json_array_size(job->evidence) > EVIDENCE_FINE
	    ? coarser(job->evidence)
	    : json_deep_copy(job->evidence);
	size_t more = 0;

	while (json_array_size(list) > EVIDENCE_MAX ||
	    json_dumpb(list, NULL, 0, JSON_COMPACT) > EVIDENCE_BYTES) {
		json_array_remove(list, json_array_size(list) - 1);
		more++;
	}
	json_object_set_new(o, "evidence", list == NULL ? json_array() : list);
	json_object_set_new(o, "evidence_more", json_integer((json_int_t)more));
	json_object_set_new(o, "frames", json_integer((json_int_t)job->frames));
	json_object_set_new(o, "slice",
	    job->slice == NULL ? json_null() : json_incref(job->slice));
	json_object_set_new(o, "slice_error",
	    job->slice_error[0] == '\0' ? json_null()
					: json_quoted(job->slice_error));
}

static json_t *
control_json(const struct job_control *c)
{
	return json_pack("{s:b,s:I,s:s}", "good", (int)c->good, "rtt_ns",
	    (json_int_t)c->rtt_ns, "how", c->how);
}

static void
fill_controls(const struct job *job, const struct said_verdict *v, json_t *o)
{
	const struct job_target *t = target_of(job, &v->subject);
	json_t *controls = json_object();
	size_t i, during = 0, good = 0;

	if (t == NULL && job->ntargets > 0)
		t = &job->targets[0];
	json_object_set_new(controls, "before",
	    t == NULL ? json_null() : control_json(&t->before));
	json_object_set_new(controls, "after",
	    t == NULL || !t->after.asked ? json_null()
					 : control_json(&t->after));
	for (i = 0; i < job->ncontrols; i++)
		if (job->controls[i].phase == ASSAY_DURING) {
			during++;
			good += job->controls[i].good;
		}
	json_object_set_new(controls, "during",
	    json_pack("{s:I,s:I}", "all", (json_int_t)during, "good",
		(json_int_t)good));
	json_object_set_new(controls, "probe",
	    json_pack("{s:b,s:b}", "before",
		(int)probe_control_is_good(job, v, ASSAY_BEFORE), "after",
		(int)probe_control_is_good(job, v, ASSAY_AFTER)));
	json_object_set_new(o, "controls", controls);
}

static void
fill_notes(const struct job *job, json_t *o)
{
	json_t *pace = json_object(), *deviations = json_array(), *value;
	const char *name;

	json_object_foreach (job->notes, name, value) {
		if (strncmp(name, "pace.", 5) == 0)
			json_object_set(pace, name + 5, value);
		else
			json_array_append_new(deviations,
			    json_pack(
				"{s:s,s:O}", "name", name, "value", value));
	}
	/* Frames are cited by position and limits are monotonic, so the verdict
	 * stands; but its stamps lie on two clocks. */
	if (job->clock_steps != job->seg->clock_steps)
		json_array_append_new(deviations,
		    json_pack("{s:s,s:I}", "name", "bench.clock_step_ns",
			"value",
			(json_int_t)(job->seg->clock_stepped_ns -
			    job->clock_stepped_ns)));
	if (job->rebooted_at_rest > 0)
		json_array_append_new(deviations,
		    json_pack("{s:s,s:I}", "name", "rest.reboots", "value",
			(json_int_t)job->rebooted_at_rest));
	job_stored_notes(job, deviations);
	json_object_set_new(o, "pace", pace);
	json_object_set_new(o, "deviations", deviations);
}

/* The probe's own values beside those of a lowered verdict, in which the
 * bench's may have taken the place of some: to be judged again by. */
static void
keep_said_values(const struct said_verdict *v, json_t *o)
{
	if (json_dumpb(v->values, NULL, 0, JSON_COMPACT) <= SAID_BYTES)
		json_object_set_new(
		    o, "said_values", json_deep_copy(v->values));
}

/* What the profile declares not to apply and the probe did not reach: na, with
 * the reason, who decided, what stands in its place. */
static bool
fill_not_applicable(
    const struct job *job, const struct said_verdict *v, json_t *o)
{
	const struct profile_na *na =
	    profile_na(job->run->device->profile, v->check);

	if (na == NULL || v->said != VERDICT_INCONC || v->subject.family != 0)
		return false;
	json_object_set_new(
	    o, "verdict", json_string(verdict_name(VERDICT_NA)));
	json_object_set_new(o, "said", json_string(verdict_name(v->said)));
	json_object_set_new(o, "reason", json_string("not_applicable"));
	json_object_set_new(o, "values",
	    json_pack("{s:s,s:s,s:s,s:s}", "why", na->reason, "by", na->by,
		"instead", na->instead, "said_reason", v->reason));
	keep_said_values(v, o);
	json_object_set_new(o, "lowered", json_array());
	return true;
}

static void
fill_outcome(const struct job *job, const struct said_verdict *v,
    const struct verdict_job_end *end, json_t *o)
{
	unsigned flaws = flaws_of(job, v, end);
	enum verdict sealed;
	json_t *codes, *values;
	const char *reason;

	if (v->said == VERDICT_NONE) { /* verdict_add_missing() made it */
		sealed = verdict_is_about_device(job) || job->cancelled
		    ? VERDICT_INCONC
		    : VERDICT_ERROR;
		codes = json_array();
		json_array_append_new(codes, json_string(job_code(job, end)));
	} else {
		sealed = verdict_seal(v->said, flaws);
		codes = lowered_codes(job, v, flaws, sealed, end);
	}
	reason = json_string_value(json_array_get(codes, 0));
	json_object_set_new(o, "verdict", json_string(verdict_name(sealed)));
	json_object_set_new(o, "said",
	    sealed == v->said || v->said == VERDICT_NONE
		? json_null()
		: json_string(verdict_name(v->said)));
	values = json_deep_copy(v->values);
	if (reason != NULL && sealed != v->said) {
		keep_said_values(v, o);
		json_object_set_new(values, "said_reason",
		    v->reason[0] == '\0' ? json_null()
					 : json_string(v->reason));
		json_object_set_new(values, "check", json_string(v->check));
		json_object_set_new(
		    values, "text", json_quoted(job->error_text));
		json_object_set_new(values, "count",
		    json_integer((json_int_t)(job->span.dropped_to -
			job->span.dropped_from)));
		json_object_set_new(values, "signal",
		    json_integer((json_int_t)job->exit_status));
		json_object_set_new(values, "status",
		    json_integer((json_int_t)job->exit_status));
		json_object_set_new(
		    values, "probe", json_string(job->step->name));
		json_object_set_new(
		    values, "what", json_string(job->run->foreign));
		job_late_values(job, values);
		json_object_set_new(
		    values, "conflict", json_string(job->conflict));
		json_object_set_new(
		    values, "conflicts", json_integer(job->conflicts));
		json_object_set_new(values, "holes",
		    json_integer((json_int_t)job->stored.holes));
	}
	json_object_set_new(o, "reason",
	    json_string(
		reason != NULL && sealed != v->said ? reason : v->reason));
	json_object_set_new(o, "values", values);
	json_object_set_new(o, "lowered", codes);
}

void
verdict_record_fill(const struct job *job, const struct said_verdict *v,
    const struct verdict_job_end *end, json_t *o)
{
	json_t *cited = json_array();
	size_t i;

	json_object_set_new(o, "check", json_string(v->check));
	json_object_set_new(o, "claim", json_string(claim_kind_name(v->kind)));
	json_object_set_new(o, "probe", json_string(job->step->name));
	json_object_set(
	    o, "method", json_object_get(job->descriptor, "method"));
	json_object_set_new(
	    o, "profile", json_string(job->run->device->profile->sha256));
	json_object_set_new(
	    o, "catalogue", engine_catalogue_digest(job->engine));
	json_object_set_new(o, "device", json_string(job->run->device->name));
	json_object_set_new(o, "subject", wire_subject_json(&v->subject));
	for (i = 0; i < v->nobservations && i < 256; i++)
		json_array_append_new(
		    cited, json_integer((json_int_t)v->observations[i]));
	json_object_set_new(o, "observations", cited);
	if (!fill_not_applicable(job, v, o))
		fill_outcome(job, v, end, o);
	fill_evidence(job, o);
	fill_controls(job, v, o);
	fill_notes(job, o);
	json_object_set_new(o, "span",
	    json_pack("{s:I,s:I,s:I,s:I,s:I}", "from",
		(json_int_t)job->span.from, "to", (json_int_t)job->span.to,
		"dropped",
		(json_int_t)(job->span.dropped_to - job->span.dropped_from),
		"stamp_from", (json_int_t)job->span.stamp_from, "stamp_to",
		(json_int_t)job->span.stamp_to));
}
