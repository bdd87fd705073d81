/*
 * recheck_judge: a probe's judgement of what one job recorded.
 *
 * The worker is told exactly what it was told then, as far as judge may see
 * it, in the same order.  The types of values are those that the probe declares
 * today: what no longer fits them cannot be judged.
 */
#include "judging/recheck_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "daemon/shared/address.h"
#include "daemon/shared/wire.h"
#include "daemon/shared/worker_brief.h"
#include "daemon/shared/worker_says.h"
#include "judging/probe_file.h"
#include "judging/worker_alone.h"

#define DESCRIBE_LIMIT_MS 10000
#define JUDGE_LIMIT_MS 60000
#define TARGETS_MAX 64

static const char *
text_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static struct worker_alone *
start(const struct recheck *r, const char *probe, struct err *e)
{
	char *file = probe_file_path(r->probe_dir, probe, e);
	struct worker_alone *w;

	if (file == NULL)
		return NULL;
	w = worker_alone_start(r->worker, file, probe, e);
	free(file);
	return w;
}

/* ---- what the probe is ---- */

static json_t *
describe(const struct recheck *r, const char *probe, struct err *e)
{
	struct worker_alone *w = start(r, probe, e);
	struct worker_alone_result said;
	json_t *descriptor;
	struct msg_out *m;

	if (w == NULL)
		return NULL;
	m = xcalloc(1, sizeof(*m));
	msg_start(m, WORKER_DESCRIBE);
	(void)worker_alone_send(w, m); /* how it ended says why not */
	free(m);
	(void)worker_alone_finish(w, DESCRIBE_LIMIT_MS, &said, e);
	descriptor = said.done ? json_incref(said.descriptor) : NULL;
	if (said.failed != NULL)
		err_set(e, "probe %s: %s", probe, said.failed);
	if (descriptor == NULL && said.done)
		err_set(e, "probe %s: it did not describe itself", probe);
	worker_alone_result_clear(&said);
	return descriptor;
}

const json_t *
recheck_descriptor(const struct recheck *r, json_t *cache, const char *probe,
    char *why, size_t size)
{
	json_t *known = json_object_get(cache, probe);
	struct err e = { .text = "" };

	if (known == NULL) {
		known = describe(r, probe, &e);
		if (known == NULL)
			known = json_string(e.text);
		json_object_set_new(cache, probe, known);
	}
	if (json_is_object(known))
		return known;
	snprintf(why, size, "%s", json_string_value(known));
	return NULL;
}

/* ---- what it is told ---- */

struct telling {
	struct worker_alone *worker;
	const struct recheck_job *job;
	const json_t *descriptor;
	const struct profile *profile;
	struct msg_out out;
	struct err e;
};

static int
tell(struct telling *t)
{
	if (worker_alone_send(t->worker, &t->out) == 0)
		return 0;
	return err_set(&t->e, "the worker does not listen");
}

static int
tell_params(struct telling *t)
{
	json_t *params = json_object_get(t->job->job, "params"), *value;
	const char *name;

	json_object_foreach (params, name, value) {
		if (!json_is_string(value))
			return err_set(
			    &t->e, "its parameter %s is no text", name);
		worker_brief_param(&t->out, name, json_string_value(value));
		if (tell(t) == -1)
			return -1;
	}
	return 0;
}

static int
tell_target(struct telling *t, const json_t *target)
{
	const char *addr = text_of(target, "addr"),
		   *mac = text_of(target, "mac"),
		   *source = text_of(target, "source");
	struct brief_target brief;
	uint8_t family;

	memset(&brief, 0, sizeof(brief));
	brief.text = addr;
	if (addr == NULL || mac == NULL ||
	    address_parse(addr, &brief.family, brief.addr) == -1 ||
	    mac_parse(mac, brief.mac) == -1)
		return err_set(&t->e, "one of its targets is no address");
	if (source != NULL &&
	    address_parse(source, &family, brief.source) == 0 &&
	    family != brief.family)
		memset(brief.source, 0, sizeof(brief.source));
	worker_brief_target(&t->out, &brief);
	return tell(t);
}

static int
tell_facts(struct telling *t)
{
	const json_t *targets = json_object_get(t->job->job, "targets"),
		     *target;
	int state = state_by_name(text_of(t->job->job, "state") == NULL
		? ""
		: text_of(t->job->job, "state"));
	size_t i, next = 0;

	if (json_array_size(targets) > TARGETS_MAX)
		return err_set(&t->e, "more than %d targets", TARGETS_MAX);
	if (state == -1)
		return err_set(&t->e, "its life-cycle state is not known here");
	json_array_foreach (targets, i, target) {
		if (tell_target(t, target) == -1)
			return -1;
	}
	while (worker_brief_declared(
	    &t->out, t->profile, (enum state)state, &next))
		if (tell(t) == -1)
			return -1;
	return 0;
}

static int
tell_recorded(struct telling *t)
{
	const json_t *o, *row;
	const char *field, *type;
	size_t i;

	json_array_foreach (t->job->observations, i, o) {
		field = text_of(o, "field");
		row = descriptor_row(t->descriptor, "observations", "name",
		    field == NULL ? "" : field);
		type = text_of(row, "type");
		if (type == NULL)
			return err_set(&t->e,
			    "the probe no longer observes %.60s",
			    field == NULL ? "this" : field);
		if (worker_brief_recorded(&t->out, o, type, &t->e) == -1 ||
		    tell(t) == -1)
			return -1;
	}
	json_array_foreach (t->job->controls, i, o) {
		if (worker_brief_recorded_control(&t->out, o, &t->e) == -1 ||
		    tell(t) == -1)
			return -1;
	}
	return 0;
}

static int
tell_all(struct telling *t)
{
	if (tell_params(t) == -1 || tell_facts(t) == -1 ||
	    tell_recorded(t) == -1)
		return -1;
	msg_start(&t->out, WORKER_JUDGE);
	return tell(t);
}

/* ---- what it says ---- */

/* As the engine does: what the probe does not claim, or what cites anything
 * but what was observed, is no verdict. */
static bool
is_acceptable(
    const json_t *verdict, const json_t *descriptor, size_t nobservations)
{
	const json_t *claims = json_object_get(descriptor, "claims"), *row, *id;
	bool claimed = false;
	size_t i;

	json_array_foreach (claims, i, row)
		claimed = claimed ||
		    (json_equal(json_object_get(row, "check"),
			 json_object_get(verdict, "check")) &&
			json_equal(json_object_get(row, "kind"),
			    json_object_get(verdict, "claim")));
	json_array_foreach (json_object_get(verdict, "observations"), i, id) {
		if (json_integer_value(id) < 1 ||
		    json_integer_value(id) > (json_int_t)nobservations)
			return false;
	}
	return claimed;
}

static json_t *
acceptable(const struct telling *t, const json_t *said)
{
	json_t *list = json_array(), *verdict;
	size_t i;

	json_array_foreach (said, i, verdict)
		if (is_acceptable(verdict, t->descriptor,
			json_array_size(t->job->observations)))
			json_array_append(list, verdict);
	return list;
}

void
recheck_judge(const struct recheck *r, const struct recheck_job *job,
    const struct profile *profile, struct recheck_now *now, char **sandbox)
{
	struct telling *t = xcalloc(1, sizeof(*t));
	struct worker_alone_result said;
	struct err e = { .text = "" };
	int told;

	t->job = job;
	t->descriptor = now->descriptor;
	t->profile = profile;
	t->worker = start(r, text_of(job->job, "probe"), &t->e);
	if (t->worker == NULL) {
		snprintf(now->why, sizeof(now->why), "%.300s", t->e.text);
		free(t);
		return;
	}
	told = tell_all(t);
	(void)worker_alone_finish(
	    t->worker, told == 0 ? JUDGE_LIMIT_MS : 0, &said, &e);
	if (said.failed != NULL)
		snprintf(now->why, sizeof(now->why), "%.300s", said.failed);
	else if (told == -1)
		snprintf(now->why, sizeof(now->why), "%.300s", t->e.text);
	else if (!said.done)
		snprintf(now->why, sizeof(now->why), "%.300s", e.text);
	else
		now->verdicts = acceptable(t, said.verdicts);
	if (*sandbox == NULL && said.sandbox != NULL)
		*sandbox = xstrdup(said.sandbox);
	worker_alone_result_clear(&said);
	free(t);
}
