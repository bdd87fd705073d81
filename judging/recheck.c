/*
 * recheck: a run judged again on what it recorded, with no device.
 */
#include "judging/recheck.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "judging/recheck_parts.h"

#define JOBS_MAX 100000

struct rechecking {
	const struct recheck *r;
	const json_t *run; /* its first record */
	struct recheck_job *jobs;
	size_t njobs;
	struct profile *profile;
	char no_profile[320]; /* why there is none */
	json_t *descriptors;  /* {probe: descriptor or text} */
	char *sandbox;
	size_t left_out;
};

static const char *
text_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static bool
is_type(const json_t *record, const char *type)
{
	const char *s = text_of(record, "type");

	return s != NULL && strcmp(s, type) == 0;
}

/* ---- the records ---- */

static void
add_job(struct rechecking *c, const json_t *record)
{
	struct recheck_job *job;

	c->jobs = xrealloc(c->jobs, c->njobs + 1, sizeof(*c->jobs));
	job = &c->jobs[c->njobs++];
	memset(job, 0, sizeof(*job));
	job->job = record;
	job->observations = json_array();
	job->controls = json_array();
	job->verdicts = json_array();
}

/* The job that a record is of, which has been met before it; or NULL. */
static struct recheck_job *
job_of(const struct rechecking *c, const json_t *record)
{
	const json_t *seq = json_object_get(record, "job");
	size_t i;

	for (i = c->njobs; i-- > 0;)
		if (json_is_integer(seq) &&
		    json_equal(json_object_get(c->jobs[i].job, "seq"), seq))
			return &c->jobs[i];
	return NULL;
}

static int
read_record(struct rechecking *c, const json_t *record, struct err *e)
{
	struct recheck_job *job;

	if (is_type(record, "job")) {
		if (c->njobs == JOBS_MAX || text_of(record, "probe") == NULL)
			return err_set(e, "job records that are none");
		add_job(c, record);
		return 0;
	}
	job = job_of(c, record);
	if (job == NULL)
		return 0;
	if (is_type(record, "observed")) {
		job->observed = true;
		json_array_extend(
		    job->observations, json_object_get(record, "observations"));
		json_array_extend(
		    job->controls, json_object_get(record, "controls"));
	} else if (is_type(record, "verdict")) {
		json_array_append(job->verdicts, (json_t *)(uintptr_t)record);
	} else if (is_type(record, "jobend")) {
		job->jobend = record;
	}
	return 0;
}

static int
read_records(struct rechecking *c, struct err *e)
{
	const json_t *record;
	size_t i;

	c->run = json_array_get(c->r->records, 0);
	if (!is_type(c->run, "run"))
		return err_set(e, "these records do not begin with a run");
	json_array_foreach (c->r->records, i, record) {
		if (read_record(c, record, e) == -1)
			return -1;
	}
	return 0;
}

/* ---- the profile ---- */

static void
read_profile(struct rechecking *c)
{
	const char *sha256 =
	    text_of(json_object_get(c->run, "profile"), "sha256");
	struct err e = { .text = "no document" };
	char *text = NULL;
	size_t size;

	if (sha256 != NULL)
		text = c->r->document(c->r->arg, sha256, &size, &e);
	if (text != NULL) {
		c->profile = profile_parse(text, size, "its profile", &e);
		free(text);
	}
	if (c->profile != NULL && sha256 != NULL &&
	    strcmp(c->profile->sha256, sha256) != 0) {
		profile_free(c->profile);
		c->profile = NULL;
		err_set(&e, "the document is another one");
	}
	if (c->profile == NULL)
		snprintf(c->no_profile, sizeof(c->no_profile),
		    "its profile is not there: %.250s", e.text);
}

/* ---- jobs ---- */

/* Why it cannot be judged again; false: it can. */
static bool
is_hopeless(struct rechecking *c, const struct recheck_job *job,
    struct recheck_now *now)
{
	const char *probe = text_of(job->job, "probe");
	size_t size = sizeof(now->why);

	now->descriptor =
	    recheck_descriptor(c->r, c->descriptors, probe, now->why, size);
	if (now->descriptor == NULL)
		return true;
	if (!json_equal(json_object_get(job->job, "abi"),
		json_object_get(now->descriptor, "abi")))
		snprintf(now->why, size, "the probe here has another abi");
	else if (!job->observed)
		snprintf(now->why, size, "%s",
		    job->jobend == NULL
			? "the job was cut off"
			: "there are no observations of the job");
	else if (c->profile == NULL)
		snprintf(now->why, size, "%s", c->no_profile);
	return now->why[0] != '\0';
}

/* The probe said something, or had every occasion to. */
static bool
has_judgement(const struct recheck_job *job)
{
	const json_t *end = json_object_get(job->jobend, "exit"), *record;
	const char *reason = text_of(job->jobend, "reason");
	size_t i;

	json_array_foreach (job->verdicts, i, record)
		if (!json_is_null(json_object_get(
			json_object_get(record, "values"), "said_reason")))
			return true;
	return json_array_size(job->observations) > 0 && end != NULL &&
	    (reason == NULL || strcmp(reason, "bench_failed") != 0);
}

static void
recheck_one(
    struct rechecking *c, const struct recheck_job *job, json_t *verdicts)
{
	struct recheck_now now = { .why = "" };

	if (has_judgement(job) && !is_hopeless(c, job, &now))
		recheck_judge(c->r, job, c->profile, &now, &c->sandbox);
	c->left_out += recheck_compare(job, &now, verdicts);
	json_decref(now.verdicts);
}

/* ---- the report ---- */

static size_t
count(const json_t *verdicts, const char *outcome)
{
	const json_t *v;
	size_t i, n = 0;

	json_array_foreach (verdicts, i, v)
		n += strcmp(text_of(v, "outcome"), outcome) == 0;
	return n;
}

static json_t *
report_of(const struct rechecking *c, json_t *verdicts)
{
	json_t *o = json_object();

	json_object_set(o, "run", json_object_get(c->run, "run"));
	json_object_set(o, "bench", json_object_get(c->run, "bench"));
	json_object_set_new(
	    o, "agrees", json_integer((json_int_t)count(verdicts, "agrees")));
	json_object_set_new(
	    o, "differs", json_integer((json_int_t)count(verdicts, "differs")));
	json_object_set_new(o, "not_judged",
	    json_integer((json_int_t)count(verdicts, "not judged")));
	json_object_set_new(
	    o, "left_out", json_integer((json_int_t)c->left_out));
	json_object_set_new(o, "sandbox",
	    c->sandbox == NULL ? json_null() : json_string(c->sandbox));
	json_object_set_new(o, "verdicts", verdicts);
	return o;
}

json_t *
recheck_run(const struct recheck *r, struct err *e)
{
	struct rechecking c = { .r = r };
	json_t *report = NULL, *verdicts;
	size_t i;

	c.descriptors = json_object();
	if (read_records(&c, e) == 0) {
		read_profile(&c);
		verdicts = json_array();
		for (i = 0; i < c.njobs; i++)
			recheck_one(&c, &c.jobs[i], verdicts);
		report = report_of(&c, verdicts);
	}
	for (i = 0; i < c.njobs; i++) {
		json_decref(c.jobs[i].observations);
		json_decref(c.jobs[i].controls);
		json_decref(c.jobs[i].verdicts);
	}
	free(c.jobs);
	free(c.sandbox);
	profile_free(c.profile);
	json_decref(c.descriptors);
	return report;
}

static json_int_t
number_of(const json_t *report, const char *key)
{
	return json_integer_value(json_object_get(report, key));
}

int
recheck_exit_status(const json_t *report)
{
	if (number_of(report, "differs") > 0)
		return 1;
	return number_of(report, "not_judged") > 0 ||
		number_of(report, "agrees") == 0
	    ? 2
	    : 0;
}

size_t
recheck_broken_methods(const json_t *report)
{
	const json_t *v, *method;
	size_t i, n = 0;

	json_array_foreach (json_object_get(report, "verdicts"), i, v) {
		method = json_object_get(v, "method");
		n += strcmp(text_of(v, "outcome"), "differs") == 0 &&
		    json_equal(json_object_get(method, "then"),
			json_object_get(method, "now"));
	}
	return n;
}
