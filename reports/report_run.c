/*
 * report_run: what the records of a run say of it as a whole: when, by what
 * methods, in which state and mode, how it ended, and what befell it.
 */
#include <string.h>

#include "reports/report_parts.h"

/* A device can make more events than a reader looks at; these are counted. */
#define EVENTS_MAX 400

static void
copy_members(
    json_t *o, const json_t *record, const char *const *names, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		json_object_set_new(
		    o, names[i], report_member(record, names[i]));
}
#define COPY(o, record, names) \
	copy_members(o, record, names, sizeof(names) / sizeof((names)[0]))

/* What a run without a manifest has not got is null. */
static void
begin(struct report *r, const json_t *record)
{
	static const char *const kept[] = { "run", "time", "device", "segment",
		"scenario", "state", "mode", "firmware", "order", "product",
		"sample", "profile", "catalogue", "steps", "quiet_ns",
		"versions", "by" };
	static const char *const unknown[] = { "ended", "outcome", "reason",
		"exit", "skipped", "manifest", "prev_manifest", "head",
		"records", "key", "lab", "clock_end", "isolated" };
	json_t *o = json_object();

	COPY(o, record, kept);
	COPY(o, NULL, unknown);
	json_object_set_new(o, "clock", report_member(record, "clock"));
	json_object_set_new(o, "signed", json_false());
	json_object_set_new(o, "methods", json_array());
	json_object_set_new(o, "jobs", json_array());
	json_object_set_new(o, "events", json_array());
	json_object_set_new(o, "events_omitted", json_integer(0));
	json_object_set_new(o, "captures", json_array());
	json_object_set_new(o, "verdicts", json_object());
	json_array_append_new(r->runs, o);
	r->run = o;
	r->events = 0;
}

/* What the probe claims to show, if the installed one is of that method. */
static json_t *
title_of(const struct report *r, const json_t *job)
{
	const json_t *one;
	size_t i;

	json_array_foreach (r->given.probes, i, one)
		if (json_equal(json_object_get(one, "name"),
			json_object_get(job, "probe")) &&
		    json_equal(json_object_get(one, "method"),
			json_object_get(job, "method")))
			return report_member(one, "title");
	return json_null();
}

/* That of the version that was used: another's numbers are not its own. */
static json_t *
card_of(const struct report *r, const json_t *job)
{
	json_t *card =
	    json_object_get(r->given.cards, report_text(job, "probe"));

	return json_equal(json_object_get(card, "method"),
		   json_object_get(job, "method"))
	    ? json_incref(card)
	    : json_null();
}

static void
add_method(const struct report *r, json_t *run, const json_t *job)
{
	json_t *methods = json_object_get(run, "methods"), *one;
	size_t i;

	json_array_foreach (methods, i, one)
		if (json_equal(json_object_get(one, "probe"),
			json_object_get(job, "probe")) &&
		    json_equal(json_object_get(one, "method"),
			json_object_get(job, "method")))
			return;
	json_array_append_new(methods,
	    json_pack("{s:o, s:o, s:o, s:o}", "probe",
		report_member(job, "probe"), "method",
		report_member(job, "method"), "title", title_of(r, job), "card",
		card_of(r, job)));
}

static void
add_job(struct report *r, const json_t *record)
{
	static const char *const kept[] = { "job", "step", "repeat", "probe",
		"method", "params", "targets", "time" };
	static const char *const unknown[] = { "ended", "outcome", "reason",
		"exit", "took_ns" };
	json_t *o = json_object();

	COPY(o, record, kept);
	COPY(o, NULL, unknown);
	json_array_append_new(json_object_get(r->run, "jobs"), o);
	add_method(r, r->run, record);
}

static void
end_job(struct report *r, const json_t *record)
{
	static const char *const kept[] = { "outcome", "reason", "exit",
		"took_ns" };
	const json_t *jobs = json_object_get(r->run, "jobs");
	size_t i;
	json_t *o;

	for (i = json_array_size(jobs); i-- > 0;) {
		o = json_array_get(jobs, i);
		if (!json_equal(json_object_get(o, "job"),
			json_object_get(record, "job")))
			continue;
		COPY(o, record, kept);
		json_object_set_new(o, "ended", report_member(record, "time"));
		return;
	}
}

/* Who came and called is in the records; here is how device and bench fared. */
static void
add_event(struct report *r, const json_t *record)
{
	static const char *const shown[] = { "health", "link", "action",
		"confirm", "capture", "watch", "foreign", "baseline", "run",
		"step", "fence", "firmware" };
	static const char *const kept[] = { "time", "what", "code", "values",
		"step" };
	const char *what = report_text(record, "what");
	json_t *o;
	size_t i;

	for (i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		if (strcmp(what, shown[i]) == 0)
			break;
	if (i == sizeof(shown) / sizeof(shown[0]))
		return;
	/* Of the firmware all are told: the run may be void by one. */
	if (strcmp(what, "firmware") != 0 && ++r->events > EVENTS_MAX) {
		json_object_set_new(r->run, "events_omitted",
		    json_integer((json_int_t)(r->events - EVENTS_MAX)));
		return;
	}
	o = json_object();
	COPY(o, record, kept);
	json_array_append_new(json_object_get(r->run, "events"), o);
}

static void
end_run(struct report *r, const json_t *record)
{
	static const char *const kept[] = { "outcome", "reason", "exit",
		"skipped", "prev_manifest", "head", "records", "captures",
		"verdicts" };

	COPY(r->run, record, kept);
	json_object_set_new(r->run, "ended", report_member(record, "time"));
	json_object_set_new(
	    r->run, "clock_end", report_member(record, "clock"));
	json_object_set_new(r->run, "key", report_member(record, "signer"));
}

/* ---- ports, as a sweep has seen them ---- */

static json_t *
ports_row(struct report *r, const json_t *record, const char *probe,
    const json_t *observation)
{
	const json_t *subject = json_object_get(observation, "subject");
	const char *addr = report_text(subject, "addr");
	size_t i = json_array_size(r->ports);
	json_t *row;

	while (i-- > 0) {
		row = json_array_get(r->ports, i);
		if (!json_equal(json_object_get(row, "job"),
			json_object_get(record, "job")))
			break;
		if (strcmp(report_text(row, "address"), addr) == 0)
			return row;
	}
	row = json_pack("{s:o, s:o, s:s, s:s, s:o}", "run",
	    report_member(record, "run"), "job", report_member(record, "job"),
	    "address", addr, "transport",
	    strcmp(probe, "udp.ports") == 0 ? "udp" : "tcp", "state",
	    report_member(record, "state"));
	json_array_append_new(r->ports, row);
	return row;
}

static const char *
probe_of(const struct report *r, const json_t *record)
{
	const json_t *jobs = json_object_get(r->run, "jobs");
	size_t i;

	for (i = json_array_size(jobs); i-- > 0;)
		if (json_equal(json_object_get(json_array_get(jobs, i), "job"),
			json_object_get(record, "job")))
			return report_text(json_array_get(jobs, i), "probe");
	return "";
}

static void
add_ports(struct report *r, const json_t *record)
{
	static const char *const fields[][2] = { { "ports.open", "open" },
		{ "ports.closed", "closed" }, { "ports.silent", "silent" },
		{ "ports.silent_count", "silent" },
		{ "ports.unsettled", "unsettled" } };
	const char *probe = probe_of(r, record);
	const json_t *one, *value;
	size_t i, j;

	if (strcmp(probe, "tcp.ports") != 0 && strcmp(probe, "udp.ports") != 0)
		return;
	json_array_foreach (json_object_get(record, "observations"), i, one)
		for (j = 0; j < sizeof(fields) / sizeof(fields[0]); j++) {
			value = json_object_get(one, "value");
			if (strcmp(report_text(one, "field"), fields[j][0]) !=
				0 ||
			    json_is_string(value) != (j == 0))
				continue;
			json_object_set_new(ports_row(r, record, probe, one),
			    fields[j][1], report_member(one, "value"));
		}
}

void
report_run_add(struct report *r, const json_t *record)
{
	const char *type = report_text(record, "type");

	if (strcmp(type, "run") == 0) {
		begin(r, record);
	} else if (strcmp(type, "canary") == 0) {
		json_object_set_new(
		    r->run, "isolated", report_member(record, "good"));
	} else if (strcmp(type, "event") == 0) {
		add_event(r, record);
	} else if (strcmp(type, "job") == 0) {
		add_job(r, record);
	} else if (strcmp(type, "observed") == 0) {
		add_ports(r, record);
	} else if (strcmp(type, "jobend") == 0) {
		end_job(r, record);
	} else if (strcmp(type, "manifest") == 0) {
		end_run(r, record);
	}
}
