/*
 * analyze_verdict: from what a probe said of a foreign capture to what is told.
 */
#include "judging/analyze_verdict.h"

#include <stdbool.h>
#include <string.h>

#include "daemon/shared/wire_frames.h"

static const char *
get_string(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s == NULL ? "" : s;
}

struct verdict_job_end
analyze_job_end(const struct worker_alone_result *r)
{
	struct verdict_job_end end;
	struct verdict_job j;

	memset(&j, 0, sizeof(j));
	j.done = r->done;
	j.status = r->done ? 0 : 1;
	j.bench_failed = r->failed != NULL;
	j.deadline = strstr(r->ended, "did not end in time") != NULL;
	j.malformed = strncmp(r->ended, "malformed", 9) == 0;
	j.signalled = strncmp(r->ended, "killed by signal", 16) == 0;
	j.verdicts = json_array_size(r->verdicts);
	end = verdict_judge_job(&j);
	/* Frames may mean nothing to a probe that has asked nothing: here that
	 * is nobody's fault. */
	if (r->done && r->failed == NULL && j.verdicts == 0)
		end.error = false;
	return end;
}

static bool
is_claimed(const json_t *descriptor, const json_t *verdict)
{
	const json_t *claim;
	size_t i;

	json_array_foreach (json_object_get(descriptor, "claims"), i, claim)
		if (strcmp(get_string(claim, "check"),
			get_string(verdict, "check")) == 0 &&
		    strcmp(get_string(claim, "kind"),
			get_string(verdict, "claim")) == 0)
			return true;
	return false;
}

static bool
cites_its_own(const struct worker_alone_result *r, const json_t *verdict)
{
	size_t i, n = json_array_size(r->observations);
	const json_t *id;

	json_array_foreach (json_object_get(verdict, "observations"), i, id)
		if (json_integer_value(id) < 1 ||
		    (size_t)json_integer_value(id) > n)
			return false;
	return true;
}

static unsigned
flaws_of(const struct analyze_said *s, const json_t *said, uint64_t frames)
{
	unsigned flaws = 0;

	if (frames == 0)
		flaws |= VERDICT_FLAW_NO_EVIDENCE;
	if (!cites_its_own(s->result, said))
		flaws |= VERDICT_FLAW_FOREIGN_EVIDENCE;
	if (!is_claimed(s->descriptor, said))
		flaws |= VERDICT_FLAW_UNCOVERED_CHECK;
	switch (s->end.effect) {
	case VERDICT_EFFECT_KEEP:
		break;
	case VERDICT_EFFECT_LOWER_PASSES:
		flaws |= VERDICT_FLAW_JOB_ERROR;
		break;
	case VERDICT_EFFECT_LOWER_UNCONTROLLED: /* there are no controls */
		flaws |= VERDICT_FLAW_UNCONTROLLED;
		break;
	}
	return flaws;
}

/* Why `said` became what is told: codes, the first being the reason. */
static json_t *
lowered(const struct analyze_said *s, enum verdict said, unsigned flaws)
{
	json_t *codes = json_array();
	const char *code;
	unsigned bit;

	for (bit = 1; bit <= VERDICT_FLAW_ALL; bit <<= 1) {
		if ((flaws & bit) == 0 || verdict_seal(said, bit) == said)
			continue;
		code = verdict_flaw_code((enum verdict_flaw)bit);
		if (code[0] == '\0' || bit == VERDICT_FLAW_UNCONTROLLED)
			code = s->end.reason;
		json_array_append_new(codes, json_string(code));
	}
	if (said == VERDICT_PASS)
		json_array_append_new(codes, json_string("foreign_capture"));
	return codes;
}

static void
set_not_applicable(json_t *o, const struct profile_na *na, const char *reason)
{
	json_object_set_new(o, "verdict", json_string("na"));
	json_object_set_new(o, "said", json_string("inconc"));
	json_object_set_new(o, "reason", json_string("not_applicable"));
	json_object_set_new(o, "values",
	    json_pack("{s:s,s:s,s:s,s:s}", "why", na->reason, "by", na->by,
		"instead", na->instead, "said_reason", reason));
	json_object_set_new(o, "lowered", json_array());
}

static void
set_outcome(const struct analyze_said *s, json_t *o, const json_t *verdict,
    unsigned flaws)
{
	const char *reason = get_string(verdict, "reason");
	int number = verdict_by_name(get_string(verdict, "verdict"));
	enum verdict said = number == -1 ? VERDICT_ERROR : (enum verdict)number;
	enum verdict told = verdict_seal(said, flaws);
	json_t *codes = lowered(s, said, flaws), *values;
	const char *code = json_string_value(json_array_get(codes, 0));

	if (told == VERDICT_PASS)
		told = VERDICT_INCONC;
	values = json_deep_copy(json_object_get(verdict, "values"));
	if (told != said && code != NULL) {
		json_object_set_new(values, "said_reason", json_string(reason));
		json_object_set(
		    values, "check", json_object_get(verdict, "check"));
		json_object_set(
		    values, "probe", json_object_get(s->descriptor, "name"));
		json_object_set_new(
		    values, "text", json_quoted(s->result->ended));
		reason = code;
	}
	json_object_set_new(o, "verdict", json_string(verdict_name(told)));
	json_object_set_new(o, "said",
	    told == said ? json_null() : json_string(verdict_name(said)));
	json_object_set_new(o, "reason", json_string(reason));
	json_object_set_new(o, "values", values);
	json_object_set_new(o, "lowered", codes);
}

static void
set_head(const struct analyze_said *s, json_t *o, const json_t *verdict)
{
	static const char *const copied[] = { "check", "claim", "subject",
		"observations" };
	size_t i;

	json_object_set_new(o, "type", json_string("verdict"));
	for (i = 0; i < sizeof(copied) / sizeof(copied[0]); i++)
		json_object_set(
		    o, copied[i], json_object_get(verdict, copied[i]));
	json_object_set(o, "probe", json_object_get(s->descriptor, "name"));
	json_object_set(o, "method", json_object_get(s->descriptor, "method"));
	json_object_set_new(o, "profile", json_string(s->profile->sha256));
	json_object_set_new(o, "controls", json_null());
}

json_t *
analyze_verdict(
    const struct analyze_said *s, size_t n, const struct capture_cite *cites)
{
	const json_t *said = json_array_get(s->result->verdicts, n);
	uint64_t frames = capture_cite_frames(cites, n);
	const struct profile_na *na =
	    profile_na(s->profile, get_string(said, "check"));
	json_t *o = json_object();

	set_head(s, o, said);
	if (na != NULL && strcmp(get_string(said, "verdict"), "inconc") == 0 &&
	    json_is_null(
		json_object_get(json_object_get(said, "subject"), "addr")))
		set_not_applicable(o, na, get_string(said, "reason"));
	else
		set_outcome(s, o, said, flaws_of(s, said, frames));
	json_object_set_new(o, "evidence", capture_cite_evidence(cites, n));
	json_object_set_new(o, "frames", json_integer((json_int_t)frames));
	json_object_set_new(o, "slice", capture_cite_slice(cites, n));
	return o;
}

static bool
is_said(const struct worker_alone_result *r, const json_t *claim)
{
	const json_t *v;
	size_t i;

	json_array_foreach (r->verdicts, i, v)
		if (strcmp(get_string(v, "check"),
			get_string(claim, "check")) == 0 &&
		    strcmp(get_string(v, "claim"), get_string(claim, "kind")) ==
			0)
			return true;
	return false;
}

void
analyze_add_missing(const struct analyze_said *s, json_t *verdicts)
{
	const json_t *claim;
	json_t *o, *said;
	size_t i;

	if (!s->end.error)
		return;
	json_array_foreach (
	    json_object_get(s->descriptor, "claims"), i, claim) {
		if (is_said(s->result, claim))
			continue;
		o = json_object();
		said = json_pack("{s:s,s:s,s:{s:n,s:n},s:[]}", "check",
		    get_string(claim, "check"), "claim",
		    get_string(claim, "kind"), "subject", "addr", "port",
		    "observations");
		set_head(s, o, said);
		json_decref(said);
		json_object_set_new(o, "verdict", json_string("error"));
		json_object_set_new(o, "said", json_null());
		json_object_set_new(o, "reason", json_string(s->end.reason));
		json_object_set_new(o, "values",
		    json_pack("{s:O,s:o}", "probe",
			json_object_get(s->descriptor, "name"), "text",
			json_quoted(s->result->failed != NULL
				? s->result->failed
				: s->result->ended)));
		json_object_set_new(o, "lowered", json_array());
		json_object_set_new(o, "evidence", json_array());
		json_object_set_new(o, "frames", json_integer(0));
		json_object_set_new(o, "slice", json_null());
		json_array_append_new(verdicts, o);
	}
}
