/*
 * recheck_compare: what a probe said then, against what it says now.
 *
 * Then is what the probe said, not what the bench made of it: a pass that was
 * lowered for lost frames is still a pass of the probe's.
 */
#include "judging/recheck_parts.h"

#include <string.h>

#define CITED_MAX 256 /* the record of a verdict has no more of them */

static const char *
text_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static bool
is_text(const json_t *o, const char *key, const char *text)
{
	const char *s = text_of(o, key);

	return s != NULL && strcmp(s, text) == 0;
}

/* ---- then ---- */

/* The bench made it for a claim on which the probe had said nothing. */
static bool
is_of_bench(const json_t *record)
{
	const json_t *values = json_object_get(record, "values");

	return json_is_null(json_object_get(record, "said")) &&
	    json_is_null(json_object_get(values, "said_reason"));
}

/* The bench's own values of a lowered verdict, some of which may have taken
 * the place of the probe's in records that do not have these apart. */
static bool
is_bench_value(const char *name)
{
	static const char *const names[] = { "said_reason", "check", "text",
		"count", "signal", "status", "probe", "what", "why", "by",
		"instead" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static json_t *
without_bench_values(const json_t *values)
{
	json_t *own = json_deep_copy(values), *value;
	const char *name;
	void *next;

	json_object_foreach_safe(own, next, name,
	    value) if (is_bench_value(name)) json_object_del(own, name);
	return own;
}

/* {verdict, reason, values, observations} as the probe said it. */
static json_t *
then_of(const json_t *record, bool *values_are_whole)
{
	const json_t *values = json_object_get(record, "values");
	bool lowered = text_of(record, "said") != NULL;
	json_t *own = json_object_get(record, "said_values"),
	       *o = json_object();

	*values_are_whole = !lowered || json_is_object(own);
	json_object_set(o, "verdict",
	    json_object_get(record, lowered ? "said" : "verdict"));
	json_object_set(o, "reason",
	    lowered ? json_object_get(values, "said_reason")
		    : json_object_get(record, "reason"));
	if (!lowered)
		json_object_set(o, "values", json_object_get(record, "values"));
	else if (json_is_object(own))
		json_object_set(o, "values", own);
	else
		json_object_set_new(o, "values", without_bench_values(values));
	json_object_set(
	    o, "observations", json_object_get(record, "observations"));
	return o;
}

/* ---- now ---- */

static json_t *
now_of(const json_t *verdict)
{
	static const char *const names[] = { "verdict", "reason", "values",
		"observations" };
	json_t *o = json_object();
	size_t i;

	for (i = 0; i < 4; i++)
		json_object_set(
		    o, names[i], json_object_get(verdict, names[i]));
	return o;
}

/* About the same: check, claim and subject. */
static bool
is_same_claim(const json_t *a, const json_t *b)
{
	return json_equal(
		   json_object_get(a, "check"), json_object_get(b, "check")) &&
	    json_equal(
		json_object_get(a, "claim"), json_object_get(b, "claim")) &&
	    json_equal(
		json_object_get(a, "subject"), json_object_get(b, "subject"));
}

/* The first of these about the same, taken out; or NULL. */
static json_t *
take_same(json_t *list, const json_t *record)
{
	json_t *one;
	size_t i;

	json_array_foreach (list, i, one) {
		if (!is_same_claim(one, record))
			continue;
		json_incref(one);
		json_array_remove(list, i);
		return one;
	}
	return NULL;
}

/* ---- the difference ---- */

static bool
is_same_values(const json_t *then, const json_t *now, bool whole)
{
	json_t *own;
	bool same;

	if (whole)
		return json_equal(then, now);
	own = without_bench_values(now);
	same = json_object_size(then) == 0 || json_equal(then, own);
	json_decref(own);
	return same;
}

static bool
is_same_cited(const json_t *then, const json_t *now)
{
	size_t i, n = json_array_size(now);

	if (n > CITED_MAX)
		n = CITED_MAX;
	if (json_array_size(then) != n)
		return false;
	for (i = 0; i < n; i++)
		if (!json_equal(
			json_array_get(then, i), json_array_get(now, i)))
			return false;
	return true;
}

static json_t *
differences(const json_t *then, const json_t *now, bool whole)
{
	json_t *list = json_array();

	if (!json_equal(json_object_get(then, "verdict"),
		json_object_get(now, "verdict")))
		json_array_append_new(list, json_string("verdict"));
	if (!json_equal(json_object_get(then, "reason"),
		json_object_get(now, "reason")))
		json_array_append_new(list, json_string("reason"));
	if (!is_same_values(json_object_get(then, "values"),
		json_object_get(now, "values"), whole))
		json_array_append_new(list, json_string("values"));
	if (!is_same_cited(json_object_get(then, "observations"),
		json_object_get(now, "observations")))
		json_array_append_new(list, json_string("observations"));
	return list;
}

/* ---- entries of the report ---- */

static json_t *
pair(const json_t *then, const json_t *now)
{
	json_t *o = json_object();

	json_object_set_new(
	    o, "then", then == NULL ? json_null() : json_deep_copy(then));
	json_object_set_new(
	    o, "now", now == NULL ? json_null() : json_deep_copy(now));
	return o;
}

/* about: a verdict record, or a verdict that is only now. */
static json_t *
entry_of(const struct recheck_job *job, const struct recheck_now *now,
    const json_t *about)
{
	static const char *const names[] = { "check", "claim", "subject" };
	json_t *o = json_object(), *seq = json_object_get(about, "seq");
	size_t i;

	json_object_set_new(
	    o, "seq", seq == NULL ? json_null() : json_incref(seq));
	json_object_set(o, "job", json_object_get(job->job, "seq"));
	json_object_set(o, "probe", json_object_get(job->job, "probe"));
	for (i = 0; i < 3; i++)
		json_object_set(o, names[i], json_object_get(about, names[i]));
	json_object_set_new(o, "method",
	    pair(json_object_get(job->job, "method"),
		json_object_get(now->descriptor, "method")));
	json_object_set_new(o, "abi",
	    pair(json_object_get(job->job, "abi"),
		json_object_get(now->descriptor, "abi")));
	json_object_set_new(o, "why", json_null());
	return o;
}

static void
add_compared(const struct recheck_job *job, const struct recheck_now *now,
    const json_t *record, json_t *rest, json_t *verdicts)
{
	json_t *o = entry_of(job, now, record), *list;
	json_t *said = take_same(rest, record), *is = NULL, *was;
	bool whole;

	was = then_of(record, &whole);
	if (said != NULL)
		is = now_of(said);
	list = is == NULL ? json_pack("[s]", "verdict")
			  : differences(was, is, whole);
	json_object_set_new(o, "outcome",
	    json_string(json_array_size(list) == 0 ? "agrees" : "differs"));
	json_object_set_new(o, "differs_in", list);
	json_object_set_new(o, "then", was);
	json_object_set_new(o, "now", is == NULL ? json_null() : is);
	json_array_append_new(verdicts, o);
	json_decref(said);
}

static void
add_not_judged(const struct recheck_job *job, const struct recheck_now *now,
    const json_t *record, json_t *verdicts)
{
	json_t *o = entry_of(job, now, record);
	bool whole;

	json_object_set_new(o, "outcome", json_string("not judged"));
	json_object_set_new(o, "why", json_string(now->why));
	json_object_set_new(o, "differs_in", json_array());
	json_object_set_new(o, "then", then_of(record, &whole));
	json_object_set_new(o, "now", json_null());
	json_array_append_new(verdicts, o);
}

/* A verdict that there was not, though the job came to its end. */
static void
add_new(const struct recheck_job *job, const struct recheck_now *now,
    const json_t *said, json_t *verdicts)
{
	json_t *o = entry_of(job, now, said);

	json_object_set_new(o, "outcome", json_string("differs"));
	json_object_set_new(o, "differs_in", json_pack("[s]", "verdict"));
	json_object_set_new(o, "then", json_null());
	json_object_set_new(o, "now", now_of(said));
	json_array_append_new(verdicts, o);
}

/* All that the probe had to say is in the records. */
static bool
was_whole(const struct recheck_job *job)
{
	const json_t *end = json_object_get(job->jobend, "exit");

	return is_text(end, "how", "exit") &&
	    json_integer_value(json_object_get(end, "status")) == 0 &&
	    !is_text(job->jobend, "reason", "malformed_message") &&
	    !is_text(job->jobend, "reason", "deadline");
}

size_t
recheck_compare(const struct recheck_job *job, const struct recheck_now *now,
    json_t *verdicts)
{
	json_t *rest = now->verdicts == NULL ? NULL : json_copy(now->verdicts);
	const json_t *record;
	size_t i, of_bench = 0;

	json_array_foreach (job->verdicts, i, record) {
		if (is_of_bench(record))
			of_bench++;
		else if (rest == NULL)
			add_not_judged(job, now, record, verdicts);
		else
			add_compared(job, now, record, rest, verdicts);
	}
	if (was_whole(job))
		json_array_foreach (rest, i, record)
			add_new(job, now, record, verdicts);
	json_decref(rest);
	return of_bench;
}
